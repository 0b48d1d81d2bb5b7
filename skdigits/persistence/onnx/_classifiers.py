"""Classifiers as ONNX nodes.

Each function gets rows of numbers and the name of the method whose result is wanted,
"predict_proba" or "decision_function", or None for the labels alone.
"""

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import LinearSVC

from skdigits._onnx_graph import Graph
from skdigits.neural_network import (
    KerasClassifier,
    KerasCNNClassifier,
    KerasMLPClassifier,
    NumpyMLPClassifier,
    RandomFeaturesClassifier,
)
from skdigits.persistence.onnx._skl2onnx import convert
from skdigits.persistence.onnx._tensors import (
    Pixels,
    Prediction,
    most_probable,
    positive,
)


def network(
    graph: Graph,
    classifier: KerasCNNClassifier | KerasClassifier | KerasMLPClassifier,
    images: Pixels,
    method: str | None,
) -> Prediction:
    """Write a network that was trained by Keras."""
    rows = graph.cast(images.name, np.float32)
    return most_probable(graph, classifier._add_to_graph(graph, rows))


def numpy_mlp(
    graph: Graph, classifier: NumpyMLPClassifier, images: Pixels, method: str | None
) -> Prediction:
    """Write a NumpyMLPClassifier."""
    coefs, intercepts = classifier.coefs_, classifier.intercepts_
    values = graph.cast(images.name, coefs[0].dtype)
    for coef, intercept in zip(coefs[:-1], intercepts[:-1], strict=True):
        sums = graph("Add", graph("MatMul", values, coef), intercept)
        values = graph("Relu", sums)
    sums = graph("Add", graph("MatMul", values, coefs[-1]), intercepts[-1])
    return most_probable(graph, graph("Softmax", sums, axis=1))


def random_features(
    graph: Graph,
    classifier: RandomFeaturesClassifier,
    images: Pixels,
    method: str | None,
) -> Prediction:
    """Write a RandomFeaturesClassifier."""
    dtype = classifier.coef_.dtype
    values = graph.cast(images.name, dtype)
    sums = graph("MatMul", values, classifier.random_weights_)
    features = graph("Cos", graph("Add", sums, classifier.random_offset_))
    # The factor of all features goes with the coefficients, of which there are fewer.
    coef = classifier.coef_ * classifier._feature_scale()
    scores = graph("Add", graph("MatMul", features, coef), classifier.intercept_)
    if len(classifier.classes_) == 2:
        scores = graph("MatMul", scores, np.array([[-1, 1]], dtype))
    if method != "decision_function":
        scaled = graph("Div", scores, dtype.type(classifier.temperature_))
        return most_probable(graph, graph("Softmax", scaled, axis=1))
    prediction = most_probable(graph, scores)
    if len(classifier.classes_) == 2:
        positive = graph("Gather", scores, np.array(1), axis=1)
        return prediction._replace(scores=positive)
    return prediction


def scikit_learn(
    graph: Graph, classifier: ClassifierMixin, images: Pixels, method: str | None
) -> Prediction:
    """Write a classifier of scikit-learn by skl2onnx, in float64."""
    # LinearSVC would get probabilities that it does not have in scikit-learn.
    is_linear_svc = isinstance(classifier, LinearSVC)
    is_raw = is_linear_svc or method == "decision_function"
    options = {"raw_scores": True} if is_raw else {}
    if not is_linear_svc:
        options["zipmap"] = False
    model = convert(classifier, **options)
    rows = graph.cast(images.name, np.float64)
    scores = graph.cast(graph.embed(model, rows, output=1), np.float64)
    if is_raw and len(classifier.classes_) == 2:
        # The second column; the first is its negative.
        return positive(graph, graph("Gather", scores, np.array([-1]), axis=1))
    return most_probable(graph, scores)


def squared_distances(graph: Graph, rows: str, others: np.ndarray) -> str:
    """Return the squared distances (n, n_others) of rows to given rows."""
    others = np.asarray(others, dtype=np.float64)
    products = graph("MatMul", rows, np.ascontiguousarray(-2 * others.T))
    squares = graph("ReduceSumSquare", rows, axes=[1], keepdims=1)
    sums = graph("Add", squares, np.einsum("ij,ij->i", others, others))
    return graph("Max", graph("Add", sums, products), np.float64(0))


def nearest_neighbours(
    graph: Graph, classifier: KNeighborsClassifier, images: Pixels, method: str | None
) -> Prediction:
    """Write a k-nearest-neighbours classifier, with distances to all known rows."""
    # Another row, which is left out of the votes: before version 1.32, ONNX Runtime
    # divides by the number of rows in TopK, and 0 of them would end the process.
    row = np.zeros((1, classifier.n_features_in_))
    rows = graph("Concat", graph.cast(images.name, np.float64), row, axis=0)
    distances, neighbours = graph.node(
        "TopK",
        squared_distances(graph, rows, classifier._fit_X),
        np.array([classifier.n_neighbors]),
        n_outputs=2,
        axis=1,
        largest=0,
    )
    classes = np.eye(len(classifier.classes_))
    # (n, n_neighbors, n_classes): 1 for the class of each neighbour.
    votes = graph("Gather", classes, graph("Gather", classifier._y, neighbours))
    if classifier.weights == "distance":
        weights = _inverse(graph, graph("Sqrt", distances))
        votes = graph("Mul", votes, graph("Unsqueeze", weights, np.array([2])))
    votes = graph("ReduceSum", votes, np.array([1]), keepdims=0)
    votes = graph("Slice", votes, np.array([0]), np.array([-1]), np.array([0]))
    total = graph("ReduceSum", votes, np.array([1]))
    return most_probable(graph, graph("Div", votes, total))


def _inverse(graph: Graph, distances: str) -> str:
    """Weigh by the inverse; where a distance is 0, only those count that are 0."""
    is_zero = graph("Equal", distances, np.float64(0))
    zeros = graph.cast(is_zero, np.float64)
    has_zero = graph("Greater", graph("ReduceMax", zeros, axes=[1]), np.float64(0))
    divisors = graph("Where", is_zero, np.float64(1), distances)
    return graph("Where", has_zero, zeros, graph("Reciprocal", divisors))

"""Support vector machines as ONNX nodes, in float64: ONNX's own has float32 only."""

from itertools import combinations

import numpy as np
from sklearn.svm import SVC

from skdigits._onnx_graph import Graph
from skdigits.persistence.onnx._classifiers import (
    scikit_learn,
    squared_distances,
)
from skdigits.persistence.onnx._tensors import (
    Pixels,
    Prediction,
    most_probable,
    positive,
)


def support_vectors(
    graph: Graph, svc: SVC, images: Pixels, method: str | None
) -> Prediction:
    """Write a support vector machine."""
    rows = graph.cast(images.name, np.float64)
    kernel = _kernel(graph, svc, rows)
    if len(svc.classes_) == 2:
        sums = graph("MatMul", kernel, np.ascontiguousarray(svc.dual_coef_.T))
        prediction = positive(graph, graph("Add", sums, svc.intercept_))
    else:
        prediction = _one_against_one(graph, svc, kernel)
    if method != "predict_proba":
        return prediction
    # The labels are those of the votes, not those of the largest probabilities.
    probabilities = scikit_learn(graph, svc, images, method).scores
    return Prediction(prediction.label, probabilities)


def _kernel(graph: Graph, svc: SVC, rows: str) -> str:
    """Compare rows with support vectors: (n, n_support_vectors)."""
    vectors, gamma = svc.support_vectors_, np.float64(svc._gamma)
    if svc.kernel == "rbf":
        distances = squared_distances(graph, rows, vectors)
        return graph("Exp", graph("Mul", distances, -gamma))
    products = graph("MatMul", rows, np.ascontiguousarray(vectors.T))
    if svc.kernel == "linear":
        return products
    inner = graph("Add", graph("Mul", products, gamma), np.float64(svc.coef0))
    if svc.kernel == "poly":
        return graph("Pow", inner, np.float64(svc.degree))
    return graph("Tanh", inner)


def _one_against_one(graph: Graph, svc: SVC, kernel: str) -> Prediction:
    """Let all pairs of classes vote."""
    n_classes = len(svc.classes_)
    pairs = list(combinations(range(n_classes), 2))
    class_of = np.repeat(np.arange(n_classes), svc.n_support_)
    coefs = np.zeros((len(class_of), len(pairs)))
    signs = np.zeros((len(pairs), n_classes))
    for pair, (first, second) in enumerate(pairs):
        # A support vector has a coefficient for each of the other classes.
        of_first, of_second = class_of == first, class_of == second
        coefs[of_first, pair] = svc.dual_coef_[second - 1, of_first]
        coefs[of_second, pair] = svc.dual_coef_[first, of_second]
        signs[pair, [first, second]] = 1, -1
    decisions = graph("Add", graph("MatMul", kernel, coefs), svc.intercept_)
    wins = graph.cast(graph("Greater", decisions, np.float64(0)), np.float64)
    votes = graph("Add", graph("MatMul", wins, signs), (signs < 0).sum(axis=0) * 1.0)
    label = graph("ArgMax", votes, axis=1, keepdims=0)
    # scikit-learn breaks ties of votes by the sums of decisions, made smaller than 1/3.
    sums = graph("MatMul", decisions, signs)
    scale = graph("Mul", graph("Add", graph("Abs", sums), np.float64(1)), np.float64(3))
    scores = graph("Add", votes, graph("Div", sums, scale))
    if svc.break_ties:
        return most_probable(graph, scores)
    return Prediction(label, scores)

"""The estimators that have an ONNX form, alone and inside each other."""

from collections.abc import Callable, Iterator
from functools import reduce

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.calibration import CalibratedClassifierCV
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    ExtraTreesClassifier,
    RandomForestClassifier,
    VotingClassifier,
)
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import (
    MaxAbsScaler,
    MinMaxScaler,
    RobustScaler,
    StandardScaler,
)
from sklearn.svm import SVC, LinearSVC, NuSVC
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils.validation import check_is_fitted

from skdigits._onnx_graph import Graph
from skdigits._sklearn import is_search
from skdigits.augmentation import AugmentedClassifier, AugmentedPredictionClassifier
from skdigits.neural_network import (
    KerasClassifier,
    KerasCNNClassifier,
    KerasMLPClassifier,
    NumpyMLPClassifier,
    RandomFeaturesClassifier,
)
from skdigits.persistence.onnx import _classifiers as classifiers
from skdigits.persistence.onnx import _transformers as transformers
from skdigits.persistence.onnx._calibration import calibrated
from skdigits.persistence.onnx._forest import forest
from skdigits.persistence.onnx._support_vectors import support_vectors
from skdigits.persistence.onnx._tensors import (
    Pixels,
    Prediction,
    most_probable,
    positive,
)
from skdigits.preprocessing import (
    Deskewer,
    DigitNormalizer,
    PCAFeatures,
    PixelScaler,
)

# By the exact type: a subclass may predict in another way.
TRANSFORMERS = {
    Deskewer: transformers.deskew,
    MaxAbsScaler: transformers.scale_columns,
    MinMaxScaler: transformers.scale_columns,
    PCA: transformers.principal_components,
    PCAFeatures: transformers.project,
    PixelScaler: transformers.scale_pixels,
    RobustScaler: transformers.scale_columns,
    StandardScaler: transformers.scale_columns,
}
CLASSIFIERS = {
    DecisionTreeClassifier: forest,
    ExtraTreesClassifier: forest,
    KNeighborsClassifier: classifiers.nearest_neighbours,
    KerasCNNClassifier: classifiers.network,
    KerasClassifier: classifiers.network,
    KerasMLPClassifier: classifiers.network,
    LinearSVC: classifiers.scikit_learn,
    LogisticRegression: classifiers.scikit_learn,
    MLPClassifier: classifiers.scikit_learn,
    NuSVC: support_vectors,
    NumpyMLPClassifier: classifiers.numpy_mlp,
    RandomFeaturesClassifier: classifiers.random_features,
    RandomForestClassifier: forest,
    SVC: support_vectors,
}
# Estimators that do what the one in this attribute does; searches do, too.
WRAPPERS = {
    AugmentedClassifier: "estimator_",
    FrozenEstimator: "estimator",
}
ADVICE = {
    DigitNormalizer: "it has no ONNX form: frame the images before they reach the "
    "model, and export the steps after it",
}


def predict(
    graph: Graph, classifier: BaseEstimator, images: Pixels, method: str | None
) -> Prediction:
    """Write a classifier, and all that is inside it, as ONNX nodes.

    Parameters
    ----------
    graph : Graph
        Where the nodes go.

    classifier : classifier
        One in which `find_problems` found none.

    images : Pixels
        What it is given.

    method : {"predict_proba", "decision_function"} or None
        What is wanted beside the labels.

    Returns
    -------
    prediction : Prediction
        The names of the results.
    """
    wrapped = _wrapped(classifier)
    if wrapped is not None:
        return predict(graph, getattr(classifier, wrapped), images, method)
    match classifier:
        case AugmentedPredictionClassifier():
            return _average(graph, classifier, images, method)
        case Pipeline(steps=[*_, (_, last)]):
            images = _transform(graph, classifier[:-1], images)
            return predict(graph, last, images, method)
        case VotingClassifier():
            return _vote(graph, classifier, images)
        case CalibratedClassifierCV():
            return most_probable(graph, calibrated(graph, classifier, images, predict))
    return CLASSIFIERS[type(classifier)](graph, classifier, images, method)


def _transform(graph: Graph, transformer: BaseEstimator, images: Pixels) -> Pixels:
    if isinstance(transformer, Pipeline):
        steps = [step for _, step in transformer.steps if not _is_skipped(step)]
        return reduce(lambda made, step: _transform(graph, step, made), steps, images)
    return TRANSFORMERS[type(transformer)](graph, transformer, images)


def _vote(graph: Graph, voting: VotingClassifier, images: Pixels) -> Prediction:
    """Average probabilities, or count labels."""
    method = "predict_proba" if voting.voting == "soft" else None
    weights = voting._weights_not_none or [1] * len(voting.estimators_)
    n_classes = len(voting.classes_)
    votes = []
    for estimator, weight in zip(voting.estimators_, weights, strict=True):
        prediction = predict(graph, estimator, images, method)
        if method is None:
            labels = graph("Unsqueeze", prediction.label, np.array([1]))
            vote = graph("Equal", labels, np.arange(n_classes))
        else:
            vote = prediction.scores
        share = np.float64(weight / sum(weights))
        votes.append(graph("Mul", graph.cast(vote, np.float64), share))
    prediction = most_probable(graph, graph("Sum", *votes))
    return prediction if method else Prediction(prediction.label, None)


def _average(
    graph: Graph,
    averaging: AugmentedPredictionClassifier,
    images: Pixels,
    method: str | None,
) -> Prediction:
    """Average the scores of images and of their changed copies."""
    classifier, n_classes = averaging.estimator_, len(averaging.classes_)
    if method is None:
        has_probabilities = hasattr(classifier, "predict_proba")
        method = "predict_proba" if has_probabilities else "decision_function"
    is_single = method == "decision_function" and n_classes == 2
    n_views = 1 + len(averaging.matrices_)
    views = transformers.add_copies(graph, averaging, images)
    scores = predict(graph, classifier, views, method).scores
    shape = np.array([-1, n_views, 1 if is_single else n_classes])
    scores = graph("Reshape", graph.cast(scores, np.float64), shape)
    mean = graph("ReduceMean", scores, axes=[1], keepdims=0)
    return positive(graph, mean) if is_single else most_probable(graph, mean)


def find_problems(
    estimator: BaseEstimator, place: str = "", *, transforms: bool = False
) -> Iterator[str]:
    """Find what in an estimator has no ONNX form.

    Parameters
    ----------
    estimator : estimator
        A fitted estimator, with others inside or not.

    place : str, default=""
        Where it was found.

    transforms : bool, default=False
        Whether it is to be a transformer; else it is to be a classifier.

    Yields
    ------
    problem : str
        Where it is, what it is, and why it cannot be exported.
    """
    inside = _inside(estimator)
    for number, (name, inner) in enumerate(inside.items(), start=1):
        comes_before = type(estimator) is Pipeline and number < len(inside)
        yield from find_problems(
            inner, f"{place}{name}: ", transforms=transforms or comes_before
        )
    reason = None if inside else _reason_against(estimator, transforms)
    if reason:
        yield f"{place}{type(estimator).__name__}: {reason}"


def parts(estimator: BaseEstimator) -> Iterator[BaseEstimator]:
    """Go through an estimator and all that are inside it.

    Parameters
    ----------
    estimator : estimator
        A fitted estimator.

    Yields
    ------
    part : estimator
        The estimator itself first.
    """
    yield estimator
    for inner in _inside(estimator).values():
        yield from parts(inner)


def _inside(estimator: BaseEstimator) -> dict[str, BaseEstimator]:
    """Return the fitted estimators directly inside one, by what they are called."""
    attribute = _wrapped(estimator)
    if attribute is not None:
        check_is_fitted(estimator, attribute)
        return {attribute: getattr(estimator, attribute)}
    if type(estimator) is Pipeline:
        return {
            f"step {name!r}": step
            for name, step in estimator.steps
            if not _is_skipped(step)
        }
    if type(estimator) is VotingClassifier:
        check_is_fitted(estimator)
        return {
            f"estimator {name!r}": member
            for name, member in estimator.named_estimators_.items()
            if member != "drop"
        }
    if type(estimator) is AugmentedPredictionClassifier:
        check_is_fitted(estimator)
        return {"estimator_": estimator.estimator_}
    if type(estimator) is CalibratedClassifierCV:
        check_is_fitted(estimator)
        return {
            f"calibrated classifier {number}": member.estimator
            for number, member in enumerate(estimator.calibrated_classifiers_)
        }
    return {}


def _wrapped(estimator: BaseEstimator) -> str | None:
    """Return the attribute that is the estimator for which another one stands."""
    if is_search(estimator):
        return "best_estimator_"
    return WRAPPERS.get(type(estimator))


def _is_skipped(step: object) -> bool:
    return step is None or (isinstance(step, str) and step == "passthrough")


def _reason_against(estimator: BaseEstimator, transforms: bool) -> str | None:
    known = TRANSFORMERS if transforms else CLASSIFIERS
    if type(estimator) not in known:
        names = ", ".join(sorted(kind.__name__ for kind in known))
        what = "transformers" if transforms else "classifiers"
        return ADVICE.get(
            type(estimator),
            f"it is not among the {what} that can be exported, which are {names}",
        )
    check_is_fitted(estimator)
    return _REASONS.get(type(estimator), lambda _: None)(estimator)


def _against_kernel(svc: SVC) -> str | None:
    if svc._sparse:
        return "it was fitted to a sparse matrix; fit it to an array"
    if svc.kernel not in ("linear", "poly", "rbf", "sigmoid"):
        return f"kernel={svc.kernel!r} has no ONNX form; take one of scikit-learn's"
    if svc.decision_function_shape == "ovo":
        return (
            'decision_function_shape="ovo" has no ONNX form; set_params('
            'decision_function_shape="ovr") changes it without another fit'
        )
    return None


def _against_neighbours(classifier: KNeighborsClassifier) -> str | None:
    if classifier.outputs_2d_ and classifier._y.ndim == 2:
        return _ONE_LABEL
    if classifier.effective_metric_ != "euclidean":
        return (
            f"metric={classifier.effective_metric_!r} has no ONNX form; only the "
            "Euclidean one has"
        )
    if classifier.weights not in ("uniform", "distance"):
        return 'weights must be "uniform" or "distance", not a function'
    if not isinstance(classifier._fit_X, np.ndarray):
        return "it was fitted to a sparse matrix; fit it to an array"
    return None


def _against_outputs(classifier: BaseEstimator) -> str | None:
    several = getattr(classifier, "n_outputs_", 1) > 1
    if type(classifier) is MLPClassifier:
        # One output for each class, unless an image can have several labels.
        several = several and classifier.out_activation_ != "softmax"
    return _ONE_LABEL if several else None


_ONE_LABEL = "it was fitted to several labels an image; only one can be exported"
_REASONS: dict[type, Callable[[BaseEstimator], str | None]] = {
    DecisionTreeClassifier: _against_outputs,
    ExtraTreesClassifier: _against_outputs,
    KNeighborsClassifier: _against_neighbours,
    MLPClassifier: _against_outputs,
    NuSVC: _against_kernel,
    RandomForestClassifier: _against_outputs,
    SVC: _against_kernel,
}

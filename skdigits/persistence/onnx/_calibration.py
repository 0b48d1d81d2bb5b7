"""Calibrated probabilities as ONNX nodes."""

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.calibration import CalibratedClassifierCV
from sklearn.isotonic import IsotonicRegression

from skdigits._onnx_graph import Graph
from skdigits.persistence.onnx._tensors import Pixels, Prediction

# What scikit-learn adds to probabilities before it takes their logarithm.
TINY = 1e-12


def calibrated(
    graph: Graph,
    classifier: CalibratedClassifierCV,
    images: Pixels,
    predict: Callable[..., Prediction],
) -> str:
    """Average the probabilities of calibrated classifiers.

    Parameters
    ----------
    graph : Graph
        Where the nodes go.

    classifier : CalibratedClassifierCV
        What is written.

    images : Pixels
        What it is given.

    predict : callable
        Writes the classifiers inside.

    Returns
    -------
    probabilities : str
        Their name, (n, n_classes).
    """
    members = classifier.calibrated_classifiers_
    probabilities = []
    for member in members:
        inner = member.estimator
        has_decisions = hasattr(inner, "decision_function")
        method = "decision_function" if has_decisions else "predict_proba"
        scores = graph.cast(predict(graph, inner, images, method).scores, np.float64)
        if has_decisions and len(inner.classes_) == 2:
            scores = graph("Unsqueeze", scores, np.array([1]))
        calibrate = _scale if member.method == "temperature" else _one_against_rest
        probabilities.append(calibrate(graph, member, scores, has_decisions))
    return graph("Div", graph("Sum", *probabilities), np.float64(len(members)))


def _scale(graph: Graph, member: Any, scores: str, has_decisions: bool) -> str:
    """Divide logits by a temperature, before the softmax."""
    if not has_decisions:
        scores = graph("Log", graph("Add", scores, np.float64(TINY)))
    elif len(member.estimator.classes_) == 2:
        scores = graph("Concat", graph("Neg", scores), scores, axis=1)
    logits = graph("Mul", scores, np.float64(member.calibrators[0].beta_))
    return graph("Softmax", logits, axis=1)


def _one_against_rest(
    graph: Graph, member: Any, scores: str, has_decisions: bool
) -> str:
    """Calibrate the scores of each class on their own, then make their sum 1."""
    n_classes = len(member.classes)
    if n_classes == 2:
        column = graph("Gather", scores, np.array([-1]), axis=1)
        positive = _calibrate(graph, member.calibrators[0], column)
        negative = graph("Sub", np.float64(1), positive)
        return graph("Concat", negative, positive, axis=1)
    places = np.searchsorted(member.classes, member.estimator.classes_).tolist()
    # Classes that the classifier never saw have the probability 0.
    zeros = graph("Mul", graph("Gather", scores, np.array([0]), axis=1), np.float64(0))
    columns = [zeros] * n_classes
    for k, (place, calibrator) in enumerate(
        zip(places, member.calibrators, strict=True)
    ):
        column = graph("Gather", scores, np.array([k]), axis=1)
        columns[place] = _calibrate(graph, calibrator, column)
    calibrated = graph("Concat", *columns, axis=1)
    total = graph("ReduceSum", calibrated, np.array([1]))
    has_total = graph("Greater", total, np.float64(0))
    shares = graph("Div", calibrated, graph("Where", has_total, total, np.float64(1)))
    return graph("Where", has_total, shares, np.float64(1 / n_classes))


def _calibrate(graph: Graph, calibrator: BaseEstimator, scores: str) -> str:
    """Turn the scores (n, 1) of one class into probabilities."""
    if isinstance(calibrator, IsotonicRegression):
        return _interpolate(
            graph, scores, calibrator.X_thresholds_, calibrator.y_thresholds_
        )
    slope, offset = np.float64(-calibrator.a_), np.float64(-calibrator.b_)
    return graph("Sigmoid", graph("Add", graph("Mul", scores, slope), offset))


def _interpolate(graph: Graph, x: str, knots: np.ndarray, values: np.ndarray) -> str:
    """Interpolate between values at knots; outside them, take the nearest."""
    if len(knots) == 1:
        return graph("Add", graph("Mul", x, np.float64(0)), np.float64(values[0]))
    knots, values = knots.astype(np.float64), values.astype(np.float64)
    x = graph("Min", graph("Max", x, knots[0]), knots[-1])
    # How many of the knots between the ends are reached tells the piece.
    reached = graph.cast(graph("GreaterOrEqual", x, knots[1:-1]), np.int64)
    piece = graph("ReduceSum", reached, np.array([1]))
    slopes = np.diff(values) / np.diff(knots)
    way = graph("Sub", x, graph("Gather", knots, piece))
    rise = graph("Mul", way, graph("Gather", slopes, piece))
    return graph("Add", graph("Gather", values, piece), rise)

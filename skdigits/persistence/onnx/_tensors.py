"""Tensors that the parts of a model hand to each other, by their names."""

from typing import Any, NamedTuple

import numpy as np

from skdigits._onnx_graph import Graph


class Pixels(NamedTuple):
    """Rows of numbers, by the name of their tensor and by their type."""

    name: str
    dtype: np.dtype


class Prediction(NamedTuple):
    """Labels and scores of a classifier, by the names of the tensors.

    `label` is the place of each label among the classes, int64 of shape (n,). `scores`
    are probabilities (n, n_classes) or decisions, (n,) for two classes; None for
    classifiers that have neither.
    """

    label: str
    scores: str | Any  # Any: None is possible, but not where a method was asked for


def most_probable(graph: Graph, scores: str) -> Prediction:
    """Predict the label of the largest of several scores."""
    return Prediction(graph("ArgMax", scores, axis=1, keepdims=0), scores)


def positive(graph: Graph, decisions: str) -> Prediction:
    """Predict one of two labels by the sign of decisions (n, 1)."""
    decisions = graph("Squeeze", decisions, np.array([1]))
    positive = graph("Greater", decisions, np.float64(0))
    return Prediction(graph.cast(positive, np.int64), decisions)

"""Accuracy with its interval, and precision, recall and F1 of each label."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import binomtest
from sklearn.metrics import precision_recall_fscore_support

from skdigits._evaluation.evaluate import Evaluation


@dataclass(frozen=True)
class LabelScores:
    """The scores of one label, and how many images have it."""

    name: str
    is_known: bool
    count: int
    share: float
    precision: float
    recall: float
    f1: float


def accuracy_interval(evaluation: Evaluation) -> tuple[float, float, float]:
    """Return the accuracy and its 95 % Wilson score interval.

    Parameters
    ----------
    evaluation : Evaluation
        Of the classifier.

    Returns
    -------
    accuracy, low, high : float
        From 0 to 1.
    """
    result = binomtest(int(evaluation.is_correct.sum()), n=len(evaluation.is_correct))
    interval = result.proportion_ci(confidence_level=0.95, method="wilson")
    return result.statistic, interval.low, interval.high


def label_scores(evaluation: Evaluation) -> list[LabelScores]:
    """Compute precision, recall and F1 of each label.

    Parameters
    ----------
    evaluation : Evaluation
        Of the classifier.

    Returns
    -------
    scores : list of LabelScores
        In the order of the labels; what would divide by zero is NaN.
    """
    columns = precision_recall_fscore_support(
        evaluation.true,
        evaluation.predicted,
        labels=range(len(evaluation.labels)),
        zero_division=np.nan,
    )
    return [
        LabelScores(name, bool(is_known), int(n), n / len(evaluation.true), p, r, f)
        for name, is_known, p, r, f, n in zip(
            evaluation.labels, evaluation.is_known, *columns, strict=True
        )
    ]

"""How sure a classifier is of the labels that it predicts."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from skdigits._evaluation.class_scores import class_scores


def confidences(estimator: Any, X: ArrayLike) -> np.ndarray:
    """Return how sure a classifier is of the labels that it predicts.

    Parameters
    ----------
    estimator : classifier
        It must be fitted.

    X : array-like
        Images, as it takes them.

    Returns
    -------
    confidences : ndarray of shape (n,)
        The largest probability; without probabilities, the largest decision value less
        the second largest. Minus infinity where either is NaN.

    Raises
    ------
    TypeError
        If the classifier has neither, or has decision values of pairs of classes.
    """
    scores = class_scores(estimator, X)
    if "y_proba" in scores:
        sure = scores["y_proba"].max(axis=1)
    elif "decision" in scores:
        sure = _margins(scores["decision"])
    else:
        raise TypeError(
            f"{type(estimator).__name__} has no confidence. Expected "
            "predict_proba, or a decision_function with a value for each class; an SVC "
            'has that with decision_function_shape="ovr".'
        )
    return np.where(np.isnan(sure), -np.inf, sure)


def _margins(decision: np.ndarray) -> np.ndarray:
    if decision.ndim == 1:
        return np.abs(decision)
    second, largest = np.partition(decision, -2, axis=1)[:, -2:].T
    return largest - second


def percent(probability: float) -> str:
    """Write a probability so that only 0 is 0% and only 1 is 100%."""
    if 0 < probability < 0.005:
        return "<1%"
    if 0.995 <= probability < 1:
        return ">99%"
    return f"{100 * probability:.0f}%"

"""How sure a classifier is, and how often it errs where it is at least so sure."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from skdigits.inspection._mistakes import class_scores


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
            f"{type(estimator).__name__} does not say how sure it is. Expected "
            "predict_proba, or a decision_function with a value for each class; an SVC "
            'has that with decision_function_shape="ovr".'
        )
    return np.where(np.isnan(sure), -np.inf, sure)


def _margins(decision: np.ndarray) -> np.ndarray:
    if decision.ndim == 1:
        return np.abs(decision)
    second, largest = np.partition(decision, -2, axis=1)[:, -2:].T
    return largest - second


class CoverageRiskCurve(NamedTuple):
    """What happens at each threshold, from the highest confidence to the lowest.

    Parameters
    ----------
    coverage : ndarray of shape (n_thresholds,)
        Share of the images whose confidence is at least the threshold.

    risk : ndarray of shape (n_thresholds,)
        Share of the mistakes among those.

    thresholds : ndarray of shape (n_thresholds,)
        All confidences that there are, falling.
    """

    coverage: np.ndarray
    risk: np.ndarray
    thresholds: np.ndarray


def coverage_risk_curve(
    is_wrong: ArrayLike, confidence: ArrayLike, sample_weight: ArrayLike | None = None
) -> CoverageRiskCurve:
    """Count the images, and the mistakes among them, above each threshold.

    Parameters
    ----------
    is_wrong : array-like of bool of shape (n,)
        Whether an image was misread.

    confidence : array-like of shape (n,)
        How sure the classifier was; no NaN.

    sample_weight : array-like of shape (n,), default=None
        Weights, some of them above 0; None counts each image once.

    Returns
    -------
    curve : CoverageRiskCurve
        Images of equal confidence are accepted or rejected together.

    Raises
    ------
    ValueError
        If there are no images, or none of them weighs anything.
    """
    is_wrong, confidence = np.asarray(is_wrong), np.asarray(confidence)
    weights = np.ones(len(confidence)) if sample_weight is None else sample_weight
    order = np.argsort(-confidence, kind="stable")
    order = order[np.asarray(weights)[order] > 0]
    if len(order) == 0:
        raise ValueError("A coverage needs at least one image of a weight above 0.")
    confidence, weights = confidence[order], np.asarray(weights)[order]
    accepted = np.cumsum(weights, dtype=float)
    mistakes = np.cumsum(weights * is_wrong[order], dtype=float)
    # The last of each run of equal confidences.
    is_last = np.append(confidence[1:] != confidence[:-1], True)
    accepted, mistakes = accepted[is_last], mistakes[is_last]
    return CoverageRiskCurve(
        accepted / accepted[-1], mistakes / accepted, confidence[is_last]
    )

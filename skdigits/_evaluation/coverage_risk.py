"""The share of images that are accepted at each threshold, and the error among them."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike


class CoverageRiskCurve(NamedTuple):
    """Coverage and risk at each threshold, from the highest confidence to the lowest.

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
        Whether an image was misclassified.

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

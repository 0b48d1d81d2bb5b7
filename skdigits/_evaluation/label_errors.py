"""Labels that are probably wrong, by confident learning.

C. Northcutt, L. Jiang and I. Chuang, "Confident learning: estimating uncertainty in
dataset labels", Journal of Artificial Intelligence Research 70, 2021.
"""

from dataclasses import dataclass

import numpy as np

RANKINGS = ("normalized_margin", "self_confidence")


@dataclass(frozen=True)
class LabelErrors:
    """The suspected label errors of a data set; labels are numbers of classes.

    Parameters
    ----------
    indices : ndarray of int of shape (n_errors,)
        Rows of the images, the lowest score first.

    suggested : ndarray of int of shape (n_errors,)
        The most probable other label of each.

    scores : ndarray of shape (n,)
        How credible the label of every image is.

    thresholds : ndarray of shape (k,)
        Mean self-confidence of each class; infinite for a class without images.

    confident_joint : ndarray of int of shape (k, k)
        Number of images by given label (row) and confident label (column).

    joint : ndarray of shape (k, k)
        Estimated share of images by given label (row) and true label (column).
    """

    indices: np.ndarray
    suggested: np.ndarray
    scores: np.ndarray
    thresholds: np.ndarray
    confident_joint: np.ndarray
    joint: np.ndarray


def label_errors(
    given: np.ndarray,
    probabilities: np.ndarray,
    ranking: str = "normalized_margin",
    n_errors: int | None = None,
) -> LabelErrors:
    """Find the labels that are probably wrong.

    Parameters
    ----------
    given : ndarray of int of shape (n,)
        Labels, as numbers of columns.

    probabilities : ndarray of shape (n, k)
        Probabilities of a classifier that was not trained on these images.

    ranking : {"normalized_margin", "self_confidence"}, default="normalized_margin"
        Score of a label: its probability less the largest other one, or alone.

    n_errors : int, default=None
        How many labels to suspect. None means as many as the joint says, as far as
        another label is more probable.

    Returns
    -------
    errors : LabelErrors
        The suspected labels, and how they were found.
    """
    probabilities = probabilities.astype(np.float64)
    rows = np.arange(len(given))
    self_confidence = probabilities[rows, given]
    others = probabilities.copy()
    others[rows, given] = -np.inf
    suggested = others.argmax(axis=1)
    of_suggested = others[rows, suggested]
    margin = self_confidence - of_suggested
    scores = margin if ranking == "normalized_margin" else self_confidence

    thresholds = class_thresholds(given, probabilities)
    counts = confident_joint(given, probabilities, thresholds)
    joint = calibrate(counts, np.bincount(given, minlength=len(counts)))
    # A saturated network gives many labels a 0: then the surer of another is worse.
    order = np.lexsort((-of_suggested, scores))
    if n_errors is None:
        order = order[margin[order] < 0]
        n_errors = round(len(given) * (1 - np.trace(joint)))
    indices = order[:n_errors]
    return LabelErrors(indices, suggested[indices], scores, thresholds, counts, joint)


def class_thresholds(given: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Return the mean self-confidence of each class.

    Parameters
    ----------
    given : ndarray of int of shape (n,)
        Labels, as numbers of columns.

    probabilities : ndarray of shape (n, k)
        Of each class.

    Returns
    -------
    thresholds : ndarray of shape (k,)
        Infinite for a class without images, which nothing is known about.
    """
    n_classes = probabilities.shape[1]
    counts = np.bincount(given, minlength=n_classes)
    self_confidence = probabilities[np.arange(len(given)), given]
    sums = np.bincount(given, self_confidence, minlength=n_classes)
    with np.errstate(invalid="ignore"):
        return np.where(counts > 0, sums / counts, np.inf)


def confident_joint(
    given: np.ndarray, probabilities: np.ndarray, thresholds: np.ndarray
) -> np.ndarray:
    """Count the images by given label and by confident label.

    An image is confidently of a class if its probability reaches the threshold of the
    class; of several classes the most probable one counts. Images that are confidently
    of none are left out.

    Parameters
    ----------
    given : ndarray of int of shape (n,)
        Labels, as numbers of columns.

    probabilities : ndarray of shape (n, k)
        Of each class.

    thresholds : ndarray of shape (k,)
        From :func:`class_thresholds`.

    Returns
    -------
    counts : ndarray of int of shape (k, k)
        Given labels are rows, confident ones columns.
    """
    # Rounding may lift the mean of equal numbers above them.
    is_confident = probabilities >= thresholds * (1 - 1e-9)
    confident = np.where(is_confident, probabilities, -np.inf).argmax(axis=1)
    is_counted = is_confident.any(axis=1)
    counts = np.zeros((len(thresholds), len(thresholds)), int)
    np.add.at(counts, (given[is_counted], confident[is_counted]), 1)
    return counts


def calibrate(counts: np.ndarray, n_given: np.ndarray) -> np.ndarray:
    """Estimate the joint distribution of given and true labels.

    Parameters
    ----------
    counts : ndarray of int of shape (k, k)
        From :func:`confident_joint`.

    n_given : ndarray of int of shape (k,)
        How many images have each label.

    Returns
    -------
    joint : ndarray of shape (k, k)
        Its rows sum to the shares of the given labels. Only rows without images have no
        counts: of others, the most probable image reaches the threshold.
    """
    shares = n_given / max(n_given.sum(), 1)
    totals = counts.sum(axis=1)
    return counts * (shares / np.maximum(totals, 1))[:, np.newaxis]

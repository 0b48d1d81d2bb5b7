"""Whether classifiers are as often right as they are sure."""

import numpy as np
from sklearn.calibration import calibration_curve

N_BINS = 10


def calibration_error(is_correct: np.ndarray, confidence: np.ndarray) -> float:
    """Return the expected calibration error of the predicted labels.

    That is the mean of |accuracy - mean confidence| over equally wide bins of
    confidence, weighted by the images in them [1]_.

    Parameters
    ----------
    is_correct : ndarray of bool of shape (n,)
        Whether each image was recognized.

    confidence : ndarray of shape (n,)
        Probability of the predicted label.

    Returns
    -------
    error : float
        From 0 to 1.

    References
    ----------
    .. [1] C. Guo, G. Pleiss, Y. Sun and K. Q. Weinberger, "On calibration of modern
       neural networks", ICML 2017.
    """
    accuracy, mean_confidence, counts = calibration_bins(is_correct, confidence)
    return float(np.average(np.abs(accuracy - mean_confidence), weights=counts))


def calibration_bins(
    is_correct: np.ndarray, confidence: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Divide images into equally wide bins of confidence.

    Parameters
    ----------
    is_correct : ndarray of bool of shape (n,)
        Whether each image was recognized.

    confidence : ndarray of shape (n,)
        Probability of the predicted label.

    Returns
    -------
    accuracy, mean_confidence, counts : ndarray of shape (n_bins,)
        Those of the images in each bin, and their number; empty bins are left out.
    """
    accuracy, mean_confidence = calibration_curve(
        is_correct, confidence, pos_label=True, n_bins=N_BINS
    )
    # As calibration_curve, which does not return them, counts.
    edges = np.linspace(0, 1, N_BINS + 1)[1:-1]
    counts = np.bincount(np.searchsorted(edges, confidence))
    return accuracy, mean_confidence, counts[counts > 0]

"""Validation images that the user gives to `fit`."""

from typing import Any

from numpy.typing import ArrayLike

from skdigits._images import check_same_shape
from skdigits.neural_network._epochs import Rows
from skdigits.neural_network._network_classifier import DTYPES
from skdigits.neural_network._validation import check_known, validate_training_rows
from skdigits.neural_network._white_level import warn_of_pixels


def validate_validation_rows(
    estimator: Any,
    X_val: ArrayLike | None,
    y_val: ArrayLike | None,
    sample_weight_val: ArrayLike | None,
) -> Rows | None:
    """Check validation images, labels and weights.

    Parameters
    ----------
    estimator : BaseKerasClassifier
        Knows the shape of the training images and their classes already.

    X_val : array-like of shape (n, h * w), (n, h, w) or (n, h, w, 1), or None
        Images.

    y_val : array-like of shape (n,) or None
        Labels.

    sample_weight_val : array-like of shape (n,) or None
        Weights; None means equal weights.

    Returns
    -------
    rows : Rows or None
        None if nothing was given.

    Raises
    ------
    ValueError
        If something is not as described or unlike the training images, or if there are
        labels that those do not have.
    TypeError
        If the pixels are strings.
    """
    if X_val is None and y_val is None and sample_weight_val is None:
        return None
    if X_val is None or y_val is None:
        given = {"X_val": X_val, "y_val": y_val, "sample_weight_val": sample_weight_val}
        names = [name for name, value in given.items() if value is not None]
        raise ValueError(
            f"fit got {' and '.join(names)}, but validation needs both X_val and y_val."
        )
    try:
        X, y, sample_weight, given_shape = validate_training_rows(
            estimator, X_val, y_val, sample_weight_val, dtype=DTYPES, reset=False
        )
        check_same_shape(given_shape, estimator.image_shape_)
        check_known(y, estimator.classes_)
        warn_of_pixels(estimator, X)
    except (TypeError, ValueError) as error:
        error.add_note("This is about X_val, y_val and sample_weight_val.")
        raise
    return estimator._rows(X, y, sample_weight)

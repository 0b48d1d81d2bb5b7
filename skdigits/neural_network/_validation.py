"""Checks of labels, weights and layer sizes, for all networks."""

from numbers import Integral

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import validate_data

from skdigits._images import ImageShape, flatten_images
from skdigits._sklearn import check_sample_weight
from skdigits._targets import check_targets

# A file of ONNX, with which networks predict, holds 2 GB at most.
MAX_WEIGHTS = 500_000_000


def validate_training_rows(
    estimator: BaseEstimator,
    X: ArrayLike,
    y: ArrayLike,
    sample_weight: ArrayLike | None,
    *,
    dtype: object = "numeric",
    class_weight: dict | str | None = None,
    reset: bool = True,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, ImageShape | None]:
    """Check images, labels and weights, and leave out the rows of weight 0.

    Parameters
    ----------
    estimator : estimator
        What is trained; its ``n_features_in_`` is set or compared.

    X : array-like of shape (n, h * w), (n, h, w) or (n, h, w, 1)
        Images.

    y : array-like of shape (n,)
        Labels.

    sample_weight : array-like of shape (n,) or None
        Weights; None means equal weights.

    dtype : dtype, sequence of dtype or "numeric", default="numeric"
        As `sklearn.utils.check_array` takes it.

    class_weight : dict, "balanced" or None, default=None
        Weights of the classes, multiplied into those of the rows. A dict gives classes
        that it does not name the weight 1.

    reset : bool, default=True
        Whether X sets ``n_features_in_``, or must agree with it.

    Returns
    -------
    X : ndarray of shape (n_kept, h * w)
        Images.

    y : ndarray of shape (n_kept,)
        Labels.

    sample_weight : ndarray of shape (n_kept,)
        float64, all positive, at most 1.

    image_shape : tuple (h, w) or None
        The shape that X spoke of.

    Raises
    ------
    ValueError
        If something is not as described, or all weights are zero.
    TypeError
        If the pixels are strings.
    """
    X, y, sample_weight, image_shape = validate_weighted_rows(
        estimator, X, y, sample_weight, dtype, class_weight, reset
    )
    # Only ratios count; with 1 as the largest weight, sums cannot overflow.
    return X, y, sample_weight / sample_weight.max(), image_shape


def validate_weighted_rows(
    estimator: BaseEstimator,
    X: ArrayLike,
    y: ArrayLike,
    sample_weight: ArrayLike | None,
    dtype: object = "numeric",
    class_weight: dict | str | None = None,
    reset: bool = True,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, ImageShape | None]:
    """Do what `validate_training_rows` does, and leave the weights as large as given.

    Parameters
    ----------
    estimator, X, y, sample_weight, dtype, class_weight, reset : object
        As `validate_training_rows` takes them.

    Returns
    -------
    X, y, sample_weight, image_shape : object
        As `validate_training_rows` returns them, but weights may be above 1.

    Raises
    ------
    ValueError, TypeError
        As `validate_training_rows` does.
    """
    X, image_shape = flatten_images(X)
    check_targets(y)
    X, y = validate_data(estimator, X, y, dtype=dtype, reset=reset)
    check_classification_targets(y)
    sample_weight = check_sample_weight(
        sample_weight, X, dtype=np.float64, ensure_non_negative=True
    )
    if class_weight is not None:
        sample_weight = sample_weight * _class_weights(class_weight, y, sample_weight)
    kept = sample_weight > 0
    if not kept.any():
        raise ValueError("All sample weights are zero: there is nothing to learn.")
    if not kept.all():
        X, y, sample_weight = X[kept], y[kept], sample_weight[kept]
    return X, y, sample_weight, image_shape


def _class_weights(
    class_weight: dict | str, y: np.ndarray, sample_weight: np.ndarray
) -> np.ndarray:
    """Weight of each row's class.

    scikit-learn's `compute_sample_weight` counts rows of weight 0 as well, and wants a
    weight for every class of y, which a batch of `partial_fit` need not have.
    """
    labels, targets = np.unique(y, return_inverse=True)
    if isinstance(class_weight, str):  # balanced
        totals = np.bincount(targets, sample_weight)
        mean = sample_weight.sum() / len(labels)
        weights = mean / np.where(totals > 0, totals, 1)
    else:
        weights = np.array([class_weight.get(label, 1) for label in labels.tolist()])
    if not (np.isfinite(weights).all() and (weights >= 0).all()):
        raise ValueError(
            "The weights of classes must be finite and not negative; got "
            f"class_weight={class_weight!r}."
        )
    return weights[targets]


def check_labels(labels: object, name: str) -> None:
    """Refuse what is not an array of two labels or more.

    Parameters
    ----------
    labels : object
        What should be the sorted labels of the classes.

    name : str
        The estimator, for the message.

    Raises
    ------
    ValueError
        If it is something else.
    """
    if not isinstance(labels, np.ndarray) or labels.ndim != 1:
        raise ValueError(f"The classes of {name} must be a 1D array; got {labels!r}.")
    if not np.array_equal(labels, np.unique(labels)):
        raise ValueError(f"The classes of {name} must be sorted; got {labels!r}.")
    if len(labels) < 2:
        raise ValueError(
            f"{name} needs at least 2 classes; got {len(labels)} class: "
            f"{', '.join(map(str, labels))}."
        )


def check_known(y: np.ndarray, classes: np.ndarray) -> None:
    """Refuse labels that are not those of a class.

    Parameters
    ----------
    y : ndarray of shape (n,)
        Labels.

    classes : ndarray of shape (n_classes,)
        The known ones.

    Raises
    ------
    ValueError
        If there are others.
    """
    # A set tells 3 from "3", which NumPy's functions for sets do not.
    known = set(classes.tolist())
    unknown = [label for label in np.unique(y).tolist() if label not in known]
    if unknown:
        raise ValueError(
            f"y has labels that are not among the classes {classes}: "
            f"{np.array(unknown)}."
        )


def check_sizes(name: str, sizes: object, value: object) -> None:
    """Refuse what is not a sequence of layer sizes.

    Parameters
    ----------
    name : str
        The parameter.

    sizes : object
        What should be a tuple or list of integers of at least 1.

    value : object
        The whole value of the parameter, for the message.

    Raises
    ------
    ValueError
        If it is something else.
    """
    if not isinstance(sizes, tuple | list) or not all(
        isinstance(size, Integral) and int(size) >= 1 for size in sizes
    ):
        raise ValueError(
            f"The sizes of layers in {name} must be integers of at least 1; "
            f"got {name}={value!r}."
        )


def check_n_weights(n_weights: int, name: str) -> None:
    """Refuse a network that is too large, before anything of it is built.

    Parameters
    ----------
    n_weights : int
        Number of weights, biases and statistics.

    name : str
        The estimator, for the message.

    Raises
    ------
    ValueError
        If there are more than MAX_WEIGHTS.
    """
    if n_weights > MAX_WEIGHTS:
        raise ValueError(
            f"This {name} would have {n_weights:,} weights; at most {MAX_WEIGHTS:,} "
            "are supported. Use fewer or smaller layers."
        )


def check_not_nan(probabilities: np.ndarray, X: np.ndarray) -> None:
    """Refuse images whose pixels are finite, but so large that layers overflow.

    Parameters
    ----------
    probabilities : ndarray of shape (n, n_classes)
        What a network made of them, or the logarithms.

    X : ndarray of shape (n, h * w)
        The images.

    Raises
    ------
    ValueError
        If a probability is NaN.
    """
    # The sum is NaN if any is.
    if np.isnan(probabilities.sum()):
        largest = float(np.abs(X.astype(np.float64)).max())
        raise ValueError(
            "The pixels are too large: the layers overflow. There are pixels up to "
            f"{largest:.3g} in absolute value; expected the scale of the training "
            "images, about 0 to 1. Scale them with skdigits.preprocessing.PixelScaler."
        )

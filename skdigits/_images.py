"""Image arrays: the one place that knows their forms.

Every estimator takes images as rows of pixels ``(n, h * w)``, as
``(n, h, w)`` or as ``(n, h, w, 1)``. They are flattened first, then validated
by scikit-learn, so that ``n_features_in_ == h * w`` and every meta-estimator
works; what needs the picture reshapes inside.
"""

from collections.abc import Sequence
from math import isfinite, isqrt, prod
from numbers import Integral
from typing import Any, TypeGuard

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.utils import assert_all_finite

from skdigits._threads import run_in_blocks

# Pixels that are looked at together.
PIXELS_PER_TASK = 2**20

ImageShape = tuple[int, int]


class ImageShapeError(ValueError):
    """An argument image_shape of a loader that does not fit the file, or is missing."""


def flatten_images(
    X: ArrayLike, n_pixels: int | None = None
) -> tuple[ArrayLike, ImageShape | None]:
    """Flatten images to one row of pixels each.

    Parameters
    ----------
    X : array-like of shape (n, h * w), (n, h, w) or (n, h, w, 1)
        Images. What has two dimensions or fewer is returned as it is, for
        scikit-learn to judge.

    n_pixels : int, default=None
        How many pixels an image must have. If this is given, a single image in place
        of X is refused with advice.

    Returns
    -------
    X : array-like
        A view of shape (n, h * w) for 3- and 4-dimensional arrays.

    image_shape : tuple (h, w) or None
        The shape that X spoke of; None for rows of pixels.

    Raises
    ------
    ValueError
        If the images have several channels or different sizes, if the array has more
        than 4 dimensions, or if it is a single image of `n_pixels`.
    TypeError
        If an array or a list holds strings.
    """
    if isinstance(X, list | tuple):
        X = _stack(X)
    if isinstance(X, np.ndarray) and _holds_strings(X):
        raise TypeError(
            "Pixels must be numbers; got strings. Convert them first, for instance "
            "with X.astype(float)."
        )
    shape: tuple[int, ...] = getattr(X, "shape", ())
    if len(shape) < 3:
        if n_pixels is not None and _is_one_image(shape, n_pixels):
            raise ValueError(
                f"Expected an array of images; got one image of {n_pixels} pixels, of "
                f"shape {tuple(shape)}. Reshape your data: X.reshape(1, -1)."
            )
        return X, None
    if len(shape) > 4:
        raise ValueError(
            "Images must have the shape (n, h * w), (n, h, w) or (n, h, w, 1); "
            f"got an array of shape {tuple(shape)}."
        )
    if len(shape) == 4 and shape[3] != 1:
        raise ValueError(
            f"Images must have one channel; got {shape[3]} channels in an array of "
            f"shape {tuple(shape)}. Convert them to greyscale first, for instance "
            "with X.mean(axis=-1)."
        )
    height, width = shape[1:3]
    return np.asarray(X).reshape(shape[0], height * width), (height, width)


def _is_one_image(shape: tuple[int, ...], n_pixels: int) -> bool:
    # A row, or a column, of two dimensions may be all that it seems to be.
    return prod(shape) == n_pixels and (len(shape) == 1 or min(shape, default=1) > 1)


def _holds_strings(X: np.ndarray) -> bool:
    return X.dtype.kind in "US" or (
        X.dtype.kind == "O" and any(isinstance(pixel, str) for pixel in X.flat)
    )


def _stack(X: list | tuple) -> np.ndarray | list | tuple:
    """Make one array of a list of rows or of images of one size."""
    try:
        return np.asarray(X)
    except ValueError as error:
        if any(hasattr(image, "__array__") or np.ndim(image) for image in X):
            raise ValueError(
                "The images of a list must all have the same shape; "
                f"numpy could not stack them: {error}"
            ) from error
        raise


def are_valid(
    X: ArrayLike, estimator: BaseEstimator, dtypes: Sequence[np.dtype]
) -> TypeGuard[np.ndarray]:
    """Tell whether ``validate_data(..., reset=False)`` would return images as they are.

    Asking first is for single images: `validate_data` takes a third as long as the
    pretrained network.

    Parameters
    ----------
    X : array-like
        What :func:`flatten_images` returned.

    estimator : estimator
        A fitted one.

    dtypes : sequence of dtype
        Unsigned and floating types that the estimator takes as they are.

    Returns
    -------
    are_valid : bool
        False leaves the matter to `validate_data`. A sum that is not finite may still
        be one of finite pixels.
    """
    return (
        type(X) is np.ndarray
        and X.dtype in dtypes
        and X.ndim == 2
        and len(X) > 0
        and X.shape[1] == estimator.n_features_in_
        and not hasattr(estimator, "feature_names_in_")
        and (X.dtype.kind == "u" or _has_finite_sum(X))
    )


def _has_finite_sum(X: np.ndarray) -> bool:
    with np.errstate(over="ignore", invalid="ignore"):
        return isfinite(X.sum())


def resolve_image_shape(
    image_shape: ImageShape | None, n_features: int, given: ImageShape | None
) -> ImageShape:
    """Find the height and width that rows of pixels stand for.

    Parameters
    ----------
    image_shape : tuple (h, w) or None
        What the user asked for. None means: as given with the array, else
        square if `n_features` is a perfect square, else a single row.

    n_features : int
        The number of pixels in an image.

    given : tuple (h, w) or None
        What :func:`flatten_images` found.

    Returns
    -------
    image_shape : tuple (h, w)
        With ``h * w == n_features``.

    Raises
    ------
    ValueError
        If `image_shape` does not have `n_features` pixels or is not what the
        array had.
    """
    if image_shape is None:
        if given is not None:
            return given
        side = isqrt(n_features)
        return (side, side) if side * side == n_features else (1, n_features)
    height, width = check_image_shape(image_shape)
    if prod((height, width)) != n_features:
        raise ValueError(
            f"image_shape={(height, width)} has {height * width} pixels, "
            f"but X has {n_features} features."
        )
    if given is not None:
        check_same_shape(given, (height, width))
    return height, width


def check_image_shape(image_shape: tuple) -> ImageShape:
    """Refuse what is not a height and a width.

    Parameters
    ----------
    image_shape : tuple
        What the user asked for.

    Returns
    -------
    image_shape : tuple (h, w)
        The same, as Python's integers.

    Raises
    ------
    ValueError
        If `image_shape` is not two positive integers.
    """
    if len(image_shape) != 2 or not all(
        isinstance(side, Integral) and not isinstance(side, bool) and int(side) >= 1
        for side in image_shape
    ):
        raise ValueError(
            "image_shape must be two positive integers (height, width); "
            f"got {image_shape!r}."
        )
    height, width = (int(side) for side in image_shape)
    return height, width


def check_same_shape(given: ImageShape | None, expected: ImageShape) -> None:
    """Refuse images of another height and width than the expected ones.

    Parameters
    ----------
    given : tuple (h, w) or None
        What :func:`flatten_images` found; None agrees with everything.

    expected : tuple (h, w)
        What the estimator works with.

    Raises
    ------
    ValueError
        If both are known and differ.
    """
    if given is not None and given != expected:
        raise ValueError(
            f"X holds images of shape {given}, but images of shape {expected} "
            "are expected."
        )


def in_container_of(X: Any, rows: np.ndarray, origins: slice | np.ndarray) -> Any:
    """Put rows of pixels into a DataFrame if X is one, so that names are kept.

    Parameters
    ----------
    X : array or DataFrame
        Images.

    rows : ndarray of shape (n, h * w)
        Pixels of copies.

    origins : slice or ndarray of shape (n,)
        Which images they are copies of.

    Returns
    -------
    rows : ndarray or DataFrame of shape (n, h * w)
        With the columns of X, and its index.
    """
    if hasattr(X, "iloc"):  # pandas
        return type(X)(rows, index=X.index[origins], columns=X.columns)
    if hasattr(X, "columns"):  # polars
        return type(X)(rows, schema=X.columns, orient="row")
    return rows


def float_dtype(dtype: np.dtype) -> np.dtype:
    """Return the float type in which pixels of a type are computed with.

    Parameters
    ----------
    dtype : dtype
        The type of the pixels.

    Returns
    -------
    dtype : dtype
        The same for float32 and float64; float32 for what it holds exactly
        (booleans, float16 and integers of at most 16 bits); else float64.
    """
    found = np.result_type(dtype, np.float32)
    return np.dtype(np.float64) if found.itemsize > 8 else found


def check_finite(pixels: np.ndarray, estimator: BaseEstimator) -> None:
    """Refuse NaN and infinity as scikit-learn does, but on all cores.

    On one core that takes a tenth of the time in which images are resampled.

    Parameters
    ----------
    pixels : ndarray of shape (n, n_pixels)
        Validated with ``ensure_all_finite=False``.

    estimator : estimator
        Is named in the message.

    Raises
    ------
    ValueError
        If a pixel is NaN or infinite.
    """

    def check(block: slice) -> None:
        assert_all_finite(
            pixels[block], estimator_name=type(estimator).__name__, input_name="X"
        )

    run_in_blocks(check, len(pixels), PIXELS_PER_TASK // pixels.shape[1])

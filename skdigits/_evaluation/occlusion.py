"""Occlusion: how much a prediction depends on each part of an image."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import ceil
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import logit
from sklearn.utils import (
    check_array,
    check_consistent_length,
    check_scalar,
    column_or_1d,
)
from sklearn.utils.validation import check_is_fitted

from skdigits._images import (
    PIXELS_PER_TASK,
    ImageShape,
    flatten_images,
    in_container_of,
    resolve_image_shape,
)

# Beyond it, the difference to certainty is rounding in float32.
LEAST_PROBABILITY = 1e-6


def log_odds(probabilities: np.ndarray) -> np.ndarray:
    """Return the logarithm of p / (1 - p), finite where p is 0 or 1."""
    p = probabilities.astype(np.float64)
    return logit(p.clip(LEAST_PROBABILITY, 1 - LEAST_PROBABILITY))


MEASURES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "log_odds": log_odds,
    "probability": lambda p: p.astype(np.float64),
}


def occlude(
    estimator: Any,
    X: ArrayLike,
    label: Any = None,
    *,
    measure: str,
    patch_size: int | tuple[int, int] | None,
    stride: int,
    fill: float | None,
    image_shape: ImageShape | None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Hide each part of images in turn, and measure how much a prediction falls.

    All patches lie within the image. The last one of a row or column ends with the
    image, and so may overlap the one before by more than the others.

    Parameters
    ----------
    estimator : classifier
        A fitted one with `predict_proba`.

    X : array-like of shape (n, h * w), (n, h, w) or (n, h, w, 1)
        Images, as the classifier takes them.

    label : label or array-like of shape (n,), default=None
        The label whose prediction is measured, one for all images or one for each;
        None means the predicted ones.

    measure : {"log_odds", "probability"}
        What is measured.

    patch_size : int, tuple (height, width) or None
        Size of the patches in pixels. None means a sixth of the height and width,
        rounded up.

    stride : int
        Pixels from one patch to the next.

    fill : float or None
        The pixels of a patch. None means the median at the border of the image.

    image_shape : tuple (h, w) or None
        Height and width of the images.

    Returns
    -------
    images : ndarray of shape (n, h, w)
        The images.

    attributions : ndarray of shape (n, h, w)
        How much the measure falls, on average over the patches that hide a pixel.

    labels : ndarray of shape (n,)
        The labels.

    probabilities : ndarray of shape (n,)
        Their probabilities in the whole images.

    Raises
    ------
    TypeError
        If the classifier has no `predict_proba`, or an argument is of another type.
    ValueError
        If an argument is not as described.
    """
    if measure not in MEASURES:
        raise ValueError(f"measure must be one of {list(MEASURES)}; got {measure!r}.")
    _check_probabilistic(estimator)
    pixels, given = flatten_images(X, getattr(estimator, "n_features_in_", None))
    pixels = check_array(
        pixels, ensure_all_finite=False, ensure_min_samples=0, input_name="X"
    )
    shape = resolve_image_shape(image_shape, pixels.shape[1], given)
    rows, columns = _hidden_lines(shape, patch_size, stride)
    fills = _fills(pixels.reshape(-1, *shape), fill)
    labels = _labels(estimator, X, len(pixels), label)
    places = _places(estimator.classes_, labels)

    def ask(images: np.ndarray, origins: np.ndarray) -> np.ndarray:
        if given is not None:
            images = images.reshape(-1, *np.shape(X)[1:])
        proba = estimator.predict_proba(in_container_of(X, images, origins))
        return np.asarray(proba)[np.arange(len(images)), places[origins]]

    n_patches = len(rows) * len(columns)
    probabilities = np.empty(len(pixels))
    occluded = np.empty(len(pixels) * n_patches)
    size = max(1, PIXELS_PER_TASK // pixels.shape[1])
    for batch in _batches(len(pixels), size):
        probabilities[batch] = ask(pixels[batch], batch)
    for batch in _batches(len(occluded), size):
        origins, patches = np.divmod(batch, n_patches)
        row, column = np.divmod(patches, len(columns))
        hidden = rows[row][:, :, np.newaxis] & columns[column][:, np.newaxis, :]
        hidden = hidden.reshape(len(origins), -1)
        images = np.where(hidden, fills[origins, np.newaxis], pixels[origins])
        occluded[batch] = ask(images, origins)

    value = MEASURES[measure]
    falls = np.subtract(
        value(probabilities)[:, np.newaxis, np.newaxis],
        value(occluded).reshape(-1, len(rows), len(columns)),
    )
    n_hidings = np.outer(rows.sum(axis=0), columns.sum(axis=0))
    attributions = rows.T @ falls @ columns / n_hidings
    return pixels.reshape(-1, *shape), attributions, labels, probabilities


def _batches(n: int, size: int) -> Iterator[np.ndarray]:
    for start in range(0, n, size):
        yield np.arange(start, min(start + size, n))


def _check_probabilistic(estimator: Any) -> None:
    check_is_fitted(estimator)
    if not hasattr(estimator, "predict_proba"):
        raise TypeError(
            f"{type(estimator).__name__} has no predict_proba, which occlusion needs. "
            "Pass another classifier, or a fitted CalibratedClassifierCV(classifier, "
            "ensemble=False) from sklearn.calibration."
        )


def _hidden_lines(
    shape: ImageShape, patch_size: int | tuple[int, int] | None, stride: int
) -> list[np.ndarray]:
    """Return which rows, and which columns, are hidden by each row of patches."""
    if patch_size is None:
        patch_size = (ceil(shape[0] / 6), ceil(shape[1] / 6))
    sides = patch_size if isinstance(patch_size, tuple) else (patch_size, patch_size)
    for side in sides:
        check_scalar(side, "patch_size", Integral, min_val=1)
    if len(sides) != 2 or sides[0] > shape[0] or sides[1] > shape[1]:
        raise ValueError(
            f"patch_size={sides} does not fit into images of shape {shape}; "
            "expected a height and a width of at most these."
        )
    check_scalar(stride, "stride", Integral, min_val=1)
    lines = []
    for length, side in zip(shape, sides, strict=True):
        last = length - side
        first_lines = np.append(np.arange(0, last, stride), last)[:, np.newaxis]
        line = np.arange(length)
        lines.append((first_lines <= line) & (line < first_lines + side))
    if not all(hidden.any(axis=0).all() for hidden in lines):
        raise ValueError(
            f"stride={stride} leaves gaps between patches of {sides} pixels; "
            f"expected at most {min(sides)}."
        )
    return lines


def _fills(images: np.ndarray, fill: float | None) -> np.ndarray:
    """Return the pixel that hides parts of each image, of the images' own type."""
    if fill is None:
        border = np.ones(images.shape[1:], dtype=bool)
        border[1:-1, 1:-1] = False
        # The nearest, because a mean of two need not be a pixel of the type.
        return np.quantile(images[:, border], 0.5, axis=1, method="nearest")
    check_scalar(fill, "fill", Real)
    if images.dtype.kind in "iu":
        limits = np.iinfo(images.dtype)
        if not (limits.min <= fill <= limits.max and fill == int(fill)):
            raise ValueError(
                f"fill={fill} is no pixel of {images.dtype} images; expected an "
                f"integer from {limits.min} to {limits.max}."
            )
    return np.full(len(images), fill, dtype=images.dtype)


def _labels(estimator: Any, X: ArrayLike, n_images: int, label: Any) -> np.ndarray:
    if label is None:
        # Classifiers refuse to predict no images.
        label = estimator.predict(X) if n_images else estimator.classes_[:0]
    elif np.ndim(label) == 0:
        label = np.full(n_images, label)
    check_consistent_length(X, label)
    return column_or_1d(label)


def _places(classes: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the column of each label in the probabilities."""
    numbers = {known: i for i, known in enumerate(classes.tolist())}
    unknown = [label for label in labels.tolist() if label not in numbers]
    if unknown:
        raise ValueError(
            f"label={unknown[0]!r} is unknown to the classifier; expected one of "
            f"{list(numbers)}."
        )
    return np.array([numbers[label] for label in labels.tolist()], dtype=int)

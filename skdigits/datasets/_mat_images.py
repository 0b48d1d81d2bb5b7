"""Images in an array of MATLAB: their axis, their pixels, their grey levels."""

from collections.abc import Sequence
from math import isqrt, prod

import numpy as np

from skdigits._images import ImageShape
from skdigits._mat_file import ChoiceError, MatArray, show_name

_PIXELS_AT_ONCE = 2**22
# ITU-R 601, as Pillow has it.
_GREY = np.array([0.299, 0.587, 0.114], np.float32)
_CHANNELS = (1, 3)
_FEWEST_PIXELS = 4


def find_axis(
    arrays: Sequence[MatArray],
    n_labels: Sequence[int | None],
    axis: int | None,
    shape: ImageShape | None,
) -> tuple[int, ImageShape]:
    """Find the axis of arrays along which their images lie.

    Parameters
    ----------
    arrays : sequence of MatArray
        Images along the first or the last axis, as rows of pixels, pictures or
        pictures in colour.

    n_labels : sequence of int or None
        How many images there must be in each.

    axis : {0, -1} or None
        The axis, if the user gave it.

    shape : tuple (h, w) or None
        Height and width, if the user gave them.

    Returns
    -------
    axis : {0, -1}
        That axis of all arrays.

    picture : tuple (h, w)
        Height and width of the images.

    Raises
    ------
    ValueError
        If an array has another shape. ChoiceError if either axis may be meant.
    """
    found: dict[int, ImageShape] = {}
    for place in (0, -1) if axis is None else (axis,):
        pictures = set()
        for array, n_images in zip(arrays, n_labels, strict=True):
            rest = list(array.values.shape)
            fits = rest.pop(place) == n_images or n_images is None
            pictures.add(_picture(rest, shape) if fits else None)
        if len(pictures) == 1 and (picture := pictures.pop()) is not None:
            found[place] = picture
    square = {place: size for place, size in found.items() if size[0] == size[1]}
    if len(square) == 1 and arrays[0].values.ndim > 2:
        found = square
    array, size = arrays[0], arrays[0].values.shape
    if len(found) == 2:
        raise ChoiceError(
            f"variable {show_name(array.name)} has the shape {size}: its "
            "images may lie along the first or the last axis. Pass axis=0 or axis=-1."
        )
    if not found or not all(a.values.size for a in arrays):
        how_many = "n" if n_labels[0] is None else f"{n_labels[0]:,}"
        pixels = "h * w" if shape is None else f"{shape[0]} * {shape[1]}"
        raise ValueError(
            f"variable {show_name(array.name)} has the shape {size}; expected "
            f"({how_many}, {pixels}), ({pixels}, {how_many}) or (h, w, {how_many}), "
            "perhaps with 3 channels before the last, and the same size in each array "
            "of images. Rows of pixels of images that are not square need "
            "image_shape=(h, w)."
        )
    return next(iter(found.items()))


def to_rows(values: np.ndarray, axis: int, picture: ImageShape) -> np.ndarray:
    """Put the images of an array one behind the other.

    Parameters
    ----------
    values : ndarray
        The images.

    axis, picture
        As :func:`find_axis` found them.

    Returns
    -------
    images : ndarray of shape (n, h, w) or (n, h, w, 3)
        A view of the values, if it can be one. Rows of pixels are taken row by row.
    """
    rows = np.moveaxis(values, axis, 0)
    if rows.ndim == 2:
        return rows.reshape(-1, *picture)
    if rows.ndim == 4 and rows.shape[3] not in _CHANNELS:
        rows = np.moveaxis(rows, 1, 3)
    return rows[..., 0] if rows.ndim == 4 and rows.shape[3] == 1 else rows


def _picture(shape: Sequence[int], asked: ImageShape | None) -> ImageShape | None:
    """Return height and width of one image, or None if it cannot be one."""
    if len(shape) == 1:
        picture = asked or (isqrt(shape[0]), isqrt(shape[0]))
        # A column of labels is no column of images.
        fits = prod(picture) == shape[0] and (asked or shape[0] >= _FEWEST_PIXELS)
        return picture if fits else None
    if len(shape) == 3:
        if shape[2] in _CHANNELS:
            shape = shape[:2]
        elif shape[0] in _CHANNELS:
            shape = shape[1:]
    if len(shape) != 2 or (asked is not None and tuple(shape) != asked):
        return None
    return shape[0], shape[1]


def exchange_pixels(images: np.ndarray) -> np.ndarray:
    """Read the same pixels column by column that were read row by row.

    Parameters
    ----------
    images : ndarray of shape (n, h, w)
        C-contiguous.

    Returns
    -------
    images : ndarray of shape (n, h, w)
        A new array.
    """
    n_images, height, width = images.shape
    columns = images.reshape(n_images, width, height)
    return np.ascontiguousarray(columns.swapaxes(1, 2))


def find_grey_levels(
    arrays: Sequence[MatArray], asked: tuple[float, float] | None
) -> tuple[float, float]:
    """Find out which values are black and white.

    Parameters
    ----------
    arrays : sequence of MatArray
        All images.

    asked : tuple (low, high) or None
        What the user says of it.

    Returns
    -------
    low, high : float
        The values that become 0 and 255.

    Raises
    ------
    ValueError
        If values are not finite. ChoiceError if it is not plain.
    """
    name = show_name(arrays[0].name)
    extremes = [(float(a.values.min()), float(a.values.max())) for a in arrays]
    lowest, highest = min(e[0] for e in extremes), max(e[1] for e in extremes)
    if not np.isfinite([lowest, highest]).all():
        raise ValueError(f"variable {name} holds NaN or infinity; expected pixels.")
    if asked is not None:
        return asked
    kinds = {array.kind for array in arrays}
    if kinds == {"logical"}:
        return 0, 1
    if kinds == {"float"}:
        # Resampling goes a little beyond black and white.
        if lowest >= -0.5 and highest <= 1.5:
            return 0, 1
        if lowest >= -1.5 and highest <= 1.5:
            return -1, 1
    within = lowest >= 0 and highest <= 255
    if within and (highest > 127 or kinds != {"float"} or all(map(_are_whole, arrays))):
        return 0, 255
    raise ChoiceError(
        f"variable {name} holds values from {lowest:g} to {highest:g}; pixels are "
        "expected from 0 to 255, from 0 to 1 or from -1 to 1. Pass "
        f"pixel_range=({lowest:g}, {highest:g}), or whatever black and white are."
    )


def _are_whole(array: MatArray) -> bool:
    flat = array.values.reshape(-1, order="F")
    blocks = range(0, flat.size, _PIXELS_AT_ONCE)
    return all((flat[i : i + _PIXELS_AT_ONCE] % 1 == 0).all() for i in blocks)


def to_bytes(images: np.ndarray, low: float, high: float) -> np.ndarray:
    """Convert pixels to grey levels of 8 bits.

    Parameters
    ----------
    images : ndarray of shape (n, h, w) or (n, h, w, 3)
        Pixels of any type.

    low, high : float
        The values that become 0 and 255. What lies beyond becomes the same.

    Returns
    -------
    grey : ndarray of shape (n, h, w), uint8
        C-contiguous.
    """
    as_it_is = (low, high) == (0, 255)
    if as_it_is and images.dtype == np.uint8 and images.ndim == 3:
        return np.ascontiguousarray(images)
    grey = np.empty(images.shape[:3], np.uint8)
    step = max(1, _PIXELS_AT_ONCE // prod(images.shape[1:]))
    for start in range(0, len(images), step):
        block = images[start : start + step].astype(np.float64)
        if block.ndim == 4:
            block = block @ _GREY.astype(np.float64)
        if not as_it_is:
            block = (block - low) * (255 / (high - low))
        grey[start : start + step] = block.clip(0, 255).round()
    return grey

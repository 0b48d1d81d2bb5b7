"""Pixels of a file, of an image of Pillow's or of an array.

This module imports Pillow, so import it inside functions only.
"""

import os

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image

from skdigits._pictures.grey import reduce, to_grey_or_colour, turn_upright
from skdigits._pictures.opening import check_size, open_picture


def load(
    image: str | os.PathLike[str] | Image.Image | ArrayLike, longest_side: int
) -> tuple[np.ndarray, tuple[int, int]]:
    """Read an image, no larger than is needed, the way it is seen on a screen.

    Parameters
    ----------
    image : str, path-like, PIL.Image.Image or array-like
        A file, an image of Pillow's, or pixels of shape (h, w), (h, w, 1), (h, w, 3)
        or (h, w, 4).

    longest_side : int
        Larger images are reduced to this height or width, in pixels.

    Returns
    -------
    levels : ndarray of shape (height, width, 1) or (height, width, 3), uint8
        From 0 (black) to 255 (white).

    size : tuple (width, height)
        Of the image as it was, in pixels, after the rotation that its EXIF data ask
        for.

    Raises
    ------
    ValueError
        If it is no such image, is damaged, empty or too large, or has pixels that are
        not finite or negative. The message names the file.
    TypeError
        If it is none of these things.
    OSError
        If the file cannot be opened.
    """
    if isinstance(image, str | os.PathLike):
        with open_picture(image) as opened:
            picture, size = _prepare(opened, longest_side)
    else:
        picture = image if isinstance(image, Image.Image) else _from_array(image)
        check_size(picture)
        picture.load()  # so that it stays as it is
        picture, size = _prepare(picture, longest_side)
    levels = np.array(picture)
    return levels.reshape(*levels.shape[:2], -1), size


def _prepare(
    picture: Image.Image, longest_side: int
) -> tuple[Image.Image, tuple[int, int]]:
    """Turn an image upright, into grey or RGB, and reduce it."""
    width, height = picture.size
    # JPEG can decode to half the size or less, in less time.
    picture.draft(None, (longest_side, longest_side))
    reduced = reduce(picture, longest_side)
    size = reduced.size
    turn_upright(reduced, picture)
    if reduced.size != size:  # turned by a quarter
        width, height = height, width
    reduced = to_grey_or_colour(reduced)
    reduced.thumbnail((longest_side, longest_side), Image.Resampling.BOX)
    return reduced, (width, height)


def _from_array(image: ArrayLike) -> Image.Image:
    """Return an array as an image of 8 bits; its white level goes by its type."""
    pixels = np.asarray(image)
    if pixels.dtype.kind not in "buif":
        raise TypeError(
            "image must be a path, an image of Pillow's or an array of numbers; got "
            f"{type(image).__name__} of {pixels.dtype}."
        )
    if pixels.ndim == 3 and pixels.shape[2] == 1:
        pixels = pixels[..., 0]
    is_colour = pixels.ndim == 3 and pixels.shape[2] in (3, 4)
    if not (pixels.ndim == 2 or is_colour) or pixels.size == 0:
        raise ValueError(
            "image must have the shape (h, w), (h, w, 1), (h, w, 3) or (h, w, 4), "
            f"without empty sides; got {pixels.shape}."
        )
    if pixels.dtype == np.uint8:
        return Image.fromarray(pixels)
    if not (np.isfinite(pixels).all() and pixels.min() >= 0):
        raise ValueError(
            "image must hold finite pixels from 0 (black) upwards; got "
            f"{pixels.min()} to {pixels.max()}."
        )
    white = 65535 if pixels.dtype == np.uint16 else max(float(pixels.max()), 1.0)
    scaled = pixels * (255 / white)
    return Image.fromarray(np.rint(scaled).astype(np.uint8))

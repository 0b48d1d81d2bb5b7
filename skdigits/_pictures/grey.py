"""Pixels of 8 bits from images of any mode, the way they are seen on a screen.

This module imports Pillow, so import it inside functions only.
"""

import os
from contextlib import suppress

import numpy as np
from PIL import Image, ImageOps

from skdigits._images import ImageShape
from skdigits._pictures.limits import MAX_PIXELS
from skdigits._pictures.opening import open_picture

_COLOURS = ("RGB", "YCbCr", "CMYK", "LAB", "HSV", "P")
# Numbers of TIFF's tags.
_BITS_PER_SAMPLE, _PHOTOMETRIC, _ORIENTATION = 258, 262, 274
_WHITE_IS_ZERO = 0
# Rows that are converted at once, and the longer side in pixels of images that are
# never reduced before they are fitted to a smaller size.
_STRIP, _LARGE = 64, 1600


def read_grey(
    path: str | os.PathLike[str],
    *,
    image_shape: ImageShape | None = None,
    longest_side: int | None = None,
    max_pixels: int = MAX_PIXELS,
    advice: str = "Reduce it first.",
) -> np.ndarray:
    """Read an image file as grey pixels.

    Parameters
    ----------
    path : str or path-like
        A PNG, JPEG, BMP, TIFF, GIF or WebP file.

    image_shape : tuple (h, w), default=None
        Fit the image into this height and width. None keeps its size.

    longest_side : int, default=None
        Reduce a large image by a whole number; its longer side stays at least twice as
        long, in pixels. None keeps its size, or fits it into `image_shape`.

    max_pixels, advice
        As :func:`~skdigits._pictures.opening.open_picture` takes them.

    Returns
    -------
    pixels : ndarray of shape (h, w), uint8
        From 0 (black) to 255 (white).

    Raises
    ------
    ValueError
        If the file is not such an image, is damaged or too large, or if its white
        level is unknown. The message names the file.
    OSError
        If the file cannot be opened.
    """
    with open_picture(path, max_pixels, advice) as picture:
        # JPEG can decode to grey, and to half the size or less, in less time. At four
        # times the size that is needed, in either orientation, no one sees it.
        smallest = 2 * longest_side if longest_side else 4 * max(image_shape or (0,))
        picture.draft("L", (smallest, smallest) if smallest else None)
        if not smallest:
            turn_upright(picture, picture)
            return np.asarray(_to_grey(picture))
        reduced = reduce(picture, longest_side or max(_LARGE, *(image_shape or ())))
        turn_upright(reduced, picture)
        grey = _to_grey(reduced)
        return np.asarray(grey if image_shape is None else _fit(grey, image_shape))


def turn_upright(picture: Image.Image, original: Image.Image) -> None:
    """Turn an image as the EXIF data of what it was made of ask for.

    Parameters
    ----------
    picture : PIL.Image.Image
        Changed in place.

    original : PIL.Image.Image
        What has the EXIF data.
    """
    # Damaged metadata say nothing of the orientation, and raise nearly anything.
    with suppress(Exception):
        picture.getexif()[_ORIENTATION] = original.getexif()[_ORIENTATION]
        ImageOps.exif_transpose(picture, in_place=True)


def reduce(picture: Image.Image, longest_side: int) -> Image.Image:
    """Reduce an image by a whole number, one strip after the other.

    So no second image of the same size is made.

    Parameters
    ----------
    picture : PIL.Image.Image
        Of any mode.

    longest_side : int
        The longer side stays at least twice as long, in pixels.

    Returns
    -------
    reduced : PIL.Image.Image
        A copy of mode L, RGB or RGBA.

    Raises
    ------
    ValueError
        If its white level is unknown.
    """
    if picture.mode[0] in "IF":
        picture = _to_grey(picture)
    mode = "RGB" if picture.mode in _COLOURS else "L"
    mode = "RGBA" if picture.has_transparency_data else mode
    factor = max(1, max(picture.size) // (2 * longest_side))
    if factor == 1:
        return picture.convert(mode)
    width, height = picture.size
    reduced = Image.new(mode, (-(-width // factor), -(-height // factor)))
    for top in range(0, height, factor * _STRIP):
        bottom = min(top + factor * _STRIP, height)
        strip = picture.crop((0, top, width, bottom)).convert(mode)
        reduced.paste(strip.reduce(factor), (0, top // factor))
    return reduced


def to_grey_or_colour(picture: Image.Image) -> Image.Image:
    """Convert an image to grey, unless it has colours and nothing is transparent.

    Parameters
    ----------
    picture : PIL.Image.Image
        Of any mode.

    Returns
    -------
    converted : PIL.Image.Image
        A copy of mode L or RGB.

    Raises
    ------
    ValueError
        If its white level is unknown.
    """
    if picture.mode in _COLOURS and not picture.has_transparency_data:
        return picture.convert("RGB")
    return _to_grey(picture).convert("L")


def _to_grey(image: Image.Image) -> Image.Image:
    """Convert an image of any mode to mode L."""
    if image.mode.startswith("I;16"):
        # Pillow's own conversion cuts off all that is brighter than 255.
        tags = getattr(image, "tag_v2", {})
        grey = _scale(image, 2 ** tags.get(_BITS_PER_SAMPLE, (16,))[0] - 1)
        # Nor does it invert these, as it does those of 8 bits.
        inverted = tags.get(_PHOTOMETRIC) == _WHITE_IS_ZERO
        return ImageOps.invert(grey) if inverted else grey
    if image.mode == "F":
        return _scale(image, 1)
    if image.mode == "I":
        raise ValueError(
            "it has pixels of 32 bits or with a sign, whose white level is unknown. "
            "Save it with 8 or 16 bits, without a sign."
        )
    if image.has_transparency_data:
        return _onto_background(image)
    return image if image.mode == "L" else image.convert("L")


def _scale(image: Image.Image, white: int) -> Image.Image:
    """Map pixels from 0 to the white level onto 0 to 255."""
    pixels = np.asarray(image)
    if not (pixels.min() >= 0 and pixels.max() <= white):
        raise ValueError(
            f"its pixels go from {pixels.min():g} to {pixels.max():g}; expected "
            f"0 (black) to {white} (white)."
        )
    levels = np.empty(pixels.shape, np.uint8)
    for row, of_row in zip(levels, pixels, strict=True):
        row[:] = np.rint(of_row.astype(np.float32) * np.float32(255 / white))
    return Image.fromarray(levels)


def _onto_background(image: Image.Image) -> Image.Image:
    """Lay an image onto white or black, whichever its visible part differs from more.

    Black ink on nothing is black on white paper then, and white ink on nothing does
    not vanish.
    """
    if image.mode not in ("LA", "RGBA"):
        image = image.convert("RGBA")
    grey, alpha = image.convert("L"), image.getchannel("A")
    if np.asarray(alpha).min() == 255:
        return grey
    on_white, on_black = (
        Image.composite(grey, Image.new("L", grey.size, level), alpha)
        for level in (255, 0)
    )
    darkest = int(np.asarray(on_white).min())
    brightest = int(np.asarray(on_black).max())
    return on_white if 255 - darkest >= brightest else on_black


def _fit(image: Image.Image, image_shape: ImageShape) -> Image.Image:
    """Resize an image, keeping its aspect ratio, and fill up with its background."""
    height, width = image_shape
    if image.size == (width, height):
        return image
    scale = min(height / image.height, width / image.width)
    size = [max(1, round(scale * side)) for side in image.size]
    fitted = image.resize(size, Image.Resampling.BICUBIC, reducing_gap=3)
    pixels = np.asarray(fitted)
    border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    canvas = Image.new("L", (width, height), int(np.median(border)))
    canvas.paste(fitted, ((width - fitted.width) // 2, (height - fitted.height) // 2))
    return canvas

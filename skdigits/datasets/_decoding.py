"""One image file, decoded to grey pixels of 8 bits.

This module imports Pillow, so import it inside functions only.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
from PIL import (
    Image,
    ImageOps,
    TiffImagePlugin,  # noqa: F401 - or Pillow loads all drivers in search of it
    UnidentifiedImageError,
    WebPImagePlugin,  # noqa: F401 - likewise
)

from skdigits._images import ImageShape

FORMATS = ("PNG", "JPEG", "BMP", "TIFF", "GIF", "WEBP")
# Numbers of TIFF's tags.
_BITS_PER_SAMPLE, _PHOTOMETRIC = 258, 262
_TILE_WIDTH, _TILE_LENGTH = 322, 323
_WHITE_IS_ZERO = 0


def read_grey(
    path: str | os.PathLike[str], *, image_shape: ImageShape | None, max_pixels: int
) -> np.ndarray:
    """Read an image file as grey pixels, the way it is seen on a screen.

    Parameters
    ----------
    path : str or path-like
        A PNG, JPEG, BMP, TIFF, GIF or WebP file; its first bytes tell, whatever its
        name. Of several pages or frames the first is read.

    image_shape : tuple (h, w) or None
        Fit the image into this height and width. None keeps its size.

    max_pixels : int
        The number of pixels above which an image is refused before it is decoded.

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
    with open_image(path) as image:
        return np.asarray(_decode(image, image_shape, max_pixels))


@contextmanager
def open_image(path: str | os.PathLike[str]) -> Iterator[Image.Image]:
    """Open an image file; errors while it is open are told as those of the file.

    Parameters
    ----------
    path : str or path-like
        A PNG, JPEG, BMP, TIFF, GIF or WebP file; its first bytes tell, whatever its
        name.

    Yields
    ------
    image : PIL.Image.Image
        Not decoded yet.

    Raises
    ------
    ValueError
        If the file is not such an image, is damaged or too large. The message names
        the file.
    OSError
        If the file cannot be opened.
    """
    with Path(path).expanduser().open("rb") as file:
        try:
            with Image.open(file, formats=FORMATS) as image:
                yield image
        except UnidentifiedImageError as error:
            raise ValueError(
                f"'{path}' is not an image of a known format ({', '.join(FORMATS)}). "
                "Convert it to one of them."
            ) from error
        except Image.DecompressionBombError as error:
            raise ValueError(
                f"'{path}': {error} If you trust the file, raise max_pixels, where "
                "there is one, and PIL.Image.MAX_IMAGE_PIXELS."
            ) from error
        except MemoryError:
            raise
        # A damaged file makes the decoders raise nearly anything.
        except Exception as error:
            reason = str(error) or repr(error)
            raise ValueError(f"'{path}' cannot be decoded: {reason}") from error


def _decode(
    image: Image.Image, image_shape: ImageShape | None, max_pixels: int
) -> Image.Image:
    width, height = size_to_decode(image)
    if width * height > max_pixels:
        raise ValueError(
            f"it has {width} x {height} pixels, more than max_pixels={max_pixels:,}. "
            "Raise max_pixels if you trust the file."
        )
    # JPEG can decode to grey, and to half the size or less, in less time. At four
    # times the size that is needed, in either orientation, no one sees it.
    smallest = None if image_shape is None else (4 * max(image_shape),) * 2
    image.draft("L", smallest)
    # Damaged metadata say nothing of the orientation, and raise nearly anything.
    with suppress(Exception):
        ImageOps.exif_transpose(image, in_place=True)
    grey = _to_grey(image)
    return grey if image_shape is None else _fit(grey, image_shape)


def size_to_decode(image: Image.Image) -> tuple[int, int]:
    """Return the width and height that are held in memory while an image is decoded."""
    tags = getattr(image, "tag_v2", {})
    # A tile of a small TIFF may be large, and is decoded as a whole.
    tile = tags.get(_TILE_WIDTH, 0), tags.get(_TILE_LENGTH, 0)
    return max(image.size, tile, key=lambda size: size[0] * size[1])


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
    pixels = np.asarray(image, dtype=np.float32)
    if not (pixels.min() >= 0 and pixels.max() <= white):
        raise ValueError(
            f"its pixels go from {pixels.min():g} to {pixels.max():g}; expected "
            f"0 (black) to {white} (white)."
        )
    return Image.fromarray(np.rint(pixels * np.float32(255 / white)).astype(np.uint8))


def _onto_background(image: Image.Image) -> Image.Image:
    """Lay an image onto white or black, whichever its visible part differs from more.

    Black ink on nothing is black on white paper then, and white ink on nothing does
    not vanish.
    """
    image = image.convert("RGBA")
    grey, alpha = image.convert("L"), image.getchannel("A")
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
    if fitted.size == (width, height):
        return fitted
    pixels = np.asarray(fitted)
    border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    canvas = Image.new("L", (width, height), int(np.median(border)))
    canvas.paste(fitted, ((width - fitted.width) // 2, (height - fitted.height) // 2))
    return canvas

"""Image files, opened, or refused before they are decoded.

This module imports Pillow, so import it inside functions only.
"""

import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader, BytesIO, FileIO
from pathlib import Path

from PIL import (
    Image,
    TiffImagePlugin,  # noqa: F401 - or Pillow loads all drivers in search of it
    UnidentifiedImageError,
    WebPImagePlugin,  # noqa: F401 - likewise
)

from skdigits._files import check_not_endless
from skdigits._pictures.limits import MAX_PIXELS
from skdigits._pictures.parts import check_parts

FORMATS = ("PNG", "JPEG", "BMP", "TIFF", "GIF", "WEBP")
# Numbers of TIFF's tags.
_TILE_WIDTH, _TILE_LENGTH = 322, 323
_ADVICE = "Reduce it first."
# What decoding holds of a picture, in times the memory of one of 8 bits: of those in
# colour by their format, of the others by their mode.
_IN_COLOUR = {"WEBP": 5, "TIFF": 2}
_WIDE = {"F": 3, "I;16": 2, "I;16L": 2, "I;16B": 2, "I;16N": 2}
_PROGRESSIVE, _RUN_LENGTHS = 2, 50
# Pillow reads once or more for each comment and the like, which take time however small
# they are: a camera's file has some fifty before the pixels begin. A PNG file of the
# largest size, in usual parts of 8 kB, is read 120,000 times in all.
_MOST_READS_TO_OPEN, _MOST_READS = 20_000, 500_000


class UnknownFormatError(ValueError):
    """The file is no image, or one of a format that is not read."""


class TooLargeError(ValueError):
    """The image has too many pixels to be decoded."""


class _CountsReads:
    """A file that is read so many times, and no more."""

    n_left = _MOST_READS_TO_OPEN

    def read(self, size: int | None = -1, /) -> bytes:
        self.n_left -= 1
        if self.n_left < 0:
            raise ValueError(
                "it has too many parts, such as comments. Save it anew, without them."
            )
        return super().read(size)  # type: ignore[misc]


class _CountedFile(_CountsReads, BufferedReader):
    pass


class _CountedBytes(_CountsReads, BytesIO):
    pass


@contextmanager
def open_picture(
    source: str | os.PathLike[str] | bytes,
    max_pixels: int = MAX_PIXELS,
    advice: str = _ADVICE,
    formats: tuple[str, ...] = FORMATS,
) -> Iterator[Image.Image]:
    """Open an image; errors while it is open are told as those of the file.

    Parameters
    ----------
    source : str, path-like or bytes
        A file, ``~`` expanded, or its content. Its first bytes tell the format,
        whatever its name.

    max_pixels : int, default=MAX_PIXELS
        The number of pixels above which the image is refused; a half of it or less
        where decoding takes more memory, or time.

    advice : str, default="Reduce it first."
        What to do with an image that is too large.

    formats : tuple of str
        Those that are read, as Pillow names them.

    Yields
    ------
    picture : PIL.Image.Image
        Not decoded yet. Of several pages or frames it is the first.

    Raises
    ------
    UnknownFormatError
        If it is no image of these formats.
    TooLargeError
        If it has too many pixels.
    ValueError
        If it is damaged, or has too many parts beside its pixels; the two above are
        ValueErrors, too. The message names the file.
    OSError
        If the file cannot be opened, or is a pipe or a device.
    """
    opened: _CountedBytes | _CountedFile
    if isinstance(source, bytes):
        name, opened = "The image", _CountedBytes(source)
    else:
        path = Path(source).expanduser()
        check_not_endless(path)
        name, opened = f"'{source}'", _CountedFile(FileIO(path))
    with opened as file:
        try:
            check_parts(file)
            with Image.open(file, formats=formats) as picture:
                check_size(picture, max_pixels, advice, name)
                file.n_left = _MOST_READS
                yield picture
        except UnidentifiedImageError as error:
            raise UnknownFormatError(
                f"{name} is not an image of a known format ({', '.join(formats)}). "
                "Convert it to one of them."
            ) from error
        except Image.DecompressionBombError as error:
            raise TooLargeError(f"{name}: {error} {advice}") from error
        except (MemoryError, TooLargeError):
            raise
        # A damaged file makes the decoders raise nearly anything.
        except Exception as error:
            reason = str(error) or repr(error)
            raise ValueError(f"{name} cannot be decoded: {reason}") from error


def check_size(
    picture: Image.Image,
    max_pixels: int = MAX_PIXELS,
    advice: str = _ADVICE,
    name: str = "The image",
) -> None:
    """Refuse an image that is too large to be decoded.

    Parameters
    ----------
    picture : PIL.Image.Image
        Not decoded yet.

    max_pixels, advice
        As :func:`open_picture` takes them.

    name : str, default="The image"
        The first words of the error.

    Raises
    ------
    TooLargeError
        If it has more than `max_pixels`: half as many in TIFF and in progressive JPEG
        of fine colours, and with 16 bits; a third with floats; a fifth in WebP in
        colour; a fiftieth in BMP of runs.
    """
    tags = getattr(picture, "tag_v2", {})
    # A tile of a small TIFF may be large, and is decoded as a whole.
    tile = tags.get(_TILE_WIDTH, 0), tags.get(_TILE_LENGTH, 0)
    width, height = max(picture.size, tile, key=math.prod)
    n_copies = _count_copies(picture)
    if width * height > max_pixels // n_copies:
        kind = f"{picture.format or 'an image'} of mode {picture.mode}"
        shared = "" if n_copies == 1 else f" over {n_copies} for {kind}"
        raise TooLargeError(
            f"{name} has {width} x {height} pixels, more than max_pixels="
            f"{max_pixels:,}{shared}. {advice}"
        )


def _count_copies(picture: Image.Image) -> int:
    """Return how many times the memory, or time, of its pixels decoding takes."""
    # Pillow decodes those in Python.
    if any(part[0] == "bmp_rle" for part in getattr(picture, "tile", [])):
        return _RUN_LENGTHS
    if len(picture.getbands()) == 1:
        return _WIDE.get(picture.mode, 1)
    # All of its coefficients are held, which are fewer where colours are coarser.
    sampling = {tuple(each[1:3]) for each in getattr(picture, "layer", [])}
    if "progressive" in picture.info and len(sampling) == 1:
        return _PROGRESSIVE
    return _IN_COLOUR.get(picture.format or "", 1)

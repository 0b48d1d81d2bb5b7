"""Bodies of requests, which are images, and of answers.

This module imports Pillow and Werkzeug, so import it inside functions only.
"""

from base64 import b64encode
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge

from skdigits._pictures.opening import TooLargeError, UnknownFormatError, open_picture
from skdigits.reading import Digit, DigitReader, Reading, Rejected

# "image/jpg" is no registered type, but some clients send it.
TYPES = ("image/png", "image/jpeg", "image/jpg")
# Some threads decode at once, and each pixel takes them some 10 bytes.
MAX_PIXELS = 25_000_000

# What a reader is tried out with.
STROKE = np.full((28, 28), 255, np.uint8)
STROKE[4:24, 13:16] = 0
# Bytes that the C library of Linux keeps when they are free, once it has freed a block
# of half as many. Else each drawing asks the system for its memory anew: 3 ms of 18.
KEPT = 16_000_000


def warm_up(reader: DigitReader) -> None:
    """Read a stroke, which loads what is loaded once and finds out what cannot be used.

    Parameters
    ----------
    reader : DigitReader
        What reads it.

    Raises
    ------
    ValueError
        If it cannot read.
    """
    reader.read(STROKE)
    bytes(KEPT // 2)


def answer(reader: DigitReader, body: bytes) -> dict[str, Any]:
    """Read an image that a stranger sent.

    Parameters
    ----------
    reader : DigitReader
        What reads it.

    body : bytes
        A PNG or JPEG file.

    Returns
    -------
    content : dict
        Its reading, as JSON has it.

    Raises
    ------
    RequestEntityTooLarge
        If it is too large.
    BadRequest
        If it is no such file, damaged, or cannot be read.
    """
    picture = decode(body)
    try:
        reading = reader.read(picture)
    except ValueError as error:
        raise BadRequest(f"The image cannot be read: {error}") from error
    return reading_to_dict(reading)


def count_pixels(body: bytes) -> int:
    """Return how many pixels an image has, without decoding it; 0 if it is none."""
    try:
        with open_picture(body, MAX_PIXELS, formats=("PNG", "JPEG")) as picture:
            return picture.width * picture.height
    except ValueError:
        return 0


def decode(body: bytes) -> Image.Image:
    """Decode an image that a stranger sent.

    Parameters
    ----------
    body : bytes
        A PNG or JPEG file. Of several frames the first is read.

    Returns
    -------
    picture : PIL.Image.Image
        Decoded, not yet turned as its EXIF data ask for.

    Raises
    ------
    RequestEntityTooLarge
        If it has too many pixels; none of them was decoded.
    BadRequest
        If it is no such file, damaged, or in too many parts.
    """
    if not body:
        raise BadRequest("The body is empty; it must be a PNG or JPEG image.")
    try:
        with open_picture(body, MAX_PIXELS, formats=("PNG", "JPEG")) as picture:
            picture.load()
    except UnknownFormatError as error:
        raise BadRequest("The body is neither a PNG nor a JPEG image.") from error
    except TooLargeError as error:
        raise RequestEntityTooLarge(str(error)) from error
    except ValueError as error:
        raise BadRequest(str(error)) from error
    return picture


def reading_to_dict(reading: Reading) -> dict[str, Any]:
    """Return a reading with the images that the classifier saw, ready for JSON.

    Parameters
    ----------
    reading : Reading
        Of an image.

    Returns
    -------
    content : dict
        As :meth:`Reading.to_dict`, and an "image" for each digit and each thing that
        was rejected: a PNG file of 28x28 pixels in base64, or None.
    """
    content = reading.to_dict()
    digits = [
        digit
        for line in content["lines"]
        for number in line["numbers"]
        for digit in number["digits"]
    ]
    entries = [*digits, *content["rejected"]]
    parts: list[Digit | Rejected] = [*reading.digits, *reading.rejected]
    for entry, found in zip(entries, parts, strict=True):
        entry["image"] = None if found.image is None else _png(found.image)
    return content


def _png(pixels: np.ndarray) -> str:
    file = BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return b64encode(file.getvalue()).decode("ascii")

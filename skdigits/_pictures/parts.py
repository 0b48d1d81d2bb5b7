"""Files whose pixels are in countless parts, told before they are opened.

They are small and take minutes: a JPEG file may go over all its pixels thousands of
times, and a TIFF file hold each pixel by itself.
"""

import re
import struct
from collections.abc import Iterator
from typing import BinaryIO

# A progressive JPEG file has about ten scans; an empty one takes 10 ms in 100 million
# pixels. A TIFF file has a strip for each row at most, or tiles of 64 x 64 pixels.
MOST_SCANS, MOST_TILES = 100, 50_000

_JPEG, _TIFF, _BIG_TIFF = b"\xff\xd8", (b"II", b"MM"), 43
# Marks in a JPEG file. Among pixels, 0 or a restart (208 to 215) follows after 255.
_MARK = re.compile(rb"\xff([\x01-\xcf\xd8-\xfe])")
_START_OF_SCAN, _END, _WITHOUT_LENGTH = 0xDA, 0xD9, (0x01, 0xD8)
_BLOCK = 1 << 16
# Numbers of TIFF's tags.
_STRIPS, _TILES = 273, 324


def check_parts(file: BinaryIO) -> None:
    """Refuse a file whose pixels are in too many parts.

    Parameters
    ----------
    file : file
        Of any format; left at its beginning.

    Raises
    ------
    ValueError
        If it has more scans, strips or tiles than any program writes.
    """
    start = file.read(16)
    if start.startswith(_JPEG):
        n, most, kind = _count_scans(file), MOST_SCANS, "scans"
    elif start.startswith(_TIFF):
        n, most, kind = _count_tiles(file, start), MOST_TILES, "strips or tiles"
    else:
        n, most, kind = 0, 0, ""
    file.seek(0)
    if n > most:
        raise ValueError(
            f"its pixels are in more than {most:,} {kind}. Save it anew with usual "
            "settings."
        )


def _count_scans(file: BinaryIO) -> int:
    """Count the scans of a JPEG file, up to one too many."""
    n = 0
    for mark in _marks(file):
        n += mark == _START_OF_SCAN
        if n > MOST_SCANS:
            break
    return n


def _marks(file: BinaryIO) -> Iterator[int]:
    """Yield the marks of a JPEG file up to its end, without those of thumbnails."""
    place = 0
    while True:
        file.seek(place)
        block = file.read(_BLOCK)
        if found := _MARK.search(block):
            [mark] = found[1]
            if mark == _END:
                return
            yield mark
            place += found.end()
            if mark not in _WITHOUT_LENGTH:
                file.seek(place)
                place += int.from_bytes(file.read(2), "big")
        elif len(block) < 2:
            return
        else:
            place += len(block) - block.endswith(b"\xff")


def _count_tiles(file: BinaryIO, start: bytes) -> int:
    """Count the strips and tiles of the first image of a TIFF file."""
    order = "<" if start.startswith(b"II") else ">"
    is_big = _BIG_TIFF in start[2:4]
    first, n_tags, tag = ("8xQ", "Q", "HHQ8x") if is_big else ("4xL", "H", "HHL4x")
    n = 0
    try:
        file.seek(*struct.unpack_from(order + first, start))
        for _ in range(*_read(file, order + n_tags)):
            number, _, count = _read(file, order + tag)
            n += count if number in (_STRIPS, _TILES) else 0
    except (struct.error, OSError, OverflowError):  # damaged: Pillow says so, too
        pass
    return n


def _read(file: BinaryIO, form: str) -> tuple[int, ...]:
    return struct.unpack(form, file.read(struct.calcsize(form)))

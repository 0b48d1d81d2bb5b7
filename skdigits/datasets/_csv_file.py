"""The lines of a CSV file, however it is compressed and encoded."""

import csv
import gzip
import zlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from io import BufferedIOBase, BufferedReader, RawIOBase, TextIOWrapper
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any, NamedTuple, TextIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from skdigits._csv_words import show

# An image of 1,000 x 1,000 pixels and its label: a line takes 4 million characters, the
# names of the columns 12 million.
MOST_COLUMNS = 1_000_001
LONGEST_LINE = 20_000_000
SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
_ENDINGS = (".csv", ".tsv", ".txt")


class UnreadableError(ValueError):
    """The file is damaged, too large, or holds no lines of text as images have them."""


@contextmanager
def open_text(path: Path, max_bytes: int) -> Iterator[TextIO]:
    """Open a CSV file as text.

    Parameters
    ----------
    path : pathlib.Path
        In UTF-8 or UTF-16; alone, compressed with gzip, or in a zip archive. Its first
        bytes tell, whatever its name.

    max_bytes : int
        How long a compressed file may be once it is unpacked.

    Yields
    ------
    file : file
        Open for text.

    Raises
    ------
    OSError
        If it cannot be opened.
    UnreadableError
        If it cannot be unpacked; also while it is read.
    """
    with ExitStack() as stack:
        file = stack.enter_context(path.open("rb"))
        start = file.peek(4)
        packed: BufferedIOBase | IO[bytes] | None = None
        if start.startswith(b"\x1f\x8b"):
            packed = gzip.GzipFile(fileobj=file)
        elif start.startswith(b"PK\x03\x04"):
            packed = stack.enter_context(_open_member(path, file))
        if packed is not None:
            file = BufferedReader(_Unpacked(path, packed, max_bytes), 2**16)
        encoding = _encoding(file.peek(4)[:4])
        yield stack.enter_context(TextIOWrapper(file, encoding, newline=""))


def _encoding(start: bytes) -> str:
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    # The mark may be missing; a file begins with characters of ASCII.
    match [byte > 0 for byte in start]:
        case [True, False, True, False]:
            return "utf-16-le"
        case [False, True, False, True]:
            return "utf-16-be"
    # "sig": spreadsheets start a file with a byte order mark.
    return "utf-8-sig"


@contextmanager
def _open_member(path: Path, file: BufferedReader) -> Iterator[IO[bytes]]:
    """Open the one table in a zip archive."""
    if not file.seekable():
        raise UnreadableError(f"'{path}' is a pipe; expected a zip archive as a file.")
    try:
        with ZipFile(file) as archive:
            members = [
                member
                for member in archive.infolist()
                if not member.is_dir() and not member.filename.startswith("__MACOSX/")
            ]
            tables = [
                member
                for member in members
                if member.filename.lower().endswith(_ENDINGS)
            ]
            found = tables or members
            if len(found) != 1:
                names = show([member.filename for member in found]) or "nothing"
                raise UnreadableError(
                    f"'{path}' is a zip archive of {names}; expected one CSV file in "
                    "it. Unpack it, and load the file that you want."
                )
            if found[0].compress_type not in (ZIP_STORED, ZIP_DEFLATED):
                raise UnreadableError(
                    f"'{path}' is compressed in an unusual way. Unpack it first."
                )
            with archive.open(found[0]) as member:
                yield member
    except (BadZipFile, NotImplementedError, RuntimeError) as error:
        # The latter two: an extension, a password.
        raise UnreadableError(
            f"'{path}' starts like a zip archive but cannot be unpacked: {error}"
        ) from error


class _Unpacked(RawIOBase):
    """What comes out of a compressed file, up to a limit."""

    def __init__(self, path: Path, packed: Any, max_bytes: int):
        self._path, self._packed = path, packed
        self._max_bytes = self._n_left = max_bytes

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            n_read = self._packed.readinto(buffer)
        except (EOFError, zlib.error, gzip.BadGzipFile, BadZipFile) as error:
            raise UnreadableError(
                f"'{self._path}' is compressed, but damaged or cut off: {error}"
            ) from error
        self._n_left -= n_read
        if self._n_left < 0:
            raise UnreadableError(
                f"'{self._path}' holds more than {self._max_bytes:,} bytes once it is "
                "unpacked, and max_bytes allows no more."
            )
        return n_read


def read_lines(path: Path, file: TextIO) -> Iterator[str]:
    """Yield lines, and read no more of one than an image or its header can need.

    Parameters
    ----------
    path : pathlib.Path
        Where they are from.

    file : file
        Open for text.

    Yields
    ------
    line : str
        Lines that quotation marks join count as one.

    Raises
    ------
    UnreadableError
        If one is too long.
    """
    n_characters = n_columns = 0
    is_open = False
    while line := file.readline(LONGEST_LINE + 1):
        if len(line) < MOST_COLUMNS and not is_open and '"' not in line:
            yield line  # the usual case, without a look at each separator
            continue
        n_characters = len(line) + is_open * n_characters
        # Whichever separates: a loop over them would be slow.
        n_separators = (
            line.count(",") + line.count(";") + line.count("\t") + line.count("|")
        )
        n_columns = n_separators + is_open * n_columns
        if n_characters > LONGEST_LINE or n_columns >= MOST_COLUMNS:
            raise UnreadableError(
                f"'{path}' has a line of more than {LONGEST_LINE:,} characters or "
                f"{MOST_COLUMNS:,} columns. Expected a line for each image: look for "
                "lost line breaks and quotation marks."
            )
        is_open ^= line.count('"') % 2 == 1
        yield line


class Start(NamedTuple):
    """How a file begins.

    Parameters
    ----------
    separator : str
        Between its columns.

    rows : list of list of str
        The cells of the first two lines that are not blank.

    lines : list of list of str
        The lines of text of each of those.
    """

    separator: str
    rows: list[list[str]]
    lines: list[list[str]]


def read_start(path: Path, lines: Iterator[str]) -> Start:
    """Read the first two lines that are not blank, and no further.

    Parameters
    ----------
    path : pathlib.Path
        Where they are from.

    lines : iterator of str
        As from :func:`read_lines`.

    Returns
    -------
    start : Start
        Those.

    Raises
    ------
    ValueError
        If there is none, or the separator is not plain.
    """
    first = next(filter(str.strip, lines), "")
    separator = _find_separator(path, first)
    read: list[list[str]] = [[]]

    def take_down() -> Iterator[str]:
        for line in chain([first], lines):
            read[-1].append(line)
            yield line

    rows = []
    reader = csv.reader(take_down(), delimiter=separator)
    for cells in islice(filter(None, reader), 2):
        rows.append([cell.strip() for cell in cells])
        read.append([])
    if not rows or not any(rows[0]):
        raise ValueError(f"'{path}' is empty; expected a line for each image.")
    return Start(separator, rows, read[: len(rows)])


def _find_separator(path: Path, line: str) -> str:
    # What stands between quotation marks separates nothing.
    bare = "".join(line.split('"')[::2])
    found = [separator for separator in SEPARATORS if separator in bare]
    if len(found) > 1:
        readings = " or ".join(
            f"{bare.count(separator) + 1} columns, by {SEPARATORS[separator]}"
            for separator in found
        )
        raise ValueError(
            f"'{path}' has a first line of {readings}. Expected one of them between "
            "columns, and a decimal point, not a comma. Save the file anew."
        )
    return found[0] if found else ","


def read_again(
    path: Path, max_bytes: int, separator: str
) -> Iterator[tuple[int, Sequence[str]]]:
    """Read a file again, to say where something is.

    Parameters
    ----------
    path : pathlib.Path
        The file.

    max_bytes : int
        As for :func:`open_text`.

    separator : str
        Between its columns.

    Yields
    ------
    number : int
        Of a line that is not blank, from 1.

    cells : list of str
        Its cells.
    """
    if not path.is_file():  # a pipe, say, which cannot be read again
        return
    with open_text(path, max_bytes) as file:
        reader = csv.reader(read_lines(path, file), delimiter=separator)
        for cells in filter(None, reader):
            yield reader.line_num, cells

"""Cells of CSV files, which spreadsheets take for what they are: text and numbers."""

import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from skdigits._files import replacing

# A text that begins so is run as a formula when it is opened. The wide signs count in
# some languages.
_FORMULA = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")
_NUMBER = re.compile(r"[+-]?([0-9]+([.,][0-9]*)?|[.,][0-9]+)([eE][+-]?[0-9]+)?")
# The comma, and what separates cells for spreadsheets in other languages.
_SEPARATOR = re.compile(r'[,;\t|"\r\n]')


def csv_line(cells: Iterable[object]) -> str:
    """Write a row of a CSV file.

    Parameters
    ----------
    cells : iterable of object
        Text and numbers; None is an empty cell. A text that a spreadsheet would run as
        a formula gets an apostrophe in front; numbers as text do not.

    Returns
    -------
    line : str
        With the end of the line.
    """
    return ",".join(map(_cell, cells)) + "\n"


def _cell(value: object) -> str:
    if value is None:
        return ""
    text = str(value)
    is_formula = isinstance(value, str) and _FORMULA.match(text)
    if is_formula and not _NUMBER.fullmatch(text):
        text = f"'{text}"
    if _SEPARATOR.search(text):
        text = '"' + text.replace('"', '""') + '"'
    return text


@contextmanager
def opened(output: Path | None) -> Iterator[TextIO]:
    """Open a file of results, or the standard output.

    Parameters
    ----------
    output : pathlib.Path or None
        The file, which is replaced once it is complete; None means standard output.

    Yields
    ------
    file : file
        Open for text.
    """
    if output is None:
        yield sys.stdout
        return
    with (
        replacing(output) as temporary,
        # Names of files are bytes, not always text: they are written as they are.
        temporary.open(
            "w", newline="", encoding="utf-8", errors="surrogateescape"
        ) as file,
    ):
        yield file

"""The cells of a CSV file as numbers, and which of them is none."""

import warnings
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from skdigits._csv_words import is_byte, shorten
from skdigits.datasets._csv_file import (
    UnreadableError,
    open_text,
    read_again,
    read_lines,
    read_start,
)

# Numbers with a decimal point are held as such, so not many at once.
_CELLS_AT_ONCE = 2**20


@dataclass(frozen=True)
class Source:
    """A file whose columns are known.

    Parameters
    ----------
    path : pathlib.Path
        The file.

    max_bytes : int
        Its limit, if it is compressed.

    separator : str
        Between its columns.

    names : list of str
        A name for each column.

    has_names : bool
        Whether they are those of the first line.

    text_columns : collection of int
        Columns that are read as text.

    blank : collection of int
        Columns that must be empty.
    """

    path: Path
    max_bytes: int
    separator: str
    names: list[str]
    has_names: bool
    text_columns: Collection[int]
    blank: Collection[int]


class Table(NamedTuple):
    """The cells of a file.

    Parameters
    ----------
    values : ndarray of shape (n_lines, n_columns), uint8
        Numbers; 0 in columns of text.

    texts : dict from int to list of str
        The cells of each column of text.
    """

    values: np.ndarray
    texts: dict[int, list[str]]


def read_table(source: Source, lines: Iterator[str]) -> Table:
    """Read the images of a file.

    Parameters
    ----------
    source : Source
        The file.

    lines : iterator of str
        Its lines after the names.

    Returns
    -------
    table : Table
        The cells.

    Raises
    ------
    ValueError
        If a cell is not what it must be. The message names line and column.
    """
    try:
        with warnings.catch_warnings():
            # Older NumPy would cut off what follows the decimal point.
            warnings.simplefilter("error", DeprecationWarning)
            table = _read(source, lines, np.uint8)
    except (UnreadableError, UnicodeDecodeError):
        raise
    except (ValueError, DeprecationWarning) as error:
        if not source.path.is_file():  # a pipe, say, which cannot be read again
            raise ValueError(f"'{source.path}': {error}") from error
        table = _read_floats(source)
    if not table.values.size:
        raise ValueError(f"'{source.path}' names columns, but no image follows.")
    if table.values.shape[1] != len(source.names):
        raise ValueError(
            find_wrong_cell(source, {})
            or f"'{source.path}' has lines of {table.values.shape[1]} columns, but the "
            f"first line has {len(source.names)}."
        )
    return table


def _read_floats(source: Source) -> Table:
    """Read a file again, in which a number such as 7.0 may be."""
    n_lines = max(1, _CELLS_AT_ONCE // len(source.names))
    blocks = []
    texts: dict[int, list[str]] = {column: [] for column in source.text_columns}
    with open_text(source.path, source.max_bytes) as file:
        lines = read_lines(source.path, file)
        start = read_start(source.path, lines)
        lines = chain(*start.lines[source.has_names :], lines)
        while True:
            try:
                block = _read(source, lines, np.float64, max_rows=n_lines)
                values = _to_bytes(block.values)
            except (UnreadableError, UnicodeDecodeError):
                raise
            except ValueError as error:
                wrong = find_wrong_cell(source, {})
                raise ValueError(wrong or f"'{source.path}': {error}") from error
            if not values.size:
                break
            blocks.append(values)
            for column, cells in block.texts.items():
                texts[column] += cells
    return Table(np.concatenate(blocks), texts)


def _to_bytes(values: np.ndarray) -> np.ndarray:
    # Also false for NaN.
    if not ((values >= 0) & (values <= 255) & (values == np.floor(values))).all():
        raise ValueError("a number is not whole, or not from 0 to 255")
    return values.astype(np.uint8)


def _read(
    source: Source,
    lines: Iterator[str],
    dtype: type[np.number],
    max_rows: int | None = None,
) -> Table:
    texts: dict[int, list[str]] = {column: [] for column in source.text_columns}
    converters: dict[int | str, Callable[[str], Any]] = {
        column: _keep_in(cells) for column, cells in texts.items()
    }
    converters |= dict.fromkeys(source.blank, _check_blank)
    with warnings.catch_warnings():
        # No line at all is not a warning but an error, or the end; blank ones are fine.
        warnings.filterwarnings("ignore", ".*contained no data")
        values = np.loadtxt(
            lines,
            dtype,
            delimiter=source.separator,
            comments=None,
            quotechar='"',
            ndmin=2,
            converters=converters or None,
            max_rows=max_rows,
        )
    return Table(values, texts)


def _keep_in(cells: list[str]) -> Callable[[str], int]:
    def keep(cell: str) -> int:
        cells.append(cell.strip())
        return 0

    return keep


def _check_blank(cell: str) -> int:
    if cell.strip():
        raise ValueError(f"{cell!r} is not blank")
    return 0


def find_wrong_cell(source: Source, wrong: Mapping[int, str]) -> str:
    """Say which line or cell is not as it must be.

    Parameters
    ----------
    source : Source
        The file.

    wrong : dict from int to str
        A wrong text of a column of text.

    Returns
    -------
    message : str
        Empty if all is as it must be, or if the file cannot be read again.
    """
    n_columns = len(source.names)
    lines = read_again(source.path, source.max_bytes, source.separator)
    for index, (number, cells) in enumerate(lines):
        where = f"'{source.path}', line {number}"
        if index == 0 and source.has_names:
            continue
        if len(cells) != n_columns:
            return (
                f"{where}, has {len(cells)} columns, but the first line has "
                f"{n_columns}."
            )
        for column, cell in enumerate(cells):
            where_exactly = f"{where}, column {source.names[column]!r}: expected"
            if column in source.blank:
                if cell.strip():
                    return f"{where_exactly} nothing, found {shorten(cell)}."
            elif column in source.text_columns:
                if cell.strip() == wrong.get(column):
                    return (
                        f"{where_exactly} a whole number from 0 to 255, or a name if "
                        f"all labels are names, found {shorten(cell.strip())}."
                    )
            elif not is_byte(cell):
                return (
                    f"{where_exactly} a whole number from 0 to 255, found "
                    f"{shorten(cell)}."
                )
    return ""

"""Tables: what was read, in the cells that it stands in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from skdigits._require import require
from skdigits.reading._columns import find_columns
from skdigits.reading._results import Box, union

if TYPE_CHECKING:
    import pandas as pd

    from skdigits.reading._grid import Grid

# Box, text, and whether it was read surely.
Thing = tuple[Box, str, bool]

# Cells for one digit are at most so many heights of a digit wide: 1.1 to 1.5 in the
# combs of `shared/wild/pages`; cells of mark sheets there start at 1.9.
WIDEST_COMB = 1.6


@dataclass(frozen=True)
class Table:
    """Table of cells with their text.

    Parameters
    ----------
    cells : tuple of tuple of str
        Text of each cell, row by row: "" for empty cells, and "?" for each uncertain
        object. All rows have the same length.

    boxes : tuple of tuple of tuple (left, top, right, bottom)
        Bounding box of each cell in pixels of the image. Right and bottom are
        exclusive.

    Examples
    --------
    >>> from skdigits.reading import Table
    >>> table = Table(
    ...     cells=(("12", ""), ("7", "?")),
    ...     boxes=(
    ...         ((0, 0, 60, 40), (60, 0, 120, 40)),
    ...         ((0, 40, 60, 80), (60, 40, 120, 80)),
    ...     ),
    ... )
    >>> table.box
    (0, 0, 120, 80)
    >>> table.to_frame()
        0  1
    0  12
    1   7  ?
    """

    cells: tuple[tuple[str, ...], ...]
    boxes: tuple[tuple[Box, ...], ...]

    @property
    def box(self) -> Box:
        """The box around all cells, (left, top, right, bottom) in pixels."""
        return union([box for row in self.boxes for box in row])

    def to_frame(self) -> pd.DataFrame:
        """Return the cells as a DataFrame.

        Returns
        -------
        frame : pandas DataFrame
            Texts of the cells. Rows and columns are numbered from 0.

        Raises
        ------
        ImportError
            If pandas is not installed.
        """
        pandas = require("pandas", "pandas", "Table.to_frame")
        return pandas.DataFrame([list(row) for row in self.cells])

    def to_dict(self) -> dict:
        """Return the box, the cells and their boxes, ready for JSON.

        Returns
        -------
        values : dict
            Texts, numbers and lists only.
        """
        return {
            "box": list(self.box),
            "cells": [list(row) for row in self.cells],
            "boxes": [[list(box) for box in row] for row in self.boxes],
        }


def fill(grid: Grid, things: Iterable[Thing]) -> Table:
    """Put what was read into the cells of a grid.

    Parameters
    ----------
    grid : Grid
        In the same pixels as the boxes of the things.

    things : iterable of tuple (box, text, is_sure)
        Digits, points or whole numbers. A thing belongs to the cell that holds the
        centre of its box; those outside of the grid are left out.

    Returns
    -------
    table : Table
        Single characters in a cell are joined from left to right; longer texts are
        separated by a space. What is not sure is a "?".
    """
    things = sorted(things)
    boxes = np.array([box for box, _, _ in things], dtype=float).reshape(-1, 4)
    places = grid.locate((boxes[:, :2] + boxes[:, 2:]) / 2)
    texts = defaultdict(list)
    for (row, column), (_, text, is_sure) in zip(places, things, strict=True):
        texts[row, column].append(text if is_sure else "?")
    n_rows, n_columns = grid.shape
    cells = tuple(
        tuple(_join(texts[row, column]) for column in range(n_columns))
        for row in range(n_rows)
    )
    return Table(cells, grid.cell_boxes())


def align(rows: Sequence[Sequence[Thing]]) -> list[Table]:
    """Put what was read in rows into the cells of tables without rules.

    Parameters
    ----------
    rows : sequence of sequence of tuple (box, text, is_sure)
        What stands in each row, from left to right; rows from top to bottom.

    Returns
    -------
    tables : list of Table
        From top to bottom. The box of an empty cell is what its row and its column
        have in common.
    """
    things = [thing for row in rows for thing in row]
    boxes = np.array([box for box, _, _ in things]).reshape(-1, 4)
    ends = np.cumsum([0, *map(len, rows)])
    places = [np.arange(*pair) for pair in pairwise(ends.tolist())]
    return [_align(aligned.cells, things) for aligned in find_columns(boxes, places)]


def _align(cells: list[list[np.ndarray]], things: Sequence[Thing]) -> Table:
    """Make a table of the places of things in its cells."""
    in_cells = [[[things[k] for k in cell] for cell in row] for row in cells]
    texts = tuple(
        tuple(_join([text if sure else "?" for _, text, sure in cell]) for cell in row)
        for row in in_cells
    )
    rows = [union([box for cell in row for box, _, _ in cell]) for row in in_cells]
    columns = [
        union([box for cell in column for box, _, _ in cell])
        for column in zip(*in_cells, strict=True)
    ]
    boxes = tuple(
        tuple(
            union([box for box, _, _ in cell])
            if cell
            else (column[0], row[1], column[2], row[3])
            for cell, column in zip(cells_of_row, columns, strict=True)
        )
        for cells_of_row, row in zip(in_cells, rows, strict=True)
    )
    return Table(texts, boxes)


def _join(texts: list[str]) -> str:
    return (" " if any(len(text) > 1 for text in texts) else "").join(texts)


def is_comb(grid: Grid, height: float) -> bool:
    """Say whether a grid is a comb of a form: a row of cells for one digit each.

    Parameters
    ----------
    grid : Grid
        The grid.

    height : float
        The height of a digit in pixels.

    Returns
    -------
    is_comb : bool
        If so, the digits in it are one number.
    """
    widths = np.diff(grid.corners[..., 0], axis=1)
    return grid.shape[0] == 1 and bool(np.median(widths) <= WIDEST_COMB * height)

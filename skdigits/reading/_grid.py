"""A grid of a page: the cells between rules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from skdigits.reading._results import Box


@dataclass(frozen=True)
class Grid:
    """Rows and columns of cells.

    Parameters
    ----------
    corners : ndarray of shape (n_rows + 1, n_columns + 1, 2)
        (x, y) of the crossings of the rules, from top to bottom and from left to
        right.
    """

    corners: np.ndarray

    @property
    def shape(self) -> tuple[int, int]:
        """The number of rows and of columns."""
        return self.corners.shape[0] - 1, self.corners.shape[1] - 1

    @property
    def cell_area(self) -> float:
        """The mean area of the cells in pixels."""
        quadrilaterals = self._quadrilaterals()
        diagonals = quadrilaterals[:, :, 2:] - quadrilaterals[:, :, :2]
        return float(np.abs(np.linalg.det(diagonals)).mean() / 2)

    def locate(self, points: np.ndarray) -> np.ndarray:
        """Find the cells that hold points.

        Parameters
        ----------
        points : ndarray of shape (n, 2)
            (x, y) of each.

        Returns
        -------
        places : ndarray of shape (n, 2), int64
            (row, column) of the cell whose quadrilateral holds the point, -1 outside.
        """
        quadrilaterals = self._quadrilaterals()
        inside = np.ones((len(points), *self.shape), dtype=bool)
        for i in range(4):
            start, end = quadrilaterals[..., i, :], quadrilaterals[..., (i + 1) % 4, :]
            (dx, dy) = np.moveaxis(end - start, -1, 0)
            (x, y) = np.moveaxis(points[:, None, None] - start, -1, 0)
            inside &= dx * y >= dy * x  # on the right-hand side, with y downwards
        n_rows, n_columns = self.shape
        flat = inside.reshape(len(points), n_rows * n_columns)
        places = np.stack(np.divmod(flat.argmax(axis=1), n_columns), axis=1)
        places[~flat.any(axis=1)] = -1
        return places

    def cell_boxes(self) -> tuple[tuple[Box, ...], ...]:
        """Return the boxes around the cells, row by row.

        Returns
        -------
        boxes : tuple of tuple of tuple (left, top, right, bottom)
            In pixels; right and bottom are exclusive.
        """
        quadrilaterals = self._quadrilaterals()
        starts = np.floor(quadrilaterals.min(axis=2)).astype(int)
        ends = np.ceil(quadrilaterals.max(axis=2)).astype(int)
        boxes = np.concatenate([starts, ends], axis=2).tolist()
        return tuple(tuple(tuple(box) for box in row) for row in boxes)

    def _quadrilaterals(self) -> np.ndarray:
        """Return the corners of each cell, clockwise: (n_rows, n_columns, 4, 2)."""
        c = self.corners
        return np.stack([c[:-1, :-1], c[:-1, 1:], c[1:, 1:], c[1:, :-1]], axis=2)


def locate_in_finest(
    grids: Sequence[Grid], points: np.ndarray
) -> Iterator[tuple[Grid, np.ndarray]]:
    """Yield grids, from the finest to the coarsest, and the cells that hold points.

    Of grids that lie on each other, the finer one is what was written into.

    Parameters
    ----------
    grids : sequence of Grid
        Grids of a page.

    points : ndarray of shape (n, 2)
        (x, y) of each.

    Yields
    ------
    grid : Grid
        One of them.

    places : ndarray of shape (n, 2), int64
        (row, column) of the cell, -1 outside, and where a finer grid has the point.
    """
    is_free = np.ones((len(points), 1), dtype=bool)
    for grid in sorted(grids, key=lambda grid: grid.cell_area):
        places = np.where(is_free, grid.locate(points), -1)
        is_free &= places[:, :1] < 0
        yield grid, places

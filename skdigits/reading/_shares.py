"""Which share of what is written is digits: on a page, in a table, in its columns."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from skdigits.reading._grid import Grid, locate_in_finest
from skdigits.reading._labelling import INK, LabelledPage
from skdigits.reading._strokes import Stroke

# Pixels of writing that tell little of the share of digits: three digits.
A_LITTLE = 3 * INK


@dataclass(frozen=True)
class Shares:
    """Shares of digits in what is written, where strokes stand.

    Parameters
    ----------
    of_page : float
        That of the page, from 0 to 1.

    of_columns : sequence of tuple (Grid, ndarray of shape (n_columns,)), default=()
        Those of the columns of its tables, from the finest to the coarsest.
    """

    of_page: float
    of_columns: Sequence[tuple[Grid, np.ndarray]] = ()

    def __call__(self, strokes: Sequence[Stroke]) -> np.ndarray:
        """Return the share of digits around each stroke, an array of shape (n,)."""
        shares = np.full(len(strokes), self.of_page)
        grids = [grid for grid, _ in self.of_columns]
        found = locate_in_finest(grids, _centres(strokes))
        for (_, places), (_, of_columns) in zip(found, self.of_columns, strict=True):
            column = places[:, 1]
            shares[column >= 0] = of_columns[column[column >= 0]]
        return shares


def share_of_page(labelled: LabelledPage) -> float:
    """Return the share of digits of a page; near a half where little is written."""
    n_written = np.count_nonzero(labelled.is_written)
    return (labelled.n_sure + A_LITTLE / 2) / (n_written + A_LITTLE)


def find_shares(
    of_page: float, grids: Sequence[Grid], strokes: Sequence[Stroke]
) -> Shares:
    """Find the shares of digits in the columns of tables.

    A column in which little is written has about the share of its table, and such a
    table that of the page.

    Parameters
    ----------
    of_page : float
        Share of digits of the page.

    grids : sequence of Grid
        Tables of the page.

    strokes : sequence of Stroke
        All that is written.

    Returns
    -------
    shares : Shares
        Of the page and its tables.
    """
    ink = np.array([np.count_nonzero(stroke.mask) for stroke in strokes], float)
    of_digits = ink * [stroke.share for stroke in strokes]
    of_columns = []
    for grid, places in locate_in_finest(grids, _centres(strokes)):
        column = places[:, 1]
        inside = column >= 0
        digits, written = (
            np.bincount(column[inside], some[inside], minlength=grid.shape[1])
            for some in (of_digits, ink)
        )
        of_grid = (digits.sum() + A_LITTLE * of_page) / (written.sum() + A_LITTLE)
        shares = (digits + A_LITTLE * of_grid) / (written + A_LITTLE)
        of_columns.append((grid, shares))
    return Shares(of_page, of_columns)


def _centres(strokes: Sequence[Stroke]) -> np.ndarray:
    boxes = np.array([stroke.box for stroke in strokes], float).reshape(-1, 4)
    return (boxes[:, :2] + boxes[:, 2:]) / 2

"""Tables without rules: rows whose words stand below each other."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from skdigits.reading._layout import (
    centers,
    cut,
    gaps_between,
    typical_height,
    wide_gap,
)

# All lengths are in typical heights of a digit. The values were chosen on tables and
# pages without any, drawn as in tests/reading/test_layout.py.

# Tables have so many rows and columns. In fewer than MANY_ROWS, words stand below each
# other by chance: all columns must be aligned.
FEWEST_ROWS, FEWEST_COLUMNS, MANY_ROWS = 3, 2, 5
# Words of an aligned column share an edge or the center up to this mean deviation, or
# up to this share of the distance of columns. So many of the words must be aligned.
UNALIGNED, UNALIGNED_SHARE, LEAST_ALIGNED = 0.5, 0.06, 0.75
# Share of cells that are filled; words in a filled cell.
LEAST_FILLED, MOST_WORDS = 0.5, 1.25
# Standard deviation of the lean of columns, and of its change across the page. Words
# at most so many rows apart show it.
LEAN, ROWS_APART = 0.15, 4
# Where so many more rows make no table, even more are not tried: a long list of ragged
# columns would take minutes.
MOST_TRIED = 20


@dataclass(frozen=True)
class Aligned:
    """A table without rules: rows whose words stand below each other.

    Parameters
    ----------
    rows : list of int
        Positions of its rows in the list of rows; consecutive.

    cells : list of list of ndarray of int
        For each row, the indices of the boxes in each column, from left to right. An
        empty cell is an empty array.
    """

    rows: list[int]
    cells: list[list[np.ndarray]]


def find_columns(boxes: np.ndarray, rows: Sequence[np.ndarray]) -> list[Aligned]:
    """Find tables without rules.

    A table is a run of rows whose words stand in columns that are free of each other:
    a gutter without any word parts them, and the words of most columns share their
    left edges, right edges or centers. Tables of five or more rows are found if the
    gutters are at least 1.3 heights wide, cells lack digits in up to a fifth, and rows
    are within the bounds of `find_rows` for tables. In fewer than five rows, all
    columns must be aligned, because words stand below each other by chance there.

    Parameters
    ----------
    boxes : ndarray of shape (n, 4)
        (left, top, right, bottom) of digits and signs.

    rows : sequence of ndarray of int
        Indices of the boxes of each row, as from `find_rows`.

    Returns
    -------
    tables : list of Aligned
        From top to bottom; of at least 2 columns and 3 rows each.
    """
    if len(rows) < FEWEST_ROWS:
        return []
    boxes = np.asarray(boxes, float)
    words, row_of, spans = _find_words(boxes, rows)
    tables = []
    start = 0
    while start <= len(rows) - FEWEST_ROWS:
        stop, columns = _longest_run(row_of, spans, start, len(rows))
        if stop > start:
            cells = [
                [np.zeros(0, int)] * (columns.max() + 1) for _ in range(start, stop)
            ]
            used = np.flatnonzero((row_of >= start) & (row_of < stop))
            for k, column in zip(used, columns, strict=True):
                cell = cells[row_of[k] - start]
                cell[column] = np.concatenate([cell[column], words[k]])
            tables.append(Aligned(list(range(start, stop)), cells))
        start = max(stop, start + 1)
    return tables


def _find_words(
    boxes: np.ndarray, rows: Sequence[np.ndarray]
) -> tuple[list[np.ndarray], np.ndarray, np.ndarray]:
    """Return all words, their rows, and (left, right) of each on an upright page."""
    # One width for all: a row of one number does not tell how wide its gaps are.
    gaps = [gaps_between(boxes, row) for row in rows]
    wide = wide_gap(np.concatenate(gaps))
    words, row_of = [], []
    for k, row in enumerate(rows):
        parts = cut(row, gaps[k] > wide)
        words.extend(parts)
        row_of.extend([k] * len(parts))
    scaled = boxes / typical_height(boxes[np.concatenate(rows)])
    x, y = centers(scaled)
    spread = [(x[row] - x[row].mean(), y[row] - y[row].mean()) for row in rows]
    slope = sum(dx @ dy for dx, dy in spread) / max(sum(dx @ dx for dx, _ in spread), 1)
    # Columns are upright on the page: they lean as much as rows slope.
    left, right = scaled[:, 0] + slope * y, scaled[:, 2] + slope * y
    spans = np.array([(left[word].min(), right[word].max()) for word in words])
    level = np.array([y[word].mean() for word in words])
    return words, np.array(row_of), _upright(spans, level, np.array(row_of))


def _upright(spans: np.ndarray, y: np.ndarray, row_of: np.ndarray) -> np.ndarray:
    """Undo the lean of columns, which perspective changes from left to right."""
    common = np.minimum.outer(spans[:, 1], spans[:, 1])
    common -= np.maximum.outer(spans[:, 0], spans[:, 0])
    below = row_of - row_of[:, None]
    upper, lower = np.nonzero((common > 0) & (below > 0) & (below <= ROWS_APART))
    edges = np.column_stack([spans, spans.mean(axis=1)])
    x = edges[:, 2] - edges[:, 2].mean()
    width = max(np.ptp(x) / 2, 1.0)
    dy = y[lower] - y[upper]
    terms = np.stack([dy, dy * x[upper] / width])
    best, most = np.zeros(2), 0.0
    # Columns are flush left or right, or centered: what lets most words stand below
    # each other.
    for shift in (edges[lower] - edges[upper]).T:
        lean = np.zeros(2)
        for _ in range(6):
            votes = np.exp(-0.5 * ((shift - lean @ terms) / UNALIGNED) ** 2)
            normal = (terms * votes) @ terms.T + np.eye(2) / LEAN**2
            lean = np.linalg.solve(normal, (terms * votes) @ shift)
        if votes.sum() > most:
            best, most = lean, votes.sum()
    return spans - ((best[0] + best[1] * x / width) * (y - y.mean()))[:, None]


def _longest_run(
    row_of: np.ndarray, spans: np.ndarray, start: int, n_rows: int
) -> tuple[int, np.ndarray]:
    """Return the end of the longest table that begins with a row, and its columns."""
    found = start, np.zeros(0, int)
    for stop in range(start + FEWEST_ROWS, n_rows + 1):
        if stop - found[0] > MOST_TRIED:
            break
        used = (row_of >= start) & (row_of < stop)
        columns = _part_columns(spans[used])
        if columns.max() == 0:
            break
        if _is_table(spans[used], row_of[used] - start, columns):
            found = stop, columns
    return found


def _part_columns(spans: np.ndarray) -> np.ndarray:
    """Return the column of each word: those that overlap from row to row."""
    order = np.argsort(spans[:, 0], kind="stable")
    reach = np.maximum.accumulate(spans[order, 1])
    columns = np.zeros(len(spans), int)
    columns[order[1:]] = np.cumsum(spans[order[1:], 0] > reach[:-1])
    return columns


def _is_table(spans: np.ndarray, row_of: np.ndarray, columns: np.ndarray) -> bool:
    n_columns = columns.max() + 1
    counts = np.zeros((row_of.max() + 1, n_columns), int)
    np.add.at(counts, (row_of, columns), 1)
    filled = counts > 0
    # A row with a single word may be a title or a note: tables do not begin or end so.
    if min(filled[0].sum(), filled[-1].sum(), filled.sum(axis=0).min()) < 2:
        return False
    if filled.mean() < LEAST_FILLED or counts.sum() > MOST_WORDS * filled.sum():
        return False
    edges = np.column_stack([spans, spans.mean(axis=1)])
    parts = [edges[columns == c] for c in range(n_columns)]
    # A column of n words tells n - 1 times whether it is aligned.
    n_told = np.array([len(part) - 1 for part in parts])
    off = [np.abs(part - np.median(part, axis=0)).sum(axis=0).min() for part in parts]
    pitch = (parts[-1][:, 2].mean() - parts[0][:, 2].mean()) / (n_columns - 1)
    limit = max(UNALIGNED, UNALIGNED_SHARE * pitch)
    is_aligned = off / n_told <= limit
    share = n_told[is_aligned].sum() / n_told.sum()
    least = LEAST_ALIGNED if len(counts) >= MANY_ROWS else 1
    return bool(is_aligned.sum() >= FEWEST_COLUMNS and share >= least)

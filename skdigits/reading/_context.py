"""The context: a letter that looks like a digit stands among letters."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.special import expit

from skdigits.reading._grids import Grid
from skdigits.reading._labelling import HEIGHT, INK
from skdigits.reading._recognizing import log_odds
from skdigits.reading._strokes import Stroke

# How far around text counts, in heights of a digit: aside, and above or below.
ASIDE, ABOVE = 2.5, 0.6
# What text all around takes from the log odds of a digit; letters alone on printed
# pages are labelled as digits with log odds of up to 4.
OF_TEXT = 6.0


def discount_text(
    digits: Sequence[Stroke], text: Sequence[Stroke], grids: Sequence[Grid] = ()
) -> list[Stroke]:
    """Take what stands among letters for a digit less surely.

    Parameters
    ----------
    digits : sequence of Stroke
        What may be digits.

    text : sequence of Stroke
        Other writing.

    grids : sequence of Grid, default=()
        Tables of the page.

    Returns
    -------
    digits : list of Stroke
        With a smaller share of a digit where there is text around, or in other cells
        of its column.
    """
    if not digits or not text:
        return list(digits)
    x, y, ink = _centers([*digits, *text])
    n = len(digits)
    # Large letters have their neighbours farther away.
    height = np.array([max(stroke.height, HEIGHT) for stroke in digits])
    apart = ((x[:n, np.newaxis] - x) / (ASIDE * height[:, np.newaxis])) ** 2
    apart += ((y[:n, np.newaxis] - y) / (ABOVE * height[:, np.newaxis])) ** 2
    around = ink * np.exp(-apart / 2)
    around[:, :n][np.eye(n, dtype=bool)] = 0
    # Less text than a digit's ink counts for little.
    share_of_text = around[:, n:].sum(axis=1) / (around.sum(axis=1) + INK)
    points = np.stack([x, y], axis=1)
    for grid in grids:
        in_column = _share_in_column(grid.locate(points), n)
        share_of_text = np.maximum(share_of_text, in_column)
    odds = log_odds(np.array([stroke.share for stroke in digits]))
    shares = expit(odds - OF_TEXT * share_of_text)
    return [
        replace(stroke, share=float(share))
        for stroke, share in zip(digits, shares, strict=True)
    ]


def _share_in_column(places: np.ndarray, n_digits: int) -> np.ndarray:
    """Return the share of cells with nothing but text in the columns of digits.

    Parameters
    ----------
    places : ndarray of shape (n, 2)
        Row and column of the digits, then of the text; -1 outside of the table.

    n_digits : int
        How many are digits.

    Returns
    -------
    shares : ndarray of shape (n_digits,)
        From 0 to 1. One such cell is what a column of digits is called.
    """
    of_digits, of_text = (np.zeros(places.max(axis=0) + 2, bool) for _ in range(2))
    of_digits[tuple(places[:n_digits].T)] = True
    of_text[tuple(places[n_digits:].T)] = True
    of_digits[-1], of_text[-1] = False, False  # outside
    n_text = np.maximum((of_text & ~of_digits).sum(axis=0) - 1, 0)
    shares = n_text / np.maximum((of_text | of_digits).sum(axis=0), 1)
    return shares[places[:n_digits, 1]]


def _centers(
    strokes: Sequence[Stroke],
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    boxes = np.array([stroke.box for stroke in strokes], float)
    ink = np.array([np.count_nonzero(stroke.mask) for stroke in strokes], float)
    return (boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2, ink

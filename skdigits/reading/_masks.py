"""Connected pieces of a mask."""

from collections.abc import Iterator

import numpy as np
from scipy import ndimage

# Ink of fewer pixels is noise: the smallest point of the network's crops has four.
LEAST_PIXELS = 4
# Where there are more, as in grain, the largest are looked at.
MOST_STROKES = 1000
# Boxes of stripes, rings and spirals overlap. Together they have at most so many
# pixels, those of 30 of the largest pages; on shared/wild, they have those of two.
MOST_IN_BOXES = 60_000_000

# Pixels that touch at a corner are connected.
EIGHT = np.ones((3, 3), bool)


def count_connected(mask: np.ndarray) -> int:
    """Return the number of connected pieces of a mask."""
    return ndimage.label(mask, EIGHT)[1]


def dilate(mask: np.ndarray) -> np.ndarray:
    """Return binary_dilation(mask), which takes six times as long or more."""
    wide = mask.copy()
    wide[1:] |= mask[:-1]
    wide[:-1] |= mask[1:]
    wide[:, 1:] |= mask[:, :-1]
    wide[:, :-1] |= mask[:, 1:]
    return wide


def dilate_by(mask: np.ndarray, n_rows: int, n_columns: int) -> np.ndarray:
    """Return a mask that reaches so many pixels further to each side."""
    for axis, n in enumerate((n_rows, n_columns)):
        wide = mask.copy()
        to, of = np.moveaxis(wide, axis, 0), np.moveaxis(mask, axis, 0)
        for k in range(1, n + 1):
            to[k:] |= of[:-k]
            to[:-k] |= of[k:]
        mask = wide
    return mask


def connected(mask: np.ndarray) -> Iterator[tuple[tuple[slice, slice], np.ndarray]]:
    """Yield the place and the mask of each connected piece, the largest thousand.

    Parameters
    ----------
    mask : ndarray of shape (h, w), bool
        Where there is something.

    Yields
    ------
    place : tuple (slice, slice)
        Rows and columns of its box.

    piece : ndarray of bool
        Which pixels of the box it has.

    Raises
    ------
    ValueError
        If the boxes hold too many pixels; no piece was cut out.
    """
    if not mask.any():
        return
    labels, n = ndimage.label(mask, EIGHT)
    sizes = np.bincount(labels.ravel(), minlength=n + 1)[1:]
    least = LEAST_PIXELS
    if n > MOST_STROKES:
        least = max(least, int(np.sort(sizes)[-MOST_STROKES]))
    kept = np.flatnonzero(sizes >= least)[:MOST_STROKES]
    places = ndimage.find_objects(labels)
    n_pixels = sum(_area(places[number]) for number in kept)
    if n_pixels > MOST_IN_BOXES:
        raise ValueError(
            f"The picture has {len(kept)} long strokes within each other, such as "
            f"stripes or rings, whose boxes hold {n_pixels:,} pixels; expected at most "
            f"{MOST_IN_BOXES:,}. Crop it to the part with the numbers."
        )
    for number in kept:
        yield places[number], labels[places[number]] == number + 1


def _area(place: tuple[slice, slice]) -> int:
    rows, columns = place
    return (rows.stop - rows.start) * (columns.stop - columns.start)

"""Connected pieces of a mask."""

from collections.abc import Iterator

import numpy as np
from scipy import ndimage

# Ink of fewer pixels is noise: the smallest point of the network's crops has four.
LEAST_PIXELS = 4
# Where there are more, as in grain, the largest are looked at.
MOST_STROKES = 1000

# Pixels that touch at a corner are connected.
EIGHT = np.ones((3, 3), bool)


def count_connected(mask: np.ndarray) -> int:
    """Return the number of connected pieces of a mask."""
    return ndimage.label(mask, EIGHT)[1]


def connected(mask: np.ndarray) -> Iterator[tuple[tuple[slice, slice], np.ndarray]]:
    """Yield the place and the mask of each connected piece, the largest thousand."""
    labels, n = ndimage.label(mask, EIGHT)
    sizes = np.bincount(labels.ravel(), minlength=n + 1)[1:]
    least = LEAST_PIXELS
    if n > MOST_STROKES:
        least = max(least, int(np.sort(sizes)[-MOST_STROKES]))
    kept = np.flatnonzero(sizes >= least)[:MOST_STROKES]
    places = ndimage.find_objects(labels)
    for number in kept:
        yield places[number], labels[places[number]] == number + 1

"""Digits drawn anew with pens of any width, many at a time.

A digit is kept as two maps of how near each point is to its ink, finer than its image:
ink of any width is what is nearer than a level.
"""

from dataclasses import dataclass

import numpy as np
from joblib import Parallel, delayed
from scipy.ndimage import distance_transform_edt, maximum_filter1d
from skimage.morphology import skeletonize

from synthetic.resizing import resize

# Maps have so many points for each pixel, along either axis; one pixel of distance is
# so many levels of a byte. So distances reach four pixels on either side of an edge,
# and eight from a middle line.
FINE, LEVELS = 2, 30
EDGE, MIDDLE = 128, 255
# An image's pixels above this are ink: half of the white of MNIST, or a little less,
# because thin strokes are grey.
INK = 110
IMAGES_PER_TASK = 2_000


@dataclass(frozen=True)
class Maps:
    """How near the ink of digits is.

    Parameters
    ----------
    edges : ndarray of shape (n, 56, 56), uint8
        EDGE where ink ends, more inside, less outside.

    middles : ndarray of shape (n, 56, 56), uint8
        MIDDLE on the middle lines of strokes, less beside them.
    """

    edges: np.ndarray
    middles: np.ndarray

    def __len__(self) -> int:
        return len(self.edges)


def map_ink(images: np.ndarray, n_jobs: int = -1) -> Maps:
    """Make the maps of images.

    Parameters
    ----------
    images : ndarray of shape (n, 28, 28), uint8
        Bright ink on black.

    n_jobs : int, default=-1
        Number of processes. -1 means one for each processor.

    Returns
    -------
    maps : Maps
        Of all images.
    """
    blocks = np.array_split(images, max(1, len(images) // IMAGES_PER_TASK))
    done = Parallel(n_jobs=n_jobs)(delayed(_map_block)(block) for block in blocks)
    edges, middles = zip(*done, strict=True)
    return Maps(np.concatenate(edges), np.concatenate(middles))


def _map_block(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    shape = (FINE * images.shape[1], FINE * images.shape[2])
    inked = resize(images.astype(np.float32), shape) > INK
    step = LEVELS / FINE
    edges, middles = np.empty((2, len(images), *shape), np.uint8)
    for k, ink in enumerate(inked):
        # Distances of the middles of pixels; the edge is half a pixel before them.
        inside = distance_transform_edt(ink) - 0.5
        outside = distance_transform_edt(~ink) - 0.5
        signed = np.where(ink, inside, -outside) if ink.any() else -np.inf
        edges[k] = np.clip(EDGE + step * signed, 0, 255)
        beside = distance_transform_edt(~skeletonize(ink)) if ink.any() else np.inf
        middles[k] = np.clip(MIDDLE - step * beside, 0, 255)
    return edges, middles


def draw_along_middles(
    middles: np.ndarray, widths: np.ndarray, nib: int = 1
) -> np.ndarray:
    """Draw middle lines with pens of any width.

    Parameters
    ----------
    middles : ndarray of shape (n, h, w), uint8
        As in Maps.

    widths : ndarray of shape (n, 1, 1) or (n, h, w)
        Width of the pen, in pixels of the images.

    nib : int, default=1
        Length of a flat nib that is held level, in points of the maps: it makes
        strokes down thicker than strokes across.

    Returns
    -------
    ink : ndarray of shape (n, h, w), float32
        From 0 to 1.
    """
    if nib > 1:
        middles = maximum_filter1d(middles, nib, axis=2)
    return _above(middles, MIDDLE - LEVELS * widths / 2)


def draw_between_edges(edges: np.ndarray, growth: np.ndarray) -> np.ndarray:
    """Draw strokes thicker or thinner than they are.

    Parameters
    ----------
    edges : ndarray of shape (n, h, w), uint8
        As in Maps.

    growth : ndarray of shape (n, 1, 1) or (n, h, w)
        By how much strokes become wider, in pixels of the images; negative to make them
        thinner.

    Returns
    -------
    ink : ndarray of shape (n, h, w), float32
        From 0 to 1.
    """
    return _above(edges, EDGE - LEVELS * growth / 2)


def _above(nearness: np.ndarray, level: np.ndarray) -> np.ndarray:
    """Return the share of each point that is inked."""
    share = (nearness - level.astype(np.float32)) * (FINE / LEVELS) + 0.5
    return np.clip(share, 0, 1, out=share)

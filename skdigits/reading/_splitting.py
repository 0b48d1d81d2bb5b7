"""Cuts through touching digits: heuristic over-segmentation."""

import numpy as np
from scipy import ndimage

from skdigits.reading._strokes import Stroke

# Strokes are reduced to this height, in pixels, to look for cuts.
HEIGHT = 32
# Cuts are at least this far apart, and from the ends, as a share of the height.
APART = 0.15
# Cuts cross at most this much ink, as a share of the height.
MOST_INK = 0.45
# What a step to the side costs, in pixels of ink.
SIDEWAYS = 0.12


def split(stroke: Stroke, most: int) -> list[Stroke]:
    """Cut a stroke from top to bottom where that crosses little ink.

    Parameters
    ----------
    stroke : Stroke
        Perhaps digits that touch.

    most : int
        Largest number of cuts.

    Returns
    -------
    pieces : list of Stroke
        From left to right; the stroke itself if there is no place to cut.
    """
    small = _shrink(stroke.mask)
    seams = _find_seams(small, most)
    if not seams:
        return [stroke]
    rows = np.arange(stroke.height) * small.shape[0] // stroke.height
    scale = stroke.width / small.shape[1]
    columns = np.arange(stroke.width)
    # The part each pixel belongs to: how many seams are to the left of it.
    part = sum(
        (columns >= (seam[rows] + 0.5)[:, np.newaxis] * scale).astype(int)
        for seam in np.maximum.accumulate(seams)
    )
    pieces = [_cut_out(stroke, part == k) for k in range(len(seams) + 1)]
    return [piece for piece in pieces if piece is not None]


def _shrink(mask: np.ndarray) -> np.ndarray:
    from PIL import Image

    width = max(3, round(mask.shape[1] * HEIGHT / mask.shape[0]))
    picture = Image.fromarray(mask.astype(np.float32))
    return np.asarray(picture.resize((width, HEIGHT), Image.Resampling.BOX))


def _find_seams(ink: np.ndarray, most: int) -> list[np.ndarray]:
    """Return paths from top to bottom that cross little ink: a column for each row."""
    cost, steps = _cheapest_paths(ink)
    apart = max(2, round(APART * HEIGHT))
    ends = np.argsort(cost, kind="stable")
    ends = ends[cost[ends] <= MOST_INK * HEIGHT]
    seams: list[np.ndarray] = []
    for end in ends:
        seam = _trace(steps, end)
        middle = seam.mean()
        if middle < apart or middle > ink.shape[1] - 1 - apart:
            continue
        if all(abs(middle - other.mean()) >= apart for other in seams):
            seams.append(seam)
        if len(seams) == most:
            break
    return sorted(seams, key=lambda seam: seam.mean())


def _cheapest_paths(ink: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return what the cheapest path to each column of the last row costs, and it."""
    height, width = ink.shape
    steps = np.zeros((height, width), int)
    cost = ink[0].astype(float)
    ways = np.full((3, width), np.inf)
    for row in range(1, height):
        ways[0, 1:] = cost[:-1] + SIDEWAYS
        ways[1] = cost
        ways[2, :-1] = cost[1:] + SIDEWAYS
        best = ways.argmin(axis=0)
        steps[row] = best - 1
        cost = ways[best, np.arange(width)] + ink[row]
    return cost, steps


def _trace(steps: np.ndarray, end: int) -> np.ndarray:
    seam = np.empty(len(steps), int)
    for row in range(len(steps) - 1, -1, -1):
        seam[row] = end
        end += steps[row, end]
    return seam


def _cut_out(stroke: Stroke, where: np.ndarray) -> Stroke | None:
    mask = stroke.mask & where
    places = ndimage.find_objects(mask.astype(np.uint8))
    if not places:
        return None
    rows, columns = places[0]
    left, top = stroke.box[:2]
    box = (
        left + columns.start,
        top + rows.start,
        left + columns.stop,
        top + rows.stop,
    )
    return Stroke(box, mask[rows, columns], stroke.label, stroke.share, whole=stroke)

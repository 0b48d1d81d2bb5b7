"""Names of the signs that stand beside digits, from their shape, size and place."""

import csv
from functools import cache
from importlib.resources import files

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

UNKNOWN = "?"
# All lengths below are in heights of the row's digits. They hold for every sign of
# synthetic/labelled/glyphs.py, drawn by pens of 1 to 4 pixels or printed.
# A dot, or the thickness of a dash, is below the first; the centres of two that are
# stacked are at most so far apart, and the shorter has so much of the other's width.
DOT, STACKED, ASIDE, ALIKE = 0.48, 0.75, 0.22, 0.5
# Sides of a ring of a percent sign; height of its stroke, also as a multiple of the
# ring's; gap between the two boxes.
RING, STROKE, TALLER, GAP = (0.12, 0.75), (0.55, 1.6), 1.4, 0.08
# A sign is compared as a picture of so many rows and columns, whatever its size.
PICTURE = 6
# Width, height and middle count by how much of each of these steps they reach.
SIZES = (0, 0.1, 0.2, 0.3, 0.45, 0.65, 0.9, 1.3)
PLACES = (-0.2, 0.1, 0.3, 0.45, 0.6, 0.75, 0.9, 1.05, 1.3)


def group_signs(boxes: np.ndarray, height: float) -> list[np.ndarray]:
    """Find the pieces that make one sign: two dots, two dashes, parts of a ``%``.

    Parameters
    ----------
    boxes : ndarray of shape (n, 4)
        Left, top, right and bottom of each piece, in pixels.

    height : float
        Height of the digits beside them, in pixels.

    Returns
    -------
    groups : list of ndarray of int
        Indices of the pieces of each sign, from left to right. Each piece is in one
        group; the order of ``boxes`` changes only the indices.
    """
    boxes = np.asarray(boxes, float).reshape(-1, 4) / height
    n = len(boxes)
    pairs = np.concatenate([_stacked(boxes), _rings(boxes)])
    links = coo_matrix((np.ones(len(pairs)), pairs.T), (n, n))
    n_groups, names = connected_components(links, directed=False)
    order = np.lexsort((boxes[:, 3], boxes[:, 2], boxes[:, 1], boxes[:, 0]))
    groups = [order[names[order] == name] for name in range(n_groups)]
    return sorted(groups, key=lambda group: tuple(boxes[group[0]]))


def _stacked(boxes: np.ndarray) -> np.ndarray:
    """Return pairs of dots or dashes of which each is the other's nearest."""
    width, tall = (boxes[:, 2:] - boxes[:, :2]).T
    x, y = (boxes[:, :2] + boxes[:, 2:]).T / 2
    apart = np.abs(y - y[:, np.newaxis])
    shorter, longer = np.minimum.outer(width, width), np.maximum.outer(width, width)
    fits = (np.abs(x - x[:, np.newaxis]) <= ASIDE) & (apart > 0) & (apart <= STACKED)
    fits &= np.maximum.outer(tall, tall) <= DOT
    fits &= (shorter >= ALIKE * longer) | (longer <= DOT)
    distance = np.where(fits, apart + np.abs(x - x[:, np.newaxis]), np.inf)
    nearest = np.isfinite(distance) & (distance == distance.min(axis=1, initial=np.inf))
    return np.argwhere(nearest & nearest.T)


def _rings(boxes: np.ndarray) -> np.ndarray:
    """Return pairs of the stroke of a percent sign and a ring beside it."""
    size = boxes[:, 2:] - boxes[:, :2]
    x, y = (boxes[:, :2] + boxes[:, 2:]).T / 2
    is_ring = ((size >= RING[0]) & (size <= RING[1])).all(axis=1)
    is_stroke = (size[:, 1] >= STROKE[0]) & (size[:, 1] <= STROKE[1])
    is_stroke &= size[:, 0] >= RING[0]
    left, top, right, bottom = boxes.T
    gap = np.maximum.outer(left, left) - np.minimum.outer(right, right)
    within = (y > top[:, np.newaxis]) & (y < bottom[:, np.newaxis])
    # One ring is above and to the left, the other below and to the right.
    dx, dy = x - x[:, np.newaxis], y - y[:, np.newaxis]
    fits = is_stroke[:, np.newaxis] & is_ring & within
    fits &= size[:, 1, np.newaxis] >= TALLER * size[:, 1]
    return np.argwhere(fits & (gap <= GAP) & (dx * dy > 0))


def name_sign(mask: np.ndarray, top: float, height: float) -> tuple[str, float]:
    """Name a sign.

    A dot at half the height of the digits is a sign of multiplication, ``*``: a
    number goes on after ``.``, so that ``.`` is a dot at the base line only.

    Parameters
    ----------
    mask : ndarray of shape (h, w), bool
        The ink of the sign, cropped to it.

    top : float
        How far the sign begins below the top of the row's digits, in pixels;
        negative above it.

    height : float
        Height of the row's digits, in pixels.

    Returns
    -------
    name : str
        One of ``. , - + / : = % ( ) x * $``, or ``?`` for anything else.

    confidence : float
        Probability of the name, from 0 to 1.
    """
    if mask.shape[1] > SIZES[-1] * height:
        return UNKNOWN, 1.0  # a rule: no sign is as wide
    names, weights = _load_weights()
    scores = describe_sign(mask, top, height) @ weights
    shares = np.exp(scores - scores.max())
    best = int(shares.argmax())
    return names[best], float(shares[best] / shares.sum())


def describe_sign(mask: np.ndarray, top: float, height: float) -> np.ndarray:
    """Return a coarse picture of a sign, its size and its place, as one vector.

    Parameters are those of :func:`name_sign`. No value depends on the scale.
    """
    rows, columns = (_cells(length) for length in mask.shape)
    tall, wide = np.array(mask.shape) / height
    return np.concatenate(
        [
            (rows @ mask @ columns.T).ravel(),
            _steps(wide, SIZES),
            _steps(tall, SIZES),
            _steps(top / height + tall / 2, PLACES),
            [1.0],
        ]
    )


def name_features() -> list[str]:
    """Return what each value of :func:`describe_sign` is."""
    cells = [f"ink {row} {column}" for row, column in np.ndindex(PICTURE, PICTURE)]
    sizes = [f"{what} {step}" for what in ("width", "height") for step in SIZES[:-1]]
    return [*cells, *sizes, *(f"middle {step}" for step in PLACES[:-1]), "constant"]


def _cells(length: int) -> np.ndarray:
    """Return the share of each of a row of pixels in each cell of the picture."""
    ends = np.linspace(0, length, PICTURE + 1)[:, np.newaxis]
    pixels = np.arange(length)
    shares = np.minimum(ends[1:], pixels + 1) - np.maximum(ends[:-1], pixels)
    return shares.clip(0) * PICTURE / length


def _steps(value: float, ends: tuple[float, ...]) -> np.ndarray:
    """Return how much of each step from one end to the next a value reaches."""
    return np.clip((value - np.array(ends[:-1])) / np.diff(ends), 0, 1)


@cache
def _load_weights() -> tuple[list[str], np.ndarray]:
    """Load the linear scores of the names that ``benchmarks/train_signs.py`` fitted."""
    text = (files(__package__) / "signs.csv").read_text("utf-8")
    (_, *names), *rows = csv.reader(text.splitlines())
    if [row[0] for row in rows] != name_features():
        raise ValueError(
            "signs.csv is not of this version of skdigits; run "
            "'python -m benchmarks.train_signs'"
        )
    return names, np.array([row[1:] for row in rows], float) / 100


def is_point(name: str) -> bool:
    """Tell whether a sign can part the whole of a number from its decimals."""
    return name in (".", ",")

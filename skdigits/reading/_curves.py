"""Rules of a page, traced as curves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from skdigits.reading._masks import EIGHT, dilate_by

# All lengths are in heights of a digit. They were chosen on the rules of the mark
# sheets, puzzles and combs in `shared/wild`, and of the drawn grids of the tests.
SEGMENT = 0.8  # a rule is straight over this length,
INKED = 0.65  # and so much of it is drawn: dashes with gaps as long as they are
SLOPES = (-0.5, -0.25, 0.0, 0.25, 0.5)  # 20 degrees and the fan of a perspective
THICKEST = 0.6  # thicker places link rules side by side
SHORTEST = 0.4  # shorter pieces are noise
FARTHEST = 4.0  # a piece is linked over a gap of a cell with a rule that is missing,
NEAREST = 0.2  # if it is not farther than this beside where the curve goes on,
DRIFT = 0.1  # and this for each height of the gap
MEMORY = 10.0  # where a curve goes on is seen from the last part of it
STRAIGHT = 5.0  # curves bend only if they are longer than this
OUTLIER = 0.15  # points farther from the fitted curve are left out
MOST_PIECES = 1500  # a sheet of 20 x 20 dashed cells has so many; bounds the time, as
MOST_RULES = 250  # does this, in one direction; on shared/wild, there are up to 70


@dataclass(frozen=True)
class Curve:
    """A rule as y = f(x), or as x = f(y) if it is upright.

    Parameters
    ----------
    points : ndarray of shape (n, 2)
        (x, y) of the middle of the rule in each column of pixels where it was seen,
        from left to right; (y, x) if it is upright.

    coefficients : ndarray of shape (4,)
        Of the powers 0 to 3 of the distance from `middle`.

    middle : float
        Halfway between the ends.
    """

    points: np.ndarray
    coefficients: np.ndarray
    middle: float

    @property
    def start(self) -> float:
        """Where it begins."""
        return self.points[0, 0]

    @property
    def end(self) -> float:
        """Where it ends."""
        return self.points[-1, 0]

    @property
    def slope(self) -> float:
        """The slope halfway."""
        return self.coefficients[1]

    def support(self, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
        """Return how much of it was seen between places, from 0 to 1."""
        found = np.searchsorted(self.points[:, 0], [starts, ends])
        return (found[1] - found[0]) / np.maximum(ends - starts, 1)

    def reaches(self, first: float, last: float, gap: float) -> tuple[float, float]:
        """Return how far it was seen before and after two places, up to a gap."""
        x = self.points[:, 0]
        before, after = (first - x[x < first])[::-1], x[x > last] - last
        return _until_gap(before, gap), _until_gap(after, gap)

    def joined(self, other: Curve, height: float) -> Curve:
        """Return a curve with the points of another one before and after its own."""
        x = other.points[:, 0]
        before, after = other.points[x < self.start], other.points[x > self.end]
        return fit(np.concatenate([before, self.points, after]), height)


def _until_gap(distances: np.ndarray, gap: float) -> float:
    """Return the last of growing distances before a step above a gap."""
    steps = np.diff(distances, prepend=0)
    return float(steps[: np.argmax([*(steps > gap), True])].sum())


def fit(points: np.ndarray, height: float, most: int = 3) -> Curve:
    """Fit a curve to points, without outliers.

    Parameters
    ----------
    points : ndarray of shape (n, 2)
        From left to right.

    height : float
        The height of a digit in pixels.

    most : int, default=3
        The degree of the polynomial if the points reach far.

    Returns
    -------
    curve : Curve
        The curve.
    """
    start, end = points[[0, -1], 0]
    degree = min(most, 1 + int((end - start) / (STRAIGHT * height)))
    middle, half = (start + end) / 2, max((end - start) / 2, 1)
    powers = ((points[:, :1] - middle) / half) ** np.arange(degree + 1)
    y = points[:, 1]
    kept = np.ones(len(y), dtype=bool)
    for _ in range(3):
        known = powers[kept]
        solved = np.linalg.solve(known.T @ known, known.T @ y[kept])
        away = np.abs(powers @ solved - y)
        before, kept = kept, away <= OUTLIER * height
        if not kept.all():
            kept |= away <= np.median(away)
        if np.array_equal(kept, before):
            break
    coefficients = np.zeros(4)
    coefficients[: degree + 1] = solved / half ** np.arange(degree + 1)
    return Curve(points, coefficients, middle)


def follow(curves: list[Curve], x: np.ndarray) -> np.ndarray:
    """Return y of curves, which are straight beyond their ends.

    Parameters
    ----------
    curves : list of Curve
        n of them.

    x : ndarray of shape (n, m)
        Places on each.

    Returns
    -------
    y : ndarray of shape (n, m)
        The curve at these places.
    """
    start, end, middle = np.array([(c.start, c.end, c.middle) for c in curves]).T
    c = np.array([curve.coefficients for curve in curves]).T[..., None]
    inside = np.clip(x, start[:, None], end[:, None])
    t = inside - middle[:, None]
    slope = c[1] + t * (2 * c[2] + t * 3 * c[3])
    return c[0] + t * (c[1] + t * (c[2] + t * c[3])) + slope * (x - inside)


def trace(mask: np.ndarray, height: float) -> tuple[list[Curve], list[Curve]]:
    """Find the rules that run from left to right, and the upright ones.

    Parameters
    ----------
    mask : ndarray of shape (h, w), bool
        Pixels of rules.

    height : float
        The height of a digit in pixels.

    Returns
    -------
    level, upright : list of Curve
        Longest first.
    """
    along, across = _inked_along(mask, height), _inked_along(mask.T, height).T
    least = INKED * along.max(initial=1)
    level = (along >= least) & (along >= across)
    upright = (across >= least) & (across >= along)
    return _chain(level, height), _chain(upright.T, height)


def _chain(mask: np.ndarray, height: float) -> list[Curve]:
    """Chain the connected pieces of a mask from left to right, longest curve first."""
    pieces = _find_pieces(mask, height)
    curves: list[Curve] = []
    is_free = np.ones(len(pieces), dtype=bool)
    ends = np.array([piece[[0, -1]] for piece in pieces]).reshape(-1, 2, 2)
    for i in range(len(pieces)):
        if is_free[i] and len(curves) < MOST_RULES:
            is_free[i] = False
            points = pieces[i]
            for side in (1, -1):
                points = _grow(points, pieces, ends, is_free, side, height)
            curves.append(fit(points, height))
    return sorted(curves, key=lambda curve: curve.start - curve.end)


def _inked_along(mask: np.ndarray, height: float) -> np.ndarray:
    """Count the inked pixels of the best segment from left to right at each pixel."""
    half = max(2, round(SEGMENT * height / 2))
    grown = dilate_by(mask, 1, 2)
    padded = np.pad(grown, half).astype(np.uint8)
    h, w = mask.shape
    steps = range(-half, half + 1)
    longest = np.zeros((h, w), dtype=np.uint8)
    for slope in SLOPES:
        inked = np.zeros((h, w), dtype=np.uint8)
        for step in steps:
            top, left = half + round(slope * step), half + step
            inked += padded[top : top + h, left : left + w]
        np.maximum(longest, inked, out=longest)
    return np.where(grown, longest, 0)


def _find_pieces(mask: np.ndarray, height: float) -> list[np.ndarray]:
    """Return the middle (x, y) in each column of each piece, longest piece first."""
    thick = int(THICKEST * height)
    is_link = mask.astype(np.uint8)
    for extreme in (ndimage.minimum_filter1d, ndimage.maximum_filter1d):
        is_link = extreme(is_link, thick + 1, axis=0)
    labels, _ = ndimage.label(mask & (is_link == 0), EIGHT)
    y, x = np.nonzero(labels)
    width = mask.shape[1]
    columns, place, counts = np.unique(
        labels[y, x].astype(np.int64) * width + x,
        return_inverse=True,
        return_counts=True,
    )
    middles = np.bincount(place, y) / counts
    points = np.stack([columns % width, middles], axis=1)
    pieces = np.split(points, np.flatnonzero(np.diff(columns) != 1) + 1)
    pieces = [piece for piece in pieces if len(piece) >= SHORTEST * height]
    return sorted(pieces, key=len, reverse=True)[:MOST_PIECES]


def _grow(
    points: np.ndarray,
    pieces: list[np.ndarray],
    ends: np.ndarray,
    is_free: np.ndarray,
    side: int,
    height: float,
) -> np.ndarray:
    """Add the pieces that follow to the right (side 1) or to the left (side -1)."""
    near, far = (0, 1) if side == 1 else (1, 0)
    while True:
        tip = points[-1 if side == 1 else 0]
        gaps = side * (ends[..., 0] - tip[0]) / height
        next_to_it = np.flatnonzero(
            is_free
            & (gaps[:, near] > -NEAREST)
            & (gaps[:, near] <= FARTHEST)
            & (gaps[:, far] > 0)
        )
        if not len(next_to_it):
            return points
        last = points[np.abs(points[:, 0] - tip[0]) <= MEMORY * height]
        goes_on = fit(last, height, most=2)
        x, y = np.moveaxis(ends[next_to_it], 2, 0)
        on_curve = follow([goes_on], x.reshape(1, -1)).reshape(-1, 2)
        gaps, beside = gaps[next_to_it], np.abs(y - on_curve) / height
        follows = (beside <= NEAREST + DRIFT * np.maximum(gaps, 0)).all(axis=1)
        if not follows.any():
            return points
        away = np.where(follows, (gaps + beside)[:, near], np.inf)
        best = next_to_it[away.argmin()]
        is_free[best] = False
        piece = pieces[best]
        piece = piece[side * (piece[:, 0] - tip[0]) > 0]
        points = np.concatenate([points, piece][::side])

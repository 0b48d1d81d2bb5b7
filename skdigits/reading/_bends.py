"""The bend of a page: the slope, perspective and sag of its rows, from boxes alone.

Every two boxes that may stand side by side vote for the bends under which they are
level; near ones have more weight. A grid of bends is searched, and the best ones are
improved by reweighted least squares. All lengths are in typical heights of a digit.
"""

from collections.abc import Sequence

import numpy as np

# All values were chosen on 5,000 layouts drawn as in tests/reading/test_layout.py.

# Rows fall or rise by at most this: 20 degrees, and the share of sag and perspective.
STEEPEST = 0.65
# Centers of neighbors on a straight page differ by about this.
SPREAD = 0.25
# Bends whose votes differ by less than this share are nearly as good.
ALIKE = 0.15
# Pairs counted, boxes that they begin at, and pairs counted in the search.
MOST_PAIRS, MOST_FIRST, FEW_PAIRS = 6000, 300, 1500


def fit_bends(
    x: np.ndarray, y: np.ndarray, terms: np.ndarray, spread: np.ndarray
) -> list[np.ndarray]:
    """Return the bends under which most pairs of boxes are level.

    Parameters
    ----------
    x, y : ndarray of shape (n,)
        Centers of boxes, in typical heights.

    terms : ndarray of shape (n_terms, n)
        What a bend is made of: slope, convergence, sag, twist and skew, at the boxes.

    spread : ndarray of shape (n_terms,)
        Standard deviations of the factors of the terms.

    Returns
    -------
    bends : list of ndarray of shape (n_terms,)
        Factors of the terms. The best bend, and all that are nearly as good.
    """
    first, second = _find_pairs(x, y)
    if not len(first):
        return [np.zeros(len(terms))]
    dx, dy = x[second] - x[first], y[second] - y[first]
    votes = _Votes(terms[:, second] - terms[:, first], dx, dy, spread)
    few = votes.take(np.argsort(dx, kind="stable")[:: max(1, len(dx) // FEW_PAIRS)])
    # Slope, convergence and sag first: the other terms fit anything as well.
    rough = few.climb(few.starts(), (0.03, 0.03, 0.015, 0.015, 0), 3)
    bends: list[np.ndarray] = []
    for bend in rough[np.argsort(-few.score(rough), kind="stable")]:
        if all(np.abs((bend - one) / spread).max() > 0.1 for one in bends):
            bends.append(bend)
    fine = votes.climb(np.array(bends[:4]), (0, 0, 0, 0))
    scores = votes.score(fine)
    order = np.argsort(-scores, kind="stable")
    least = scores.max() - ALIKE * abs(scores.max())
    return [fine[k] for k in order if scores[k] >= least]


def _find_pairs(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return indices of boxes that may be in one row: the nearest pairs."""
    some = np.arange(0, len(x), max(1, len(x) // MOST_FIRST))
    dx = x - x[some, None]
    level = np.abs(y - y[some, None]) < STEEPEST * dx + SPREAD
    first, second = np.nonzero((dx > SPREAD) & level)
    if len(first) > MOST_PAIRS:
        dx = x[second] - x[some[first]]
        near = dx <= np.partition(dx, MOST_PAIRS)[MOST_PAIRS]
        first, second = first[near], second[near]
    return some[first], second


class _Votes:
    """Pairs of boxes that vote for the bend under which they are level.

    Parameters
    ----------
    terms : ndarray of shape (n_terms, n)
        Difference of the terms between the two boxes of a pair.

    dx, dy : ndarray of shape (n,)
        Difference of the centers.

    spread : ndarray of shape (n_terms,)
        Standard deviations of the factors of the terms.

    scale : float, default=1
        How many pairs each one stands for.
    """

    def __init__(
        self,
        terms: np.ndarray,
        dx: np.ndarray,
        dy: np.ndarray,
        spread: np.ndarray,
        scale: float = 1,
    ) -> None:
        self.terms, self.dx, self.dy, self.spread = terms, dx, dy, spread
        self.weights = scale / np.maximum(dx, 1)

    def take(self, k: np.ndarray) -> "_Votes":
        """Return some pairs that stand for all."""
        terms = np.ascontiguousarray(self.terms[:, k])
        return _Votes(terms, self.dx[k], self.dy[k], self.spread, len(self.dx) / len(k))

    def score(self, bends: np.ndarray) -> np.ndarray:
        """Return the votes for each bend, less for an improbable one."""
        off = (self.dy - bends @ self.terms) / SPREAD
        votes = np.exp(-0.5 * off * off) @ self.weights
        return votes - 0.5 * ((bends / self.spread) ** 2).sum(axis=1)

    def climb(
        self, bends: np.ndarray, widths: Sequence[float], n_terms: int | None = None
    ) -> np.ndarray:
        """Improve each bend by reweighted least squares.

        One step for each width: how much more far pairs may be off, per height of dx.
        """
        terms, spread = self.terms[:n_terms], self.spread[:n_terms]
        factors = bends[:, :n_terms]
        for width in widths:
            allowed = SPREAD + width * self.dx
            off = (self.dy - factors @ terms) / allowed
            weights = self.weights * np.exp(-0.5 * off * off) / allowed**2
            weighted = terms * weights[:, None]
            normal = weighted @ terms.T + np.diag(spread**-2)
            factors = np.linalg.solve(normal, (weighted @ self.dy)[..., None])[..., 0]
        return np.pad(factors, ((0, 0), (0, bends.shape[1] - factors.shape[1])))

    def starts(self) -> np.ndarray:
        """Return bends to improve: none, and the best ones of a grid."""
        deviations = self.spread[:3, None] * np.linspace(-1.4, 1.4, 5)
        slopes = np.linspace(-1.7, 1.7, 25) * self.spread[0]
        bends = np.stack(
            [np.repeat(deviations[1], 5), np.tile(deviations[2], 5)], axis=1
        )
        allowed = SPREAD + 0.03 * self.dx
        off = ((self.dy - bends @ self.terms[1:3]) / allowed).astype(np.float32)
        tilt = (self.terms[0] / allowed).astype(np.float32)
        weights = (self.weights * SPREAD / allowed).astype(np.float32)
        # One slope after the other: arrays stay small enough for the processor's cache.
        votes = [_bell(off - slope * tilt) @ weights for slope in slopes.astype("f4")]
        grid = np.column_stack([np.repeat(slopes, 25), np.tile(bends.T, 25).T])
        scores = np.concatenate(votes) - 0.5 * ((grid / self.spread[:3]) ** 2).sum(
            axis=1
        )
        starts = [np.zeros(len(self.spread))]
        step = np.array(
            [slopes[1] - slopes[0], *(deviations[1:, 1] - deviations[1:, 0])]
        )
        for _ in range(8):
            best = grid[scores.argmax()]
            starts.append(np.concatenate([best, np.zeros(len(self.spread) - 3)]))
            scores[(np.abs(grid - best) < 1.5 * step).all(axis=1)] = -np.inf
        return np.array(starts)


def _bell(off: np.ndarray) -> np.ndarray:
    """Return about exp(-off**2 / 2), in place."""
    off *= off
    off *= -1 / 8
    off += 1
    np.maximum(off, 0, out=off)
    off *= off
    off *= off
    return off

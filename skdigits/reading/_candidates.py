"""Pieces of strokes, put together to candidates for digits, and the best of these."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from skdigits.reading._strokes import Stroke, merge

# A digit is made of at most this many pieces.
MOST_PIECES = 5
# Its width and height are at most these, in heights of its line.
WIDEST, TALLEST = 1.5, 1.7
# What is lower than this, in heights of its line, is no digit that stands by itself.
SMALL = 0.6
# What it costs, as a negative logarithm, to leave a piece unread, and to read one that
# was cut off: most digits touch no other.
UNREAD, CUT = 4.0, 1.2


@dataclass(frozen=True)
class Candidate:
    """Neighbouring pieces of a line that may be one digit.

    Parameters
    ----------
    first, last : int
        The pieces: those from `first` up to but without `last`.

    stroke : Stroke
        The pieces together.
    """

    first: int
    last: int
    stroke: Stroke


def make_candidates(pieces: Sequence[Stroke], height: float) -> list[Candidate]:
    """Put neighbouring pieces together.

    Parameters
    ----------
    pieces : sequence of Stroke
        Of a line, from left to right.

    height : float
        Height of the line's digits in pixels.

    Returns
    -------
    candidates : list of Candidate
        Each single piece, and each sequence of pieces that were cut apart, or are too
        small for digits, and together no larger than one.
    """
    candidates = []
    for first in range(len(pieces)):
        for last in range(first + 1, min(first + MOST_PIECES, len(pieces)) + 1):
            if last > first + 1 and not _may_be_one(pieces[last - 2 : last], height):
                break
            stroke = merge(pieces[first:last])
            if last > first + 1 and _is_too_large(stroke, height):
                break
            candidates.append(Candidate(first, last, stroke))
    return candidates


def _may_be_one(neighbours: Sequence[Stroke], height: float) -> bool:
    """Tell whether two pieces were cut apart, or one is too small for a digit."""
    is_small = min(piece.height for piece in neighbours) < SMALL * height
    return is_small or all(piece.whole is not None for piece in neighbours)


def _is_too_large(stroke: Stroke, height: float) -> bool:
    return stroke.width > WIDEST * height or stroke.height > TALLEST * height


def best_path(candidates: Sequence[Candidate], scores: np.ndarray) -> list[int]:
    """Cover all pieces of a line, each once, at the least cost.

    Parameters
    ----------
    candidates : sequence of Candidate
        Of a line.

    scores : ndarray of shape (n_candidates,)
        Probability that a candidate is one digit, read rightly.

    Returns
    -------
    path : list of int
        Indices of candidates, from left to right.

    References
    ----------
    Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, "Gradient-based learning applied to
    document recognition", Proceedings of the IEEE 86(11), 1998.
    """
    n_pieces = max((one.last for one in candidates), default=0)
    is_cut = np.array([one.stroke.whole is not None for one in candidates])
    costs = -np.log(np.maximum(scores, np.exp(-UNREAD))) + CUT * is_cut
    least = np.full(n_pieces + 1, np.inf)
    least[0] = 0
    chosen = np.zeros(n_pieces + 1, int)
    # Sorted by their last piece: what leads up to it is known then.
    for k in sorted(range(len(candidates)), key=lambda k: candidates[k].last):
        one = candidates[k]
        cost = least[one.first] + costs[k]
        if cost < least[one.last]:
            least[one.last], chosen[one.last] = cost, k
    path, last = [], n_pieces
    while last > 0:
        path.append(int(chosen[last]))
        last = candidates[chosen[last]].first
    return path[::-1]

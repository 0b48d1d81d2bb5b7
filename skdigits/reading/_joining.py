"""Parts of one digit that do not touch."""

from collections.abc import Callable, Sequence

import numpy as np

from skdigits.reading._labelling import HEIGHT
from skdigits.reading._recognizing import check_candidates
from skdigits.reading._strokes import Stroke, merge

# Parts are at most this far apart, in heights of the larger one.
APART = 0.3
# They are joined if that is a digit with at least this probability.
LEAST_SCORE = 0.2
# Two digits in two lines are further apart than this, in heights of the larger one; if
# parts are nearer, it is enough if one digit is so much as probable as two.
NEAR, ENOUGH = 0.1, 0.8
# Digits that the network of labels knows are at most so high, in pixels.
TALLEST = 2 * HEIGHT
# A single digit is in at most so many parts.
MOST_PARTS = 5


def join_broken(
    strokes: Sequence[Stroke], score: Callable[[list[Stroke]], np.ndarray]
) -> list[Stroke]:
    """Join strokes one above the other where that makes a digit more probable.

    Parts side by side are left alone: reading a line puts them together.

    Parameters
    ----------
    strokes : sequence of Stroke
        All of a picture.

    score : callable
        Returns for strokes the probability that each is one digit.

    Returns
    -------
    strokes : list of Stroke
        With some joined.

    Raises
    ------
    ValueError
        If there are too many pairs that may be one digit.
    """
    pairs = _find_pairs(strokes)
    if not pairs:
        return list(strokes)
    check_candidates(len(pairs))
    alone = np.unique(pairs)
    joined = [merge([strokes[k] for k in pair]) for pair in pairs]
    scores = score([strokes[k] for k in alone] + joined)
    of_alone = np.zeros(len(strokes))
    of_alone[alone] = scores[: len(alone)]
    of_joined = scores[len(alone) :]
    left = dict(enumerate(strokes))
    for k in np.argsort(-of_joined, kind="stable"):
        first, second = pairs[k]
        if first in left and second in left:
            apart = of_alone[first] * of_alone[second]
            if abs(_gap(strokes[first], strokes[second])) <= NEAR:
                apart *= ENOUGH
            if of_joined[k] > max(apart, LEAST_SCORE):
                del left[first], left[second]
                left[len(strokes) + k] = joined[k]
    return list(left.values())


def join_all(
    strokes: Sequence[Stroke], score: Callable[[list[Stroke]], np.ndarray]
) -> list[Stroke]:
    """Join all that is on a picture, if that makes a digit more probable.

    Parameters
    ----------
    strokes : sequence of Stroke
        All of a picture.

    score : callable
        Returns for strokes the probability that each is one digit.

    Returns
    -------
    strokes : list of Stroke
        As they are, or a single one.
    """
    if not 1 < len(strokes) <= MOST_PARTS:
        return list(strokes)
    together = merge(strokes)
    *apart, joined = score([*strokes, together])
    if joined > max(np.prod(apart), LEAST_SCORE):
        return [together]
    return list(strokes)


def _gap(first: Stroke, second: Stroke) -> float:
    """Return how far strokes are apart from top to bottom, in heights."""
    gap = max(first.box[1], second.box[1]) - min(first.box[3], second.box[3])
    return gap / max(first.height, second.height)


def _find_pairs(strokes: Sequence[Stroke]) -> list[tuple[int, int]]:
    boxes = np.array([stroke.box for stroke in strokes]).reshape(-1, 4)
    left, top, right, bottom = boxes.T
    pairs: list[tuple[int, int]] = []
    for k, stroke in enumerate(strokes):
        common = np.minimum(right, right[k]) - np.maximum(left, left[k])
        gap = np.maximum(top, top[k]) - np.minimum(bottom, bottom[k])
        taller = np.maximum(bottom - top, stroke.height)
        together = np.maximum(bottom, bottom[k]) - np.minimum(top, top[k])
        near = (common >= 0) & (gap <= APART * taller) & (together <= TALLEST)
        pairs.extend((k, int(j)) for j in np.flatnonzero(near) if j > k)
    return pairs

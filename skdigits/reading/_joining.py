"""Parts of one digit that do not touch, one above the other."""

from collections.abc import Callable, Sequence

import numpy as np

from skdigits.reading._strokes import Stroke, merge

# Parts are at most this far apart, in heights of the larger one.
APART = 0.3
# They overlap from left to right by at least this share of the narrower one.
OVERLAP = 0.3


def join_broken(
    strokes: Sequence[Stroke], score: Callable[[list[Stroke]], np.ndarray]
) -> list[Stroke]:
    """Join strokes where that makes a digit more probable.

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
    """
    pairs = _find_pairs(strokes)
    if not pairs:
        return list(strokes)
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
            if of_joined[k] > max(apart, LEAST_SCORE):
                del left[first], left[second]
                left[len(strokes) + k] = joined[k]
    return list(left.values())


LEAST_SCORE = 0.2


def _find_pairs(strokes: Sequence[Stroke]) -> list[tuple[int, int]]:
    boxes = np.array([stroke.box for stroke in strokes]).reshape(-1, 4)
    left, top, right, bottom = boxes.T
    pairs = []
    for k, stroke in enumerate(strokes):
        common = np.minimum(right, right[k]) - np.maximum(left, left[k])
        narrower = np.minimum(right - left, stroke.width)
        gap = np.maximum(top, top[k]) - np.minimum(bottom, bottom[k])
        taller = np.maximum(bottom - top, stroke.height)
        near = (common >= OVERLAP * narrower) & (gap <= APART * taller)
        pairs.extend((k, int(j)) for j in np.flatnonzero(near) if j > k)
    return pairs

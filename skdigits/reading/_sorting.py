"""Strokes that are no writing: rules, frames, dots, shadows, edges."""

from collections.abc import Sequence

import numpy as np

from skdigits.reading._strokes import Stroke

# Ink that is fainter than these shares of the strongest: at the edge, and elsewhere.
FAINT_AT_EDGE, FAINT = 0.7, 0.25
# Dots are smaller than this share of what most ink belongs to, or than so many pixels,
# of which no one can read a digit.
DOT, LEAST_SIDE = 0.15, 6
# Frames fill less of their box, and hold something at least this high, as shares.
FILLED, HELD = 0.35, 0.3
# Ends of what hangs on a rule are at most so many pixels from it.
NEAR = 4

LINE = "a line"

Others = list[tuple[Stroke, str]]


def sort_out(
    strokes: Sequence[Stroke], rules: Sequence[Stroke], shape: tuple[int, int]
) -> tuple[list[Stroke], Others]:
    """Part what may be writing from what cannot be.

    Parameters
    ----------
    strokes : sequence of Stroke
        All of a picture.

    rules : sequence of Stroke
        Long straight lines.

    shape : tuple (height, width)
        Of the picture.

    Returns
    -------
    writing : list of Stroke
        What may be digits.

    others : list of tuple (Stroke, str)
        The rest, and what it is.
    """
    others: Others = [(rule, LINE) for rule in rules]
    if not strokes:
        return [], others
    boxes = np.array([stroke.box for stroke in strokes])
    strongest = max(stroke.contrast for stroke in strokes)
    dot = max(DOT * _typical_size(strokes), LEAST_SIDE)
    hanging = _hang_on(boxes, rules)
    strong = np.array([stroke.contrast >= FAINT * strongest for stroke in strokes])
    writing = []
    for stroke, hangs in zip(strokes, hanging, strict=True):
        if stroke.contrast < FAINT_AT_EDGE * strongest and _is_at_edge(stroke, shape):
            others.append((stroke, "a shadow or an edge"))
        elif stroke.contrast < FAINT * strongest:
            others.append((stroke, "too faint"))
        elif max(stroke.width, stroke.height) < dot:
            others.append((stroke, "a dot"))
        elif hangs and _is_slender(stroke):
            others.append((stroke, LINE))
        elif _is_frame(stroke, boxes[strong]):
            others.append((stroke, "a frame"))
        else:
            writing.append(stroke)
    return writing, others


def _is_at_edge(stroke: Stroke, shape: tuple[int, int]) -> bool:
    left, top, right, bottom = stroke.box
    return left == 0 or top == 0 or right == shape[1] or bottom == shape[0]


def _typical_size(strokes: Sequence[Stroke]) -> float:
    """Return the size of the stroke that the median pixel of ink belongs to."""
    sizes = np.array([max(stroke.width, stroke.height) for stroke in strokes])
    pixels = np.array([stroke.mask.sum() for stroke in strokes])
    order = np.argsort(sizes)
    middle = np.searchsorted(pixels[order].cumsum(), pixels.sum() / 2)
    return float(sizes[order][middle])


def _is_slender(stroke: Stroke) -> bool:
    longer = max(stroke.width, stroke.height)
    return longer > 6 * stroke.mask.sum() / longer and longer > 6 * min(
        stroke.width, stroke.height
    )


def _hang_on(boxes: np.ndarray, rules: Sequence[Stroke]) -> np.ndarray:
    """Tell which boxes end on two rules, or begin on one and end on one."""
    n_ends = np.zeros((len(boxes), 2), bool)
    for rule in rules:
        left, top, right, bottom = rule.box
        beside = (boxes[:, 0] < right + NEAR) & (boxes[:, 2] > left - NEAR)
        n_ends[:, 0] |= (
            beside & (top - NEAR <= boxes[:, 1]) & (boxes[:, 1] <= bottom + NEAR)
        )
        n_ends[:, 1] |= (
            beside & (top - NEAR <= boxes[:, 3]) & (boxes[:, 3] <= bottom + NEAR)
        )
    return np.all(n_ends, axis=1)


def _is_frame(stroke: Stroke, boxes: np.ndarray) -> bool:
    """Tell whether a stroke goes around something."""
    if stroke.mask.mean() > FILLED:
        return False
    left, top, right, bottom = stroke.box
    inside = (boxes[:, 0] > left) & (boxes[:, 2] < right)
    inside &= (boxes[:, 1] > top) & (boxes[:, 3] < bottom)
    high = boxes[:, 3] - boxes[:, 1] > HELD * stroke.height
    return bool((inside & high).any())

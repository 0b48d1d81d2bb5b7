"""What is surely no digit, whatever its shape."""

from collections.abc import Callable, Sequence

import numpy as np
from scipy import ndimage

from skdigits.reading._labelling import HEIGHT, LEAST_CONTRAST, LabelledPage
from skdigits.reading._labels import Label
from skdigits.reading._masks import connected
from skdigits.reading._network import missing_light
from skdigits.reading._results import Box
from skdigits.reading._strokes import Stroke

DARK_AREA = "a dark area"
# Edges of dark areas have at least such a share of their pixels beside them.
BESIDE_DARK = 0.2
# Ink stands out from the paper by so many standard deviations of its noise.
N_DEVIATIONS = 3.0
# Side in pixels of the neighbourhood over which noise is even.
SMOOTH = HEIGHT // 2
# Digits, and numbers whose digits all touch, are at most so large, in pixels.
TALLEST, WIDEST = 3 * HEIGHT, 20 * HEIGHT
# What is smaller is no digit beside those of a usual height.
DOT = 0.45 * HEIGHT
# What ends at the edge of the picture is cut off if it is so much lower than the rest.
CUT_OFF = 0.8

Check = Callable[[Sequence[Stroke], LabelledPage], np.ndarray]


def sift(
    strokes: list[Stroke], page: LabelledPage, checks: dict[str, Check]
) -> tuple[list[Stroke], list[tuple[Box, str]]]:
    """Part strokes from what is no digit.

    Parameters
    ----------
    strokes : list of Stroke
        Of a page.

    page : LabelledPage
        The page.

    checks : dict of str to callable
        Each says of strokes which are no digit, for the reason that is its key.

    Returns
    -------
    strokes : list of Stroke
        The others.

    rejected : list of tuple (Box, str)
        Boxes of what is no digit, and why.
    """
    rejected: list[tuple[Box, str]] = []
    for reason, check in checks.items():
        if strokes:
            is_out = check(strokes, page)
            pairs = list(zip(strokes, is_out, strict=True))
            rejected += [(stroke.box, reason) for stroke, out in pairs if out]
            strokes = [stroke for stroke, out in pairs if not out]
    return strokes, rejected


def is_edge(strokes: Sequence[Stroke], page: LabelledPage) -> np.ndarray:
    """Tell which strokes are edges of dark areas."""
    dark = page.probabilities[Label.DARK] > 0.5
    beside = ndimage.binary_dilation(dark, np.ones((3, 3)))
    return np.array([np.mean(_under(one, beside)) > BESIDE_DARK for one in strokes])


def is_faint(strokes: Sequence[Stroke], page: LabelledPage) -> np.ndarray:
    """Tell which strokes do not stand out from the noise of the paper."""
    ink = missing_light(page.grey)
    is_paper = page.probabilities[Label.PAPER] > 0.5
    paper = ink[is_paper] if is_paper.any() else np.zeros(1)
    level = np.median(paper)
    # Shadows are no noise.
    grain = (ink - ndimage.uniform_filter(ink, SMOOTH))[is_paper]
    noise = 1.4826 * np.median(np.abs(grain)) if len(grain) else 0.0
    strengths = [np.quantile(_under(stroke, ink), 0.75) for stroke in strokes]
    return np.array(strengths) - level <= max(N_DEVIATIONS * noise, LEAST_CONTRAST)


def is_large(strokes: Sequence[Stroke], _: LabelledPage) -> np.ndarray:
    """Tell which strokes are too high, or too wide, for digits that touch."""
    return np.array([one.height > TALLEST or one.width > WIDEST for one in strokes])


def is_dot(strokes: Sequence[Stroke], _: LabelledPage) -> np.ndarray:
    """Tell which strokes are too small for digits."""
    return np.array([max(one.width, one.height) < DOT for one in strokes])


def is_cut_off(strokes: Sequence[Stroke], page: LabelledPage) -> np.ndarray:
    """Tell which strokes end at the edge, and are lower than those that do not."""
    boxes = np.array([stroke.box for stroke in strokes])
    size = page.grey.shape[::-1]
    at_edge = (boxes[:, :2] == 0).any(axis=1) | (boxes[:, 2:] == size).any(axis=1)
    heights = boxes[:, 3] - boxes[:, 1]
    if at_edge.all():
        return np.zeros(len(boxes), bool)
    return at_edge & (heights < CUT_OFF * np.median(heights[~at_edge]))


# What is looked at before strokes are put together to digits, and after that.
BEFORE: dict[str, Check] = {
    "the edge of a dark area": is_edge,
    "too faint": is_faint,
    "too large": is_large,
}
AFTER: dict[str, Check] = {"a dot": is_dot, "cut off at the edge": is_cut_off}


def find_areas(page: LabelledPage) -> list[tuple[Box, str]]:
    """Return the boxes of rules and of dark areas."""
    labels = page.probabilities.argmax(axis=0)
    kinds = ((Label.RULE, "a line"), (Label.DARK, DARK_AREA))
    return [
        ((columns.start, rows.start, columns.stop, rows.stop), name)
        for label, name in kinds
        for (rows, columns), piece in connected(labels == label)
        if max(piece.shape) >= HEIGHT / 2
    ]


def _under(stroke: Stroke, image: np.ndarray) -> np.ndarray:
    """Return the pixels of an image that are ink of a stroke."""
    left, top, right, bottom = stroke.box
    return image[top:bottom, left:right][stroke.mask]

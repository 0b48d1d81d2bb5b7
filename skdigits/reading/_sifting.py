"""What is surely no digit, whatever its shape."""

from collections.abc import Callable, Sequence

import numpy as np
from scipy import ndimage

from skdigits.reading._labelling import HEIGHT, LEAST_CONTRAST, LabelledPage
from skdigits.reading._labels import Label
from skdigits.reading._masks import connected, dilate, dilate_by
from skdigits.reading._results import Box
from skdigits.reading._strokes import TALLEST, Stroke

LINE, DARK_AREA = "a line", "a dark area"
# Edges of dark areas, and of rules, have such a share of their pixels beside them.
BESIDE_DARK, BESIDE_RULE = 0.2, 0.5
# Ink stands out from the paper by so many standard deviations of its noise.
N_DEVIATIONS = 3.0
# Side in pixels of the neighbourhood over which noise is even.
SMOOTH = HEIGHT // 2
# Numbers whose digits all touch are at most so wide, in pixels.
WIDEST = 20 * HEIGHT
# What is smaller is no digit beside those of a usual height.
DOT = round(0.45 * HEIGHT)
# A rule is no wider. Beyond the ends of its rest it goes on for so much of so many
# pixels; that of a 1 which stands on a rule does for no more than a digit's height.
THIN, STRAIGHT, BEYOND = HEIGHT // 4, 0.8, 3 * HEIGHT // 2
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
    """Tell which strokes are edges of dark areas or of thick rules."""
    is_out = np.zeros(len(strokes), bool)
    for label, most in ((Label.DARK, BESIDE_DARK), (Label.RULE, BESIDE_RULE)):
        is_other = page.probabilities[label] > 0.5
        if is_other.any():
            beside = dilate_by(is_other, 1, 1)
            is_out |= [np.mean(_under(one, beside)) > most for one in strokes]
    return is_out


def is_rest_of_rule(strokes: Sequence[Stroke], page: LabelledPage) -> np.ndarray:
    """Tell which strokes go on, straight and thin, as a rule."""
    rule = page.labels == Label.RULE
    return np.array([_goes_on(one.box, rule) for one in strokes])


def _goes_on(box: Box, rule: np.ndarray) -> bool:
    left, top, right, bottom = box
    if right - left > bottom - top:
        rule, (left, top, right, bottom) = rule.T, (top, left, bottom, right)
    if right - left > THIN:
        return False
    if bottom - top > TALLEST:
        return True
    columns = np.any(rule[:, max(left - 1, 0) : right + 1], axis=1)
    ends = columns[max(top - BEYOND, 0) : top], columns[bottom : bottom + BEYOND]
    return sum(map(np.count_nonzero, ends)) > STRAIGHT * BEYOND


def is_faint(strokes: Sequence[Stroke], page: LabelledPage) -> np.ndarray:
    """Tell which strokes do not stand out from the noise of the paper."""
    missing = page.missing
    is_paper = page.probabilities[Label.PAPER] > 0.5
    level = np.median(missing[is_paper]) if is_paper.any() else 0.0
    # The soft rims of ink are no noise, and neither are shadows.
    is_paper = ~dilate(dilate(~is_paper))
    mean, share = (
        ndimage.uniform_filter(image.astype(np.float32), SMOOTH)
        for image in (missing * is_paper, is_paper)
    )
    grain = missing[is_paper] - mean[is_paper] / share[is_paper]
    noise = 1.4826 * np.median(np.abs(grain)) if len(grain) else 0.0
    strengths = [np.quantile(_under(stroke, missing), 0.75) for stroke in strokes]
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
    LINE: is_rest_of_rule,
    "too faint": is_faint,
    "too large": is_large,
}
AFTER: dict[str, Check] = {"a dot": is_dot, "cut off at the edge": is_cut_off}


def find_areas(
    page: LabelledPage, rejected: Sequence[tuple[Box, str]] = ()
) -> list[tuple[Box, str]]:
    """Return boxes of rules, with their rests among the rejected, and of dark areas."""
    labels = page.labels.copy()
    for (left, top, right, bottom), reason in rejected:
        if reason == LINE:
            labels[top:bottom, left:right] = Label.RULE
    kinds = ((Label.RULE, LINE), (Label.DARK, DARK_AREA))
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

"""From a labelled page to rows of digits and signs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import ndimage

from skdigits.reading._candidates import best_path, make_candidates
from skdigits.reading._context import discount_text
from skdigits.reading._grids import Grid, find_grids
from skdigits.reading._joining import join_all, join_broken
from skdigits.reading._labelling import (
    HEIGHT,
    LEAST_CONTRAST,
    LabelledPage,
    label_as_one,
    label_page,
    turn_upside_down,
)
from skdigits.reading._labels import Label
from skdigits.reading._layout import find_rows
from skdigits.reading._network import missing_light
from skdigits.reading._recognizing import Seen, look_at
from skdigits.reading._results import Box
from skdigits.reading._signs import group_signs, name_sign
from skdigits.reading._splitting import split
from skdigits.reading._strokes import Stroke, connected, find_ink, find_strokes, merge
from skdigits.reading._turning import is_upside_down

DARK_AREA = "a dark area"
# What may be a digit has at least this share of a digit's pixels. Of few strokes, none
# of which has, any may be one: they tell too little of each other.
LEAST_SHARE, FEW = 0.2, 5
# Ink stands out from the paper by so many standard deviations of its noise.
N_DEVIATIONS = 2.0
# Signs are at most so far beside digits, or below and above them, in heights.
ASIDE, APART = 3.0, 0.5
# What is smaller is no digit beside those of a usual height.
DOT = 0.45 * HEIGHT
# Rules are at most so many pixels thick.
THICK_RULE = 11
# Edges of dark areas have at least such a share of their pixels beside them.
BESIDE_DARK = 0.2
# Strokes that are a digit with this probability are not cut.
SURE = 0.9


@dataclass(frozen=True)
class Glyph:
    """Something in a row that was classified.

    Parameters
    ----------
    stroke : Stroke
        Where it is.

    is_digit : float
        Probability that it is a digit.

    probabilities : ndarray of shape (10,)
        Of the digits 0 to 9.

    image : ndarray of shape (28, 28), uint8
        What the classifier saw.
    """

    stroke: Stroke
    is_digit: float
    probabilities: np.ndarray
    image: np.ndarray

    @property
    def confidence(self) -> float:
        """Probability that it is a digit, and the most probable one."""
        return float(self.is_digit * self.probabilities.max())


@dataclass(frozen=True)
class NamedSign:
    """A sign, and its name.

    Parameters
    ----------
    stroke : Stroke
        Where it is.

    name : str
        Such as "/", or "?".

    confidence : float
        Probability of the name.
    """

    stroke: Stroke
    name: str
    confidence: float


@dataclass(frozen=True)
class Row:
    """What stands side by side, each from left to right.

    Parameters
    ----------
    glyphs : list of Glyph
        Digits, and what looks like them.

    signs : list of NamedSign
        Signs.

    grid : Grid or None
        The table whose row it is.
    """

    glyphs: list[Glyph]
    signs: list[NamedSign]
    grid: Grid | None


@dataclass(frozen=True)
class Page:
    """What was found on a labelled page.

    Parameters
    ----------
    rows : list of Row
        From top to bottom.

    others : list of tuple (Box, str)
        What was not classified, and why.

    grids : list of Grid
        Ruled tables, and combs.
    """

    rows: list[Row]
    others: list[tuple[Box, str]]
    grids: list[Grid]

    @property
    def glyphs(self) -> list[Glyph]:
        """All that was classified, row by row."""
        return [glyph for row in self.rows for glyph in row.glyphs]

    @property
    def confidence(self) -> float:
        """Confidence of the surest digit; 0 if there is none."""
        return max((glyph.confidence for glyph in self.glyphs), default=0.0)


def read_surest(grey: np.ndarray, classifier: Any) -> tuple[LabelledPage, Page]:
    """Label a picture and read it; or take all of it for one digit, if that is surer.

    Parameters
    ----------
    grey : ndarray of shape (h, w), float32
        Dark ink on bright paper, from 0 to 1.

    classifier : object
        A fitted classifier of 28x28 pixels, from 0 to 255.

    Returns
    -------
    labelled : LabelledPage
        The page.

    page : Page
        What was found on it.
    """
    labelled = label_page(grey)
    if is_upside_down(labelled, classifier):
        labelled = turn_upside_down(labelled)
    best = labelled, read_page(labelled, classifier)
    if best[1].confidence >= SURE:
        return best
    for side in (grey, 1 - grey):  # what fills a picture may be its paper
        if (one := label_as_one(side)) is not None:
            page = read_page(one, classifier)
            if len(page.glyphs) == 1 and page.confidence > best[1].confidence:
                best = one, page
    return best


def read_page(labelled: LabelledPage, classifier: Any) -> Page:
    """Find digits and signs on a page.

    Parameters
    ----------
    labelled : LabelledPage
        The page.

    classifier : object
        A fitted classifier of 28x28 pixels, from 0 to 255.

    Returns
    -------
    page : Page
        What was found.
    """
    ink = find_ink(labelled)

    def look(strokes: Sequence[Stroke]) -> Seen:
        return look_at(strokes, ink, classifier)

    strokes, others = _part_edges(find_strokes(labelled), labelled)
    strokes, faint = _part_faint(strokes, labelled)
    others += [(stroke.box, "too faint") for stroke in faint]
    others += _others(labelled)
    digits, signs, text = _part_kinds(strokes)
    for join in (join_broken, join_all):
        digits = join(digits, lambda some: look(some).scores)
    digits = discount_text(digits, text)
    dots = [stroke for stroke in digits if max(stroke.width, stroke.height) < DOT]
    digits = [stroke for stroke in digits if max(stroke.width, stroke.height) >= DOT]
    digits, cut_off = _part_cut_off(digits, labelled.grey.shape)
    grids = find_grids(_find_rules(labelled), HEIGHT)
    groups, spanning = _group_rows(digits, grids)
    signs_of, alone = _attach(signs, [strokes for strokes, _ in groups])
    for kind, reason in (
        (text, "text"),
        (dots, "a dot"),
        (cut_off, "cut off at the edge"),
        (spanning, "taller than a row"),
        (alone, "a sign"),
    ):
        others += [(stroke.box, reason) for stroke in kind]
    digits_of = [strokes for strokes, _ in groups]
    rows = [
        Row(glyphs, _name_signs(signs, digits), grid)
        for glyphs, digits, signs, (_, grid) in zip(
            _read_rows(digits_of, look), digits_of, signs_of, groups, strict=True
        )
    ]
    return Page(rows, others, grids)


def _attach(
    signs: list[Stroke], rows: list[list[Stroke]]
) -> tuple[list[list[Stroke]], list[Stroke]]:
    """Return the signs of each row, those beside its digits, and the other signs."""
    attached: list[list[Stroke]] = [[] for _ in rows]
    if not rows:
        return attached, signs
    boxes = np.array([stroke.box for row in rows for stroke in row], float)
    row_of = np.repeat(np.arange(len(rows)), [len(row) for row in rows])
    left, top, right, bottom = boxes.T
    alone = []
    for sign in signs:
        middle = (sign.box[1] + sign.box[3]) / 2
        aside = np.maximum(left - sign.box[2], sign.box[0] - right).clip(0)
        apart = np.maximum(top - middle, middle - bottom).clip(0)
        # Below or above the digits is another row soon; beside them there is room.
        distance = (aside / ASIDE + apart / APART) / HEIGHT
        nearest = int(distance.argmin())
        if distance[nearest] <= 1:
            attached[row_of[nearest]].append(sign)
        else:
            alone.append(sign)
    return attached, alone


def _find_rules(labelled: LabelledPage) -> np.ndarray:
    """Return the pixels of rules; thick or blurred ones are thin dark areas."""
    dark = labelled.probabilities[Label.DARK] > 0.5
    thick = ndimage.binary_opening(dark, np.ones((THICK_RULE, THICK_RULE)))
    thick = ndimage.binary_dilation(thick, np.ones((3, 3)), iterations=3)
    return (labelled.probabilities[Label.RULE] > 0.5) | (dark & ~thick)


def _part_kinds(
    strokes: list[Stroke],
) -> tuple[list[Stroke], list[Stroke], list[Stroke]]:
    """Part what may be a digit, signs, and other writing."""
    digits = [stroke for stroke in strokes if stroke.share >= LEAST_SHARE]
    if not digits and len(strokes) <= FEW:
        return strokes, [], []
    others = [stroke for stroke in strokes if stroke.share < LEAST_SHARE]
    signs = [stroke for stroke in others if stroke.label == Label.SIGN]
    text = [stroke for stroke in others if stroke.label != Label.SIGN]
    return digits, signs, text


def _group_rows(
    strokes: list[Stroke], grids: list[Grid]
) -> tuple[list[tuple[list[Stroke], Grid | None]], list[Stroke]]:
    """Group strokes by the rows of grids, and the others by where they stand.

    Returns
    -------
    rows : list of tuple (list of Stroke, Grid or None)
        From top to bottom.

    spanning : list of Stroke
        Those that belong to no row.
    """
    boxes = np.array([stroke.box for stroke in strokes], float).reshape(-1, 4)
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    is_free = np.ones(len(boxes), bool)
    rows: list[tuple[np.ndarray, Grid | None]] = []
    for grid in grids:
        places = np.where(is_free, grid.locate(centres)[:, 0], -1)
        is_free &= places < 0
        rows += [(np.flatnonzero(places == row), grid) for row in range(grid.shape[0])]
    free = np.flatnonzero(is_free)
    found = [free[members] for members in find_rows(boxes[free])]
    rows = [row for row in rows if len(row[0])] + [(members, None) for members in found]
    rows.sort(key=lambda row: np.median(centres[row[0], 1]))
    spanning = np.setdiff1d(free, np.concatenate(found)) if found else free
    return (
        [([strokes[k] for k in members], grid) for members, grid in rows],
        [strokes[k] for k in spanning],
    )


def _part_edges(
    strokes: list[Stroke], labelled: LabelledPage
) -> tuple[list[Stroke], list[tuple[Box, str]]]:
    """Part the edges of dark areas from strokes that stand by themselves."""
    dark = labelled.probabilities[Label.DARK] > 0.5
    beside = ndimage.binary_dilation(dark, np.ones((3, 3)))
    writing, others = [], []
    for stroke in strokes:
        left, top, right, bottom = stroke.box
        n_beside = np.count_nonzero(beside[top:bottom, left:right] & stroke.mask)
        if n_beside > BESIDE_DARK * np.count_nonzero(stroke.mask):
            others.append((stroke.box, "the edge of a dark area"))
        else:
            writing.append(stroke)
    return writing, others


def _part_faint(
    strokes: list[Stroke], labelled: LabelledPage
) -> tuple[list[Stroke], list[Stroke]]:
    """Part what stands out from the noise of the paper from what does not."""
    ink = missing_light(labelled.grey)
    is_paper = labelled.probabilities[Label.PAPER] > 0.5
    paper = ink[is_paper] if is_paper.any() else np.zeros(1)
    level = np.median(paper)
    noise = 1.4826 * np.median(np.abs(paper - level))
    strong, faint = [], []
    for stroke in strokes:
        left, top, right, bottom = stroke.box
        strength = np.quantile(ink[top:bottom, left:right][stroke.mask], 0.75)
        is_strong = strength - level > max(N_DEVIATIONS * noise, LEAST_CONTRAST)
        (strong if is_strong else faint).append(stroke)
    return strong, faint


def _others(labelled: LabelledPage) -> list[tuple[Box, str]]:
    """Return the boxes of rules and of dark areas."""
    labels = labelled.probabilities.argmax(axis=0)
    kinds = ((Label.RULE, "a line"), (Label.DARK, DARK_AREA))
    return [
        ((columns.start, rows.start, columns.stop, rows.stop), name)
        for label, name in kinds
        for (rows, columns), piece in connected(labels == label)
        if max(piece.shape) >= HEIGHT / 2
    ]


def _part_cut_off(
    strokes: list[Stroke], shape: tuple[int, int]
) -> tuple[list[Stroke], list[Stroke]]:
    """Part what ends at the edge of the page, and is smaller than what does not."""
    boxes = np.array([stroke.box for stroke in strokes]).reshape(-1, 4)
    at_edge = (boxes[:, :2] == 0).any(axis=1) | (boxes[:, 2:] == shape[::-1]).any(
        axis=1
    )
    if at_edge.all() or not at_edge.any():
        return strokes, []
    heights = boxes[:, 3] - boxes[:, 1]
    usual = np.median(heights[~at_edge])
    is_cut = at_edge & (heights < 0.8 * usual)
    return (
        [stroke for stroke, cut in zip(strokes, is_cut, strict=True) if not cut],
        [stroke for stroke, cut in zip(strokes, is_cut, strict=True) if cut],
    )


def _name_signs(signs: list[Stroke], digits: list[Stroke]) -> list[NamedSign]:
    """Put pieces of signs together, and name them."""
    height = height_of(digits)
    boxes = np.array([stroke.box for stroke in signs]).reshape(-1, 4)
    named = []
    for members in group_signs(boxes, height):
        sign = merge([signs[k] for k in members])
        top = sign.box[1] - _top_beside(sign, digits)
        named.append(NamedSign(sign, *name_sign(sign.mask, top, height)))
    return sorted(named, key=lambda sign: sign.stroke.box[0])


def _top_beside(sign: Stroke, digits: list[Stroke]) -> float:
    """Return the top of the digits that stand next to a sign."""
    nearest = sorted(digits, key=lambda digit: abs(digit.box[0] - sign.box[0]))[:2]
    return float(np.mean([digit.box[1] for digit in nearest]))


def _read_rows(
    rows: list[list[Stroke]], look: Callable[[Sequence[Stroke]], Seen]
) -> list[list[Glyph]]:
    """Cut, put together and classify; all rows at once."""
    heights = [height_of(row) for row in rows]
    candidates = [
        make_candidates(pieces, height)
        for pieces, height in zip(_cut_rows(rows, heights, look), heights, strict=True)
    ]
    flat = [one.stroke for row in candidates for one in row]
    seen = look(flat)
    glyphs, start = [], 0
    for row in candidates:
        path = best_path(row, seen.scores[start : start + len(row)])
        glyphs.append([_glyph(flat[start + k], seen, start + k) for k in path])
        start += len(row)
    return glyphs


def _glyph(stroke: Stroke, seen: Seen, k: int) -> Glyph:
    is_digit = float(seen.is_digit[k])
    return Glyph(stroke, is_digit, seen.probabilities[k], seen.images[k])


def _cut_rows(
    rows: list[list[Stroke]],
    heights: list[float],
    look: Callable[[Sequence[Stroke]], Seen],
) -> list[list[Stroke]]:
    """Cut what is wide and no digit for sure."""
    scores = iter(look([stroke for row in rows for stroke in row]).scores)
    cut = []
    for row, height in zip(rows, heights, strict=True):
        pieces = []
        for stroke in row:
            is_wide = stroke.width > 0.5 * stroke.height > 0.25 * height
            if next(scores) < SURE and is_wide:
                most = int(np.clip(round(stroke.width / height * 3), 2, 12))
                pieces.extend(split(stroke, most))
            else:
                pieces.append(stroke)
        cut.append(sorted(pieces, key=lambda piece: piece.box[0]))
    return cut


def height_of(row: Sequence[Stroke]) -> float:
    """Return the height of the digits of a row."""
    heights = np.array([stroke.height for stroke in row])
    return float(np.median(heights[heights >= heights.max() / 2]))

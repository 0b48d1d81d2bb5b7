"""From a labelled page to rows of digits and signs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import numpy as np
from scipy import ndimage

from skdigits.reading._candidates import Candidate, best_path, make_candidates
from skdigits.reading._context import discount_sides, discount_text
from skdigits.reading._false_ones import part_ones
from skdigits.reading._grid import Grid, locate_in_finest
from skdigits.reading._grids import find_grids
from skdigits.reading._hand import follow_hand
from skdigits.reading._joining import join_all, join_broken
from skdigits.reading._labelling import HEIGHT, LabelledPage
from skdigits.reading._labels import Label
from skdigits.reading._layout import find_rows
from skdigits.reading._recognizing import (
    Recognizer,
    Seen,
    check_candidates,
    log_odds,
)
from skdigits.reading._results import Box
from skdigits.reading._row import Glyph, NamedSign, Row
from skdigits.reading._shares import find_shares, share_of_page
from skdigits.reading._sifting import AFTER, BEFORE, DOT, LINE, find_areas, sift
from skdigits.reading._signs import group_signs, name_sign
from skdigits.reading._splitting import split
from skdigits.reading._strokes import LOWEST_ONE, Stroke, find_ink, find_strokes, merge

# What may be a digit has at least this share of a digit's pixels where half of what is
# written is digits, and by the same odds less of them among more digits. Of few
# strokes, none of which has, any may be one: they tell too little of each other.
LEAST_SHARE, FEW = 0.1, 5
# Signs are at most so far beside digits, or below and above them, in heights.
ASIDE, APART = 3.0, 0.5
# Rules of tables are at most so many pixels thick. They are looked for where the labels
# say with this probability that there is one: with a half, seven of the 34 blurred
# photos of shared/wild have no table.
THICK_RULE, OF_RULE = 11, 0.1
# Strokes that are a digit with this probability are not cut.
SURE = 0.9


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
    def n_digits(self) -> float:
        """How many digits can be expected: the sum of their confidences."""
        return sum(glyph.confidence for glyph in self.glyphs)


def read_page(
    labelled: LabelledPage, classifier: Any, share_of_digits: float | None = None
) -> Page:
    """Find digits and signs on a page.

    Parameters
    ----------
    labelled : LabelledPage
        The page.

    classifier : object
        A fitted classifier of 28x28 pixels, from 0 to 255.

    share_of_digits : float, default=None
        Which share of what is written is digits. None means what the labels say.

    Returns
    -------
    page : Page
        What was found.
    """
    recognizer = Recognizer(find_ink(labelled), classifier)
    strokes, rejected = sift(find_strokes(labelled), labelled, BEFORE)
    others = find_areas(labelled, rejected)
    others += [(box, reason) for box, reason in rejected if reason != LINE]
    if share_of_digits is None:
        share_of_digits = share_of_page(labelled)
    grids = find_grids(_find_rules(labelled), HEIGHT)
    shares = find_shares(share_of_digits, grids, strokes)
    digits, signs, text = _part_kinds(strokes, shares(strokes))
    for join in (join_broken, join_all):
        digits = join(digits, lambda some: recognizer(some).scores)
    digits = discount_sides(discount_text(digits, text), labelled.grey.shape[1])
    recognizer.shares = find_shares(share_of_digits, grids, [*digits, *text, *signs])
    taken_back, signs = _take_back(signs, recognizer)
    digits, small = sift(digits + taken_back, labelled, AFTER)
    others += small
    groups, spanning = _group_rows(digits, grids)
    signs_of, alone = _attach(signs, [strokes for strokes, _ in groups])
    for kind, reason in (
        (text, "text"),
        (spanning, "taller than a row"),
        (alone, "a sign"),
    ):
        others += [(stroke.box, reason) for stroke in kind]
    digits_of = [strokes for strokes, _ in groups]

    def read(strokes: Sequence[Stroke]) -> list[Glyph]:
        seen = recognizer(strokes)
        return [_glyph(stroke, seen, k) for k, stroke in enumerate(strokes)]

    rows = [
        part_ones(Row(glyphs, _name_signs(signs, digits), grid), read)
        for glyphs, digits, signs, (_, grid) in zip(
            _read_rows(digits_of, recognizer), digits_of, signs_of, groups, strict=True
        )
    ]
    return Page(_in_one_hand(rows), others, grids)


def _in_one_hand(rows: list[Row]) -> list[Row]:
    """Return rows whose digits in doubt are read as others on the page are written."""
    glyphs = iter(follow_hand([glyph for row in rows for glyph in row.glyphs]))
    return [replace(row, glyphs=list(islice(glyphs, len(row.glyphs)))) for row in rows]


def _take_back(
    signs: list[Stroke], recognizer: Recognizer
) -> tuple[list[Stroke], list[Stroke]]:
    """Return which signs are digits after all, and the others.

    Only labels tell a 1 from a slash or a bracket.
    """
    high = [sign for sign in signs if sign.height > LOWEST_ONE]
    seen = recognizer(high)
    is_digit = seen.is_digit * seen.probabilities.max(axis=1) > 0.5
    is_digit &= seen.probabilities.argmax(axis=1) != 1
    digits = [sign for sign, is_one in zip(high, is_digit, strict=True) if is_one]
    names = {id(digit) for digit in digits}
    return digits, [sign for sign in signs if id(sign) not in names]


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
    is_rule = labelled.probabilities[Label.RULE] > OF_RULE
    dark = labelled.probabilities[Label.DARK] > 0.5
    if not dark.any():
        return is_rule
    side = 2 * (THICK_RULE // 4) + 1
    thick = ndimage.grey_opening(dark.astype(np.uint8), (THICK_RULE, THICK_RULE))
    thick = ndimage.maximum_filter(thick, (side, side))
    return is_rule | (dark & (thick == 0))


def _part_kinds(
    strokes: list[Stroke], shares_around: np.ndarray
) -> tuple[list[Stroke], list[Stroke], list[Stroke]]:
    """Part what may be a digit, signs, and other writing."""
    shares = np.array([stroke.share for stroke in strokes])
    odds = log_odds(shares) + log_odds(shares_around).clip(0)
    may_be_digit = odds >= log_odds(np.array(LEAST_SHARE))
    digits: list[Stroke] = []
    signs: list[Stroke] = []
    text: list[Stroke] = []
    for stroke, may_be in zip(strokes, may_be_digit, strict=True):
        is_sign = stroke.label == Label.SIGN
        (signs if is_sign else digits if may_be else text).append(stroke)
    if not digits and len(strokes) <= FEW:
        return strokes, [], []
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
    for grid, places in locate_in_finest(grids, centres):
        row_of = places[:, 0]
        is_free &= row_of < 0
        rows += [(np.flatnonzero(row_of == row), grid) for row in range(grid.shape[0])]
    free = np.flatnonzero(is_free)
    found = [free[members] for members in find_rows(boxes[free])]
    rows = [row for row in rows if len(row[0])] + [(members, None) for members in found]
    rows.sort(key=lambda row: np.median(centres[row[0], 1]))
    spanning = np.setdiff1d(free, np.concatenate(found)) if found else free
    return (
        [([strokes[k] for k in members], grid) for members, grid in rows],
        [strokes[k] for k in spanning],
    )


def _name_signs(signs: list[Stroke], digits: list[Stroke]) -> list[NamedSign]:
    """Put pieces of signs together, and name them."""
    if not signs:
        return []
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


def _read_rows(rows: list[list[Stroke]], recognizer: Recognizer) -> list[list[Glyph]]:
    """Cut, put together and classify; all rows at once."""
    heights = [height_of(row) for row in rows]
    cut = _cut_rows(rows, heights, recognizer)
    check_candidates(sum(map(len, cut)))
    candidates: list[list[Candidate]] = []
    for pieces, height in zip(cut, heights, strict=True):
        candidates.append(make_candidates(pieces, height))
        check_candidates(sum(map(len, candidates)))
    flat = [one.stroke for row in candidates for one in row]
    seen = recognizer(flat)
    glyphs, start = [], 0
    for row in candidates:
        path = best_path(row, seen.scores[start : start + len(row)])
        glyphs.append([_glyph(flat[start + k], seen, start + k) for k in path])
        start += len(row)
    return glyphs


def _glyph(stroke: Stroke, seen: Seen, k: int) -> Glyph:
    # A piece of what was cut may be too low.
    is_digit = float(seen.is_digit[k]) if stroke.height >= DOT else 0.0
    return Glyph(stroke, is_digit, seen.probabilities[k], seen.images[k])


def _cut_rows(
    rows: list[list[Stroke]],
    heights: list[float],
    recognizer: Recognizer,
) -> list[list[Stroke]]:
    """Cut what is wide and no digit for sure."""
    scores = iter(recognizer([stroke for row in rows for stroke in row]).scores)
    cut: list[list[Stroke]] = []
    for row, height in zip(rows, heights, strict=True):
        n_before = sum(map(len, cut))
        pieces: list[Stroke] = []
        for stroke in row:
            is_wide = stroke.width > 0.5 * stroke.height > 0.25 * height
            if next(scores) < SURE and is_wide:
                most = int(np.clip(round(stroke.width / height * 3), 2, 12))
                pieces.extend(split(stroke, most))
                check_candidates(n_before + len(pieces))
            else:
                pieces.append(stroke)
        cut.append(sorted(pieces, key=lambda piece: piece.box[0]))
    return cut


def height_of(row: Sequence[Stroke]) -> float:
    """Return the height of the digits of a row."""
    heights = np.array([stroke.height for stroke in row])
    return float(np.median(heights[heights >= heights.max() / 2]))

"""From the glyphs and signs of a page to digits, and from digits to numbers."""

from dataclasses import dataclass, field

import numpy as np

from skdigits.reading._labelling import HEIGHT
from skdigits.reading._layout import split_words
from skdigits.reading._page import Page
from skdigits.reading._placing import Placing
from skdigits.reading._results import Digit, Line, Number, Rejected, Sign
from skdigits.reading._row import Glyph, NamedSign, Row
from skdigits.reading._signs import UNKNOWN, is_point
from skdigits.reading._tables import Table, Thing, align, fill, is_comb

# A point belongs to the digits on both sides if they are at most so far from it, in
# heights of a digit.
NEAR = 0.8


@dataclass
class _Draft:
    """A number while it is put together: boxes are those of the labelled page."""

    glyphs: list[Glyph] = field(default_factory=list)
    points: list[NamedSign] = field(default_factory=list)


def decide(
    page: Page, place: Placing, min_confidence: float
) -> tuple[tuple[Line, ...], tuple[Rejected, ...], tuple[Table, ...]]:
    """Part digits from all else, and group them.

    Parameters
    ----------
    page : Page
        What was found.

    place : Placing
        Of the page in the image.

    min_confidence : float
        Digits that are less probable are rejected.

    Returns
    -------
    lines : tuple of Line
        From top to bottom.

    rejected : tuple of Rejected
        All else.

    tables : tuple of Table
        From top to bottom.
    """
    rejected = [Rejected(place(box), reason) for box, reason in page.others]
    lines = []
    for row in page.rows:
        accepted = [g for g in row.glyphs if g.confidence >= min_confidence]
        rejected += [
            _reject(glyph, place)
            for glyph in row.glyphs
            if glyph.confidence < min_confidence
        ]
        drafts, signs = _group(row, accepted)
        rejected += [
            Rejected(place(sign.stroke.box), f"a sign: {sign.name}") for sign in signs
        ]
        if drafts:
            lines.append(Line(tuple(_number(draft, place) for draft in drafts)))
    tables = _tables(page, place, min_confidence)
    return tuple(lines), tuple(rejected), tuple(tables)


def _reject(glyph: Glyph, place: Placing) -> Rejected:
    label = glyph.digit
    reason = "no digit"
    if glyph.is_digit >= 0.5:
        first, second = np.argsort(-glyph.probabilities)[:2]
        reason = f"not read surely enough: {first} or {second}"
    box = place(glyph.stroke.box)
    return Rejected(box, reason, label, glyph.probabilities, glyph.image)


def _group(row: Row, glyphs: list[Glyph]) -> tuple[list[_Draft], list[NamedSign]]:
    """Group digits to numbers; return these, and the signs that part them."""
    glyphs = sorted(glyphs, key=lambda glyph: glyph.stroke.box[0])
    if not glyphs:
        return [], list(row.signs)
    words = _words(row, glyphs)
    places = np.array(
        [(glyph.stroke.box[0] + glyph.stroke.box[2]) / 2 for glyph in glyphs]
    )
    ends = {k for k in range(1, len(glyphs)) if words[k] != words[k - 1]}
    points: dict[int, NamedSign] = {}
    signs = []
    for sign in row.signs:
        left, _, right, _ = sign.stroke.box
        k = int(np.searchsorted(places, (left + right) / 2))
        if _is_within(sign, k, glyphs, ends) and k not in points:
            points[k] = sign
        else:
            signs.append(sign)
            ends.add(k)
    drafts: list[_Draft] = []
    for k, glyph in enumerate(glyphs):
        if k == 0 or k in ends:
            drafts.append(_Draft())
        elif k in points:
            drafts[-1].points.append(points[k])
        drafts[-1].glyphs.append(glyph)
    return drafts, signs + [points[k] for k in points if k in ends]


def _is_within(sign: NamedSign, k: int, glyphs: list[Glyph], ends: set[int]) -> bool:
    """Tell whether a sign is a point between the digits before and after it."""
    if not is_point(sign.name) or not 0 < k < len(glyphs):
        return False
    before, after = glyphs[k - 1].stroke.box, glyphs[k].stroke.box
    left, _, right, _ = sign.stroke.box
    height = max(before[3] - before[1], after[3] - after[1], HEIGHT / 2)
    if max(left - before[2], after[0] - right) > NEAR * height:
        return False
    ends.discard(k)
    return True


def _words(row: Row, glyphs: list[Glyph]) -> np.ndarray:
    """Return the number of the word of each glyph: its cell, or what is near it."""
    boxes = np.array([glyph.stroke.box for glyph in glyphs], float)
    if row.grid is not None:
        if is_comb(row.grid, HEIGHT):
            return np.zeros(len(glyphs), int)
        return row.grid.locate((boxes[:, :2] + boxes[:, 2:]) / 2)[:, 1]
    words = np.empty(len(glyphs), int)
    for word, members in enumerate(split_words(boxes, np.arange(len(boxes)))):
        words[members] = word
    return words


def _number(draft: _Draft, place: Placing) -> Number:
    digits = tuple(
        Digit(
            place(glyph.stroke.box),
            glyph.digit,
            glyph.probabilities,
            glyph.confidence,
            glyph.image,
        )
        for glyph in draft.glyphs
    )
    points = tuple(
        Sign(place(sign.stroke.box), sign.name, sign.confidence)
        for sign in draft.points
    )
    return Number(digits, points)


def _tables(page: Page, place: Placing, min_confidence: float) -> list[Table]:
    """Return what stands in ruled tables, then what stands in aligned columns."""
    things = [(row.grid, _things(row, min_confidence)) for row in page.rows]
    tables = [
        fill(grid, [thing for of, some in things if of is grid for thing in some])
        for grid in page.grids
    ]
    tables += align([some for grid, some in things if grid is None and some])
    return [
        Table(
            table.cells,
            tuple(tuple(place(box) for box in row) for row in table.boxes),
        )
        for table in tables
        if any(map(any, table.cells))
    ]


def _things(row: Row, min_confidence: float) -> list[Thing]:
    """Return what stands in the cells of a row, from left to right."""
    things: list[Thing] = [
        (sign.stroke.box, sign.name, sign.name != UNKNOWN) for sign in row.signs
    ]
    for glyph in row.glyphs:
        is_sure = glyph.confidence >= min_confidence
        if is_sure or glyph.is_digit >= 0.5:
            label = str(glyph.digit)
            things.append((glyph.stroke.box, label, is_sure))
    return sorted(things)

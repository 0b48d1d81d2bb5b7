"""1s, brackets and slashes look alike: their bow, slant, height and place part them."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from skdigits.reading._layout import cut, split_words
from skdigits.reading._row import Glyph, NamedSign, Row
from skdigits.reading._strokes import LOWEST_ONE, Stroke

# A line is smooth if a parabola fits it so well, in its heights, and if so many of its
# rows have no gap: 93 % of MNIST's 1s are, and 1 % of its 7s.
ERROR, IN_ONE_PIECE = 0.04, 0.95
# How far the middle of a bracket is beside its ends, in its heights: of one of two, and
# of one that closes alone, as in "1)". Of MNIST's 1s, 2 % are as bowed as the first,
# and less than 0.1 % as the second, to its side; brackets of synthetic/labelled have
# 0.16 to 0.26.
BOW, BOW_ALONE = 0.1, 0.19
# Slashes lean by so much of their height, and are no more bowed; those of
# synthetic/labelled lean by 0.25 to 0.6.
SLANT, STRAIGHT = 0.2, 0.08
# Lines are alike if their heights differ by no more than this factor, and their slants
# by no more than this.
AS_HIGH, AS_SLANTED = 1.25, 0.15
# Of two slashes that no label tells, both lean by so much more than the digits around:
# 30 of 40 dates are read with this, and 31 without; 2 and 8 of 40 numbers 314159, whose
# 1s are any of MNIST's, are taken for dates.
MORE_SLANTED = 0.25
# Of a row, "d" is a digit, "l" a line that is a 1 or a slash, and " " a wide gap.
DATE = re.compile(
    r"(?<!\S)([dl]{1,2}) ?([l/]) ?([dl]{1,2}) ?([l/]) ?([dl]{4}|[dl]{2})(?!\S)"
)
DAYS, MONTHS = 31, 12
# A slash that is no part of a date is higher than so many heights of the digits around;
# a lower one is a 1 that leans. MNIST's 1s that labels take for signs have 0.96 to
# 1.04, the slashes of synthetic/labelled 1.08 to 1.62.
HIGHEST_ONE = 1.06

Things = Sequence[Glyph | NamedSign]


@dataclass(frozen=True)
class Curve:
    """A line from top to bottom, as a parabola. Lengths are in its heights.

    Parameters
    ----------
    height : int
        In pixels.

    slant : float
        How far its top is to the right of its bottom.

    bow : float
        How far its ends are to the right of its middle.

    is_smooth : bool
        Whether it is such a line at all.
    """

    height: int
    slant: float
    bow: float
    is_smooth: bool

    @property
    def is_slash(self) -> bool:
        """Whether it may be a slash."""
        return self.is_smooth and self.slant > SLANT and abs(self.bow) < STRAIGHT

    def is_as_high_as(self, other: "Curve") -> bool:
        """Tell whether two lines have about the same height."""
        return 1 / AS_HIGH < self.height / other.height < AS_HIGH

    def is_like(self, other: "Curve") -> bool:
        """Tell whether two lines have about the same height and slant."""
        is_as_slanted = abs(self.slant - other.slant) < AS_SLANTED
        return is_as_slanted and self.is_as_high_as(other)

    def encloses(self, other: "Curve") -> bool:
        """Tell whether two lines are brackets, this the left and that the right one."""
        are_bowed = self.bow > BOW and other.bow < -BOW
        are_smooth = self.is_smooth and other.is_smooth
        return are_bowed and are_smooth and self.is_as_high_as(other)


def follow(mask: np.ndarray) -> Curve:
    """Fit a parabola to a line.

    Parameters
    ----------
    mask : ndarray of shape (h, w), bool
        Its ink, cropped to it.

    Returns
    -------
    curve : Curve
        The parabola.
    """
    height = len(mask)
    inked = mask.any(axis=1)
    ink = mask[inked]
    counts = np.count_nonzero(ink, axis=1)
    left, right = ink.argmax(axis=1), ink.shape[1] - ink[:, ::-1].argmax(axis=1)
    if len(ink) < 3 or np.mean(right - left == counts) <= IN_ONE_PIECE:
        return Curve(height, 0.0, 0.0, False)
    down, middles = np.linspace(-1, 1, height)[inked], (left + right) / 2 / height
    bow, slope, middle = np.polyfit(down, middles, 2)
    error = np.sqrt(np.mean((np.polyval([bow, slope, middle], down) - middles) ** 2))
    return Curve(height, float(-2 * slope), float(bow), bool(error < ERROR))


def lean(mask: np.ndarray) -> float:
    """Return how far a shape leads to the right from bottom to top, in its heights.

    Parameters
    ----------
    mask : ndarray of shape (h, w), bool
        Its ink.

    Returns
    -------
    slant : float
        From its moments, as Deskewer measures it.
    """
    rows, columns = mask.nonzero()
    (height, both), _ = np.cov(rows, columns)
    return -both / max(height, 1.0)


def part_ones(row: Row, read: Callable[[Sequence[Stroke]], list[Glyph]]) -> Row:
    """Take brackets, and the slashes of a date, for signs, and leaning 1s for digits.

    Parameters
    ----------
    row : Row
        What stands side by side.

    read : callable
        Classifies strokes.

    Returns
    -------
    row : Row
        The same, with these glyphs among the signs, and these signs among the glyphs.
    """
    things: list[Glyph | NamedSign] = [*row.glyphs, *row.signs]
    if len(things) < 2:  # no pair, nor what stands before or after it
        return row
    things.sort(key=lambda one: one.stroke.box[0])
    curves = [follow(one.stroke.mask) for one in things]
    boxes = np.array([one.stroke.box for one in things], float).reshape(-1, 4)
    names: dict[int, str] = {}
    for words in _words_of_cells(row, boxes):
        names.update(_slashes(things, curves, words))
        names.update(_brackets(things, curves, words))
    ones = _ones(things, curves, read)
    glyphs: list[Glyph] = []
    signs: list[NamedSign] = []
    for k, one in enumerate(things):
        if k not in names and k in ones:
            glyphs.append(ones[k])
        elif isinstance(one, NamedSign):
            signs.append(one)
        elif k in names:
            signs.append(NamedSign(one.stroke, names[k], 1.0))
        else:
            glyphs.append(one)
    return replace(row, glyphs=glyphs, signs=signs)


def _ones(
    things: Things,
    curves: Sequence[Curve],
    read: Callable[[Sequence[Stroke]], list[Glyph]],
) -> dict[int, Glyph]:
    """Return which signs are 1s that lean to the left, or are no higher than digits."""
    digits = [one.stroke.height for one in things if isinstance(one, Glyph)]
    if not digits:
        return {}
    highest = HIGHEST_ONE * np.median(digits)
    may_be = [
        k
        for k, (one, curve) in enumerate(zip(things, curves, strict=True))
        if isinstance(one, NamedSign)
        and curve.height > LOWEST_ONE
        and curve.is_smooth
        and abs(curve.bow) < STRAIGHT
        and (curve.slant < SLANT or curve.height <= highest)
    ]
    glyphs = read([things[k].stroke for k in may_be])
    return {
        k: glyph
        for k, glyph in zip(may_be, glyphs, strict=True)
        if glyph.digit == 1 and glyph.is_digit > 0.5
    }


def _words_of_cells(row: Row, boxes: np.ndarray) -> list[list[np.ndarray]]:
    """Return the words of each cell of a table, or those of the row."""
    words = split_words(boxes, np.arange(len(boxes)))
    if row.grid is None:
        return [words]
    columns = row.grid.locate((boxes[:, :2] + boxes[:, 2:]) / 2)[:, 1]
    cells: dict[int, list[np.ndarray]] = {}
    for word in words:
        for part in cut(word, np.diff(columns[word]) != 0):
            cells.setdefault(int(columns[part[0]]), []).append(part)
    return list(cells.values())


def _brackets(
    things: Things, curves: Sequence[Curve], words: Sequence[np.ndarray]
) -> Iterator[tuple[int, str]]:
    """Yield which things are brackets, and their names."""
    for word in words:
        some = [curves[k] for k in word]
        for place, k in enumerate(word):
            thing, curve = things[k], curves[k]
            # Something stands between the two of a pair.
            opens = any(map(curve.encloses, some[place + 2 :]))
            closes = any(one.encloses(curve) for one in some[: max(place - 1, 0)])
            is_one = isinstance(thing, Glyph) and thing.digit == 1
            is_bowed = is_one and curve.is_smooth and curve.bow < -BOW_ALONE
            is_alone = is_bowed and 0 < place == len(word) - 1
            if opens or closes or is_alone:
                yield k, "(" if curve.bow > 0 else ")"


def _slashes(
    things: Things, curves: Sequence[Curve], words: Sequence[np.ndarray]
) -> Iterator[tuple[int, str]]:
    """Yield which things part the day, the month and the year of a date."""
    text, places = "", []
    for word in words:
        text += "".join(_character(things[k], curves[k]) for k in word) + " "
        places += [*word, -1]
    for date in DATE.finditer(text):
        day, month, year = (places[slice(*date.span(k))] for k in (1, 3, 5))
        low, high = sorted(_number(things[k] for k in part) for part in (day, month))
        slashes = [places[date.start(k)] for k in (2, 4)]
        first, second = (curves[k] for k in slashes)
        is_named = any(isinstance(things[k], NamedSign) for k in slashes)
        # Where 1s look the same, these may be 1s, too.
        ones = [curves[k] for k in day + month + year if text[places.index(k)] == "l"]
        is_like_one = any(one.is_like(first) or one.is_like(second) for one in ones)
        usual = np.median([lean(things[k].stroke.mask) for k in day + month + year])
        leans = min(first.slant, second.slant) > usual + MORE_SLANTED
        is_date = 0 < low <= MONTHS and high <= DAYS and not is_like_one
        if is_date and (is_named or (leans and first.is_like(second))):
            yield from ((k, "/") for k in slashes)


def _character(thing: Glyph | NamedSign, curve: Curve) -> str:
    if isinstance(thing, NamedSign):
        return thing.name
    return "l" if thing.digit == 1 and curve.is_slash else "d"


def _number(things: Iterable[Glyph | NamedSign]) -> int:
    digits = [str(one.digit) for one in things if isinstance(one, Glyph)]
    return int("".join(digits))

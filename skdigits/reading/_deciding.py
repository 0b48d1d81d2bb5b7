"""From the glyphs of a page to digits, and from digits to numbers."""

import numpy as np

from skdigits.reading._context import TEXT
from skdigits.reading._page import Glyph, Page
from skdigits.reading._results import Box, Digit, Line, Number, Rejected

# Digits that are further apart than this, in heights, are of two numbers.
GAP = 0.75


def decide(
    page: Page,
    size: tuple[int, int],
    work_size: tuple[int, int],
    min_confidence: float,
) -> tuple[tuple[Line, ...], tuple[Rejected, ...]]:
    """Part digits from all else, and group them.

    Parameters
    ----------
    page : Page
        What was found.

    size, work_size : tuple (width, height)
        Of the image, and of the picture that the page was found on.

    min_confidence : float
        Digits that are less probable are rejected.

    Returns
    -------
    lines : tuple of Line
        From top to bottom.

    rejected : tuple of Rejected
        All else.
    """

    def place(box: Box) -> Box:
        return _in_image(box, size, work_size)

    rejected = [Rejected(place(s.box), reason) for s, reason in page.others]
    lines = []
    for line in page.lines:
        digits = []
        for glyph in line:
            label = int(glyph.probabilities.argmax())
            seen = (label, glyph.probabilities)
            box = place(glyph.stroke.box)
            if glyph.confidence >= min_confidence:
                digits.append(Digit(box, *seen, glyph.confidence, glyph.image))
            else:
                rejected.append(Rejected(box, _reason(glyph), *seen, glyph.image))
        if digits:
            lines.append(Line(tuple(group_numbers(digits))))
    return tuple(lines), tuple(rejected)


def _reason(glyph: Glyph) -> str:
    if glyph.is_digit >= 0.5:
        first, second = np.argsort(-glyph.probabilities)[:2]
        return f"not read surely enough: {first} or {second}"
    return "text" if glyph.context_log_odds < TEXT else "no digit"


def _in_image(box: Box, size: tuple[int, int], work_size: tuple[int, int]) -> Box:
    """Map a box of the working picture to one of the image that covers it."""
    x, y = size[0] / work_size[0], size[1] / work_size[1]
    left, top, right, bottom = box
    return (
        int(left * x),
        int(top * y),
        min(size[0], int(np.ceil(right * x))),
        min(size[1], int(np.ceil(bottom * y))),
    )


def group_numbers(digits: list[Digit]) -> list[Number]:
    """Part a line where the space between digits is wide.

    Parameters
    ----------
    digits : list of Digit
        Of a line.

    Returns
    -------
    numbers : list of Number
        From left to right.
    """
    digits = sorted(digits, key=lambda digit: digit.box[0])
    height = np.median([digit.box[3] - digit.box[1] for digit in digits])
    groups = [[digits[0]]]
    for digit in digits[1:]:
        gap = digit.box[0] - max(one.box[2] for one in groups[-1])
        if gap > GAP * height:
            groups.append([digit])
        else:
            groups[-1].append(digit)
    return [Number(tuple(group)) for group in groups]

"""Brackets and slashes that look like a 1, beside 1s that are."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageDraw

from skdigits.reading._false_ones import follow, lean, part_ones
from skdigits.reading._grid import Grid
from skdigits.reading._labels import Label
from skdigits.reading._row import Glyph, NamedSign, Row
from skdigits.reading._strokes import Stroke

HEIGHT, PITCH = 40, 32


def drawn(points, width=4):
    """Return the ink of a line, cropped to it; points are in heights."""
    image = Image.new("L", (3 * HEIGHT, 2 * HEIGHT))
    corners = [((x + 1) * HEIGHT, (y + 0.25) * HEIGHT) for x, y in points]
    ImageDraw.Draw(image).line(corners, 255, width, "curve")
    ink = np.asarray(image) > 0
    return ink[np.ix_(ink.any(axis=1), ink.any(axis=0))]


def arc(bow):
    """Draw a bracket whose ends are so far to the right of its middle."""
    down = np.linspace(-1, 1, 15)
    return drawn(list(zip(bow * down**2, (down + 1) / 2, strict=True)))


def line(slant, height=1.0):
    """Draw a line whose top is so far to the right of its bottom."""
    return drawn([(slant * height, 1 - height), (0, 1)])


SHAPES = {
    "/": line(0.45),
    "|": line(0.05),
    "(": arc(0.24),
    ")": arc(0.24)[:, ::-1],
    "[": arc(0.14),  # one of a pair of flat brackets
    "]": arc(0.14)[:, ::-1],
    "A": line(0.45, 0.7),  # a shorter slash
    "V": line(0.45, 1.3),  # a higher one
    "\\": line(0.45)[:, ::-1],
}


def row_of(text, named=()):
    """Return a row; what is no digit was read as a 1, but for what is named."""
    glyphs, signs = [], []
    for k, character in enumerate(text):
        if character == " ":
            continue
        mask = SHAPES.get(character, np.ones((HEIGHT, 20), bool))
        left, top = k * PITCH, HEIGHT - mask.shape[0]
        box = (left, top, left + mask.shape[1], HEIGHT)
        stroke = Stroke(box, mask, Label.DIGIT, 1.0)
        if k in named:
            signs.append(NamedSign(stroke, character, 0.9))
        else:
            digit = 1 if character in SHAPES else int(character)
            glyphs.append(glyph_of(stroke, digit))
    return Row(glyphs, signs, None)


def glyph_of(stroke, digit=1, is_digit=1.0):
    image = np.zeros((28, 28), np.uint8)
    return Glyph(stroke, is_digit, np.eye(10)[digit] * 0.9 + 0.01, image)


def as_ones(strokes):
    return list(map(glyph_of, strokes))


def read(text, named=()):
    row = part_ones(row_of(text, named), as_ones)
    assert len(row.glyphs) + len(row.signs) == len(text.replace(" ", ""))
    digits = "".join(str(glyph.digit) for glyph in row.glyphs)
    return digits, "".join(sign.name for sign in row.signs)


def test_follow_a_slash():
    curve = follow(SHAPES["/"])
    assert curve.is_smooth
    assert curve.slant == pytest.approx(0.42, abs=0.05)
    assert curve.bow == pytest.approx(0, abs=0.02)


def test_follow_a_bracket():
    curve = follow(SHAPES[")"])
    assert curve.is_smooth
    assert curve.slant == pytest.approx(0, abs=0.02)
    assert curve.bow == pytest.approx(-0.22, abs=0.04)


@pytest.mark.parametrize("mask", [np.eye(2, dtype=bool), np.ones((1, 30), bool)])
def test_what_is_too_low_is_no_curve(mask):
    assert not follow(mask).is_smooth


def test_a_ring_is_no_curve():
    ring = np.ones((HEIGHT, 20), bool)
    ring[5:-5, 5:-5] = False
    assert not follow(ring).is_smooth


@pytest.mark.parametrize(
    ("text", "digits", "signs"),
    [
        ("(42)", "42", "()"),
        ("[42]", "42", "()"),
        ("4)", "4", ")"),
        ("|42|", "1421", ""),
        # One alone may be a 1, unless it ends a word, and so may two with nothing
        # between.
        ("(42", "142", ""),
        (")42", "142", ""),
        ("4)2", "412", ""),
        ("[42", "142", ""),
        ("42]", "421", ""),
        ("[]", "11", ""),
        # Brackets open, then close, and stand in one word.
        ("]42[", "1421", ""),
        ("[4    2]", "1421", ""),
    ],
)
def test_brackets(text, digits, signs):
    assert read(text) == (digits, signs)


@pytest.mark.parametrize(
    "text",
    [
        "25/12/2024",
        "12/25/24",
        "5/6/78",
        "4 25/12/2024 3",
        "|2/|2/24",
        "25 / 12 / 2024",
    ],
)
def test_slashes_of_a_date(text):
    digits = text.replace("/", "").replace(" ", "").replace("|", "1")
    assert read(text) == (digits, "//")


@pytest.mark.parametrize(
    "text",
    [
        "32/12/2024",  # no day
        "25/13/2024",  # no month
        "0/12/24",
        "25/12/204",
        "3/4",
        "25|07|2024",  # upright
        "25/12A2024",  # not alike
        "2//12/2024",  # a 1 of the same slant
        "25/12/2024/7",
    ],
)
def test_leaning_ones_elsewhere_are_digits(text):
    digits = "".join("1" if one in SHAPES else one for one in text)
    assert read(text) == (digits, "")


@pytest.mark.parametrize(
    ("text", "sides", "signs"),
    [
        ("3 / 4 / 59", [1, 3, 5, 7], ""),
        ("3/4/59", [1, 2, 3, 4], ""),
        ("[42]", [1, 3], ""),
        ("25/12/24 3", [8, 9], "//"),
        ("3 (42)", [1, 2], "()"),
    ],
)
def test_dates_and_brackets_do_not_span_cells(text, sides, signs):
    x = np.array([-0.2, *sides, len(text)]) * PITCH - 4
    corners = np.stack(np.meshgrid(x, [-20, HEIGHT + 20]), axis=2)
    row = replace(row_of(text), grid=Grid(corners))
    found = part_ones(row, as_ones)
    assert "".join(sign.name for sign in found.signs) == signs
    if not signs:
        assert part_ones(replace(row, grid=None), as_ones).signs


def test_a_slash_that_is_named_tells_of_the_other():
    assert read("25/12A2024", named=[2]) == ("25122024", "//")


def test_where_all_leans_slanted_lines_are_ones():
    row = row_of("25/07/2024")
    leaning = SHAPES["/"]
    glyphs = [
        replace(glyph, stroke=replace(glyph.stroke, mask=leaning))
        for glyph in row.glyphs
    ]
    assert part_ones(replace(row, glyphs=glyphs), as_ones).signs == []


@pytest.mark.parametrize(
    ("text", "named", "digits", "signs"),
    [
        ("3/8", [1], "318", ""),  # no higher than the digits beside it
        ("3V8", [1], "38", "V"),
        ("3\\8", [1], "318", ""),  # no sign leans to the left
        ("3|8", [1], "318", ""),
        ("3(8", [1], "38", "("),
        ("25/12/24", [2], "251224", "//"),  # but in a date
        ("/", [0], "", "/"),  # there is nothing to compare it with
    ],
)
def test_signs_that_are_leaning_ones(text, named, digits, signs):
    assert read(text, named) == (digits, signs)


@pytest.mark.parametrize("unlike", [{"digit": 7}, {"is_digit": 0.4}])
def test_a_sign_that_does_not_look_like_a_one_stays_one(unlike):
    row = row_of("3/8", named=[1])

    def see(strokes):
        return [glyph_of(stroke, **unlike) for stroke in strokes]

    assert [sign.name for sign in part_ones(row, see).signs] == ["/"]


def test_lean():
    assert lean(SHAPES["/"]) == pytest.approx(0.43, abs=0.03)
    assert lean(SHAPES["/"][:, ::-1]) == pytest.approx(-0.43, abs=0.03)
    assert lean(np.ones((HEIGHT, 20), bool)) == pytest.approx(0, abs=0.01)
    assert lean(np.ones((1, 9), bool)) == 0

"""Digits and signs of rows, grouped to numbers, lines and tables."""

import numpy as np
import pytest

from skdigits.reading._deciding import decide
from skdigits.reading._grid import Grid
from skdigits.reading._labels import Label
from skdigits.reading._page import Page
from skdigits.reading._placing import Placing
from skdigits.reading._row import Glyph, NamedSign, Row
from skdigits.reading._strokes import Stroke

HEIGHT = 26
SAME_PLACE = Placing((300, 600), 0, (600, 300))


def stroke_at(left, top, width, height, label=Label.DIGIT):
    box = (left, top, left + width, top + height)
    return Stroke(box, np.ones((height, width), bool), label, 1.0)


def glyph(label, left, top=40, sure=0.99, second=None, is_digit=1.0):
    """Return a digit 14 pixels wide."""
    probabilities = np.full(10, (1 - sure) / 9)
    if second is not None:
        probabilities[:] = 0
        probabilities[second] = 1 - sure
    probabilities[label] = sure
    image = np.zeros((28, 28), np.uint8)
    return Glyph(stroke_at(left, top, 14, HEIGHT), is_digit, probabilities, image)


def sign(name, left, top=40, width=4, height=4):
    return NamedSign(stroke_at(left, top, width, height, Label.SIGN), name, 0.9)


def point(left, name="."):
    return sign(name, left, top=62)


def write(text, left=20, apart=20, top=40):
    """Return the digits of a text; a space is as wide as one."""
    return [
        glyph(int(character), left + apart * k, top)
        for k, character in enumerate(text)
        if character != " "
    ]


def read(*rows, others=(), grids=(), least=0.5, place=SAME_PLACE):
    return decide(Page(list(rows), list(others), list(grids)), place, least)


def texts(lines):
    return [line.text for line in lines]


def reasons(rejected):
    return [(one.box, one.reason) for one in rejected]


def grid(n_rows, n_columns, width, height=40, left=10, top=33):
    x, y = np.meshgrid(
        left + width * np.arange(n_columns + 1), top + height * np.arange(n_rows + 1)
    )
    return Grid(np.stack([x, y], axis=2).astype(float))


# Numbers


def test_digits_are_what_was_classified():
    lines, rejected, tables = read(Row(write("507"), [], None))
    assert (texts(lines), rejected, tables) == (["507"], (), ())
    digit = lines[0].numbers[0].digits[1]
    assert (digit.label, digit.box) == (0, (40, 40, 54, 66))
    assert digit.probabilities.argmax() == 0
    assert digit.confidence == pytest.approx(0.99)
    assert digit.image.shape == (28, 28)


def test_lines_are_in_the_order_of_rows_and_digits_from_left_to_right():
    rows = [
        Row(write("12 34", top=40)[::-1], [], None),
        Row(write("7", top=90), [], None),
    ]
    assert texts(read(*rows)[0]) == ["12 34", "7"]


@pytest.mark.parametrize("name", list("/-+:=%x*?"))
def test_a_sign_ends_the_number(name):
    glyphs = [*write("12"), *write("34", left=66)]
    between = sign(name, 57, top=45, height=14)
    lines, rejected, _ = read(Row(glyphs, [between], None))
    assert texts(lines) == ["12 34"]
    assert reasons(rejected) == [(between.stroke.box, f"a sign: {name}")]


@pytest.mark.parametrize(("name", "text"), [(".", "20.5"), (",", "20,5")])
def test_a_point_between_two_digits_belongs_to_the_number(name, text):
    glyphs = [*write("20"), *write("5", left=64)]
    lines, rejected, _ = read(Row(glyphs, [point(57, name)], None))
    (number,) = lines[0].numbers
    assert (number.text, number.value, rejected) == (text, 20.5, ())
    assert [(one.label, one.box) for one in number.points] == [(name, (57, 62, 61, 66))]


def test_a_point_parts_no_words_even_if_it_stands_wide():
    glyphs = [*write("20"), *write("5", left=54 + 22)]
    assert texts(read(Row(glyphs, [], None))[0]) == ["20 5"]
    assert texts(read(Row(glyphs, [point(63)], None))[0]) == ["20.5"]


@pytest.mark.parametrize(
    ("at", "next_digit"),
    [(57, 90), (85, 90), (10, 64), (90, 64)],
    ids=["far from the next", "far from the one before", "first", "last"],
)
def test_a_point_elsewhere_is_rejected_by_its_name(at, next_digit):
    glyphs = [*write("20"), *write("5", left=next_digit)]
    lines, rejected, _ = read(Row(glyphs, [point(at)], None))
    assert texts(lines) == ["20 5" if next_digit == 90 else "205"]
    assert reasons(rejected) == [((at, 62, at + 4, 66), "a sign: .")]


def test_the_second_of_two_points_ends_the_number():
    glyphs = [*write("20"), *write("5", left=68)]
    lines, rejected, _ = read(Row(glyphs, [point(56), point(62)], None))
    assert texts(lines) == ["20 5"]
    assert sorted(reasons(rejected)) == [
        ((56, 62, 60, 66), "a sign: ."),
        ((62, 62, 66, 66), "a sign: ."),
    ]


def test_a_date_has_two_points():
    glyphs = [*write("12"), *write("05", left=64), *write("24", left=108)]
    lines, _, _ = read(Row(glyphs, [point(57), point(101)], None))
    (number,) = lines[0].numbers
    assert (number.text, number.value) == ("12.05.24", None)


@pytest.mark.parametrize("at", [5, 70])
def test_a_sign_that_stands_outside_parts_nothing(at):
    lines, rejected, _ = read(Row(write("17"), [sign("-", at, width=10)], None))
    assert texts(lines) == ["17"]
    assert reasons(rejected) == [((at, 40, at + 10, 44), "a sign: -")]


def test_a_wide_gap_parts_numbers():
    assert texts(read(Row(write("12  34"), [], None))[0]) == ["12 34"]


# Rejected


def test_a_digit_that_is_not_sure_is_rejected_with_the_two_most_probable():
    unsure = glyph(4, 40, sure=0.6, second=9)
    row = Row([*write("1"), unsure, *write("2", left=60)], [], None)
    assert texts(read(row, least=0.59)[0]) == ["142"]
    lines, (rejected,), _ = read(row, least=0.61)
    assert "4" not in texts(lines)[0]
    assert rejected.reason == "not read surely enough: 4 or 9"
    assert (rejected.box, rejected.label) == (unsure.stroke.box, 4)
    assert rejected.probabilities is unsure.probabilities
    assert rejected.image is unsure.image


def test_what_is_no_digit_is_rejected_as_that_however_sure_its_label():
    lines, (rejected,), _ = read(Row([glyph(8, 40, is_digit=0.3)], [], None))
    assert lines == ()
    assert (rejected.reason, rejected.label) == ("no digit", 8)


def test_a_row_without_digits_is_no_line():
    rows = [
        Row([], [], None),
        Row([], [sign("-", 40)], None),
        Row([glyph(3, 20, sure=0.4)], [point(40)], None),
    ]
    lines, rejected, tables = read(*rows, others=[((1, 2, 3, 4), "text")])
    assert (lines, tables) == ((), ())
    assert sorted(one.reason.split(":")[0] for one in rejected) == [
        "a sign",
        "a sign",
        "not read surely enough",
        "text",
    ]
    assert read() == ((), (), ())


def test_all_boxes_are_of_the_image():
    place = Placing((300, 600), 0, (1200, 600))
    glyphs = [*write("20"), *write("5", left=64), glyph(1, 200, sure=0.4)]
    signs = [point(57), sign("-", 100, width=10)]
    lines, rejected, _ = read(
        Row(glyphs, signs, None), others=[((1, 2, 3, 4), "text")], place=place
    )
    (number,) = lines[0].numbers
    assert number.box == (40, 80, 156, 132)
    assert number.points[0].box == (114, 124, 122, 132)
    assert sorted(one.box for one in rejected) == [
        (2, 4, 6, 8),
        (200, 80, 220, 88),
        (400, 80, 428, 132),
    ]


# Tables


def test_cells_of_a_grid_are_numbers_of_their_own():
    """However near to each other the digits are."""
    table = grid(2, 3, width=44)
    rows = [
        Row([*write("12", left=16, apart=16), *write("3", left=56)], [], table),
        Row(write("456", left=24, apart=44, top=80), [], table),
    ]
    lines, rejected, (found,) = read(*rows, grids=[table])
    assert texts(lines) == ["12 3", "4 5 6"]
    assert rejected == ()
    assert found.cells == (("12", "3", ""), ("4", "5", "6"))
    assert found.boxes[1][2] == (98, 73, 142, 113)


@pytest.mark.parametrize(("width", "text"), [(36, "4150"), (60, "4 1 5 0")])
def test_a_comb_is_one_number(width, text):
    comb = grid(1, 4, width)
    row = Row(write("4150", left=20, apart=width), [], comb)
    lines, _, tables = read(row, grids=[comb])
    assert texts(lines) == [text]
    assert [table.cells for table in tables] == [(("4", "1", "5", "0"),)]


def test_cells_show_what_was_not_read_surely():
    table = grid(1, 4, width=60)
    glyphs = [
        glyph(1, 20),
        glyph(7, 80, sure=0.4),
        glyph(8, 140, is_digit=0.2),
        glyph(5, 200),
    ]
    signs = [point(217), sign("?", 222, top=45, height=14)]
    _, _, (found,) = read(Row(glyphs, signs, table), grids=[table])
    assert found.cells == (("1", "?", "", "5.?"),)


def test_what_stands_in_rules_is_in_no_other_table():
    table = grid(5, 2, width=180, top=13)
    rows = [
        Row([*write("12", top=top), *write("34", left=200, top=top)], [], table)
        for top in range(20, 220, 40)
    ]
    below = Row(write("9", top=240), [], None)
    _, _, tables = read(*rows, below, grids=[table])
    assert [found.cells for found in tables] == [(("12", "34"),) * 5]


def test_cells_are_places_of_the_image():
    table = grid(1, 2, width=60)
    place = Placing((300, 600), 0, (1200, 600))
    _, _, (found,) = read(Row(write("7"), [], table), grids=[table], place=place)
    assert found.boxes == (((20, 66, 140, 146), (140, 66, 260, 146)),)


def test_an_empty_table_is_none():
    table = grid(2, 2, width=60)
    assert read(grids=[table]) == ((), (), ())


def test_columns_without_rules_are_a_table():
    rows = [
        Row([*write("12", top=top), *write("34", left=200, top=top)], [], None)
        for top in range(20, 260, 40)
    ]
    lines, _, (found,) = read(*rows)
    assert texts(lines) == ["12 34"] * 6
    assert found.cells == (("12", "34"),) * 6

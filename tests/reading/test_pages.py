"""Pages with what goes wrong on those that people bring; each was misread once."""

import numpy as np
import pytest

from skdigits.reading._grid import Grid
from skdigits.reading._labels import Label
from skdigits.reading._page import _glyph, _group_rows, _part_kinds, _take_back
from skdigits.reading._recognizing import Seen
from skdigits.reading._sifting import DOT
from skdigits.reading._strokes import Stroke
from synthetic.sheets import Sheet


def texts(reading):
    return [line.text for line in reading.lines]


def reasons(reading):
    return {rejected.reason for rejected in reading.rejected}


def test_row_is_one_line_however_far_its_digits_are_apart(reader, digits):
    sheet = Sheet(digits, (140, 1400))
    for k, digit in enumerate("4081726"):
        sheet.write(digit, 60 + 190 * k, 45 + 6 * (k % 2))
    assert "".join(texts(reader.read(sheet.photograph()))).replace(" ", "") == "4081726"
    assert len(texts(reader.read(sheet.photograph()))) == 1


def test_rows_of_a_table_do_not_interleave(reader, digits):
    sheet = Sheet(digits, (420, 700))
    numbers = ["12 34 56", "70 81 92", "35 46 28", "61 93 47"]
    for k, number in enumerate(numbers):
        for j, cell in enumerate(number.split()):
            sheet.write(cell, 50 + 220 * j, 40 + 90 * k + 12 * j)
    assert texts(reader.read(sheet.photograph())) == numbers


def test_table_in_rules(reader, digits):
    sheet = Sheet(digits, (330, 520))
    sheet.grid([20, 180, 340, 500], [20, 115, 210, 305])
    cells = (("12", "7", "340"), ("", "58", "6"), ("91", "", "25"))
    for row, texts_of_row in enumerate(cells):
        for column, text in enumerate(texts_of_row):
            sheet.write(text, 45 + 160 * column, 48 + 95 * row)
    reading = reader.read(sheet.photograph())
    assert [table.cells for table in reading.tables] == [cells]
    assert texts(reading) == ["12 7 340", "58 6", "91 25"]


def test_digits_belong_to_the_finer_of_two_grids():
    """A false grid of a column of the newspaper took a third of a puzzle's digits."""
    coarse = Grid(np.stack(np.meshgrid([0, 250, 500], [0, 250, 500]), axis=-1))
    lines = np.arange(100, 401, 50)
    fine = Grid(np.stack(np.meshgrid(lines, lines), axis=-1))
    mask = np.ones((26, 14), bool)
    strokes = [
        Stroke((x + 18, y + 12, x + 32, y + 38), mask, Label.DIGIT, 1.0)
        for x, y in fine.corners[:-1, :-1].reshape(-1, 2).tolist()
    ]
    rows, spanning = _group_rows(strokes, [coarse, fine])
    assert spanning == []
    assert [(len(members), grid) for members, grid in rows] == [(6, fine)] * 6


def test_comb_is_one_number(reader, digits):
    sheet = Sheet(digits, (130, 620))
    sheet.rule((30, 95), (590, 95))
    for k in range(11):
        sheet.rule((30 + 56 * k, 75), (30 + 56 * k, 95))
    for k, digit in enumerate("4150926834"):
        sheet.write(digit, 44 + 56 * k, 48)
    reading = reader.read(sheet.photograph())
    assert [number.text for number in reading.numbers] == ["4150926834"]


@pytest.mark.parametrize("sign", list("/-+:%"))
def test_sign_is_named_and_parts_numbers(reader, digits, sign):
    sheet = Sheet(digits, (120, 400))
    sheet.write(f"12{sign}34", 60, 40)
    reading = reader.read(sheet.photograph())
    assert [number.text for number in reading.numbers] == ["12", "34"]
    assert f"a sign: {sign}" in reasons(reading)


@pytest.mark.parametrize(("text", "value"), [("20.5", 20.5), ("3,75", 3.75)])
def test_point_belongs_to_its_number(reader, digits, text, value):
    sheet = Sheet(digits, (120, 400), seed=1)
    sheet.write(text, 60, 40, gap=0.15)
    [number] = reader.read(sheet.photograph()).numbers
    assert (number.text, number.value) == (text, value)


def test_digit_keeps_to_itself_beside_a_sign(reader, digits):
    sheet = Sheet(digits, (120, 300))
    sheet.write("8+3", 60, 40, gap=0.1)
    assert [n.text for n in reader.read(sheet.photograph()).numbers] == ["8", "3"]


def test_digits_beside_a_dark_area(reader, digits):
    sheet = Sheet(digits, (400, 600), seed=1)
    sheet.ink[:90] = 0.95
    sheet.ink[:, 540:] = 0.8
    sheet.write("2719", 60, 160)
    sheet.write("3604", 60, 260)
    reading = reader.read(sheet.photograph(noise=0.01))
    assert texts(reading) == ["2719", "3604"]
    assert "a dark area" in reasons(reading)


def test_bright_digits_in_a_dark_box(reader, digits):
    sheet = Sheet(digits, (300, 600))
    sheet.write("5138", 60, 60)
    box = sheet.ink[160:250, 40:420]
    sheet.ink[:] = np.where(sheet.ink > 0.05, sheet.ink, 0)
    inner = Sheet(digits, box.shape, seed=2)
    inner.write("4207", 30, 24)
    box[:] = 1 - inner.ink
    assert texts(reader.read(sheet.photograph())) == ["5138", "4207"]


def test_pieces_of_rules_are_no_digits(reader, digits):
    sheet = Sheet(digits, (300, 700))
    for x in range(40, 660, 24):
        sheet.rule((x, 80), (x + 12, 80))
    sheet.rule((40, 240), (200, 232), (420, 250), (660, 238))
    sheet.rule((600, 100), (600, 200))
    sheet.write("3852", 80, 130)
    assert texts(reader.read(sheet.photograph())) == ["3852"]


def test_digits_that_touch_a_rule(reader, digits):
    sheet = Sheet(digits, (160, 400))
    sheet.rule((20, 100), (380, 100))
    sheet.write("3602", 80, 62)
    assert texts(reader.read(sheet.photograph())) == ["3602"]


def test_what_is_cut_off_at_the_edge_is_rejected(reader, digits):
    sheet = Sheet(digits, (200, 500))
    sheet.write("58329", 60, -24)
    sheet.write("4071", 60, 90)
    reading = reader.read(sheet.photograph())
    assert texts(reading) == ["4071"]
    assert "cut off at the edge" in reasons(reading)


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_sheet_that_is_turned(reader, digits, turns):
    sheet = Sheet(digits, (360, 560), seed=3)
    for k, number in enumerate(["52374", "30425", "75243"]):
        sheet.write(number, 60, 50 + 95 * k)
    upright = reader.read(sheet.photograph())
    turned = reader.read(np.rot90(sheet.photograph(), turns))
    assert turned.rotation == 90 * turns
    assert turned.text == upright.text
    assert upright.rotation == 0


@pytest.mark.parametrize(
    "picture", [np.full((200, 300), 220, np.uint8), np.zeros((40, 40), np.uint8)]
)
def test_nothing_stands_out(reader, picture):
    reading = reader.read(picture)
    assert reading.text == ""
    assert reading.note == "nothing stands out from the background"


def test_writing_may_be_a_digit_where_nearly_all_is_digits():
    mask = np.ones((26, 14), bool)
    written, sign = (
        Stroke((0, 0, 14, 26), mask, label, 0.05)
        for label in (Label.WRITING, Label.SIGN)
    )
    digit = Stroke((40, 0, 54, 26), mask, Label.DIGIT, 0.9)
    strokes = [written, sign, digit]
    half, most = np.full(3, 0.5), np.full(3, 0.98)
    assert _part_kinds(strokes, half) == ([digit], [sign], [written])
    assert _part_kinds(strokes, most) == ([written, digit], [sign], [])


def test_a_piece_that_is_too_low_is_no_digit():
    probabilities = np.full((2, 10), 0.1)
    seen = Seen(np.zeros((2, 28, 28)), probabilities, np.ones(2), np.full(2, 0.9))
    low, high = (
        Stroke((0, 0, 20, height), np.ones((height, 20), bool), Label.DIGIT, 1.0)
        for height in (DOT - 1, DOT)
    )
    assert _glyph(low, seen, 0).is_digit == 0
    assert _glyph(high, seen, 1).is_digit == 0.9


def test_signs_that_are_surely_digits_are_taken_back():
    def stroke(height):
        mask = np.ones((height, 14), bool)
        return Stroke((0, 0, 14, height), mask, Label.SIGN, 0.3)

    digit, one, sign, low = stroke(26), stroke(26), stroke(26), stroke(8)
    labels = {id(digit): (4, 0.9), id(one): (1, 0.9), id(sign): (4, 0.4)}

    def recognize(strokes):
        probabilities = np.zeros((len(strokes), 10))
        for k, some in enumerate(strokes):
            probabilities[k, labels[id(some)][0]] = 1
        is_digit = np.array([labels[id(some)][1] for some in strokes])
        return Seen(np.zeros((len(strokes), 28, 28)), probabilities, is_digit, is_digit)

    taken_back, others = _take_back([digit, one, sign, low], recognize)
    assert [id(some) for some in taken_back] == [id(digit)]
    assert [id(some) for some in others] == [id(one), id(sign), id(low)]

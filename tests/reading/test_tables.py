"""What was read, put into the cells of grids."""

import numpy as np
import pytest

from skdigits.reading._grid import Grid
from skdigits.reading._tables import fill, is_comb

HEIGHT = 26


def grid(n_rows, n_columns, width=60.0, height=40.0, slope=0.0):
    """Return a grid from (10, 20) on whose rows fall by `slope`."""
    x, y = np.meshgrid(
        10 + width * np.arange(n_columns + 1), 20 + height * np.arange(n_rows + 1)
    )
    return Grid(np.stack([x, y + slope * x], axis=2))


def at(x, y, text, is_sure=True):
    return (x - 5, y - 13, x + 5, y + 13), text, is_sure


def test_each_thing_is_in_the_cell_that_holds_its_centre():
    things = [at(55, 40, "2"), at(30, 45, "1"), at(90, 85, "7"), at(135, 30, "3")]
    outside = [at(5, 40, "8"), at(30, 10, "9"), at(400, 400, "9")]
    table = fill(grid(2, 3), things + outside)
    assert table.cells == (("12", "", "3"), ("", "7", ""))
    assert table.boxes[1][2] == (130, 60, 190, 100)
    assert table.box == (10, 20, 190, 100)


def test_what_is_not_sure_is_a_question_mark():
    things = [at(20, 40, "1"), at(34, 40, "7", is_sure=False), at(90, 40, "4", False)]
    assert fill(grid(1, 3), things).cells == (("1?", "?", ""),)


def test_whole_numbers_in_a_cell_stay_apart():
    things = [at(20, 40, "12"), at(50, 40, "3"), at(80, 40, "5"), at(90, 45, ".")]
    assert fill(grid(1, 2), things).cells == (("12 3", "5."),)


def test_rows_that_fall_are_followed():
    sloped = grid(3, 8, slope=0.3)
    middles = sloped.corners[:-1, :-1] + (30, 20 + 0.3 * 30)
    things = [
        at(*middles[row, column].astype(int), str((row + column) % 10))
        for row in range(3)
        for column in range(8)
    ]
    expected = tuple(
        tuple(str((row + column) % 10) for column in range(8)) for row in range(3)
    )
    assert fill(sloped, things).cells == expected


def test_an_empty_table():
    assert fill(grid(2, 2), []).cells == (("", ""), ("", ""))


@pytest.mark.parametrize(
    ("n_rows", "width", "expected"),
    [(1, 1.1, True), (1, 1.5, True), (1, 1.9, False), (2, 1.1, False)],
)
def test_a_comb_is_one_row_of_cells_for_a_digit_each(n_rows, width, expected):
    assert is_comb(grid(n_rows, 6, width * HEIGHT), HEIGHT) is expected

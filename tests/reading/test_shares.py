"""Which share of what is written is digits: on a page, in a table, in its columns."""

import numpy as np
import pytest

from skdigits.reading._grid import Grid
from skdigits.reading._labelling import HEIGHT, LabelledPage
from skdigits.reading._labels import Label
from skdigits.reading._shares import find_shares, share_of_page
from skdigits.reading._strokes import Stroke

# Of the page: as in a newspaper, most of it is print.
OF_PAGE = 0.2


@pytest.fixture
def table():
    """Ten rows and two columns of cells, 4 heights of a digit high and 12 wide."""
    xs, ys = np.arange(0, 25, 12), np.arange(0, 41, 4)
    return Grid(HEIGHT * np.stack(np.meshgrid(xs, ys), axis=-1))


def in_cell(row, column, share, width=12):
    left, top = (12 * column + 6) * HEIGHT, (4 * row + 2) * HEIGHT
    box = (left, top, left + width, top + HEIGHT)
    return Stroke(box, np.ones((HEIGHT, width), bool), Label.DIGIT, share)


def test_a_column_of_letters_holds_no_digits(table):
    """The grades of mark sheets: a B is an 8 to the classifier."""
    letters = [in_cell(row, 1, 0.05) for row in range(9)]
    marks = [in_cell(row, 0, 0.95) for row in range(9)]
    shares = find_shares(OF_PAGE, [table], letters + marks)
    like_an_eight, mark, outside = shares(
        [in_cell(9, 1, 0.9), in_cell(9, 0, 0.4), in_cell(12, 1, 0.9)]
    )
    assert like_an_eight < 0.15
    assert mark > 0.85
    assert outside == OF_PAGE


def test_the_name_of_a_column_tells_little_of_its_digits(table):
    digits = [in_cell(row, 1, 0.95) for row in range(1, 10)]
    shares = find_shares(OF_PAGE, [table], [in_cell(0, 1, 0.0, width=30), *digits])
    assert min(shares(digits)) > 0.6


def test_little_writing_in_a_column_tells_less_than_the_table(table):
    marks = [in_cell(row, 0, 0.95) for row in range(10)]
    lone = in_cell(5, 1, 0.0)
    share = find_shares(OF_PAGE, [table], [*marks, lone])([lone])
    assert 0.2 < share < 0.5


def test_of_tables_that_lie_on_each_other_the_finer_counts(table):
    coarse = Grid(HEIGHT * np.stack(np.meshgrid([-9, 50], [-9, 99]), axis=-1))
    marks = [in_cell(row, 0, 0.95) for row in range(10)]
    print_ = [in_cell(row, 0, 0.0) for row in range(11, 21)]
    for grids in ([table, coarse], [coarse, table]):
        shares = find_shares(OF_PAGE, grids, marks + print_)([marks[0], print_[0]])
        assert shares[0] > 0.85
        assert shares[1] < 0.1


def test_a_page_without_tables_has_one_share(table):
    strokes = [in_cell(row, 0, 0.9) for row in range(3)]
    assert find_shares(OF_PAGE, [], strokes)(strokes).tolist() == [OF_PAGE] * 3
    assert find_shares(OF_PAGE, [table], [])([]).shape == (0,)


@pytest.mark.parametrize(
    ("n_digits", "n_letters", "low", "high"),
    [(0, 0, 0.5, 0.5), (1, 0, 0.5, 0.7), (0, 1, 0.3, 0.5), (40, 10, 0.75, 0.8)],
)
def test_a_page_with_little_writing_tells_little(n_digits, n_letters, low, high):
    labels = np.zeros((60, 60 * 13), np.float32)
    probabilities = np.zeros((len(Label), *labels.shape), np.float32)
    probabilities[Label.PAPER] = 1
    for k in range(n_digits + n_letters):
        piece = np.s_[10:20, 2 + 15 * k : 9 + 15 * k]
        label = Label.DIGIT if k < n_digits else Label.WRITING
        probabilities[:, *piece] = 0
        probabilities[label, *piece] = 1
    page = LabelledPage(labels, probabilities)
    assert low <= share_of_page(page) <= high

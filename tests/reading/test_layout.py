"""Rows, words and columns of layouts whose truth is known."""

import time
from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from skdigits.reading._columns import find_columns
from skdigits.reading._layout import find_rows, split_words

# Nothing is shrunk: most of a layout comes from a seed.
drawn = settings(
    deadline=None, derandomize=True, max_examples=40, phases=[Phase.generate]
)


@dataclass
class Layout:
    """Boxes in the order in which they were written, and their rows (-1: none)."""

    boxes: np.ndarray
    row_of: np.ndarray
    column_of: np.ndarray
    rng: np.random.Generator

    @property
    def rows(self):
        return [np.flatnonzero(self.row_of == k) for k in range(self.row_of.max() + 1)]

    def with_signs(self, share=0.15):
        """Add points and commas at the base line, and dashes, after some digits."""
        after = np.flatnonzero(self.rng.random(len(self.boxes)) < share)
        x = self.boxes[after, 2] + 0.1
        y = np.round(self.boxes[after, 3] - 0.5, 9)
        kind = self.rng.integers(0, 3, len(after))
        width = np.choose(kind, [0.12, 0.15, 0.3])
        height = np.choose(kind, [0.12, 0.3, 0.1])
        top = y + np.choose(kind, [0.35, 0.35, -0.05])
        signs = np.column_stack([x, top, x + width, top + height])
        return self._with(signs, self.row_of[after], self.column_of[after])

    def with_tall_one(self, first, last):
        """Add a brace to the left of rows."""
        rows = self.boxes[np.isin(self.row_of, [first, last])]
        left = rows[:, 0].min() - 1
        brace = [[left, rows[:, 1].min(), left + 0.4, rows[:, 3].max()]]
        return self._with(np.array(brace), [-1], [-1])

    def _with(self, boxes, rows, columns):
        return replace(
            self,
            boxes=np.concatenate([self.boxes, boxes]),
            row_of=np.concatenate([self.row_of, rows]).astype(int),
            column_of=np.concatenate([self.column_of, columns]).astype(int),
        )

    def bent(self, degrees=0.0, sag=0.0, tip=(0.0, 0.0)):
        """Bow the page (sag in heights over 20 heights), tip it, and turn it."""
        left, top, right, bottom = self.boxes.T
        x, y = (left + right) / 2, (top + bottom) / 2
        w, h = right - left, bottom - top
        x, y = x - (x.min() + x.max()) / 2, y - (y.min() + y.max()) / 2
        half = max(x.max(), 1)
        y = y + sag * min(1, half / 10) * (x / half) ** 2
        size = max(x.max(), y.max(), 1)
        depth = 1 + (tip[0] * x + tip[1] * y) / size
        x, y, w, h = x / depth, y / depth, w / depth, h / depth
        cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
        x, y = x * cos - y * sin, x * sin + y * cos
        # A turned digit, an oval, has a larger box.
        w, h = w * cos + h * abs(sin) / 2, h * cos + w * abs(sin) / 2
        boxes = np.column_stack([x - w / 2, y - h / 2, x + w / 2, y + h / 2])
        return replace(self, boxes=boxes)

    def shuffled(self, scale=25.0, shift=(0.0, 0.0)):
        """Forget the order, and draw in pixels."""
        order = self.rng.permutation(len(self.boxes))
        boxes = (self.boxes[order] * scale) + np.tile(shift, 2)
        return replace(
            self,
            boxes=boxes,
            row_of=self.row_of[order],
            column_of=self.column_of[order],
        )


def write(places, pitch, seed, jitter=0.12, uneven=0.2, columns=None):
    """Write digits of height 1 at the given left edges, a list for each row."""
    rng = np.random.default_rng(seed)
    row_of = np.repeat(np.arange(len(places)), [len(row) for row in places])
    n = len(row_of)
    height = 1 + rng.uniform(-uneven, uneven, n)
    width = rng.uniform(0.2, 0.65, n)
    x = np.concatenate(places)
    y = row_of * pitch + rng.uniform(-jitter, jitter, n)
    boxes = np.column_stack([x, y - height / 2, x + width, y + height / 2])
    if columns is None:
        columns = [np.zeros(len(row)) for row in places]
    return Layout(boxes, row_of, np.concatenate(columns).astype(int), rng)


def write_lines(n_rows, pitch, seed, n_words=(1, 7), first=5, indent=2):
    """Write numbers at random places; the first one of each row is longest."""
    rng = np.random.default_rng([seed, 1])
    places = []
    for _ in range(n_rows):
        x, row = rng.uniform(0, indent), []
        for word in range(rng.integers(*n_words, endpoint=True)):
            for _ in range(rng.integers(first if word == 0 else 1, 6)):
                row.append(x)
                x += rng.uniform(0.7, 1)
            x += rng.uniform(0.8, 5)
        places.append(np.array(row))
    return write(places, pitch, seed)


def write_table(n_rows, n_columns, pitch, seed, gap=1.5, missing=0.2, most=3):
    """Write a table whose cells hold one to three digits, flush left."""
    rng = np.random.default_rng([seed, 2])
    width = 0.85 * most + gap
    places, columns = [], []
    for k in range(n_rows):
        is_there = rng.random(n_columns) >= missing
        is_there[[k % n_columns, (k + 1) % n_columns]] = True
        row, at = [], []
        for column in np.flatnonzero(is_there):
            n = rng.integers(1, most, endpoint=True)
            row += [column * width + rng.uniform(-0.2, 0.2) + np.arange(n) * 0.85]
            at += [np.full(n, column)]
        places.append(np.concatenate(row))
        columns.append(np.concatenate(at))
    return write(places, pitch, seed, columns=columns)


def check_rows(layout):
    rows = find_rows(layout.boxes)
    assert sorted_rows(rows) == sorted_rows(layout.rows)
    # From top to bottom, and from left to right.
    assert [layout.row_of[row[0]] for row in rows] == list(range(len(rows)))
    for row in rows:
        centers = layout.boxes[row][:, [0, 2]].mean(axis=1)
        assert (np.diff(centers) >= 0).all()


def sorted_rows(rows):
    return sorted(sorted(row.tolist()) for row in rows)


seeds = st.integers(0, 2**32 - 1)
pitches = st.floats(1.15, 3)
degrees = st.floats(-20, 20)
sags = st.floats(-2, 2)
tips = st.tuples(st.floats(-0.15, 0.15), st.floats(-0.15, 0.15))
scales = st.floats(np.log(0.1), np.log(30)).map(np.exp)
shifts = st.tuples(st.floats(-1e4, 1e4), st.floats(-1e4, 1e4))


@drawn
@given(st.integers(1, 30), pitches, seeds, degrees, scales, shifts)
def test_sloping_lines(n_rows, pitch, seed, degrees, scale, shift):
    layout = write_lines(n_rows, pitch, seed).with_signs().bent(degrees)
    check_rows(layout.shuffled(scale, shift))


@drawn
@given(st.integers(3, 30), pitches, seeds, degrees, sags, tips, scales)
def test_lines_of_a_bent_page(n_rows, pitch, seed, degrees, sag, tip, scale):
    layout = write_lines(n_rows, pitch, seed, n_words=(2, 7)).with_signs()
    check_rows(layout.bent(degrees, sag, tip).shuffled(scale))


@drawn
@given(
    st.integers(5, 30),
    st.integers(2, 9),
    st.floats(1.3, 6),
    pitches,
    seeds,
    st.floats(-5, 5),
    st.floats(-0.5, 0.5),
    tips,
)
def test_rows_and_cells_of_a_table(n_rows, n, gap, pitch, seed, degrees, sag, tip):
    layout = write_table(n_rows, n, pitch, seed, gap).bent(degrees, sag, tip).shuffled()
    check_rows(layout)
    check_table(layout, n)


def check_table(layout, n_columns):
    rows = find_rows(layout.boxes)
    (table,) = find_columns(layout.boxes, rows)
    assert table.rows == list(range(len(rows)))
    for k, cells in zip(table.rows, table.cells, strict=True):
        assert len(cells) == n_columns
        for column, cell in enumerate(cells):
            expected = rows[k][layout.column_of[rows[k]] == column]
            assert cell.tolist() == expected.tolist()


@drawn
@given(
    st.integers(1, 20), st.integers(3, 20), st.floats(0.4, 4.8), seeds, st.floats(-5, 5)
)
def test_evenly_spaced_digits(n_rows, n, gap, seed, degrees):
    places = [np.arange(n) * (gap + 0.65)] * n_rows
    check_rows(write(places, 1.3, seed).with_signs().bent(degrees).shuffled())


@drawn
@given(st.integers(3, 20), st.data(), pitches, seeds, degrees)
def test_tall_things_that_span_rows_belong_to_none(n_rows, data, pitch, seed, degrees):
    first = data.draw(st.integers(0, n_rows - 2))
    last = data.draw(st.integers(first + 1, n_rows - 1))
    layout = write_lines(n_rows, pitch, seed, n_words=(2, 7)).with_tall_one(first, last)
    check_rows(layout.bent(degrees / 4).shuffled())


@drawn
@given(seeds, st.floats(3.2, 5))
def test_numbers_of_another_size(seed, ratio):
    small = write_lines(6, 1.5, seed)
    large = write_lines(2, 1.5, seed)
    boxes = large.boxes * ratio - [0, 6 * ratio, 0, 6 * ratio]
    row_of = np.concatenate([large.row_of, small.row_of + 2])
    both = np.concatenate([boxes, small.boxes])
    check_rows(Layout(both, row_of, row_of, small.rng).shuffled())


@drawn
@given(
    arrays(
        np.int64, st.tuples(st.integers(0, 40), st.just(4)), elements=st.integers(1, 60)
    )
)
def test_any_boxes(corners):
    """Each box is in one row at most, and nothing depends on order, place and scale."""
    boxes = np.column_stack([corners[:, :2], corners[:, :2] + corners[:, 2:]])
    rows = find_rows(boxes)
    members = np.concatenate([[], *rows])
    assert len(set(members)) == len(members)
    order = np.random.default_rng(0).permutation(len(boxes))
    for other in (boxes[order], 4 * boxes[order], boxes[order] - 1000):
        # Boxes at one place may take each other's part.
        found = [boxes[order][row].tolist() for row in find_rows(other)]
        assert found == [boxes[row].tolist() for row in rows]
    for row in rows:
        assert np.concatenate(split_words(boxes, row)).tolist() == row.tolist()
    find_columns(boxes, rows)


def test_few_boxes():
    assert find_rows(np.zeros((0, 4), int)) == []
    assert find_columns(np.zeros((0, 4), int), []) == []
    one = np.array([[3, 4, 20, 30]])
    assert sorted_rows(find_rows(one)) == [[0]]
    assert [word.tolist() for word in split_words(one, np.array([0]))] == [[0]]
    assert sorted_rows(find_rows(np.repeat(one, 3, axis=0))) == [[0, 1, 2]]
    beside = np.array([[100, 6, 120, 30], [3, 4, 20, 30]])
    assert [row.tolist() for row in find_rows(beside)] == [[1, 0]]
    below = np.array([[3, 44, 20, 70], [3, 4, 20, 30]])
    assert [row.tolist() for row in find_rows(below)] == [[1], [0]]


@pytest.mark.parametrize(
    "heights", [[40] * 8, [44] + [40] * 6 + [44], [40, 40, 44, 40, 40, 44, 40, 40]]
)
def test_tallest_digits_far_apart_are_in_one_row(heights):
    """They began two lines, which were never joined."""
    left = 40 + 110 * np.arange(8)
    h = np.array(heights)
    boxes = np.column_stack([left, 100 - h, left + h * 2 // 3, np.full(8, 100)])
    (row,) = find_rows(boxes)
    assert row.tolist() == list(range(8))
    assert len(split_words(boxes, row)) == 8


@pytest.mark.parametrize(("gap", "n"), [(40, 8), (40, 16), (80, 16), (80, 24)])
def test_groups_of_four_digits_are_in_one_row(gap, n):
    for seed in range(25):
        rng = np.random.default_rng(seed)
        h, bottom = rng.integers(34, 45, n), 90 + rng.integers(-3, 4, n)
        w = rng.integers(8, 36, n)
        left = np.cumsum(w + 8 + gap * (np.arange(n) % 4 == 0)) - w
        boxes = np.column_stack([left, bottom - h, left + w, bottom])
        (row,) = find_rows(boxes)
        assert row.tolist() == list(range(n))
        words = split_words(boxes, row)
        assert [len(word) for word in words] == [4] * (n // 4)


@pytest.mark.parametrize("seed", range(40))
def test_a_straight_row_is_one_row(seed):
    rng = np.random.default_rng(seed)
    n, gap = rng.integers(10, 21), np.linspace(10, 120, 40)[seed]
    w, h = rng.integers(5, 22, n), rng.integers(21, 29, n)
    left = np.cumsum(w + gap) - w
    bottom = (
        100 + rng.integers(-3, 4, n) + np.tan(np.radians(rng.uniform(-20, 20))) * left
    )
    boxes = np.column_stack([left, bottom - h, left + w, bottom])
    order = rng.permutation(n)
    (row,) = find_rows(boxes[order])
    assert order[row].tolist() == list(range(n))


@pytest.mark.parametrize("gap", [1.9, 2.3])
@pytest.mark.parametrize(
    ("degrees", "sag"), [(0, 0), (1, 0), (3, 0), (0, 0.3), (0, 0.6), (-3, 1), (5, 0)]
)
def test_rows_of_a_table_do_not_interleave(degrees, sag, gap):
    """Two digits in each of ten times six cells, 28 pixels high, 18 pixels apart."""
    cell = np.array([0, 1.3])
    places = [np.concatenate([k * (2 + gap) + cell for k in range(6)])] * 10
    columns = [np.repeat(np.arange(6), 2)] * 10
    layout = write(places, 2.1, 0, jitter=0.1, uneven=0.1, columns=columns)
    layout = layout.bent(degrees, sag).shuffled(28)
    check_rows(layout)
    check_table(layout, 6)


@drawn
@given(st.integers(5, 30), pitches, seeds, degrees)
def test_lines_of_numbers_are_no_table(n_rows, pitch, seed, degrees):
    layout = write_lines(n_rows, pitch, seed, n_words=(3, 7), first=1, indent=6)
    layout = layout.bent(degrees)
    assert find_columns(layout.boxes, layout.rows) == []


def test_a_table_ends_where_other_lines_begin():
    table = write_table(5, 4, 1.5, 0, missing=0)
    # One long line above it, and one below.
    lines = write([np.arange(14) * 0.8] * 2, 1.5 * 8, 0)
    boxes = np.concatenate([table.boxes, lines.boxes - [0, 3, 0, 3]])
    rows = find_rows(boxes)
    (found,) = find_columns(boxes, rows)
    assert found.rows == [1, 2, 3, 4, 5]
    assert [len(cells) for cells in found.cells] == [4] * 5


def test_a_raised_digit_belongs_to_its_row():
    left = np.arange(10) * 30
    top = np.where(left == 120, -13, 0)  # 0.52 heights: not linked, but merged
    boxes = np.column_stack([left, top, left + 14, top + 25])
    assert [row.tolist() for row in find_rows(boxes)] == [list(range(10))]


@pytest.mark.parametrize(
    ("gaps", "expected"),
    [
        ([0.2, 0.3, 0.2, 0.3], [5]),  # one number
        ([4.5, 4.5, 4.4, 4.6], [1, 1, 1, 1, 1]),  # each by itself
        ([0.2, 1.0, 0.3, 0.9], [2, 2, 1]),
        ([0.9, 2.6, 0.8, 2.4], [2, 2, 1]),  # widely written
        ([0.2, 1.5, 0.1, 3.0], [2, 2, 1]),
    ],
)
def test_split_words(gaps, expected):
    left = np.cumsum([0, *(np.array(gaps) + 0.6)])
    boxes = np.column_stack([left, 0 * left, left + 0.6, 0 * left + 1]) * 40
    words = split_words(boxes, np.arange(5))
    assert [len(word) for word in words] == expected


def test_a_point_does_not_part_a_number():
    boxes = np.array([[0, 0, 14, 25], [17, 22, 20, 25], [24, 0, 38, 25]])
    (row,) = find_rows(boxes)
    assert row.tolist() == [0, 1, 2]
    assert len(split_words(boxes, row)) == 1


def test_a_thousand_boxes_are_quick():
    layout = write_lines(80, 1.3, 0).bent(5, 1)
    boxes = layout.boxes[:1000]
    assert len(boxes) == 1000
    seconds = []
    for _ in range(3):
        start = time.process_time()
        find_rows(boxes)
        seconds.append(time.process_time() - start)
    # 0.1 s of processor time on a machine that trains networks beside.
    assert min(seconds) < 0.5

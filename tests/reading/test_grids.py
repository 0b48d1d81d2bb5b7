"""Grids, found in rules that are drawn with known crossings."""

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from scipy import ndimage

from skdigits.reading._grid import Grid
from skdigits.reading._grids import find_grids

HEIGHT = 26
SIZE = 900, 1000  # h, w


def place(u, v, *, slope=0.0, bow=0.0, perspective=0.0):
    """Map points of a flat sheet to those of a photo of it."""
    u, v = np.asarray(u, float), np.asarray(v, float)
    h, w = SIZE
    v = v + bow * HEIGHT * np.sin(np.pi * u / w)
    depth = 1 + perspective * v / h
    x, y = (u - w / 2) / depth, (v - h / 2) / depth
    turn = np.deg2rad(slope)
    turned = x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn)
    return np.stack([turned[0] + w / 2, turned[1] + h / 2], axis=-1)


def draw(mask, start, end, thickness=2, dash=None, **photo):
    """Draw a rule between two points of the sheet, perhaps dashed: (on, off)."""
    length = np.hypot(end[0] - start[0], end[1] - start[1])
    along = np.arange(0, length, 0.5)
    if dash:
        along = along[along % sum(dash) < dash[0]]
    shares = along / length
    u, v = (a + shares * (b - a) for a, b in zip(start, end, strict=True))
    points = place(u, v, **photo)
    for dx in np.arange(thickness) - (thickness - 1) / 2:
        for dy in np.arange(thickness) - (thickness - 1) / 2:
            x, y = np.rint(points + (dx, dy)).astype(int).T
            inside = (x >= 0) & (y >= 0) & (x < SIZE[1]) & (y < SIZE[0])
            mask[y[inside], x[inside]] = True


def sheet(xs, ys, *, skip=(), thick=(), thickness=2, dash=None, over=0, **photo):
    """Return the mask of a grid and its crossings. `skip` names rules, as ("x", 0)."""
    mask = np.zeros(SIZE, dtype=bool)
    ends = {"x": (ys[0] - over, ys[-1] + over), "y": (xs[0] - over, xs[-1] + over)}
    for axis, places in (("x", xs), ("y", ys)):
        for i, at in enumerate(places):
            if (axis, i) in skip:
                continue
            start, end = ends[axis]
            points = (
                ((at, start), (at, end)) if axis == "x" else ((start, at), (end, at))
            )
            draw(mask, *points, 5 if i in thick else thickness, dash, **photo)
    return mask, place(*np.meshgrid(xs, ys), **photo)


def spoil(mask, *, missing=0.1, n_holes=25, n_false=60, seed=0):
    """Leave out pixels and stretches of rules, as under digits, and add false ones."""
    rng = np.random.default_rng(seed)
    mask = mask & (rng.random(SIZE) >= missing)
    y, x = np.nonzero(mask)
    for i in rng.integers(0, len(x), n_holes):
        mask[max(y[i] - 8, 0) : y[i] + 8, max(x[i] - 8, 0) : x[i] + 8] = False
    for top, left in rng.integers(0, np.subtract(SIZE, 8), (n_false, 2)):
        mask[top : top + rng.integers(1, 8), left : left + rng.integers(1, 8)] = True
    return mask


def assert_found(mask, corners):
    (grid,) = find_grids(mask, HEIGHT)
    assert grid.corners.shape == corners.shape
    away = np.linalg.norm(grid.corners - corners, axis=2)
    assert away.max() <= HEIGHT / 3


NINE = 120 + 62 * np.arange(10)
COLUMNS = np.cumsum([60, 90, 60, 60, 120, 60, 75, 60, 60, 90])
ROWS = 80 + 41 * np.arange(18)


@pytest.mark.parametrize(
    "photo",
    [
        {},
        {"slope": 20},
        {"slope": -20},
        {"bow": 1.5},
        {"perspective": 0.3},
        {"slope": 8, "bow": -1, "perspective": -0.25},
    ],
    ids=str,
)
@pytest.mark.parametrize("thickness", [1, 3, 6])
def test_a_puzzle(photo, thickness):
    mask, corners = sheet(
        NINE + 60, NINE, thick=(0, 3, 6, 9), thickness=thickness, **photo
    )
    assert_found(mask, corners)
    assert_found(spoil(mask), corners)


@pytest.mark.parametrize("dash", [(6, 6), (3, 5), (2, 3)])
def test_dashed_and_dotted_rules(dash):
    photo = {"slope": 5, "bow": 0.5}
    assert_found(*sheet(COLUMNS, ROWS, dash=dash, **photo))


def test_a_mark_sheet_with_unequal_columns():
    mask, corners = sheet(COLUMNS, ROWS, over=12, slope=-4, perspective=0.15, bow=0.7)
    assert_found(spoil(mask), corners)


@pytest.mark.parametrize("border", [("x", 0), ("x", 9), ("y", 0), ("y", 9)])
def test_a_border_that_is_missing(border):
    mask, corners = sheet(NINE, NINE, skip=[border], slope=3)
    assert_found(mask, corners)


def test_a_faint_rule_of_a_regular_grid():
    mask, corners = sheet(NINE, NINE, skip=[("x", 4), ("y", 7)])
    assert [grid.shape for grid in find_grids(mask, HEIGHT)] == [(8, 8)]
    for start, end in (
        ((NINE[4], NINE[0]), (NINE[4], NINE[-1])),
        ((NINE[0], NINE[7]), (NINE[-1], NINE[7])),
    ):
        draw(mask, start, end, 1, (5, 12))
    assert_found(mask, corners)


def test_rules_that_end_early_go_on_as_their_neighbours_do():
    photo = {"perspective": 0.25, "slope": 6}
    mask, corners = sheet(NINE, NINE, skip=[("y", 4), ("x", 7)], **photo)
    draw(mask, (NINE[0], NINE[4]), (NINE[4], NINE[4]), **photo)
    draw(mask, (NINE[7], NINE[5]), (NINE[7], NINE[9]), **photo)
    assert_found(mask, corners)


@pytest.mark.parametrize("slope", [0, 12, -15])
@pytest.mark.parametrize("n_columns", [3, 8, 14])
def test_combs(n_columns, slope):
    xs, ys = 150 + 35 * np.arange(n_columns + 1), np.array([400, 436])
    assert_found(*sheet(xs, ys, slope=slope))  # closed
    mask, corners = sheet(xs, ys, skip=[("y", 0)], slope=slope)
    assert_found(mask, corners)  # open


def test_the_cells_of_an_open_comb_with_low_ticks_are_as_high_as_digits():
    xs, ys = 150 + 35 * np.arange(9), np.array([420, 436])
    mask, corners = sheet(xs, ys, skip=[("y", 0)], over=0)
    (grid,) = find_grids(mask, HEIGHT)
    assert grid.shape == (1, 8)
    np.testing.assert_allclose(grid.corners[1], corners[1], atol=HEIGHT / 3)
    np.testing.assert_allclose(grid.corners[0, :, 1], 436 - 1.2 * HEIGHT, atol=4)


def test_frames_around_a_puzzle_are_no_cells():
    xs = np.concatenate([[NINE[0] - 30], NINE, [NINE[-1] + 40]])
    mask, corners = sheet(xs, NINE)
    assert_found(mask, corners[:, 1:-1])


def test_a_grid_of_ten_rows_is_no_puzzle_with_a_frame():
    ten = 120 + 62 * np.arange(11)
    assert_found(*sheet(ten, ten, skip=[("x", 0), ("y", 10)]))


def test_grids_side_by_side_and_one_below_the_other():
    left, right = NINE[:5], NINE[:6] + 370
    one, corners_one = sheet(left, NINE[:4])
    two, corners_two = sheet(right, NINE[:4])
    three, corners_three = sheet(NINE, NINE[:4] + 330)
    grids = find_grids(one | two | three, HEIGHT)
    by_place = sorted(grids, key=lambda grid: tuple(grid.corners[0, 0].round(-1)[::-1]))
    for grid, corners in zip(
        by_place, (corners_one, corners_two, corners_three), strict=True
    ):
        np.testing.assert_allclose(grid.corners, corners, atol=HEIGHT / 3)


def no_rules():
    return np.zeros(SIZE, dtype=bool)


def ruled_paper():
    mask, _ = sheet([60, 940], ROWS, skip=[("x", 1)])
    return mask


def ruled_paper_without_margin():
    mask, _ = sheet([60, 940], ROWS, skip=[("x", 0), ("x", 1)])
    return mask


def squared_paper():
    mask, _ = sheet(np.arange(50, 950, 14), np.arange(50, 850, 14), thickness=1)
    return mask


def single_box():
    mask, _ = sheet([100, 300], [100, 200], thickness=3)
    return mask


def underlines():
    mask = no_rules()
    for y in range(100, 800, 90):
        draw(mask, (100 + y % 70, y), (300 + y % 110, y))
    return mask


def speckles():
    return spoil(underlines(), n_false=2000)


@pytest.mark.parametrize(
    "page",
    [
        no_rules,
        ruled_paper,
        ruled_paper_without_margin,
        squared_paper,
        single_box,
        underlines,
        speckles,
    ],
)
def test_what_is_no_table(page):
    assert find_grids(page(), HEIGHT) == []


@given(st.data())
@settings(max_examples=25, deadline=None, derandomize=True, phases=[Phase.generate])
def test_any_grid_at_any_scale(data):
    def number(low, high):
        return data.draw(st.floats(low, high))

    n_rows, n_columns = (data.draw(st.integers(2, 8)) for _ in range(2))
    xs = np.cumsum([0] + [number(40, 85) for _ in range(n_columns)])
    ys = np.cumsum([0] + [number(38, 70) for _ in range(n_rows)])
    xs, ys = xs + (SIZE[1] - xs[-1]) / 2, ys + (SIZE[0] - ys[-1]) / 2
    mask, corners = sheet(
        xs,
        ys,
        thickness=data.draw(st.integers(1, 5)),
        slope=number(-18, 18),
        bow=number(-1, 1),
        perspective=number(-0.15, 0.15),
    )
    n_holes, seed = n_rows * n_columns // 4, data.draw(st.integers(0, 99))
    assert_found(spoil(mask, n_holes=n_holes, seed=seed), corners)


def test_labels_at_another_scale():
    mask, corners = sheet(NINE, NINE, thickness=4, slope=7)
    half = ndimage.zoom(mask.astype(float), 0.5, order=1) > 0.4
    (grid,) = find_grids(half, HEIGHT / 2)
    np.testing.assert_allclose(grid.corners * 2, corners, atol=HEIGHT / 3)


# Cells.


def test_points_are_found_in_cells_that_are_not_upright():
    corners = place(*np.meshgrid(NINE, NINE), slope=18, perspective=0.3)
    grid = Grid(corners)
    middles = (corners[:-1, :-1] + corners[1:, 1:]) / 2
    expected = np.stack(np.meshgrid(range(9), range(9), indexing="ij"), axis=-1)
    np.testing.assert_array_equal(
        grid.locate(middles.reshape(-1, 2)), expected.reshape(-1, 2)
    )
    outside = [corners[0, 0] - 3, corners[-1, -1] + 3, (-50.0, 2000.0)]
    assert (grid.locate(np.array(outside)) == -1).all()
    assert grid.locate(np.empty((0, 2))).shape == (0, 2)


def test_boxes_hold_their_cells():
    corners = place(*np.meshgrid(NINE, NINE[:3]), slope=10)
    grid = Grid(corners)
    boxes = np.array(grid.cell_boxes())
    assert grid.shape == boxes.shape[:2] == (2, 9)
    for cell in (
        corners[:-1, :-1],
        corners[1:, 1:],
        corners[:-1, 1:],
        corners[1:, :-1],
    ):
        assert (boxes[..., :2] <= cell).all()
        assert (cell <= boxes[..., 2:]).all()


def test_area_of_cells():
    corners = np.stack(np.meshgrid([10, 20, 50], [5, 15, 25, 35]), axis=-1)
    assert Grid(corners).cell_area == pytest.approx(200)
    sheared = corners + np.stack([corners[..., 1], 0 * corners[..., 1]], axis=-1)
    assert Grid(sheared).cell_area == pytest.approx(200)

"""Signs: which pieces make one, and what it is called."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skdigits.reading import _signs
from skdigits.reading._signs import group_signs, is_point, name_sign

# Digits of this height are 100 units of the drawings below.
HEIGHT = 26
RING = [(np.cos(t), np.sin(t)) for t in np.linspace(0, 2 * np.pi, 17)]
# Lines through points (x, y), y from the top of the digits downwards, x from anywhere.
DRAWN = {
    ".": [[(8, 96), (9, 97)]],
    ",": [[(14, 90), (0, 120)]],
    "-": [[(0, 50), (50, 50)]],
    "/": [[(0, 105), (50, -5)]],
    "+": [[(0, 50), (50, 50)], [(25, 25), (25, 75)]],
    ":": [[(8, 30), (9, 31)], [(8, 85), (9, 86)]],
    "=": [[(0, 38), (50, 38)], [(0, 62), (50, 62)]],
    "%": [
        [(14 + 13 * x, 22 + 13 * y) for x, y in RING],
        [(61 + 13 * x, 80 + 13 * y) for x, y in RING],
        [(11, 100), (64, 0)],
    ],
    "(": [[(30 * t**2, 50 + 62 * t) for t in np.linspace(-1, 1, 9)]],
    ")": [[(30 - 30 * t**2, 50 + 62 * t) for t in np.linspace(-1, 1, 9)]],
    "x": [[(0, 25), (50, 75)], [(50, 25), (0, 75)]],
    "*": [[(0, 25), (50, 75)], [(50, 25), (0, 75)], [(25, 25), (25, 75)]],
    "$": [
        [(50, 10), (20, 0), (0, 25), (25, 50), (50, 75), (25, 100), (0, 90)],
        [(25, -15), (25, 115)],
    ],
}


def draw(lines, height, pen):
    """Return the cropped mask of lines, and how far down it begins."""
    unit = height / 100
    side = round(2 * height)
    # Pixels' centres; the digits begin at half their height.
    y, x = np.mgrid[:side, :side] + 0.5
    mask = np.zeros((side, side), bool)
    for line in lines:
        points = np.array(line) * unit + (0.3 * height, 0.5 * height)
        for (x0, y0), (x1, y1) in pairwise(points):
            dx, dy = x1 - x0, y1 - y0
            along = ((x - x0) * dx + (y - y0) * dy) / max(dx * dx + dy * dy, 1e-9)
            along = along.clip(0, 1)
            far = np.hypot(x - x0 - along * dx, y - y0 - along * dy)
            mask |= far <= pen / 2
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    crop = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return crop, rows[0] - 0.5 * height


@pytest.mark.parametrize("name", DRAWN)
@settings(deadline=None, derandomize=True, max_examples=25)
@given(scale=st.floats(0.6, 2), pen=st.floats(0.08, 0.13))
def test_a_sign_has_its_name_at_any_scale(name, scale, pen):
    height = HEIGHT * scale
    found, confidence = name_sign(*draw(DRAWN[name], height, pen * height), height)
    assert found == name
    assert 0.3 < confidence <= 1


@pytest.mark.parametrize("name", DRAWN)
@pytest.mark.parametrize("times", [2, 3])
def test_each_pixel_repeated_changes_nothing(name, times):
    mask, top = draw(DRAWN[name], HEIGHT, 3)
    large = np.kron(mask, np.ones((times, times), bool))
    expected, confidence = name_sign(mask, top, HEIGHT)
    found, same = name_sign(large, times * top, times * HEIGHT)
    assert found == expected
    assert same == pytest.approx(confidence, abs=1e-9)


def test_the_place_of_a_dot_decides():
    dot, top = draw(DRAWN["."], HEIGHT, 4)
    assert name_sign(dot, top, HEIGHT)[0] == "."
    assert name_sign(dot, 0.43 * HEIGHT, HEIGHT)[0] == "*"


@pytest.mark.parametrize(
    ("lines", "pen"),
    [
        ([[(25, 0), (25, 100)]], 3),  # upright
        ([[(-20, 50), (140, 50)]], 3),  # a rule
        ([[(0, 0), (0, 100)], [(0, 50), (60, 50)], [(60, 0), (60, 100)]], 3),  # H
    ],
)
def test_what_is_none_has_no_name(lines, pen):
    assert name_sign(*draw(lines, HEIGHT, pen), HEIGHT)[0] == "?"


@pytest.mark.parametrize("shape", [(1, 1), (1, 200), (200, 1), (90, 90)])
def test_any_mask_has_an_answer(shape):
    name, confidence = name_sign(np.ones(shape, bool), 0.0, HEIGHT)
    assert name in _signs._load_weights()[0]
    assert np.isfinite(confidence)


def test_points():
    assert [name for name in (*DRAWN, "?") if is_point(name)] == [".", ","]


def boxes_of(name, x):
    """Return the boxes of a sign's pieces where digits are 100 high, at some x."""
    pieces = {
        ":": [(0, 22, 16, 38), (2, 77, 17, 93)],
        "=": [(0, 35, 50, 45), (3, 58, 51, 67)],
        "%": [(0, 8, 28, 36), (11, 0, 64, 100), (48, 66, 75, 94)],
        "-": [(0, 45, 50, 55)],
        "/": [(0, -5, 50, 105)],
        ".": [(0, 88, 15, 103)],
        ",": [(0, 88, 20, 125)],
        "+": [(0, 25, 50, 75)],
    }[name]
    return [(left + x, top, right + x, bottom) for left, top, right, bottom in pieces]


@settings(deadline=None, derandomize=True)
@given(
    names=st.lists(st.sampled_from(":=%-/.,+"), max_size=8),
    scale=st.floats(0.1, 3),
    random=st.randoms(use_true_random=False),
)
def test_pieces_of_a_sign_are_found_in_any_order(names, scale, random):
    pieces = [
        (place, box)
        for place, name in enumerate(names)
        for box in boxes_of(name, 120 * place)
    ]
    random.shuffle(pieces)
    boxes = scale * np.array([box for _, box in pieces], float).reshape(-1, 4)
    groups = group_signs(boxes, 100 * scale)
    found = [{pieces[k][0] for k in group} for group in groups]
    assert found == [{place} for place in range(len(names))]
    assert sorted(np.concatenate([*groups, []])) == list(range(len(pieces)))


@settings(deadline=None, derandomize=True)
@given(
    boxes=st.lists(
        st.tuples(*[st.integers(0, 150)] * 2, *[st.integers(1, 60)] * 2), max_size=12
    ),
    random=st.randoms(use_true_random=False),
)
def test_the_order_of_boxes_changes_no_group(boxes, random):
    boxes = np.array(boxes, float).reshape(-1, 4)
    boxes[:, 2:] += boxes[:, :2]
    order = np.array(random.sample(range(len(boxes)), len(boxes)), int)

    def grouped(boxes):
        return [boxes[group].tolist() for group in group_signs(boxes, 50)]

    assert grouped(boxes[order]) == grouped(boxes)


def test_dots_of_two_rows_are_two_signs():
    boxes = np.array([[0, 88, 15, 103], [0, 238, 15, 253]])
    assert len(group_signs(boxes, 100)) == 2


def test_a_dash_over_a_point_is_no_sign():
    boxes = np.array([[0, 40, 60, 50], [20, 88, 35, 103]])
    assert len(group_signs(boxes, 100)) == 2


def test_a_table_of_weights_of_another_version_is_refused(monkeypatch):
    monkeypatch.setattr(_signs, "SIZES", _signs.SIZES[:-1])
    _signs._load_weights.cache_clear()
    with pytest.raises(ValueError, match="train_signs"):
        _signs._load_weights()
    monkeypatch.undo()
    _signs._load_weights.cache_clear()

"""What is surely no digit, whatever its shape."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skdigits.reading import _sifting
from skdigits.reading._labelling import HEIGHT, LEAST_CONTRAST
from skdigits.reading._labels import Label
from skdigits.reading._sifting import AFTER, BEFORE, find_areas, sift
from skdigits.reading._strokes import Stroke
from synthetic.labelled.pages import page_of

SHAPE = (120, 200)


def paper():
    return page_of(np.zeros(SHAPE, int))


def stroke_at(left, top, width, height):
    """Return a stroke that fills its box."""
    mask = np.ones((height, width), bool)
    box = (left, top, left + width, top + height)
    return Stroke(box, mask, Label.DIGIT, 1.0)


def who_is_out(check, page, *strokes):
    return list(check(strokes, page))


def test_what_lies_along_a_dark_area_is_its_edge():
    labels = np.zeros(SHAPE, int)
    labels[:, 150:] = Label.DARK
    beside, near = stroke_at(147, 20, 3, 40), stroke_at(140, 20, 9, 40)
    # A digit whose stem ends at the area has little of its ink there.
    ends_there = stroke_at(120, 20, 30, 3)
    found = who_is_out(_sifting.is_edge, page_of(labels), beside, near, ends_there)
    assert found == [True, False, False]


def test_within_its_box_only_the_ink_of_a_stroke_counts():
    labels = np.zeros(SHAPE, int)
    labels[40:60, 40:60] = Label.DARK
    mask = np.zeros((40, 40), bool)
    mask[[0, -1]] = mask[:, [0, -1]] = True
    ring = Stroke((30, 30, 70, 70), mask, Label.DIGIT, 1.0)
    assert who_is_out(_sifting.is_edge, page_of(labels), ring) == [False]
    assert who_is_out(_sifting.is_edge, page_of(labels), stroke_at(30, 30, 40, 40)) == [
        True
    ]


def test_a_sliver_of_a_thick_rule_is_its_edge():
    labels = np.zeros(SHAPE, int)
    labels[:, 150:156] = Label.RULE
    beside, crossing = stroke_at(149, 20, 1, 40), stroke_at(120, 50, 30, 3)
    found = who_is_out(_sifting.is_edge, page_of(labels), beside, crossing)
    assert found == [True, False]


@pytest.mark.parametrize("turned", [False, True])
def test_a_gap_in_a_rule_is_its_rest_and_no_1(turned):
    labels = np.zeros(SHAPE, int)
    labels[:50, 100:102] = labels[76:, 100:102] = Label.RULE
    labels[90:94] = Label.RULE  # a line to write on
    rest, one = stroke_at(100, 50, 2, 26), stroke_at(60, 64, 4, 26)
    page = page_of(labels)
    if turned:
        page = page_of(labels.T)
        rest, one = stroke_at(50, 100, 26, 2), stroke_at(64, 60, 26, 4)
    assert who_is_out(_sifting.is_rest_of_rule, page, rest, one) == [True, False]


def test_a_one_that_stands_on_a_rule_is_no_rest():
    labels = np.zeros(SHAPE, int)
    labels[72:94, 100:102] = Label.RULE  # labels took its lower part for one
    labels[90:94] = Label.RULE
    one = stroke_at(100, 52, 2, 20)
    assert who_is_out(_sifting.is_rest_of_rule, page_of(labels), one) == [False]


def test_what_is_long_and_thin_is_a_line():
    long, high = stroke_at(20, 20, 3 * HEIGHT + 1, 4), stroke_at(20, 30, 4, 79)
    digit, wide = stroke_at(60, 60, 4, HEIGHT), stroke_at(90, 30, 14, 79)
    strokes = (long, high, digit, wide)
    found = who_is_out(_sifting.is_rest_of_rule, paper(), *strokes)
    assert found == [True, True, False, False]


def test_rests_are_in_the_box_of_their_rule():
    labels = np.zeros(SHAPE, int)
    labels[60:62, 20:100] = Label.RULE
    rest = (100, 60, 130, 62)
    areas = find_areas(page_of(labels), [(rest, "a line"), ((0, 0, 9, 9), "too faint")])
    assert areas == [((20, 60, 130, 62), "a line")]


def test_a_digit_is_too_wide_for_a_rest_of_a_rule():
    labels = np.zeros(SHAPE, int)
    labels[:50, 100:102] = Label.RULE
    seven = stroke_at(92, 50, 18, 26)
    assert who_is_out(_sifting.is_rest_of_rule, page_of(labels), seven) == [False]


def test_soft_rims_of_ink_are_no_noise():
    labels, grey = np.zeros((40, 40), int), np.full((40, 40), 0.9)
    labels[8:32, 8:32] = Label.DIGIT
    labels[13:27, 13:27] = Label.PAPER
    grey[labels == Label.DIGIT] = 0.6
    grey[7:33, [7, 32]] = grey[[7, 32], 7:33] = 0.75
    ring = stroke_at(8, 8, 24, 24)
    ring = Stroke(ring.box, labels[8:32, 8:32] > 0, Label.DIGIT, 1.0)
    assert who_is_out(_sifting.is_faint, page_of(labels, grey), ring) == [False]


@pytest.mark.parametrize("noise", [0.0, 0.1])
@pytest.mark.parametrize("light", [0.5, 0.9])
def test_ink_stands_out_from_the_noise_of_its_paper(noise, light):
    least = max(_sifting.N_DEVIATIONS * noise, LEAST_CONTRAST)
    strokes = [stroke_at(left, 40, 4, 26) for left in (40, 90, 140)]
    labels = np.zeros(SHAPE, int)
    missing = np.random.RandomState(0).normal(0, noise, SHAPE)
    for stroke, strength in zip(strokes, (0, 0.2 * least, 3 * least), strict=True):
        left, top, right, bottom = stroke.box
        labels[top:bottom, left:right] = Label.DIGIT
        missing[top:bottom, left:right] += strength
    page = page_of(labels, light * (1 - missing))
    assert who_is_out(_sifting.is_faint, page, *strokes) == [True, True, False]


def test_specks_of_light_make_no_ink_of_the_paper():
    grey = np.full(SHAPE, 0.8)
    for row in range(3):
        for column in range(3):
            grey[row::20, column::20] = 1
    blank, ink = stroke_at(44, 44, 4, 12), stroke_at(84, 44, 4, 12)
    grey[44:56, 84:88] = 0.6
    found = who_is_out(_sifting.is_faint, page_of((grey < 0.7) * 1, grey), blank, ink)
    assert found == [True, False]


def test_a_page_without_paper_is_judged_by_its_contrast():
    labels = np.full(SHAPE, Label.WRITING)
    grey = np.ones(SHAPE)
    grey[40:66, 40:44] = 0.5
    ink, none = stroke_at(40, 40, 4, 26), stroke_at(90, 40, 4, 26)
    assert who_is_out(_sifting.is_faint, page_of(labels, grey), ink, none) == [
        False,
        True,
    ]


def test_numbers_whose_digits_touch_are_not_too_large():
    tallest, widest = 3 * HEIGHT, 20 * HEIGHT
    sizes = [(20, tallest), (20, tallest + 1), (widest, 30), (widest + 1, 30)]
    strokes = [stroke_at(0, 0, *size) for size in sizes]
    found = who_is_out(_sifting.is_large, paper(), *strokes)
    assert found == [False, True, False, True]


def test_a_dot_is_small_on_both_sides():
    small, usual = int(0.4 * HEIGHT), int(0.6 * HEIGHT)
    sizes = [(small, small), (1, 1), (small, usual), (usual, small), (1, HEIGHT)]
    strokes = [stroke_at(50, 50, *size) for size in sizes]
    found = who_is_out(_sifting.is_dot, paper(), *strokes)
    assert found == [True, True, False, False, False]


@pytest.mark.parametrize(
    ("left", "top"),
    [(0, 50), (SHAPE[1] - 14, 50), (90, 0), (90, SHAPE[0] - 15)],
    ids=["left", "right", "top", "bottom"],
)
def test_what_ends_at_an_edge_is_cut_off_if_it_is_low(left, top):
    whole = [stroke_at(x, 50, 14, HEIGHT) for x in (40, 70, 120)]
    low = stroke_at(left, top, 14, 15)
    assert who_is_out(_sifting.is_cut_off, paper(), low, *whole) == [True] + 3 * [False]
    # One pixel from the edge it is only a small digit.
    dx, dy = (left == 0) - (left > 150), (top == 0) - (top > 100)
    free = stroke_at(left + dx, top + dy, 14, 15)
    assert not any(who_is_out(_sifting.is_cut_off, paper(), free, *whole))


def test_a_whole_digit_at_the_edge_is_not_cut_off():
    strokes = [stroke_at(x, 0, 14, HEIGHT) for x in (0, 40)]
    strokes.append(stroke_at(80, 40, 9, 28))
    assert not any(who_is_out(_sifting.is_cut_off, paper(), *strokes))


def test_low_digits_at_the_edge_of_low_writing_are_not_cut_off():
    low = [stroke_at(30 * k, 20 * k, 14, 15) for k in range(4)]
    tall = stroke_at(150, 40, 14, 70)
    assert not any(who_is_out(_sifting.is_cut_off, paper(), *low, tall))


@pytest.mark.parametrize("heights", [(8,), (8, 30)])
def test_if_all_end_at_the_edge_none_is_known_to_be_cut_off(heights):
    strokes = [stroke_at(30 * k, 0, 14, height) for k, height in enumerate(heights)]
    assert not any(who_is_out(_sifting.is_cut_off, paper(), *strokes))


def test_the_reason_is_the_first_check_that_holds():
    labels = np.zeros(SHAPE, int)
    labels[:, 150:] = Label.DARK
    grey = np.ones(SHAPE)
    grey[20:46, 20:24] = grey[:, 147:] = 0.2
    digit, faint, edge = (
        stroke_at(left, top, width, 26)
        for left, top, width in ((20, 20, 4), (60, 20, 4), (147, 60, 3))
    )
    tall = stroke_at(100, 20, 12, 3 * HEIGHT + 1)
    grey[20:110, 100:112] = 0.2
    page = page_of(labels, grey)
    kept, rejected = sift([digit, faint, edge, tall], page, BEFORE)
    assert kept == [digit]
    assert dict(rejected) == {
        faint.box: "too faint",
        edge.box: "the edge of a dark area",
        tall.box: "too large",
    }
    dot, cut_off = stroke_at(0, 0, 5, 5), stroke_at(70, 0, 14, 15)
    usual = stroke_at(20, 40, 14, HEIGHT)
    kept, rejected = sift([dot, usual, cut_off], page, AFTER)
    assert kept == [usual]
    # The dot ends at the edge, too.
    assert rejected == [(dot.box, "a dot"), (cut_off.box, "cut off at the edge")]


def test_without_strokes_no_check_is_asked():
    def check(strokes, page):
        raise AssertionError

    assert sift([], paper(), {"any": check}) == ([], [])
    assert sift([], paper(), {**BEFORE, **AFTER}) == ([], [])


def test_later_checks_do_not_see_what_is_rejected():
    asked = []

    def first_of_all(strokes, page):
        asked.append(list(strokes))
        return np.arange(len(strokes)) == 0

    strokes = [stroke_at(30 * k, 10, 4, 26) for k in range(3)]
    kept, rejected = sift(strokes, paper(), {"one": first_of_all, "two": first_of_all})
    assert asked == [strokes, strokes[1:]]
    assert kept == strokes[2:]
    assert rejected == [(strokes[0].box, "one"), (strokes[1].box, "two")]


BOXES = st.tuples(
    st.integers(0, 150), st.integers(0, 80), st.integers(1, 50), st.integers(1, 40)
)


@settings(deadline=None, derandomize=True, max_examples=50)
@given(
    boxes=st.lists(BOXES, max_size=8),
    label=st.sampled_from([Label.PAPER, Label.DARK, Label.DIGIT]),
    darkness=st.floats(0, 1),
)
def test_no_stroke_is_lost(boxes, label, darkness):
    labels = np.zeros(SHAPE, int)
    labels[30:80, 60:120] = label
    page = page_of(labels, 1 - darkness * (labels > 0))
    strokes = [stroke_at(*box) for box in boxes]
    kept, rejected = sift(strokes, page, {**BEFORE, **AFTER})
    found = [stroke.box for stroke in kept] + [box for box, _ in rejected]
    assert sorted(found) == sorted(stroke.box for stroke in strokes)
    # Those that are kept stay in their order.
    places = iter(strokes)
    assert all(any(one is other for other in places) for one in kept)


def test_areas_have_the_boxes_of_rules_and_dark_areas():
    labels = np.zeros(SHAPE, int)
    labels[20, 10:100] = Label.RULE
    labels[40:100, 150:] = Label.DARK
    labels[40:66, 30:40] = Label.DIGIT
    labels[80:84, 30:36] = Label.DARK
    labels[110, 30 : 30 + HEIGHT // 2] = Label.RULE
    found = find_areas(page_of(labels))
    assert sorted(found) == [
        ((10, 20, 100, 21), "a line"),
        ((30, 110, 30 + HEIGHT // 2, 111), "a line"),
        ((150, 40, 200, 100), _sifting.DARK_AREA),
    ]
    assert find_areas(paper()) == []

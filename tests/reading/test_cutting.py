"""Cuts through digits that touch, and what is put together again."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from skdigits.reading._candidates import (
    CUT,
    UNREAD,
    Candidate,
    best_path,
    make_candidates,
)
from skdigits.reading._joining import TALLEST, join_all, join_broken
from skdigits.reading._labels import Label
from skdigits.reading._splitting import split
from skdigits.reading._strokes import Stroke, merge

HEIGHT = 26
SHAPE = (400, 400)


def stroke_of(mask, left=0, top=0, share=1.0):
    """Return a stroke whose box is cropped to its ink."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    crop = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    left, top = left + int(columns[0]), top + int(rows[0])
    box = (left, top, left + crop.shape[1], top + crop.shape[0])
    return Stroke(box, crop, Label.DIGIT, share)


def bar(left, top, width, height):
    return stroke_of(np.ones((height, width), bool), left, top)


def ink_of(strokes):
    """Return how many strokes have ink at each pixel of a page."""
    ink = np.zeros(SHAPE, int)
    for stroke in strokes:
        left, top, right, bottom = stroke.box
        ink[top:bottom, left:right] += stroke.mask
    return ink


def ring(height=HEIGHT, width=16, pen=3):
    """Draw a 0."""
    y, x = np.mgrid[:height, :width]
    far = np.hypot((x - (width - 1) / 2) / width, (y - (height - 1) / 2) / height)
    return (far <= 0.5) & (far >= 0.5 - pen / width)


def pair(bridge, gap=4):
    """Draw two zeros, linked by a bridge of some rows."""
    mask = np.hstack([ring(), np.zeros((HEIGHT, gap), bool), ring()])
    mask[10 : 10 + bridge, 13 : 19 + gap] = True
    return mask


# Cuts


@pytest.mark.parametrize("factor", [1, 2, 5])
@pytest.mark.parametrize("bridge", [2, 3])
def test_digits_that_touch_are_cut_between_them(bridge, factor):
    mask = pair(bridge).repeat(factor, axis=0).repeat(factor, axis=1)
    stroke = stroke_of(mask, 50, 40)
    first, second = split(stroke, 1)
    between = 50 + 18 * factor
    assert first.box[2] == pytest.approx(between, abs=3 * factor)
    assert second.box[0] == pytest.approx(between, abs=3 * factor)
    assert first.box[0] == 50
    assert second.box[2] == stroke.box[2]
    assert (ink_of([first, second]) == ink_of([stroke])).all()


def test_pieces_know_what_they_were_cut_off():
    stroke = replace(stroke_of(pair(3)), share=0.7, label=Label.WRITING)
    pieces = split(stroke, 4)
    assert len(pieces) > 1
    assert all(piece.whole is stroke for piece in pieces)
    assert {(piece.share, piece.label) for piece in pieces} == {(0.7, Label.WRITING)}
    assert merge(pieces).whole is None
    assert merge(pieces[:-1]).whole is stroke


def test_a_cut_goes_around_ink():
    """Two pens that lean, so that no straight cut from top to bottom parts them."""
    mask = np.zeros((40, 60), bool)
    for row in range(40):
        for left in (4, 16):
            mask[row, left + row // 4 : left + 8 + row // 4] = True
    mask[20] |= np.arange(60) // 10 == 1
    stroke = stroke_of(mask)
    first, second = split(stroke, 1)
    assert first.box[2] > second.box[0]
    assert [one.mask[0].sum() for one in (first, second)] == [8, 8]
    assert (ink_of([first, second]) == ink_of([stroke])).all()


@pytest.mark.parametrize("size", [(60, 30), (4, 26), (3, 3), (1, 1), (2, 40)])
def test_where_ink_is_thick_or_narrow_there_is_no_cut(size):
    block = bar(10, 10, *size)
    assert split(block, 5) == [block]


@pytest.mark.parametrize("most", [1, 2, 3])
def test_there_are_no_more_cuts_than_asked_for(most):
    rings = [np.pad(ring(), ((0, 0), (0, 2))) for _ in range(5)]
    mask = np.hstack(rings)[:, :-2]
    mask[12:14, 14:-14] = True
    assert len(split(stroke_of(mask), most)) == most + 1
    assert len(split(stroke_of(mask), 12)) >= 5


MASKS = st.builds(
    lambda height, width, share, seed: (
        np.random.RandomState(seed).uniform(size=(height, width)) < share
    ),
    st.integers(1, 40),
    st.integers(1, 120),
    st.floats(0.05, 1),
    st.integers(0, 999),
)


@settings(deadline=None, derandomize=True, max_examples=60)
@given(mask=MASKS, most=st.integers(1, 12))
def test_pieces_sum_to_the_whole(mask, most):
    assume(mask.any())
    stroke = stroke_of(mask, 7, 3)
    pieces = split(stroke, most)
    assert (ink_of(pieces) == ink_of([stroke])).all()
    assert 1 <= len(pieces) <= most + 1
    for piece in pieces:
        height, width = piece.mask.shape
        assert (piece.width, piece.height) == (width, height)
        assert piece.mask.any(axis=0)[[0, -1]].all()
        assert piece.mask.any(axis=1)[[0, -1]].all()


# Candidates


def spans(candidates):
    return [(one.first, one.last) for one in candidates]


def test_whole_digits_are_not_put_together():
    row = [bar(20 * k, 0, 5, HEIGHT) for k in range(4)]
    candidates = make_candidates(row, HEIGHT)
    assert spans(candidates) == [(0, 1), (1, 2), (2, 3), (3, 4)]
    assert [one.stroke for one in candidates] == row


def test_pieces_that_were_cut_apart_are_put_together():
    whole = stroke_of(pair(3))
    pieces = split(whole, 1)
    candidates = make_candidates([*pieces, bar(60, 0, 5, HEIGHT)], HEIGHT)
    assert spans(candidates) == [(0, 1), (0, 2), (1, 2), (2, 3)]
    assert candidates[1].stroke.whole is None
    assert (ink_of([candidates[1].stroke]) == ink_of([whole])).all()


def test_what_is_small_is_put_to_both_neighbours():
    row = [bar(0, 0, 5, HEIGHT), bar(8, 20, 5, 6), bar(16, 0, 5, HEIGHT)]
    assert spans(make_candidates(row, HEIGHT)) == [
        (0, 1),
        (0, 2),
        (0, 3),
        (1, 2),
        (1, 3),
        (2, 3),
    ]
    usual = [*row[:1], bar(8, 8, 5, 18), *row[2:]]
    assert spans(make_candidates(usual, HEIGHT)) == [(0, 1), (1, 2), (2, 3)]


def test_what_is_put_together_is_no_larger_than_a_digit():
    whole = bar(0, 0, 200, HEIGHT)
    pieces = [replace(bar(20 * k, 0, 20, HEIGHT), whole=whole) for k in range(10)]
    candidates = make_candidates(pieces, HEIGHT)
    # 1.5 heights are 39 pixels: less than two pieces; at a larger height it is three.
    assert spans(candidates) == [(k, k + 1) for k in range(10)]
    assert max(one.stroke.width for one in make_candidates(pieces, 40)) == 60
    pieces = [replace(bar(9 * k, 0, 9, HEIGHT), whole=whole) for k in range(10)]
    assert max(one.last - one.first for one in make_candidates(pieces, 90)) == 5
    # One below the other is as large: 1.7 heights are 44 pixels.
    for top, expected in ((34, [(0, 1), (0, 2), (1, 2)]), (35, [(0, 1), (1, 2)])):
        below = [bar(0, 0, 9, HEIGHT), bar(2, top, 9, 10)]
        assert spans(make_candidates(below, HEIGHT)) == expected


def test_a_single_piece_is_a_candidate_however_large():
    large = bar(0, 0, 200, 90)
    assert spans(make_candidates([large], HEIGHT)) == [(0, 1)]
    assert make_candidates([], HEIGHT) == []


# The best path


def all_covers(candidates, start, n_pieces):
    """Yield all ways to cover the pieces from one on, as lists of indices."""
    if start == n_pieces:
        yield []
    for k, one in enumerate(candidates):
        if one.first == start:
            for rest in all_covers(candidates, one.last, n_pieces):
                yield [k, *rest]


def cost_of(path, candidates, scores):
    return sum(
        min(-np.log(scores[k]) if scores[k] else np.inf, UNREAD)
        + CUT * (candidates[k].stroke.whole is not None)
        for k in path
    )


@settings(deadline=None, derandomize=True, max_examples=150)
@given(n_pieces=st.integers(1, 6), draw=st.data())
def test_the_best_path_is_the_cheapest_of_all_covers(n_pieces, draw):
    whole = bar(0, 0, 9, HEIGHT)
    spans = [
        (first, last)
        for first in range(n_pieces)
        for last in range(first + 1, n_pieces + 1)
        if last == first + 1 or draw.draw(st.booleans())
    ]
    candidates = [
        Candidate(
            *span, replace(whole, whole=whole if draw.draw(st.booleans()) else None)
        )
        for span in draw.draw(st.permutations(spans))
    ]
    some = st.lists(st.floats(0, 1), min_size=len(candidates), max_size=len(candidates))
    scores = np.array(draw.draw(some))
    path = best_path(candidates, scores)
    # Each piece once, from left to right.
    ends = [0] + [candidates[k].last for k in path]
    assert [candidates[k].first for k in path] == ends[:-1]
    assert ends[-1] == n_pieces
    costs = [
        cost_of(cover, candidates, scores)
        for cover in all_covers(candidates, 0, n_pieces)
    ]
    assert cost_of(path, candidates, scores) == pytest.approx(min(costs), abs=1e-9)


def test_one_digit_is_kept_whole_and_two_are_cut():
    pieces = split(stroke_of(pair(3)), 1)
    candidates = make_candidates(pieces, HEIGHT)
    assert spans(candidates) == [(0, 1), (0, 2), (1, 2)]
    assert best_path(candidates, np.array([0.95, 0.01, 0.95])) == [0, 2]
    assert best_path(candidates, np.array([0.6, 0.6, 0.6])) == [1]
    assert best_path(candidates, np.zeros(3)) == [1]
    assert best_path([], np.zeros(0)) == []


# What is broken


def scorer(*known):
    """Return a score of strokes: of those in boxes as given, else 0.01."""
    scores = {stroke.box: score for stroke, score in known}

    def score(strokes):
        score.asked += [stroke.box for stroke in strokes]
        return np.array([scores.get(stroke.box, 0.01) for stroke in strokes])

    score.asked = []
    return score


def broken_five(gap=2):
    """Draw the roof of a 5, and the rest of it below."""
    roof = np.zeros((6, 16), bool)
    roof[:3] = roof[:, :3] = True
    below = ring(18, 16)
    below[4:9, :5] = False
    return stroke_of(roof, 100, 60), stroke_of(below, 101, 66 + gap)


@pytest.mark.parametrize("gap", [0, 2, 5])
def test_parts_of_a_broken_digit_are_joined(gap):
    roof, below = broken_five(gap)
    other = bar(140, 62, 4, 24)
    whole = merge([roof, below])
    score = scorer((roof, 0.3), (below, 0.6), (whole, 0.9), (other, 0.95))
    strokes = join_broken([other, below, roof], score)
    assert [stroke.box for stroke in strokes] == [other.box, whole.box]
    assert (ink_of(strokes) == ink_of([roof, below, other])).all()


def test_two_digits_in_two_lines_are_not_joined():
    upper, lower = bar(100, 60, 10, 20), bar(101, 85, 10, 20)
    known = (upper, 0.9), (lower, 0.9)
    whole = merge([upper, lower])
    # As probable as one digit as they are as two: they are apart.
    assert join_broken([upper, lower], scorer(*known, (whole, 0.8))) == [upper, lower]
    # They are nearly as one.
    near = bar(101, 82, 10, 20)
    known = (upper, 0.9), (near, 0.9), (merge([upper, near]), 0.7)
    assert len(join_broken([upper, near], scorer(*known))) == 1
    # They are further apart than parts.
    far = bar(101, 87, 10, 20)
    assert join_broken([upper, far], scorer((merge([upper, far]), 1.0))) == [upper, far]


def test_parts_side_by_side_are_left_to_their_row():
    first, second = bar(100, 60, 10, 20), bar(111, 60, 10, 20)
    score = scorer((merge([first, second]), 1.0))
    assert join_broken([first, second], score) == [first, second]
    assert score.asked == []


def test_what_is_no_digit_together_is_not_joined():
    upper, lower = bar(100, 60, 10, 10), bar(100, 72, 10, 10)
    score = scorer((merge([upper, lower]), 0.19))
    assert join_broken([upper, lower], score) == [upper, lower]
    score = scorer((merge([upper, lower]), 0.21))
    assert len(join_broken([upper, lower], score)) == 1


def test_nothing_higher_than_a_digit_is_joined():
    for height, n_left in ((TALLEST - 30, 1), (TALLEST - 29, 2)):
        upper, lower = bar(100, 60, 4, 28), bar(100, 90, 4, height)
        score = scorer((merge([upper, lower]), 1.0))
        assert len(join_broken([upper, lower], score)) == n_left


def test_each_part_is_joined_once_the_most_probable_digit_first():
    parts = [bar(100, top, 8, 8) for top in (60, 70, 80)]
    score = scorer((merge(parts[:2]), 0.5), (merge(parts[1:]), 0.8))
    assert {stroke.box for stroke in join_broken(parts, score)} == {
        parts[0].box,
        merge(parts[1:]).box,
    }


@settings(deadline=None, derandomize=True, max_examples=60)
@given(
    boxes=st.lists(
        st.tuples(*[st.integers(0, 90)] * 2, *[st.integers(1, 60)] * 2), max_size=7
    ),
    seed=st.integers(0, 99),
)
def test_no_ink_is_lost_whatever_the_scores(boxes, seed):
    random = np.random.RandomState(seed)
    strokes = [bar(*box) for box in boxes]
    joined = join_broken(strokes, lambda some: random.uniform(size=len(some)))
    before, after = ink_of(strokes) > 0, ink_of(joined) > 0
    assert (before == after).all()
    assert len(joined) <= len(strokes)
    new = [stroke for stroke in joined if all(stroke is not one for one in strokes)]
    assert all(stroke.height <= TALLEST for stroke in new)
    assert len(joined) + len(new) == len(strokes)
    together = join_all(strokes, lambda some: random.uniform(size=len(some)))
    assert (before == (ink_of(together) > 0)).all()


def test_all_parts_of_a_picture_are_one_digit_if_that_is_more_probable():
    parts = [bar(100, 60, 3, 20), bar(110, 66, 3, 9), bar(120, 60, 3, 20)]
    whole = merge(parts)
    for score, n_left in ((0.5, 1), (0.19, 3)):
        assert len(join_all(parts, scorer((whole, score)))) == n_left
    digits = [(part, 0.9) for part in parts]
    assert join_all(parts, scorer(*digits, (whole, 0.7))) == parts
    assert [one.box for one in join_all(parts, scorer(*digits, (whole, 0.75)))] == [
        whole.box
    ]


@pytest.mark.parametrize("n", [0, 1, 6])
def test_a_single_stroke_or_many_are_not_joined(n):
    strokes = [bar(30 * k, 10, 4, 20) for k in range(n)]
    score = scorer((merge(strokes), 1.0)) if n else scorer()
    assert join_all(strokes, score) == strokes
    assert score.asked == []
    assert join_broken(strokes, score) == strokes

"""Digits in doubt are read as the hand of the page writes them."""

import numpy as np
import pytest

from skdigits.reading._hand import FEWEST, follow_hand
from skdigits.reading._labels import Label
from skdigits.reading._row import Glyph
from skdigits.reading._strokes import Stroke

STROKE = Stroke((0, 0, 14, 26), np.ones((26, 14), bool), Label.DIGIT, 1.0)


def glyph(digit, drawn_as, probability=0.99, is_digit=1.0):
    """Return a digit, and what it looks like: a bar at its own height."""
    image = np.zeros((28, 28), np.uint8)
    image[2 + 2 * drawn_as : 4 + 2 * drawn_as, 4:24] = 255
    probabilities = np.full(10, (1 - probability) / 9)
    probabilities[digit] = probability
    return Glyph(STROKE, is_digit, probabilities, image)


def page(n=FEWEST, **options):
    return [glyph(k % 10, k % 10, **options) for k in range(n)]


def test_a_digit_in_doubt_is_what_it_looks_like_on_this_page():
    doubted = glyph(9, drawn_as=4, probability=0.6)
    *others, found = follow_hand([*page(), doubted])
    assert found.digit == 4
    assert found.probabilities.sum() == pytest.approx(1)
    assert [one.digit for one in others] == [one.digit for one in page()]


@pytest.mark.parametrize(
    "others",
    [
        page(FEWEST - 1),
        page(is_digit=0.4),  # perhaps no digits
        page(probability=0.9),  # not sure either
    ],
)
def test_what_is_not_sure_shows_no_hand(others):
    *_, found = follow_hand([*others, glyph(9, drawn_as=4, probability=0.6)])
    assert found.digit == 9


def test_sure_digits_stay():
    *_, found = follow_hand([*page(), glyph(9, drawn_as=4)])
    assert found.digit == 9


def test_a_digit_that_is_not_on_the_page_may_be_read():
    others = [one for one in page(2 * FEWEST) if one.digit != 4]
    *_, found = follow_hand([*others, glyph(4, drawn_as=4, probability=0.975)])
    assert found.digit == 4


def test_an_empty_page_has_no_hand():
    assert follow_hand([]) == []

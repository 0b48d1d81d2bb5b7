import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skdigits.reading._placing import Placing


@settings(deadline=None)
@given(st.integers(0, 3), st.integers(0, 20), st.integers(0, 30), st.integers(1, 9))
def test_box_of_a_turned_page_covers_the_same_pixels(turns, left, top, side):
    image = np.zeros((60, 50), bool)
    image[top : top + side, left : left + side + 2] = True
    turned = np.rot90(image, -turns)
    rows, columns = np.nonzero(turned)
    box = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    place = Placing(turned.shape, turns, (50, 60))
    assert place(box) == (left, top, left + side + 2, top + side)


@pytest.mark.parametrize("factor", [0.5, 3])
def test_boxes_of_a_scaled_page(factor):
    place = Placing((round(60 * factor), round(50 * factor)), 0, (50, 60))
    assert place((round(10 * factor), 0, round(50 * factor), 6)) == pytest.approx(
        (10, 0, 50, 6 / factor), abs=1
    )

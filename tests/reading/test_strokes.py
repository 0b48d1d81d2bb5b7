import numpy as np
import pytest

from skdigits.reading._labels import Label
from skdigits.reading._masks import MOST_STROKES
from skdigits.reading._strokes import draw, find_ink, find_strokes, merge
from synthetic.labelled.pages import page_of


def test_stroke_has_the_label_of_most_of_it():
    labels = np.zeros((40, 60), int)
    labels[5:30, 10:16] = Label.DIGIT
    labels[5:8, 10:16] = Label.WRITING
    labels[25:30, 40:44] = Label.SIGN
    first, second = sorted(find_strokes(page_of(labels)), key=lambda s: s.box)
    assert (first.label, first.box) == (Label.DIGIT, (10, 5, 16, 30))
    assert 0.8 < first.share < 0.95
    assert (second.label, second.share) == (Label.SIGN, 0)


def test_digit_and_letter_that_touch_are_parted():
    labels = np.zeros((40, 60), int)
    labels[5:30, 10:30] = Label.DIGIT
    labels[5:30, 30:52] = Label.WRITING
    strokes = sorted(find_strokes(page_of(labels)), key=lambda stroke: stroke.box)
    assert [stroke.label for stroke in strokes] == [Label.DIGIT, Label.WRITING]
    assert abs(strokes[0].box[2] - 30) <= 1


def test_a_single_digit_is_not_parted_however_it_is_labelled():
    labels = np.zeros((40, 60), int)
    labels[5:30, 10:20] = Label.DIGIT
    labels[5:30, 20:30] = Label.WRITING
    [stroke] = find_strokes(page_of(labels))
    assert stroke.box == (10, 5, 30, 30)
    assert stroke.share == 0.5


@pytest.mark.parametrize(
    ("height", "label"), [(26, Label.DIGIT), (34, Label.SIGN), (12, Label.SIGN)]
)
def test_what_may_be_a_sign_is_one_if_it_is_tall_or_small(height, label):
    page = page_of(np.zeros((60, 60), int))
    page.probabilities[:, 10 : 10 + height, 20:24] = 0
    page.probabilities[Label.DIGIT, 10 : 10 + height, 20:24] = 0.45
    page.probabilities[Label.SIGN, 10 : 10 + height, 20:24] = 0.55
    [stroke] = find_strokes(page)
    assert stroke.label == label


def test_rules_and_dark_areas_are_no_strokes():
    labels = np.zeros((40, 60), int)
    labels[20] = Label.RULE
    labels[:, 50:] = Label.DARK
    assert find_strokes(page_of(labels)) == []
    assert not find_ink(page_of(labels)).any()


def test_ink_of_a_faint_pen_is_drawn_as_strong_as_any():
    labels = np.zeros((60, 60), int)
    labels[15:40, 20:26] = Label.DIGIT
    for darkness in (0.1, 0.9):
        page = page_of(labels, 1 - darkness * (labels > 0))
        [stroke] = find_strokes(page)
        image = draw(stroke, find_ink(page))
        assert image.shape == (29, 10)
        assert image[5:-5, 4:6].min() > 0.95
        assert not image[0].any()


def test_pieces_of_one_stroke_are_whole_again():
    labels = np.zeros((40, 60), int)
    labels[5:15, 10:16] = Label.DIGIT
    labels[18:30, 10:16] = Label.DIGIT
    strokes = find_strokes(page_of(labels))
    together = merge(strokes)
    assert together.box == (10, 5, 16, 30)
    assert together.mask.sum() == sum(stroke.mask.sum() for stroke in strokes)
    assert together.whole is None


def test_strokes_are_bounded():
    labels = np.zeros((400, 400), int)
    labels.reshape(100, 4, 100, 4)[:, :2, :, :3] = Label.DIGIT
    assert len(find_strokes(page_of(labels))) == MOST_STROKES

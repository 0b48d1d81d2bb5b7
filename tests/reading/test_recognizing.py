"""What the classifier, the gate, the labels and the context say of strokes."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from skdigits.datasets import load_digits
from skdigits.reading._context import discount_sides, discount_text
from skdigits.reading._labelling import HEIGHT
from skdigits.reading._labels import Label
from skdigits.reading._recognizing import Recognizer, classify, load_gate, log_odds
from skdigits.reading._strokes import Stroke, draw
from synthetic.scans import crop, scale

SHAPE = (80, 400)


class Spy:
    """A classifier that counts the images it is asked for."""

    def __init__(self, classes=range(10)):
        self.classes_ = np.array(list(classes))
        self.batches = []

    def predict_proba(self, X):
        assert X.shape[1:] == (784,)
        assert X.dtype == np.uint8
        self.batches.append(len(X))
        # The more ink, the more probable is the last class.
        ink = X.mean(axis=1, keepdims=True) / 255
        shares = np.full((len(X), len(self.classes_)), 1.0) / len(self.classes_)
        shares *= 1 - ink
        shares[:, -1:] += ink
        return shares


@pytest.fixture(scope="module")
def row():
    """Ink of digits side by side, and the stroke of each."""
    images = load_digits().images[:8] / 16
    ink, strokes = np.zeros(SHAPE, np.float32), []
    for k, image in enumerate(images):
        digit = scale(crop(image), HEIGHT)
        left, top = 20 + 45 * k, 25
        right, bottom = left + digit.shape[1], top + digit.shape[0]
        ink[top:bottom, left:right] = digit
        box = (left, top, right, bottom)
        strokes.append(Stroke(box, digit > 0.3, Label.DIGIT, 0.9))
    return ink, strokes


def test_each_stroke_is_looked_at_once(row):
    ink, strokes = row
    spy = Spy()
    recognizer = Recognizer(ink, spy)
    first = recognizer(strokes[:3])
    assert spy.batches == [3]
    again = recognizer([strokes[2], strokes[5], strokes[0], strokes[5]])
    assert spy.batches == [3, 1]
    recognizer(strokes[:3])
    assert spy.batches == [3, 1]
    for name in ("images", "probabilities", "gate", "is_digit"):
        assert_array_equal(getattr(again, name)[[0, 2]], getattr(first, name)[[2, 0]])
        assert_array_equal(getattr(again, name)[1], getattr(again, name)[3])


def test_a_stroke_that_was_put_together_again_is_not_looked_at_again(row):
    ink, strokes = row
    spy = Spy()
    recognizer = Recognizer(ink, spy)
    whole = strokes[0]
    recognizer([whole])
    recognizer([replace(whole, mask=whole.mask.copy())])
    assert spy.batches == [1]
    left, top, right, bottom = whole.box
    recognizer([replace(whole, box=(left + 1, top, right + 1, bottom))])
    assert spy.batches == [1, 1]


def test_alone_or_together_they_look_the_same(row):
    ink, strokes = row
    together = Recognizer(ink, Spy())(strokes)
    for k, stroke in enumerate(strokes):
        alone = Recognizer(ink, Spy())([stroke])
        assert_array_equal(alone.images[0], together.images[k])
        assert alone.gate[0] == pytest.approx(together.gate[k], abs=1e-6)


def test_a_share_changes_what_is_a_digit_and_nothing_else(row):
    ink, strokes = row
    spy = Spy()
    recognizer = Recognizer(ink, spy)
    shares = (0.0, 0.2, 0.5, 0.9, 1.0)
    seen = recognizer([replace(strokes[0], share=share) for share in shares])
    assert spy.batches == [1]
    assert (np.diff(seen.is_digit) > 0).all()
    assert (seen.is_digit > 0).all()
    assert (seen.is_digit < 1).all()
    for values in (seen.images, seen.probabilities, seen.gate, seen.scores):
        assert (values == values[:1]).all()


def test_real_digits_pass_the_gate_and_a_scribble_does_not(row):
    ink, strokes = row
    seen = Recognizer(ink, Spy())(strokes)
    assert (seen.gate > 0.5).mean() >= 0.75
    assert seen.images.shape == (8, 28, 28)
    assert (seen.images.max(axis=(1, 2)) > 200).all()
    comb = np.zeros((HEIGHT, 3 * HEIGHT), bool)
    comb[:, ::9] = comb[::12] = True
    stroke = Stroke((20, 25, 20 + comb.shape[1], 25 + HEIGHT), comb, Label.DIGIT, 0.9)
    ink = np.zeros(SHAPE, np.float32)
    ink[25 : 25 + HEIGHT, 20 : 20 + comb.shape[1]] = comb
    scribble = Recognizer(ink, Spy())([stroke])
    assert scribble.gate[0] < 0.1
    assert scribble.is_digit[0] < seen.is_digit.min()


def test_scores_are_of_the_shape_alone(row):
    ink, strokes = row
    seen = Recognizer(ink, Spy())(strokes)
    assert seen.scores == pytest.approx(seen.gate * seen.probabilities.max(axis=1))
    X = seen.images.reshape(len(strokes), -1)
    assert seen.gate == pytest.approx(load_gate().predict_proba(X)[:, 1], abs=1e-6)


@pytest.mark.parametrize("n_before", [0, 2])
def test_no_strokes(row, n_before):
    ink, strokes = row
    spy = Spy()
    recognizer = Recognizer(ink, spy)
    recognizer(strokes[:n_before])
    seen = recognizer([])
    assert seen.images.shape == (0, 28, 28)
    assert seen.probabilities.shape == (0, 10)
    assert seen.gate.shape == seen.is_digit.shape == seen.scores.shape == (0,)
    assert spy.batches == [n_before][: n_before > 0]


def test_a_stroke_that_is_gone_is_not_taken_for_another(row):
    """Python gives the id of what is gone to what comes next."""
    ink, strokes = row
    recognizer = Recognizer(ink, Spy())
    for k in range(40):
        whole = strokes[k % 8]
        # Without its first rows; its mask is gone when the next one comes.
        mask = whole.mask.copy()
        mask[: k // 8] = False
        part = replace(whole, mask=mask)
        seen = recognizer([part])
        fresh = Recognizer(ink, Spy())([part])
        assert_array_equal(seen.images, fresh.images)
        del whole, mask, part


@pytest.mark.parametrize("classes", [[0, 1], ["7", "3"], [4]])
def test_digits_that_a_classifier_does_not_know_have_probability_0(row, classes):
    ink, strokes = row
    probabilities = Recognizer(ink, Spy(classes))(strokes).probabilities
    known = [int(label) for label in classes]
    assert probabilities.shape == (8, 10)
    assert not np.delete(probabilities, known, axis=1).any()
    assert probabilities.sum(axis=1) == pytest.approx(np.ones(8))
    assert (probabilities[:, known[-1]] == probabilities.max(axis=1)).all()


def test_images_upside_down_are_classified_as_they_are(row):
    """As views with negative strides, which is how pages are turned."""
    ink, strokes = row
    images = Recognizer(ink, Spy())(strokes).images
    turned = classify(images[:, ::-1, ::-1], Spy())
    assert_array_equal(turned, classify(images[:, ::-1, ::-1].copy(), Spy()))


def test_only_the_ink_of_a_stroke_is_seen(row):
    ink, strokes = row
    around = ink.copy()
    _, top, right, bottom = strokes[0].box
    around[top:bottom, right + 3 : right + 9] = 1
    assert_array_equal(draw(strokes[0], around), draw(strokes[0], ink))


def test_log_odds_are_within_bounds():
    odds = log_odds(np.array([0, 1e-3, 0.5, 1]))
    assert odds == pytest.approx([-6.907, -6.907, 0, 6.907], abs=1e-3)


# The context


def ink_at(left, top, share, width=12, height=HEIGHT):
    mask = np.ones((height, width), bool)
    box = (left, top, left + width, top + height)
    return Stroke(box, mask, Label.DIGIT, share)


def test_a_digit_among_letters_is_less_surely_one():
    text = [ink_at(20 * k, 40, 0.0) for k in range(10) if k != 4]
    among, apart = ink_at(80, 40, 0.9), ink_at(80, 40 + 4 * HEIGHT, 0.9)
    aside = ink_at(200 + 12 * HEIGHT, 40, 0.9)
    found = discount_text([among, apart, aside], text)
    assert found[0].share < 0.2
    assert [one.share for one in found[1:]] == pytest.approx([0.9, 0.9], abs=0.01)
    for before, after in zip([among, apart, aside], found, strict=True):
        assert after.mask is before.mask
        assert after.box == before.box


def test_digits_around_outweigh_a_letter():
    digits = [ink_at(20 * k, 40, 0.9) for k in range(6)]
    found = discount_text(digits, [ink_at(120, 40, 0.0)])
    shares = np.array([one.share for one in found])
    assert (shares <= 0.9).all()
    assert (np.diff(shares) <= 0).all()
    assert shares[0] > 0.8
    assert shares.min() > 0.5


def test_little_text_counts_for_little():
    digit = ink_at(80, 40, 0.9)
    speck, word = [[ink_at(100, 40, 0.0, side, side)] for side in (3, 4 * HEIGHT)]
    shares = [discount_text([digit], text)[0].share for text in (speck, word)]
    assert shares[0] > 0.8
    assert shares[1] < 0.2


def test_without_text_nothing_changes():
    digits = [ink_at(20 * k, 40, 0.9) for k in range(3)]
    assert discount_text(digits, []) == digits
    assert discount_text([], digits) == []


def test_what_touches_a_side_is_less_surely_a_digit():
    left, inside, right = (ink_at(x, 40, 0.6) for x in (0, 200, 388))
    found = discount_sides([left, inside, right], 400)
    assert found[1] is inside
    for before, after in ((left, found[0]), (right, found[2])):
        assert after.share == pytest.approx(0.17, abs=0.01)
        assert after.mask is before.mask
    # In a picture that its digits fill, all may touch a side.
    assert discount_sides([left, right], 400) == [left, right]
    assert discount_sides([], 400) == []

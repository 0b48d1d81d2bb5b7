import numpy as np
import pandas as pd
import pytest
from sklearn.utils import Bunch

from skdigits.inspection import LabelErrorsDisplay


@pytest.fixture
def errors():
    """Three suspected images among six."""
    probabilities = np.full((6, 3), 1 / 3)
    probabilities[4] = 0.001, 0.009, 0.99
    probabilities[1] = 0.8, 0.0, 0.2
    probabilities[5] = 0.3, 0.6, 0.1
    return Bunch(
        indices=np.array([4, 1, 5]),
        given=np.array(["a", "b", "a"]),
        suggested=np.array(["c", "a", "b"]),
        scores=np.array([-0.989, -0.8, -0.3]),
        all_scores=np.zeros(6),
        probabilities=probabilities,
        classes=np.array(["a", "b", "c"]),
    )


def texts(display):
    return [text.get_text() for text in display.texts_]


def pixels(display):
    return [int(image.get_array()[0, 0]) for image in display.images_]


def test_images_stand_in_the_order_of_the_errors(
    errors, planted, assert_nothing_cut_off
):
    display = LabelErrorsDisplay.from_label_errors(errors, planted(6))
    assert pixels(display) == [5, 2, 6]
    assert texts(display) == ["a → c\n<1% → 99%", "b → a\n0% → 80%", "a → b\n30% → 60%"]
    assert display.ax_.get_title() == "3 suspected label errors in 6 images"
    frame = display.frame()
    assert frame["index"].tolist() == [4, 1, 5]
    assert frame["suggested"].tolist() == ["c", "a", "b"]
    assert frame["probability_given"].tolist() == [0.001, 0.0, 0.3]
    assert_nothing_cut_off(display)


def test_rows_of_pixels_and_frames(errors, planted):
    rows = pd.DataFrame(planted(6).reshape(6, -1))
    display = LabelErrorsDisplay.from_label_errors(
        errors, rows, image_shape=(4, 6), n_images=2
    )
    assert pixels(display) == [5, 2]
    assert display.images.shape == (2, 4, 6)
    assert display.ax_.get_title() == "2 of 3 suspected label errors in 6 images"


def test_there_may_be_none(errors, planted):
    for name in ("indices", "given", "suggested", "scores"):
        errors[name] = errors[name][:0]
    display = LabelErrorsDisplay.from_label_errors(errors, planted(6))
    assert display.images_ == []
    (text,) = display.ax_.texts
    assert text.get_text() == "No suspected label errors in 6 images"
    assert len(display.frame()) == 0


def test_without_probabilities(planted):
    display = LabelErrorsDisplay(planted(1), [3], [5], [17]).plot()
    assert texts(display) == ["3 → 5"]
    assert display.ax_.get_title() == "1 suspected label error"
    assert list(display.frame()) == ["index", "given", "suggested"]


def test_other_images_are_refused(errors, planted):
    with pytest.raises(
        ValueError, match="5 images, but the label errors were found am"
    ):
        LabelErrorsDisplay.from_label_errors(errors, planted(5))
    with pytest.raises(ValueError, match="n_images == 0, must be >= 1"):
        LabelErrorsDisplay.from_label_errors(errors, planted(6), n_images=0)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        LabelErrorsDisplay(planted(2), [3], [5], [17])

import sys

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline

from skdigits.datasets import fetch_mnist, load_digits
from skdigits.inspection import DigitsDisplay, MisclassifiedDisplay
from skdigits.preprocessing import PCAFeatures, PixelScaler


def shown(display):
    """What a reader sees: the pixel of each image, and the text right under it."""
    display.figure_.draw_without_rendering()
    seen = []
    for image in display.images_:
        tile = image.get_window_extent()
        (text,) = [
            text.get_text()
            for text in display.texts_
            if abs(
                text.get_window_extent().x0
                + text.get_window_extent().x1
                - tile.x0
                - tile.x1
            )
            < 2
            and 0 <= tile.y0 - text.get_window_extent().y1 < 8
        ]
        seen.append((int(image.get_array()[0, 0]), text))
    return seen


@pytest.mark.parametrize("n_columns", [None, 1, 3, 30])
def test_right_labels_are_under_right_images(planted, n_columns):
    X = planted(23)
    y = np.array([f"is {i}" for i in range(1, 24)])
    display = DigitsDisplay.from_arrays(X, y, n_columns=n_columns)
    assert shown(display) == [(i, f"is {i}") for i in range(1, 24)]
    tiles = [image.get_window_extent() for image in display.images_]
    places = [(-round(tile.y1), round(tile.x0)) for tile in tiles]
    assert places == sorted(places)  # in the order of reading


def test_rows_by_class_hold_the_images_of_their_class(planted):
    X = planted(12)
    y = np.array(["b", "a", "c"] * 4)
    y_pred = y.copy()
    y_pred[4] = "b"
    display = DigitsDisplay.from_arrays(X, y, y_pred, per_class=4, n_columns=3)
    assert shown(display) == [
        *((2, "a"), (5, "a → b"), (8, "a"), (11, "a")),
        *((1, "b"), (4, "b"), (7, "b"), (10, "b")),
        *((3, "c"), (6, "c"), (9, "c"), (12, "c")),
    ]
    tiles = [image.get_window_extent() for image in display.images_]
    places = [(-round(tile.y1), round(tile.x0)) for tile in tiles]
    assert places == sorted(places)  # in the order of reading
    assert len({top for top, _ in places}) == 6  # two rows for each class
    names = display.ax_.get_yticklabels()
    assert [name.get_text() for name in names] == ["a", "b", "c"]
    for name, first in zip(names, (0, 4, 8), strict=True):
        row = display.images_[first].get_window_extent()
        middle = (name.get_window_extent().y0 + name.get_window_extent().y1) / 2
        assert row.y0 < middle < row.y1
    assert display.frame().to_dict("list") == {
        "index": [1, 4, 7, 10, 0, 3, 6, 9, 2, 5, 8, 11],
        "group": list("aaaabbbbcccc"),
        "true": list("aaaabbbbcccc"),
        "predicted": list("abaabbbbcccc"),
    }


def test_labels_are_not_repeated_in_rows_of_their_own(planted):
    display = DigitsDisplay.from_arrays(planted(4), [0, 1, 0, 1], per_class=2)
    assert {text.get_text() for text in display.texts_} == {""}


def test_mistakes_differ_by_more_than_colour(planted):
    display = DigitsDisplay.from_arrays(planted(2), [7, 7], [7, 9])
    right, wrong = display.texts_
    assert (right.get_text(), wrong.get_text()) == ("7", "7 → 9")
    assert (right.get_weight(), wrong.get_weight()) == ("normal", "bold")
    thin, thick = (frame.get_linewidth() for frame in display.frames_)
    assert thick > 3 * thin
    assert display.ax_.get_title() == "1 of 2 misclassified"


def test_predictions_without_truth_and_images_without_labels(planted):
    display = DigitsDisplay.from_arrays(planted(2), y_pred=[7, 9])
    assert [text.get_text() for text in display.texts_] == ["→ 7", "→ 9"]
    display = DigitsDisplay.from_arrays(planted(2))
    assert list(display.frame()) == ["index"]


def test_only_what_is_shown_is_predicted():
    class Counting(KNeighborsClassifier):
        def predict(self, X):
            self.asked = len(X)
            return super().predict(X)

    X, y = load_digits(return_X_y=True)
    classifier = Counting().fit(X[:500], y[:500])
    display = DigitsDisplay.from_estimator(classifier, X[500:], y[500:], n_images=7)
    assert classifier.asked == 7
    assert display.y_pred.tolist() == classifier.predict(X[500:507]).tolist()
    display = DigitsDisplay.from_estimator(classifier, X[500:], n_images=7)
    assert display.y_true is None


def test_halves_of_surrogate_pairs_are_spelled_out(planted):
    display = DigitsDisplay.from_arrays(planted(2), np.array(["\udc80", "b"], "O"))
    assert shown(display) == [(1, "\\udc80"), (2, "b")]


def test_labels_of_another_type_than_the_classifier_has_are_refused():
    X, y = load_digits(return_X_y=True)
    classifier = KNeighborsClassifier().fit(X[:500], y[:500])
    with pytest.raises(ValueError, match="y_true holds labels such as '0', y_pred hol"):
        DigitsDisplay.from_estimator(classifier, X, y.astype(str))


def test_frames_of_pandas_are_predicted_with_their_names():
    X, y = load_digits(return_X_y=True, as_frame=True)
    classifier = make_pipeline(PixelScaler(), KNeighborsClassifier()).fit(X, y)
    display = DigitsDisplay.from_estimator(classifier, X, y, per_class=2)
    assert display.images.shape == (20, 8, 8)
    assert display.y_true.tolist() == y[display.indices].tolist()


@pytest.mark.parametrize("shape", [(-1, 24), (-1, 4, 6), (-1, 4, 6, 1)])
def test_every_form_of_images(planted, shape):
    X = planted(3).reshape(shape)
    display = DigitsDisplay.from_arrays(X, image_shape=(4, 6))
    assert display.images.shape == (3, 4, 6)
    display.figure_.draw_without_rendering()
    tile = display.images_[0].get_window_extent()
    assert tile.width == pytest.approx(1.5 * tile.height)


def test_all_images_share_one_range(planted):
    display = DigitsDisplay.from_arrays(planted(3))
    assert {image.get_clim() for image in display.images_} == {(0, 3)}
    assert display.images_[0].get_cmap().name == "gray_r"
    display = DigitsDisplay.from_arrays(np.zeros((2, 3, 3)))
    assert display.images_[0].get_clim() == (0, 1)


def test_signed_images_are_centred_at_zero():
    components = PCAFeatures(n_components=5).fit(load_digits().images)
    display = DigitsDisplay.from_arrays(components.components_images_)
    low, high = display.images_[0].get_clim()
    assert low == -high == -np.abs(components.components_images_).max()
    assert display.images_[0].get_cmap().name == "RdBu_r"
    display.plot(cmap="gray")
    assert display.images_[0].get_clim() == (low, high)


def test_copies_in_rows_of_their_own(planted):
    X = planted(3)
    display = DigitsDisplay.from_arrays(
        np.concatenate([X] * 20), groups=np.repeat(np.arange(20), 3), n_images=1
    )
    assert len(display.images_) == 60
    assert len(display.ax_.get_yticklabels()) == 20


LONG = [f"the {i}th of several long labels" for i in range(20)]


@pytest.mark.parametrize(
    "options",
    [
        {"y": np.arange(40) % 20},
        {"y": np.resize(LONG, 40)},
        {"y": np.resize(LONG, 40), "y_pred": np.resize(LONG[1:], 40)},
        {"y": np.resize(LONG, 40), "per_class": 2},
        {"y": np.resize(LONG, 40), "y_pred": np.resize(LONG[1:], 40), "per_class": 2},
        {"y": np.zeros(40, int), "per_class": 30, "y_pred": np.zeros(40, int)},
        {"y": np.zeros(40, int), "n_images": 1, "y_pred": np.zeros(40, int)},
        {},
    ],
    ids=[
        "20 classes",
        "long",
        "long mistakes",
        "long in rows",
        "long mistakes in rows",
        "one class",
        "one image",
        "no labels",
    ],
)
@pytest.mark.parametrize("shape", [(28, 28), (1, 64), (40, 3)])
def test_nothing_is_cut_off(planted, assert_nothing_cut_off, shape, options):
    display = DigitsDisplay.from_arrays(planted(40, shape), **options)
    assert_nothing_cut_off(display)


def test_plot_twice_and_on_given_axes(planted):
    display = DigitsDisplay(planted(20), y_true=np.arange(20))
    first = display.plot().figure_
    assert display.plot().figure_ is not first
    figure, (left, _) = plt.subplots(1, 2, figsize=(8, 4), layout="constrained")
    assert display.plot(left) is display
    assert (display.ax_, display.figure_) == (left, figure)
    # Rows are chosen so that the images fill these axes, not a page.
    assert shown(display) == [(i + 1, str(i)) for i in range(20)]
    assert display.images_[0].get_window_extent().width > 35


def test_no_images_at_all():
    display = DigitsDisplay.from_arrays(np.zeros((0, 64)), np.zeros(0))
    assert display.ax_.texts[0].get_text() == "No images"
    assert len(display.frame()) == 0
    classifier = KNeighborsClassifier(1).fit([[0] * 64], [0])
    display = DigitsDisplay.from_estimator(classifier, np.zeros((0, 64)))
    assert display.images_ == []


def test_labels_are_no_mathematics_and_pixels_may_be_nan():
    X = np.full((2, 2, 2), np.nan)
    display = DigitsDisplay.from_arrays(X, ["$x^{", "$"], per_class=1)
    display.figure_.draw_without_rendering()
    assert display.ax_.get_yticklabels()[1].get_text() == "$x^{"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"y": [1]}, "inconsistent numbers of samples"),
        ({"n_images": 0}, "n_images == 0, must be >= 1"),
        ({"n_columns": 0}, "n_columns == 0, must be >= 1"),
        ({"n_columns": -1}, "n_columns == -1, must be >= 1"),
        ({"per_class": 0, "y": [1, 2]}, "per_class == 0, must be >= 1"),
        ({"y": [1, 2], "y_pred": ["1", "2"]}, "y_pred holds labels such as '1'"),
        ({"y": [1, 2], "per_class": 1, "groups": ["a", "b"]}, "groups or per_class"),
        ({"per_class": 1}, "per_class needs the true labels"),
        ({"image_shape": (3, 3)}, "has 9 pixels"),
    ],
)
def test_wrong_arguments(planted, options, message):
    with pytest.raises(ValueError, match=message):
        DigitsDisplay.from_arrays(planted(2).reshape(2, -1), **options)


def test_missing_packages_are_named(planted, monkeypatch):
    display = DigitsDisplay(planted(2), y_true=[0, 1])
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match=r'needs matplotlib.*install "\.\[plot\]"'):
        display.plot()
    with pytest.raises(ImportError, match=r'needs matplotlib.*install "\.\[plot\]"'):
        MisclassifiedDisplay.from_estimator(None, planted(2), [0, 1])
    with pytest.raises(ImportError, match=r'needs pandas.*install "\.\[pandas\]"'):
        display.frame()


def test_mnist(mnist_home, assert_nothing_cut_off):
    X, y = fetch_mnist(data_home=mnist_home, subset="test", return_X_y=True)
    display = DigitsDisplay.from_arrays(X, y, per_class=10)
    assert_nothing_cut_off(display)
    assert isinstance(display.frame(), pd.DataFrame)
    for image, index in zip(display.images_, display.indices, strict=True):
        np.testing.assert_array_equal(image.get_array(), X[index].reshape(28, 28))
    assert display.y_true.tolist() == np.repeat(range(10), 10).tolist()

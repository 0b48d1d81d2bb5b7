import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression, Perceptron
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

from skdigits._evaluation import occlusion
from skdigits.datasets import load_digits
from skdigits.inspection import OcclusionDisplay
from skdigits.persistence import load_pretrained
from skdigits.preprocessing import Deskewer, PixelScaler


class LooksAt(ClassifierMixin, BaseEstimator):
    """The probability of "ink" is the mean of some pixels; others count nothing."""

    def __init__(self, pixels=(), white=1.0):
        self.pixels = pixels
        self.white = white

    def fit(self, X=None, y=None):
        self.classes_ = np.array(["blank", "ink"])
        self.asked_ = []
        return self

    def predict_proba(self, X):
        self.asked_.append(X)
        rows = np.asarray(X).reshape(len(X), -1)
        ink = rows[:, list(self.pixels)].mean(axis=1) / self.white
        return np.stack([1 - ink, ink], axis=1)

    def predict(self, X):
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


def explain(estimator, X, **options):
    options = {"measure": "probability", "patch_size": 1, **options}
    return OcclusionDisplay.from_estimator(estimator, X, **options)


@pytest.fixture
def images():
    """Three images of ink at random, on a blank border."""
    images = np.zeros((3, 6, 8))
    images[:, 1:-1, 1:-1] = np.random.default_rng(0).uniform(0.5, 1, (3, 4, 6))
    return images


@pytest.fixture(scope="module")
def digits():
    return load_digits(return_X_y=True)


def test_the_map_shows_the_pixels_that_are_looked_at_and_no_others(images):
    pixels = (10, 19, 36, 40)  # the last one is blank
    display = explain(LooksAt(pixels).fit(), images, label="ink")
    expected = np.zeros((3, 48))
    expected[:, pixels] = images.reshape(3, -1)[:, pixels] / 4
    np.testing.assert_allclose(
        display.attributions, expected.reshape(3, 6, 8), atol=1e-12
    )
    np.testing.assert_allclose(
        display.attributions.sum(axis=(1, 2)), display.probabilities
    )
    against = explain(LooksAt(pixels).fit(), images, label="blank")
    np.testing.assert_allclose(against.attributions, -display.attributions, atol=1e-12)


@pytest.mark.parametrize("stride", [1, 2])
def test_a_pixel_has_the_mean_of_the_patches_that_hide_it(images, stride):
    classifier = LooksAt((10, 19, 36)).fit()
    display = explain(classifier, images, label="ink", patch_size=(2, 3), stride=stride)
    tops = {1: range(5), 2: [0, 2, 4]}[stride]
    lefts = {1: range(6), 2: [0, 2, 4, 5]}[stride]
    total, n_hidings = np.zeros((3, 6, 8)), np.zeros((6, 8))
    for top in tops:
        for left in lefts:
            place = np.s_[top : top + 2, left : left + 3]
            occluded = images.copy()
            occluded[:, *place] = 0
            fall = (
                classifier.predict_proba(images) - classifier.predict_proba(occluded)
            )[:, 1]
            total[:, *place] += fall[:, np.newaxis, np.newaxis]
            n_hidings[place] += 1
    np.testing.assert_allclose(display.attributions, total / n_hidings, atol=1e-12)


def test_the_log_odds_of_a_linear_model_fall_by_its_terms(digits):
    X, y = digits
    classifier = LogisticRegression(max_iter=1000).fit(X[y < 2] / 16, y[y < 2])
    x = X[:1] / 16
    display = explain(classifier, x, label=1, measure="log_odds", fill=0.25)
    np.testing.assert_allclose(
        display.attributions.ravel(),
        (classifier.coef_ * (x - 0.25)).ravel(),
        atol=1e-6,
    )


def test_log_odds_of_certainty_are_finite():
    image = np.zeros((1, 4, 4))
    image[0, 1, 1] = 1
    display = explain(LooksAt((5,)).fit(), image, measure="log_odds")
    assert display.labels.tolist() == ["ink"]
    assert display.attributions[0, 1, 1] == pytest.approx(2 * np.log(1e6 - 1))
    assert np.count_nonzero(display.attributions) == 1


def test_batches_are_small_and_equal_one_call(images, monkeypatch):
    classifier = LooksAt((10, 19, 36)).fit()
    expected = explain(classifier, images, patch_size=2)
    assert max(map(len, classifier.asked_)) == 3 * 5 * 7
    classifier.fit()
    monkeypatch.setattr(occlusion, "PIXELS_PER_TASK", 10 * 48)
    display = explain(classifier, images, patch_size=2)
    assert max(map(len, classifier.asked_)) == 10
    np.testing.assert_array_equal(display.attributions, expected.attributions)


@pytest.mark.parametrize("shape", [(48,), (6, 8), (6, 8, 1)])
@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_the_classifier_gets_images_as_it_takes_them(images, shape, dtype):
    X = (255 * images).astype(dtype)
    expected = explain(LooksAt((10, 19), white=255).fit(), X).attributions
    classifier = LooksAt((10, 19), white=255).fit()
    display = explain(classifier, X.reshape(3, *shape), fill=0, image_shape=(6, 8))
    assert {asked.shape[1:] for asked in classifier.asked_} == {shape}
    assert {asked.dtype for asked in classifier.asked_} == {np.dtype(dtype)}
    np.testing.assert_array_equal(display.attributions, expected)


@pytest.mark.parametrize(
    "frame", [pd.DataFrame, pl.DataFrame], ids=["pandas", "polars"]
)
def test_frames_keep_their_names(digits, frame):
    X, y = digits
    names = [f"pixel{i}" for i in range(64)]
    X = frame(dict(zip(names, X[:200].T, strict=True)))
    pipeline = make_pipeline(PixelScaler(), GaussianNB())
    pipeline.set_output(transform="pandas" if frame is pd.DataFrame else "polars")
    pipeline.fit(X, y[:200])
    display = OcclusionDisplay.from_estimator(pipeline, X[:2])
    assert display.attributions.shape == (2, 8, 8)


def test_patches_are_background(images):
    images[:, 0, 2] = images[:, 3, 7] = 1  # ink at the border
    classifier = LooksAt((10,)).fit()
    explain(classifier, 1 - images)
    occluded = classifier.asked_[-1][:48]
    assert set(occluded[np.arange(48), *np.indices((6, 8)).reshape(2, -1)]) == {1}
    explain(classifier, 1 - images, fill=0.5)
    occluded = classifier.asked_[-1][:48]
    assert set(occluded[np.arange(48), *np.indices((6, 8)).reshape(2, -1)]) == {0.5}


def test_a_label_for_each_image(images):
    classifier = LooksAt((10, 19)).fit()
    both = explain(classifier, images, label=["ink", "blank", "ink"], n_images=2)
    assert both.labels.tolist() == ["ink", "blank"]
    for i in range(2):
        alone = explain(classifier, images[[i]], label=both.labels[i])
        np.testing.assert_array_equal(both.attributions[i], alone.attributions[0])
        assert both.probabilities[i] == alone.probabilities[0]


def test_deskewed_and_calibrated(digits):
    X, y = digits
    svm = CalibratedClassifierCV(SVC(), ensemble=False)
    pipeline = make_pipeline(Deskewer(), svm).fit(X[:300], y[:300])
    display = OcclusionDisplay.from_estimator(pipeline, X[:3])
    assert display.labels.tolist() == [0, 1, 2]
    assert (display.attributions.max(axis=(1, 2)) > 0.1).all()


def test_the_pretrained_network_looks_at_the_ink():
    image = np.zeros((1, 28, 28), dtype=np.uint8)
    image[0, 4:24, 13:16] = 255
    display = OcclusionDisplay.from_estimator(load_pretrained("mnist"), image)
    assert display.labels.tolist() == [1]
    attributions = display.attributions[0]
    row, column = np.unravel_index(attributions.argmax(), attributions.shape)
    assert 4 <= row < 24
    assert 11 <= column < 18
    # No patch of 5 x 5 pixels hides ink and one of these.
    np.testing.assert_allclose(attributions[:, :9], 0, atol=1e-3)


def test_drawn(images, assert_nothing_cut_off):
    images[1] = 0  # blank
    display = explain(LooksAt((10, 19)).fit(), images)
    assert [text.get_text() for text in display.texts_] == [
        f"ink ({100 * images[0].flat[[10, 19]].mean():.0f}%)",
        "blank (100%)",
        f"ink ({100 * images[2].flat[[10, 19]].mean():.0f}%)",
    ]
    assert len(display.outlines_) == 2
    limit = np.abs(display.attributions).max()
    for tile, expected in zip(display.images_, display.attributions, strict=True):
        np.testing.assert_array_equal(tile.get_array(), expected)
        assert tile.get_clim() == (-limit, limit)
    assert display.colorbar_.ax.get_ylabel() == "decrease in probability"
    assert_nothing_cut_off(display)
    frame = display.frame()
    assert len(frame) == 3 * 48
    (found,) = frame.query("image == 2 and row == 1 and column == 2")["attribution"]
    assert found == display.attributions[2, 1, 2] > 0


def test_outlines_enclose_the_ink():
    image = np.zeros((1, 8, 8))
    image[0, 2:4, 1:6] = 1
    display = explain(LooksAt((17,)).fit(), image)
    left, right, bottom, top = display.images_[0].get_extent()
    (outline,) = display.outlines_
    (path,) = outline.get_paths()
    x, y = ((path.vertices - (left, top)) / (right - left, bottom - top) * 8).T
    assert (x.min(), x.max()) == pytest.approx((1, 6))
    assert (y.min(), y.max()) == pytest.approx((2, 4))


def test_drawn_on_given_axes_and_again(images, assert_nothing_cut_off):
    figure, (ax, other) = plt.subplots(1, 2, figsize=(8, 3), layout="constrained")
    display = explain(LooksAt((10,)).fit(), images, ax=ax, measure="log_odds")
    assert display.ax_ is ax
    assert display.figure_ is figure
    assert display.colorbar_.ax.get_ylabel() == "decrease in log-odds"
    assert_nothing_cut_off(display)
    assert display.plot(other, n_columns=1).ax_ is other
    assert display.plot().figure_ is not figure


def test_rows_of_pixels_and_nan_are_drawn():
    row = np.zeros((2, 20))
    row[:, 5] = 1
    display = explain(LooksAt((5,)).fit(), row, image_shape=(1, 20))
    assert display.outlines_ == []
    attributions = np.full((1, 2, 2), np.nan)
    OcclusionDisplay(attributions, attributions, [3], [np.nan]).plot()


def test_no_images(images):
    display = explain(LooksAt((10,)).fit(), images[:0])
    assert display.attributions.shape == (0, 6, 8)
    assert display.colorbar_ is None
    (text,) = display.ax_.texts
    assert text.get_text() == "No images"
    assert len(display.frame()) == 0


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        (
            {"patch_size": 7},
            ValueError,
            r"patch_size=\(7, 7\) does not fit",
        ),
        ({"patch_size": (2, 9)}, ValueError, r"of shape \(6, 8\)"),
        ({"patch_size": (1, 1, 1)}, ValueError, "expected a height and a width"),
        ({"patch_size": 0}, ValueError, "patch_size == 0, must be >= 1"),
        ({"patch_size": 1.5}, TypeError, "patch_size must be"),
        ({"stride": 0}, ValueError, "stride == 0, must be >= 1"),
        ({"stride": 2}, ValueError, "stride=2 leaves gaps .* expected at most 1"),
        ({"label": "7"}, ValueError, r"label='7' is unknown.*\['blank', 'ink'\]"),
        ({"label": ["ink"] * 2}, ValueError, "inconsistent numbers of samples"),
        ({"measure": "logit"}, ValueError, "measure must be one of .*'log_odds'"),
        ({"fill": "0"}, TypeError, "fill must be an instance of"),
        ({"n_images": 0}, ValueError, "n_images == 0, must be >= 1"),
        ({"n_columns": 0}, ValueError, "n_columns == 0, must be >= 1"),
        ({"image_shape": (4, 12)}, ValueError, "shape"),
    ],
)
def test_wrong_arguments(images, options, error, message):
    classifier = LooksAt((10,)).fit()
    with pytest.raises(error, match=message):
        explain(classifier, images, **options)
    assert plt.get_fignums() == []


@pytest.mark.parametrize("fill", [256, -1, 0.5, float("nan")])
def test_fill_must_be_a_pixel(images, fill):
    with pytest.raises(ValueError, match="no pixel of uint8 images; expected an int"):
        explain(LooksAt((10,)).fit(), images.astype(np.uint8), fill=fill)


def test_wrong_classifiers(digits):
    X, y = digits
    with pytest.raises(NotFittedError):
        OcclusionDisplay.from_estimator(make_pipeline(PixelScaler(), GaussianNB()), X)
    with pytest.raises(TypeError, match="Perceptron has no predict_proba"):
        OcclusionDisplay.from_estimator(Perceptron().fit(X, y), X)
    with pytest.raises(ValueError, match="got one image of 64 pixels"):
        OcclusionDisplay.from_estimator(GaussianNB().fit(X, y), X[0].reshape(8, 8))

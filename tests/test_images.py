import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline

from skdigits._images import flatten_images, float_dtype, resolve_image_shape
from skdigits.augmentation import AugmentedClassifier, AugmentedPredictionClassifier
from skdigits.neural_network import NumpyMLPClassifier, RandomFeaturesClassifier
from skdigits.preprocessing import (
    Deskewer,
    DigitNormalizer,
    PCAFeatures,
    PCAFilterFeatures,
    PixelScaler,
)


@pytest.mark.parametrize("shape", [(5, 4, 3), (5, 4, 3, 1)])
def test_images_are_flattened_without_a_copy(shape):
    images = np.arange(60, dtype=np.uint8).reshape(shape)
    X, image_shape = flatten_images(images)
    assert image_shape == (4, 3)
    assert X.shape == (5, 12)
    assert X.dtype == np.uint8
    assert np.shares_memory(X, images)
    np.testing.assert_array_equal(X[1], images[1].ravel())


def test_fortran_order_and_lists_keep_their_pixels():
    images = np.arange(60.0).reshape(5, 4, 3)
    expected = images.reshape(5, 12)
    for same in (np.asfortranarray(images), images.tolist(), list(images)):
        X, image_shape = flatten_images(same)
        assert image_shape == (4, 3)
        np.testing.assert_array_equal(X, expected)


def test_zero_images_are_flattened():
    X, image_shape = flatten_images(np.empty((0, 4, 3)))
    assert X.shape == (0, 12)
    assert image_shape == (4, 3)


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (np.zeros((2, 4, 4, 3)), r"one channel; got 3 channels.*\(2, 4, 4, 3\)"),
        (np.zeros((2, 4, 4, 1, 1)), r"got an array of shape \(2, 4, 4, 1, 1\)"),
        ([np.zeros((4, 4)), np.zeros((4, 5))], "must all have the same shape"),
    ],
)
def test_other_arrays_are_refused(images, message):
    with pytest.raises(ValueError, match=message):
        flatten_images(images)


@pytest.mark.parametrize(
    "X", [np.array([["a"]]), [["0", "1"]], np.array([["1"]], object)]
)
def test_strings_are_refused(X):
    with pytest.raises(TypeError, match="Pixels must be numbers; got strings"):
        flatten_images(X)


@pytest.mark.parametrize(
    ("image_shape", "n_features", "given", "expected"),
    [
        (None, 64, None, (8, 8)),
        (None, 64, (4, 16), (4, 16)),
        (None, 10, None, (1, 10)),
        (None, 1, None, (1, 1)),
        ((4, 16), 64, None, (4, 16)),
        ([4, np.int64(16)], 64, (4, 16), (4, 16)),
    ],
)
def test_image_shape(image_shape, n_features, given, expected):
    assert resolve_image_shape(image_shape, n_features, given) == expected


@pytest.mark.parametrize(
    ("image_shape", "given", "message"),
    [
        ((8, 9), None, r"image_shape=\(8, 9\) has 72 pixels, but X has 64 features"),
        ((8,), None, r"two positive integers.*got \(8,\)"),
        ((8.0, 8), None, "two positive integers"),
        ((-8, -8), None, "two positive integers"),
        ((4, 16), (8, 8), r"shape \(8, 8\), but images of shape \(4, 16\)"),
    ],
)
def test_wrong_image_shape(image_shape, given, message):
    with pytest.raises(ValueError, match=message):
        resolve_image_shape(image_shape, 64, given)


@pytest.mark.parametrize(
    ("dtype", "expected"),
    [
        ("bool", "float32"),
        ("uint8", "float32"),
        ("int16", "float32"),
        ("float16", "float32"),
        ("float32", "float32"),
        ("int64", "float64"),
        ("float64", "float64"),
    ],
)
def test_float_dtype(dtype, expected):
    assert float_dtype(np.dtype(dtype)) == expected


ESTIMATORS = [
    Deskewer(),
    DigitNormalizer(),
    PCAFeatures(2),
    PCAFilterFeatures(2),
    PixelScaler(),
    NumpyMLPClassifier(max_epochs=1),
    RandomFeaturesClassifier(20),
    AugmentedClassifier(GaussianNB(), random_state=0),
    AugmentedPredictionClassifier(GaussianNB(), random_state=0),
    make_pipeline(PixelScaler(), GaussianNB()),
]


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda e: type(e).__name__)
def test_one_image_alone_is_refused_with_advice(estimator):
    X, y = load_digits(return_X_y=True)
    estimator = clone(estimator).fit(X[:50], y[:50])
    ask = getattr(estimator, "predict", None) or estimator.transform
    for image in (X[0], X[0].reshape(8, 8), X[0].tolist()):
        with pytest.raises(ValueError, match=r"one image of 64.*X\.reshape\(1, -1\)"):
            ask(image)
    # As the advice has it.
    np.testing.assert_array_equal(ask(X[0].reshape(8, 8).reshape(1, -1)), ask(X[:1]))


def test_rows_and_columns_are_no_single_images():
    for shape in ((1, 4), (4, 1), (2, 4)):
        assert flatten_images(np.ones(shape), 4)[0].shape == shape

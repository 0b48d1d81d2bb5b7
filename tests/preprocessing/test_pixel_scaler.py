import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.datasets import load_digits

from skdigits.preprocessing import PixelScaler

METHODS = ("unit", "minmax", "standard")


@pytest.fixture(scope="module")
def digits():
    return load_digits(return_X_y=True)[0]


def test_unit_divides_by_the_brightest_training_pixel(digits):
    scaler = PixelScaler().fit(digits)
    assert (scaler.offset_, scaler.scale_) == (0, 16)
    assert_array_equal(scaler.transform(digits), digits / 16)
    assert_array_equal(scaler.transform(digits[:1] + 16), digits[:1] / 16 + 1)


def test_white_level_overrules_the_training_pixels(digits):
    scaled = PixelScaler(white_level=255).fit_transform(digits.astype(np.uint8))
    assert_allclose(scaled, digits / 255, rtol=1e-6)


def test_minmax_maps_the_training_range_to_0_1(digits):
    scaled = PixelScaler(method="minmax").fit_transform(digits - 7)
    assert (scaled.min(), scaled.max()) == (0, 1)
    assert_allclose(scaled, digits / 16)


def test_standard_has_mean_0_and_deviation_1_over_all_pixels(digits):
    for images in (digits, digits.astype(np.uint8), digits + 1e6):
        scaled = PixelScaler(method="standard").fit_transform(images)
        assert_allclose([scaled.mean(), scaled.std()], [0, 1], atol=1e-6)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("dtype", "expected"),
    [
        ("uint8", "float32"),
        ("float32", "float32"),
        ("float64", "float64"),
        ("int64", "float64"),
        ("bool", "float32"),
    ],
)
def test_dtypes_and_round_trip(digits, method, dtype, expected):
    X = digits.astype(dtype)
    scaler = PixelScaler(method=method)
    scaled = scaler.fit_transform(X)
    original = scaler.inverse_transform(scaled)
    assert scaled.dtype == original.dtype == expected
    assert_allclose(original, X, atol=1e-5)


@pytest.mark.parametrize("method", METHODS)
def test_images_of_any_layout_give_the_same_rows(digits, method):
    images = digits.reshape(-1, 8, 8)
    expected = PixelScaler(method=method).fit_transform(digits)
    for X in (images, images[..., np.newaxis], np.asfortranarray(images), list(images)):
        assert_array_equal(PixelScaler(method=method).fit_transform(X), expected)
    read_only = images.copy()
    read_only.flags.writeable = False
    assert_array_equal(PixelScaler(method=method).fit_transform(read_only), expected)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("value", [0, 7, -3, 0.03])
def test_flat_images_stay_finite(method, value):
    X = np.full((3, 4), value, dtype=float)
    scaler = PixelScaler(method=method).fit(X)
    assert np.isin(scaler.transform(X), [-3, 0, 1]).all()
    assert_allclose(scaler.inverse_transform(scaler.transform(X)), X)


def test_black_images_stay_black():
    assert_array_equal(PixelScaler().fit_transform(np.zeros((2, 4))), np.zeros((2, 4)))


@pytest.mark.parametrize(
    ("params", "X", "error", "message"),
    [
        ({"method": "max"}, np.ones((2, 4)), ValueError, "'method' parameter"),
        ({"white_level": 0}, np.ones((2, 4)), ValueError, "'white_level' parameter"),
        (
            {"method": "minmax", "white_level": 255},
            np.ones((2, 4)),
            ValueError,
            'white_level=255 is used by method="unit" only',
        ),
        ({}, np.ones((2, 2, 2, 3)), ValueError, "got 3 channels"),
        ({}, np.array([[np.nan, 1.0]]), ValueError, "Input X contains NaN"),
        ({}, np.array([[np.inf, 1.0]]), ValueError, "Input X contains infinity"),
        ({}, np.empty((0, 4)), ValueError, r"0 sample\(s\)"),
        ({}, [["0", "1"]], TypeError, "Pixels must be numbers"),
    ],
)
def test_bad_input(params, X, error, message):
    with pytest.raises(error, match=message):
        PixelScaler(**params).fit(X)


def test_inverse_transform_wants_the_same_number_of_pixels(digits):
    scaler = PixelScaler().fit(digits)
    with pytest.raises(ValueError, match=r"X has 63 features.*fitted with 64"):
        scaler.inverse_transform(digits[:, :63])

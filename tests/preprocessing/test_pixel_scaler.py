import warnings

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


def test_pixels_on_another_scale_are_warned_of(digits):
    scaler = PixelScaler().fit(digits)
    mixed = np.concatenate([digits[:1], digits[1:] / 16])
    for X in (digits / 16, digits > 8, digits[:1] / 16, list(digits / 16), mixed):
        with pytest.warns(UserWarning, match="no pixel above 1") as caught:
            scaler.transform(X)
        assert len(caught) == 1
    with pytest.warns(UserWarning, match=r"up to 1, but X has pixels up to 16: .* X "):
        PixelScaler().fit(digits / 16).transform(digits)


@pytest.mark.parametrize("method", METHODS)
def test_what_the_warning_of_a_scale_advises_is_right(digits, method):
    scaler = PixelScaler(method=method).fit(digits)
    with pytest.warns(UserWarning, match=r"with X \* \(16 / X\.max\(\)\)\."):
        scaler.transform(digits / 16)
    X = digits / 16
    expected = scaler.transform(digits)
    assert_allclose(scaler.transform(X * (16 / X.max())), expected)


@pytest.mark.parametrize("method", METHODS)
def test_inverted_images_are_warned_of_whichever_were_trained_on(digits, method):
    scaler = PixelScaler(method=method).fit(digits)
    assert scaler.background_ == "dark"
    some = np.concatenate([16 - digits[::9], digits])
    grey_paper = 7 - 6 / 16 * digits
    for X in (16 - digits, 16 - digits[:1], some, grey_paper):
        with pytest.warns(UserWarning, match=r"a bright one.*with 16 - X\..*Norm"):
            scaler.transform(X)
    scaler.fit(16 - digits)
    assert scaler.background_ == "bright"
    scaler.transform(16 - digits)
    with pytest.warns(UserWarning, match=r"a dark one.*with 16 - X\.$"):
        scaler.transform(digits)


def test_images_of_both_backgrounds_are_not_told_apart(digits):
    both = np.concatenate([digits, 16 - digits])
    scaler = PixelScaler().fit(both)
    assert scaler.background_ is None
    for X in (both, digits, 16 - digits):
        scaler.transform(X)


def test_digits_like_those_of_the_training_are_not_warned_of(digits):
    scaler = PixelScaler().fit(digits)
    for image in digits:
        for X in (image, image / 10, image * 2):
            scaler.transform(X[np.newaxis])
    scaler.transform(np.zeros((3, 64)))
    scaler.transform(np.full((3, 64), 16))
    # Too few pixels for a digit.
    PixelScaler().fit([[0, 255]] * 9).transform([[0, 1]])


def test_only_a_sample_of_many_images_is_looked_at(digits):
    many = np.tile(digits, (20, 1))
    scaler = PixelScaler().fit(digits)
    scaler.transform(many)
    with pytest.warns(UserWarning, match="no pixel above 1"):
        scaler.transform(many / 16)


def test_the_warning_points_at_the_call(digits):
    scaler = PixelScaler().fit(digits)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        scaler.transform(digits / 16)
    assert caught[0].filename == __file__

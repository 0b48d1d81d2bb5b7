import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import ndimage
from sklearn.datasets import load_digits
from sklearn.model_selection import cross_val_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline

from skdigits.datasets import fetch_mnist
from skdigits.preprocessing import Deskewer
from skdigits.preprocessing._deskewer import _upright


@pytest.fixture(scope="module")
def digits():
    return load_digits().images


@pytest.fixture(scope="module")
def mnist(mnist_home):
    return fetch_mnist(data_home=mnist_home, subset="train")


def deskew(image):
    """Do what tutorials do to one image, with bilinear interpolation."""
    rows, columns = np.indices(image.shape)
    ink = image.sum()
    row, column = (rows * image).sum() / ink, (columns * image).sum() / ink
    variance = ((rows - row) ** 2 * image).sum() / ink
    covariance = ((rows - row) * (columns - column) * image).sum() / ink
    matrix = np.array([[1, 0], [covariance / variance, 1]])
    offset = (row, column) - matrix @ (np.array(image.shape) / 2)
    return ndimage.affine_transform(image, matrix, offset, order=1)


def fit_transform(images, **params):
    return Deskewer(**params).fit_transform(images).reshape(np.shape(images))


def moments(image):
    """Return the centre of mass, and the slope of columns on rows."""
    rows, columns = np.indices(image.shape)
    row, column = np.average(rows, None, image), np.average(columns, None, image)
    (variance, covariance), _ = np.cov(
        rows.ravel(), columns.ravel(), aweights=image.ravel()
    )
    return (row, column), covariance / variance


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_8x8_digits_are_those_of_the_usual_loop(digits, dtype):
    images = (digits / 16).astype(dtype)
    expected = np.array([deskew(image) for image in images])
    assert_allclose(fit_transform(images), expected, rtol=0, atol=1e-4)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_mnist_digits_are_those_of_the_usual_loop(mnist, dtype):
    images = (mnist.images[:2000] / 255).astype(dtype)
    expected = np.array([deskew(image) for image in images])
    assert_allclose(fit_transform(images), expected, rtol=0, atol=1e-4)


def test_uint8_pixels_are_the_nearest_integers(digits):
    exact = fit_transform(digits)
    rounded = fit_transform(digits.astype(np.uint8))
    assert rounded.dtype == np.uint8
    assert np.abs(rounded - exact).max() < 0.5 + 1e-4


def test_mnist_digits_become_upright_and_hardly_move(mnist):
    images = mnist.images[:1000].astype(float)
    deskewed = fit_transform(images)
    before = np.array([moments(image)[0] for image in images])
    after = np.array([moments(image)[0] for image in deskewed])
    slopes = [moments(image)[1] for image in deskewed]
    assert_allclose(np.median(after, axis=0), (14, 14), atol=0.01)
    assert np.abs(after - 14).max() < 0.4  # where ink is lost at the border
    assert np.abs(before - 14).max() < 0.55
    assert np.abs(slopes).max() < 0.05
    assert_allclose(deskewed.sum(), images.sum(), rtol=1e-3)


def test_mnist_is_classified_better(mnist):
    X, y = mnist.data[:3000], mnist.target[:3000]
    plain = KNeighborsClassifier(3)
    deskewed = make_pipeline(Deskewer(), KNeighborsClassifier(3))
    gain = cross_val_score(deskewed, X, y) - cross_val_score(plain, X, y)
    assert gain.mean() > 0.02


@pytest.mark.parametrize("slope", [-0.7, 0.3, 1.2])
def test_a_known_slant_is_removed(slope):
    upright = np.zeros((41, 41))
    upright[11:30, 17:24] = 1
    middle = np.array([20, 20])
    matrix = np.array([[1, 0], [slope, 1]])
    slanted = ndimage.affine_transform(
        upright, matrix, middle - matrix @ middle + (1, -2), order=1
    )
    # Twice interpolated, so upright columns may be softer at their rims.
    assert np.abs(fit_transform([slanted])[0] - upright)[:, 19:22].max() < 0.02
    assert abs(moments(fit_transform([slanted])[0])[1]) < 0.01


@pytest.mark.parametrize("dtype", ["uint8", "float32", "float64"])
def test_blank_images_stay_blank(digits, dtype):
    images = digits[:3].astype(dtype)
    images[1] = 0
    deskewed = fit_transform(images)
    assert_array_equal(deskewed[1], 0)
    assert_array_equal(deskewed[[0, 2]], fit_transform(images[[0, 2]]))


@pytest.mark.parametrize("value", [0.1, 1, 7e30])
def test_constant_images_of_odd_size_stay_as_they_are(value):
    images = np.full((2, 27, 27), value)
    assert_allclose(fit_transform(images), images)


@pytest.mark.parametrize("shape", [(9, 9), (8, 8), (1, 12), (12, 1), (5, 8)])
@pytest.mark.parametrize("place", [(0, 0), (-1, -1), (0, -1)])
def test_a_single_pixel_is_centred(shape, place):
    images = np.zeros((1, *shape))
    images[0][place] = 0.3
    expected = np.zeros_like(images)
    expected[0, shape[0] // 2, shape[1] // 2] = 0.3
    assert_allclose(fit_transform(images, image_shape=shape), expected)


def test_a_horizontal_line_is_not_sheared():
    line = np.zeros(41)
    line[3:34] = np.random.default_rng(0).random(31)
    images = np.zeros((41, 41, 41))
    for row in range(41):
        images[row, row] = line
    middle = np.average(np.arange(41), weights=line)
    expected = np.zeros((41, 41))
    expected[20] = ndimage.shift(line, 20 - middle, order=1)
    for deskewed in fit_transform(images):
        assert_allclose(deskewed, expected, atol=1e-6)
    matrices, _ = _upright(images)
    assert_array_equal(matrices, np.broadcast_to(np.eye(2), (41, 2, 2)))


def test_negative_pixels_weigh_nothing(digits):
    images = digits.copy()
    images[:, 0, :] = 0
    expected = fit_transform(images)[:, 2:]
    images[:, 0, :] = -5
    deskewed = fit_transform(images)
    ink_is_above = images[:, 1].sum(axis=1) > 0
    assert_allclose(np.maximum(deskewed, 0)[:, 3:], np.maximum(expected, 0)[:, 1:])
    assert ink_is_above.any()
    assert_array_equal(fit_transform(-digits), -digits)


@pytest.mark.parametrize(
    ("dtype", "expected"),
    [
        ("uint8", "uint8"),
        ("float32", "float32"),
        ("float64", "float64"),
        ("int64", "float64"),
        ("uint16", "float32"),
        (">f8", "float64"),
    ],
)
def test_types_are_kept_or_become_floats(digits, dtype, expected):
    deskewed = fit_transform(digits[:50].astype(dtype))
    assert deskewed.dtype == expected
    atol = 0.5001 if dtype == "uint8" else 1e-4
    assert_allclose(deskewed, fit_transform(digits[:50]), atol=atol)


def test_images_of_any_layout_give_the_same_rows(digits):
    X = digits.reshape(-1, 64)
    expected = Deskewer().fit_transform(X)
    read_only = digits.copy()
    read_only.flags.writeable = False
    for same in (
        digits,
        digits[..., np.newaxis],
        np.asfortranarray(X),
        np.asfortranarray(digits),
        list(digits),
        read_only,
    ):
        assert_array_equal(Deskewer().fit_transform(same), expected)
    assert_array_equal(digits.reshape(-1, 64), X)


@pytest.mark.parametrize("shape", [(4, 16), (16, 4), (1, 64)])
def test_image_shape_says_what_rows_of_pixels_are(shape):
    images = np.random.default_rng(0).random((5, *shape))
    images[:, :, :1] = images[:, :, -1:] = 0
    expected = [deskew_by_middle_pixel(image) for image in images]
    X = images.reshape(5, -1)
    deskewer = Deskewer(image_shape=shape).fit(X)
    assert deskewer.image_shape_ == shape
    assert_allclose(deskewer.transform(X).reshape(images.shape), expected, atol=1e-6)
    assert_array_equal(Deskewer().fit_transform(images), deskewer.transform(X))


def deskew_by_middle_pixel(image):
    """Do the same for a height of one, which has no slant."""
    if len(image) > 1:
        return deskew(image)
    column = np.average(np.arange(image.size), weights=image[0])
    return ndimage.shift(image, (0, image.size // 2 - column), order=1)


def test_a_batch_gives_what_its_images_give(digits):
    together = Deskewer().fit_transform(digits)
    alone = np.concatenate([Deskewer().fit_transform([image]) for image in digits])
    assert_allclose(together, alone, atol=1e-6)


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_large_images_are_precise(dtype):
    rng = np.random.default_rng(0)
    image = np.zeros((1000, 800))
    image[700:990, 30:700] = rng.random((290, 670))
    image = (255 * image).astype(dtype)
    expected = deskew(image.astype(float))
    deskewed = fit_transform([image])[0]
    atol = 255e-4 if dtype == "float32" else 0.5 + 1e-3
    assert_allclose(deskewed, expected, rtol=0, atol=atol)


@pytest.mark.parametrize(
    ("params", "X", "error", "message"),
    [
        ({"image_shape": 8}, np.ones((2, 64)), ValueError, "'image_shape' parameter"),
        ({"image_shape": (8,)}, np.ones((2, 64)), ValueError, "two positive integers"),
        ({"image_shape": (8, 9)}, np.ones((2, 64)), ValueError, "72 pixels.*64 feat"),
        (
            {"image_shape": (4, 16)},
            np.ones((2, 8, 8)),
            ValueError,
            r"\(8, 8\).*\(4, 16\)",
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
        Deskewer(**params).fit(X)


def test_transform_wants_images_of_the_same_shape(digits):
    deskewer = Deskewer().fit(digits)
    with pytest.raises(ValueError, match=r"shape \(4, 16\).*\(8, 8\) are expected"):
        deskewer.transform(digits.reshape(-1, 4, 16))
    with pytest.raises(ValueError, match="X has 63 features"):
        deskewer.transform(digits.reshape(-1, 64)[:, :63])

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

from skdigits.datasets import fetch_mnist
from skdigits.preprocessing import PCAFeatures

SOLVERS = ("covariance_eigh", "auto", "full", "arpack", "randomized")


@pytest.fixture(scope="module")
def digits():
    return load_digits(return_X_y=True)[0]


@pytest.mark.parametrize("whiten", [False, True])
@pytest.mark.parametrize("solver", SOLVERS)
def test_features_are_those_of_sklearn_up_to_the_scale(digits, solver, whiten):
    ours = PCAFeatures(20, whiten=whiten, svd_solver=solver, random_state=0)
    exact = solver != "randomized"
    theirs = PCA(
        20, whiten=whiten, svd_solver="full" if exact else solver, random_state=0
    )
    features = ours.fit_transform(digits) * ours.scale_
    assert_allclose(features, theirs.fit(digits).transform(digits), atol=1e-9)
    assert_allclose(ours.explained_variance_ratio_, theirs.explained_variance_ratio_)
    assert_allclose(ours.mean_, theirs.mean_)


def test_mean_variance_is_1(digits):
    for X in (digits, digits / 16, digits.astype(np.uint8)):
        variances = PCAFeatures(10).fit_transform(X).var(axis=0, ddof=1)
        assert_allclose(variances.mean(), 1, rtol=1e-5)
        assert variances[0] > 2  # the proportions are kept
        whitened = PCAFeatures(10, whiten=True).fit_transform(X).var(axis=0, ddof=1)
        assert_allclose(whitened, 1, rtol=1e-5)


def test_pixel_units_do_not_matter(digits):
    features = PCAFeatures(10).fit_transform(digits)
    assert_allclose(PCAFeatures(10).fit_transform(digits * 255 + 7), features)


def test_gamma_auto_is_gamma_scale(digits):
    features = PCAFeatures(10).fit_transform(digits)
    assert_allclose(1 / (10 * features.var()), 1 / 10, rtol=1e-3)


def test_distances_are_kept_up_to_the_scale(digits):
    pca = PCAFeatures()
    features = pca.fit_transform(digits)
    lengths = np.linalg.norm(np.diff(digits, axis=0), axis=1)
    kept = np.linalg.norm(np.diff(features, axis=0), axis=1) * pca.scale_
    assert_allclose(kept, lengths)


@pytest.mark.parametrize("whiten", [False, True])
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
def test_dtypes_and_round_trip(digits, dtype, expected, whiten):
    X = digits.astype(dtype)
    pca = PCAFeatures(40, whiten=whiten)  # all that vary by more than float32's noise
    features = pca.fit_transform(X)
    images = pca.inverse_transform(features)
    assert features.dtype == images.dtype == pca.components_.dtype == expected
    assert_allclose(
        images, PCA(40).fit(X).inverse_transform(PCA(40).fit_transform(X)), atol=1e-3
    )
    assert_allclose(pca.transform(X.astype(float)), features, atol=1e-4)


def test_float32_of_pale_bright_images_loses_no_variance(digits):
    exact = PCAFeatures(10).fit(digits)
    pale = PCAFeatures(10).fit((digits + 10_000).astype(np.float32))
    assert_allclose(pale.explained_variance_, exact.explained_variance_, rtol=1e-4)


def test_components_are_images(digits):
    pca = PCAFeatures(3).fit(digits)
    assert pca.components_images_.shape == (3, 8, 8)
    assert_array_equal(pca.components_images_[1].ravel(), pca.components_[1])
    assert_allclose(pca.mean_image_, digits.mean(axis=0).reshape(8, 8))
    wide = PCAFeatures(3, image_shape=(4, 16)).fit(digits)
    assert wide.components_images_.shape == (3, 4, 16)
    as_given = PCAFeatures(3).fit(digits.reshape(-1, 16, 4, 1))
    assert as_given.components_images_.shape == (3, 16, 4)


@pytest.mark.parametrize("solver", SOLVERS)
def test_signs_do_not_depend_on_the_images_order(digits, solver):
    pca = PCAFeatures(5, svd_solver=solver, random_state=0).fit(digits)
    again = PCAFeatures(5, svd_solver=solver, random_state=1).fit(digits[::-1])
    assert_allclose(again.components_, pca.components_, atol=1e-4)
    largest = np.abs(pca.components_).argmax(axis=1)
    assert (pca.components_[range(5), largest] > 0).all()


def test_images_of_any_layout_give_the_same_features(digits):
    images = digits.reshape(-1, 8, 8)
    expected = PCAFeatures(5).fit_transform(digits)
    read_only = images.copy()
    read_only.flags.writeable = False
    for X in (images, images[..., None], np.asfortranarray(digits), read_only):
        before = X.copy()
        assert_allclose(PCAFeatures(5).fit_transform(X), expected, atol=1e-12)
        assert_array_equal(X, before)


def test_more_images_than_a_block_holds(digits):
    pca = PCAFeatures(5).fit(digits)
    many = np.tile(digits, (3, 1))
    assert_allclose(pca.transform(many), np.tile(pca.transform(digits), (3, 1)))


@pytest.mark.parametrize("whiten", [False, True])
@pytest.mark.parametrize("value", [0, 7, -3, 0.1])
def test_equal_images_have_features_0(whiten, value):
    X = np.full((3, 4), value, dtype=float)
    pca = PCAFeatures(whiten=whiten).fit(X)
    assert_array_equal(pca.transform(X), np.zeros((3, 3)))
    assert_array_equal(pca.explained_variance_ratio_, np.zeros(3))
    assert_allclose(pca.inverse_transform(pca.transform(X)), X)


def test_whitening_does_not_blow_up_pixels_that_never_vary(digits):
    pca = PCAFeatures(whiten=True).fit(digits.astype(np.float32))
    spotted = digits[:1].copy()
    spotted[0, 0] = 16  # black in all training images
    assert_allclose(pca.transform(spotted), pca.transform(digits[:1]), atol=1e-3)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_whitening_leaves_the_noise_of_rounding_at_0(digits, dtype):
    X = digits[:10].astype(dtype)  # ten images span nine directions
    features = PCAFeatures(whiten=True).fit(X).transform(digits[:50])
    assert_array_equal(features[:, 9], np.zeros(50))
    assert np.abs(features).max() < 10


def test_n_components(digits):
    assert PCAFeatures().fit(digits).n_components_ == 64
    assert PCAFeatures().fit(digits[:10]).n_components_ == 10
    for share in (0.5, 0.9):
        ratios = PCAFeatures(share).fit(digits).explained_variance_ratio_
        assert ratios[:-1].sum() <= share < ratios.sum()


def test_names(digits):
    pca = PCAFeatures(2).set_output(transform="pandas")
    assert list(pca.fit_transform(digits).columns) == ["pcafeatures0", "pcafeatures1"]


@pytest.mark.parametrize(
    ("params", "X", "message"),
    [
        ({"n_components": 0}, np.ones((3, 4)), "'n_components' parameter"),
        ({"n_components": 1.5}, np.ones((3, 4)), "'n_components' parameter"),
        ({"n_components": 5}, np.ones((3, 4)), "n_components=5 must be between"),
        ({"svd_solver": "svd"}, np.ones((3, 4)), "'svd_solver' parameter"),
        ({"image_shape": (2, 3)}, np.ones((3, 4)), "has 6 pixels"),
        ({}, np.ones((1, 4)), "minimum of 2"),
        ({}, np.ones((3, 2, 2, 3)), "got 3 channels"),
        ({}, np.array([[np.nan, 1.0], [0, 1]]), "Input X contains NaN"),
    ],
)
def test_bad_input(params, X, message):
    with pytest.raises(ValueError, match=message):
        PCAFeatures(**params).fit(X)


def test_other_shapes_are_refused(digits):
    pca = PCAFeatures(5).fit(digits.reshape(-1, 8, 8))
    with pytest.raises(ValueError, match=r"shape \(4, 16\).*shape \(8, 8\)"):
        pca.transform(digits.reshape(-1, 4, 16))
    with pytest.raises(ValueError, match=r"X has 6 features.*5 components"):
        pca.inverse_transform(digits[:, :6])


def test_svm_on_mnist(mnist_home):
    X, y = fetch_mnist(data_home=mnist_home, subset="train", return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(
        X, y, train_size=3000, test_size=1000, random_state=0
    )
    raw = SVC(C=10).fit(X_train, y_train).score(X_test, y_test)
    pipeline = make_pipeline(PCAFeatures(50), SVC(C=10, gamma="auto"))
    assert pipeline.fit(X_train, y_train).score(X_test, y_test) > raw - 0.005

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose, assert_array_equal
from scipy.ndimage import correlate
from sklearn.datasets import load_digits
from sklearn.linear_model import RidgeClassifier
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline

from skdigits.preprocessing import Deskewer, PCAFilterFeatures


@pytest.fixture(scope="module")
def digits():
    return load_digits(return_X_y=True)


def by_hand(filters, images, grid_shape):
    """What the kernel does, filter by filter, with SciPy."""
    weights = []
    for n_cells, n_pixels in zip(grid_shape, images.shape[1:], strict=True):
        size = n_pixels / n_cells
        centers = (np.arange(n_cells) + 0.5) * size
        far = np.abs(np.arange(n_pixels) + 0.5 - centers[:, None]) / size
        tent = np.clip(1 - far, 0, None)
        weights.append(tent / tent.sum(axis=1, keepdims=True))
    features = []
    for image in images:
        responses = np.stack([correlate(image, f, mode="constant") for f in filters])
        signed = np.concatenate([responses.clip(0), (-responses).clip(0)])
        pooled = np.einsum("ay,kyx,bx->abk", weights[0], signed, weights[1])
        features.append(pooled.ravel())
    return np.array(features)


@given(
    st.tuples(st.integers(1, 9), st.integers(1, 9)).flatmap(
        lambda shape: arrays(
            np.float64, (4, *shape), elements=st.floats(-16, 16, width=16)
        )
    ),
    st.integers(1, 6),
    st.integers(1, 5),
    st.integers(1, 4),
    st.sampled_from([np.float64, np.float32]),
)
@settings(deadline=None, max_examples=60)
def test_features_are_pooled_responses(
    images, n_filters, filter_size, grid_size, dtype
):
    transformer = PCAFilterFeatures(
        n_filters, filter_size=filter_size, grid_size=grid_size
    ).fit(images.astype(dtype))
    features = transformer.transform(images.astype(dtype))
    # SciPy's filters of even size have their middle where the kernel has it.
    expected = by_hand(
        transformer.filters_.astype(float), images, transformer.grid_shape_
    )
    assert features.shape == expected.shape
    assert features.dtype == transformer.filters_.dtype == dtype
    tolerance = {np.float64: 1e-12, np.float32: 1e-4}[dtype]
    weights = np.abs(transformer.filters_).max() * filter_size**2
    assert_allclose(features, expected, atol=tolerance * max(1, 16 * weights))
    assert features.shape[1] == len(transformer.get_feature_names_out())


@pytest.mark.parametrize("filter_size", [2, 3, 4])
def test_responses_have_mean_square_1_and_no_product(digits, filter_size):
    images = digits[0].reshape(-1, 8, 8)
    transformer = PCAFilterFeatures(3, filter_size=filter_size).fit(images)
    responses = np.stack(
        [
            np.concatenate(
                [correlate(image, f, mode="constant").ravel() for image in images]
            )
            for f in transformer.filters_
        ]
    )
    # The mean of each patch is taken away: filters do not see it.
    assert_allclose(transformer.filters_.sum(axis=(1, 2)), 0, atol=1e-12)
    products = responses @ responses.T / responses.shape[1]
    assert_allclose(products, np.eye(3), atol=1e-9)


def test_the_unit_of_pixels_does_not_matter(digits):
    X = digits[0]
    expected = PCAFilterFeatures().fit_transform(X)
    assert_allclose(PCAFilterFeatures().fit_transform(X * 255), expected)
    bytes_ = PCAFilterFeatures().fit_transform(X.astype(np.uint8))
    assert bytes_.dtype == np.float32
    assert_allclose(bytes_, expected, rtol=1e-3, atol=1e-4)
    for unit in (1e-170, 1e150):
        assert_allclose(PCAFilterFeatures().fit_transform(X * unit), expected)
    huge = (X * 1e18).astype(np.float32)
    assert_allclose(PCAFilterFeatures().fit_transform(huge), bytes_, atol=1e-4)


def test_the_order_of_images_does_not_matter(digits):
    X = digits[0]
    filters = PCAFilterFeatures().fit(X).filters_
    assert_allclose(PCAFilterFeatures().fit(X[::-1]).filters_, filters, atol=1e-6)
    largest = np.abs(filters).max(axis=(1, 2))
    assert_array_equal(filters.max(axis=(1, 2)), largest)


def test_blocks_and_threads_do_not_matter(digits):
    X = digits[0]
    transformer = PCAFilterFeatures().fit(X)
    one_by_one = [transformer.transform(X[i : i + 1])[0] for i in range(300)]
    assert_array_equal(transformer.transform(X)[:300], one_by_one)


def test_images_of_any_layout(digits):
    X = digits[0]
    images = X.reshape(-1, 8, 8)
    expected = PCAFilterFeatures().fit_transform(X)
    for given_images in (images, images[..., None], np.asfortranarray(images)):
        before = given_images.copy()
        features = PCAFilterFeatures().fit_transform(given_images)
        assert_allclose(features, expected, atol=1e-9)
        assert_array_equal(given_images, before)


def test_small_images_have_small_filters_and_few_cells(digits):
    X = digits[0]
    transformer = PCAFilterFeatures(50, filter_size=9, grid_size=20)
    features = transformer.fit_transform(X.reshape(-1, 4, 16))
    assert transformer.filters_.shape[1:] == (4, 9)
    # The mean of a patch is taken away, so one direction is missing.
    assert len(transformer.filters_) == 35
    assert transformer.grid_shape_ == (4, 16)
    assert features.shape == (len(X), 4 * 16 * 2 * 35)


@pytest.mark.parametrize("value", [0, 3])
def test_even_images_have_one_filter_that_sees_nothing(value):
    # A patch at the border is not even: it sees the background outside.
    transformer = PCAFilterFeatures(filter_size=1).fit(np.full((5, 64), value))
    assert transformer.filters_.shape == (1, 1, 1)
    assert not transformer.transform(np.full((2, 64), 7)).any()


def test_linear_models_gain_much(digits):
    X, y = digits
    plain = cross_val_score(RidgeClassifier(), X, y, cv=3).mean()
    filters = PCAFilterFeatures(8, filter_size=3, grid_size=4)
    filtered = cross_val_score(make_pipeline(filters, RidgeClassifier()), X, y, cv=3)
    assert filtered.mean() > plain + 0.03


def test_mnist(mnist_home):
    from skdigits.datasets import fetch_mnist

    X, y = fetch_mnist(subset="train", return_X_y=True, data_home=mnist_home)
    pipeline = make_pipeline(Deskewer(), PCAFilterFeatures(8), RidgeClassifier(10))
    pipeline.fit(X[:3000], y[:3000])
    assert pipeline.score(X[3000:5000], y[3000:5000]) > 0.95


@pytest.mark.parametrize(
    "parameters", [{"n_filters": 0}, {"filter_size": 0}, {"grid_size": 2.5}]
)
def test_bad_parameters(parameters, digits):
    name = next(iter(parameters))
    with pytest.raises(ValueError, match=f"'{name}' parameter of PCAFilterFeatures"):
        PCAFilterFeatures(**parameters).fit(digits[0])


def test_images_of_another_shape(digits):
    transformer = PCAFilterFeatures().fit(digits[0].reshape(-1, 4, 16))
    with pytest.raises(ValueError, match="4"):
        transformer.transform(digits[0].reshape(-1, 8, 8))


def test_images_that_can_only_be_read_need_no_kernel_of_their_own(digits):
    from skdigits.preprocessing._filter_kernels import filter_and_pool

    X, y = digits
    features = PCAFilterFeatures().fit(X[:100], y[:100])
    expected = features.transform(X[:9])
    n_kernels = len(filter_and_pool.signatures)
    X = X[:9].copy()
    X.flags.writeable = False
    assert_array_equal(features.transform(X), expected)
    assert len(filter_and_pool.signatures) == n_kernels

"""Ridge regression on random features: exactness, blocks, weights, probabilities."""

import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.kernel_approximation import RBFSampler
from sklearn.linear_model import Ridge, RidgeClassifier
from sklearn.metrics import log_loss
from sklearn.metrics.pairwise import rbf_kernel

from skdigits.neural_network import RandomFeaturesClassifier, _random_features
from skdigits.neural_network._ridge import fit_temperature


@pytest.fixture
def clf():
    return RandomFeaturesClassifier(200, alpha=0.1, random_state=0)


@pytest.fixture(scope="module")
def pixels():
    X, y = load_digits(return_X_y=True)
    return X[:1200] / 16, y[:1200]


def hidden(clf, X):
    """The random features, by scikit-learn."""
    sampler = RBFSampler(n_components=len(clf.random_offset_)).fit(X)
    sampler.random_weights_ = clf.random_weights_
    sampler.random_offset_ = clf.random_offset_
    return sampler.transform(X)


def test_scores_are_those_of_ridge_on_the_same_features(clf, pixels):
    X, y = pixels
    clf.fit(X[:500], y[:500])
    ridge = RidgeClassifier(alpha=0.1).fit(hidden(clf, X[:500]), y[:500])
    expected = ridge.decision_function(hidden(clf, X[500:]))
    assert_allclose(clf.decision_function(X[500:]), expected, atol=1e-8)
    assert_array_equal(clf.predict(X[500:]), ridge.predict(hidden(clf, X[500:])))


def test_features_approximate_the_kernel(pixels):
    X, _ = pixels
    clf = RandomFeaturesClassifier(20_000, random_state=0)
    clf._draw_features(X, np.ones(len(X)), np.random.RandomState(0))
    features = hidden(clf, X[:20])
    weights = clf.random_weights_[:, :64]
    assert_allclose(weights.T @ weights, np.diag(np.square(weights).sum(0)), atol=1e-9)
    gamma = 1 / (X.shape[1] * X.var())
    assert_allclose(features @ features.T, rbf_kernel(X[:20], gamma=gamma), atol=0.05)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_size_of_blocks_changes_nothing(clf, pixels, dtype, monkeypatch):
    X, y = pixels
    X = X.astype(dtype)
    expected = clone(clf).fit(X, y).predict_proba(X)
    monkeypatch.setattr(_random_features, "_BLOCK_BYTES", 37 * 200 * X.itemsize)
    atol = 1e-3 if dtype == np.float32 else 1e-9
    assert_allclose(clf.fit(X, y).predict_proba(X), expected, atol=atol)


def test_float32_is_near_float64(clf, pixels):
    X, y = pixels
    exact = clone(clf).fit(X, y)
    single = clf.fit(X.astype(np.float32), y)
    assert single.coef_.dtype == single.predict_proba(X).dtype == np.float32
    assert exact.predict_proba(X).dtype == np.float64
    assert_allclose(single.decision_function(X), exact.decision_function(X), atol=0.01)


def test_pixels_of_other_types(clf):
    X, y = load_digits(return_X_y=True)
    expected = clone(clf).fit(X.astype(np.float32), y).decision_function(X)
    for images in (X.astype(np.uint8), X.reshape(-1, 8, 8).astype(np.uint8)):
        scores = clone(clf).fit(images, y).decision_function(images)
        assert_array_equal(scores, expected)


def test_leave_one_out_scores_are_those_of_other_fits(clf, pixels):
    X, y = pixels[0][:60], np.where(pixels[1][:60] < 5, 1.0, -1.0)
    clf.fit(X, y)
    features = hidden(clf, X)
    sums = _random_features.RidgeSums(200, 1, np.dtype(float))
    sums.add(features.copy(), y[:, np.newaxis], np.ones(60))
    ridge = _random_features.solve(sums, 0.1)
    scores = ridge.leave_one_out(features, y[:, np.newaxis], np.ones(60))[:, 0]
    for left_out in range(0, 60, 7):
        kept = np.arange(60) != left_out
        other = Ridge(alpha=0.1).fit(features[kept], y[kept])
        (expected,) = other.predict(features[[left_out]])
        assert scores[left_out] == pytest.approx(expected, abs=1e-9)


def test_integer_weights_equal_repeated_rows(clf, pixels):
    X, y = pixels[0][:300], pixels[1][:300]
    weights = np.random.RandomState(0).randint(4, size=300)
    weighted = clone(clf).fit(X, y, sample_weight=weights)
    repeated = clone(clf).fit(X.repeat(weights, axis=0), y.repeat(weights))
    assert_allclose(weighted.predict_proba(X), repeated.predict_proba(X), atol=1e-8)
    # The penalty is what makes it matter how large all weights are.
    larger = clone(clf).fit(X, y, sample_weight=1000 * weights)
    assert np.abs(larger.coef_).max() > 1.1 * np.abs(weighted.coef_).max()
    scaled = clone(clf).set_params(alpha=100).fit(X, y, sample_weight=1000 * weights)
    assert_allclose(scaled.coef_, weighted.coef_, rtol=1e-6)


def test_weights_below_1_are_shares_of_images(clf, pixels):
    X, y = pixels
    expected = clone(clf).fit(X, y)
    clf.set_params(alpha=0.1 / len(X)).fit(X, y, np.full(len(X), 1 / len(X)))
    assert_allclose(clf.coef_, expected.coef_, rtol=1e-5)
    assert clf.temperature_ == pytest.approx(expected.temperature_)


def test_weights_of_classes(clf, pixels):
    X, y = pixels[0], pixels[1] == 8
    balanced = clone(clf).set_params(class_weight="balanced").fit(X, y)
    by_hand = {label: len(y) / (2 * np.sum(y == label)) for label in (False, True)}
    given = clone(clf).set_params(class_weight=by_hand).fit(X, y)
    assert_allclose(balanced.coef_, given.coef_, rtol=1e-9)
    weights = np.where(y, by_hand[True], by_hand[False])
    by_rows = clone(clf).fit(X, y, sample_weight=weights)
    assert_allclose(balanced.coef_, by_rows.coef_, rtol=1e-9)


def test_probabilities_are_calibrated(pixels):
    X, y = pixels
    clf = RandomFeaturesClassifier(300, random_state=0).fit(X[:900], y[:900])
    loss = log_loss(y[900:], clf.predict_proba(X[900:]))
    assert loss < 0.3
    for factor in (0.4, 2.5):
        other = pickle.loads(pickle.dumps(clf))
        other.temperature_ *= factor
        assert log_loss(y[900:], other.predict_proba(X[900:])) > loss
    assert_array_equal(clf.predict_proba(X).argmax(axis=1), clf.predict(X))
    assert_allclose(np.exp(clf.predict_log_proba(X)), clf.predict_proba(X))


def test_two_classes(clf, pixels):
    X, y = pixels[0], np.where(pixels[1] < 5, "low", "high")
    clf.fit(X[:1000], y[:1000])
    scores, probabilities = (
        method(X[1000:]) for method in (clf.decision_function, clf.predict_proba)
    )
    assert scores.shape == (len(X) - 1000,)
    assert_array_equal(scores > 0, clf.predict(X[1000:]) == "low")
    assert_array_equal(scores > 0, probabilities[:, 1] > 0.5)
    assert clf.score(X[1000:], y[1000:]) > 0.85


def test_calibration_on_a_part_of_the_rows(clf, pixels, monkeypatch):
    X, y = pixels
    expected = clone(clf).fit(X, y)
    monkeypatch.setattr(_random_features, "_N_CALIBRATION", 800)
    part = clf.fit(X, y)
    assert_array_equal(part.coef_, expected.coef_)
    assert part.temperature_ != expected.temperature_
    assert part.temperature_ == pytest.approx(expected.temperature_, rel=0.3)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_more_features_than_images_and_no_penalty(pixels, dtype):
    X, y = pixels[0][:40].astype(dtype), pixels[1][:40]
    clf = RandomFeaturesClassifier(300, alpha=0, random_state=0).fit(X, y)
    assert_array_equal(clf.predict(X), y)
    assert np.isfinite(clf.predict_log_proba(pixels[0])).all()


def test_equal_images(clf):
    X, y = np.full((20, 64), 3.0), np.arange(20) % 3
    probabilities = clf.fit(X, y).predict_proba(X)
    assert_allclose(probabilities, np.full((20, 3), 1 / 3), atol=0.05)


@pytest.mark.parametrize("scale", [1e-200, 1e200])
def test_sample_weights_of_any_unit(clf, pixels, scale):
    X, y = pixels[0][:300], pixels[1][:300]
    expected = clone(clf).fit(X, y).coef_
    clf.set_params(alpha=0.1 * scale).fit(X, y, sample_weight=np.full(300, scale))
    assert_allclose(clf.coef_, expected, rtol=1e-6)


def test_features_too_large(clf, pixels):
    X, y = pixels
    with pytest.raises(ValueError, match="Sums of features are not finite"):
        clone(clf).set_params(gamma=1e308).fit(X * 1e160, y)
    with pytest.raises(ValueError, match="variance of X is not finite"):
        clone(clf).fit(X * 1e160, y)
    clf.fit(X, y)
    with pytest.raises(ValueError, match="pixels are too large"):
        clf.predict(np.full((1, 64), 1e308))


def test_another_shape_of_images(clf, pixels):
    X, y = pixels
    clf.fit(X.reshape(-1, 8, 8), y)
    with pytest.raises(ValueError, match=r"\(4, 16\), but images of shape \(8, 8\)"):
        clf.predict(X.reshape(-1, 4, 16))


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        # Nothing is known: as hot as it gets.
        (np.zeros((4, 2)), 1000),
        # Three of four are right, which the smoothing of 1 / 6 makes 17 of 24.
        (np.array([[1, -1], [1, -1], [1, -1], [-1, 1]]), 2 / np.log(17 / 7)),
    ],
)
def test_temperature(scores, expected):
    found = fit_temperature(scores.astype(float), np.zeros(4, int), np.ones(4))
    assert found == pytest.approx(expected)


def test_no_more_components_than_a_matrix_of_them_squared_allows(digits):
    with pytest.raises(ValueError, match=r"range \[1, 32768\]"):
        RandomFeaturesClassifier(2**15 + 1).fit(*digits)

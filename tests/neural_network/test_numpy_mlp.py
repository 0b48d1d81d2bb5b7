import pickle
from itertools import pairwise

import joblib
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from threadpoolctl import threadpool_info, threadpool_limits

from skdigits.datasets import fetch_mnist
from skdigits.neural_network._numpy_mlp import (
    Adam,
    NumpyMLPClassifier,
    forward,
    initial_parameters,
    loss_and_gradients,
)
from skdigits.preprocessing import PixelScaler


def small_mlp(hidden_layer_sizes=(16,), **params):
    return NumpyMLPClassifier(
        hidden_layer_sizes, **{"max_epochs": 5, "random_state": 0, **params}
    )


@pytest.fixture(scope="module")
def fitted(digits):
    return small_mlp().fit(*digits)


def parameters(mlp):
    return mlp.coefs_ + mlp.intercepts_


def assert_equal_parameters(first, second):
    for array, other in zip(parameters(first), parameters(second), strict=True):
        assert array.dtype == other.dtype
        assert_array_equal(array, other)


def random_problem(hidden_layer_sizes):
    """Return arguments of loss_and_gradients: 7 images of 5 pixels, 3 classes."""
    rng = np.random.RandomState(0)
    sizes = [5, *hidden_layer_sizes, 3]
    coefs, intercepts = initial_parameters(sizes, np.dtype("float64"), rng)
    # Neither 0 nor alike, so that no gradient is 0 for want of a signal.
    coefs[-1] = rng.normal(size=coefs[-1].shape)
    intercepts = [rng.normal(size=array.shape) for array in intercepts]
    return rng.normal(size=(7, 5)), rng.randint(3, size=7), coefs, intercepts


@pytest.mark.parametrize("hidden_layer_sizes", [(), (6,), (6, 4)])
@pytest.mark.parametrize("alpha", [0.0, 0.3])
@pytest.mark.parametrize("weighted", [False, True])
def test_gradients_are_those_of_finite_differences(hidden_layer_sizes, alpha, weighted):
    X, targets, coefs, intercepts = random_problem(hidden_layer_sizes)
    weights = np.arange(1, 8) / 4 if weighted else np.ones(7)
    data = X, targets, weights, coefs, intercepts, alpha
    _, coef_gradients, intercept_gradients = loss_and_gradients(*data)
    step = 1e-6
    for array, gradient in zip(
        coefs + intercepts, coef_gradients + intercept_gradients, strict=True
    ):
        slopes = np.empty_like(array)
        for index in np.ndindex(array.shape):
            value = array[index]
            array[index] = value + step
            above = loss_and_gradients(*data)[0]
            array[index] = value - step
            below = loss_and_gradients(*data)[0]
            array[index] = value
            slopes[index] = (above - below) / (2 * step)
        error = np.linalg.norm(gradient - slopes) / np.linalg.norm(slopes)
        assert error < 1e-6


def test_loss_is_the_weighted_cross_entropy_plus_the_penalty():
    X, targets, coefs, intercepts = random_problem(())
    weights = np.arange(1, 8) / 4
    scores = np.exp(X @ coefs[0] + intercepts[0])
    true = (scores / scores.sum(axis=1, keepdims=True))[np.arange(7), targets]
    expected = -(weights * np.log(true)).sum() / weights.sum()
    expected += 0.3 / 2 * (coefs[0] ** 2).sum()
    data = X, targets, weights, coefs, intercepts, 0.3
    assert_allclose(loss_and_gradients(*data)[0], expected, rtol=1e-12)


def test_softmax_stands_large_scores():
    X = np.array([[1e5], [-1e5]], dtype=np.float32)
    coefs, intercepts = [np.array([[0, 1]], np.float32)], [np.zeros(2, np.float32)]
    _, log_probabilities = forward(X, coefs, intercepts)
    assert_array_equal(log_probabilities, [[-1e5, 0], [0, -1e5]])


def test_adam_takes_the_steps_of_the_paper():
    gradients = [np.array([1.0, -20.0]), np.array([3.0, 0.5]), np.array([0.1, 2.0])]
    parameter = np.zeros(2)
    optimizer = Adam([parameter])
    expected, mean, square = np.zeros(2), np.zeros(2), np.zeros(2)
    for step, gradient in enumerate(gradients, start=1):
        optimizer.step([gradient], learning_rate=0.1)
        mean = 0.9 * mean + 0.1 * gradient
        square = 0.999 * square + 0.001 * gradient**2
        unbiased = mean / (1 - 0.9**step), square / (1 - 0.999**step)
        expected = expected - 0.1 * unbiased[0] / (np.sqrt(unbiased[1]) + 1e-8)
        assert_allclose(parameter, expected, rtol=1e-5)


def test_initial_coefficients_keep_the_size_of_signals():
    rng = np.random.RandomState(0)
    coefs, intercepts = initial_parameters([400, 400, 400, 9], np.dtype("float32"), rng)
    X = rng.normal(size=(200, 400)).astype(np.float32)
    inputs, log_probabilities = forward(X, coefs, intercepts)
    sizes = [np.mean(signal**2) for signal in inputs]
    assert_allclose(sizes, sizes[0], rtol=0.1)
    assert_allclose(np.exp(log_probabilities), 1 / 9, rtol=1e-6)


@pytest.mark.parametrize(("hidden_layer_sizes", "accuracy"), [((), 0.9), ((64,), 0.93)])
def test_learns_digits_it_has_not_seen(hidden_layer_sizes, accuracy):
    X, y = load_digits(return_X_y=True)
    mlp = NumpyMLPClassifier(hidden_layer_sizes, random_state=0)
    pipeline = make_pipeline(PixelScaler(), mlp).fit(X[::2], y[::2])
    assert pipeline.score(X[1::2], y[1::2]) > accuracy


@pytest.mark.slow
@pytest.mark.parametrize(
    ("hidden_layer_sizes", "accuracy"), [((), 0.92), ((128,), 0.975)]
)
def test_accuracy_on_mnist(mnist_home, hidden_layer_sizes, accuracy):
    X, y = fetch_mnist(data_home=mnist_home, subset="train", return_X_y=True)
    X_test, y_test = fetch_mnist(data_home=mnist_home, subset="test", return_X_y=True)
    mlp = NumpyMLPClassifier(hidden_layer_sizes, max_epochs=5, random_state=0)
    pipeline = make_pipeline(PixelScaler(), mlp).fit(X, y)
    assert pipeline.score(X_test, y_test) >= accuracy


@pytest.mark.parametrize("hidden_layer_sizes", [(), (16,), [16, 8]])
def test_fitted_attributes(digits, hidden_layer_sizes):
    X, y = digits
    mlp = small_mlp(hidden_layer_sizes).fit(X, y)
    sizes = [64, *hidden_layer_sizes, 10]
    assert [coef.shape for coef in mlp.coefs_] == [*pairwise(sizes)]
    assert [array.shape for array in mlp.intercepts_] == [(size,) for size in sizes[1:]]
    assert_array_equal(mlp.classes_, np.unique(y))
    assert mlp.n_iter_ == len(mlp.loss_curve_) == 5
    assert np.diff(mlp.loss_curve_).max() < 0
    assert mlp.loss_curve_[0] < np.log(10)


def test_loss_curve_is_the_mean_over_all_images(digits):
    """Also where batches differ in size and in the sum of their weights."""
    X, y = digits[0][:101].astype(np.float64), digits[1][:101]
    weights = np.random.RandomState(0).lognormal(sigma=2, size=101)
    mlp = small_mlp((), batch_size=34, max_epochs=1, learning_rate=1e-15)
    mlp.fit(X, y, sample_weight=weights)
    assert_allclose(mlp.loss_curve_, np.log(10), rtol=1e-12)


@pytest.fixture
def steps(monkeypatch):
    """Return the list to which each step of Adam adds what it was given."""
    steps = []
    step = Adam.step

    def noted_step(optimizer, gradients, learning_rate):
        steps.append((gradients, learning_rate))
        step(optimizer, gradients, learning_rate)

    monkeypatch.setattr(Adam, "step", noted_step)
    return steps


def test_learning_rate_falls_in_a_line_to_nearly_zero(digits, steps):
    small_mlp(batch_size=200, learning_rate=0.6, max_epochs=2).fit(*digits)
    assert_allclose([rate for _, rate in steps], [0.6, 0.5, 0.4, 0.3, 0.2, 0.1])


@pytest.mark.parametrize(
    ("n_images", "params", "n_steps"),
    [
        (20, {}, 1),
        (600, {}, 19),
        (600, {"batch_size": 250}, 3),
        (20, {"batch_size": 250}, 1),
        (10_000, {}, 100),
        (20_000, {}, 157),
    ],
)
def test_steps_in_an_epoch(n_images, params, n_steps, steps):
    mlp = small_mlp((), max_epochs=1, **params)
    mlp.fit(np.ones((n_images, 1)), np.arange(n_images) % 2)
    assert len(steps) == n_steps


def test_probabilities(fitted, digits):
    X, _ = digits
    probabilities = fitted.predict_proba(X)
    assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-6)
    assert_array_equal(fitted.predict(X), probabilities.argmax(axis=1))
    assert_allclose(np.exp(fitted.predict_log_proba(X)), probabilities, rtol=1e-5)


def test_log_probabilities_are_finite_where_probabilities_vanish(fitted, digits):
    X = digits[0] * 1000
    assert fitted.predict_proba(X).min() == 0
    assert np.isfinite(fitted.predict_log_proba(X)).all()


def test_penalty_shrinks_coefficients(digits):
    def size(mlp):
        return sum(np.square(coef).sum() for coef in mlp.fit(*digits).coefs_)

    assert size(small_mlp(alpha=0.1)) < 0.5 * size(small_mlp(alpha=0))


@pytest.mark.parametrize("hidden_layer_sizes", [(), (16,)])
def test_same_seed_gives_equal_parameters(digits, hidden_layer_sizes):
    first, second, other = (
        small_mlp(hidden_layer_sizes, random_state=seed).fit(*digits)
        for seed in (1, 1, 2)
    )
    assert_equal_parameters(first, second)
    assert not np.array_equal(first.coefs_[0], other.coefs_[0])


def test_trains_on_one_thread(digits, monkeypatch):
    """So that the number of cores does not matter to the coefficients."""
    n_threads = []

    def noted_step(*args):
        pools = threadpool_info()
        n_threads.extend(
            pool["num_threads"] for pool in pools if pool["user_api"] == "blas"
        )

    monkeypatch.setattr(Adam, "step", noted_step)
    with threadpool_limits(limits=2, user_api="blas"):
        small_mlp((), batch_size=600, max_epochs=1).fit(*digits)
    assert set(n_threads) == {1}


def test_random_state_instance_advances(digits):
    random_state = np.random.RandomState(0)
    first = small_mlp(random_state=random_state).fit(*digits)
    second = small_mlp(random_state=random_state).fit(*digits)
    assert not np.array_equal(first.coefs_[0], second.coefs_[0])
    assert_equal_parameters(first, small_mlp(random_state=0).fit(*digits))


def test_refitting_starts_afresh(digits, fitted):
    X, y = digits
    assert_equal_parameters(small_mlp().fit(X, y == 3).fit(X, y), fitted)


def test_rows_of_weight_zero_count_as_absent(digits):
    X, y = digits
    weights = np.full(len(X), 5.0)
    weights[y == 7] = 0  # a whole class
    given = weights.copy()
    kept = weights > 0
    weighted = small_mlp().fit(X, y, sample_weight=weights)
    assert_array_equal(weights, given)
    assert_array_equal(weighted.classes_, np.delete(np.arange(10), 7))
    assert_equal_parameters(weighted, small_mlp().fit(X[kept], y[kept]))


@pytest.mark.parametrize("hidden_layer_sizes", [(), (16,)])
def test_weights_equal_repeated_rows(digits, hidden_layer_sizes):
    """In the full batch, up to the order of float64 sums."""
    X, y = digits[0][:100].astype(np.float64), digits[1][:100]
    counts = np.random.RandomState(0).randint(1, 4, len(X))
    mlp = small_mlp(hidden_layer_sizes, batch_size=10_000, max_epochs=20)
    repeated = clone(mlp).fit(np.repeat(X, counts, axis=0), y.repeat(counts))
    expected = repeated.predict_proba(X)
    for factor in (1, 1e-3):
        weighted = clone(mlp).fit(X, y, sample_weight=factor * counts)
        assert_allclose(weighted.predict_proba(X), expected, rtol=1e-9)
        assert_allclose(weighted.loss_curve_, repeated.loss_curve_, rtol=1e-9)
    assert abs(clone(mlp).fit(X, y).predict_proba(X) - expected).max() > 1e-3


@pytest.mark.parametrize(
    ("dtype", "computed_in"),
    [
        (np.uint8, np.float32),
        (np.float16, np.float32),
        (np.float32, np.float32),
        (np.float64, np.float64),
        (np.int64, np.float64),
    ],
)
@pytest.mark.parametrize("hidden_layer_sizes", [(), (4,)])
def test_types_of_pixels(digits, dtype, computed_in, hidden_layer_sizes, steps):
    X, y = np.rint(digits[0] * 16).astype(dtype), digits[1]
    # NumPy scalars, as a grid of np.logspace has them, do not change the type.
    params = {"alpha": np.float64(1e-4), "learning_rate": np.float64(5e-3)}
    mlp = small_mlp(hidden_layer_sizes, **params).fit(X, y)
    assert {array.dtype for array in parameters(mlp)} == {np.dtype(computed_in)}
    gradients, rate = steps[-1]
    assert {array.dtype for array in gradients} == {np.dtype(computed_in)}
    assert type(rate) is float
    for images in (X, X.astype(np.float64), X.astype(np.float32)):
        assert mlp.predict_proba(images).dtype == computed_in
        assert mlp.predict_log_proba(images).dtype == computed_in


def test_layouts_of_images(digits):
    X, y = digits
    pixels = np.rint(X * 16).astype(np.uint8)
    expected = small_mlp().fit(pixels, y)
    images = pixels.reshape(-1, 8, 8)
    frozen = np.asfortranarray(pixels)
    frozen.flags.writeable = False
    same_images = (
        images,
        images[..., np.newaxis],
        list(images),
        images.reshape(-1, 4, 16),
        frozen,
        pixels.astype(np.float32),
    )
    for same in same_images:
        mlp = small_mlp().fit(same, y)
        assert mlp.n_features_in_ == 64
        for array, other in zip(parameters(mlp), parameters(expected), strict=True):
            assert_allclose(array, other, atol=1e-5)
        assert_allclose(
            mlp.predict_proba(same), expected.predict_proba(pixels), atol=1e-5
        )


@pytest.mark.parametrize(
    "labels",
    [
        [f"digit {label}" for label in range(10)],
        np.array([f"digit {label}" for label in range(10)], dtype=object),
        np.arange(10) * 7 - 20,
        np.arange(10) % 2 == 0,
    ],
    ids=["str", "object", "int", "bool"],
)
def test_labels_of_any_type_come_back(digits, labels):
    X, y = digits
    y_named = np.asarray(labels)[y]
    mlp = small_mlp().fit(X, y_named)
    assert_array_equal(mlp.classes_, np.unique(y_named))
    assert mlp.predict(X).dtype == y_named.dtype
    assert mlp.score(X, y_named) > 0.8


def test_feature_names(digits, fitted):
    X, y = digits
    frame = pd.DataFrame(X, columns=[f"pixel{i}" for i in range(64)])
    mlp = small_mlp().fit(frame, y)
    assert list(mlp.feature_names_in_) == list(frame.columns)
    assert_allclose(mlp.predict_proba(frame), fitted.predict_proba(X), atol=1e-5)


def test_in_a_grid_search(digits):
    grid = {
        "numpymlpclassifier__hidden_layer_sizes": [(), (16,)],
        "numpymlpclassifier__learning_rate": np.logspace(-3, -2, 2),
    }
    pipeline = make_pipeline(PixelScaler(), small_mlp())
    search = GridSearchCV(pipeline, grid, cv=2, error_score="raise").fit(*digits)
    assert search.score(*digits) > 0.85


def test_verbose_prints_a_line_an_epoch(digits, capfd):
    small_mlp().fit(*digits)
    assert capfd.readouterr() == ("", "")
    mlp = small_mlp(verbose=1, max_epochs=2).fit(*digits)
    first, second = mlp.loss_curve_
    assert capfd.readouterr() == (
        f"Epoch 1/2: loss {first:.4f}\nEpoch 2/2: loss {second:.4f}\n",
        "",
    )


@pytest.mark.parametrize("mmap_mode", [None, "r"])
def test_copies_predict_the_same(fitted, digits, tmp_path, mmap_mode):
    expected = fitted.predict_proba(digits[0])
    copy = pickle.loads(pickle.dumps(fitted))
    assert_array_equal(copy.predict_proba(digits[0]), expected)
    path = joblib.dump(fitted, tmp_path / "mlp.joblib")[0]
    copy = joblib.load(path, mmap_mode=mmap_mode)
    assert_array_equal(copy.predict_proba(digits[0]), expected)
    assert copy.get_params() == fitted.get_params()


def test_state_is_plain_data(fitted):
    plain = (bool, int, float, str, tuple, list, np.ndarray, type(None))
    state = fitted.__getstate__()
    assert [name for name, value in state.items() if type(value) not in plain] == []
    assert {type(array) for array in parameters(fitted)} == {np.ndarray}
    assert {type(loss) for loss in fitted.loss_curve_} == {float}
    assert len(pickle.dumps(fitted)) < 8_000


@pytest.mark.parametrize("n_features", [1, 2, 3, 10])
def test_any_number_of_pixels_is_an_image(n_features):
    X = np.random.RandomState(0).rand(20, n_features)
    mlp = small_mlp(max_epochs=1).fit(X, np.arange(20) % 2)
    assert mlp.predict_proba(X).shape == (20, 2)


def test_black_images_are_told_apart_by_frequency_only():
    y = np.array([0] * 15 + [1] * 5)
    mlp = NumpyMLPClassifier(max_epochs=500, random_state=0).fit(np.zeros((20, 4)), y)
    assert_array_equal(mlp.coefs_[0], 0)
    assert_allclose(mlp.predict_proba(np.zeros((1, 4))), [[0.75, 0.25]], atol=0.01)


ONES = np.ones((4, 16), dtype=np.float32)
TARGETS = np.array([0, 1, 0, 1])


@pytest.mark.parametrize(
    ("params", "X", "y", "error", "message"),
    [
        ({}, np.ones((4, 4, 4, 3)), TARGETS, ValueError, "got 3 channels"),
        ({}, ONES.astype(str), TARGETS, TypeError, "Pixels must be numbers"),
        ({}, np.full_like(ONES, np.nan), TARGETS, ValueError, "contains NaN"),
        ({}, np.full_like(ONES, np.inf), TARGETS, ValueError, "contains infinity"),
        (
            {},
            ONES,
            np.full(4, 3),
            ValueError,
            r"^NumpyMLPClassifier needs at least 2 classes; got 1 class: .*3",
        ),
        ({}, ONES[:1], TARGETS[:1], ValueError, "got 1 class"),
        (
            {},
            ONES,
            TARGETS[:3],
            ValueError,
            r"inconsistent numbers of samples: \[4, 3\]",
        ),
        ({}, ONES, TARGETS + 0.5, ValueError, "Unknown label type: continuous"),
        ({}, ONES[:0], TARGETS[:0], ValueError, r"0 sample\(s\)"),
        ({"hidden_layer_sizes": (0,)}, ONES, TARGETS, ValueError, "at least 1"),
        (
            {"hidden_layer_sizes": (2.5,)},
            ONES,
            TARGETS,
            ValueError,
            r"got hidden_layer_sizes=\(2.5,\)",
        ),
        (
            {"hidden_layer_sizes": 64},
            ONES,
            TARGETS,
            ValueError,
            "'hidden_layer_sizes' parameter",
        ),
        ({"alpha": -1}, ONES, TARGETS, ValueError, "'alpha' parameter"),
        ({"max_epochs": 0}, ONES, TARGETS, ValueError, "'max_epochs' parameter"),
        ({"batch_size": 0}, ONES, TARGETS, ValueError, "'batch_size' parameter"),
        ({"learning_rate": 0}, ONES, TARGETS, ValueError, "'learning_rate' param"),
    ],
)
def test_bad_input(params, X, y, error, message):
    with pytest.raises(error, match=message):
        NumpyMLPClassifier(**params).fit(X, y)


@pytest.mark.parametrize(
    ("params", "scale", "epoch"),
    [
        ({"hidden_layer_sizes": (4,), "learning_rate": 1e30}, 1, 2),
        ({"hidden_layer_sizes": (4, 4)}, 1e38, 1),
        ({}, 1e25, 1),  # the loss stays finite, but the gradients' squares do not
    ],
)
def test_divergence_is_an_error_with_advice(params, scale, epoch):
    X = ONES * np.arange(4, dtype=np.float32)[:, np.newaxis] * np.float32(scale / 4)
    with pytest.raises(
        ValueError,
        match=rf"diverged in epoch {epoch}: .*PixelScaler\) or lower learning_rate=",
    ):
        NumpyMLPClassifier(**params, random_state=0).fit(X, TARGETS)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (np.zeros(4), "zero"),
        (np.array([1.0, -1, 1, 1]), "[Nn]egative"),
        (np.array([1.0, np.nan, 1, 1]), "contains NaN"),
        (np.ones(3), r"sample_weight.shape == \(3,\)"),
        (np.array([1.0, 0, 1, 0]), "at least 2 classes; got 1 class"),
    ],
)
def test_bad_sample_weights(weights, message):
    with pytest.raises(ValueError, match=message):
        small_mlp().fit(ONES, TARGETS, sample_weight=weights)


def test_predict_refuses_images_of_another_size(fitted):
    with pytest.raises(
        ValueError, match="63 features, but NumpyMLPClassifier is expecting 64"
    ):
        fitted.predict(np.ones((2, 63)))


@pytest.mark.parametrize("shape", [(-1, 8, 8), (-1, 64)])
def test_images_of_another_shape_are_refused(digits, shape):
    X, y = digits
    mlp = small_mlp(max_epochs=1).fit(X.reshape(shape), y)
    assert mlp.image_shape_ == (8, 8)
    with pytest.raises(ValueError, match=r"shape \(4, 16\), but images of.* \(8, 8\)"):
        mlp.predict(X.reshape(-1, 4, 16))
    assert_array_equal(mlp.predict(X.reshape(-1, 8, 8, 1)), mlp.predict(X))
    # As in files of earlier versions.
    del mlp.image_shape_
    mlp.predict(X.reshape(-1, 4, 16))

"""Fits side by side, one after the other, and interrupted."""

import gc
import weakref
from concurrent.futures import ThreadPoolExecutor

import joblib
import pytest
from numpy.testing import assert_array_equal
from sklearn.model_selection import GridSearchCV, cross_val_score, cross_validate
from sklearn.pipeline import Pipeline

from skdigits._threads import n_threads
from skdigits.neural_network import (
    KerasClassifier,
    KerasCNNClassifier,
    KerasMLPClassifier,
    _trainer_pool,
)
from skdigits.preprocessing import PixelScaler

pytestmark = pytest.mark.tensorflow


def mlp(random_state=0, **params):
    params = {"max_epochs": 3, **params}
    return KerasMLPClassifier((8,), random_state=random_state, **params)


def assert_equal_weights(first, second):
    for array, other in zip(first.weights_, second.weights_, strict=True):
        assert_array_equal(array, other)


@pytest.fixture
def built(monkeypatch):
    """References to the trainers that are built, starting with none."""
    from skdigits.neural_network import _keras

    references = []

    class Trainer(_keras.Trainer):
        def __init__(self, training):
            super().__init__(training)
            references.append(weakref.ref(self))

    monkeypatch.setattr(_keras, "Trainer", Trainer)
    monkeypatch.setattr(_trainer_pool, "_idle", type(_trainer_pool._idle)())
    return references


def test_fits_of_one_network_trace_once(digits, built):
    X, y = digits
    for params in ({}, {"learning_rate": 0.1}, {"batch_size": 50}, {"max_epochs": 1}):
        mlp(**params).fit(X[:500], y[:500])
        mlp(**params).fit(X, y)
    (trainer,) = (reference() for reference in built)
    assert trainer._epoch.experimental_get_tracing_count() == 1
    mlp(dropout=0.1).fit(X, y)
    assert len(built) == 2


def test_idle_trainers_are_bounded_and_dropped(digits, built, monkeypatch):
    monkeypatch.setattr(_trainer_pool, "MAX_IDLE_TRAINERS", 2)
    for dropout in (0.1, 0.2, 0.3):
        mlp(dropout=dropout, max_epochs=1).fit(*digits)
    assert len(_trainer_pool._idle) == 2
    gc.collect()
    assert [reference() is None for reference in built] == [True, False, False]


def test_fits_in_threads_give_what_fits_in_turn_give(digits, built):
    expected = [mlp(seed).fit(*digits) for seed in range(4)]
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda seed: mlp(seed).fit(*digits), range(4)))
    for first, second in zip(expected, found, strict=True):
        assert_equal_weights(first, second)
    assert len(built) <= 2


def test_interrupted_fit_leaves_nothing_behind(digits, built):
    class Interrupt:
        def augment(self, images, random_state):
            raise KeyboardInterrupt

    expected = mlp().fit(*digits)
    with pytest.raises(KeyboardInterrupt):
        mlp(augmenter=Interrupt()).fit(*digits)
    assert_equal_weights(mlp().fit(*digits), expected)
    assert len(built) == 1


def threads_in_this_process(X, y):
    from skdigits.neural_network import _keras

    mlp(max_epochs=1).fit(X, y)
    threading = _keras.tf.config.threading
    return (
        n_threads(),
        threading.get_intra_op_parallelism_threads(),
        threading.get_inter_op_parallelism_threads(),
    )


@pytest.mark.slow
def test_workers_use_their_share_of_the_cores(digits):
    with joblib.parallel_config(backend="loky", n_jobs=2, inner_max_num_threads=1):
        found = joblib.Parallel()(
            joblib.delayed(threads_in_this_process)(*digits) for _ in range(2)
        )
    assert found == [(1, 1, 1)] * 2


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_cross_validation_gives_equal_scores_in_parallel(digits, backend):
    alone = cross_val_score(mlp(), *digits, cv=3, n_jobs=1)
    with joblib.parallel_config(backend=backend):
        together = cross_val_score(mlp(), *digits, cv=3, n_jobs=2)
    assert_array_equal(alone, together)


# The workers that started above go on with the searches below: each has imported
# TensorFlow.


def small(image_shape, n_classes, units=8):
    from keras import layers

    return [
        layers.Flatten(),
        layers.Dense(units, activation="relu"),
        layers.Dense(n_classes),
    ]


PARAMS = {"max_epochs": 2, "random_state": 0}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("network", "grid"),
    [
        (
            KerasCNNClassifier(((8,),), (), stem_stride=2, **PARAMS),
            {"conv_blocks": [((8,),), ((8,), (16,))], "learning_rate": [3e-3, 1e-2]},
        ),
        (
            KerasClassifier(small, **PARAMS),
            {"build_params__units": [4, 8], "learning_rate": [0.01]},
        ),
    ],
    ids=["KerasCNNClassifier", "KerasClassifier"],
)
def test_searches_give_equal_scores_in_parallel(network, grid, digits):
    pipeline = Pipeline([("scale", PixelScaler()), ("network", network)])
    grid = {f"network__{name}": values for name, values in grid.items()}
    alone, together = (
        GridSearchCV(pipeline, grid, cv=2, n_jobs=n, error_score="raise").fit(*digits)
        for n in (1, 2)
    )
    for key, scores in alone.cv_results_.items():
        if key.startswith(("split", "mean_test", "std_test", "rank")):
            assert_array_equal(together.cv_results_[key], scores)
    assert_equal_weights(alone.best_estimator_[-1], together.best_estimator_[-1])


@pytest.mark.slow
def test_schedules_that_follow_validation_images_give_equal_bits(digits):
    clf = mlp(
        schedule="reduce_on_plateau",
        monitor="loss",
        early_stopping=True,
        tol=0.03,
        n_iter_no_change=3,
        max_epochs=6,
    )
    alone, together = (
        cross_validate(clf, *digits, cv=2, n_jobs=n, return_estimator=True)
        for n in (1, 2)
    )
    for first, second in zip(alone["estimator"], together["estimator"], strict=True):
        assert_equal_weights(first, second)
        assert first.history_ == second.history_
        assert first.history_["learning_rate"][-1] < clf.learning_rate


@pytest.mark.parametrize(
    ("value", "expected"),
    [("1", 1), ("1000", joblib.cpu_count()), ("", joblib.cpu_count()), ("0", None)],
)
def test_share_is_read_from_the_environment(monkeypatch, value, expected):
    monkeypatch.setenv("OMP_NUM_THREADS", value)
    assert n_threads() == (expected or joblib.cpu_count())

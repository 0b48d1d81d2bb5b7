"""Fits side by side, one after the other, and interrupted."""

import gc
import weakref
from concurrent.futures import ThreadPoolExecutor

import joblib
import pytest
from numpy.testing import assert_array_equal
from sklearn.model_selection import cross_val_score

from skdigits._threads import n_threads
from skdigits.neural_network import KerasMLPClassifier, _trainer_pool

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


@pytest.mark.parametrize(
    ("value", "expected"),
    [("1", 1), ("1000", joblib.cpu_count()), ("", joblib.cpu_count()), ("0", None)],
)
def test_share_is_read_from_the_environment(monkeypatch, value, expected):
    monkeypatch.setenv("OMP_NUM_THREADS", value)
    assert n_threads() == (expected or joblib.cpu_count())

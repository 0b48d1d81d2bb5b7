"""The schedules "cosine" and "reduce_on_plateau"."""

import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skdigits.neural_network import KerasMLPClassifier
from skdigits.neural_network._schedule import ReduceOnPlateau, learning_rates
from skdigits.persistence import load_model, save_model


def mlp(**params):
    params = {"max_epochs": 4, "random_state": 0, **params}
    return KerasMLPClassifier((8,), **params)


def plateau_mlp(**params):
    return mlp(**{"schedule": "reduce_on_plateau", "n_iter_no_change": 2, **params})


def assert_equal_weights(first, second):
    for array, other in zip(first.weights_, second.weights_, strict=True):
        assert_array_equal(array, other)


def test_cosine_falls_from_the_first_step_on():
    rates = np.concatenate(list(learning_rates("cosine", 0.5, 20, n_epochs=5)))
    assert rates.dtype == np.float32
    assert rates.shape == (100,)
    assert (np.diff(rates) < 0).all()
    assert_allclose(rates[[0, 49, 50, 99]], [0.5, 0.25, 0.25, 0], atol=0.005)
    assert rates[-1] > 0


def test_plateau_lowers_after_half_as_many_epochs_as_stop():
    plateau = ReduceOnPlateau(n_iter_no_change=5, tol=0.01, state={})
    scores = [0.5, 0.6, 0.605, 0.62, 0.61, 0.62, 0.62, 0.62, 0.62]
    rates = []
    for score in scores:
        rates.append(plateau.lower(np.ones(3, np.float32)))
        plateau.update(score)
        # Goes on from its state as if nothing had been.
        plateau = ReduceOnPlateau(5, 0.01, plateau.get_state())
    rates = np.array(rates)
    assert rates.dtype == np.float32
    assert_allclose(rates[:, 0], [1, 1, 1, 1, 1, 1, 0.2, 0.2, 0.04])
    assert_array_equal(rates, rates[:, :1] + np.zeros((1, 3), np.float32))
    eager = ReduceOnPlateau(n_iter_no_change=1, tol=0, state={})
    for _ in range(3):
        eager.update(0.5)
    assert_allclose(eager.lower(np.ones(1, np.float32)), 0.2**2)


@pytest.mark.tensorflow
@pytest.mark.parametrize("monitor", ["accuracy", "loss"])
def test_plateau_follows_the_validation_images(digits, monitor):
    X, y = digits
    validation = {"X_val": X[400:], "y_val": y[400:]}
    clf = plateau_mlp(monitor=monitor, max_epochs=8, tol=0.03)
    clf.fit(X[:400], y[:400], **validation)
    values = clf.history_["validation_score"]
    if monitor == "loss":
        values = [-loss for loss in clf.history_["validation_loss"]]
    best, rate, expected = -np.inf, np.float32(clf.learning_rate), []
    for value in values:
        expected.append(rate)
        rate = rate if value > best + 0.03 else rate * np.float32(0.2)
        best = max(best, value)
    assert_allclose(clf.history_["learning_rate"], expected, rtol=1e-6)
    assert len(set(expected)) > 1


@pytest.mark.tensorflow
def test_plateau_needs_validation_images(digits):
    with pytest.raises(ValueError, match="Pass X_val and y_val to fit, or set early_"):
        plateau_mlp().fit(*digits)
    stopped = plateau_mlp(early_stopping=True, n_iter_no_change=4, max_epochs=30)
    stopped.fit(*digits)
    assert stopped.history_["learning_rate"][-1] < stopped.learning_rate
    assert stopped.n_iter_ < 30


@pytest.mark.tensorflow
@pytest.mark.parametrize("copied", ["pickled", "saved"])
def test_warm_start_continues_a_plateau(digits, copied, tmp_path):
    X, y = digits
    validation = {"X_val": X[400:], "y_val": y[400:]}
    params = {"tol": 0.03, "monitor": "loss"}
    once = plateau_mlp(**params, max_epochs=8).fit(X[:400], y[:400], **validation)
    twice = plateau_mlp(**params, warm_start=True)
    twice.fit(X[:400], y[:400], **validation)
    assert twice.history_["learning_rate"][-1] < twice.learning_rate
    if copied == "pickled":
        twice = pickle.loads(pickle.dumps(twice))
    else:
        save_model(twice, tmp_path / "model.skops")
        twice = load_model(tmp_path / "model.skops")
    twice.fit(X[:400], y[:400], **validation)
    assert_equal_weights(once, twice)
    assert twice.history_ == once.history_


@pytest.mark.tensorflow
def test_another_quantity_or_partial_fit_begins_with_the_full_rate(digits):
    X, y = digits
    validation = {"X_val": X[400:], "y_val": y[400:]}
    reduced = plateau_mlp(warm_start=True, tol=1, max_epochs=3)
    reduced.fit(X[:400], y[:400], **validation)
    assert reduced.history_["learning_rate"][-1] < 0.01
    other = pickle.loads(pickle.dumps(reduced)).set_params(monitor="loss")
    other.fit(X[:400], y[:400], **validation)
    reduced.partial_fit(X, y).fit(X[:400], y[:400], **validation)
    rates = reduced.history_["learning_rate"]
    full = float(np.float32(reduced.learning_rate))
    assert rates[3:5] == [full, full]
    assert other.history_["learning_rate"][3] == full


@pytest.mark.parametrize(
    ("name", "value"),
    [("best", np.nan), ("best", "1"), ("n_without", -1), ("n_reductions", 0.5)],
)
@pytest.mark.tensorflow
def test_broken_state_of_a_plateau_is_refused(digits, name, value):
    X, y = digits
    clf = plateau_mlp(warm_start=True, max_epochs=1)
    state = clf.fit(X, y, X_val=X, y_val=y).__getstate__()
    plateau = {**state["_training_state"]["plateau"], name: value}
    training = {**state["_training_state"], "plateau": plateau}
    with pytest.raises(ValueError, match=name.split("_")[-1]):
        mlp().__setstate__({**state, "_training_state": training})

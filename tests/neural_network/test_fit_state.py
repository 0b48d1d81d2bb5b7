"""Fits in one thread while others predict and fit."""

import pickle
import threading

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from skdigits.neural_network import KerasMLPClassifier, NumpyMLPClassifier, _numpy_mlp

SECONDS = 60


class Gate:
    """Changes no image, and holds the first epoch up until it is told to go on."""

    def __init__(self):
        self.reached, self.opened = threading.Event(), threading.Event()

    def augment(self, images, random_state):
        self.reached.set()
        assert self.opened.wait(SECONDS)
        return images.copy()


@pytest.fixture
def gate():
    """A gate, opened at the end whatever happens."""
    gate = Gate()
    yield gate
    gate.opened.set()


def run(function, *args):
    thread = threading.Thread(target=function, args=args, daemon=True)
    thread.start()
    return thread


def keras_mlp(**params):
    return KerasMLPClassifier((8,), **{"max_epochs": 1, "random_state": 0, **params})


def assert_sees_the_former_fit(clf, X, expected, gate, refit):
    thread = run(refit)
    assert gate.reached.wait(SECONDS)
    # Of other images and other classes than those that are being learned.
    for _ in range(3):
        assert_array_equal(clf.predict_proba(X), expected)
        assert_array_equal(clf.predict(X), clf.classes_[expected.argmax(axis=1)])
    clf.set_params(verbose=0)
    gate.opened.set()
    thread.join(SECONDS)
    assert clf.classes_.tolist() == [0, 1, 2]
    assert clf.predict_proba(X[:, :49]).shape == (len(X), 3)
    assert clf.verbose == 0  # what was set meanwhile


@pytest.mark.tensorflow
def test_a_thread_that_predicts_sees_the_former_fit(digits, gate):
    X, y = digits
    clf = keras_mlp().fit(X, y)
    expected = clf.predict_proba(X)
    clf.set_params(augmenter=gate, verbose=False)
    assert_sees_the_former_fit(
        clf, X, expected, gate, lambda: clf.fit(X[:, :49], y % 3)
    )


def test_a_thread_that_predicts_sees_the_former_fit_of_numpy(digits, gate, monkeypatch):
    X, y = digits
    clf = NumpyMLPClassifier(max_epochs=1).fit(X, y)
    expected = clf.predict_proba(X)
    permute = _numpy_mlp.initial_parameters

    def wait(*args):
        gate.augment(np.empty(0), 0)
        return permute(*args)

    monkeypatch.setattr(_numpy_mlp, "initial_parameters", wait)
    assert_sees_the_former_fit(
        clf, X, expected, gate, lambda: clf.fit(X[:, :49], y % 3)
    )


@pytest.mark.tensorflow
def test_two_partial_fits_at_once_both_count(digits, gate):
    X, y = digits
    opened = Gate()
    opened.opened.set()
    expected = keras_mlp(augmenter=opened)
    for part in (slice(300), slice(300, 600)):
        expected.partial_fit(X[part], y[part], classes=np.arange(10))
    clf = keras_mlp(augmenter=gate)
    first = run(clf.partial_fit, X[:300], y[:300], np.arange(10))
    assert gate.reached.wait(SECONDS)
    second = run(clf.partial_fit, X[300:], y[300:], np.arange(10))
    second.join(0.3)
    assert second.is_alive()
    gate.opened.set()
    for thread in (first, second):
        thread.join(SECONDS)
    assert clf.n_iter_ == 2
    for array, other in zip(clf.weights_, expected.weights_, strict=True):
        assert_array_equal(array, other)


class Unhashable(NumpyMLPClassifier):
    """Compares by its parameters, as data classes do."""

    def __eq__(self, other):
        return self.get_params() == other.get_params()

    __hash__ = None


def test_estimators_need_not_be_hashable(digits):
    X, y = digits
    assert Unhashable(max_epochs=1).fit(X[:30], y[:30]).n_iter_ == 1


@pytest.mark.tensorflow
def test_what_is_set_meanwhile_stays(digits, gate):
    X, y = digits
    clf = keras_mlp(augmenter=gate)
    thread = run(clf.fit, X[:60], y[:60])
    assert gate.reached.wait(SECONDS)
    clf.note = "seen"
    gate.opened.set()
    thread.join(SECONDS)
    assert clf.note == "seen"
    assert clf.n_iter_ == 1


@pytest.mark.tensorflow
@pytest.mark.parametrize("kind", [np.random.Philox, np.random.SFC64, np.random.MT19937])
def test_any_generator_can_be_pickled_with_a_training(kind, digits):
    X, y = digits
    random_state = np.random.RandomState(kind(1))
    clf = keras_mlp(warm_start=True, random_state=random_state).fit(X[:60], y[:60])
    copied = pickle.loads(pickle.dumps(clf))
    assert_array_equal(copied.predict(X), clf.predict(X))

"""Ctrl-C while a network is fitted."""

import signal
import subprocess
import sys

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.model_selection import GridSearchCV

from skdigits._interrupts import noting_interrupts
from skdigits.neural_network import (
    KerasMLPClassifier,
    NumpyMLPClassifier,
    _numpy_mlp,
)

# Each epoch asks an augmenter for its images.
HISTORY = "history_", "loss_curve_", "n_iter_", "validation_scores_"


class CtrlC:
    """Changes no image, and interrupts the epochs of the given numbers."""

    def __init__(self, *epochs, n_times=1):
        self.epochs = epochs
        self.n_times = n_times
        self.n_calls = 0

    def augment(self, images, random_state):
        self.n_calls += 1
        if self.n_calls in self.epochs:
            for _ in range(self.n_times):
                signal.raise_signal(signal.SIGINT)
        return images.copy()


def mlp(augmenter=None, **params):
    params = {"max_epochs": 5, "schedule": "constant", "random_state": 0, **params}
    return KerasMLPClassifier((8,), augmenter=augmenter or CtrlC(), **params)


def assert_equal_fits(first, second):
    for array, other in zip(first.weights_, second.weights_, strict=True):
        assert_array_equal(array, other)
    for name in HISTORY:
        assert getattr(first, name) == getattr(second, name)


def interrupted_after(n_epochs):
    return pytest.warns(UserWarning, match=f"by user; the result of {n_epochs} epochs")


@pytest.fixture(autouse=True)
def handler_is_put_back():
    yield
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.tensorflow
@pytest.mark.parametrize("early_stopping", [False, True])
def test_finished_epochs_are_kept(early_stopping, digits):
    params = {"early_stopping": early_stopping}
    with interrupted_after(2):
        clf = mlp(CtrlC(2), **params).fit(*digits)
    assert_equal_fits(clf, mlp(max_epochs=2, **params).fit(*digits))
    assert clf.n_iter_ == 2
    with interrupted_after(5):  # in the last one
        clf = mlp(CtrlC(5), **params).fit(*digits)
    assert_equal_fits(clf, mlp(**params).fit(*digits))


@pytest.mark.tensorflow
def test_an_interrupted_fit_goes_on(digits):
    clf = mlp(CtrlC(2), warm_start=True)
    with interrupted_after(2):
        clf.fit(*digits)
    clf.set_params(augmenter=CtrlC(), max_epochs=3).fit(*digits)
    assert_equal_fits(clf, mlp().fit(*digits))


@pytest.mark.tensorflow
def test_second_ctrl_c_raises(digits):
    clf = mlp(CtrlC(1, n_times=2))
    with pytest.raises(KeyboardInterrupt):
        clf.fit(*digits)
    assert not clf.__sklearn_is_fitted__()


@pytest.mark.tensorflow
@pytest.mark.parametrize("params", [{}, {"early_stopping": True}, {"warm_start": True}])
def test_second_ctrl_c_leaves_the_epochs_before(params, digits):
    clf = mlp(**params).fit(*digits)
    with pytest.raises(KeyboardInterrupt):
        clf.set_params(augmenter=CtrlC(3, n_times=2)).fit(*digits)
    expected = mlp(**params)
    if "warm_start" in params:
        expected.fit(*digits)
    expected.set_params(max_epochs=2).fit(*digits)
    assert_equal_fits(clf, expected)
    if "warm_start" in params:  # and goes on from there
        clf.set_params(augmenter=CtrlC(), max_epochs=1)
        expected.set_params(max_epochs=1)
        assert_equal_fits(clf.fit(*digits), expected.fit(*digits))


@pytest.mark.tensorflow
def test_ctrl_c_before_the_first_epoch_leaves_the_former_fit(digits):
    X, y = digits
    clf = mlp().fit(X, y)
    before = dict(vars(clf))
    clf.set_params(augmenter=CtrlC(1, n_times=2))
    with pytest.raises(KeyboardInterrupt):
        clf.fit(X[:, :49], y % 3)
    assert vars(clf) == {**before, "augmenter": clf.augmenter}


@pytest.mark.tensorflow
def test_partial_fit_raises_after_its_epoch(digits):
    clf, expected = mlp(CtrlC(2)), mlp()
    for classifier in (clf, expected):
        classifier.partial_fit(*digits, classes=np.arange(10))
    with pytest.raises(KeyboardInterrupt):
        clf.partial_fit(*digits)
    assert_equal_fits(clf, expected.partial_fit(*digits))


@pytest.mark.tensorflow
def test_where_ctrl_c_is_to_end_more_than_the_fit(digits):
    with pytest.raises(KeyboardInterrupt), noting_interrupts() as interrupts:
        mlp(CtrlC(2)).fit(*digits)
    assert interrupts == [signal.SIGINT]


@pytest.fixture
def ctrl_c_in_step(monkeypatch):
    """Interrupts steps of NumpyMLPClassifier, counted from 1."""
    steps, n_calls = [], 0
    compute = _numpy_mlp.loss_and_gradients

    def interrupt(*args):
        nonlocal n_calls
        n_calls += 1
        if n_calls in steps:
            signal.raise_signal(signal.SIGINT)
        return compute(*args)

    monkeypatch.setattr(_numpy_mlp, "loss_and_gradients", interrupt)
    return steps


def test_numpy_keeps_finished_epochs(digits, ctrl_c_in_step):
    params = {"hidden_layer_sizes": (8,), "batch_size": 100, "random_state": 0}
    expected = NumpyMLPClassifier(**params).fit(*digits)
    ctrl_c_in_step.append(20 * 6 + 8)  # the eighth step, in the second epoch of six
    with interrupted_after(2):
        clf = NumpyMLPClassifier(**params).fit(*digits)
    assert clf.n_iter_ == 2
    assert clf.loss_curve_ == expected.loss_curve_[:2]
    assert clf.score(*digits) > 0.2
    before = dict(vars(clf))
    ctrl_c_in_step[:] = [20 * 6 + 12 + 1, 20 * 6 + 12 + 2]
    with pytest.raises(KeyboardInterrupt):
        clf.fit(*digits)
    assert vars(clf) == before
    ctrl_c_in_step[:] = [20 * 6 + 12 + 2 + 6 + 1, 20 * 6 + 12 + 2 + 6 + 2]
    with pytest.raises(KeyboardInterrupt):
        clf.fit(*digits)
    assert clf.n_iter_ == 1
    assert clf.loss_curve_ == expected.loss_curve_[:1]
    assert clf.score(*digits) > 0.1


def test_a_search_goes_on_as_with_the_mlp_of_scikit_learn(digits, ctrl_c_in_step):
    ctrl_c_in_step.append(1)
    search = GridSearchCV(
        NumpyMLPClassifier(max_epochs=3, random_state=0), {"alpha": [0, 1]}, cv=2
    )
    with interrupted_after(1):
        search.fit(*digits)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


FIT_EACH = """
import sys
from sklearn.datasets import load_digits
from skdigits import neural_network
X, y = load_digits(return_X_y=True)
X, y = X[:600] / 16, y[:600]
for name in sys.argv[1:]:
    clf = getattr(neural_network, name)(max_epochs=10_000, verbose=1)
    clf.fit(X, y)
    print("kept", clf.n_iter_, len(clf.loss_curve_), clf.score(X, y) > 0.5)
"""


@pytest.mark.parametrize(
    "names",
    [
        ["NumpyMLPClassifier"],
        pytest.param(
            ["KerasMLPClassifier", "KerasCNNClassifier"], marks=pytest.mark.tensorflow
        ),
    ],
    ids=" ".join,
)
@pytest.mark.slow
def test_a_signal_from_outside(names):
    counts = []
    with subprocess.Popen(
        [sys.executable, "-u", "-c", FIT_EACH, *names],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        n_epochs = 0
        for line in process.stdout:
            if line.startswith("kept"):
                assert line == f"kept {n_epochs} {n_epochs} True\n"
                counts.append(n_epochs)
                n_epochs = 0
                continue
            n_epochs += 1
            if n_epochs == 20:
                process.send_signal(signal.SIGINT)
        errors = process.stderr.read()
    assert len(counts) == len(names)
    for n_epochs in counts:
        assert f"interrupted by user; the result of {n_epochs} epochs is kept" in errors
    assert process.returncode == 0

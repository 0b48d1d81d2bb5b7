import os
import pickle
import re
import signal
import sys
import threading
import time

import joblib
import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.metrics import f1_score, make_scorer
from sklearn.model_selection import ShuffleSplit, StratifiedKFold, cross_val_score
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from skdigits.datasets import load_digits
from skdigits.model_selection import compare_classifiers, digit_classifiers


@pytest.fixture(scope="module")
def digits():
    X, y = load_digits(return_X_y=True)
    return X[:600], y[:600]


class Odd(ClassifierMixin, BaseEstimator):
    """Predicts class 0, after it did what `action` says in fit or predict."""

    def __init__(self, action=None, when="fit"):
        self.action = action
        self.when = when

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        if self.when == "fit":
            self.act()
        return self

    def predict(self, X):
        if self.when == "predict":
            self.act()
        return np.full(len(X), self.classes_[0])

    def act(self):
        if self.action is not None:
            self.action()


def run_out_of_memory():
    np.empty(1 << 60, dtype=np.uint8)


def raise_error():
    raise ValueError("no\nway")


def exit_with_8():
    sys.exit(8)


def in_fold(fold, action):
    """Return a classifier that does something in a fold, the first of which is 1."""

    class Bayes(GaussianNB):
        n_fits = 0

        def fit(self, X, y):
            type(self).n_fits += 1
            if self.n_fits == fold:
                action()
            return super().fit(X, y)

    return Bayes()


def ctrl_c():
    signal.raise_signal(signal.SIGINT)


def compare(estimators, digits, **kwargs):
    return compare_classifiers(estimators, *digits, verbose=False, **kwargs)


def test_scores_are_those_of_cross_val_score(digits):
    svm = SVC(C=10)
    comparison = compare({"SVM": svm, "Bayes": GaussianNB()}, digits, cv=4)
    assert comparison.names == ["SVM", "Bayes"]
    assert comparison.errors == [None, None]
    assert comparison.scoring == "accuracy"
    for estimator, scores in zip(
        (svm, GaussianNB()), comparison.test_scores, strict=True
    ):
        assert_array_equal(scores, cross_val_score(estimator, *digits, cv=4))
    assert (comparison.fit_times > 0).all()
    assert (comparison.predict_times > 0).all()
    # Support vectors against means and variances.
    assert comparison.sizes[0] > 5 * comparison.sizes[1] > 5 * 10 * 64 * 2 * 8
    assert not hasattr(svm, "classes_")


def test_frame(digits):
    odd = Odd(raise_error)
    comparison = compare([GaussianNB(), odd], digits, cv=3)
    frame = comparison.frame
    assert list(frame.columns) == [
        *["name", "n_folds", "mean_test_score", "std_test_score"],
        *["fit_time", "predict_time", "size", "error", "size_error"],
    ]
    assert frame["name"].tolist() == ["GaussianNB", "Odd"]
    assert frame["n_folds"].tolist() == [3, 0]
    assert frame["size_error"].tolist() == [None, None]
    scores = comparison.test_scores[0]
    assert frame.loc[0, "mean_test_score"] == scores.mean()
    assert frame.loc[0, "std_test_score"] == scores.std()
    assert frame.loc[0, "error"] is None
    assert frame.loc[1, "mean_test_score":"size"].isna().all()
    assert frame.loc[1, "error"] == comparison.errors[1]


def test_without_pandas(digits, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    assert compare([GaussianNB()], digits).frame is None


@pytest.mark.parametrize(
    ("action", "when", "error"),
    [
        (raise_error, "fit", "ValueError: no\nway (in fold 1 of 3)"),
        (raise_error, "predict", "ValueError: no\nway (in fold 1 of 3)"),
        (run_out_of_memory, "fit", "MemoryError"),
        (exit_with_8, "fit", "SystemExit: 8 (in fold 1 of 3)"),
    ],
)
def test_a_failure_is_in_its_row(action, when, error, digits):
    comparison = compare(
        {"odd": Odd(action, when), "Bayes": GaussianNB()}, digits, cv=3
    )
    assert error in comparison.errors[0]
    assert comparison.test_scores[0].shape == (0,)
    assert np.isnan(comparison.fit_times[0])
    assert np.isnan(comparison.predict_times[0])
    assert np.isnan(comparison.sizes[0])
    assert comparison.errors[1] is None
    assert comparison.test_scores[1].shape == (3,)


def test_finished_folds_of_a_failure_are_kept(digits):
    comparison = compare([in_fold(3, raise_error)], digits, cv=3)
    assert comparison.errors == ["ValueError: no\nway (in fold 3 of 3)"]
    scores = cross_val_score(GaussianNB(), *digits, cv=3)
    assert_array_equal(comparison.test_scores[0], scores[:2])
    assert comparison.fit_times[0] > 0
    frame = comparison.frame
    assert frame.loc[0, "n_folds"] == 2
    assert frame.loc[0, "mean_test_score"] == scores[:2].mean()


def test_time_limit(digits):
    locked = Odd(threading.Lock())  # fails before its process starts, which takes long
    named = {"locked": locked, "slow": in_fold(2, lambda: time.sleep(60))}
    # The first fold is done long before, also where other work runs beside.
    comparison = compare(named, digits, cv=3, time_limit=5)
    assert "cannot be pickled: TypeError" in comparison.errors[0]
    assert comparison.errors[1] == "stopped at the time limit of 5 s (in fold 2 of 3)"
    scores = cross_val_score(GaussianNB(), *digits, cv=3)
    assert_array_equal(comparison.test_scores[1], scores[:1])
    assert comparison.fit_times[1] > 0
    assert "cannot be pickled" in comparison.size_errors[1]  # a class of a function


class Unpicklable(GaussianNB):
    def __getstate__(self):
        raise self.error("as it\nis")


@pytest.mark.parametrize(
    "error", [ValueError, RecursionError, RuntimeError, pickle.PicklingError]
)
def test_what_has_no_size_says_why(error, digits):
    odd = type("Odd", (Unpicklable,), {"error": error})()
    comparison = compare([odd, GaussianNB()], digits, cv=2)
    assert comparison.errors == [None, None]
    assert comparison.test_scores[0].shape == (2,)
    assert np.isnan(comparison.sizes[0])
    reason = f"cannot be pickled: {error.__name__}: as it\nis"
    assert comparison.size_errors == [reason, None]
    assert comparison.frame["size_error"].tolist() == [reason, None]


def test_lambdas_have_no_size_but_a_score(digits):
    bayes = make_pipeline(FunctionTransformer(lambda X: X / 16), GaussianNB())
    comparison = compare([bayes], digits, cv=2)
    assert comparison.test_scores[0].mean() > 0.7
    assert "lambda" in comparison.size_errors[0]


def test_ctrl_c_keeps_what_has_been_measured(digits):
    named = {
        "Bayes": GaussianNB(),
        "stopped": in_fold(2, ctrl_c),
        "never begun": GaussianNB(),
    }
    with pytest.warns(UserWarning, match="Interrupted: 2 of 3 estimators"):
        comparison = compare(named, digits, cv=3)
    assert comparison.names == ["Bayes", "stopped"]
    assert comparison.errors == [None, "interrupted (in fold 2 of 3)"]
    assert [len(scores) for scores in comparison.test_scores] == [3, 1]
    assert comparison.frame["n_folds"].tolist() == [3, 1]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_ctrl_c_before_anything_has_been_measured(digits):
    with pytest.raises(KeyboardInterrupt):
        compare([Odd(ctrl_c), GaussianNB()], digits)


@pytest.mark.filterwarnings("ignore:Training interrupted by user")
def test_ctrl_c_that_a_fit_takes_for_its_own_end(digits):
    class Network(MLPClassifier):
        def _update_no_improvement_count(self, *args, **kwargs):
            ctrl_c()

    named = {"Bayes": GaussianNB(), "network": Network((4,)), "more": GaussianNB()}
    with pytest.warns(UserWarning, match="Interrupted: 2 of 3 estimators"):
        comparison = compare(named, digits, cv=3)
    assert comparison.errors == [None, "interrupted (in fold 1 of 3)"]
    assert len(comparison.test_scores[1]) == 0


@pytest.mark.parametrize("time_limit", [None, 60])
def test_in_several_processes(time_limit, digits):
    named = {"SVM": SVC(), "wrong": SVC(C=-1), "Bayes": GaussianNB()}
    serial = compare(named, digits, cv=3)
    together = compare(named, digits, cv=3, n_jobs=2, time_limit=time_limit)
    assert together.names == serial.names
    assert together.errors == serial.errors
    for scores, expected in zip(together.test_scores, serial.test_scores, strict=True):
        assert_array_equal(scores, expected)
    assert (together.fit_times[[0, 2]] > 0).all()


class Locked(GaussianNB):
    """Cannot be pickled."""

    def __reduce__(self):
        raise TypeError("locked")


class Deadly(GaussianNB):
    def fit(self, X, y):
        os._exit(3)


def test_what_cannot_be_sent_is_in_its_row(digits):
    comparison = compare({"locked": Locked(), "Bayes": GaussianNB()}, digits, n_jobs=2)
    assert comparison.names == ["locked", "Bayes"]
    assert comparison.errors == ["cannot be pickled: TypeError: locked", None]
    assert len(comparison.test_scores[1]) == 5


def test_a_process_that_dies_does_not_end_the_comparison(digits):
    comparison = compare({"Bayes": GaussianNB(), "deadly": Deadly()}, digits, n_jobs=2)
    assert "Terminated" in comparison.errors[1]


def test_on_a_backend_that_returns_all_at_the_end(digits):
    with joblib.parallel_config(backend="multiprocessing"):
        comparison = compare([GaussianNB(), SVC()], digits, cv=2, n_jobs=2)
    assert comparison.errors == [None, None]


def test_in_a_thread(digits):
    """Handlers of signals are the main thread's business."""
    comparisons = []
    thread = threading.Thread(
        target=lambda: comparisons.append(compare([GaussianNB()], digits, cv=2))
    )
    thread.start()
    thread.join()
    assert comparisons[0].errors == [None]


class Remembering(Odd):
    seen = []  # noqa: RUF012 - for all clones

    def fit(self, X, y):
        self.seen.append(X[:, 0])
        return super().fit(X, y)


def test_all_estimators_get_the_same_folds(digits):
    Remembering.seen.clear()
    X = np.arange(600)[:, np.newaxis]
    compare([Remembering(), Remembering()], (X, digits[1]), cv=ShuffleSplit(3))
    seen = Remembering.seen
    for first, second in zip(seen[:3], seen[3:], strict=True):
        assert_array_equal(first, second)
    assert not np.array_equal(seen[0], seen[1])
    # An int means stratified folds.
    Remembering.seen.clear()
    compare([Remembering()], (X, digits[1]), cv=3)
    splits = StratifiedKFold(3).split(X, digits[1])
    for rows, (train, _) in zip(Remembering.seen, splits, strict=True):
        assert_array_equal(rows, train)


def test_scoring(digits):
    for scoring, name in [
        ("f1_macro", "f1_macro"),
        (make_scorer(f1_score, average="macro"), "f1_score"),
    ]:
        comparison = compare([GaussianNB()], digits, scoring=scoring)
        assert comparison.scoring == name
        expected = cross_val_score(GaussianNB(), *digits, scoring="f1_macro")
        assert_array_equal(comparison.test_scores[0], expected)


def test_names(digits):
    bayes, tree = GaussianNB(), DecisionTreeClassifier()
    for estimators, names in [
        ([bayes, tree], ["GaussianNB", "DecisionTreeClassifier"]),
        (
            [bayes, tree, bayes],
            ["GaussianNB-1", "DecisionTreeClassifier", "GaussianNB-2"],
        ),
        ([("a", bayes), ("b", bayes)], ["a", "b"]),
        ({"[bold]": bayes}, ["[bold]"]),
    ]:
        assert compare(estimators, digits, cv=2).names == names


def test_images_and_string_labels(digits):
    X, y = digits
    nearest = {"k-NN": digit_classifiers()["k-NN"]}
    flat = compare(nearest, digits)
    cubes = compare(nearest, (X.reshape(-1, 8, 8), y.astype(str)))
    assert_array_equal(flat.test_scores[0], cubes.test_scores[0])


def test_progress(digits, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "100")
    compare_classifiers({"[b] Bayes": GaussianNB()}, *digits, cv=2)
    assert capsys.readouterr() == ("", "")  # neither a terminal nor a notebook
    monkeypatch.setenv("FORCE_COLOR", "1")
    compare_classifiers({"[b] Bayes": GaussianNB(), "odd": Odd(raise_error)}, *digits)
    shown = capsys.readouterr()
    assert shown.out == ""
    for text in ("[b] Bayes", "5/5", "0/5", "ValueError: no"):
        assert text in re.sub(r"\x1b\[[\d;?]*[a-zA-Z]", "", shown.err)
    compare([GaussianNB()], digits)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("estimators", "kwargs", "error", "message"),
    [
        ([], {}, ValueError, "at least one estimator"),
        ({"a": GaussianNB}, {}, TypeError, "'a' must be an estimator"),
        ([GaussianNB(), 3], {}, TypeError, "'int' must be an estimator"),
        ({1: GaussianNB()}, {}, TypeError, "must be strings"),
        ([("a", GaussianNB())] * 2, {}, ValueError, r"given twice: \['a'\]"),
        (GaussianNB(), {}, ValueError, "'estimators' parameter"),
        ([GaussianNB()], {"time_limit": 0}, ValueError, "'time_limit' parameter"),
        ([GaussianNB()], {"scoring": "speed"}, ValueError, "'scoring' parameter"),
        ([GaussianNB()], {"cv": 1000}, ValueError, "n_splits=1000"),
    ],
)
def test_refusals(estimators, kwargs, error, message, digits):
    with pytest.raises(error, match=message):
        compare(estimators, digits, **kwargs)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        compare([GaussianNB()], (digits[0], digits[1][1:]))


@pytest.mark.tensorflow
def test_digit_classifiers(digits):
    classifiers = digit_classifiers(random_state=0)
    comparison = compare(classifiers, digits, cv=StratifiedKFold(2, shuffle=True))
    assert comparison.errors == [None] * 10
    for name, scores in zip(comparison.names, comparison.test_scores, strict=True):
        assert scores.mean() > 0.88, name
    for name in ("Random forest", "MLP", "Keras MLP", "CNN"):
        assert classifiers[name].get_params()["clf__random_state"] == 0
    with pytest.raises(ValueError, match="'random_state' parameter"):
        digit_classifiers(random_state="x")

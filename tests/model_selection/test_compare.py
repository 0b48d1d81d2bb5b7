import os
import re
import signal
import subprocess
import sys
import textwrap
import threading
import time

import numpy as np
import psutil
import pytest
from joblib import Parallel, delayed
from numpy.testing import assert_array_equal
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.metrics import f1_score, make_scorer
from sklearn.model_selection import ShuffleSplit, StratifiedKFold, cross_val_score
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from skdigits.datasets import load_digits
from skdigits.model_selection import compare_classifiers, digit_classifiers
from skdigits.model_selection._own_process import iterate_in_own_process


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


def sleep():
    time.sleep(60)


def search_without_end():
    # One call of compiled code that keeps the interpreter's lock.
    re.match("(a+)+$", "a" * 60 + "b")


def exit_at_once():
    os._exit(7)


def crash():
    os.kill(os.getpid(), signal.SIGKILL)


def run_out_of_memory():
    np.empty(1 << 60, dtype=np.uint8)


def raise_error():
    raise ValueError("no\nway")


def sleep_in_workers():
    Parallel(n_jobs=2)(delayed(time.sleep)(60) for _ in range(2))


def compare(estimators, digits, **kwargs):
    return compare_classifiers(estimators, *digits, verbose=False, **kwargs)


def assert_no_processes(seconds=10.0):
    """Wait until no process but joblib's tracker of resources is left."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        children = psutil.Process().children(recursive=True)
        left = [child for child in children if "tracker" not in _command(child)]
        if not left:
            return
        time.sleep(0.05)
    pytest.fail(f"still running: {left}")


def _command(process):
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return "tracker"  # it has just ended


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
        *["name", "mean_test_score", "std_test_score"],
        *["fit_time", "predict_time", "size", "error"],
    ]
    assert frame["name"].tolist() == ["GaussianNB", "Odd"]
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


def test_time_limit(digits):
    named = {
        "fast": GaussianNB(),
        "asleep": Odd(sleep, "predict"),
        "in compiled code": Odd(search_without_end),
        "exits": Odd(exit_at_once),
        "killed": Odd(crash),
        "lambda": make_pipeline(FunctionTransformer(lambda X: X / 16), GaussianNB()),
    }
    comparison = compare(named, digits, cv=3, time_limit=1.5)
    errors = dict(zip(comparison.names, comparison.errors, strict=True))
    for name in ("asleep", "in compiled code"):
        assert errors[name] == "stopped at the time limit of 1.5 s (in fold 1 of 3)"
    assert "exit code 7" in errors["exits"]
    assert "SIGKILL" in errors["killed"]
    assert errors["fast"] is errors["lambda"] is None
    assert_array_equal(
        comparison.test_scores[0], cross_val_score(GaussianNB(), *digits, cv=3)
    )
    assert comparison.sizes[0] > 0
    assert np.isnan(comparison.sizes[-1])  # pickle does not take lambdas
    assert_no_processes()


def test_what_a_killed_process_started_is_killed_too(digits):
    comparison = compare([Odd(sleep_in_workers)], digits, time_limit=4)
    assert "time limit" in comparison.errors[0]
    assert_no_processes()


def test_what_cannot_be_pickled(digits):
    lock = Odd()
    lock.action = threading.Lock()
    limited = [lock, Odd(raise_error)]
    errors = compare(limited, digits, cv=3, time_limit=9).errors
    assert "cannot be pickled: TypeError" in errors[0]
    # An error that is raised in the other process is told as it is.
    assert errors[1] == "ValueError: no\nway (in fold 1 of 3)"


def one_item_then_sleep():
    yield 0
    time.sleep(60)


def test_iteration_that_is_given_up_ends_the_process():
    iterator = iterate_in_own_process(one_item_then_sleep, time_limit=60)
    assert next(iterator) == 0
    iterator.close()
    assert_no_processes()


def test_ctrl_c_leaves_no_processes(tmp_path):
    started = tmp_path / "started"
    script = tmp_path / "script.py"
    # No guard of __main__, and a class that only the script knows.
    script.write_text(
        textwrap.dedent(
            f"""
            import time
            from pathlib import Path
            from sklearn.naive_bayes import GaussianNB
            from skdigits.datasets import load_digits
            from skdigits.model_selection import compare_classifiers

            class Slow(GaussianNB):
                def fit(self, X, y):
                    Path({str(started)!r}).touch()
                    time.sleep(60)

            compare_classifiers(
                [Slow(), Slow()], *load_digits(return_X_y=True), time_limit=50
            )
            """
        )
    )
    process = subprocess.Popen([sys.executable, script], stderr=subprocess.PIPE)
    deadline = time.monotonic() + 60
    while not started.exists():
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    descendants = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGINT)
    stderr = process.communicate(timeout=30)[1].decode()
    assert process.returncode != 0
    assert "KeyboardInterrupt" in stderr
    _, alive = psutil.wait_procs(descendants, timeout=10)
    assert alive == []


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

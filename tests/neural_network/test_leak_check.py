"""Workers of joblib that import TensorFlow, and are not to be taken for leaking."""

import os
import warnings
from functools import partial

import pytest
from joblib.externals.loky import get_reusable_executor, process_executor
from numpy.testing import assert_array_equal
from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline
from sklearn.svm import SVC

from skdigits.neural_network import KerasCNNClassifier
from skdigits.neural_network._leak_check import expected_growth
from skdigits.preprocessing import PixelScaler


def score_and_note(model, X, y, path):
    with path.open("a") as file:
        print(os.getpid(), type(model[-1]).__name__, file=file)
    return model.score(X, y)


@pytest.mark.slow
@pytest.mark.tensorflow
def test_a_search_over_an_svm_and_a_network_keeps_its_workers(tmp_path):
    pytest.importorskip("psutil", reason="without it, joblib checks no memory")
    get_reusable_executor().shutdown(wait=True)  # new workers have no TensorFlow
    X, y = (array[:600] for array in load_digits(return_X_y=True))
    cnn = KerasCNNClassifier(((4,),), (), max_epochs=1, random_state=0)
    grid = [
        {"clf": [SVC()], "clf__C": [1, 10, 100]},
        {"clf": [cnn], "clf__learning_rate": [0.01, 0.02, 0.03, 0.04]},
    ]
    pipeline = Pipeline([("scale", PixelScaler()), ("clf", cnn)])
    scores = []
    for n_jobs in (2, 1):
        note = partial(score_and_note, path=tmp_path / f"{n_jobs}")
        search = GridSearchCV(
            pipeline, grid, cv=2, n_jobs=n_jobs, refit=False, scoring=note
        )
        # As an error, joblib's warning would end the thread that waits for workers.
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            scores.append(search.fit(X, y).cv_results_["split1_test_score"])
        assert [str(warning.message) for warning in caught] == []
    assert_array_equal(*scores)
    workers = {"SVC": set(), "KerasCNNClassifier": set()}
    for line in (tmp_path / "2").read_text().splitlines():
        pid, name = line.split()
        workers[name].add(pid)
    assert len(workers["SVC"] | workers["KerasCNNClassifier"]) <= 2
    assert workers["SVC"] & workers["KerasCNNClassifier"]


@pytest.fixture
def memory(monkeypatch):
    """What joblib measures in this process, which it takes for a worker."""
    memory = {"bytes": 1_000}
    monkeypatch.setattr(process_executor, "_CURRENT_DEPTH", 1)
    monkeypatch.setattr(process_executor, "_MAX_MEMORY_LEAK_SIZE", 100)
    monkeypatch.setattr(
        process_executor,
        "_get_memory_usage",
        lambda pid: memory["bytes"],
        raising=False,
    )
    return memory


def grow(memory, n_bytes):
    with expected_growth():
        memory["bytes"] += n_bytes
    return process_executor._MAX_MEMORY_LEAK_SIZE


def test_limit_grows_by_what_the_block_adds(memory):
    assert grow(memory, 50) == 150
    memory["bytes"] += 1_000  # what happens in between is none of its business
    assert grow(memory, 7) == 157
    assert grow(memory, -30) == 157


def test_other_processes_are_left_alone(memory, monkeypatch):
    monkeypatch.setattr(process_executor, "_CURRENT_DEPTH", 0)
    assert grow(memory, 50) == 100


@pytest.mark.parametrize("name", ["_CURRENT_DEPTH", "_get_memory_usage"])
def test_another_joblib_is_left_alone(name, memory, monkeypatch):
    monkeypatch.delattr(process_executor, name)
    assert grow(memory, 50) == 100

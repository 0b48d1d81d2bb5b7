"""Workers of joblib that import TensorFlow, and are not to be taken for leaking."""

import json
import subprocess
import sys

import pytest
from joblib.externals.loky import process_executor

from skdigits.neural_network._leak_check import expected_growth

SEARCH = """
import json
import os
import sys

from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline
from sklearn.svm import SVC

from skdigits.neural_network import KerasCNNClassifier
from skdigits.preprocessing import PixelScaler


def score_and_note(model, X, y):
    with open(sys.argv[1], "a") as file:
        print(os.getpid(), type(model[-1]).__name__, file=file)
    return model.score(X, y)


X, y = load_digits(return_X_y=True)
cnn = KerasCNNClassifier(((4,),), (), max_epochs=1, random_state=0)
grid = [
    {"clf": [SVC()], "clf__C": [1, 10, 100]},
    {"clf": [cnn], "clf__learning_rate": [0.01, 0.02, 0.03, 0.04]},
]
for n_jobs in (2, 1):
    search = GridSearchCV(
        Pipeline([("scale", PixelScaler()), ("clf", cnn)]),
        grid,
        cv=4,
        n_jobs=n_jobs,
        refit=False,
        scoring=score_and_note,
    ).fit(X, y)
    print(json.dumps(search.cv_results_["split3_test_score"].tolist()))
"""


@pytest.mark.slow
@pytest.mark.tensorflow
def test_a_search_over_an_svm_and_a_network_keeps_its_workers(tmp_path):
    pytest.importorskip("psutil", reason="without it, joblib checks no memory")
    noted = tmp_path / "noted"
    search = subprocess.run(
        [sys.executable, "-c", SEARCH, noted],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (search.returncode, search.stderr) == (0, "")
    together, serial = map(json.loads, search.stdout.splitlines())
    assert together == serial
    workers = {"SVC": set(), "KerasCNNClassifier": set()}
    for line in noted.read_text().splitlines()[: len(together) * 4]:
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

"""Searches, scores and predictions on a cluster of real worker processes."""

import os
from itertools import chain
from pathlib import Path

import joblib
import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import load_digits
from sklearn.dummy import DummyClassifier
from sklearn.model_selection import GridSearchCV, StratifiedKFold, cross_val_score
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.svm import SVC

from skdigits.model_selection import compare_classifiers
from skdigits.neural_network import KerasCNNClassifier, NumpyMLPClassifier
from skdigits.persistence import load_pretrained
from skdigits.preprocessing import (
    Deskewer,
    DigitNormalizer,
    PCAFeatures,
    PixelScaler,
)

# Of Dask, not of what is tested.
pytestmark = [
    pytest.mark.filterwarnings("ignore:.*:DeprecationWarning:distributed"),
    pytest.mark.filterwarnings("ignore:.*:ResourceWarning"),
]

X, y = load_digits(return_X_y=True)
X, y = X[:400], y[:400]
PIPELINE = Pipeline(
    [("deskew", Deskewer()), ("features", PCAFeatures()), ("clf", SVC())]
)


@pytest.fixture(scope="module")
def cluster():
    import dask
    from dask.distributed import LocalCluster

    settings = {
        # Lets compare_classifiers start processes that it can end.
        "distributed.worker.daemon": False,
        # What every worker has stays on every worker.
        "distributed.scheduler.active-memory-manager.start": False,
    }
    with (
        dask.config.set(settings),
        LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=":0", silence_logs=50
        ) as cluster,
    ):
        yield cluster


@pytest.fixture
def client(cluster):
    from dask.distributed import Client

    with Client(cluster) as client:
        client.wait_for_workers(2)
        yield client


@pytest.fixture
def on_dask(client):
    with joblib.parallel_config(backend="dask"):
        yield client


@pytest.mark.tensorflow
def test_search(on_dask):
    grid = {"features__n_components": [10, 20], "clf__C": [1, 10]}
    search = GridSearchCV(PIPELINE, grid, cv=3).fit(X, y)
    with joblib.parallel_config(backend="sequential"):
        serial = GridSearchCV(PIPELINE, grid, cv=3).fit(X, y)
    for name in ("mean_test_score", "std_test_score", "rank_test_score"):
        assert_array_equal(search.cv_results_[name], serial.cv_results_[name])
    assert_array_equal(search.predict(X), serial.predict(X))


@pytest.mark.tensorflow
@pytest.mark.parametrize(
    "classifier",
    [
        NumpyMLPClassifier((8,), max_epochs=2, random_state=0),
        KerasCNNClassifier(((4,),), (), max_epochs=1, random_state=0),
    ],
    ids=lambda classifier: type(classifier).__name__,
)
def test_scores_of_networks(classifier, on_dask):
    pipeline = make_pipeline(PixelScaler(), classifier)
    scores = cross_val_score(pipeline, X, y, cv=2)
    with joblib.parallel_config(backend="sequential"):
        assert_array_equal(scores, cross_val_score(pipeline, X, y, cv=2))


def test_comparison(on_dask):
    classifiers = {"Bayes": GaussianNB(), "wrong": SVC(C=-1), "pipeline": PIPELINE}
    there = compare_classifiers(classifiers, X, y, cv=3)
    with joblib.parallel_config(backend="sequential"):
        here = compare_classifiers(classifiers, X, y, cv=3)
    assert there.names == here.names == list(classifiers)
    assert there.errors == here.errors
    for scores, expected in zip(there.test_scores, here.test_scores, strict=True):
        assert_array_equal(scores, expected)


def test_time_limit(on_dask):
    class Endless(DummyClassifier):
        def fit(self, X, y):
            while True:
                pass

    comparison = compare_classifiers(
        {"endless": Endless(), "Bayes": GaussianNB()}, X, y, cv=2, time_limit=2
    )
    assert "time limit" in comparison.errors[0]
    assert comparison.errors[1] is None


def test_a_search_survives_the_death_of_a_worker(client, tmp_path):
    """Where every worker has all data, so that none are lost with one."""
    killed = tmp_path / "killed"

    class Deadly(ClassifierMixin, BaseEstimator):
        """Ends the process of the first fit, as a lack of memory would."""

        def __init__(self, killed, C=1):
            self.killed = killed
            self.C = C

        def fit(self, X, y):
            try:
                Path(self.killed).touch(exist_ok=False)
            except FileExistsError:
                self.svm_ = SVC(C=self.C).fit(X, y)
                self.classes_ = self.svm_.classes_
                return self
            os._exit(1)

        def predict(self, X):
            return self.svm_.predict(X)

    grid = {"C": [0.1, 1, 10]}
    splits = list(StratifiedKFold(3).split(X, y))
    with joblib.parallel_config(backend="dask", scatter=[X, y, *chain(*splits)]):
        search = GridSearchCV(Deadly(str(killed)), grid, cv=splits).fit(X, y)
    assert killed.exists()
    serial = GridSearchCV(SVC(), grid, cv=3).fit(X, y)
    assert_array_equal(
        search.cv_results_["mean_test_score"], serial.cv_results_["mean_test_score"]
    )


def test_predictions_by_blocks(client, tmp_path):
    """Of files that the workers map, so that no process holds all of them."""
    import dask.array

    images = DigitNormalizer(polarity="bright").fit_transform(X)
    whole = dask.array.from_array(images, chunks=(150, -1))
    dask.array.to_npy_stack(tmp_path / "blocks", whole)
    blocks = dask.array.from_npy_stack(tmp_path / "blocks")
    network = load_pretrained()
    labels = blocks.map_blocks(network.predict, dtype=np.int64, drop_axis=1)
    assert labels.numblocks == (3,)
    expected = network.predict(images)
    assert len(np.unique(expected)) == 10
    assert_array_equal(labels.compute(), expected)
    np.save(tmp_path / "images.npy", images)
    pixels = np.load(tmp_path / "images.npy", mmap_mode="r")
    chunks = [network.predict(pixels[i : i + 150]) for i in range(0, 400, 150)]
    assert_array_equal(np.concatenate(chunks), expected)

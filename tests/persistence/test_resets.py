"""Parameters that reach beyond a model do not come from its file."""

import os
from pathlib import Path

import joblib
import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier, VotingClassifier
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.svm import SVC

from skdigits.persistence import inspect_model, load_model, save_model
from skdigits.persistence.skops._resets import RESET
from skdigits.preprocessing import PixelScaler

X, y = load_digits(return_X_y=True)
X, y = X[:60].astype(np.float32), y[:60] % 2


class Bomb:
    """Where it is unpickled, a folder is made."""

    def __reduce__(self):
        return os.mkdir, ("a pickle ran",)


def put_bombs(folder):
    """Replace all results in a cache of joblib's."""
    results = list(folder.rglob("output.pkl"))
    for result in results:
        joblib.dump(Bomb(), result)
    return results


def test_a_function_that_comes_with_a_file_is_not_called(tmp_path, write_unchecked):
    """NumPy's and scikit-learn's own functions may be in a file."""
    from skdigits.neural_network import KerasClassifier

    network = KerasClassifier(np.mean, build_params={"out": "somewhere"})
    path = write_unchecked(network, tmp_path / "model.skops")
    assert load_model(path).build is None
    search = GridSearchCV(network, {"build": [np.mean]})
    path = write_unchecked(search, tmp_path / "search.skops")
    with pytest.raises(ValueError, match="sets 'build'"):
        load_model(path)


def test_a_folder_that_comes_with_a_file_is_not_read(
    tmp_path, monkeypatch, write_unchecked
):
    """joblib reads pickles from the folder that the parameter memory names."""
    monkeypatch.chdir(tmp_path)
    model = Pipeline([("pca", PCA(2)), ("svm", SVC())], memory="cache")
    path = write_unchecked(model, tmp_path / "model.skops")
    model.fit(X, y)
    assert put_bombs(Path("cache"))
    loaded = load_model(path)
    assert loaded.memory is None
    loaded.fit(X, y)
    assert not Path("a pickle ran").exists()
    with pytest.raises(TypeError):  # of what the bomb returned
        Pipeline(model.steps, memory="cache").fit(X, y)
    assert Path("a pickle ran").exists()


def test_no_processes_are_started(tmp_path):
    union = FeatureUnion([("a", PixelScaler()), ("b", PixelScaler())], n_jobs=24)
    forest = RandomForestClassifier(2, n_jobs=24, random_state=0)
    search = GridSearchCV(
        make_pipeline(union, forest, memory=str(tmp_path)),
        {"randomforestclassifier__max_depth": [1, 2]},
        n_jobs=2,
        pre_dispatch="1+1",
        cv=2,
        verbose=1,
    )
    loaded = load_model(save_model(search, tmp_path / "model.skops"))
    parameters = loaded.get_params()
    found = {
        name: value
        for name, value in parameters.items()
        if name.rpartition("__")[2] in RESET
    }
    assert len(found) == 5
    assert found.pop("pre_dispatch") == "2*n_jobs"
    assert set(found.values()) == {None}
    assert parameters["verbose"] == 1
    # Those of the model that was saved stay.
    assert search.n_jobs == 2
    assert union.n_jobs == 24


def test_fitted_parts_too(tmp_path):
    forest = RandomForestClassifier(2, n_jobs=2, random_state=0).fit(X, y)
    model = Pipeline([("forest", forest)])
    loaded = load_model(save_model(model, tmp_path / "model.skops"))
    assert loaded[0].n_jobs is None
    np.testing.assert_array_equal(loaded.predict(X), model.predict(X))


def test_threads_of_clusters(tmp_path):
    clusters = KMeans(2, random_state=0).fit(X)
    clusters._n_threads = 10**6
    loaded = load_model(save_model(clusters, tmp_path / "model.skops"))
    assert loaded._n_threads == joblib.cpu_count()
    np.testing.assert_array_equal(loaded.predict(X), clusters.labels_)


def test_texts_are_no_names_of_files(tmp_path):
    vectorizer = CountVectorizer(input="filename")
    loaded = load_model(save_model(vectorizer, tmp_path / "model.skops"))
    assert loaded.input == "content"


@pytest.mark.parametrize(
    "grid",
    [
        {"n_jobs": [24]},
        {"estimator__memory": ["cache"]},
        [{"C": [1]}, {"clf__n_jobs": [None, 2]}],
    ],
)
def test_searches_do_not_set_them(grid, tmp_path):
    search = GridSearchCV(LogisticRegression(), grid)
    with pytest.raises(ValueError, match="which a loaded model must not"):
        save_model(search, tmp_path / "model.skops")


def test_a_class_may_have_such_a_name(tmp_path):
    model = SVC(class_weight={"memory": 2.0, "disk": 1})
    assert load_model(save_model(model, tmp_path / "a.skops")).class_weight == {
        "memory": 2.0,
        "disk": 1,
    }


def test_steps_may_have_such_names(tmp_path):
    steps = ColumnTransformer(
        [("input", PCA(2), [0, 1, 2]), ("memory", PCA(1), [3, 4])]
    )
    voting = VotingClassifier([("input", GaussianNB()), ("b", GaussianNB())])
    X, y = load_digits(return_X_y=True)
    model = make_pipeline(steps, voting).fit(X[:99], y[:99])
    loaded = load_model(save_model(model, tmp_path / "model.skops"))
    assert_array_equal(loaded.predict(X), model.predict(X))


def test_searches_may_set_none(tmp_path):
    search = GridSearchCV(LogisticRegression(), {"n_jobs": [None], "C": [1, 2]})
    loaded = load_model(save_model(search, tmp_path / "model.skops"))
    assert loaded.param_grid == search.param_grid


@pytest.mark.parametrize("voting", ["hard", "soft"])
def test_members_that_vote_may_have_been_fitted_before(voting, tmp_path):
    X, y = load_digits(return_X_y=True)
    X, y = X[y > 0], y[y > 0]
    members = [("a", FrozenEstimator(GaussianNB().fit(X, y))), ("b", GaussianNB())]
    model = VotingClassifier(members, voting=voting).fit(X, y)
    loaded = load_model(save_model(model, tmp_path / "model.skops"))
    assert len(loaded.estimators_) == 2


@pytest.mark.parametrize("verbose", ["/dev/full", SVC(), ["a"]])
def test_what_is_printed_goes_nowhere_else(verbose, tmp_path):
    with pytest.raises(ValueError, match="verbose is not a number"):
        save_model(SVC(verbose=verbose), tmp_path / "model.skops")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
@pytest.mark.parametrize("function", [load_model, inspect_model])
def test_a_pipe_is_not_waited_for(function, tmp_path):
    pipe = tmp_path / "model.skops"
    os.mkfifo(pipe)
    with pytest.raises(OSError, match="a pipe or a device; expected a file"):
        function(pipe)

"""What goes into a file comes out of it."""

import json
import re
import subprocess
import sys
import warnings
from zipfile import ZipFile

import joblib
import numpy as np
import pytest
import sklearn
from numpy.testing import assert_array_equal
from scipy.ndimage import zoom
from scipy.stats import loguniform, norm, randint, rv_continuous, uniform
from sklearn.base import BaseEstimator, clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_digits
from sklearn.ensemble import (
    BaggingClassifier,
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.metrics import f1_score, make_scorer
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV, StratifiedKFold
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.svm import SVC, LinearSVC

import skdigits
from skdigits.augmentation import (
    AugmentedClassifier,
    AugmentedPredictionClassifier,
    RandomAugmenter,
)
from skdigits.model_selection import RejectClassifier
from skdigits.neural_network import (
    KerasCNNClassifier,
    KerasMLPClassifier,
    NumpyMLPClassifier,
    RandomFeaturesClassifier,
)
from skdigits.persistence import inspect_model, load_model, save_model
from skdigits.persistence.skops import _trusted
from skdigits.preprocessing import (
    Deskewer,
    DigitNormalizer,
    PCAFeatures,
    PCAFilterFeatures,
    PixelScaler,
)

X, y = load_digits(return_X_y=True)
X, y = X[:150].astype(np.float32), y[:150]

SHORT = {"max_epochs": 1, "random_state": 0}
TRANSFORMERS = {
    "Deskewer": Deskewer(),
    "DigitNormalizer": DigitNormalizer(output_shape=(8, 8), box_size=6),
    "PCAFeatures": PCAFeatures(9),
    "PCAFilterFeatures": PCAFilterFeatures(3, grid_size=2),
    "PixelScaler": PixelScaler(),
}
CLASSIFIERS = {
    "AugmentedClassifier": AugmentedClassifier(
        GaussianNB(var_smoothing=0.1), RandomAugmenter(random_state=0), random_state=0
    ),
    "AugmentedPredictionClassifier": AugmentedPredictionClassifier(
        GaussianNB(var_smoothing=0.1), random_state=0
    ),
    "KerasCNNClassifier": KerasCNNClassifier(((2,),), (), **SHORT),
    "KerasMLPClassifier": KerasMLPClassifier((4,), **SHORT),
    "NumpyMLPClassifier": NumpyMLPClassifier((4,), **SHORT),
    "RandomFeaturesClassifier": RandomFeaturesClassifier(50, random_state=0),
    "SVC": SVC(),
    "RandomForestClassifier": RandomForestClassifier(3, random_state=0),
}
TREE = RandomForestClassifier(2, random_state=np.random.RandomState(0))
LOGISTIC = LogisticRegression(max_iter=10, tol=0.1)
META = {
    "bagging": BaggingClassifier(LOGISTIC, 2, random_state=0),
    "calibration": CalibratedClassifierCV(LinearSVC(), cv=2),
    "columns": make_pipeline(
        ColumnTransformer(
            [("a", PixelScaler(), slice(0, 32)), ("b", PixelScaler(), slice(32, 64))]
        ),
        LOGISTIC,
    ),
    "extra trees": ExtraTreesClassifier(2, max_leaf_nodes=9, random_state=0),
    "function": make_pipeline(FunctionTransformer(np.sqrt), GaussianNB()),
    "gradient boosting": GradientBoostingClassifier(n_estimators=2, random_state=0),
    "histogram boosting": HistGradientBoostingClassifier(max_iter=1, random_state=0),
    "k-d tree": make_pipeline(PCAFeatures(9), KNeighborsClassifier()),
    "ball tree": KNeighborsClassifier(algorithm="ball_tree", p=1),
    "brute force": KNeighborsClassifier(algorithm="brute"),
    "one vs rest": OneVsRestClassifier(LinearSVC()),
    "perceptron": MLPClassifier((4,), max_iter=2, random_state=0),
    "reject": RejectClassifier(LOGISTIC, coverage=0.9, cv=2),
    "search": GridSearchCV(
        Pipeline([("scale", PixelScaler()), ("clf", SVC())]),
        {"clf": [SVC(C=10), GaussianNB(var_smoothing=0.1)]},
        cv=StratifiedKFold(2),
        scoring=["accuracy", "f1_macro"],
        refit="accuracy",
        return_train_score=True,
    ),
    "search with a scorer": GridSearchCV(
        NumpyMLPClassifier((4,), **SHORT),
        {"alpha": [0.0, 0.1]},
        cv=2,
        scoring=make_scorer(f1_score, average="macro"),
    ),
    "stacking": StackingClassifier([("a", LOGISTIC), ("b", TREE)], cv=2),
    "stochastic": make_pipeline(
        FeatureUnion([("pixels", PixelScaler()), ("pca", PCAFeatures(9))]),
        SGDClassifier(random_state=0),
    ),
    "vote": VotingClassifier([("a", LOGISTIC), ("b", TREE)], voting="soft"),
}
PAIRS = [(t, c) for t in TRANSFORMERS for c in CLASSIFIERS]

PREDICT_ELSEWHERE = """
import sys
from pathlib import Path
import numpy as np
from skdigits.persistence import load_model

folder = Path(sys.argv[1])
X = np.load(folder / "X.npy")
found = {path.stem: load_model(path).predict(X) for path in folder.glob("*.skops")}
assert not {"keras", "tensorflow"} & set(sys.modules)
np.savez(folder / "found.npz", **found)
"""


@pytest.fixture(scope="module")
def classifiers():
    """All classifiers, fitted to scaled pixels."""
    return {name: clone(model).fit(X / 16, y) for name, model in CLASSIFIERS.items()}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("models")


def parameters(model):
    """As text, in which two estimators are equal; random states have none."""
    texts = {name: repr(value) for name, value in model.get_params().items()}
    return {name: text for name, text in texts.items() if "RandomState" not in text}


def assert_round_trip(model, path):
    loaded = load_model(save_model(model, path))
    assert type(loaded) is type(model)
    assert parameters(loaded) == parameters(model)
    methods = ("predict", "predict_proba", "decision_function", "transform")
    for method in methods:
        if hasattr(model, method):
            assert_array_equal(getattr(loaded, method)(X), getattr(model, method)(X))


@pytest.mark.parametrize("name", TRANSFORMERS)
def test_transformers(name, tmp_path):
    assert_round_trip(TRANSFORMERS[name].fit(X, y), tmp_path / "model.skops")


@pytest.mark.tensorflow
@pytest.mark.parametrize("name", CLASSIFIERS)
def test_classifiers(name, classifiers, tmp_path):
    assert_round_trip(classifiers[name], tmp_path / "model.skops")


def test_augmenters(tmp_path):
    augmenter = RandomAugmenter(n_copies=2, random_state=3).fit(X)
    assert_round_trip(augmenter, tmp_path / "model.skops")
    loaded = load_model(tmp_path / "model.skops")
    assert_array_equal(loaded.augment(X), augmenter.augment(X))


@pytest.mark.tensorflow
@pytest.mark.parametrize(("transformer", "classifier"), PAIRS)
def test_pipelines_of_each_pair(transformer, classifier, classifiers, folder):
    first = clone(TRANSFORMERS[transformer]).fit(X, y)
    last = classifiers[classifier]
    if transformer.startswith("PCA"):
        last = clone(CLASSIFIERS[classifier]).fit(first.transform(X), y)
    pipeline = Pipeline([("first", first), ("last", last)])
    assert_round_trip(pipeline, folder / f"{transformer} {classifier}.skops")


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("name", META)
def test_what_scikit_learn_builds_around(name, folder):
    assert_round_trip(clone(META[name]).fit(X, y), folder / f"{name}.skops")


def test_every_file_predicts_in_a_new_process(folder):
    """Of the tests above, too, which saved files into the folder."""
    save_model(GaussianNB(var_smoothing=0.1).fit(X, y), folder / "alone.skops")
    expected = {path.stem: load_model(path).predict(X) for path in folder.iterdir()}
    np.save(folder / "X.npy", X)
    subprocess.run(
        [sys.executable, "-W", "error", "-c", PREDICT_ELSEWHERE, folder], check=True
    )
    with np.load(folder / "found.npz") as found:
        assert set(found) == set(expected)
        for name in found:
            assert_array_equal(found[name], expected[name])


def test_trusted_types_are_the_public_estimators():
    estimators = {
        f"{member.__module__}.{member.__qualname__}"
        for package in map(skdigits.__getattr__, skdigits._SUBPACKAGES)
        for member in map(vars(package).get, package.__all__)
        if isinstance(member, type) and hasattr(member, "fit")
    }
    assert estimators == set(_trusted.SKDIGITS_TYPES)


@pytest.mark.parametrize("name", _trusted.TRUSTED_TYPES)
def test_trusted_types_exist(name):
    module, _, attribute = name.rpartition(".")
    __import__(module)
    if attribute == "_TemperatureScaling" and not has_temperature_scaling():
        pytest.skip("this scikit-learn has no temperature scaling")
    assert hasattr(sys.modules[module], attribute)


def has_temperature_scaling():
    methods = CalibratedClassifierCV._parameter_constraints["method"]
    return any(option.is_satisfied_by("temperature") for option in methods)


def test_unfitted_and_odd_labels(tmp_path):
    assert not hasattr(load_model(save_model(SVC(), tmp_path / "a.skops")), "classes_")
    labels = np.array(["null", "een", "twee"])[y % 3]
    assert_round_trip(SVC().fit(X, labels), tmp_path / "b.skops")
    assert_round_trip(SVC().fit(X, y > 4), tmp_path / "c.skops")
    objects = SVC().fit(X, labels.astype(object))
    assert_round_trip(objects, tmp_path / "d.skops")
    assert inspect_model(tmp_path / "d.skops")["classes"] == ["een", "null", "twee"]


@pytest.mark.tensorflow
def test_manifest(classifiers, tmp_path):
    pipeline = make_pipeline(
        PixelScaler(white_level=1), classifiers["KerasCNNClassifier"]
    )
    pipeline[0].fit(X)
    metadata = {"accuracy": np.float64(0.5), "n": np.int64(3), "runs": np.arange(2)}
    path = save_model(pipeline, tmp_path / "cnn.skops", metadata=metadata)
    summary = inspect_model(path)
    assert summary["class"] == "sklearn.pipeline.Pipeline"
    assert summary["classes"] == list(range(10))
    assert summary["n_features_in"] == 64
    assert summary["image_shape"] == [8, 8]
    assert summary["metadata"] == {"accuracy": 0.5, "n": 3, "runs": [0, 1]}
    assert summary["versions"]["scikit-learn"] == sklearn.__version__
    assert summary["versions"]["skdigits"] == skdigits.__version__
    assert [part["name"] for part in summary["parts"]] == [
        "",
        "pixelscaler",
        "kerascnnclassifier",
    ]
    assert summary["parts"][1]["parameters"] == {"white_level": "1"}
    assert summary["parts"][2]["parameters"]["conv_blocks"] == "((2,),)"
    n_weights = sum(w.size for w in classifiers["KerasCNNClassifier"].weights_)
    assert summary["n_values"] >= n_weights
    assert summary["n_bytes"] >= 4 * n_weights
    assert summary["file_bytes"] == path.stat().st_size


@pytest.mark.tensorflow
def test_file_is_not_much_larger_than_its_arrays(classifiers, tmp_path):
    path = save_model(classifiers["KerasCNNClassifier"], tmp_path / "cnn.skops")
    summary = inspect_model(path)
    assert summary["file_bytes"] - summary["n_bytes"] < 20_000


def test_another_version_warns_once_with_both(tmp_path, monkeypatch):
    model = make_pipeline(PixelScaler(), SVC()).fit(X, y)
    monkeypatch.setattr("skdigits.persistence.skops._manifest.__version__", "0.0.3")
    path = tmp_path / "model.skops"
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        save_model(model, path)
    assert caught == []
    monkeypatch.undo()
    versions = re.escape(f"skdigits 0.0.3 (here {skdigits.__version__})")
    with pytest.warns(UserWarning, match=versions) as caught:
        load_model(path)
    assert len(caught) == 1
    assert caught[0].filename == __file__


def test_patch_versions_do_not_warn(tmp_path, monkeypatch):
    minor = skdigits.__version__.rpartition(".")[0]
    monkeypatch.setattr(
        "skdigits.persistence.skops._manifest.__version__", f"{minor}.77"
    )
    path = save_model(SVC(), tmp_path / "model.skops")
    monkeypatch.undo()
    load_model(path)


def test_scaler_of_before_it_knew_its_training_pixels(tmp_path):
    model = make_pipeline(PixelScaler(), SVC()).fit(X, y)
    expected = model.predict(X)
    del model[0].data_max_, model[0].background_
    loaded = load_model(save_model(model, tmp_path / "model.skops"))
    assert_array_equal(loaded.predict(X), expected)
    with pytest.warns(UserWarning, match="no pixel above 1"):
        loaded.predict(X / 16)


def test_format_of_the_future_is_refused(tmp_path, monkeypatch):
    path = save_model(SVC(), tmp_path / "model.skops")
    monkeypatch.setattr("skdigits.persistence.skops._manifest.FORMAT", 0)
    with pytest.raises(ValueError, match="update skdigits"):
        load_model(path)


def test_pickles_ask_to_be_trusted(tmp_path):
    model = SVC().fit(X, y)
    for suffix in (".joblib", ".pkl", ".pickle"):
        path = save_model(model, tmp_path / f"model{suffix}")
        with pytest.raises(ValueError, match="set allow_pickle=True"):
            load_model(path)
        loaded = load_model(path, allow_pickle=True)
        assert_array_equal(loaded.predict(X), model.predict(X))
    with pytest.raises(ValueError, match="cannot hold metadata"):
        save_model(model, tmp_path / "b.joblib", metadata={"a": 1})
    joblib.dump(model, tmp_path / "disguised.skops")
    with pytest.raises(ValueError, match=r"not a \.skops file"):
        load_model(tmp_path / "disguised.skops", allow_pickle=True)


class Unknown(BaseEstimator):
    def fit(self, X, y=None):
        return self


class Locked:
    def __reduce__(self):
        raise TypeError("locked")


class Triangle(rv_continuous):
    """A distribution that SciPy does not know."""

    def _pdf(self, x):
        return 2 * x


def test_distributions_of_a_search(tmp_path):
    distributions = {
        "C": loguniform(1, 1e3),
        "coef0": uniform(loc=0.5, scale=np.float32(2)),
        "degree": randint(1, 4),
    }
    search = RandomizedSearchCV(SVC(), distributions, n_iter=3, cv=2, random_state=0)
    search.fit(X[:100], y[:100])
    path = save_model(search, tmp_path / "search.skops")
    assert search.param_distributions is distributions
    [part, *_] = inspect_model(path)["parts"]
    assert "loguniform(1, 1000.0)" in part["parameters"]["param_distributions"]
    loaded = load_model(path)
    assert_array_equal(loaded.predict(X), search.predict(X))
    for name in distributions:
        draws, expected = (
            found.param_distributions[name].rvs(5, random_state=0)
            for found in (loaded, search)
        )
        assert_array_equal(draws, expected)
    again = loaded.fit(X[:100], y[:100])
    assert again.best_params_ == search.best_params_


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (make_pipeline(FunctionTransformer(zoom), SVC()), r"steps\[0\]\[1\]\.func"),
        (make_pipeline(FunctionTransformer(lambda X: X), SVC()), "<lambda>"),
        (make_pipeline(PixelScaler(), Unknown()), r"test_save\.Unknown.*steps\[1\]"),
        (GridSearchCV(SVC(), {"C": [1, Locked()]}), r"model\.param_grid\['C'\]\[1\]"),
        (RandomizedSearchCV(SVC(), {"C": Triangle()()}), "rv_continuous_frozen"),
        (RandomizedSearchCV(SVC(), {"C": uniform([0, 1])}), "rv_continuous_frozen"),
        (
            RandomizedSearchCV(SVC(), {"C": type(norm)(a=0, name="norm")()}),
            "rv_continuous_frozen",
        ),
        (FunctionTransformer(np.load), "numpy"),
        (FunctionTransformer(PixelScaler().fit), r"PixelScaler\.fit"),
    ],
)
def test_what_cannot_be_saved_is_named(model, message, tmp_path):
    path = tmp_path / "model.skops"
    path.write_text("what was there before")
    with pytest.raises(ValueError, match=message):
        save_model(model, path, overwrite=True)
    assert path.read_text() == "what was there before"
    assert list(tmp_path.iterdir()) == [path]


def test_cycles_are_refused(tmp_path):
    model = FunctionTransformer()
    model.kw_args = {"self": model}
    with pytest.raises(ValueError, match="cannot be saved"):
        save_model(model, tmp_path / "model.skops")


@pytest.mark.parametrize(
    ("metadata", "error"),
    [
        (["a"], TypeError),
        ({"a": object()}, ValueError),
        ({"a": "b" * 2**20}, ValueError),
    ],
)
def test_wrong_metadata(metadata, error, tmp_path):
    with pytest.raises(error, match="metadata"):
        save_model(SVC(), tmp_path / "model.skops", metadata=metadata)
    assert list(tmp_path.iterdir()) == []


def test_where_it_cannot_be_saved(tmp_path):
    path = save_model(SVC(), tmp_path / "model.skops")
    with pytest.raises(FileExistsError, match="overwrite=True"):
        save_model(SVC(C=2), path)
    assert load_model(path).C == 1
    assert load_model(save_model(SVC(C=2), path, overwrite=True)).C == 2
    with pytest.raises(FileNotFoundError, match="Make it first"):
        save_model(SVC(), tmp_path / "absent" / "model.skops")
    with pytest.raises(FileNotFoundError):
        load_model(tmp_path / "absent.skops")
    for name in ("model.h5", "model.keras", "model"):
        with pytest.raises(ValueError, match=r"named \*\.skops"):
            save_model(SVC(), tmp_path / name)
    with pytest.raises(TypeError, match="saves estimators"):
        save_model(SVC, tmp_path / "class.skops")
    assert list(tmp_path.iterdir()) == [path]


def test_skops_opens_the_files_too(tmp_path):
    """The form is skops' own, with one member more."""
    import skops.io

    path = save_model(
        make_pipeline(PixelScaler(), SVC()).fit(X, y), tmp_path / "a.skops"
    )
    names = skops.io.get_untrusted_types(file=path)
    assert names == ["skdigits.preprocessing._pixel_scaler.PixelScaler"]
    assert_array_equal(skops.io.load(path, trusted=names).classes_, np.arange(10))
    with ZipFile(path) as archive:
        assert json.loads(archive.read("skdigits.json"))["format"] == 1


# A server that forks, so that 50 processes do not import everything anew.
SAVE_AND_BE_KILLED = """
import os, signal, sys, time
from sklearn.datasets import load_digits
from sklearn.svm import SVC
from skdigits.persistence import load_model, save_model

X, y = load_digits(return_X_y=True)
models = [SVC(C=C).fit(X[:300], y[:300]) for C in (1, 2)]
load_model(sys.argv[1])  # imports all that saving needs
start = time.perf_counter()
save_model(models[0], sys.argv[1], overwrite=True)
one_save = time.perf_counter() - start
for line in sys.stdin:
    started, saving = os.pipe()
    child = os.fork()
    if not child:
        os.write(saving, b".")
        while True:
            for model in models:
                save_model(model, sys.argv[1], overwrite=True)
    os.read(started, 1)
    time.sleep(float(line) * one_save)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    print("killed", flush=True)
"""


def test_a_process_killed_while_saving_leaves_a_whole_file(tmp_path):
    random_state = np.random.RandomState(0)
    path = save_model(SVC(C=1).fit(X, y), tmp_path / "model.skops")
    first = path.read_bytes()
    with subprocess.Popen(
        [sys.executable, "-c", SAVE_AND_BE_KILLED, path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        for n_saves in random_state.uniform(0, 3, 50):
            print(n_saves, file=server.stdin, flush=True)
            assert server.stdout.readline() == "killed\n"
            assert load_model(path).C in (1, 2)
    assert server.returncode == 0
    assert path.read_bytes() != first
    # Some were killed in the middle, which this tests.
    assert len(list(tmp_path.glob(".skdigits-*/model.skops"))) > 5


WITH_THE_WRAPPER_OF_KERAS = """
import keras
from keras.wrappers import SKLearnClassifier
from sklearn.datasets import load_digits
from sklearn.pipeline import make_pipeline
from skdigits.persistence import load_model, save_model
from skdigits.preprocessing import PixelScaler

def build(X, y):
    layers = [keras.Input((64,)), keras.layers.Dense(10, activation="softmax")]
    model = keras.Sequential(layers)
    model.compile("adam", "categorical_crossentropy")
    return model

X, y = load_digits(return_X_y=True)
wrapper = SKLearnClassifier(build, fit_kwargs={"verbose": 0})
pipeline = make_pipeline(PixelScaler(), wrapper).fit(X, y)
for model in (pipeline, wrapper):
    try:
        save_model(model, "model.skops")
    except ValueError as error:
        print(error)
print(load_model(save_model(pipeline, "model.joblib"), allow_pickle=True)[0])
"""


@pytest.mark.slow
@pytest.mark.tensorflow
def test_wrapper_of_keras_is_named_with_the_way_out(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", WITH_THE_WRAPPER_OF_KERAS],
        check=True,
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    in_pipeline, alone, scaler = done.stdout.splitlines()
    assert "model.steps[1][1] is a SKLearnClassifier of Keras" in in_pipeline
    assert "Train a KerasClassifier" in in_pipeline
    assert "*.joblib" in in_pipeline
    assert alone.startswith("model is a SKLearnClassifier of Keras")
    assert scaler == "PixelScaler()"
    assert not list(tmp_path.glob("*.skops"))

"""Exported models beside the estimators that they were made of."""

import json
import subprocess
import sys
import warnings

import numpy as np
import onnx
import onnxruntime
import pytest
import sklearn
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.decomposition import PCA, FastICA
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import (
    ExtraTreesClassifier,
    RandomForestClassifier,
    VotingClassifier,
)
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    MaxAbsScaler,
    MinMaxScaler,
    RobustScaler,
    StandardScaler,
)
from sklearn.svm import SVC, LinearSVC, NuSVC
from sklearn.tree import DecisionTreeClassifier

import skdigits
from skdigits._onnx_graph import Graph, tensor_info
from skdigits.augmentation import (
    AugmentedClassifier,
    AugmentedPredictionClassifier,
    RandomAugmenter,
)
from skdigits.datasets import fetch_mnist, load_digits
from skdigits.neural_network import (
    KerasCNNClassifier,
    KerasMLPClassifier,
    NumpyMLPClassifier,
    RandomFeaturesClassifier,
)
from skdigits.persistence import export_onnx
from skdigits.persistence.onnx._tensors import Pixels
from skdigits.persistence.onnx._transformers import (
    add_copies,
    deskew,
    scale_columns,
)
from skdigits.preprocessing import (
    Deskewer,
    DigitNormalizer,
    PCAFeatures,
    PixelScaler,
)

DTYPES = "uint8", "float32", "float64"
N_TRAINING, N_TEST = 500, 300
TRAINING, TEST = slice(N_TRAINING), slice(N_TRAINING, N_TRAINING + N_TEST)
# Some are stopped early, which saves time.
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def with_random_weights(classifier, image_shape=(8, 8)):
    """Return a network that was never trained, which takes no TensorFlow."""
    architecture = classifier._architecture()
    classes = np.arange(10)
    network = classifier._network(image_shape, len(classes), **architecture)
    fitted = clone(classifier)
    fitted.__setstate__(
        {
            **classifier.get_params(),
            "classes_": classes,
            "image_shape_": image_shape,
            "n_features_in_": image_shape[0] * image_shape[1],
            "_fitted_architecture": architecture,
            "weights_": network.initial_weights(np.random.RandomState(0)),
        }
    )
    return FrozenEstimator(fitted)


LOGISTIC = make_pipeline(PixelScaler(), LogisticRegression(max_iter=200))
SVM = make_pipeline(PixelScaler(), SVC(C=10))
# A label that a vote counts must not depend on which of equally near rows is nearest.
NEAREST = make_pipeline(PCAFeatures(9), KNeighborsClassifier(4))
FOREST = RandomForestClassifier(20, random_state=0)
RANDOM_FEATURES = RandomFeaturesClassifier(100, alpha=1, random_state=0)
CLASSIFIERS = {
    "unit": LOGISTIC,
    "standard": make_pipeline(PixelScaler("standard"), SVC(kernel="linear")),
    "minmax": make_pipeline(PixelScaler("minmax"), SVC(kernel="sigmoid", coef0=-1)),
    "deskewer": make_pipeline(Deskewer(), PixelScaler(), SVC(kernel="poly", coef0=1)),
    "pca features": make_pipeline(PCAFeatures(20), SVC(break_ties=True)),
    "whitened": make_pipeline(PCAFeatures(20, whiten=True), NuSVC(nu=0.1)),
    "standard scaler": make_pipeline(StandardScaler(), LinearSVC()),
    "robust scaler": make_pipeline(RobustScaler(), LogisticRegression(max_iter=200)),
    "pca": make_pipeline(MinMaxScaler(clip=True), PCA(20, whiten=True), SVC()),
    "nested": make_pipeline(make_pipeline("passthrough", PixelScaler()), NEAREST),
    "forest": FOREST,
    "forest of features": make_pipeline(PCA(20), FOREST),
    "shallow forest": ExtraTreesClassifier(20, max_depth=3, random_state=0),
    "tree": DecisionTreeClassifier(random_state=0),
    "neighbours": NEAREST,
    "weighted neighbours": make_pipeline(
        PCAFeatures(9), KNeighborsClassifier(3, weights="distance")
    ),
    "mlp": make_pipeline(MaxAbsScaler(), MLPClassifier(max_iter=10, random_state=0)),
    "softmax": make_pipeline(PixelScaler(), NumpyMLPClassifier(random_state=0)),
    "numpy mlp": make_pipeline(
        PixelScaler(), NumpyMLPClassifier((16,), random_state=0)
    ),
    "random features": make_pipeline(PixelScaler(), RANDOM_FEATURES),
    "calibrated features": CalibratedClassifierCV(RANDOM_FEATURES, cv=2),
    "augmented": AugmentedClassifier(LOGISTIC, RandomAugmenter(random_state=0)),
    "averaged": AugmentedPredictionClassifier(LOGISTIC, random_state=0),
    "averaged decisions": AugmentedPredictionClassifier(
        SVM, RandomAugmenter(20, shift=0.3, shear=20, random_state=0, n_copies=3)
    ),
    "search": GridSearchCV(SVM, {"svc__C": [1, 10]}, cv=2),
    "sigmoid": CalibratedClassifierCV(SVM, ensemble=False, cv=2),
    "isotonic": CalibratedClassifierCV(FOREST, method="isotonic", cv=2),
    "average": VotingClassifier(
        [("a", LOGISTIC), ("b", NEAREST)], voting="soft", weights=[2, 1]
    ),
    "votes": VotingClassifier([("a", LOGISTIC), ("b", NEAREST), ("c", SVM)]),
    "averaged features": AugmentedPredictionClassifier(RANDOM_FEATURES, random_state=0),
    "averages that vote": VotingClassifier(
        [("a", AugmentedPredictionClassifier(SVM, random_state=0)), ("b", LOGISTIC)]
    ),
}
NETWORKS = {
    "cnn": with_random_weights(KerasCNNClassifier(batch_norm=True)),
    "keras mlp": with_random_weights(KerasMLPClassifier((16,))),
}
SCALED_NETWORKS = {
    f"scaled {name}": make_pipeline(PixelScaler(), network)
    for name, network in NETWORKS.items()
}


@pytest.fixture(scope="module")
def digits():
    X, y = load_digits(return_X_y=True)
    return X, y


@pytest.fixture(scope="module")
def mnist(mnist_home):
    home = {"data_home": mnist_home, "return_X_y": True, "download_if_missing": False}
    X, y = fetch_mnist(subset="train", **home)
    return X[:1000], y[:1000], fetch_mnist(subset="test", **home)[0]


@pytest.fixture(scope="module")
def logistic(digits):
    X, y = digits
    return clone(LOGISTIC).fit(X[TRAINING], y[TRAINING])


def without_chatter(path):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(path, options)


def run_transformer(write, transformer, X):
    graph = Graph()
    made = write(graph, transformer, Pixels("images", X.dtype))
    graph.name_output(made.name, "made")
    rows = ["n", X.shape[1]]
    model = graph.model(
        [tensor_info("images", X.dtype, rows)], [tensor_info("made", made.dtype, rows)]
    )
    session = onnxruntime.InferenceSession(model.SerializeToString())
    return session.run(None, {"images": X})[0]


def assert_same_predictions(classifier, session, X, tolerance=1e-6, least_lead=0):
    """Compare all outputs; labels where the most probable one leads by so much."""
    names = [output.name for output in session.get_outputs()]
    results = dict(zip(names, session.run(None, {"images": X}), strict=True))
    expected = {"label": classifier.predict(X)}
    if hasattr(classifier, "predict_proba"):
        expected["probabilities"] = classifier.predict_proba(X)
    elif hasattr(classifier, "decision_function"):
        expected["decisions"] = classifier.decision_function(X)
    assert results.keys() == expected.keys()
    labels, expected_labels = results.pop("label"), expected.pop("label")
    if least_lead:
        ranked = np.sort(expected["probabilities"], axis=1)
        leads = ranked[:, -1] - ranked[:, -2] >= least_lead
        assert leads.mean() > 0.9
        labels, expected_labels = labels[leads], expected_labels[leads]
    assert_array_equal(labels, expected_labels)
    for name, scores in results.items():
        assert scores.dtype == np.float32
        assert_allclose(scores, expected[name], rtol=1e-6, atol=tolerance)
    for n_rows in (1, 0):
        few = session.run(None, {"images": X[:n_rows]})
        assert [len(output) for output in few] == [n_rows] * len(names)


@pytest.mark.parametrize(
    "classifier",
    (everything := CLASSIFIERS | NETWORKS | SCALED_NETWORKS).values(),
    ids=everything,
)
def test_predictions_are_those_of_the_estimator(classifier, digits, tmp_path):
    X, y = digits
    classifier = clone(classifier).fit(X[TRAINING], y[TRAINING])
    for dtype in DTYPES:
        path = export_onnx(classifier, tmp_path / dtype, input_dtype=dtype)
        onnx.checker.check_model(onnx.load(path), full_check=True)
        X_test = X[TEST].astype(dtype)
        assert_same_predictions(classifier, without_chatter(path), X_test)


@pytest.mark.parametrize("dtype", ["uint8", "float32", "float64"])
@pytest.mark.parametrize(
    "scaler",
    [
        MaxAbsScaler(),
        MinMaxScaler((-1, 2)),
        MinMaxScaler(clip=True),
        RobustScaler(),
        RobustScaler(with_centering=False),
        RobustScaler(with_scaling=False),
        StandardScaler(),
        StandardScaler(with_mean=False),
        StandardScaler(with_std=False),
    ],
    ids=repr,
)
def test_scalers_round_as_scikit_learn_does(scaler, dtype, digits):
    """An ulp would be enough for another leaf of a tree."""
    X, _ = digits
    X = (X + np.random.default_rng(0).uniform(0, 1, X.shape)).astype(dtype)
    scaler = clone(scaler).fit(X[TRAINING])
    found = run_transformer(scale_columns, scaler, X[TEST])
    expected = scaler.transform(X[TEST])
    assert found.dtype == expected.dtype
    assert_array_equal(found, expected)


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_two_classes_of_strings(name, digits, tmp_path):
    X, y = digits
    y = np.where(y > 4, "high", "low")
    classifier = clone(CLASSIFIERS[name]).fit(X[TRAINING], y[TRAINING])
    path = export_onnx(classifier, tmp_path / "model.onnx")
    X_test = X[TEST].astype(np.float32)
    assert_same_predictions(classifier, without_chatter(path), X_test)


def draw_images(dtype):
    pixels = st.integers(0, 255) if dtype == "uint8" else st.floats(-2, 2, width=32)
    shapes = st.tuples(st.integers(1, 3), st.integers(1, 6), st.integers(2, 6))
    return arrays(dtype, shapes, elements=pixels)


@settings(max_examples=30)
@given(
    images=st.sampled_from(DTYPES).flatmap(draw_images),
    n_copies=st.integers(0, 3),
    seed=st.integers(0, 99),
)
def test_copies_are_resampled_alike(images, n_copies, seed):
    n = len(images)
    augmenter = RandomAugmenter(
        30, shift=0.4, shear=20, zoom=0.3, n_copies=n_copies, random_state=seed
    )
    averaging = AugmentedPredictionClassifier(DummyClassifier(), augmenter)
    averaging.fit(images, np.arange(n))
    assert_same_views(averaging, images)


@pytest.mark.parametrize("size", [7, 8, 32])
def test_copies_a_last_bit_within_the_border(size):
    images = np.random.default_rng(0).uniform(size=(2, size, size))
    averaging = AugmentedPredictionClassifier(DummyClassifier(), random_state=0)
    averaging.fit(images, [0, 1])
    averaging.matrices_[:] = np.eye(2)
    # What is a last bit less than the size is the size when 1 is added to both.
    for k, place in enumerate([np.nextafter(size, 0), np.nextafter(size, 99), -1.0]):
        averaging.offsets_[k] = place, 0
        averaging.offsets_[k + 3] = 0, place
    assert_same_views(averaging, images)


def assert_same_views(averaging, images):
    """Compare images and their copies in ONNX Runtime with those of the resampler."""
    n = len(images)
    rows = images.reshape(n, -1)
    found = run_transformer(add_copies, averaging, rows)
    copies = averaging._copies(images).reshape(
        n, len(averaging.matrices_), rows.shape[1]
    )
    expected = np.concatenate([rows[:, np.newaxis], copies], axis=1)
    assert found.dtype == images.dtype
    assert_allclose(found, expected.reshape(found.shape), rtol=1e-6, atol=1e-6)


def test_shape_of_averaged_images(digits, tmp_path):
    X, y = digits
    images = X.reshape(-1, 4, 16)
    classifier = AugmentedPredictionClassifier(LOGISTIC, random_state=0)
    classifier.fit(images[TRAINING], y[TRAINING])
    path = export_onnx(classifier, tmp_path / "model.onnx")
    facts = {fact.key: fact.value for fact in onnx.load(path).metadata_props}
    assert json.loads(facts["image_shape"]) == [4, 16]
    X_test = X[TEST].astype(np.float32)
    assert_same_predictions(classifier, without_chatter(path), X_test)


@pytest.mark.parametrize("dtype", ["bool", "uint8", "float32", "float64", "object"])
def test_types_of_labels(dtype, digits, tmp_path):
    X, y = digits
    y = y.astype(str).astype(object) if dtype == "object" else y.astype(dtype)
    classifier = clone(LOGISTIC).fit(X[TRAINING], y[TRAINING])
    session = without_chatter(export_onnx(classifier, tmp_path / "model.onnx"))
    assert_same_predictions(classifier, session, X[TEST].astype(np.float32))


@pytest.mark.parametrize("method", ["sigmoid", "isotonic", "temperature"])
@pytest.mark.parametrize("n_classes", [2, 10])
@pytest.mark.parametrize(
    "inner",
    [
        SVM,
        make_pipeline(PixelScaler(), NumpyMLPClassifier(max_epochs=3, random_state=0)),
    ],
)
def test_calibration(inner, n_classes, method, digits, tmp_path):
    if method == "temperature" and not hasattr(
        sklearn.calibration, "_TemperatureScaling"
    ):
        pytest.skip("this scikit-learn has no temperature scaling")
    X, y = digits
    y = y % n_classes
    classifier = CalibratedClassifierCV(inner, method=method, cv=2)
    classifier.fit(X[TRAINING], y[TRAINING])
    session = without_chatter(export_onnx(classifier, tmp_path / "model.onnx"))
    X_test = X[TEST].astype(np.float32)
    if method == "isotonic":
        # It has steps, and enlarges the rounding errors on them; and where two steps
        # add up to a half, rounding, which SciPy's releases do each in their way,
        # decides between two classes.
        assert_same_predictions(classifier, session, X_test, 1e-4, least_lead=1e-6)
    else:
        assert_same_predictions(classifier, session, X_test)


def test_probabilities_of_svc(digits, tmp_path):
    """They are deprecated in scikit-learn 1.9."""
    X, y = digits
    classifier = make_pipeline(PixelScaler(), SVC(probability=True, random_state=0))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        classifier.fit(X[TRAINING], y[TRAINING])
    session = without_chatter(export_onnx(classifier, tmp_path / "model.onnx"))
    X_test = X[TEST].astype(np.float32)
    labels, probabilities = session.run(None, {"images": X_test})
    assert_array_equal(labels, classifier.predict(X_test))
    expected = classifier.predict_proba(X_test)
    assert_allclose(probabilities, expected, atol=1e-5)


@st.composite
def image_arrays(draw):
    shape = draw(st.tuples(st.integers(0, 3), st.integers(1, 6), st.integers(1, 6)))
    dtype = np.dtype(draw(st.sampled_from(DTYPES)))
    pixels = {
        "u": st.integers(0, 255),
        "f": st.floats(-2, 255, width=8 * dtype.itemsize),
    }
    return draw(arrays(dtype, shape, elements=pixels[dtype.kind]))


@given(image_arrays())
@settings(max_examples=50, deadline=None, derandomize=True)
def test_deskewing_rounds_alike(images):
    n_images, height, width = images.shape
    X = images.reshape(n_images, height * width)
    deskewer = Deskewer(image_shape=(height, width)).fit(np.zeros((1, height * width)))
    found = run_transformer(deskew, deskewer, X)
    expected = deskewer.transform(X) if n_images else X
    if X.dtype == np.uint8:
        assert_array_equal(found, expected)
    else:
        precision = np.finfo(X.dtype).eps
        assert_allclose(found, expected, rtol=0, atol=1000 * precision)


@pytest.mark.parametrize(
    "steps",
    {
        "svm": (Deskewer(), PCAFeatures(20), SVC(C=10)),
        "neighbours": (Deskewer(), PCAFeatures(20), KNeighborsClassifier(3)),
        "forest": (Deskewer(), FOREST),
        "cnn": (
            Deskewer(),
            PixelScaler(),
            with_random_weights(KerasCNNClassifier(((4,), (8,))), (28, 28)),
        ),
    }.values(),
    ids=["svm", "neighbours", "forest", "cnn"],
)
def test_all_test_images_of_mnist(steps, mnist, tmp_path):
    X, y, X_test = mnist
    classifier = make_pipeline(*steps).fit(X, y)
    path = export_onnx(classifier, tmp_path / "model.onnx", input_dtype="uint8")
    labels, scores = without_chatter(path).run(None, {"images": X_test})
    assert_array_equal(labels, classifier.predict(X_test))
    has_probabilities = hasattr(classifier, "predict_proba")
    method = "predict_proba" if has_probabilities else "decision_function"
    expected = getattr(classifier, method)(X_test)
    assert_allclose(scores, expected, rtol=0, atol=1e-5)


def test_model_says_what_it_is(logistic, tmp_path):
    model = onnx.load(export_onnx(logistic, tmp_path / "model.onnx"))
    facts = {entry.key: entry.value for entry in model.metadata_props}
    assert (model.producer_name, model.producer_version) == (
        "skdigits",
        skdigits.__version__,
    )
    assert json.loads(facts["classes"]) == list(range(10))
    assert json.loads(facts["image_shape"]) == [8, 8]
    assert facts["skdigits_version"] == skdigits.__version__
    assert facts["scikit-learn_version"] == sklearn.__version__
    assert "PixelScaler()" in facts["estimator"]


def test_image_shape_is_the_one_of_the_training(digits, tmp_path):
    X, y = digits
    classifier = make_pipeline(Deskewer(), DecisionTreeClassifier())
    classifier.fit(X.reshape(-1, 4, 16)[TRAINING], y[TRAINING])
    model = onnx.load(export_onnx(classifier, tmp_path / "model.onnx"))
    facts = {entry.key: entry.value for entry in model.metadata_props}
    assert json.loads(facts["image_shape"]) == [4, 16]


def test_input_and_outputs(logistic, tmp_path):
    path = export_onnx(logistic, tmp_path / "model.onnx", input_dtype="uint8")
    session = without_chatter(path)
    [images] = session.get_inputs()
    assert (images.name, images.type, images.shape) == (
        "images",
        "tensor(uint8)",
        ["n", 64],
    )
    assert [(output.name, output.shape) for output in session.get_outputs()] == [
        ("label", ["n"]),
        ("probabilities", ["n", 10]),
    ]


def test_one_file_holds_everything(logistic, tmp_path):
    path = export_onnx(logistic, tmp_path / "model.onnx")
    assert list(tmp_path.iterdir()) == [path]
    model = onnx.load(path, load_external_data=False)
    locations = {constant.data_location for constant in model.graph.initializer}
    assert locations == {onnx.TensorProto.DEFAULT}


def test_predicts_where_there_is_nothing_but_onnx_runtime(logistic, digits, tmp_path):
    X = digits[0].astype(np.float32)
    path = export_onnx(logistic, tmp_path / "model.onnx")
    np.save(tmp_path / "images.npy", X)
    program = """
import sys
import numpy as np
import onnxruntime
session = onnxruntime.InferenceSession("model.onnx")
labels, probabilities = session.run(None, {"images": np.load("images.npy")})
np.savez("found.npz", labels=labels, probabilities=probabilities)
assert not {"skdigits", "sklearn", "scipy", "tensorflow"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", program], cwd=path.parent, check=True)
    found = np.load(tmp_path / "found.npz")
    assert_array_equal(found["labels"], logistic.predict(X))
    assert_allclose(found["probabilities"], logistic.predict_proba(X), atol=1e-6)


def fitted(classifier):
    X, y = load_digits(return_X_y=True)
    return classifier.fit(X[TRAINING], y[TRAINING])


class OwnSVC(SVC):
    pass


@pytest.mark.parametrize(
    ("classifier", "reason"),
    [
        (
            make_pipeline(DigitNormalizer(output_shape=(8, 8)), LogisticRegression()),
            "step 'digitnormalizer': DigitNormalizer: .*frame the images before",
        ),
        (
            make_pipeline(FastICA(5), GaussianNB()),
            "step 'fastica': FastICA: .* transformers that can",
        ),
        (
            make_pipeline(FastICA(5), GaussianNB()),
            "step 'gaussiannb': GaussianNB: .* classifiers that",
        ),
        (OwnSVC(), "- OwnSVC: "),
        (
            GridSearchCV(make_pipeline(GaussianNB()), {}, cv=2),
            "best_estimator_: step 'gaussiannb': GaussianNB: ",
        ),
        (
            VotingClassifier([("svc", SVC()), ("bayes", GaussianNB())]),
            "estimator 'bayes': GaussianNB: ",
        ),
        (
            CalibratedClassifierCV(GaussianNB(), cv=2),
            "calibrated classifier 1: GaussianNB: ",
        ),
        (AugmentedClassifier(GaussianNB()), "estimator_: GaussianNB: "),
        (SVC(kernel=np.inner), "SVC: kernel=<"),
        (SVC(decision_function_shape="ovo"), "SVC: decision_function_shape="),
        (KNeighborsClassifier(metric="manhattan"), "metric='manhattan'"),
        (KNeighborsClassifier(weights=np.exp), "weights must be"),
    ],
)
def test_what_cannot_be_exported_is_named(classifier, reason, tmp_path, monkeypatch):
    classifier = fitted(clone(classifier))
    # Nothing must have been done by then.
    monkeypatch.setattr("skdigits.persistence.onnx._model.to_model", None)
    with pytest.raises(TypeError, match=reason):
        export_onnx(classifier, tmp_path / "model.onnx")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "classifier",
    [
        KNeighborsClassifier(),
        DecisionTreeClassifier(),
        RandomForestClassifier(2),
        MLPClassifier(max_iter=1),
    ],
)
def test_several_labels_an_image_are_refused(classifier, digits, tmp_path):
    X, y = digits
    labels = np.stack([y > 4, y % 2 == 0], axis=1).astype(int)
    classifier.fit(X[:100], labels[:100])
    with pytest.raises(TypeError, match="several labels an image"):
        export_onnx(classifier, tmp_path / "model.onnx")


def test_regressors_and_transformers_are_refused(digits, tmp_path):
    for estimator in (PixelScaler(), make_pipeline(PixelScaler(), PCA(5))):
        estimator.fit(digits[0])
        with pytest.raises(ValueError, match="takes classifiers; got"):
            export_onnx(estimator, tmp_path / "model.onnx")


@pytest.mark.parametrize(
    "classifier",
    [SVC(), LOGISTIC, GridSearchCV(SVC(), {}), KerasCNNClassifier()],
)
def test_not_fitted(classifier, tmp_path):
    with pytest.raises(NotFittedError):
        export_onnx(clone(classifier), tmp_path / "model.onnx")


def test_existing_files_are_kept_unless_told(logistic, tmp_path):
    path = tmp_path / "model.onnx"
    path.write_text("mine")
    with pytest.raises(FileExistsError, match="overwrite=True"):
        export_onnx(logistic, path)
    assert path.read_text() == "mine"
    export_onnx(logistic, str(path), overwrite=True)
    onnx.checker.check_model(onnx.load(path))


def test_bad_paths(logistic, tmp_path):
    with pytest.raises(IsADirectoryError, match=r"model\.onnx"):
        export_onnx(logistic, tmp_path)
    with pytest.raises(FileNotFoundError, match="There is no folder"):
        export_onnx(logistic, tmp_path / "nowhere" / "model.onnx")
    with pytest.raises(ValueError, match="'input_dtype' parameter"):
        export_onnx(logistic, tmp_path / "model.onnx", input_dtype="int8")


def test_skl2onnx_is_needed_for_parts_of_scikit_learn_only(
    logistic, tmp_path, monkeypatch
):
    monkeypatch.setitem(sys.modules, "skl2onnx", None)
    with pytest.raises(ImportError, match=r"\.\[onnx\]"):
        export_onnx(logistic, tmp_path / "logistic.onnx")
    export_onnx(NETWORKS["cnn"], tmp_path / "cnn.onnx")
    assert [path.name for path in tmp_path.iterdir()] == ["cnn.onnx"]

import copy
import json
import os
import pickle
import re
import subprocess
import sys
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.pipeline import make_pipeline

from skdigits.datasets import fetch_mnist
from skdigits.neural_network import KerasCNNClassifier
from skdigits.neural_network._precision import resolve_precision
from skdigits.preprocessing import PixelScaler

pytestmark = pytest.mark.tensorflow

STATES = Path(__file__).parent / "states"

# Quick to train: a stride, one small block, no hidden dense layer.
SMALL = {
    "conv_blocks": ((8,),),
    "dense_units": (),
    "stem_stride": 2,
    "max_epochs": 2,
    "learning_rate": 0.02,
}


def small_cnn(**params):
    return KerasCNNClassifier(**{**SMALL, "random_state": 0, **params})


@pytest.fixture(scope="module")
def fitted(digits):
    return small_cnn(max_epochs=5).fit(*digits)


def architecture(**changes):
    """Change with which parameters the network of a state was built."""
    names = KerasCNNClassifier._architecture_parameters
    params = {**KerasCNNClassifier().get_params(), **SMALL, **changes}
    return {"_fitted_architecture": {name: params[name] for name in names}}


def assert_equal_weights(first, second):
    for array, other in zip(first.weights_, second.weights_, strict=True):
        assert_array_equal(array, other)


def test_learns_digits_it_has_not_seen():
    X, y = load_digits(return_X_y=True)
    cnn = make_pipeline(PixelScaler(), KerasCNNClassifier(random_state=0))
    cnn.fit(X[::2], y[::2])
    assert cnn.score(X[1::2], y[1::2]) > 0.96


@pytest.mark.slow
def test_default_parameters_reach_99_percent_on_mnist(mnist_home):
    X, y = fetch_mnist(data_home=mnist_home, subset="train", return_X_y=True)
    X_test, y_test = fetch_mnist(data_home=mnist_home, subset="test", return_X_y=True)
    cnn = make_pipeline(PixelScaler(), KerasCNNClassifier(random_state=0)).fit(X, y)
    assert cnn.score(X_test, y_test) >= 0.99


def test_fitted_attributes(fitted, digits):
    X, y = digits
    assert_array_equal(fitted.classes_, np.unique(y))
    assert fitted.image_shape_ == (8, 8)
    assert fitted.n_iter_ == len(fitted.loss_curve_) == 5
    assert fitted.loss_curve_[-1] < fitted.loss_curve_[0]
    probabilities = fitted.predict_proba(X)
    assert probabilities.dtype == np.float32
    assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-6)
    assert_array_equal(fitted.predict(X), probabilities.argmax(axis=1))
    assert_allclose(np.exp(fitted.predict_log_proba(X)), probabilities, rtol=1e-5)


def test_architectures_of_the_field_train(digits):
    for params in (
        {"conv_blocks": ((4, 4), (8, 8), (8,)), "dense_units": (16,)},
        {"conv_blocks": ((8, 8), (8,)), "stem_stride": 2, "dense_units": ()},
        {"conv_blocks": (), "dense_units": (16, 8)},
        {
            "conv_blocks": ((8,), (16,)),
            "kernel_size": (5, 3),
            "stem_padding": "valid",
            "global_pooling": True,
        },
    ):
        for extra in ({}, {"batch_norm": True, "dropout": 0.3, "activation": "elu"}):
            cnn = KerasCNNClassifier(
                **params, **extra, max_epochs=4, learning_rate=1e-2, random_state=0
            )
            assert cnn.fit(*digits).score(*digits) > 0.6, (params, extra)


@pytest.mark.parametrize("optimizer", ["adam", "rmsprop", "sgd"])
@pytest.mark.parametrize("schedule", ["one_cycle", "constant"])
def test_optimizers_and_schedules_learn(digits, optimizer, schedule):
    rate = 0.1 if optimizer == "sgd" else 1e-2
    cnn = small_cnn(optimizer=optimizer, schedule=schedule, learning_rate=rate)
    assert cnn.fit(*digits).score(*digits) > 0.7


def test_weight_decay_shrinks_kernels(digits):
    def size(cnn):
        kernels = [array for array in cnn.fit(*digits).weights_ if array.ndim > 1]
        return sum(np.square(array).sum() for array in kernels)

    assert size(small_cnn(weight_decay=1.0)) < 0.9 * size(small_cnn())


def test_label_smoothing_keeps_probabilities_from_the_extremes(digits):
    plain = small_cnn(max_epochs=8).fit(*digits)
    smoothed = small_cnn(max_epochs=8, label_smoothing=0.3).fit(*digits)
    assert (
        smoothed.predict_proba(digits[0]).max() < plain.predict_proba(digits[0]).max()
    )


def test_dropout_changes_training_only(digits, fitted):
    cnn = small_cnn(dropout=0.5, max_epochs=5).fit(*digits)
    assert cnn.loss_curve_[-1] > fitted.loss_curve_[-1]
    assert_array_equal(cnn.predict_proba(digits[0]), cnn.predict_proba(digits[0]))


@pytest.mark.parametrize("params", [{}, {"dropout": 0.5, "batch_norm": True}])
def test_same_seed_gives_equal_weights(digits, params):
    # A batch of 200 is trained in six shards, side by side.
    first, second, other = (
        small_cnn(**params, batch_size=200, random_state=seed).fit(*digits)
        for seed in (1, 1, 2)
    )
    assert_equal_weights(first, second)
    assert not np.array_equal(first.weights_[0], other.weights_[0])


def test_fits_do_not_touch_global_random_states(digits):
    np.random.seed(0)  # noqa: NPY002 - the state that must not move
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    small_cnn().fit(*digits)
    assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002


def test_random_state_instance_advances(digits):
    random_state = np.random.RandomState(0)
    first = small_cnn(random_state=random_state).fit(*digits)
    second = small_cnn(random_state=random_state).fit(*digits)
    assert not np.array_equal(first.weights_[0], second.weights_[0])
    again = small_cnn(random_state=np.random.RandomState(0)).fit(*digits)
    assert_equal_weights(first, again)


def can_train_in(precision):
    try:
        return resolve_precision(precision) == precision
    except ValueError:
        return False


needs_bfloat16 = pytest.mark.skipif(
    not can_train_in("bfloat16"), reason="ONEDNN_MAX_CPU_ISA rules bfloat16 out"
)


@pytest.mark.parametrize(
    "precision", ["float32", pytest.param("bfloat16", marks=needs_bfloat16)]
)
def test_precision_is_that_of_training_only(digits, precision):
    cnn = small_cnn(precision=precision, max_epochs=5).fit(*digits)
    assert {array.dtype for array in cnn.weights_} == {np.dtype("float32")}
    assert cnn.score(*digits) > 0.8


@needs_bfloat16
def test_precisions_differ(digits):
    first, second = (
        small_cnn(precision=precision).fit(*digits)
        for precision in ("float32", "bfloat16")
    )
    assert not np.array_equal(first.weights_[0], second.weights_[0])


def test_layouts_and_types_of_images(digits):
    X, y = digits
    pixels = np.rint(X * 16).astype(np.uint8)
    expected = small_cnn().fit(pixels, y)
    images = pixels.reshape(-1, 8, 8)
    for same in (images, images[..., np.newaxis], pixels.astype(float), list(images)):
        cnn = small_cnn().fit(same, y)
        assert_equal_weights(cnn, expected)
        assert_array_equal(cnn.predict_proba(same), expected.predict_proba(pixels))


def test_images_need_not_be_square(digits):
    X, y = digits
    cnn = small_cnn().fit(X.reshape(-1, 4, 16), y)
    assert cnn.image_shape_ == (4, 16)
    assert_equal_weights(cnn, small_cnn(image_shape=(4, 16)).fit(X, y))


@pytest.mark.parametrize(
    "labels",
    [
        [f"digit {label}" for label in range(10)],
        np.arange(10) * 7 - 20,
        np.arange(10) % 2 == 0,
    ],
    ids=["str", "int", "bool"],
)
def test_labels_of_any_type_come_back(digits, labels):
    X, y = digits
    y_named = np.asarray(labels)[y]
    cnn = small_cnn().fit(X, y_named)
    assert_array_equal(cnn.classes_, np.unique(y_named))
    assert cnn.predict(X).dtype == y_named.dtype
    assert cnn.score(X, y_named) > 0.5


def test_feature_names(digits):
    X, y = digits
    frame = pd.DataFrame(X, columns=[f"pixel{i}" for i in range(64)])
    cnn = small_cnn().fit(frame, y)
    assert list(cnn.feature_names_in_) == list(frame.columns)
    assert_array_equal(cnn.predict_proba(frame), small_cnn().fit(X, y).predict_proba(X))


def test_rows_of_weight_zero_count_as_absent(digits):
    X, y = digits
    weights = np.ones(len(X))
    weights[::3] = 0
    kept = weights > 0
    weighted = small_cnn().fit(X, y, sample_weight=weights)
    assert_equal_weights(weighted, small_cnn().fit(X[kept], y[kept]))


def test_weights_equal_repeated_rows(digits):
    """In the full batch, up to the order of float32 sums."""
    X, y = digits
    X, y = X[:100], y[:100]
    counts = np.random.RandomState(0).randint(1, 4, len(X))
    params = {
        "optimizer": "sgd",
        "learning_rate": 0.1,
        "batch_size": 10_000,
        "max_epochs": 20,
        "precision": "float32",
        "schedule": "constant",
    }
    weighted = small_cnn(**params).fit(X, y, sample_weight=counts)
    repeated = small_cnn(**params).fit(np.repeat(X, counts, axis=0), y.repeat(counts))
    unweighted = small_cnn(**params).fit(X, y)
    expected = repeated.predict_proba(X)
    assert_allclose(weighted.predict_proba(X), expected, atol=1e-5)
    assert abs(unweighted.predict_proba(X) - expected).max() > 1e-3


def test_balanced_classes_do_not_count_rows_of_weight_zero(digits):
    X, y = digits
    weights = np.where((y == 3) & (np.arange(len(y)) % 2 == 0), 0.0, 1.0)
    kept = weights > 0
    weighted = small_cnn(class_weight="balanced").fit(X, y, weights)
    absent = small_cnn(class_weight="balanced").fit(X[kept], y[kept])
    assert_equal_weights(weighted, absent)


@pytest.mark.parametrize("scale", [1e-300, 1e300])
def test_only_ratios_of_weights_count(digits, scale):
    X, y = digits
    weighted = small_cnn().fit(X, y, np.full(len(X), scale))
    assert_equal_weights(weighted, small_cnn().fit(X, y))


@pytest.mark.parametrize("weight", [-1, np.nan, np.inf])
def test_bad_class_weights(digits, weight):
    with pytest.raises(ValueError, match="finite and not negative"):
        small_cnn(class_weight={1: weight}).fit(*digits)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"kernel_size": (3, 3)}, "a size for each of the 1 blocks"),
        ({"kernel_size": (0,)}, "integers of at least 1"),
        ({"kernel_size": 9, "stem_padding": "valid"}, r"must fit into .* \(8, 8\)"),
        (
            {
                "conv_blocks": ((), (4,)),
                "kernel_size": 5,
                "stem_padding": "valid",
                "global_pooling": True,
            },
            r"must fit into .* \(4, 4\)",
        ),
    ],
)
def test_kernels_that_do_not_fit(digits, params, message):
    with pytest.raises(ValueError, match=message):
        small_cnn(**{"conv_blocks": ((4,),), **params}).fit(*digits)


def test_numpy_integers_are_integers(digits):
    # Not in the other order: an equal network may be there, made of plain integers.
    params = {"kernel_size": np.int64(2), "stem_stride": np.int64(3)}
    cnn = small_cnn(**params, conv_blocks=((np.int64(5),),)).fit(*digits)
    plain = small_cnn(kernel_size=2, stem_stride=3, conv_blocks=((5,),)).fit(*digits)
    assert_equal_weights(cnn, plain)


def test_class_weight_is_a_sample_weight(digits):
    X, y = digits
    class_weight = {label: 1 + label for label in range(10)}
    first = small_cnn(class_weight=class_weight).fit(X, y)
    second = small_cnn().fit(X, y, sample_weight=1.0 + y)
    assert_equal_weights(first, second)


def test_verbose_prints_a_line_an_epoch(digits, capfd):
    small_cnn().fit(*digits)
    assert capfd.readouterr() == ("", "")
    small_cnn(verbose=1).fit(*digits)
    out, err = capfd.readouterr()
    first, second = out.splitlines()
    assert re.fullmatch(
        r"Epoch 1: loss [\d.]+, learning rate [\d.e-]+, [\d.]+ s", first
    )
    assert second.startswith("Epoch 2: ")
    assert err == ""


@pytest.mark.parametrize(
    "copy_of",
    [
        lambda cnn, path: pickle.loads(pickle.dumps(cnn)),
        lambda cnn, path: copy.deepcopy(cnn),
        lambda cnn, path: joblib.load(joblib.dump(cnn, path / "cnn.joblib")[0]),
        lambda cnn, path: joblib.load(
            joblib.dump(cnn, path / "cnn.joblib")[0], mmap_mode="r"
        ),
    ],
    ids=["pickle", "deepcopy", "joblib", "joblib mmap"],
)
def test_copies_predict_the_same(fitted, digits, tmp_path, copy_of):
    other = copy_of(fitted, tmp_path)
    assert_array_equal(other.predict_proba(digits[0]), fitted.predict_proba(digits[0]))
    assert other.get_params() == fitted.get_params()


def test_state_is_plain_data(fitted):
    plain = (bool, int, float, str, tuple, list, dict, np.ndarray, type(None))
    state = fitted.__getstate__()
    assert {
        name: value for name, value in state.items() if type(value) not in plain
    } == {}
    assert len(pickle.dumps(fitted)) < 30_000


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (architecture(conv_blocks=((9,),)), "ask for weights of the shapes"),
        ({"n_features_in_": 63}, "has 64 pixels, but X has 63 features"),
        ({"classes_": np.array([1])}, "at least 2 classes; got 1 class: 1"),
        ({"classes_": [1, 2]}, "must be a 1D array"),
        (architecture(kernel_size="3"), "'kernel_size' parameter"),
        (architecture(conv_blocks=((True, "8"),)), "must be integers"),
        ({"predict": 3}, r"cannot hold \['predict'\]"),
        ({"image_shape_": None, "n_features_in_": 63}, "ask for weights"),
        ({"classes_": np.arange(10)[::-1]}, "must be sorted"),
        ({"weights_": None}, "must be a list"),
        ({"weights_": []}, r"got \[\]"),
        (architecture(conv_blocks=((10**12,),)), "ask for weights of the shapes"),
    ],
)
def test_broken_states_are_refused(fitted, change, message):
    with pytest.raises(ValueError, match=message):
        small_cnn().__setstate__({**fitted.__getstate__(), **change})


def test_state_that_lacks_something_is_refused(fitted):
    state = fitted.__getstate__()
    del state["classes_"]
    with pytest.raises(ValueError, match=r"lacks \['classes_'\]"):
        small_cnn().__setstate__(state)


@pytest.mark.parametrize(
    "change",
    [{"activation": "tanh"}, {"conv_blocks": ((9,),)}, {"max_epochs": 0}],
)
def test_parameters_changed_after_fit_wait_for_the_next_fit(digits, change):
    cnn = small_cnn().fit(*digits)
    expected = cnn.predict_proba(digits[0])
    cnn.set_params(**change)
    other = pickle.loads(pickle.dumps(cnn))
    assert_array_equal(other.predict_proba(digits[0]), expected)
    assert other.get_params() == cnn.get_params()


@pytest.mark.parametrize(
    "spoil",
    [lambda a: a.astype(np.float64), lambda a: np.full_like(a, np.nan)],
    ids=["float64", "NaN"],
)
def test_broken_weights_are_refused(fitted, spoil):
    state = fitted.__getstate__()
    state["weights_"] = [spoil(array) for array in state["weights_"]]
    with pytest.raises(ValueError, match=r"weights of .* must be finite float32"):
        small_cnn().__setstate__(state)


def test_unfitted_copies(digits):
    cnn = small_cnn(random_state=1)
    assert clone(cnn).get_params() == cnn.get_params()
    assert pickle.loads(pickle.dumps(cnn)).get_params() == cnn.get_params()


PREDICT_WITHOUT_TENSORFLOW = """
import sys
for name in ("tensorflow", "keras"):
    sys.modules[name] = None  # importing it raises ImportError
import joblib, numpy as np
pipeline = joblib.load(sys.argv[1])
X = np.load(sys.argv[2])
np.save(sys.argv[3], pipeline.predict_proba(X))
try:
    pipeline.fit(X, np.arange(len(X)) % 2)
except ImportError as error:
    print(error)
"""


def test_pipeline_predicts_where_tensorflow_cannot_be_imported(digits, tmp_path):
    X, y = digits
    pipeline = make_pipeline(PixelScaler(), small_cnn()).fit(X, y)
    paths = [tmp_path / name for name in ("pipeline.joblib", "X.npy", "out.npy")]
    joblib.dump(pipeline, paths[0])
    np.save(paths[1], X)
    done = subprocess.run(
        [sys.executable, "-c", PREDICT_WITHOUT_TENSORFLOW, *map(str, paths)],
        check=True,
        capture_output=True,
        text=True,
    )
    assert_array_equal(np.load(paths[2]), pipeline.predict_proba(X))
    assert 'pip install ".[tensorflow]"' in done.stdout


ONE_FIT = """
import sys
import joblib, numpy as np
from skdigits.neural_network import KerasClassifier, KerasCNNClassifier
from skdigits.neural_network._precision import resolve_precision
X, y = joblib.load(sys.argv[1])
params = dict(max_epochs=1, batch_size=200, random_state=0)
cnn = KerasCNNClassifier(**params).fit(X, y)

def build(image_shape, n_classes):
    from keras import layers
    return [layers.SeparableConv2D(4, 3), layers.Flatten(), layers.Dense(n_classes)]

built = KerasClassifier(build, **params).fit(X, y)
joblib.dump(cnn.weights_ + built.weights_, sys.argv[2])
"""


@pytest.fixture(scope="module")
def first_fits(digits, tmp_path_factory):
    """What processes print in which one thread fits, and two; and the weights."""
    folder = tmp_path_factory.mktemp("first fits")
    data = joblib.dump(digits, folder / "digits.joblib")[0]
    fits = []
    for n_threads in ("1", "2"):
        out = str(folder / n_threads)
        done = subprocess.run(
            [sys.executable, "-c", ONE_FIT, data, out],
            check=True,
            capture_output=True,
            text=True,
            env={**os.environ, "OMP_NUM_THREADS": n_threads},
        )
        fits.append((done.stdout + done.stderr, joblib.load(out)))
    return fits


@pytest.mark.slow
def test_first_fit_of_a_process_prints_nothing(first_fits):
    assert [printed for printed, _ in first_fits] == ["", ""]


@pytest.mark.slow
def test_weights_do_not_depend_on_the_number_of_cores(first_fits):
    for array, other in zip(*(weights for _, weights in first_fits), strict=True):
        assert_array_equal(array, other)


ONES = np.ones((4, 16), dtype=np.float32)
TARGETS = np.array([0, 1, 0, 1])


@pytest.mark.parametrize(
    ("params", "X", "y", "error", "message"),
    [
        (
            {"image_shape": (4, 5)},
            ONES,
            TARGETS,
            ValueError,
            r"image_shape=\(4, 5\) has 20 pixels, but X has 16 features",
        ),
        ({}, np.ones((4, 4, 4, 3)), TARGETS, ValueError, "got 3 channels"),
        ({}, ONES.astype(str), TARGETS, TypeError, "Pixels must be numbers"),
        ({}, np.full_like(ONES, np.nan), TARGETS, ValueError, "contains NaN"),
        ({}, np.full((4, 16), 1e300), TARGETS, ValueError, "too large for"),
        ({}, ONES, np.zeros(4), ValueError, "at least 2 classes; got 1 class"),
        (
            {},
            ONES,
            TARGETS[:3],
            ValueError,
            r"inconsistent numbers of samples: \[4, 3\]",
        ),
        ({}, ONES, TARGETS + 0.5, ValueError, "Unknown label type: continuous"),
        ({}, ONES[:0], TARGETS[:0], ValueError, r"0 sample\(s\)"),
        ({"conv_blocks": (32, 64)}, ONES, TARGETS, ValueError, "got conv_blocks="),
        ({"conv_blocks": ((0,),)}, ONES, TARGETS, ValueError, "at least 1"),
        ({"dense_units": (2.5,)}, ONES, TARGETS, ValueError, "got dense_units="),
        ({"dropout": 1.0}, ONES, TARGETS, ValueError, "'dropout' parameter"),
        (
            {"learning_rate": 1e30, "optimizer": "sgd", "schedule": "constant"},
            ONES * np.arange(4)[:, np.newaxis],
            TARGETS,
            ValueError,
            "Training diverged in epoch",
        ),
    ],
)
@pytest.mark.filterwarnings("ignore:overflow encountered in cast:RuntimeWarning")
def test_bad_input(params, X, y, error, message):
    with pytest.raises(error, match=message):
        KerasCNNClassifier(**params).fit(X, y)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (np.zeros(4), "zero"),
        (np.array([1.0, -1, 1, 1]), "[Nn]egative"),
        (np.ones(3), r"sample_weight.shape == \(3,\)"),
        (np.array([1.0, 0, 1, 0]), "at least 2 classes; got 1 class"),
    ],
)
def test_bad_sample_weights(weights, message):
    with pytest.raises(ValueError, match=message):
        small_cnn().fit(ONES, TARGETS, sample_weight=weights)


def test_predict_refuses_images_of_another_shape(fitted):
    with pytest.raises(
        ValueError, match=r"shape \(4, 16\), but images of shape \(8, 8"
    ):
        fitted.predict(np.ones((2, 4, 16)))
    with pytest.raises(
        ValueError, match="63 features, but KerasCNNClassifier is expec"
    ):
        fitted.predict(np.ones((2, 63)))


def test_predict_checks_every_kind_of_array(fitted, digits):
    X = digits[0][:3]
    expected = fitted.predict_proba(X)
    for same in (X.astype(float), X.tolist(), np.asfortranarray(X), X.astype(">f4")):
        assert_array_equal(fitted.predict_proba(same), expected)
    for pixel in (np.nan, np.inf, -np.inf):
        spoilt = X.copy()
        spoilt[1, 2] = pixel
        with pytest.raises(ValueError, match=r"contains (NaN|infinity)"):
            fitted.predict(spoilt)
    with pytest.raises(ValueError, match=r"0 sample\(s\)"):
        fitted.predict(X[:0])
    with pytest.raises(ValueError, match="Expected an array of images"):
        fitted.predict(X[0])
    huge = np.full_like(X, np.finfo(np.float32).max)
    with pytest.raises(ValueError, match="pixels are too large"):
        fitted.predict_proba(huge)


@pytest.mark.parametrize("n_features", [1, 2, 3, 10])
def test_any_number_of_pixels_is_an_image(n_features):
    X = np.random.RandomState(0).rand(20, n_features)
    cnn = KerasCNNClassifier(max_epochs=1).fit(X, np.arange(20) % 2)
    assert cnn.predict_proba(X).shape == (20, 2)


FORK = """
import os
import numpy as np
import tensorflow as tf
tf.constant(1) + tf.constant(1)
X = np.random.RandomState(0).rand(20, 16).astype("float32")
y = np.arange(20) % 2

def in_a_fork(function):
    if os.fork() == 0:
        try:
            function()
        except RuntimeError as error:
            print(error, flush=True)
        os._exit(0)
    os.wait()

def import_and_fit():
    from skdigits.neural_network import KerasCNNClassifier
    KerasCNNClassifier(max_epochs=1).fit(X, y)

def predict_and_fit():
    same = (cnn.predict_proba(many)[::20] == cnn.predict_proba(X)).all()
    print(same, end=" ", flush=True)
    cnn.fit(X, y)

if os.path.exists("/proc/self/task"):  # elsewhere nothing tells of such a fork
    in_a_fork(import_and_fit)
from skdigits.neural_network import KerasCNNClassifier
cnn = KerasCNNClassifier(max_epochs=1).fit(X, y)
many = np.repeat(X, 20, axis=0)
cnn.predict_proba(many)
in_a_fork(predict_and_fit)
"""


def run_python(code, **environment):
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, **environment},
    )


SMALL_FIT = """
import numpy as np
from skdigits.neural_network import KerasMLPClassifier
X = np.random.RandomState(0).rand(20, 16).astype("float32")
try:
    KerasMLPClassifier(max_epochs=1).fit(X, np.arange(20) % 2)
except RuntimeError as error:
    print(error)
else:
    print("fitted")
"""


@pytest.mark.slow
def test_another_backend_of_keras_is_refused():
    assert (
        "Set the environment variable KERAS_BACKEND=tensorflow before"
        in run_python(SMALL_FIT, KERAS_BACKEND="numpy").stdout
    )


FIT = """
import numpy as np
from skdigits.neural_network import KerasCNNClassifier
X = np.random.RandomState(0).rand(40, 16).astype("float32")
cnn = KerasCNNClassifier(max_epochs=1, batch_norm=True, dropout=0.1, random_state=0)
weights = [array.tolist() for array in cnn.fit(X, np.arange(40) % 2).weights_]
"""


@pytest.mark.slow
def test_settings_of_keras_and_a_missing_standard_error_do_not_matter():
    settings = """
import sys
sys.stderr = None
import keras
keras.config.set_image_data_format("channels_first")
keras.config.set_floatx("float16")
keras.config.set_dtype_policy("mixed_float16")
"""
    here = {}
    exec(FIT, here)
    done = run_python(settings + FIT + "print(weights)")
    assert done.stdout == f"{here['weights']}\n"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")
def test_forked_processes_predict_but_refuse_to_train():
    """Also those that were forked before skdigits was imported."""
    *before, after = run_python(FORK).stdout.splitlines()
    assert len(before) == Path("/proc/self/task").exists()
    assert all("This process was forked" in said for said in before)
    assert after.startswith("True This process was forked")
    assert "'loky'" in after


def test_only_one_module_imports_tensorflow():
    package = Path(sys.modules["skdigits"].__file__).parent
    statement = re.compile(r"^\s*(import|from)\s+(keras|tensorflow)\b", re.MULTILINE)
    importing = [
        path.name
        for path in package.rglob("*.py")
        if statement.search(path.read_text())
    ]
    assert importing == ["_keras_process.py"]


def decode(value):
    match value:
        case {"array": items, "dtype": dtype}:
            return np.array(items, dtype=dtype)
        case {"tuple": items}:
            return tuple(map(decode, items))
        case {"dict": items}:
            return {key: decode(item) for key, item in items}
        case list():
            return list(map(decode, value))
    return value


@pytest.mark.parametrize("name", [path.name for path in STATES.glob("*.json")])
def test_states_of_released_versions_load(digits, name):
    """Never rewrite these files: users have saved such states."""
    X, _ = digits
    stored = json.loads((STATES / name).read_text())
    cnn = KerasCNNClassifier.__new__(KerasCNNClassifier)
    cnn.__setstate__(decode(stored["state"]))
    assert_allclose(cnn.predict_proba(X[:5]), stored["probabilities"], atol=1e-6)
    assert KerasCNNClassifier(**cnn.get_params()).get_params() == cnn.get_params()
    n_iter = cnn.n_iter_
    cnn.fit(X, cnn.classes_[digits[1]])  # a warm start
    assert cnn.n_iter_ > n_iter


def test_state_without_a_parameter_that_came_later_gets_its_default(fitted, digits):
    state = fitted.__getstate__()
    del state["label_smoothing"]
    cnn = KerasCNNClassifier.__new__(KerasCNNClassifier)
    cnn.__setstate__(state)
    assert cnn.label_smoothing == 0
    assert_array_equal(cnn.predict(digits[0]), fitted.predict(digits[0]))

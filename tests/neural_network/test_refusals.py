"""What networks cannot do ends in a sentence, before anything large is built."""

import subprocess
import sys
import warnings

import numpy as np
import pandas as pd
import pytest

from skdigits.augmentation import AugmentedPredictionClassifier
from skdigits.neural_network import (
    KerasCNNClassifier,
    KerasMLPClassifier,
    NumpyMLPClassifier,
    RandomFeaturesClassifier,
)

MIXED = [0, "a"] * 300
ALL = [
    NumpyMLPClassifier(max_epochs=1),
    KerasMLPClassifier((8,), max_epochs=1),
    RandomFeaturesClassifier(8),
    AugmentedPredictionClassifier(NumpyMLPClassifier(max_epochs=1)),
]


@pytest.mark.parametrize("clf", ALL, ids=lambda clf: type(clf).__name__)
@pytest.mark.parametrize("as_type", [list, pd.Series, lambda y: np.array(y, object)])
def test_strings_and_numbers_as_labels(clf, as_type, digits):
    X, _ = digits
    with pytest.raises(ValueError, match="found both, for instance 'a' and 0"):
        clf.fit(X, as_type(MIXED))


def test_labels_of_one_kind(digits):
    X, y = digits
    texts = [str(label) for label in y]
    for labels in (texts, np.array(texts, object), pd.Series(texts), y.tolist()):
        clf = NumpyMLPClassifier(max_epochs=1).fit(X, labels)
        assert type(clf.predict(X[:1])[0]) is type(np.asarray(labels)[0])


def fitted_numpy(X, y):
    return NumpyMLPClassifier((8,), max_epochs=1, random_state=0).fit(X, y)


def fitted_keras(X, y):
    return KerasMLPClassifier((8,), max_epochs=1, random_state=0).fit(X, y)


@pytest.mark.parametrize(
    "fit",
    [fitted_numpy, pytest.param(fitted_keras, marks=pytest.mark.tensorflow)],
)
def test_pixels_that_overflow_the_layers(fit, digits):
    clf = fit(*digits)
    huge = np.full((40, 64), 3e38, np.float32)
    mixed = np.concatenate([digits[0][:40], -huge])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for method in (clf.predict_proba, clf.predict_log_proba, clf.predict):
            for X in (huge, mixed):
                with pytest.raises(ValueError, match=r"up to 3e\+38 in absolute"):
                    method(X)
    assert np.isfinite(clf.predict_proba(digits[0] * 1e6)).all()


# Before the check, they took all memory.
LARGE = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (4 * 2**30, 4 * 2**30))
import numpy as np
from skdigits import neural_network
X = np.random.default_rng(0).random((20, 64), dtype=np.float32)
clf = getattr(neural_network, sys.argv[1])(**eval(sys.argv[2]))
try:
    clf.fit(X, np.arange(20) % 2)
except ValueError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs limits of POSIX")
@pytest.mark.parametrize(
    ("kind", "params"),
    [
        (NumpyMLPClassifier, {"hidden_layer_sizes": (10**7,)}),
        (KerasMLPClassifier, {"hidden_layer_sizes": (10**7,)}),
        (KerasCNNClassifier, {"dense_units": (10**30,)}),
    ],
)
def test_networks_that_are_too_large(kind, params):
    said = subprocess.run(
        [sys.executable, "-c", LARGE, kind.__name__, repr(params)],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert f"This {kind.__name__} would have " in said.stdout
    assert "weights; at most 500,000,000 are supported" in said.stdout


@pytest.mark.tensorflow
def test_graph_mode_and_strategies(digits):
    import tensorflow as tf

    clf = KerasMLPClassifier((8,), max_epochs=1).fit(*digits)
    expected = clf.predict_proba(digits[0])
    for scope, message in (
        (tf.Graph().as_default(), "TensorFlow is in graph mode"),
        (tf.distribute.OneDeviceStrategy("/cpu:0").scope(), "a OneDeviceStrategy"),
        (tf.distribute.MirroredStrategy(["/cpu:0"]).scope(), "a MirroredStrategy"),
    ):
        with scope:
            for fit in (clf.fit, clf.partial_fit):
                with pytest.raises(RuntimeError, match=message):
                    fit(*digits)
            np.testing.assert_array_equal(clf.predict_proba(digits[0]), expected)
    clf.fit(*digits)


WITHOUT_EAGER = """
import tensorflow as tf
tf.compat.v1.disable_eager_execution()
import numpy as np
from skdigits.neural_network import KerasMLPClassifier
try:
    KerasMLPClassifier((8,)).fit(np.eye(16), np.arange(16) % 2)
except RuntimeError as error:
    print(error)
"""


@pytest.mark.tensorflow
def test_without_eager_execution():
    said = subprocess.run(
        [sys.executable, "-c", WITHOUT_EAGER],
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    assert "train in a process in which it is not" in said.stdout


USED_BEFORE = """
import sys, warnings
warnings.simplefilter("always")
import tensorflow as tf
if sys.argv[1] == "one thread":
    tf.config.threading.set_intra_op_parallelism_threads(1)
tf.constant(1.0) + 1
import numpy as np
from skdigits.neural_network import KerasCNNClassifier
X, y = np.load(sys.argv[2]).values()
for seed in (None, 0, 1):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        clf = KerasCNNClassifier(max_epochs=1, random_state=seed).fit(X, y)
    print(len([w for w in caught if "TensorFlow was started" in str(w.message)]))
np.savez(sys.argv[2], *clf.weights_)
"""


@pytest.mark.tensorflow
@pytest.mark.parametrize(
    ("threads", "counts"), [("default", [0, 1, 0]), ("one thread", [0, 0, 0])]
)
def test_equal_seeds_give_equal_weights_or_a_warning(threads, counts, digits, tmp_path):
    np.savez(tmp_path / "a.npz", *digits)
    said = subprocess.run(
        [sys.executable, "-c", USED_BEFORE, threads, tmp_path / "a.npz"],
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    assert [int(count) for count in said.stdout.split()] == counts
    if not any(counts):
        here = KerasCNNClassifier(max_epochs=1, random_state=1).fit(*digits)
        with np.load(tmp_path / "a.npz") as there:
            for array, other in zip(here.weights_, there.values(), strict=True):
                np.testing.assert_array_equal(array, other)

"""The network that comes with the package."""

import hashlib
import re
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from skops.io import get_untrusted_types

from skdigits.datasets import fetch_mnist, load_digits
from skdigits.persistence import load_pretrained
from skdigits.preprocessing import DigitNormalizer
from synthetic.other_hands import CHANGES, write_otherwise

FILE = Path(str(files("skdigits.persistence") / "pretrained" / "mnist.skops"))
CARD = Path(__file__).parents[2] / "docs" / "user_guide" / "pretrained.rst"


@pytest.fixture(scope="module")
def model():
    return load_pretrained("mnist")


@pytest.fixture(scope="module")
def mnist_test(mnist_home):
    return fetch_mnist(subset="test", data_home=mnist_home, return_X_y=True)


@pytest.fixture(scope="module")
def probabilities(model, mnist_test):
    return model.predict_proba(mnist_test[0])


def on_card(pattern):
    return re.search(pattern, CARD.read_text(encoding="utf-8")).group(1)


def test_file_is_small_and_the_one_that_the_card_describes():
    content = FILE.read_bytes()
    assert len(content) < 1_500_000
    assert hashlib.sha256(content).hexdigest() == on_card(r"``([0-9a-f]{64})``")


def test_file_holds_nothing_but_the_two_estimators():
    assert get_untrusted_types(file=FILE) == [
        "skdigits.neural_network._cnn.KerasCNNClassifier",
        "skdigits.preprocessing._pixel_scaler.PixelScaler",
    ]


def test_reads_the_digits_of_mnist_as_well_as_the_card_says(probabilities, mnist_test):
    accuracy = np.mean(probabilities.argmax(axis=1) == mnist_test[1])
    assert accuracy >= 0.9965
    # Another processor may round one of the 10,000 to the other side.
    assert abs(accuracy - float(on_card(r"\*\*([0-9.]+) %\*\*")) / 100) <= 1e-4


def test_is_as_sure_as_it_is_right(probabilities, mnist_test):
    sureness = probabilities.max(axis=1)
    correct = probabilities.argmax(axis=1) == mnist_test[1]
    bins = (sureness * 14.999).astype(int)
    assert np.abs(np.bincount(bins, sureness - correct)).sum() / len(bins) <= 0.003
    surest = np.argsort(-sureness, kind="stable")[:9_900]
    assert np.mean(~correct[surest]) <= 0.0015


def test_reads_what_was_framed_by_others(model, mnist_test):
    X, y = mnist_test[0][:1000], mnist_test[1][:1000]
    on_paper = 230 - X.reshape(-1, 28, 28).repeat(3, axis=1).repeat(3, axis=2) * 0.7
    off_centre = np.pad(on_paper, ((0, 0), (10, 40), (60, 5)), constant_values=230)
    assert model.score(DigitNormalizer().fit_transform(off_centre), y) >= 0.97


def test_reads_the_digits_of_8x8_pixels(model):
    X, y = load_digits(return_X_y=True)
    framed = DigitNormalizer(polarity="bright").fit_transform(X)
    assert model.score(framed, y) >= 0.97


def test_reads_digits_that_are_written_otherwise(model, mnist_test):
    X, y = mnist_test[0][:2000].reshape(-1, 28, 28), mnist_test[1][:2000]
    changed = np.isin(y, list(CHANGES))
    images = write_otherwise(X, y, 1.0, np.random.RandomState(0))
    assert not np.array_equal(images[changed], X[changed])
    np.testing.assert_array_equal(images[~changed], X[~changed])
    assert model.score(images[changed], y[changed]) >= 0.97


def test_each_call_gives_a_new_model(model):
    other = load_pretrained()
    assert other is not model
    other[-1].weights_[0][:] = 0
    other[-1].classes_[:] = 9
    assert model[-1].weights_[0].any()
    np.testing.assert_array_equal(model.classes_, np.arange(10))


def test_takes_images_of_unsigned_bytes_in_every_shape(model):
    images = np.random.RandomState(0).randint(0, 256, (3, 28, 28), dtype=np.uint8)
    expected = model.predict_proba(images)
    assert expected.shape == (3, 10)
    for given in (images.reshape(3, -1), images[..., np.newaxis], images.astype(float)):
        np.testing.assert_allclose(model.predict_proba(given), expected, atol=1e-6)


@pytest.mark.parametrize(
    ("change", "advice"),
    [
        (lambda X: X / 255, r"X \* \(255 / X\.max\(\)\)"),
        (lambda X: X > 127, r"X \* \(255 / X\.max\(\)\)"),
        (lambda X: 255 - X, "255 - X"),
    ],
    ids=["0 to 1", "booleans", "inverted"],
)
def test_images_that_it_would_misread_are_warned_of(model, mnist_test, change, advice):
    X, y = mnist_test[0][:1000], mnist_test[1][:1000]
    with pytest.warns(UserWarning, match=advice) as caught:
        accuracy = model.score(change(X), y)
    assert accuracy < 0.25
    assert len(caught) == 1
    with pytest.warns(UserWarning, match=advice):
        model.predict(change(X[:1]))


def test_digits_of_mnist_are_not_warned_of_one_by_one(model, mnist_test):
    for image in mnist_test[0][::10]:
        model[0].transform(image[np.newaxis])


def test_unknown_name_is_refused_with_those_there_are():
    with pytest.raises(ValueError, match=r"network 'emnist'; there are: mnist\."):
        load_pretrained("emnist")


WITHOUT_TENSORFLOW = """
import sys
for name in ("tensorflow", "keras"):
    sys.modules[name] = None  # importing it raises ImportError
import numpy as np
from skdigits.persistence import load_pretrained
print(load_pretrained().predict(np.zeros((2, 28, 28), np.uint8)).shape)
"""


def test_needs_no_tensorflow():
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_TENSORFLOW],
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout == "(2,)\n"

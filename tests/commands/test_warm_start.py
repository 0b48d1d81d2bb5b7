"""``skdigits train --warm-start``: going on from a saved network."""

import re

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from typer.testing import CliRunner

from skdigits._commands import _train, _warm_start
from skdigits._commands._labelled_images import LabelledImages
from skdigits._commands._test_images import sha256_of
from skdigits.augmentation import AugmentedClassifier
from skdigits.cli import app
from skdigits.datasets import load_digits
from skdigits.neural_network import KerasMLPClassifier
from skdigits.persistence import inspect_model, load_model, save_model
from skdigits.preprocessing import PixelScaler

pytestmark = [pytest.mark.tensorflow, pytest.mark.slow]


def run(*arguments):
    return CliRunner().invoke(app, ["train", *map(str, arguments)])


def write(path, X, y):
    names = ",".join(["label", *(f"pixel{i}" for i in range(X.shape[1]))])
    table = np.column_stack([y, X])
    np.savetxt(path, table, "%d", delimiter=",", header=names, comments="")
    return path


@pytest.fixture(scope="module")
def digits():
    return load_digits(return_X_y=True)


@pytest.fixture(scope="module")
def model(digits, tmp_path_factory):
    X, y = digits
    network = KerasMLPClassifier((64,), max_epochs=20, random_state=0)
    pipeline = make_pipeline(PixelScaler(), network).fit(X, y)
    return save_model(pipeline, tmp_path_factory.mktemp("models") / "model.skops")


@pytest.fixture(scope="module")
def other_hand(digits, tmp_path_factory):
    """Digits that are half a pixel wider, of strokes that are fainter."""
    X, y = digits
    images = X.reshape(-1, 8, 8).astype(int)
    wider = (images + np.roll(images, 1, axis=2)).reshape(-1, 64) // 2
    return write(tmp_path_factory.mktemp("data") / "other.csv", wider[:400], y[:400])


@pytest.fixture(scope="module")
def no_networks(digits, tmp_path_factory):
    """Models that cannot go on."""
    folder = tmp_path_factory.mktemp("models")
    network = KerasMLPClassifier((), max_epochs=1)
    models = {
        "bayes": GaussianNB(),
        # It has a learning rate and a warm start, but grows no further.
        "boosted": HistGradientBoostingClassifier(max_iter=1),
        # It fits a clone, which starts anew.
        "cloned": AugmentedClassifier(network, random_state=0),
    }
    X, y = digits
    return {
        name: save_model(model.fit(X[:200], y[:200]), folder / f"{name}.skops")
        for name, model in models.items()
    }


def test_corrections_count_and_little_is_forgotten(model, other_hand, digits, tmp_path):
    output = tmp_path / "new.skops"
    options = "--data", other_hand, "--model", model, "--warm-start"
    shown = run(*options, "--mix-in", "digits", "--output", output)
    assert shown.exit_code == 0, shown.output
    assert "300 images to train on, 100 to test on." in shown.stdout
    assert "2,097 images to train on with those of digits." in shown.stdout
    before, after = map(float, re.findall(r"held out.*?: ([\d.]+)%", shown.stdout))
    assert after > before + 4
    known, found = (load_model(path) for path in (model, output))
    assert found.score(*digits) > known.score(*digits) - 0.02
    # Parameters are those of before; weights are not.
    assert found[-1].get_params() == known[-1].get_params()
    metadata = inspect_model(output)["metadata"]
    assert metadata["test_accuracy"] == pytest.approx(after / 100)
    expected = {"model": "model.skops", "warm_start": True, "mix_in": "digits"}
    assert expected.items() <= metadata.items()
    # The same images are held out by `evaluate`.
    arguments = "evaluate", str(output), "--data", str(other_hand)
    tested = CliRunner().invoke(app, arguments)
    assert f"Accuracy {after:.2f}%" in tested.stdout


def test_it_goes_on_from_the_weights_and_slowly(
    model, other_hand, tmp_path, monkeypatch
):
    seen = []
    fit = KerasMLPClassifier.fit

    def noting(self, X, y):
        seen.append((self.warm_start, self.learning_rate, self.weights_[0].copy()))
        return fit(self, X, y)

    def not_again(*_):
        raise AssertionError("other values would come to the same weights")

    monkeypatch.setattr(KerasMLPClassifier, "fit", noting)
    monkeypatch.setattr(PixelScaler, "fit", not_again)
    options = "--data", other_hand, "--model", model, "--warm-start"
    assert run(*options, "--output", tmp_path / "new.skops").exit_code == 0
    ((is_warm, rate, weights),) = seen
    known = load_model(model)[-1]
    assert is_warm
    assert rate == pytest.approx(known.learning_rate / _warm_start.SLOWER)
    np.testing.assert_array_equal(weights, known.weights_[0])


def test_the_pretrained_network_goes_on(digits, tmp_path, monkeypatch):
    """The guide trains it."""
    X, y = digits
    monkeypatch.setattr(_train, "_fit", lambda *_: 0.0)
    output = tmp_path / "new.skops"
    data = write(tmp_path / "few.csv", X[:60], y[:60])
    shown = run("--data", data, "--warm-start", "--output", output)
    assert shown.exit_code == 0, shown.output
    metadata = inspect_model(output)["metadata"]
    assert (metadata["model"], metadata["image_shape"]) == ("pretrained", [28, 28])
    assert (metadata["box_size"], metadata["white_level"]) == (20, 255)


@pytest.mark.parametrize("test_size", [0.3, None])
def test_what_a_model_was_trained_on_is_kept(
    model, other_hand, digits, test_size, tmp_path, monkeypatch
):
    monkeypatch.setattr(_train, "_fit", lambda *_: 0.0)
    X, y = digits
    record = {"sha256": sha256_of(LabelledImages(X, y, (8, 8))), "seed": 5}
    record["test_size"] = test_size
    if test_size is None:
        record["seed"], metadata = None, {}
    else:
        metadata = {"held_out": record}
    known = save_model(load_model(model), tmp_path / "m.skops", metadata=metadata)
    new = tmp_path / "new.skops"
    options = "--warm-start", "--model", known, "--data", other_hand
    shown = run(*options, "--mix-in", "digits", "--output", new)
    assert shown.exit_code == 0, shown.output
    assert inspect_model(new)["metadata"]["trained_on"] == [record]
    # What was held out is not mixed in.
    n_images = 300 + (1257 if test_size else 1797)
    assert f"{n_images:,} images to train on with those of" in shown.stdout
    evaluated = CliRunner().invoke(app, ["evaluate", str(new), "--data", "digits"])
    if test_size:
        assert "digits, images held out in training: 540" in evaluated.stdout
    else:
        assert evaluated.exit_code == 1
        assert "trained on 'digits', of which nothing was held out" in evaluated.stderr
    checked = CliRunner().invoke(app, ["check-labels", "--fitted", "--model", str(new)])
    assert checked.exit_code == 1
    assert "was trained on a part of 'digits'" in checked.stderr


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--model", "knn", "--warm-start"], "--warm-start goes on from a saved"),
        (["--warm-start", "--augment"], "leave --search and --augment out"),
        (["--model", "{model}", "--mix-in", "digits"], "--mix-in is for --warm-start"),
        (["--model", "{bayes}", "--warm-start"], "has no network to start from"),
        (["--model", "{boosted}", "--warm-start"], "has no network to start from"),
        (["--model", "{cloned}", "--warm-start"], "has no network to start from"),
        (
            ["--model", "{model}", "--warm-start", "--data", "{few}"],
            "needs images of each of them and of no others. Missing or new: "
            "2, 3, 4, 5, 6, 7, 8, 9. Name more images with --mix-in.",
        ),
    ],
)
def test_errors(options, message, model, no_networks, digits, tmp_path):
    X, y = digits
    few = write(tmp_path / "few.csv", X[y < 2], y[y < 2])
    names = {"model": model, "few": few, **no_networks}
    options = [option.format(**names) for option in options]
    shown = run(*options, "--output", tmp_path / "new.skops")
    assert shown.exit_code == 1, shown.output
    assert message in shown.stderr
    assert not (tmp_path / "new.skops").exists()

import zipfile

import numpy as np
import pytest
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC
from skops.io import dump
from typer.testing import CliRunner

from skdigits._commands import _demo, _model_option
from skdigits._commands._data_option import DIGITS
from skdigits._commands._test_images import load_test_images
from skdigits.cli import app
from skdigits.datasets import fetch_mnist, load_digits
from skdigits.persistence import save_model
from skdigits.preprocessing import PixelScaler


def run(*arguments):
    return CliRunner().invoke(app, ["report", *map(str, arguments)])


@pytest.fixture
def model(tmp_path):
    X, y = load_digits(return_X_y=True)
    path = tmp_path / "model.skops"
    return save_model(make_pipeline(PixelScaler(), SVC()).fit(X, y), path)


def test_report_on_digits(model, tmp_path):
    output = tmp_path / "new folder" / "of model.html"
    shown = run(model, "--output", output, "--title", "A <b>title</b>")
    assert shown.exit_code == 0, shown.output
    assert f"{model} on digits, a quarter: 450\n" in shown.output
    assert f"Wrote '{output}' (0.1 MB).\n" in shown.output
    page = output.read_text(encoding="utf-8")
    assert "<h1>A &lt;b&gt;title&lt;/b&gt;</h1>" in page
    assert "450 of 8 x 8 pixels" in page


def test_report_on_mnist(mnist_home, tmp_path, monkeypatch):
    monkeypatch.setenv("SKDIGITS_DATA", str(mnist_home))
    X, y = fetch_mnist(subset="train", return_X_y=True)
    model = save_model(GaussianNB().fit(X[:100], y[:100]), tmp_path / "model.skops")
    output = tmp_path / "report.html"
    shown = run(model, "--data", "mnist", "--output", output)
    assert shown.exit_code == 0, shown.output
    assert "10,000 of 28 x 28 pixels" in output.read_text(encoding="utf-8")


def test_the_images_are_those_that_the_demo_tests_on(model):
    images, _ = load_test_images(DIGITS, _model_option.load(model), None)
    _, X_test, _, y_test = _demo._load("digits", None, 0)
    np.testing.assert_array_equal(images.X, X_test)
    np.testing.assert_array_equal(images.y, y_test)


def test_models_that_are_not_loaded(tmp_path):
    def refusal(name):
        shown = run(tmp_path / name, "--output", tmp_path / "report.html")
        assert shown.exit_code == 1
        assert shown.stderr.count("\n") == 1
        assert shown.stderr.startswith("skdigits report: ")
        assert not (tmp_path / "report.html").exists()
        return shown.stderr

    assert "There is no file or folder '" in refusal("absent.skops")
    (tmp_path / "text.skops").write_text("hello")
    assert "not a .skops file" in refusal("text.skops")
    with zipfile.ZipFile(tmp_path / "zip.skops", "w") as archive:
        archive.writestr("hello", "world")
    assert "was not written by save_model" in refusal("zip.skops")
    dump(SVC(), tmp_path / "foreign.skops")
    assert "was not written by save_model" in refusal("foreign.skops")
    save_model(SVC(), tmp_path / "unfitted.skops")
    assert "not fitted" in refusal("unfitted.skops")
    save_model(PixelScaler(), tmp_path / "scaler.skops")
    assert "holds no classifier" in refusal("scaler.skops")
    save_model(SVC(), tmp_path / "model.joblib")
    assert "is a pickle" in refusal("model.joblib")


def test_where_it_cannot_be_written(model, tmp_path):
    shown = run(model, "--output", model / "report.html")
    assert shown.exit_code == 1
    assert shown.stderr.count("\n") == 1
    assert run(model, "--data", "letters").exit_code == 2

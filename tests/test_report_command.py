import zipfile

import numpy as np
import pytest
from scipy.ndimage import zoom
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.svm import SVC
from skops.io import dump
from typer.testing import CliRunner

from skdigits import _demo, _report_command
from skdigits.cli import app
from skdigits.datasets import fetch_mnist, load_digits, write_idx
from skdigits.preprocessing import PixelScaler


def run(*arguments):
    return CliRunner().invoke(app, ["report", *map(str, arguments)])


@pytest.fixture
def model(tmp_path):
    X, y = load_digits(return_X_y=True)
    path = tmp_path / "model.skops"
    dump(make_pipeline(PixelScaler(), SVC()).fit(X, y), path)
    return path


def test_report_on_digits(model, tmp_path):
    output = tmp_path / "of model.html"
    shown = run(model, "--output", output, "--title", "A <b>title</b>")
    assert shown.exit_code == 0, shown.output
    assert shown.output == f"Wrote '{output}' (0.1 MB).\n"
    page = output.read_text(encoding="utf-8")
    assert "<h1>A &lt;b&gt;title&lt;/b&gt;</h1>" in page
    assert "450 of 8 x 8 pixels" in page


def test_report_on_mnist(mnist_home, tmp_path, monkeypatch):
    monkeypatch.setenv("SKDIGITS_DATA", str(mnist_home))
    X, y = fetch_mnist(subset="train", return_X_y=True)
    dump(GaussianNB().fit(X[:100], y[:100]), tmp_path / "model")
    output = tmp_path / "report.html"
    shown = run(tmp_path / "model", "--data", "mnist", "--output", output)
    assert shown.exit_code == 0, shown.output
    assert "10,000 of 28 x 28 pixels" in output.read_text(encoding="utf-8")


def test_the_images_are_those_that_the_demo_tests_on():
    X, y = _report_command._load(_report_command.Data.digits)
    _, X_test, _, y_test = _demo._load("digits", None, 0)
    np.testing.assert_array_equal(X, X_test)
    np.testing.assert_array_equal(y, y_test)


def test_models_that_are_not_loaded(tmp_path):
    def refusal(name):
        shown = run(tmp_path / name, "--output", tmp_path / "report.html")
        assert shown.exit_code == 1
        assert shown.stderr.count("\n") == 1
        assert shown.stderr.startswith("skdigits report: ")
        assert not (tmp_path / "report.html").exists()
        return shown.stderr

    assert "No such file" in refusal("absent.skops")
    (tmp_path / "text.skops").write_text("hello")
    assert "not a .skops file" in refusal("text.skops")
    with zipfile.ZipFile(tmp_path / "zip.skops", "w") as archive:
        archive.writestr("hello", "world")
    assert "not a .skops file" in refusal("zip.skops")
    dump(make_pipeline(FunctionTransformer(zoom), SVC()), tmp_path / "strange.skops")
    message = refusal("strange.skops")
    assert "nor estimators of skdigits: scipy.ndimage" in message
    # A function of skdigits would be called as much as any other.
    ours = make_pipeline(FunctionTransformer(write_idx), SVC())
    dump(ours, tmp_path / "ours.skops")
    assert "skdigits: skdigits.datasets._idx.write_idx" in refusal("ours.skops")
    dump(SVC(), tmp_path / "unfitted.skops")
    assert "not fitted" in refusal("unfitted.skops")
    for i, thing in enumerate([[1, 2], {"C": 1}, np.arange(3), None]):
        dump(thing, tmp_path / f"{i}.skops")
        assert "needs a classifier; got " in refusal(f"{i}.skops")


def test_where_it_cannot_be_written(model, tmp_path):
    shown = run(model, "--output", tmp_path / "absent" / "report.html")
    assert shown.exit_code == 1
    assert "Make it first" in shown.stderr
    assert run(model, "--data", "letters").exit_code == 2

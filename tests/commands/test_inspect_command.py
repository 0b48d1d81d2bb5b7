import json

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.pipeline import Pipeline
from sklearn.svm import SVC
from typer.testing import CliRunner

from skdigits.cli import app
from skdigits.persistence import save_model
from skdigits.preprocessing import PixelScaler


def run(*arguments):
    return CliRunner().invoke(
        app, ["inspect", *map(str, arguments)], env={"COLUMNS": "100"}
    )


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    X, y = load_digits(return_X_y=True)
    pipeline = Pipeline([("scale", PixelScaler()), ("svm", SVC(C=10))]).fit(X, y)
    path = tmp_path_factory.mktemp("models") / "model.skops"
    return save_model(pipeline, path, metadata={"accuracy": 0.99, "by": "\x1b[31mme"})


def test_table(model):
    shown = run(model)
    assert shown.exit_code == 0, shown.output
    rows = {
        cells[1].strip(): cells[2].strip()
        for cells in (line.split("│") for line in shown.output.splitlines())
        if len(cells) == 4
    }
    assert rows["Class"] == "sklearn.pipeline.Pipeline"
    assert rows["scale"] == "PixelScaler()"
    assert rows["svm"] == "SVC(C=10)"
    assert rows["Classes"] == "0, 1, 2, 3, 4, 5, 6, 7, 8, 9"
    assert rows["Pixels of an image"] == "64"
    assert rows["accuracy"] == "0.99"
    assert "values" in rows["Arrays"]
    assert rows["SHA-256"].endswith("compared") or "compared" in shown.output
    assert "scikit-learn" in rows["With"]
    assert "\x1b[31m" not in shown.output


def test_json(model):
    summary = json.loads(run(model, "--json").output)
    assert summary["classes"] == list(range(10))
    assert summary["metadata"]["accuracy"] == 0.99
    assert summary["file_bytes"] == model.stat().st_size


def test_the_model_is_not_built(model, monkeypatch):
    def refuse(self, state):
        raise AssertionError

    monkeypatch.setattr(SVC, "__setstate__", refuse)
    assert run(model).exit_code == 0


def test_unfitted(tmp_path):
    save_model(PixelScaler(), tmp_path / "model.skops")
    shown = run(tmp_path / "model.skops")
    assert shown.exit_code == 0, shown.output
    assert "not fitted" in shown.output


def test_names_are_text(tmp_path, monkeypatch):
    """A manifest may say anything: neither markup nor commands of a terminal act."""
    labels = np.array(["[bold]a", "\x1b[2Jb"])[np.arange(20) % 2]
    path = tmp_path / "[red]model.skops"
    save_model(SVC().fit(np.eye(20), labels), path)
    shown = run(path)
    assert "[bold]a" in shown.output
    assert "[red]model.skops" in shown.output.replace("\n", "")
    assert "\x1b[2J" not in shown.output


def test_refusals(tmp_path):
    shown = run(tmp_path / "absent.skops")
    assert shown.exit_code == 1
    assert "There is no file or folder" in shown.stderr
    (tmp_path / "text.skops").write_text("hello")
    shown = run(tmp_path / "text.skops")
    assert shown.exit_code == 1
    assert shown.stderr.count("\n") == 1
    assert "not a .skops file" in shown.stderr

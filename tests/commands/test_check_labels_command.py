import csv
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sklearn.neighbors import KNeighborsClassifier
from typer.testing import CliRunner

from skdigits._commands import _check_labels
from skdigits._commands._data_option import DataSource
from skdigits.cli import app
from skdigits.datasets import load_digits
from skdigits.model_selection import find_label_errors
from skdigits.persistence import save_model

PLANTED = {10: 7, 55: 7, 130: 1, 200: 0, 290: 8}


def run(command, *arguments):
    return CliRunner().invoke(app, [command, *map(str, arguments)])


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """400 digits in a CSV file, five with a wrong label."""
    X, y = load_digits(return_X_y=True)
    y = y.copy()
    for row, label in PLANTED.items():
        assert y[row] != label
        y[row] = label
    path = tmp_path_factory.mktemp("data") / "train.csv"
    names = ",".join(["label", *(f"pixel{i}" for i in range(64))])
    rows = np.column_stack([y, X])[:400].astype(int)
    np.savetxt(path, rows, "%d", delimiter=",", header=names, comments="")
    return path


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_planted_errors_are_listed(table, tmp_path):
    shown = run("check-labels", "--data", table)
    assert shown.exit_code == 0, shown.output
    found = rows_of(shown.stdout)
    assert list(found[0]) == ["index", "file", "given", "suggested", "score"]
    # The other labels are right, and more credible.
    assert {int(row["index"]) for row in found[:5]} == set(PLANTED)
    for row in found[:5]:
        assert int(row["given"]) == PLANTED[int(row["index"])]
        assert int(row["suggested"]) == load_digits().target[int(row["index"])]
        assert row["file"] == ""
    scores = [float(row["score"]) for row in found]
    assert scores == sorted(scores)
    assert scores[4] < 0
    told = f"{len(found)} suspected among 400 labels ({len(found) / 4:.1f}%)"
    assert shown.stderr == f"skdigits check-labels: {table}: {told}\n"
    # The same into a file; one seed gives one forest.
    output = tmp_path / "new" / "suspected.csv"
    saved = run("check-labels", "--data", table, "--output", output, "--folds", 5)
    assert saved.stdout == ""
    assert output.read_text(encoding="utf-8") == shown.stdout


def test_files_of_a_folder_are_named(tmp_path, monkeypatch):
    digits = load_digits()
    monkeypatch.chdir(tmp_path)
    for row in range(120):
        label = digits.target[row]
        name = "=1+1" if row == 64 else str(row)
        folder = Path("scans", str(0 if row == 64 else label))
        folder.mkdir(parents=True, exist_ok=True)
        page = Image.fromarray((255 - 15 * digits.images[row]).astype(np.uint8))
        page.resize((40, 40)).save(folder / f"{name}.png")
    options = "--data", "scans", "--fitted", "--contact-sheet", "sheet.png"
    shown = run("check-labels", *options)
    assert shown.exit_code == 0, shown.output
    worst = rows_of(shown.stdout)[0]
    assert digits.target[64] == int(worst["suggested"]) == 4
    assert (Path(worst["file"]).as_posix(), worst["given"]) == ("scans/0/=1+1.png", "0")
    with Image.open("sheet.png") as sheet:
        pixels = np.asarray(sheet.convert("L"))
    assert (pixels[12:124, 12:124] < 100).any()


def test_a_long_contact_sheet_is_cut(table, tmp_path, monkeypatch):
    monkeypatch.setattr(_check_labels, "MOST_TILES", 3)
    sheet = tmp_path / "sheet.png"
    options = "--model", "logistic", "--contact-sheet", sheet, "--number", 20
    shown = run("check-labels", "--data", table, *options)
    assert len(rows_of(shown.stdout)) == 20
    with Image.open(sheet) as image:
        assert image.width == 3 * 124 + 12
    assert f"'{sheet}' shows the first 3 of 20 images" in shown.stderr


def test_the_sheet_has_the_probability_of_the_suggested_label(table, tmp_path):
    images = DataSource.parse(str(table)).load("train", None)
    classifier = KNeighborsClassifier(10)
    # Of all labels, most are right.
    errors = find_label_errors(classifier, images.X, images.y, n_errors=400)
    records = [record for record, _ in _check_labels._tiles(errors, images)]
    found = [record["confidence"] for record in records]
    assert found == errors.frame["probability_suggested"].tolist()
    assert found[-1] < 0.5


def test_a_fitted_model_is_not_trained(table, tmp_path, monkeypatch):
    X, y = load_digits(return_X_y=True)
    classifier = KNeighborsClassifier(10).fit(X[400:], y[400:])
    model = save_model(classifier, tmp_path / "model.skops")

    def fit(self, X, y):
        raise AssertionError("it was trained")

    monkeypatch.setattr(KNeighborsClassifier, "fit", fit)
    options = "--data", table, "--model", model
    shown = run("check-labels", *options, "--fitted")
    assert shown.exit_code == 0, shown.output
    worst = {int(row["index"]) for row in rows_of(shown.stdout)[:5]}
    assert len(worst & set(PLANTED)) >= 4
    with pytest.raises(AssertionError, match="it was trained"):
        CliRunner().invoke(
            app, ["check-labels", *map(str, options)], catch_exceptions=False
        )


def test_a_model_does_not_judge_what_it_was_trained_on(table, tmp_path):
    model = tmp_path / "model.skops"
    options = "--model", "logistic", "--data", table, "--output", model
    assert run("train", *options).exit_code == 0
    shown = run("check-labels", "--data", table, "--model", model, "--fitted")
    assert shown.exit_code == 1
    assert f"{model} was trained on a part of '{table}'" in shown.stderr
    assert shown.stdout == ""
    # Its settings are welcome.
    shown = run("check-labels", "--data", table, "--model", model)
    assert shown.exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--model", "svm"], 1, "gives no probabilities"),
        (["--model", "knn", "--fitted"], 1, "and 'knn' is a kind"),
        (["--model", "absent.skops"], 2, "nor a file that is there"),
        (["--data", "absent.csv"], 2, "absent.csv"),
        (["--folds", "1"], 2, "--folds"),
        (["--output", "a.txt"], 1, "must be named *.csv"),
        (["--contact-sheet", "a.jpg"], 1, "must be named *.png"),
        (["--data", "{}", "--output", "{}"], 1, "is read by this command"),
    ],
)
def test_errors(arguments, code, message, table, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shown = run("check-labels", *(argument.format(table) for argument in arguments))
    assert shown.exit_code == code
    assert message in shown.stderr
    assert "Traceback" not in shown.output
    assert shown.stdout == ""
    assert not list(tmp_path.iterdir())

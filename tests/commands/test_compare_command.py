import csv
import json
import re
import signal
import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.svm import SVC
from typer.testing import CliRunner

from skdigits import model_selection
from skdigits._commands import _compare as _compare_command
from skdigits._comparison import iterate
from skdigits.cli import app
from skdigits.datasets import load_digits
from skdigits.preprocessing import Deskewer


def run(*arguments):
    return CliRunner().invoke(app, ["compare", *map(str, arguments)])


@pytest.fixture
def few(monkeypatch):
    """Three classifiers, one of which fails, in place of the ready ones."""
    classifiers = {
        "Bayes": GaussianNB(),
        "Odd [b]": SVC(C=-1),
        "SVM": SVC(),
    }
    monkeypatch.setattr(
        model_selection, "digit_classifiers", lambda random_state: dict(classifiers)
    )
    # None of them is left out where TensorFlow is missing.
    monkeypatch.setattr(_compare_command, "find_spec", lambda name: name)
    return classifiers


def rows(shown):
    lines = [line for line in shown.output.splitlines() if line.startswith("│")]
    return [[cell.strip() for cell in line.split("│")[1:-1]] for line in lines]


@pytest.mark.tensorflow
def test_all_ready_classifiers(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shown = run("--train-size", 300, "--cv", 2)
    assert shown.exit_code == 0, shown.output
    assert "digits: 300 images, 2-fold cross-validation." in shown.output
    table = rows(shown)
    assert {row[0] for row in table} == set(model_selection.digit_classifiers())
    accuracies = [float(row[1].split("%")[0]) for row in table]
    assert accuracies == sorted(accuracies, reverse=True)
    assert accuracies[-1] > 75
    with open("skdigits-compare.csv", encoding="utf-8", newline="") as file:
        saved = list(csv.DictReader(file))
    assert [record["name"] for record in saved] == [row[0] for row in table]
    for record, row in zip(saved, table, strict=True):
        assert f"{float(record['mean_test_score']):.2%}" == row[1].split(" ± ")[0]
        assert record["error"] == ""


def test_failures_come_last_and_say_why(few, tmp_path):
    output = tmp_path / "new folder" / "table.json"
    shown = run("--train-size", 300, "--output", output, "--seed", 3)
    assert shown.exit_code == 0, shown.output
    assert [row[0] for row in rows(shown)] == ["SVM", "Bayes", "Odd [b]"]
    assert rows(shown)[2][1:] == ["failed", "-", "-", "-"]
    assert "Odd [b]: InvalidParameterError: The 'C' parameter" in shown.output
    contents = json.loads(output.read_text())
    assert (contents["data"], contents["n_images"], contents["cv"]) == (
        "digits",
        300,
        5,
    )
    assert (contents["seed"], contents["scoring"]) == (3, "accuracy")
    odd = contents["classifiers"][2]
    assert odd["mean_test_score"] is None
    assert odd["size"] is None
    assert odd["error"].startswith("InvalidParameterError")


def test_json(few, tmp_path):
    output = tmp_path / "table.json"
    shown = run("--train-size", 300, "--output", output, "--json")
    assert json.loads(shown.stdout) == json.loads(output.read_text())
    assert "Accuracy: mean" in shown.stderr


def test_nothing_but_failures(few, tmp_path):
    del few["Bayes"], few["Odd [b]"]
    shown = run("--time-limit", 0.001, "--output", tmp_path / "table.csv")
    assert shown.exit_code == 1
    assert shown.output.count("stopped at the time limit of 0.001 s") == 1


def in_fold(fold, action):
    """Return a classifier that does something in a fold, the first of which is 1."""

    class Bayes(GaussianNB):
        n_fits = 0

        def fit(self, X, y):
            type(self).n_fits += 1
            if self.n_fits == fold:
                action()
            return super().fit(X, y)

    return Bayes()


def test_table_is_saved_after_each_classifier(few, tmp_path):
    output = tmp_path / "table.csv"
    seen = []

    def look():
        with output.open(encoding="utf-8", newline="") as file:
            seen.extend(record["name"] for record in csv.DictReader(file))

    few["Looks"] = in_fold(1, look)
    assert run("--train-size", 300, "--output", output).exit_code == 0
    assert seen == ["SVM", "Bayes", "Odd [b]"]
    assert list(tmp_path.iterdir()) == [output]


def test_ctrl_c_prints_and_saves_what_there_is(few, tmp_path):
    few["Once"] = in_fold(2, sys.exit)
    few["Stopped"] = in_fold(3, lambda: signal.raise_signal(signal.SIGINT))
    few["Never begun"] = GaussianNB()
    output = tmp_path / "table.json"
    shown = run("--train-size", 300, "--output", output)
    assert shown.exit_code == 130, shown.output
    assert "Interrupted: 5 of 6 classifiers." in shown.output
    table = rows(shown)
    partial = {table[i][0]: table[i][1] + table[i + 1][1] for i in (2, 4)}
    assert partial.keys() == {"Once", "Stopped"}
    assert re.fullmatch(r"\d\d\.\d\d%\(1 of 5 folds\)", partial["Once"])
    assert re.search(r"% ± .*%\(2 of 5 folds\)", partial["Stopped"])
    assert "Stopped: interrupted (in fold 3 of 5)" in shown.output
    saved = json.loads(output.read_text())["classifiers"]
    assert {record["name"]: record["n_folds"] for record in saved} == {
        **{"SVM": 5, "Bayes": 5, "Once": 1, "Stopped": 2, "Odd [b]": 0}
    }
    assert saved[2]["mean_test_score"] > 0.5


def test_ctrl_c_before_anything_has_been_measured(few, tmp_path):
    few.clear()
    few["Stopped"] = in_fold(1, lambda: signal.raise_signal(signal.SIGINT))
    output = tmp_path / "table.csv"
    output.write_text("the last one")
    shown = run("--train-size", 300, "--output", output)
    assert shown.exit_code == 130
    assert "Interrupted: 0 of 1 classifiers." in shown.output
    assert output.read_text() == "the last one"


def test_table_says_what_it_shows(few, tmp_path):
    few["No size"] = make_pipeline(FunctionTransformer(lambda X: X / 16), GaussianNB())
    output = tmp_path / "table.csv"
    shown = run("--train-size", 300, "--cv", 3, "--output", output)
    assert "mean ± standard deviation over 3 folds." in shown.output
    guide = Path(__file__).parents[2] / "docs" / "user_guide" / "comparing.rst"
    words = " ".join(guide.read_text(encoding="utf-8").split())
    (heading,) = (line for line in shown.output.splitlines() if "Classifier" in line)
    assert " ".join(heading.split()) in words
    caption = shown.output[shown.output.index("Accuracy: mean") :].splitlines()[0]
    assert " ".join(caption.replace("3 folds", "5 folds").split()) in words
    sizes = {row[0]: row[-1] for row in rows(shown)}
    assert sizes["No size"] == "-"
    assert sizes["SVM"].endswith("kB")
    assert "No size: cannot be pickled: " in shown.output


def test_mnist(few, mnist_home, tmp_path, monkeypatch):
    monkeypatch.setenv("SKDIGITS_DATA", str(mnist_home))
    output = tmp_path / "table.csv"
    shown = run("--data", "mnist", "--train-size", 300, "--cv", 2, "--output", output)
    assert shown.exit_code == 0, shown.output
    assert "mnist: 300 images, 2-fold cross-validation." in shown.output
    assert output.exists()


def test_own_data_of_any_shape(few, tmp_path):
    X, y = load_digits(return_X_y=True)
    table = np.column_stack([y, X[:, 8:-8]])[:300]
    header = ",".join(["label", *(f"pixel{i}" for i in range(48))])
    path, output = tmp_path / "own.csv", tmp_path / "table.json"
    np.savetxt(path, table, "%d", ",", header=header, comments="")
    few["Deskewed"] = make_pipeline(Deskewer(), GaussianNB())
    data = ["--data", path, "--image-shape", "6x8", "--cv", 2, "--output", output]
    shown = run(*data)
    assert shown.exit_code == 0, shown.output
    assert "own.csv: 300 images, 2-fold cross-validation." in shown.output
    contents = json.loads(output.read_text())
    assert len(contents["classifiers"]) == 4
    assert few["Deskewed"][0].image_shape == (6, 8)
    assert run(*data[:2]).exit_code == 1


def test_without_tensorflow(monkeypatch, tmp_path):
    monkeypatch.setattr(_compare_command, "find_spec", lambda name: None)
    compared = []

    def iterate_comparison(estimators, X, y, **kwargs):
        compared.extend(estimators)
        raise ValueError("enough")

    monkeypatch.setattr(iterate, "iterate_comparison", iterate_comparison)
    shown = run("--output", tmp_path / "table.csv")
    assert "Keras MLP and CNN are left out" in shown.output
    assert 'pip install ".[tensorflow]"' in shown.output
    assert compared == list(model_selection.digit_classifiers())[:-2]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--train-size", "5000"], "train_size=5000, but digits has 1,797 images"),
        (["--output", "table.txt"], "must be named *.csv or *.json"),
        (["--train-size", "100", "--cv", "90"], "n_splits=90"),
    ],
)
def test_errors_are_one_line(arguments, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shown = run(*arguments)
    assert shown.exit_code == 1
    assert shown.stderr.startswith("skdigits compare: ")
    assert message in shown.stderr
    assert len(shown.stderr.splitlines()) == 1
    assert not list(tmp_path.iterdir())

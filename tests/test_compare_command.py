import csv
import json

import pytest
from sklearn.naive_bayes import GaussianNB
from sklearn.svm import SVC
from typer.testing import CliRunner

from skdigits import _compare_command, model_selection
from skdigits.cli import app


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
    return classifiers


def rows(shown):
    lines = [line for line in shown.output.splitlines() if line.startswith("│")]
    return [[cell.strip() for cell in line.split("│")[1:-1]] for line in lines]


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


def test_nothing_but_failures(few, tmp_path):
    shown = run("--time-limit", 0.001, "--output", tmp_path / "table.csv")
    assert shown.exit_code == 1
    assert shown.output.count("stopped at the time limit of 0.001 s") == 3


def test_mnist(few, mnist_home, tmp_path, monkeypatch):
    monkeypatch.setenv("SKDIGITS_DATA", str(mnist_home))
    output = tmp_path / "table.csv"
    shown = run("--data", "mnist", "--train-size", 300, "--cv", 2, "--output", output)
    assert shown.exit_code == 0, shown.output
    assert "mnist: 300 images, 2-fold cross-validation." in shown.output
    assert output.exists()


def test_without_tensorflow(monkeypatch, tmp_path):
    monkeypatch.setattr(_compare_command, "find_spec", lambda name: None)
    compared = []

    def compare_classifiers(estimators, X, y, **kwargs):
        compared.extend(estimators)
        raise ValueError("enough")

    monkeypatch.setattr(model_selection, "compare_classifiers", compare_classifiers)
    shown = run("--output", tmp_path / "table.csv")
    assert "Keras MLP and CNN are left out" in shown.output
    assert "pip install 'skdigits[tensorflow]'" in shown.output
    assert compared == list(model_selection.digit_classifiers())[:-2]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--train-size", "5000"], "train_size=5000, but digits has 1,797 images"),
        (["--output", "table.txt"], "table.txt must end in .csv or .json"),
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

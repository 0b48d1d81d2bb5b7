import json
from zipfile import ZipFile

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.metrics import classification_report, confusion_matrix
from sklearn.model_selection import train_test_split
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from typer.testing import CliRunner

from skdigits.cli import app
from skdigits.datasets import load_digits
from skdigits.persistence import save_model
from skdigits.preprocessing import DigitNormalizer, PixelScaler


def run(command, *arguments):
    return CliRunner().invoke(app, [command, *map(str, arguments)])


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A model of the command, on a split of its own."""
    path = tmp_path_factory.mktemp("models") / "model.skops"
    options = ["--model", "knn", "--test-size", 0.3, "--seed", 5, "--output", path]
    assert run("train", *options).exit_code == 0
    return path


def held_out(test_size, seed):
    X, y = load_digits(return_X_y=True)
    return train_test_split(X, y, test_size=test_size, stratify=y, random_state=seed)


@pytest.mark.parametrize("command", ["evaluate", "report"])
def test_a_model_of_other_images_is_not_tested_on_the_bundled_digits(command, tmp_path):
    X = np.eye(10, 784)
    model = tmp_path / "m.skops"
    bayes = GaussianNB().fit(X, range(10))
    save_model(bayes, model, metadata={"data": "train.csv"})
    shown = run(command, model)
    assert shown.exit_code == 1
    assert "takes images of 28x28 and was trained on train.csv; the" in shown.stderr
    assert "as --data mnist, --data FILE.csv or --data FOLDER." in shown.stderr
    # Asked for, they are framed for it.
    output = ["--output", tmp_path / "report.html"] if command == "report" else []
    assert run(command, model, "--data", "digits", *output).exit_code == 0


def test_json_is_what_scikit_learn_says(tmp_path):
    X, X_test, y, y_test = held_out(0.25, 0)
    classifier = GaussianNB().fit(X, y)
    path = save_model(classifier, tmp_path / "bayes.skops")
    shown = run("evaluate", path, "--json")
    assert shown.exit_code == 0, shown.output
    results = json.loads(shown.stdout)
    assert results["accuracy"] == classifier.score(X_test, y_test)
    assert results["interval"][0] < results["accuracy"] < results["interval"][1]
    assert results["n_images"] == 450
    y_pred = classifier.predict(X_test)
    assert results["n_mistakes"] == np.count_nonzero(y_pred != y_test)
    matrix = confusion_matrix(y_test, y_pred).tolist()
    assert results["confusion_matrix"] == matrix
    expected = classification_report(y_test, y_pred, output_dict=True)
    for row in results["classes"]:
        of_class = expected[row["label"]]
        assert row["n_images"] == of_class["support"]
        for ours, theirs in (
            ("precision", "precision"),
            ("recall", "recall"),
            ("f1", "f1-score"),
        ):
            assert row[ours] == pytest.approx(of_class[theirs])


def test_table(trained):
    shown = run("evaluate", trained)
    assert shown.exit_code == 0, shown.output
    results = json.loads(run("evaluate", trained, "--json").stdout)
    assert f"{trained} on digits, images held out in training: 540" in shown.output
    assert f"Accuracy {results['accuracy']:.2%} (95 % interval" in shown.output
    rows = [
        [cell.strip() for cell in line.split("│")[1:-1]]
        for line in shown.output.splitlines()
        if line.startswith("│")
    ]
    assert len(rows) == 20
    for i in range(10):
        assert rows[i][:2] == [str(i), f"{results['classes'][i]['n_images']}"]
        counts = results["confusion_matrix"][i]
        assert rows[10 + i] == [str(i), *(f"{n}" if n else "·" for n in counts)]


def test_never_on_images_of_the_training(trained, tmp_path):
    _, X_test, _, y_test = held_out(0.3, 5)
    results = json.loads(run("evaluate", trained, "--json").stdout)
    assert results["n_images"] == len(X_test)
    counts = [row["n_images"] for row in results["classes"]]
    assert counts == np.bincount(y_test).tolist()
    report = tmp_path / "report.html"
    assert run("report", trained, "--output", report).exit_code == 0
    assert "540 of 8 x 8 pixels" in report.read_text(encoding="utf-8")
    # Of the same name, other images: none of them was seen.
    csv = tmp_path / "digits.csv"
    header = ",".join(["label", *(f"pixel{i}" for i in range(64))])
    table = np.column_stack([y_test, X_test])[:50]
    np.savetxt(csv, table, "%d", ",", header=header, comments="")
    shown = run("evaluate", trained, "--data", csv)
    assert "digits.csv, all images: 50" in shown.output


def test_the_pretrained_network_reads_small_digits_when_they_are_framed():
    shown = run("evaluate", "--json")
    assert shown.exit_code == 0, shown.output
    results = json.loads(shown.stdout)
    assert results["accuracy"] > 0.93
    assert results["model"] == "the pretrained network"
    assert "put 20 pixels large into 28x28" in results["images"]


def test_metadata_of_a_stranger_harm_nothing(tmp_path):
    X, y = load_digits(return_X_y=True)
    images = make_pipeline(PixelScaler(), GaussianNB()).fit(X[:99], y[:99])
    for metadata in (
        {"held_out": {"sha256": 1}, "box_size": -3, "white_level": "a"},
        {"held_out": [], "box_size": 10**9, "image_shape": [64, -1]},
        {"held_out": {"sha256": "", "test_size": 7.0, "seed": -1}, "white_level": 0},
    ):
        path = tmp_path / "model.skops"
        save_model(images, path, overwrite=True, metadata=metadata)
        shown = run("evaluate", path, "--json")
        assert shown.exit_code == 0, shown.output
        assert json.loads(shown.stdout)["n_images"] == 450


def test_large_images_for_a_small_model_are_framed(trained, tmp_path):
    framed = DigitNormalizer().fit_transform(load_digits().images[:100])
    table = np.column_stack([load_digits().target[:100], framed])
    header = ",".join(["label", *(f"pixel{i}" for i in range(784))])
    csv = tmp_path / "large.csv"
    np.savetxt(csv, table, "%d", ",", header=header, comments="")
    shown = run("evaluate", trained, "--data", csv, "--json")
    assert shown.exit_code == 0, shown.output
    results = json.loads(shown.stdout)
    assert "of 28x28; each digit is put 8 pixels large into 8x8" in results["images"]
    assert results["accuracy"] > 0.8


def test_many_labels(tmp_path):
    X, y = load_digits(return_X_y=True)
    letters = np.array([f"letter {i:02}" for i in range(21)])[np.arange(210) % 21]
    path = tmp_path / "model.skops"
    save_model(DummyClassifier().fit(X[:210], letters), path)
    folder = tmp_path / "data"
    header = ",".join(["label", *(f"pixel{i}" for i in range(64))])
    folder.mkdir()
    table = np.column_stack([y, X])[:30]
    np.savetxt(folder / "a.csv", table, "%d", ",", header=header, comments="")
    shown = run("evaluate", path, "--data", folder / "a.csv")
    assert shown.exit_code == 1
    assert "Labels of different types" in shown.stderr
    numbers = np.arange(210) % 21
    save_model(DummyClassifier().fit(X[:210], numbers), path, overwrite=True)
    shown = run("evaluate", path, "--data", folder / "a.csv")
    assert shown.exit_code == 0, shown.output
    assert "see --json" in shown.output


def test_errors_are_one_line(trained, tmp_path):
    damaged = tmp_path / "damaged.skops"
    damaged.write_bytes(trained.read_bytes()[:-40])
    with ZipFile(tmp_path / "data.csv", "w") as archive:
        archive.writestr("a", "b")
    for arguments in (
        [damaged],
        [tmp_path / "absent.skops"],
        [trained, "--data", tmp_path / "data.csv"],
    ):
        shown = run("evaluate", *arguments)
        assert shown.exit_code == 1, shown.output
        assert shown.stderr.startswith("skdigits evaluate: ")
        assert len(shown.stderr.splitlines()) == 1
        assert shown.stdout == ""

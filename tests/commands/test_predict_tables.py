"""Images in CSV files, as of Kaggle."""

import csv
import json

import numpy as np
import pytest
from PIL import Image
from sklearn.neighbors import KNeighborsClassifier
from typer.testing import CliRunner

from skdigits._commands import _predict
from skdigits.cli import app
from skdigits.datasets import load_digits
from skdigits.persistence import save_model

N_TRAIN = 1000


def run(*arguments):
    return CliRunner().invoke(app, [*map(str, arguments)])


@pytest.fixture(scope="module")
def digits():
    return load_digits(return_X_y=True)


@pytest.fixture(scope="module")
def model(digits, tmp_path_factory):
    X, y = digits
    classifier = KNeighborsClassifier(3).fit(X[:N_TRAIN], y[:N_TRAIN])
    return save_model(classifier, tmp_path_factory.mktemp("models") / "m.skops")


def write(path, X, y=None):
    """Write images as Kaggle does, with labels or without."""
    names = [f"pixel{i}" for i in range(X.shape[1])]
    table = X
    if y is not None:
        names, table = ["label", *names], np.column_stack([y, X])
    header = ",".join(names)
    np.savetxt(path, table, "%d", delimiter=",", header=header, comments="")
    return path


@pytest.fixture
def table(digits, tmp_path):
    return write(tmp_path / "test.csv", digits[0][N_TRAIN:])


def rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_a_submission(digits, model, table, tmp_path):
    X, y = digits
    output = tmp_path / "new" / "submission.csv"
    shown = run("predict", table, "--model", model, "--output", output)
    assert shown.exit_code == 0, shown.output
    assert shown.stdout == ""
    assert shown.stderr == f"skdigits predict: {model} on {table}: 797 images\n"
    header, *found = rows(output)
    assert header == ["ImageId", "Label"]
    assert [int(number) for number, _ in found] == list(range(1, 798))
    labels = np.array([int(label) for _, label in found])
    assert (labels == y[N_TRAIN:]).mean() > 0.94
    nearest = KNeighborsClassifier(3).fit(X[:N_TRAIN], y[:N_TRAIN])
    np.testing.assert_array_equal(labels, nearest.predict(X[N_TRAIN:]))
    printed = run("predict", table, "--model", model)
    assert printed.stdout == output.read_text(encoding="utf-8")


def test_columns_have_other_names_and_no_formulas(digits, tmp_path):
    X, y = digits
    words = np.array(["=1+1" if label == 7 else f"digit {label}" for label in y])
    model = save_model(KNeighborsClassifier(1).fit(X, words), tmp_path / "m.skops")
    table = write(tmp_path / "few.csv", X[5:9])
    names = "--id-column", "row", "--label-column", "=digit"
    shown = run("predict", table, "--model", model, *names)
    expected = "row,'=digit\n1,digit 5\n2,digit 6\n3,'=1+1\n4,digit 8\n"
    assert shown.stdout == expected


def test_a_matrix_of_pixels(digits, model, table, tmp_path):
    plain = tmp_path / "plain.csv"
    np.savetxt(plain, digits[0][N_TRAIN:], "%d", delimiter=",")
    shown = run("predict", plain, "--model", model)
    assert shown.exit_code == 0, shown.output
    assert shown.stdout == run("predict", table, "--model", model).stdout


def test_a_column_of_labels_changes_nothing(digits, model, table, tmp_path):
    X, y = digits
    labelled = write(tmp_path / "labelled.csv", X[N_TRAIN:], 9 - y[N_TRAIN:])
    shown = run("predict", labelled, "--model", model)
    assert "797 images, whose labels are not used" in shown.stderr
    assert shown.stdout == run("predict", table, "--model", model).stdout
    framed = run("predict", write(tmp_path / "few.csv", X[:3], y[:3]))
    assert "3 images of 8x8, whose labels are not used; each" in framed.stderr


@pytest.mark.parametrize("option", ["--id-column", "--label-column"])
def test_predictions_of_image_files_have_their_own_columns(option, tmp_path):
    Image.new("L", (8, 8)).save(tmp_path / "a.png")
    shown = run("predict", tmp_path / "a.png", option, "row")
    assert shown.exit_code == 1
    assert "name the columns of the predictions of a .csv file" in shown.stderr
    assert shown.stdout == ""


def test_columns_of_one_name(table):
    shown = run("predict", table, "--id-column", "Label")
    assert shown.exit_code == 1
    assert "--id-column and --label-column are both 'Label'" in shown.stderr


def test_image_files_have_their_own_shape(digits, tmp_path):
    pixels = digits[0][0].reshape(8, 8).astype(np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    shown = run("predict", tmp_path / "a.png", "--image-shape", "8x8")
    assert shown.exit_code == 1
    assert "--image-shape is for a .csv file" in shown.stderr


def test_other_forms_of_tables(digits, model, table, tmp_path):
    X, y = digits
    rows = np.column_stack([np.arange(797) * 9, X[N_TRAIN:], y[N_TRAIN:]])
    header = "\t".join(["id", *(f"pixel_{i}" for i in range(64)), "class"])
    other = tmp_path / "other.tsv.gz"
    np.savetxt(other, rows, "%.1f", delimiter="\t", header=header, comments="")
    shown = run("predict", other, "--model", model)
    assert "797 images, whose labels and ids are not used" in shown.stderr
    assert shown.stdout == run("predict", table, "--model", model).stdout


def test_json_and_contact_sheet(model, table, tmp_path, monkeypatch):
    monkeypatch.setattr(_predict, "MOST_TILES", 5)
    sheet = tmp_path / "sheet.png"
    options = "--model", model, "--contact-sheet", sheet
    shown = run("predict", table, *options, "--json")
    records = json.loads(shown.stdout)["predictions"]
    assert records[0].keys() == {"ImageId", "Label"}
    _, *found = csv.reader(run("predict", table, "--model", model).stdout.splitlines())
    assert [[str(v) for v in record.values()] for record in records] == found
    saved = run("predict", table, "--model", model, "--output", tmp_path / "a.json")
    assert saved.exit_code == 0
    assert json.loads((tmp_path / "a.json").read_text())["predictions"] == records
    with Image.open(sheet) as image:
        assert image.width == 5 * 124 + 12
    assert "sheet.png' shows the first 5 of 797 digits" in shown.stderr


def test_images_of_another_size_are_framed(table, digits):
    shown = run("predict", table)
    assert "797 images of 8x8; each digit is put 20 pixels large into" in shown.stderr
    labels = [int(row["Label"]) for row in csv.DictReader(shown.stdout.splitlines())]
    assert (np.array(labels) == digits[1][N_TRAIN:]).mean() > 0.95


def test_images_that_are_not_square(digits, tmp_path):
    X, y = digits
    X = X.reshape(-1, 8, 8)[:, :, 1:7].reshape(-1, 48)
    labelled = write(tmp_path / "train.csv", X[:N_TRAIN], y[:N_TRAIN])
    model = tmp_path / "m.skops"
    options = "--model", "knn", "--image-shape", "8x6", "--output", model
    assert run("train", "--data", labelled, *options).exit_code == 0
    table = write(tmp_path / "test.csv", X[N_TRAIN:])
    shown = run("predict", table, "--model", model)
    assert shown.exit_code == 0, shown.output
    labels = [int(row["Label"]) for row in csv.DictReader(shown.stdout.splitlines())]
    assert (np.array(labels) == y[N_TRAIN:]).mean() > 0.9
    # Another network must be told.
    shown = run("predict", table)
    assert shown.exit_code == 1
    assert "has 48 columns of pixels, which do not make a square" in shown.stderr
    assert "the pretrained network takes 784 pixels, 28x28" in shown.stderr
    assert run("predict", table, "--image-shape", "8x6").exit_code == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("1,2,3", "1,2"), "line 3, has 3 columns, but the first line has 4"),
        (("1,2,3", "1,,3"), "line 3, column 'pixel2': expected a whole number from 0"),
        (("1,2,3", "1,-2,3"), "line 3, column 'pixel2': expected a whole number from"),
        (
            ("1,2,3", "1,two,3"),
            "column 'pixel2': expected a whole number from 0 to 255",
        ),
        (("1,2,3", "1,256,3"), "from 0 to 255, found '256'"),
        (("pixel1", "pixel4"), "has 4 columns of pixels, but no column 'pixel1'"),
        (("pixel1", "pixel"), "has the columns 'pixel'; expected pixel0"),
    ],
)
def test_what_is_wrong_with_a_table_is_said(change, message, tmp_path, model):
    path = tmp_path / "test.csv"
    text = "pixel0,pixel1,pixel2,pixel3\n0,0,0,0\n0,1,2,3\n"
    path.write_text(text.replace(*change))
    shown = run("predict", path, "--model", model)
    assert shown.exit_code == 1
    assert message in shown.stderr
    assert len(shown.stderr.splitlines()) == 1
    assert shown.stdout == ""


def test_a_table_is_predicted_alone_and_not_replaced(model, table):
    before = table.read_bytes()
    shown = run("predict", table, table, "--model", model)
    assert shown.exit_code == 1
    assert "is a table of images. Predict it alone" in shown.stderr
    shown = run("predict", table, "--model", model, "--output", table)
    assert shown.exit_code == 1
    assert "is read by this command" in shown.stderr
    assert table.read_bytes() == before


def test_from_train_csv_to_submission_csv(digits, tmp_path, monkeypatch):
    X, y = digits
    monkeypatch.chdir(tmp_path)
    write("train.csv", X[:N_TRAIN], y[:N_TRAIN])
    write("test.csv", X[N_TRAIN:])
    trained = run("train", "--data", "train.csv", "--model", "svm")
    assert trained.exit_code == 0, trained.output
    assert "train.csv: 750 images to train on, 250 to test on." in trained.output
    options = "--model", "model.skops", "--output", "submission.csv"
    assert run("predict", "test.csv", *options).exit_code == 0
    with open("submission.csv", encoding="utf-8") as file:
        labels = [int(row["Label"]) for row in csv.DictReader(file)]
    assert (np.array(labels) == y[N_TRAIN:]).mean() > 0.94

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC
from typer.testing import CliRunner

from skdigits._commands import _predict
from skdigits.cli import app
from skdigits.datasets import load_digits
from skdigits.persistence import load_model, save_model
from skdigits.preprocessing import PixelScaler


def run(*arguments):
    return CliRunner().invoke(app, ["predict", *map(str, arguments)])


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    X, y = load_digits(return_X_y=True)
    classifier = make_pipeline(PixelScaler(), KNeighborsClassifier(3)).fit(X, y)
    path = tmp_path_factory.mktemp("models") / "model.skops"
    return save_model(classifier, path)


def scan(image, path, side=160):
    """Write a digit as dark ink on grey paper, not in the middle."""
    page = Image.new("L", (side + 40, side + 90), 220)
    ink = Image.fromarray((220 - np.minimum(image * 13.0, 220)).astype(np.uint8))
    page.paste(ink.resize((side // 2, side // 2), Image.Resampling.BICUBIC), (20, 60))
    path.parent.mkdir(exist_ok=True)
    page.save(path)


@pytest.fixture(scope="module")
def scans(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data") / "scans"
    digits = load_digits()
    for i in range(20):
        scan(digits.images[i], folder / f"{i}_is_{digits.target[i]}.png")
    return folder


def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


MEASURED = """
import re, sys
from typer.testing import CliRunner
from skdigits.cli import app

def megabytes(kind):
    with open("/proc/self/status") as file:
        return int(re.search(kind + r":\\s+(\\d+)", file.read())[1]) / 1024

small, large = sys.argv[1:]
assert CliRunner().invoke(app, ["predict", small]).exit_code == 0
before = megabytes("VmRSS")
result = CliRunner().invoke(app, ["predict", large])
assert result.exit_code == 0, result.output
print(megabytes("VmHWM") - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="counts memory as Linux does")
def test_a_picture_of_the_largest_size_takes_no_gigabyte(scans, tmp_path):
    large = Image.new("1", (10_000, 10_000), 1)
    large.paste(0, (3000, 2000, 4000, 8000))
    large.save(tmp_path / "large.png")
    small = next(scans.glob("*.png"))
    run = subprocess.run(
        [sys.executable, "-c", MEASURED, small, tmp_path / "large.png"],
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    assert float(run.stdout) < 500


def test_a_reader_that_leaves(model, scans):
    run_main = "from skdigits.cli import main; main()"
    command = [sys.executable, "-c", run_main, "predict", "--model", model, scans]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        process.stdout.close()
        said = process.stderr.read()
    assert "8 pixels large" in said
    assert "pipe" not in said


def test_csv_of_a_folder(model, scans):
    shown = run("--model", model, scans)
    assert shown.exit_code == 0, shown.output
    found = rows(shown.stdout)
    # In natural order: 2 comes before 10.
    assert [row["file"] for row in found] == [
        str(scans / f"{i}_is_{load_digits().target[i]}.png") for i in range(20)
    ]
    right = sum(row["label"] == row["file"][-5] for row in found)
    assert right >= 18
    for row in found:
        probabilities = [float(row[f"probability_{digit}"]) for digit in range(10)]
        assert sum(probabilities) == pytest.approx(1)
        assert float(row["confidence"]) == max(probabilities)
        assert float(row[f"probability_{row['label']}"]) == max(probabilities)
    assert "each digit is put 8 pixels large into 8x8" in shown.stderr
    assert "bright ink on black, 0 to 16" in shown.stderr


def test_the_pretrained_network_is_the_default(scans):
    found = rows(run(scans).stdout)
    assert sum(row["label"] == row["file"][-5] for row in found) >= 19


def test_json_is_the_same(model, scans, tmp_path):
    shown = run("--model", model, scans, "--json")
    found = json.loads(shown.stdout)
    assert found["unreadable"] == []
    as_csv = rows(run("--model", model, scans).stdout)
    for record, row in zip(found["predictions"], as_csv, strict=True):
        assert record["file"] == row["file"]
        assert str(record["label"]) == row["label"]
        assert record["confidence"] == float(row["confidence"])
        assert list(record["probabilities"]) == [str(digit) for digit in range(10)]
    for name, printed in (("new/a.json", shown), ("new/a.csv", None)):
        output = tmp_path / name
        saved = run("--model", model, scans, "--output", output)
        assert saved.exit_code == 0
        assert saved.stdout == ""
        printed = printed or run("--model", model, scans)
        assert output.read_text(encoding="utf-8") == printed.stdout


def test_without_probabilities(scans, tmp_path):
    X, y = load_digits(return_X_y=True)
    path = save_model(
        make_pipeline(PixelScaler(), SVC()).fit(X, y), tmp_path / "svm.skops"
    )
    shown = run("--model", path, scans)
    (header, first, *_) = shown.stdout.splitlines()
    assert header == "file,label,confidence"
    assert first == f"{scans / '0_is_0.png'},0,"
    record = json.loads(run("--model", path, scans, "--json").stdout)["predictions"][0]
    assert (record["confidence"], record["probabilities"]) == (None, None)


def test_what_cannot_be_read_is_told_and_the_rest_goes_on(model, scans, tmp_path):
    digits = load_digits()
    scan(digits.images[3], tmp_path / "mixed" / "1.png")
    (tmp_path / "mixed" / "2.png").write_text("hello")
    Image.new("L", (50, 50), 255).save(tmp_path / "mixed" / "3.png")
    scan(digits.images[5], tmp_path / "mixed" / "4.png")
    shown = run("--model", model, tmp_path / "mixed")
    assert shown.exit_code == 1
    assert [row["file"][-5:] for row in rows(shown.stdout)] == ["1.png", "4.png"]
    _, damaged, empty, count = shown.stderr.splitlines()
    assert "2.png' is not an image of a known format" in damaged
    assert "3.png': no ink was found" in empty
    assert count == "skdigits predict: 2 of the files were not read"
    shown = run("--model", model, tmp_path / "mixed", "--json")
    assert shown.exit_code == 1
    found = json.loads(shown.stdout)
    assert [item["file"][-5:] for item in found["unreadable"]] == ["2.png", "3.png"]
    assert len(found["predictions"]) == 2
    only = run("--model", model, tmp_path / "mixed" / "2.png")
    assert only.stdout.splitlines()[1:] == []
    assert only.exit_code == 1


def test_pictures_of_other_formats_are_named(model, scans, tmp_path):
    folder = tmp_path / "phone"
    folder.mkdir()
    (folder / "1.png").write_bytes(next(scans.iterdir()).read_bytes())
    for name in ("2.HEIC", "3.pdf", "notes.txt", "table.csv"):
        (folder / name).write_text("hello")
    # Phones and chat programs rename JPEG files.
    Image.open(folder / "1.png").convert("RGB").save(tmp_path / "4.jpg")
    (tmp_path / "4.jpg").rename(folder / "4.heif")
    shown = run("--model", model, folder, "--json")
    assert shown.exit_code == 1
    assert f"'{folder / '2.HEIC'}' is not an image of a known format" in shown.stderr
    assert "Convert it to one of them." in shown.stderr
    assert "2 of the files were not read" in shown.stderr
    found = json.loads(shown.stdout)
    names = [Path(item["file"]).name for item in found["unreadable"]]
    assert names == ["2.HEIC", "3.pdf"]
    names = [Path(item["file"]).name for item in found["predictions"]]
    assert names == ["1.png", "4.heif"]


def test_a_folder_of_other_formats_alone(model, tmp_path):
    (tmp_path / "1.heic").touch()
    shown = run("--model", model, tmp_path)
    assert shown.exit_code == 1
    assert f"'{tmp_path / '1.heic'}' is not an image" in shown.stderr


def test_names_that_are_no_text(model, scans, tmp_path):
    folder = tmp_path / "odd"
    folder.mkdir()
    names = [b"\xff.png", b"\x1b[31m.png"]
    for name in names:
        content = next(scans.iterdir()).read_bytes()
        Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).write_bytes(content)
    (folder / "\x1b[31mbroken.png").write_text("hello")
    output = tmp_path / "table.csv"
    shown = run("--model", model, folder, "--output", output)
    assert shown.exit_code == 1
    assert "\x1b" not in shown.stderr
    content = output.read_bytes()
    assert all(name in content for name in names)


def test_models_of_several_labels_are_refused(scans, tmp_path):
    X, y = load_digits(return_X_y=True)
    several = KNeighborsClassifier().fit(X, np.eye(10, dtype=int)[y])
    path = save_model(several, tmp_path / "several.skops")
    shown = run("--model", path, scans)
    assert shown.exit_code == 1
    assert "several labels to an image, not one" in shown.stderr
    assert len(shown.stderr.splitlines()) == 1


def test_contact_sheets_stay_small_enough(model, scans, tmp_path, monkeypatch):
    monkeypatch.setattr(_predict, "MOST_TILES", 7)
    monkeypatch.setattr(_predict, "BATCH_SIZE", 5)
    sheet = tmp_path / "sheet.png"
    shown = run("--model", model, scans, "--contact-sheet", sheet)
    assert shown.exit_code == 0, shown.output
    assert len(rows(shown.stdout)) == 20
    assert "sheet.png' shows the first 7 of 20 digits" in shown.stderr
    with Image.open(sheet) as image:
        assert image.width < 8 * 124


def test_batches_change_nothing(model, scans, monkeypatch):
    whole = run("--model", model, scans).stdout
    monkeypatch.setattr(_predict, "BATCH_SIZE", 3)
    assert run("--model", model, scans).stdout == whole


def test_contact_sheet(model, scans, tmp_path):
    sheet = tmp_path / "new" / "sheet.png"
    shown = run("--model", model, scans, "--contact-sheet", sheet)
    assert shown.exit_code == 0, shown.output
    with Image.open(sheet) as picture:
        pixels = np.asarray(picture.convert("L"))
    # Two rows of twelve tiles, the last four of which are empty.
    height, width = pixels.shape
    cells = pixels[: height // 2 * 2, : width // 12 * 12].reshape(
        2, height // 2, 12, width // 12
    )
    inked = (cells < 100).any(axis=(1, 3)).ravel()
    assert inked.tolist() == [True] * 20 + [False] * 4
    assert rows(shown.stdout)


def test_framing_keeps_the_digits_of_a_small_model(model):
    """Pixels as large and as bright as those that it was trained on."""
    from skdigits._commands import _model_option

    loaded = _model_option.load(model)
    images = load_digits().images[:200]
    pages = [np.pad(np.kron(image, np.ones((9, 9))), 40) for image in images]
    framed = loaded.frame(pages)
    assert framed.shape == (200, 8, 8)
    assert framed.max() == pytest.approx(16)
    # It was trained on these.
    labels = load_model(model).predict(framed)
    assert np.mean(labels == load_digits().target[:200]) > 0.95


def test_a_model_of_rows_of_pixels_is_refused(scans, tmp_path):
    path = save_model(SVC().fit(np.eye(6), [0, 1] * 3), tmp_path / "rows.skops")
    shown = run("--model", path, scans)
    assert shown.exit_code == 1
    assert "takes rows of 6 pixels" in shown.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["absent.png"], 2, "absent.png"),
        ([], 2, "Missing argument"),
        (["{}", "--output", "a.txt"], 1, "must be named *.csv or *.json"),
        (["{}", "--contact-sheet", "a.jpg"], 1, "must be named *.png"),
        (["{}/.."], 1, "Name its sub-folders"),
        (
            ["{}", "--model", "absent.skops"],
            1,
            "There is no file or folder 'absent.skops'.",
        ),
    ],
)
def test_errors(arguments, code, message, scans, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shown = run(*(argument.format(scans) for argument in arguments))
    assert shown.exit_code == code
    assert message in shown.stderr
    assert "Traceback" not in shown.output
    assert shown.stdout == ""
    assert not list(tmp_path.iterdir())

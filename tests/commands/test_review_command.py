"""The command ``skdigits review``: what is reviewed, and what is written."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC
from typer.testing import CliRunner

from skdigits import _server
from skdigits._commands._review_output import check_labels
from skdigits.app.review import Review
from skdigits.cli import app
from skdigits.datasets import load_csv, load_digits, load_image_folder
from skdigits.persistence import save_model


def run(command, *arguments):
    return CliRunner().invoke(app, [command, *map(str, arguments)])


@pytest.fixture
def at_the_page(monkeypatch):
    """A list of what is done with a client of each page that is served."""
    acts = []

    def make(application, listener):
        class Server:
            def run(self):
                client = application.test_client()
                for act in acts:
                    act(client)

        return Server()

    monkeypatch.setattr(_server, "make_server", make)
    return acts


def deciding(labels):
    def act(client):
        answer = client.post("/api/decide", json={"labels": labels})
        assert answer.status_code == 200, answer.json

    return act


@pytest.mark.parametrize(
    ("labels", "wrong"),
    [
        (["", "7"], ""),
        (["7", "ten"], "ten"),
        (["=1+1", "two"], "=1+1"),
        (["7", "256"], "256"),
        (["07", "8"], "07"),
        (["seven ", "two"], "seven "),
    ],
)
def test_labels_that_a_table_cannot_hold(labels, wrong):
    review = Review("scans", [], [], labels, 255)
    with pytest.raises(ValueError, match=re.escape(f"{wrong!r} is a label that a .cs")):
        check_labels(review, Path("a.csv"))
    for fine in (["0", "9"], ["7", "a", "B"], ["digit 0", "digit 1"]):
        check_labels(Review("scans", [], [], fine, 255), Path("a.csv"))


def page_of(image):
    page = Image.fromarray((255 - 15 * image).astype(np.uint8))
    return page.resize((48, 48), Image.Resampling.BICUBIC)


@pytest.fixture(scope="module")
def scans(tmp_path_factory):
    """Twelve digits in a folder, a file each, and a file that is no image."""
    folder = tmp_path_factory.mktemp("scans")
    for row in range(12):
        page_of(load_digits().images[row]).save(folder / f"{row}.png")
    return folder


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """Forty digits in a CSV file, two with a wrong label."""
    X, y = load_digits(return_X_y=True)
    y = y.copy()
    y[[10, 25]] = (y[[10, 25]] + 1) % 10
    path = tmp_path_factory.mktemp("data") / "train.csv"
    names = ",".join(["label", *(f"pixel{i}" for i in range(64))])
    rows = np.column_stack([y, X])[:40].astype(int)
    np.savetxt(path, rows, "%d", delimiter=",", header=names, comments="")
    return path


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    X, y = load_digits(return_X_y=True)
    path = tmp_path_factory.mktemp("model") / "model.skops"
    return save_model(KNeighborsClassifier(10).fit(X[40:], y[40:]), path)


def test_files_of_single_digits_become_a_table(scans, tmp_path, at_the_page):
    shown, output = {}, tmp_path / "new" / "corrected.csv"

    def look(client):
        shown.update(client.get("/api/review").json)
        shown["picture"] = client.get("/api/images/3/surroundings").mimetype

    at_the_page += [look, deciding({"0": "0", "11": "5", "4": None})]
    result = run("review", scans, "--port", 0, "--output", output)
    assert result.exit_code == 0, result.output
    assert f"{scans}: 12 images to review.\n" in result.stdout
    assert result.stdout.endswith(
        f"Wrote 2 images to '{output}', 1 without a digit left out. Train on them: "
        f"skdigits train --data {output}\n"
    )
    assert (shown["name"], shown["picture"]) == (str(scans), "image/jpeg")
    names = [Path(item["name"]).name for item in shown["items"]]
    assert names == [f"{row}.png" for row in range(12)]
    proposals = [item["proposal"] for item in shown["items"]]
    truth = load_digits().target[:12].astype(str)
    assert np.mean(proposals == truth) > 0.8
    confidences = [shown["items"][number]["confidence"] for number in shown["order"]]
    assert confidences == sorted(confidences)
    digits = load_csv(output)
    assert digits.target.tolist() == [0, 5]
    assert digits.images.shape == (2, 28, 28)
    # It goes on where it ended; a decision can be another now.
    at_the_page[:] = [deciding({"0": "6", "1": "1"})]
    result = run("review", scans, "--port", 0, "--output", output)
    assert "12 images to review, 3 decided before.\n" in result.stdout
    again = load_csv(output)
    assert again.target.tolist() == [6, 1, 5]
    np.testing.assert_array_equal(again.images[[0, 2]], digits.images)


def test_a_folder_of_labels_follows_each_decision(scans, tmp_path, at_the_page):
    output = tmp_path / "corrected"
    at_the_page += [deciding({"0": "0", "1": "1", "2": "2"})]
    assert run("review", scans, "--port", 0, "--output", output).exit_code == 0
    (output / "1" / "mine.png").write_bytes((output / "1/000001.png").read_bytes())
    at_the_page[:] = [
        deciding({"0": "6", "2": None}),
        lambda client: client.post("/api/save", json={}),
        deciding({"1": "7"}),
    ]
    result = run("review", scans, "--port", 0, "--output", output)
    assert "Wrote 2 images" in result.stdout
    files = sorted(path.relative_to(output).as_posix() for path in output.rglob("*.*"))
    assert files == ["1/mine.png", "6/000000.png", "7/000001.png"]
    assert sorted(path.name for path in output.iterdir()) == ["1", "6", "7"]
    assert load_image_folder(output).images.shape == (3, 28, 28)


def test_a_journal_cannot_name_folders_elsewhere(scans, tmp_path, at_the_page):
    output = tmp_path / "in" / "corrected"
    at_the_page += [deciding({"0": "0"})]
    assert run("review", scans, "--port", 0, "--output", output).exit_code == 0
    journal = output.with_name("corrected.journal")
    with journal.open("a", encoding="utf-8") as file:
        file.write('{"labels": {"1": "../../elsewhere"}}\n')
    at_the_page.clear()
    result = run("review", scans, "--port", 0, "--output", output)
    assert result.exit_code == 1
    assert "corrected.journal' holds the label '../../elsewhere'" in result.stderr
    assert not (tmp_path / "elsewhere").exists()


def test_suspected_labels_come_first_and_all_images_are_written(
    table, model, tmp_path, at_the_page
):
    shown, output = {}, tmp_path / "corrected.csv"

    def correct(client):
        shown.update(client.get("/api/review").json)
        for number in shown["order"][:2]:
            label = shown["items"][number]["proposal"]
            deciding({number: label})(client)

    at_the_page += [correct, deciding({"30": None})]
    options = "--data", table, "--model", model, "--output", output
    result = run("review", *options, "--port", 0)
    assert result.exit_code == 0, result.output
    assert set(shown["order"][:2]) == {10, 25}
    assert shown["items"][10]["name"] == "#10"
    given = [line.split(",")[0] for line in table.read_text("utf-8").splitlines()]
    assert [item["given"] for item in shown["items"]] == given[1:]
    X, y = load_digits(return_X_y=True)
    kept = np.delete(np.arange(40), 30)
    corrected = load_csv(output)
    np.testing.assert_array_equal(corrected.target, y[kept])
    # The pixels are those of the file, not those that a model sees.
    np.testing.assert_array_equal(corrected.data, X[kept])
    train = "--data", output, "--model", "knn", "--output", tmp_path / "m.skops"
    trained = run("train", *train)
    assert "29 images to train on, 10 to test on" in trained.stdout, trained.output


def test_digits_of_photos_and_what_was_nearly_one(tmp_path, at_the_page):
    digits = load_digits()
    page = Image.new("L", (700, 240), 235)
    for k, row in enumerate((4, 0, 7)):
        page.paste(page_of(digits.images[row]).resize((96, 96)), (60 + 180 * k, 70))
    photo = tmp_path / "photo.png"
    page.point(lambda level: min(level, 235)).save(photo)
    shown, output = {}, tmp_path / "corrected.csv"

    def accept(client):
        shown.update(client.get("/api/review").json)
        shown["picture"] = client.get("/api/images/0/surroundings").data
        items = shown["items"]
        deciding({k: item["proposal"] for k, item in enumerate(items)})(client)

    at_the_page += [accept]
    result = run("review", photo, "--photos", "--port", 0, "--output", output)
    assert result.exit_code == 0, result.output
    names = [item["name"] for item in shown["items"]]
    assert len(names) >= 3
    assert all(name.startswith(f"{photo} at ") for name in names)
    assert shown["picture"].startswith(b"\xff\xd8")
    proposals = {item["proposal"] for item in shown["items"]}
    assert {"4", "0", "7"} <= proposals
    assert {4, 0, 7} <= set(load_csv(output).target.tolist())


def test_a_journal_of_other_images_is_refused(
    scans, table, model, tmp_path, at_the_page
):
    output = tmp_path / "corrected.csv"
    at_the_page += [deciding({"0": "0"})]
    assert run("review", scans, "--port", 0, "--output", output).exit_code == 0
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    options = "--data", table, "--model", model, "--output", output
    result = run("review", *options, "--port", 0)
    assert result.exit_code == 1
    assert result.stderr == (
        f"skdigits review: '{output}.journal' holds decisions on '{scans}' (12 "
        f"images), not on '{table}' (40 images). Name another --output.\n"
    )
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "Name what to review"),
        (["scans", "--data", "train.csv"], "not both"),
        (["--data", "train.csv", "--photos"], "--photos is for FILES"),
        (["scans", "--image-shape", "28x28"], "--image-shape is for a CSV file"),
        (["empty"], "no image files in the folder 'empty'"),
        (["blank.png"], "no digit was found in 'blank.png'"),
        (["--data", "train.csv", "--output", "train.csv"], "would change"),
        (["scans", "--output", "scans"], "into a folder that this command reads"),
        (["scans", "--output", "scans/new"], "into a folder that this command reads"),
        (["scans/0.png", "--output", "scans"], "would change"),
        (["scans/0.png", "--output", "scans/0.png"], "would change"),
        (["scans", "--output", "mine.csv"], "there is no journal 'mine.csv.journal'"),
        (["scans", "--output", "mine"], "there is no journal 'mine.journal'"),
        (["scans", "--output", "blank.png"], "is a file"),
        (["scans", "--model", "svm.skops"], "gives no probabilities"),
        (["--data", "scans"], "has no labels"),
    ],
)
def test_errors(arguments, message, scans, table, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("scans").mkdir()
    for row in range(3):
        Path(f"scans/{row}.png").write_bytes((scans / f"{row}.png").read_bytes())
    for folder in ("empty", "mine"):
        Path(folder).mkdir()
    Path("mine/notes.txt").touch()
    Path("mine.csv").touch()
    Path("train.csv").write_bytes(table.read_bytes())
    Image.new("L", (40, 40), 255).save("blank.png")
    if "svm.skops" in arguments:
        X, y = load_digits(return_X_y=True)
        save_model(SVC().fit(X[:50], y[:50]), "svm.skops")
    before = {path: path.is_dir() or path.read_bytes() for path in Path().rglob("*")}
    result = run("review", "--port", 0, *arguments)
    assert result.exit_code == 1, result.output
    assert message in result.stderr
    assert "Traceback" not in result.output
    after = {path: path.is_dir() or path.read_bytes() for path in Path().rglob("*")}
    assert after == before


def test_a_model_does_not_judge_what_it_was_trained_on(table, tmp_path):
    path = tmp_path / "model.skops"
    train = "--data", table, "--model", "knn", "--output", path
    assert run("train", *train).exit_code == 0
    options = "--data", table, "--model", path, "--output", tmp_path / "new.csv"
    result = run("review", *options, "--port", 0)
    assert result.exit_code == 1
    assert f"{path} was trained on a part of '{table}'" in result.stderr


def test_files_that_cannot_be_read_are_named_and_the_others_reviewed(
    scans, tmp_path, at_the_page
):
    damaged = tmp_path / "damaged.png"
    damaged.write_bytes(b"nothing")
    arguments = scans, damaged, scans / "0.png", "--output", tmp_path / "new.csv"
    result = run("review", *arguments, "--port", 0)
    assert result.exit_code == 1
    assert str(damaged) in result.stderr
    assert "1 of the files were not read" in result.stderr
    assert ": 12 images to review.\n" in result.stdout  # each counts once


def test_journals_begin_with_what_they_are_about(scans, tmp_path, at_the_page):
    output = tmp_path / "corrected.csv"
    result = run("review", scans, "--port", 0, "--output", output)
    assert result.stdout.endswith("No image has a label yet, so nothing was written.\n")
    assert not output.exists()
    (line,) = Path(f"{output}.journal").read_text(encoding="utf-8").splitlines()
    record = json.loads(line)
    assert (record["input"], record["n_images"]) == (str(scans), 12)

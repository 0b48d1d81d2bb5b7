"""Files that the commands write: what they must not replace, and full disks."""

import csv
import errno
import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from typer.testing import CliRunner

from skdigits._commands import _saving
from skdigits._commands._console import check_output
from skdigits._commands._spreadsheets import csv_line
from skdigits.cli import app
from skdigits.datasets import load_digits
from skdigits.persistence import load_model
from skdigits.persistence import save_model as save


def run(*arguments):
    return CliRunner().invoke(app, [*map(str, arguments)])


@pytest.fixture
def photo(tmp_path):
    pixels = np.full((60, 60), 255, np.uint8)
    pixels[10:50, 28:33] = 0
    path = tmp_path / "ok.png"
    Image.fromarray(pixels).save(path)
    return path


# What is read is not replaced.


def test_predict_does_not_replace_what_it_reads(photo, tmp_path):
    before = photo.read_bytes()
    link = tmp_path / "link.png"
    link.symlink_to(photo)
    for target, named in ((photo, photo), (link, photo), (photo, tmp_path)):
        shown = run("predict", "--contact-sheet", target, named)
        assert shown.exit_code == 1
        assert f"'{target}' is read by this command" in shown.stderr
        assert photo.read_bytes() == before
    table = tmp_path / "image.csv"  # the name does not tell what is in it
    shutil.copy(photo, table)
    assert run("predict", "--output", table, table).exit_code == 1
    assert table.read_bytes() == before
    sheet = tmp_path / "sheet.png"
    for _ in range(2):  # the second time it is there, and may be replaced
        shown = run("predict", "--contact-sheet", sheet, photo)
        assert shown.exit_code == 0, shown.stderr


def test_other_commands_do_not_replace_their_data(tmp_path):
    data = tmp_path / "data.csv"
    X, y = load_digits(return_X_y=True)
    names = ",".join(["label", *(f"pixel{i}" for i in range(64))])
    table = np.column_stack([y, X])[:50].astype(int)
    np.savetxt(data, table, "%d", delimiter=",", header=names, comments="")
    before = data.read_bytes()
    for command in ("compare", "report"):
        shown = run(command, "--data", data, "--output", data)
        assert shown.exit_code != 0
        assert "is read by this command" in shown.stderr
        assert data.read_bytes() == before


# Folders are made where they are needed.


def test_no_folder_is_made_that_the_path_leaves_again(tmp_path):
    output = tmp_path / "not" / "there" / ".." / "x.skops"
    shown = run("train", "--model", "knn", "--output", output)
    assert shown.exit_code == 1
    assert "leads through a folder that is not there" in shown.stderr
    assert os.listdir(tmp_path) == []
    (tmp_path / "there").mkdir()
    check_output(tmp_path / "there" / ".." / "new" / "x.skops", ".skops")
    assert sorted(os.listdir(tmp_path)) == ["new", "there"]


def test_relative_paths(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for path in ("x.csv", "a/b/x.csv", "a/../x.csv", "../x.csv"):
        check_output(Path(path))
    with pytest.raises(FileNotFoundError, match="leads through"):
        check_output(Path("c/../x.csv"))
    assert os.listdir(tmp_path) == ["a"]


# A full disk.

FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.skipif(sys.platform == "win32", reason="needs limits of POSIX")
def test_a_full_disk_is_found_before_the_training(tmp_path):
    code = (
        "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "from skdigits.cli import main; main()"
    )
    output = tmp_path / "m.skops"
    shown = subprocess.run(
        [sys.executable, "-c", code, "train", "--model", "knn", "--output", output],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert shown.returncode == 1
    assert shown.stdout == ""
    assert f"'{output}' cannot be written to: File too large." in shown.stderr


@pytest.fixture
def full_folder(tmp_path, monkeypatch):
    """A folder in which there is no room for a model."""
    folder = tmp_path / "full"

    def save_where_there_is_room(estimator, path, **options):
        if Path(path).parent in full:
            raise FULL
        return save(estimator, path, **options)

    full = [folder]
    monkeypatch.setattr("skdigits.persistence.save_model", save_where_there_is_room)
    monkeypatch.setattr(_saving.tempfile, "gettempdir", lambda: str(tmp_path))
    return folder


def test_a_model_is_kept_when_the_disk_is_full_after_the_training(full_folder):
    output = full_folder / "m.skops"
    options = "--model", "knn", "--train-size", 100, "--output", output
    shown = run("train", *options)
    assert shown.exit_code == 1
    last = shown.stderr.splitlines()[-1]
    assert f"'{output}' could not be written: No space left on device." in last
    place = last.split("saved as '")[1].split("'")[0]
    assert place.endswith("m.skops")
    X, y = load_digits(return_X_y=True)
    assert load_model(place).score(X, y) > 0.5
    assert not output.exists()


def test_no_room_anywhere(tmp_path, monkeypatch):
    def fail(*args, **options):
        raise FULL

    monkeypatch.setattr("skdigits.persistence.save_model", fail)
    monkeypatch.setattr(_saving.tempfile, "mkdtemp", fail)
    with pytest.raises(OSError, match=r"No space left on device\. The model is lost"):
        _saving.save_trained(None, tmp_path / "m.skops", {})


# Pipes.


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
def test_a_pipe_is_not_waited_for(tmp_path, photo):
    pipe = tmp_path / "pipe.png"
    os.mkfifo(pipe)
    for command in ("predict", "read"):
        shown = subprocess.run(
            [sys.executable, "-m", "skdigits", command, photo, pipe],
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert shown.returncode == 1
        assert f"'{pipe}' is a pipe or a device; expected a file" in shown.stderr
        if command == "predict":  # the other photo is read
            assert "ok.png" in shown.stdout


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
def test_a_pipe_in_place_of_a_model(tmp_path, photo):
    pipe = tmp_path / "pipe.skops"
    os.mkfifo(pipe)
    for arguments in (["predict", "--model", pipe, photo], ["inspect", pipe]):
        shown = run(*arguments)
        assert shown.exit_code == 2
        assert "pipe or a device" in " ".join(shown.stderr.replace("│", "").split())


# Formulas in tables.

FORMULAS = ["=cmd()|.png", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", " =1", "=1;=2"]


@pytest.mark.parametrize("text", [*FORMULAS, "\uff1d1+1", "-", "+", "=", "@"])
def test_formulas_are_text(text):
    (cells,) = csv.reader(io.StringIO(csv_line([text, 7]), newline=""))
    assert cells == [f"'{text}", "7"]


@pytest.mark.parametrize("text", ["12", "-12", "+3", "-4.5", "-4,5", "a=b", "7@x", ""])
def test_numbers_and_other_text_stay_as_they_are(text):
    (cells,) = csv.reader([csv_line([text, -1.5, None])])
    assert cells == [text, "-1.5", ""]


def test_what_other_languages_separate_by_is_quoted():
    assert csv_line(["a;=1.png", 'b"c']) == '"a;=1.png","b""c"\n'


@given(st.lists(st.text(), min_size=2))
def test_tables_are_read_as_they_were_written(texts):
    (cells,) = csv.reader(io.StringIO(csv_line(texts), newline=""))
    for cell, text in zip(cells, texts, strict=True):
        assert cell in (text, f"'{text}")


@pytest.mark.skipif(sys.platform == "win32", reason="names that Windows refuses")
def test_names_of_files_in_a_table(photo, monkeypatch):
    path = photo.rename(photo.with_name("=cmd()|.png"))
    monkeypatch.chdir(path.parent)
    _, row = csv.reader(run("predict", path.name).stdout.splitlines())
    assert row[0] == "'=cmd()|.png"
    (record,) = json.loads(run("predict", "--json", path.name).stdout)["predictions"]
    assert record["file"] == "=cmd()|.png"

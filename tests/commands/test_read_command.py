import json
import os
import shutil
import signal
import subprocess
import sys
import time
import warnings
import weakref
from dataclasses import replace
from functools import cache

import joblib
import numpy as np
import pytest
from PIL import Image
from sklearn.naive_bayes import GaussianNB
from sklearn.svm import SVC
from typer.testing import CliRunner

from skdigits import reading
from skdigits._commands import _reading_photos
from skdigits._commands._reading_photos import Found, Photo
from skdigits._threads import n_threads
from skdigits.cli import app
from skdigits.datasets import load_digits
from skdigits.persistence import save_model
from skdigits.preprocessing import DigitNormalizer
from skdigits.reading import DigitReader, Table


def run(*arguments):
    return CliRunner().invoke(app, ["read", *map(str, arguments)])


def photo(labels, path):
    """Write digits of the bundled set side by side, dark on paper."""
    digits = load_digits()
    images = [digits.images[np.flatnonzero(digits.target == i)[0]] for i in labels]
    ink = np.pad(np.hstack([np.pad(image, ((0, 0), (2, 2))) for image in images]), 6)
    grey = (235 - np.minimum(ink * 14.0, 200)).astype(np.uint8)
    page = Image.fromarray(grey)
    size = (page.width * 8, page.height * 8)
    page.resize(size, Image.Resampling.BICUBIC).save(path)
    return path


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    folder = tmp_path_factory.mktemp("photos")
    return [photo((4, 0, 7), folder / "a.png"), photo((1, 2), folder / "b.png")]


@pytest.fixture(autouse=True)
def _each_photo_once(monkeypatch):
    """Reading takes a second; tests of the command need each only once."""

    class Once(DigitReader):
        def read(self, image):
            return _read(str(image), self.min_confidence)

    monkeypatch.setattr(reading, "DigitReader", Once)


@cache
def _read(path, min_confidence):
    return DigitReader(min_confidence=min_confidence).read(path)


def test_text(photos):
    shown = run(photos[0])
    assert shown.exit_code == 0, shown.output
    assert shown.stdout == _read(str(photos[0]), 0.5).text + "\n"
    assert shown.stdout.replace(" ", "") == "407\n"
    assert shown.stderr == ""


def test_lines_of_several_photos_begin_with_their_names(photos):
    for arguments in (photos, [photos[0].parent]):
        shown = run(*arguments)
        assert shown.exit_code == 0, shown.output
        texts = [_read(str(photo), 0.5).text for photo in photos]
        assert shown.stdout == f"{photos[0]}: {texts[0]}\n{photos[1]}: {texts[1]}\n"


@pytest.mark.skipif(sys.platform == "win32", reason="has no such names")
def test_names_of_photos_make_no_lines_and_no_commands_of_a_terminal(photos, tmp_path):
    for name in ("a.png: 9\nb.png", "c\x1b[31m.png"):
        (tmp_path / name).write_bytes(photos[1].read_bytes())
    text = run(photos[1]).output
    shown = run(tmp_path).output.splitlines()
    assert len(shown) == 2 * len(text.splitlines())
    assert "\x1b" not in "".join(shown)


def test_json(photos):
    found = json.loads(run(*photos, "--json").stdout)
    assert found["unreadable"] == []
    texts = [item["text"].replace(" ", "") for item in found["readings"]]
    assert texts == ["407", "12"]
    assert found["readings"][0] == {
        "file": str(photos[0]),
        **_read(str(photos[0]), 0.5).to_dict(),
    }


def test_what_cannot_be_read_is_told_and_the_rest_goes_on(photos, tmp_path):
    broken = tmp_path / "broken.png"
    broken.write_text("hello")
    shown = run(broken, photos[1])
    assert shown.exit_code == 1
    assert shown.stdout == f"{photos[1]}: {_read(str(photos[1]), 0.5).text}\n"
    reason, count = shown.stderr.splitlines()
    assert reason.startswith(f"skdigits read: '{broken}' is not an image")
    assert count == "skdigits read: 1 of the files were not read"
    found = json.loads(run(broken, photos[1], "--json").stdout)
    assert found["unreadable"][0]["file"] == str(broken)
    assert len(found["readings"]) == 1


def test_pictures_of_other_formats_are_named(photos, tmp_path):
    (tmp_path / "a.png").write_bytes(photos[1].read_bytes())
    (tmp_path / "b.HEIC").write_text("hello")
    shown = run(tmp_path)
    assert shown.exit_code == 1
    assert f"'{tmp_path / 'b.HEIC'}' is not an image of a known format" in shown.stderr
    assert f"{tmp_path / 'a.png'}: " in shown.stdout


def test_no_digit(tmp_path):
    path = tmp_path / "empty.png"
    Image.new("L", (200, 200), 255).save(path)
    shown = run(path)
    assert shown.exit_code == 0
    assert shown.stdout == ""
    assert shown.stderr == f"skdigits read: '{path}': no digit was found\n"


def test_annotated(photos, tmp_path):
    picture = tmp_path / "new" / "picture.png"
    shown = run(photos[0], "--annotated", picture)
    assert shown.exit_code == 0, shown.output
    with Image.open(picture) as image:
        pixels = np.asarray(image.convert("RGB")).astype(int)
    green = (pixels[..., 1] > pixels[..., 0] + 60) & (pixels[..., 1] > 120)
    assert green.sum() > 200
    folder = tmp_path / "many"
    assert run(*photos, "--annotated", folder).exit_code == 0
    assert sorted(path.name for path in folder.iterdir()) == ["a.png", "b.png"]


def test_a_folder_of_pictures_may_have_a_dot_in_its_name(photos, tmp_path):
    folder = tmp_path / "drawn.v2"
    folder.mkdir()
    assert run(*photos, "--annotated", folder).exit_code == 0
    assert sorted(path.name for path in folder.iterdir()) == ["a.png", "b.png"]


def test_photos_are_not_kept_in_memory(photos, monkeypatch):
    kept = []

    class Spy(DigitReader):
        def read(self, image):
            kept.append(sum(picture() is not None for picture in pictures))
            found = _read(str(image), 0.5)
            found = replace(found, picture=found.picture.copy())
            pictures.append(weakref.ref(found.picture))
            return found

    for options in ([], ["--json"]):
        pictures = []
        monkeypatch.setattr(reading, "DigitReader", Spy)
        assert run(*photos, *photos, *options).exit_code == 0
    assert kept == [0] * 4 * 2


def test_no_picture_replaces_another(photos, tmp_path):
    other = photo((3,), tmp_path / "a.png")
    shown = run(photos[0], other, "--annotated", tmp_path / "many")
    assert shown.exit_code == 1
    assert "a.png' for 2 photos. Rename them" in shown.stderr
    before = other.read_bytes()
    for annotated in (other, tmp_path):
        shown = run(other, "--annotated", annotated)
        assert shown.exit_code == 1
        assert "is read by this command" in shown.stderr
    assert other.read_bytes() == before
    shown = run(*photos, "--annotated", tmp_path / "one.png")
    assert shown.exit_code == 1
    assert "must be a folder, because there are 2 photos" in shown.stderr
    assert shown.stdout == ""


def table(*rows):
    boxes = tuple(
        tuple((9 * x, 9 * y, 9 * x + 9, 9 * y + 9) for x in range(len(rows[0])))
        for y in range(len(rows))
    )
    return Table(rows, boxes)


@pytest.fixture
def read_tables(monkeypatch):
    """Let the reader find tables, that is, those of a list."""
    found = [table(("1", "2", "3")), table(("12", ""), ("?", "0072"), ("3,5", "4"))]

    class WithTables(DigitReader):
        def read(self, image):
            read = _read(str(image), 0.5)
            return replace(read, tables=tuple(found), note="a note" if found else "why")

    monkeypatch.setattr(reading, "DigitReader", WithTables)
    return found


def test_the_largest_table_is_written(photos, tmp_path, read_tables):
    path = tmp_path / "new" / "marks.csv"
    shown = run(photos[0], "--table", path)
    assert shown.exit_code == 0, shown.output
    assert shown.stdout.replace(" ", "") == "407\n"
    assert path.read_bytes() == b'12,\n?,0072\n"3,5",4\n'
    folder = tmp_path / "many"
    assert run(*photos, "--table", folder).exit_code == 0
    assert sorted(path.name for path in folder.iterdir()) == ["a.csv", "b.csv"]


def test_json_has_the_tables(photos, read_tables):
    (found,) = json.loads(run(photos[0], "--json").stdout)["readings"]
    cells = [["12", ""], ["?", "0072"], ["3,5", "4"]]
    assert [table["cells"] for table in found["tables"]] == [[["1", "2", "3"]], cells]
    assert found["note"] == "a note"


def test_no_table(photos, tmp_path, read_tables):
    del read_tables[:]
    shown = run(*photos, "--table", tmp_path)
    assert shown.exit_code == 1
    assert len(shown.stdout.splitlines()) == 2
    assert list(tmp_path.iterdir()) == []
    first, second = shown.stderr.splitlines()
    assert first == (
        f"skdigits read: '{photos[0]}': no table was found (lines: 1, digits: 3, "
        "rejected: 0). The image: why. To see what was read, add --annotated PATH."
    )
    assert f"'{photos[1]}'" in second
    assert json.loads(run(*photos, "--table", tmp_path, "--json").stdout)["readings"]


def test_a_table_goes_into_a_csv_file(photos, tmp_path, read_tables):
    shown = run(photos[0], "--table", tmp_path / "marks.xlsx")
    assert shown.exit_code == 1
    assert "must be named *.csv" in shown.stderr
    assert shown.stdout == ""


def test_models_that_cannot_read_photos(photos, tmp_path):
    digits = load_digits()
    X, y = DigitNormalizer().fit_transform(digits.images[:100]), digits.target[:100]
    path = tmp_path / "model.skops"
    for model, message in (
        (SVC().fit(X, y), "gives no probabilities"),
        (GaussianNB().fit(digits.data, digits.target), "takes 8x8 pixels"),
    ):
        save_model(model, path, overwrite=True)
        shown = run(photos[0], "--model", path)
        assert shown.exit_code == 1
        assert message in shown.stderr
        assert len(shown.stderr.splitlines()) == 1


def test_a_model_is_used(photos, tmp_path, monkeypatch):
    digits = load_digits()
    X = DigitNormalizer().fit_transform(digits.images[:200])
    model = GaussianNB().fit(X / 255, digits.target[:200])
    facts = {"white_level": 254.0}  # the brightest pixel that it happened to see
    path = save_model(model, tmp_path / "model.skops", metadata=facts)
    used = []

    class Spy(DigitReader):
        def read(self, image):
            used.append(self.classifier)
            return _read(str(image), 0.5)

    monkeypatch.setattr(reading, "DigitReader", Spy)
    assert run(photos[0], "--model", path, "--min-confidence", 0.9).exit_code == 0
    np.testing.assert_array_equal(used[0].theta_, model.theta_)


def lines_of(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.fixture
def readings(tmp_path):
    return tmp_path / "new" / "readings.jsonl"


@pytest.fixture
def spy(monkeypatch):
    """Note which photos are read, and call something before each."""

    class Spy(DigitReader):
        read_paths = ()
        before = staticmethod(lambda path: None)

        def read(self, image):
            Spy.before(image)
            Spy.read_paths += (image,)
            return _read(str(image), self.min_confidence)

    monkeypatch.setattr(reading, "DigitReader", Spy)
    return Spy


def test_output_gets_each_reading_at_once(photos, readings, spy):
    lengths = []
    spy.before = lambda path: lengths.append(len(readings.read_text().splitlines()))
    shown = run(*photos, "--output", readings)
    assert (shown.exit_code, shown.output) == (0, "")
    assert lengths == [0, 1]
    assert lines_of(readings) == [
        {
            "file": str(path),
            "model": None,
            "min_confidence": 0.5,
            **_read(str(path), 0.5).to_dict(),
        }
        for path in photos
    ]


def test_an_interrupted_run_goes_on(photos, readings, spy):
    def interrupt(path):
        if path == photos[1]:
            signal.raise_signal(signal.SIGINT)

    spy.before = interrupt
    shown = run(*photos, "--output", readings)
    assert shown.exit_code == 130
    told = "skdigits read: interrupted; the same command goes on with the rest\n"
    assert (shown.stdout, shown.stderr) == ("", told)
    assert spy.read_paths == (photos[0],)
    before = readings.read_bytes()
    spy.before = lambda path: None
    shown = run(*photos, photos[1], "--output", readings)
    assert shown.exit_code == 0
    assert shown.stderr == (
        f"skdigits read: '{readings}' holds 1 of 2 photos already; they are skipped\n"
    )
    assert spy.read_paths == tuple(photos)
    assert readings.read_bytes().startswith(before)
    assert [line["file"] for line in lines_of(readings)] == list(map(str, photos))
    assert run(*photos, "--output", readings).exit_code == 0
    assert spy.read_paths == tuple(photos)


@pytest.mark.parametrize("part", ["{", '{"file": ', '{"file": "a.png", "model": nu'])
def test_a_line_that_a_killed_run_left_is_written_anew(part, photos, readings):
    assert run(*photos, "--output", readings).exit_code == 0
    whole = readings.read_text()
    readings.write_text(whole.splitlines()[0] + "\n" + part)
    assert run(*photos, "--output", readings).exit_code == 0
    assert readings.read_text() == whole


@pytest.mark.parametrize("text", ["hello\n", "hello", '{"a": 1}\n', "[1]\n", "\n{"])
def test_other_files_are_left_alone(text, photos, readings, spy):
    readings.parent.mkdir()
    readings.write_text(text)
    shown = run(*photos, "--output", readings)
    assert shown.exit_code == 1
    assert f"Line 1 of '{readings}' is no reading of skdigits" in shown.stderr
    assert readings.read_text() == text
    assert spy.read_paths == ()
    shown = run(*photos, "--output", readings.with_suffix(".csv"))
    assert shown.exit_code == 1
    assert "must be named *.jsonl" in shown.stderr


def test_readings_with_other_options_are_not_mixed(photos, readings):
    assert run(photos[0], "--output", readings).exit_code == 0
    before = readings.read_bytes()
    shown = run(*photos, "--output", readings, "--min-confidence", 0.9)
    assert shown.exit_code == 1
    assert "were made with min_confidence=0.5, not 0.9" in shown.stderr
    assert readings.read_bytes() == before


def test_what_cannot_be_read_is_tried_again(photos, readings, tmp_path):
    mended = tmp_path / "mended.png"
    mended.write_text("hello")
    shown = run(mended, photos[1], "--output", readings)
    assert shown.exit_code == 1
    assert f"'{mended}' is not an image" in shown.stderr
    assert [line["file"] for line in lines_of(readings)] == [str(photos[1])]
    shutil.copy(photos[0], mended)
    assert run(mended, photos[1], "--output", readings).exit_code == 0
    texts = [line["text"].replace(" ", "") for line in lines_of(readings)]
    assert texts == ["12", "407"]


def test_two_processes(photos, tmp_path, spy):
    broken = tmp_path / "broken.png"
    broken.write_text("hello")
    folder = tmp_path / "drawn"
    shown = run(photos[1], broken, photos[0], "--jobs", 2, "--annotated", folder)
    assert shown.exit_code == 1
    assert shown.stdout == "".join(
        f"{path}: {_read(str(path), 0.5).text}\n" for path in photos[::-1]
    )
    reason, count = shown.stderr.splitlines()
    assert reason.startswith(f"skdigits read: '{broken}' is not an image")
    assert count == "skdigits read: 1 of the files were not read"
    assert sorted(path.name for path in folder.iterdir()) == ["a.png", "b.png"]
    assert spy.read_paths == ()  # not in this process


RUN = "import sys; from skdigits.cli import app; app()"


@pytest.mark.skipif(os.name != "posix", reason="a terminal's Ctrl-C is of POSIX")
def test_ctrl_c_keeps_what_two_processes_read(photos, readings, tmp_path):
    many = tmp_path / "many"
    many.mkdir()
    paths = [many / f"{i}.png" for i in range(100, 140)]
    for path in paths:
        shutil.copy(photos[1], path)
    options = [str(many), "--output", str(readings)]
    process = subprocess.Popen(
        [sys.executable, "-c", RUN, "read", *options, "--jobs", "2"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with process:
        while process.poll() is None:
            if readings.exists() and readings.stat().st_size:
                break
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGINT)
        output, errors = process.communicate(timeout=120)
    assert (process.returncode, output) == (130, "")
    assert errors.endswith("interrupted; the same command goes on with the rest\n")
    assert len(errors.splitlines()) == 1
    n_read = len(lines_of(readings))
    assert 0 < n_read < len(paths)
    shown = run(*options)
    assert shown.exit_code == 0
    assert f"holds {n_read} of 40 photos already" in shown.stderr
    assert [line["file"] for line in lines_of(readings)] == list(map(str, paths))


def test_a_killed_process_is_told(photos, monkeypatch):
    def die(*args):
        os._exit(1)

    monkeypatch.setattr(_reading_photos, "_read_there", die)
    shown = run(*photos, "--jobs", 2)
    assert shown.exit_code == 1
    (line,) = shown.stderr.splitlines()
    assert line.startswith("skdigits read: A process that read photos was killed")


@pytest.mark.filterwarnings("always")
def test_processes_share_the_cores_and_their_warnings_are_told(photos, monkeypatch):
    def tell_threads(*args):
        text = str(n_threads())
        return Found({"text": text, "lines": [{"text": text}]}, warnings=("careful",))

    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr(_reading_photos, "_read_there", tell_threads)
    shown = run(*photos, "--jobs", 2)
    n = max(1, joblib.cpu_count() // 2)
    assert shown.stdout == "".join(f"{photo}: {n}\n" for photo in photos)
    assert shown.stderr == 2 * "skdigits read: warning: careful\n"


@pytest.mark.filterwarnings("always")
def test_warnings_of_another_process_come_with_its_result(photos, monkeypatch, spy):
    make_reader = _reading_photos._make_reader  # without a cache
    monkeypatch.setattr(_reading_photos, "_reader_of_process", make_reader)
    spy.before = lambda path: warnings.warn("careful", stacklevel=2)
    found = _reading_photos._read_there(Photo(photos[0], None, None), None, 0.5)
    assert found.warnings == ("careful",)
    assert found.reading == _read(str(photos[0]), 0.5).to_dict()


def test_misuse_exits_with_2(photos):
    assert run().exit_code == 2
    assert run("absent.png").exit_code == 2
    assert run(photos[0], "--min-confidence", 1.5).exit_code == 2
    assert run(photos[0], "--jobs", 0).exit_code == 2

import json
import weakref
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from PIL import Image
from sklearn.naive_bayes import GaussianNB
from sklearn.svm import SVC
from typer.testing import CliRunner

from skdigits import reading
from skdigits.cli import app
from skdigits.datasets import load_digits
from skdigits.persistence import save_model
from skdigits.preprocessing import DigitNormalizer
from skdigits.reading import DigitReader


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
    # That which was read just before is in a loop's variable.
    assert max(kept) == 1


def test_no_picture_replaces_another(photos, tmp_path):
    other = photo((3,), tmp_path / "a.png")
    shown = run(photos[0], other, "--annotated", tmp_path / "many")
    assert shown.exit_code == 1
    assert "2 photos would be drawn into" in shown.stderr
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


def test_misuse_exits_with_2(photos):
    assert run().exit_code == 2
    assert run("absent.png").exit_code == 2
    assert run(photos[0], "--min-confidence", 1.5).exit_code == 2

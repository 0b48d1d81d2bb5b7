"""Pictures that strangers draw to take time and memory."""

import subprocess
import sys

import numpy as np
import pytest

from skdigits.reading import _columns, _curves, _grids, _labelling
from skdigits.reading._columns import find_columns
from skdigits.reading._grids import find_grids
from skdigits.reading._joining import join_broken
from skdigits.reading._labelling import MOST_PIXELS, LabelledPage, label_page
from skdigits.reading._labels import N_LABELS, Label
from skdigits.reading._masks import MOST_IN_BOXES, connected
from skdigits.reading._page import _read_rows
from skdigits.reading._recognizing import MOST_CANDIDATES, Recognizer
from skdigits.reading._strokes import Stroke

SIDE = int(MOST_PIXELS**0.5)
Y, X = np.mgrid[:SIDE, :SIDE]


@pytest.mark.parametrize(
    "mask",
    [
        np.hypot(X - SIDE / 2, Y - SIDE / 2) % 8 < 2,
        np.minimum(X, Y) % 14 < 4,
        (X + Y) % 12 < 4,
        (np.abs(X - SIDE / 2) + Y) % 12 < 4,
    ],
    ids=["rings", "nested Ls", "diagonal stripes", "V shapes"],
)
def test_boxes_within_each_other_are_refused_before_they_are_cut_out(mask):
    with pytest.raises(ValueError, match=r"boxes hold [\d,]+ pixels; .* Crop it"):
        next(connected(mask))


def test_ruled_paper_that_is_photographed_at_an_angle_is_not_refused():
    mask = (Y + 0.4 * X) % 30 < 2
    boxes = sum(piece.size for _, piece in connected(mask))
    assert 10 * mask.size < boxes < MOST_IN_BOXES


def strokes(n, side=20):
    mask = np.ones((side, side), bool)
    return [
        Stroke((x, y, x + side, y + side), mask.copy(), Label.DIGIT, 1.0)
        for x, y in zip(range(n), np.arange(n) // 9 % 2 * (side + 2), strict=True)
    ]


class NothingIsBuilt:
    """A classifier that nothing comes to."""

    classes_ = np.arange(10)

    def predict_proba(self, X):
        raise AssertionError(f"{len(X)} candidates were framed")


class FindsNothing:
    """A classifier to which all digits are as probable."""

    classes_ = np.arange(10)

    def predict_proba(self, X):
        return np.full((len(X), 10), 0.1)


def test_too_many_candidates_are_refused_before_they_are_framed():
    recognizer = Recognizer(np.zeros((9, 9), np.float32), NothingIsBuilt())
    message = "strokes and pieces that may be digits; expected at most 3,000. Crop it"
    with pytest.raises(ValueError, match=f"3,001 {message}"):
        recognizer(strokes(MOST_CANDIDATES + 1))
    with pytest.raises(ValueError, match=message):
        join_broken(strokes(1000), lambda some: np.zeros(len(some)))


def test_too_many_pieces_are_refused_before_they_are_put_together(monkeypatch):
    many = strokes(MOST_CANDIDATES + 1)
    monkeypatch.setattr(
        "skdigits.reading._page._cut_rows", lambda rows, heights, recognizer: rows
    )
    with pytest.raises(ValueError, match="Crop it"):
        _read_rows([many], NothingIsBuilt())


def test_too_many_pieces_are_refused_while_strokes_are_cut(monkeypatch):
    n_cut = []

    def split(stroke, most):
        n_cut.append(most)
        return [stroke] * 10

    monkeypatch.setattr("skdigits.reading._page.split", split)
    monkeypatch.setattr(
        "skdigits.reading._recognizing.MOST_CANDIDATES", MOST_CANDIDATES // 10
    )
    recognizer = Recognizer(np.zeros((9, 9), np.float32), FindsNothing())
    with pytest.raises(ValueError, match="Crop it"):
        _read_rows([strokes(200)], recognizer)
    assert len(n_cut) == MOST_CANDIDATES // 100 + 1


def test_a_long_list_of_ragged_columns_takes_no_minutes(monkeypatch):
    n_tried = []
    monkeypatch.setattr(_columns, "_is_table", lambda *of: n_tried.append(of))
    y = 34 * np.arange(150)
    left = np.repeat([0, 200], 150)
    boxes = np.stack([left, np.tile(y, 2), left + 20, np.tile(y, 2) + 26], axis=1)
    rows = [np.array([k, k + 150]) for k in range(150)]
    assert find_columns(boxes, rows) == []
    assert 150 < len(n_tried) < 150 * 20


def test_a_table_of_many_rows_is_found():
    y = 34 * np.arange(150)
    left = np.repeat([0, 200], 150)
    boxes = np.stack([left, np.tile(y, 2), left + 20, np.tile(y, 2) + 26], axis=1)
    (table,) = find_columns(boxes, [np.array([k, k + 150]) for k in range(150)])
    assert table.rows == list(range(150))


@pytest.mark.parametrize(("n", "is_looked_at"), [(100, True), (101, False)])
def test_too_many_crossings_make_no_grid(monkeypatch, n, is_looked_at):
    looked_at = []

    def look_at(level, upright, height):
        looked_at.append((len(level), len(upright)))
        return True

    lines = np.zeros((50, 50), bool)
    lines[10] = lines[20] = lines[:, 5] = True
    rules = [object()] * n
    monkeypatch.setattr(_grids, "_group", lambda *of: [(rules, rules)])
    monkeypatch.setattr(_grids, "_is_squared_paper", look_at)
    assert find_grids(lines, 26) == []
    assert looked_at == [(n, n)] * is_looked_at


def test_only_the_longest_rules_are_looked_at(monkeypatch):
    fitted = []
    monkeypatch.setattr(_curves, "MOST_RULES", 5)
    monkeypatch.setattr(
        _curves, "_grow", lambda points, *of: fitted.append(1) or points
    )
    mask = np.zeros((400, 400), bool)
    mask[10:400:20, :200] = mask[5:100:20, 220:300] = True
    level = _curves._chain(mask, 26)
    assert [len(curve.points) for curve in level] == [200] * 5
    assert len(fitted) == 10


@pytest.mark.parametrize(("side", "is_looked_at"), [(14, False), (15, True)])
def test_too_many_dark_areas_are_none(monkeypatch, side, is_looked_at):
    labelled = []

    def label(grey):
        labelled.append(grey.shape)
        return np.zeros((N_LABELS, *grey.shape), np.float32)

    monkeypatch.setattr(_labelling, "label_pixels", label)
    probabilities = np.zeros((N_LABELS, 450, 450), np.float32)
    corners = range(0, 450 - side, 2 * side + 2)
    for y in corners:
        for x in corners:
            probabilities[Label.DARK, y : y + side, x : x + side] = 1
    assert (len(corners) ** 2 <= _labelling.MOST_AREAS) == is_looked_at
    page = LabelledPage(np.full((450, 450), 0.9, np.float32), probabilities)
    _labelling.read_dark_areas(page)
    assert bool(labelled) == is_looked_at


def test_stripes_are_no_dark_areas(monkeypatch):
    """The hull of each of them would be as large as the page."""
    monkeypatch.setattr(_labelling, "convex_hull_image", None)
    probabilities = np.zeros((N_LABELS, 300, 300), np.float32)
    probabilities[Label.DARK] = (X + Y)[:300, :300] % 60 < 14
    probabilities[Label.DARK, :140, :140] = 0
    page = LabelledPage(np.ones((300, 300), np.float32), probabilities)
    assert list(_labelling._find_dark_areas(page)) == []


@pytest.mark.parametrize(
    ("corners", "shapes"),
    [
        ([(200, 300)], [(100, 100)]),
        ([(200, 300), (200, 360), (700, 0)], [(100, 160), (100, 70)]),
        (
            [(y, x) for y in range(0, 950, 125) for x in range(0, 950, 125)],
            [(999, 999)],
        ),
    ],
    ids=["one", "two side by side and one at the edge", "all over the page"],
)
def test_dark_areas_are_labelled_again_without_the_rest(monkeypatch, corners, shapes):
    labelled = []

    def label(grey):
        labelled.append(grey.shape)
        return np.zeros((N_LABELS, *grey.shape), np.float32)

    monkeypatch.setattr(_labelling, "label_pixels", label)
    probabilities = np.zeros((N_LABELS, 999, 999), np.float32)
    for y, x in corners:
        probabilities[Label.DARK, y : y + 40, x : x + 40] = 1
    page = LabelledPage(np.full((999, 999), 0.9, np.float32), probabilities)
    _labelling.read_dark_areas(page)
    assert labelled == shapes


def test_a_large_page_is_scaled_again_once(monkeypatch):
    """Its digits seem too low and too high in turn."""
    n_pixels = []

    def label(grey, scale, turns):
        n_pixels.append(grey.size * scale**2)
        height = (20, 34)[len(n_pixels) % 2]
        probabilities = np.zeros((N_LABELS, 300, 300), np.float32)
        probabilities[Label.DIGIT, :height, :20] = 1
        return LabelledPage(np.ones((300, 300), np.float32), probabilities)

    def find(grey, lowest):
        return 1.0, label(grey, 1.0, 0)

    monkeypatch.setattr(_labelling, "_guess_scale", lambda *of: None)
    monkeypatch.setattr(_labelling, "_find_scale", find)
    monkeypatch.setattr(_labelling, "_label_at", label)
    for side, n in ((SIDE, 2), (SIDE // 2, 3)):
        n_pixels.clear()
        label_page(np.ones((side, side), np.float32))
        assert len(n_pixels) == n


WITHIN_LIMITS = """
import re, resource, time
import numpy as np
from scipy.ndimage import gaussian_filter
from skdigits.reading import DigitReader

def megabytes(kind):
    with open("/proc/self/status") as file:
        return int(re.search(kind + r":\\s+(\\d+)", file.read())[1]) / 1024

noise = gaussian_filter(np.random.default_rng(0).random((1100, 1100)), 4)
blobs = np.where(noise > np.median(noise), np.uint8(0), np.uint8(255))
reader = DigitReader()
reader.read(blobs[:500, :500])  # loads what is loaded once
resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
before, start = megabytes("VmRSS"), time.process_time()
with open("/proc/self/clear_refs", "w") as file:
    file.write("5")
reader.read(blobs)
print(time.process_time() - start, megabytes("VmHWM") - before)
print(megabytes("VmRSS") - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="counts memory as Linux does")
def test_a_page_of_blobs_takes_no_minutes_and_gives_its_memory_back():
    """They may be anything: dark areas, digits that touch, pieces of rules."""
    run = subprocess.run(
        [sys.executable, "-c", WITHIN_LIMITS], capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    seconds, peak, kept = map(float, run.stdout.split())
    assert seconds < 15  # on busy cores; alone, it takes 3
    assert peak < 400
    assert kept < 250

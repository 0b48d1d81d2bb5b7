"""The measures of the benchmark on real pages, and how it finds them."""

import json

import numpy as np
import pytest
from PIL import Image

from benchmarks import _result, _running, bench_wild
from benchmarks._page_scores import Score, count_edits, score_cells, score_digits
from benchmarks._wild_pages import mark_sheets, small_pages, sudokus
from skdigits.reading import Digit, Line, Number, Reading

ROWS = [["12", "", "7"], ["3.5", "40", "8"]]


@pytest.mark.parametrize(
    ("read", "truth", "n_edits"),
    [
        ("", "", 0),
        ("", "123", 3),
        ("123", "", 3),
        ("123", "123", 0),
        ("124", "123", 1),
        ("23", "123", 1),
        ("0123", "123", 1),
        ("312", "123", 2),
        ("987654", "123", 6),
    ],
)
def test_edits(read, truth, n_edits):
    assert count_edits(read, truth) == n_edits


def test_digits_count_in_reading_order():
    assert score_digits("12 7\n3.5, 40 8", ROWS) == Score(digits=8, digits_right=8)
    # 12 and 7 change places: two of 8 digits are wrong.
    assert score_digits("71 2\n35 40 8", ROWS).digits_right == 6
    assert score_digits("", ROWS).digits_right == 0
    # No more digits are wrong than there are.
    assert score_digits("9" * 50, ROWS) == Score(digits=8, digits_right=0)


def test_cells_count_at_their_place():
    assert score_cells("", ROWS, ROWS) == Score(cells=6, cells_right=6)
    assert score_cells("", [["12", "7", ""], *ROWS[1:]], ROWS).cells_right == 4
    assert score_cells("", [["35", "40", "8"], *ROWS[:1]], ROWS).cells_right == 3
    assert score_cells("", [["?2", "", "?"], *ROWS[1:]], ROWS).cells_right == 4


def test_a_table_may_begin_too_early_or_too_late():
    for n_more in (1, 2):
        early = [[""] * 5] * n_more + [["0"] * n_more + row for row in ROWS]
        assert score_cells("", early, ROWS).cells_right == 6
    assert score_cells("", [row[1:] for row in ROWS], ROWS).cells_right == 4
    assert score_cells("", ROWS[1:], ROWS).cells_right == 3
    far = [["0"] * 3 + row for row in ROWS]
    assert score_cells("", far, ROWS).cells_right < 6


def test_numbers_count_in_order_where_there_is_no_table():
    assert score_cells("12 7\n3.5 40 8", None, ROWS) == Score(cells=5, cells_right=5)
    assert score_cells("12 x 7 1 3.5 8", None, ROWS).cells_right == 4
    assert score_cells("127 35 40 8", None, ROWS).cells_right == 3


def test_scores_add_up():
    total = Score(digits=10, digits_right=5) + Score(10, 8, cells=4, cells_right=1)
    assert total.share_of_digits == 0.65
    assert total.share_of_cells == 0.25
    assert Score(digits=1).share_of_cells is None


@pytest.fixture
def wild(tmp_path, monkeypatch):
    """A folder with one or two pages of each kind."""
    for kind in ("pages", "marksheets", "sudoku"):
        (tmp_path / "wild" / kind).mkdir(parents=True)
    folder = tmp_path / "wild"
    truth = "file,text\nb.png,1 04/23\na.jpg,7\n"
    (folder / "pages" / "truth.csv").write_text(truth)
    (folder / "marksheets" / "page_1.csv").write_text("21,.5,A\n22,,B\n")
    grid = "7 0 0 1 2 3 4 5 6\n" + "1 2 3 4 5 6 7 8 9\n" * 8
    (folder / "sudoku" / "image1.dat").write_text(f"a phone 3\n8x8:24 JPG\n{grid}\n")
    for name in ("pages/b.png", "pages/a.jpg", "marksheets/page_1.png"):
        Image.new("L", (8, 8)).save(folder / name)
    monkeypatch.setenv("SKDIGITS_WILD", str(folder))
    monkeypatch.delenv("SKDIGITS_DATA", raising=False)
    return folder


def test_truth(wild):
    first, second = small_pages()
    assert (first.path, first.rows) == (wild / "pages/b.png", [["1", "04"], ["23"]])
    assert (second.rows, second.is_table) == ([["7"]], False)
    (sheet,) = mark_sheets()
    assert sheet.path == wild / "marksheets/page_1.png"
    assert (sheet.rows, sheet.is_table) == ([["21", ".5"], ["22", ""]], True)
    (puzzle,) = sudokus()
    assert puzzle.path == wild / "sudoku/image1.jpg"
    assert puzzle.rows[0] == ["7", "", "", "1", "2", "3", "4", "5", "6"]
    assert [len(row) for row in puzzle.rows] == [9] * 9


def test_pages_beside_the_data(wild, monkeypatch):
    monkeypatch.delenv("SKDIGITS_WILD")
    monkeypatch.setenv("SKDIGITS_DATA", str(wild.parent / "data"))
    assert len(small_pages()) == 2


def test_sections_without_pages_are_skipped(wild, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("SKDIGITS_WILD", str(tmp_path))
    run = [bench_wild.pages, bench_wild.sudoku]
    monkeypatch.setattr(_result, "RESULTS", tmp_path)
    _running.run_sections("wild", {section.__name__: section for section in run})
    monkeypatch.delenv("SKDIGITS_WILD")
    _running.run_sections("wild", {"marksheets": bench_wild.marksheets})
    first, second, third = capsys.readouterr().out.split("\n\n", 2)
    reason = f"there is no folder '{tmp_path / 'pages'}': set SKDIGITS_WILD"
    assert first.startswith(f"wild.pages is skipped: {reason}")
    assert second.startswith("wild.sudoku is skipped: ")
    assert third.startswith("wild.marksheets is skipped: the real pages are not there")
    assert list(tmp_path.glob("*.json")) == []


def test_readers_side_by_side(wild, monkeypatch):
    """The peer reads the numbers, but gives no tables."""
    sheet = "21 .5\n22", [["21", ".5"], ["22", "1"]]
    readers = {"DigitReader": sheet, "RapidOCR": ("21 5 22", None)}
    monkeypatch.setattr(
        bench_wild,
        "_readers",
        lambda: {name: lambda r=r: lambda path: r for name, r in readers.items()},
    )
    result = bench_wild.marksheets(quick=True)
    assert result.columns["digits right"] == {"DigitReader": 1.0, "RapidOCR": 1.0}
    assert result.columns["cells right"] == {"DigitReader": 0.75, "RapidOCR": 1.0}
    assert [goal.met for goal in result.goals] == [True, False, True]
    assert result.peer == "RapidOCR"
    assert json.dumps(result.content())
    readers.pop("RapidOCR")
    result = bench_wild.pages(quick=True)
    assert (result.peer, list(result.columns)) == (None, ["digits right"])
    assert result.notes["digits"] == 6


def test_one_line_goes_from_left_to_right():
    def line(*lefts):
        digits = [
            Digit((left, 0, left + 5, 9), 1, np.eye(10)[1], 0.9, np.zeros((28, 28)))
            for left in lefts
        ]
        return Line((Number(tuple(digits)),))

    def is_one(*lines):
        return bench_wild.is_one_line(Reading(lines, (), (99, 9), np.zeros((9, 99))))

    assert is_one(line(0, 10, 20))
    assert not is_one(line(0, 20, 10))
    assert not is_one(line(0, 10), line(20))
    assert not is_one()


def test_rows_are_straight_and_of_10_to_20_digits(mnist_home, monkeypatch):
    monkeypatch.setenv("SKDIGITS_DATA", str(mnist_home))
    rows = bench_wild.draw_rows(6, bench_wild.RandomState(0))
    gaps = []
    for row in rows:
        assert 10 <= len(row.text) <= 20
        assert len(row.boxes) == len(row.text)
        lefts, tops, rights, bottoms = row.boxes.T
        gaps.append((lefts[1:] - rights[:-1]).mean())
        # All of them overlap in height.
        assert tops.max() < bottoms.min()
    assert min(gaps) > 8
    assert max(gaps) < 125
    assert max(gaps) - min(gaps) > 30

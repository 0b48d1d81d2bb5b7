"""DigitReader on real pages, beside RapidOCR, and on long rows.

python -m benchmarks.bench_wild [--quick] [--only SECTION ...]

The real pages are no part of the project. They are looked for in the folder that
SKDIGITS_WILD names, or else in the folder ``wild`` beside that of SKDIGITS_DATA; their
sections are skipped where there is none. Nothing was trained on them, but the reader's
constants were chosen with these pages in view.

Digits right are one minus the character error rate: the edits between all digits that
were read, in reading order, and all that are there, over the latter. Cells right are
those of the largest table whose digits are all right and at their place. RapidOCR gives
no tables: there, the numbers count that come in the right order. It was not made for
handwriting, and reads letters, too.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from statistics import mean
from time import perf_counter

from numpy.random import RandomState

from benchmarks._page_scores import Cells, Score, digits_of, score_cells, score_digits
from benchmarks._result import Goal, Result
from benchmarks._running import main
from benchmarks._wild_pages import Page, mark_sheets, small_pages, sudokus
from skdigits.datasets import fetch_mnist
from skdigits.reading import DigitReader, Reading
from synthetic import scans

SEED = 2024
N_ROWS, QUICK_PAGES = 40, 2
# Pixels of a row of digits.
HEIGHT, APART = 40, (10, 120)
OURS, PEER = "DigitReader", "RapidOCR"

# What is read of a file: a text, and the cells of the largest table, if there is one.
Read = Callable[[Path], tuple[str, Cells | None]]


def pages(quick: bool) -> Result:
    """Small pages: forms, signs, dark boxes, wide rows, tables without rules."""
    title = "Small real pages: forms, signs, tables"
    return _read_set(title, small_pages(), quick, digits=0.97)


def marksheets(quick: bool) -> Result:
    """Photographed mark sheets."""
    title = "Photos of mark sheets"
    return _read_set(title, mark_sheets(), quick, digits=0.985, cells=0.97)


def sudoku(quick: bool) -> Result:
    """Phone photos of filled newspaper puzzles, print and handwriting mixed."""
    title = "Photos of Sudoku puzzles"
    return _read_set(title, sudokus(), quick, digits=0.97, cells=0.98)


def rows(quick: bool) -> Result:
    """Straight rows of 10 to 20 digits, 10 to 120 pixels apart."""
    n_rows = QUICK_PAGES if quick else N_ROWS
    reader, random = DigitReader(), RandomState(SEED)
    drawn = draw_rows(n_rows, random)
    reader.read(drawn[0].pixels)  # compiles
    seconds, n_in_order, n_right = [], 0, 0
    for row in drawn:
        start = perf_counter()
        reading = reader.read(row.pixels)
        seconds.append(perf_counter() - start)
        n_in_order += is_one_line(reading)
        n_right += is_one_line(reading) and digits_of(reading.text) == row.text
    goals = [
        Goal(f"rows of {N_ROWS} that are one line in order", n_in_order, at_least=40),
        Goal(f"rows of {N_ROWS} whose digits are all right", n_right, at_least=36),
        Goal("seconds a row, on average", mean(seconds), at_most=1),
    ]
    return Result(
        "One straight row of 10 to 20 digits, 10 to 120 pixels apart",
        {OURS: seconds},
        columns={
            "rows": {OURS: n_rows},
            "one line in order": {OURS: n_in_order},
            "all digits right": {OURS: n_right},
        },
        goals=[] if quick else goals,
    )


SECTIONS = {section.__name__: section for section in (pages, marksheets, sudoku, rows)}


def draw_rows(n: int, random: RandomState) -> list[scans.Scan]:
    """Write digits of MNIST's test images side by side, on plain paper."""
    X, y = fetch_mnist(subset="test", return_X_y=True)
    digits = X.reshape(-1, 28, 28), y
    drawn = []
    for _ in range(n):
        gap = random.uniform(*APART) / HEIGHT
        drawn.append(
            scans.page_of_numbers(
                digits,
                random,
                n_lines=1,
                n_digits=(10, 20),
                height=HEIGHT,
                spacing=(gap, gap),
                jitter=0.05,
                noise=0.01,
                kind="row",
            )
        )
    return drawn


def is_one_line(reading: Reading) -> bool:
    """Whether all that was read is one line, from left to right."""
    lefts = [digit.box[0] for digit in reading.digits]
    return len(reading.lines) == 1 and lefts == sorted(lefts)


@dataclass
class Side:
    """A reader, and what it made of the pages so far.

    Parameters
    ----------
    read : callable
        Takes the path of a picture, and returns a text, and cells or None.
    """

    read: Read

    def __post_init__(self) -> None:
        self.seconds: list[float] = []
        self.score = Score()

    def score_page(self, page: Page) -> None:
        """Read a page, and add what is right of it."""
        start = perf_counter()
        text, table = self.read(page.path)
        self.seconds.append(perf_counter() - start)
        self.score += score_digits(text, page.rows)
        if page.is_table:
            self.score += score_cells(text, table, page.rows)


def _read_set(
    title: str,
    found: list[Page],
    quick: bool,
    *,
    digits: float,
    cells: float | None = None,
) -> Result:
    """Let each reader read pages in turns; the last two are the goals of shares."""
    sides = {name: Side(start()) for name, start in _readers().items()}
    for side in sides.values():
        side.read(found[0].path)  # compiles, and loads models
    for page in found[:QUICK_PAGES] if quick else found:
        for side in sides.values():
            side.score_page(page)
    ours = sides[OURS]
    columns = {"digits right": {n: s.score.share_of_digits for n, s in sides.items()}}
    goals = [Goal("digits right", ours.score.share_of_digits, at_least=digits)]
    if cells is not None:
        columns["cells right"] = {n: s.score.share_of_cells for n, s in sides.items()}
        goals.append(Goal("cells right", ours.score.share_of_cells, at_least=cells))
    goals.append(Goal("seconds a page, on average", mean(ours.seconds), at_most=1))
    return Result(
        title,
        {name: side.seconds for name, side in sides.items()},
        PEER if PEER in sides else None,
        columns=columns,
        notes={
            "pages": len(ours.seconds),
            "digits": ours.score.digits,
            "mean seconds a page": {
                name: round(mean(side.seconds), 2) for name, side in sides.items()
            },
        },
        goals=goals,
    )


def _readers() -> dict[str, Callable[[], Read]]:
    """Return what makes each reader; RapidOCR only where it is installed."""
    readers = {OURS: _digit_reader}
    if find_spec("rapidocr") is not None:
        readers[PEER] = _rapid_ocr
    return readers


def _digit_reader() -> Read:
    reader = DigitReader()

    def read(path: Path) -> tuple[str, Cells | None]:
        reading = reader.read(path)
        tables = [table.cells for table in reading.tables]
        return reading.text, max(tables, key=_count_cells, default=None)

    return read


def _count_cells(cells: Cells) -> int:
    return sum(map(len, cells))


def _rapid_ocr() -> Read:
    """Make RapidOCR with its defaults; its models come with the package."""
    # It may be the first to import ONNX Runtime, which would call home.
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    from rapidocr import RapidOCR

    engine = RapidOCR(params={"Global.log_level": "error"})
    return lambda path: ("\n".join(engine(str(path)).txts or ()), None)


if __name__ == "__main__":
    main("wild", SECTIONS, __doc__)

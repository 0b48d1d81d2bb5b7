"""Real pages, which are no part of the project; `SKDIGITS_WILD` names their folder."""

from functools import cache

import pytest

from benchmarks._page_scores import Score, digits_of, score_cells, score_digits
from benchmarks._running import MissingError
from benchmarks._wild_pages import mark_sheets, small_pages, sudokus

# The limits leave room for a network that was trained anew.


def find(pages):
    """Return the pages of a kind; skip the test if they are not there."""
    try:
        found = pages()
    except (MissingError, FileNotFoundError) as reason:
        pytest.skip(f"{reason} (SKDIGITS_WILD)")
    missing = [page.path.name for page in found if not page.path.is_file()]
    if missing or not found:
        pytest.skip(f"pictures are missing in SKDIGITS_WILD: {', '.join(missing)}")
    return found


def pick(pages, name):
    """Return one page of a kind, by the name of its file without the extension."""
    for page in find(pages):
        if page.path.stem == name:
            return page
    return pytest.skip(f"SKDIGITS_WILD has no picture {name}")


def picture(name):
    """Return the path of a small picture that is not in the score."""
    path = find(small_pages)[0].path.with_name(name)
    if not path.is_file():
        pytest.skip(f"SKDIGITS_WILD has no picture {name}")
    return path


def choose(pages, *names):
    """Return pages and what was read; skip the test if one is not there."""
    if missing := [name for name in names if name not in pages]:
        pytest.skip(f"pictures are missing in SKDIGITS_WILD: {', '.join(missing)}")
    return [pages[name] for name in names]


@pytest.fixture(scope="module")
def read(reader):
    """Read each picture once."""
    return cache(reader.read)


@pytest.fixture(scope="module")
def pages(read):
    """The small pages, and what was read, by name."""
    return {page.path.stem: (page, read(page.path)) for page in find(small_pages)}


def test_digits_of_small_pages(pages):
    scores = [score_digits(reading.text, page.rows) for page, reading in pages.values()]
    assert sum(scores, Score()).share_of_digits >= 0.95


@pytest.mark.parametrize(
    "kind",
    [
        ("comb_00000105000400", "comb_open_1.3"),
        ("nine_minus_one", "made_sum", "made_minus", "made_percent", "made_brackets"),
        pytest.param(
            ("eight_plus_three",),
            marks=pytest.mark.xfail(reason="a faint + is 4"),
        ),
        ("made_amount", "made_date", "date_1-04-2023", "amount_5500"),
        ("fifteen_digits", "three_rows", "made_row_split", "seven_digits_in_shadow"),
        ("grid_10x10", "sudoku_thick_grid"),
        ("table_bent", "table_no_grid"),
        ("white_digits_in_black_boxes",),
    ],
    ids=["combs", "signs", "misread", "dates", "rows", "grids", "tables", "dark"],
)
def test_digits_of_each_kind(pages, kind):
    scores = [
        score_digits(reading.text, page.rows) for page, reading in choose(pages, *kind)
    ]
    assert sum(scores, Score()).share_of_digits >= 0.9


def test_rows_of_small_pages_are_lines(pages):
    names = ("fifteen_digits", "made_row_split", "table_no_grid", "table_bent")
    for page, reading in choose(pages, *names):
        assert len(reading.lines) == len(page.rows)


def test_sheet_on_its_side_is_turned(pages):
    """It was turned by a quarter clockwise: three more make it upright."""
    [(page, reading)] = choose(pages, "sheet_rotated_90")
    assert reading.rotation == 270
    assert score_digits(reading.text, page.rows).share_of_digits >= 0.9
    turned = [name for name, (_, one) in pages.items() if one.rotation]
    assert turned == [page.path.stem]


def test_meter_is_read_or_it_is_said_why_not(read):
    reading = read(picture("meter_nothing_found.jpg"))
    assert "698" in digits_of(reading.text) or reading.note


def test_print_on_a_dark_table_does_not_come_back_empty(read):
    reading = read(picture("newspaper_dark_table.jpg"))
    assert len(reading.digits) >= 30
    assert len(reading.lines) >= 9


@pytest.mark.parametrize(
    ("kind", "name"),
    [(mark_sheets, "page_2"), (sudokus, "image1001"), (sudokus, "image1038")],
    ids=["marks", "puzzle", "another puzzle"],
)
def test_table(read, kind, name):
    page = pick(kind, name)
    reading = read(page.path)
    assert score_digits(reading.text, page.rows).share_of_digits >= 0.9
    table = max(reading.tables, key=lambda table: sum(map(len, table.cells)))
    assert score_cells(reading.text, table.cells, page.rows).share_of_cells >= 0.9

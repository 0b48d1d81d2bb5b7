"""Real pages with handwritten numbers, and what is on them.

They are no part of the project. Their folder holds a folder for each kind:

- ``pages``: pictures, and ``truth.csv`` with the columns "file" and "text". In a text,
  rows are apart by "/" and numbers by a space; all signs part numbers.
- ``marksheets``: .png files, beside each a .csv file of its cells. The last column is a
  grade, a letter.
- ``sudoku``: .jpg files, beside each a .dat file that ends with nine rows of digits, 0
  for an empty cell.
"""

import csv
import os
from dataclasses import dataclass
from pathlib import Path

from benchmarks._running import MissingError

# Of a Sudoku.
N_ROWS = 9


@dataclass(frozen=True)
class Page:
    """A picture, and the numbers on it.

    Parameters
    ----------
    path : pathlib.Path
        The picture.

    rows : list of list of str
        The numbers, row by row; "" for an empty cell.

    is_table : bool
        Whether the rows are those of a table.
    """

    path: Path
    rows: list[list[str]]
    is_table: bool


def small_pages() -> list[Page]:
    """Return small pictures of all kinds."""
    folder = _folder("pages")
    with open(folder / "truth.csv", newline="", encoding="utf-8") as file:
        return [
            Page(
                folder / record["file"],
                [row.split() for row in record["text"].split("/")],
                is_table=False,
            )
            for record in csv.DictReader(file)
        ]


def mark_sheets() -> list[Page]:
    """Return photos of mark sheets."""
    pages = []
    for path in sorted(_folder("marksheets").glob("*.csv")):
        with open(path, newline="", encoding="utf-8") as file:
            rows = [row[:-1] for row in csv.reader(file)]
        pages.append(Page(path.with_suffix(".png"), rows, is_table=True))
    return pages


def sudokus() -> list[Page]:
    """Return photos of filled puzzles."""
    pages = []
    for path in sorted(_folder("sudoku").glob("*.dat")):
        lines = path.read_text(encoding="utf-8").split("\n")
        rows = [line.split() for line in lines if line.strip()][-N_ROWS:]
        cells = [["" if cell == "0" else cell for cell in row] for row in rows]
        pages.append(Page(path.with_suffix(".jpg"), cells, is_table=True))
    return pages


def _folder(name: str) -> Path:
    """Find a kind of pages.

    Raises
    ------
    MissingError
        If they are not there.
    """
    wild, data = os.environ.get("SKDIGITS_WILD"), os.environ.get("SKDIGITS_DATA")
    if not wild and not data:
        raise MissingError(
            "the real pages are not there: set SKDIGITS_WILD to their folder"
        )
    folder = (Path(wild) if wild else Path(data).parent / "wild") / name
    if not folder.is_dir():
        raise MissingError(
            f"there is no folder '{folder}': set SKDIGITS_WILD to the folder of the "
            "real pages"
        )
    return folder

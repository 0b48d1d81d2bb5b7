"""How much of a page was read: of its digits, in reading order, and of its cells."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import product

Cells = Sequence[Sequence[str]]

# A table may have lost its first rows or columns, or have some too many.
MOST_SHIFT = 2
NUMBER = re.compile(r"\d[\d.,·]*")


@dataclass(frozen=True)
class Score:
    """Counts of what is on pages, and of what was read rightly.

    Parameters
    ----------
    digits, digits_right, cells, cells_right : int, default=0
        Scores of several pages can be added up.
    """

    digits: int = 0
    digits_right: int = 0
    cells: int = 0
    cells_right: int = 0

    def __add__(self, other: "Score") -> "Score":
        mine, others = vars(self).values(), vars(other).values()
        return Score(*map(sum, zip(mine, others, strict=True)))

    @property
    def share_of_digits(self) -> float:
        """One minus the character error rate."""
        return self.digits_right / self.digits

    @property
    def share_of_cells(self) -> float | None:
        """The share of cells that are right; None where there is no table."""
        return self.cells_right / self.cells if self.cells else None


def score_digits(text: str, rows: Cells) -> Score:
    """Compare all digits that were read with all that are there.

    Parameters
    ----------
    text : str
        What was read, in reading order. All but digits is left out.

    rows : sequence of sequence of str
        What is there.

    Returns
    -------
    score : Score
        Each edit that turns one into the other counts as a wrong digit; a page has no
        more wrong digits than digits.
    """
    truth = digits_of("".join(cell for row in rows for cell in row))
    n_wrong = min(count_edits(digits_of(text), truth), len(truth))
    return Score(digits=len(truth), digits_right=len(truth) - n_wrong)


def score_cells(text: str, table: Cells | None, rows: Cells) -> Score:
    """Compare the cells of a table with those that are there.

    Parameters
    ----------
    text : str
        What was read, in reading order.

    table : sequence of sequence of str or None
        The cells that were read. None if no table was found: then the numbers of the
        text count that come in the right order, and empty cells do not count.

    rows : sequence of sequence of str
        What is there.

    Returns
    -------
    score : Score
        A cell is right if its digits are, and if it is at its place.
    """
    if table is not None:
        shifts = range(-MOST_SHIFT, MOST_SHIFT + 1)
        n_right = max(
            _count_right(table, rows, down, right)
            for down, right in product(shifts, shifts)
        )
        return Score(cells=sum(map(len, rows)), cells_right=n_right)
    cells = [digits_of(cell) for row in rows for cell in row if digits_of(cell)]
    numbers = [digits_of(number) for number in NUMBER.findall(text)]
    blocks = SequenceMatcher(None, cells, numbers, autojunk=False).get_matching_blocks()
    return Score(cells=len(cells), cells_right=sum(block.size for block in blocks))


def digits_of(text: str) -> str:
    """Return the digits of a text, and nothing else."""
    return re.sub(r"\D", "", text)


def count_edits(read: str, truth: str) -> int:
    """Count the least insertions, deletions and replacements (Levenshtein)."""
    # How many edits turn what was read so far into each beginning of the truth.
    edits = list(range(len(truth) + 1))
    for n_read, character in enumerate(read, 1):
        before, edits = edits, [n_read]
        for place, wanted in enumerate(truth):
            replaced = before[place] + (character != wanted)
            edits.append(min(replaced, before[place + 1] + 1, edits[place] + 1))
    return edits[-1]


def _count_right(table: Cells, rows: Cells, down: int, right: int) -> int:
    """Count the cells that are right if the table is so far off its place."""
    cells = {
        (y - down, x - right): digits_of(cell)
        for y, row in enumerate(table)
        for x, cell in enumerate(row)
    }
    return sum(
        cells.get((y, x)) == digits_of(cell)
        for y, row in enumerate(rows)
        for x, cell in enumerate(row)
    )

"""The result of a section of a benchmark: what was measured, shown and saved."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from benchmarks._environment import environment

RESULTS = Path(__file__).parent / "results"
MEASURED = ("median", "min", "max")


@dataclass(frozen=True)
class Goal:
    """A limit that was set before measuring.

    Parameters
    ----------
    text : str
        The measured quantity.

    measured : float
        Its value.

    at_least, at_most : float, default=None
        The limit; one of the two.
    """

    text: str
    measured: float
    at_least: float | None = None
    at_most: float | None = None

    @property
    def met(self) -> bool:
        """Whether the measured value keeps the limit."""
        if self.at_least is not None:
            return self.measured >= self.at_least
        return self.measured <= self.at_most

    def __str__(self) -> str:
        if self.at_least is None:
            limit = f"<= {self.at_most:.5g}"
        else:
            limit = f">= {self.at_least:.5g}"
        verdict = "met" if self.met else "NOT MET"
        return f"{verdict}: {self.text} {self.measured:.5g} (goal {limit})"


@dataclass
class Result:
    """The result of a section of a benchmark.

    Parameters
    ----------
    title : str
        The subject, in a line.

    values : dict of str to list of float, default={}
        Repeated measurements of each side. Without them, the first column names the
        sides.

    peer : str, default=None
        The side that the others are compared with.

    unit : {"s", "MB"}, default="s"
        Unit of the values.

    columns : dict of str to dict, default={}
        Further columns of the table: a number or a text for each side.

    notes : dict, default={}
        Numbers and texts about all sides, or some of them.

    goals : list of Goal, default=[]
        The limits.
    """

    title: str
    values: dict[str, list[float]] = field(default_factory=dict)
    peer: str | None = None
    unit: str = "s"
    columns: dict[str, dict[str, object]] = field(default_factory=dict)
    notes: dict[str, object] = field(default_factory=dict)
    goals: list[Goal] = field(default_factory=list)

    def __post_init__(self) -> None:
        for name, column in self.columns.items():
            if set(column) != set(self.sides):
                raise ValueError(
                    f"column {name!r} is about {list(column)}; the sides are "
                    f"{self.sides}"
                )

    @property
    def sides(self) -> list[str]:
        """The names of all sides."""
        return list(self.values or next(iter(self.columns.values())))

    def measured(self) -> dict[str, dict[str, float]]:
        """Return median, minimum, maximum and ratio to the peer of each side."""
        rows = {
            side: {
                "median": median(values),
                "min": min(values),
                "max": max(values),
                "repeats": len(values),
            }
            for side, values in self.values.items()
        }
        if self.peer is not None:
            for row in rows.values():
                row["ratio_to_peer"] = row["median"] / rows[self.peer]["median"]
        return rows

    def print(self) -> None:
        """Print a table, the notes, and which goals were met."""
        console = Console(highlight=False)
        console.print(self._table())
        for name, note in self.notes.items():
            console.print(f"  {name}: {note}")
        for goal in self.goals:
            console.print(f"  {goal}", style="green" if goal.met else "red")
        console.print()

    def _table(self) -> Table:
        table = Table("", title=self.title, title_justify="left")
        for name in [*(MEASURED if self.values else ()), *self.columns]:
            table.add_column(name)
        if self.peer is not None:
            table.add_column(f"ratio to {self.peer}")
        measured = self.measured()
        for side in self.sides:
            cells = []
            if self.values:
                row = measured[side]
                cells += [_with_unit(row[name], self.unit) for name in MEASURED]
            cells += [_cell(column[side]) for column in self.columns.values()]
            if self.peer is not None:
                cells.append(f"{measured[side]['ratio_to_peer']:.3g}")
            table.add_row(side, *cells)
        return table

    def content(self) -> dict[str, object]:
        """Return all but the single values, and what was measured on."""
        measured = self.measured()
        return {
            "title": self.title,
            "unit": self.unit if self.values else None,
            "peer": self.peer,
            "sides": {side: measured.get(side, {}) for side in self.sides},
            "columns": self.columns,
            "notes": self.notes,
            "goals": [{**asdict(goal), "met": goal.met} for goal in self.goals],
            "environment": environment(),
        }

    def save(self, name: str) -> None:
        """Write the content into ``benchmarks/results/<name>.json``."""
        RESULTS.mkdir(exist_ok=True)
        text = json.dumps(self.content(), indent=2)
        (RESULTS / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def _with_unit(value: float, unit: str) -> str:
    if unit == "s" and value < 1:
        return f"{1e3 * value:.3g} ms"
    return f"{value:.3g} {unit}" if value < 1000 else f"{value:.0f} {unit}"


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:.4g}" if isinstance(value, float) else str(value)

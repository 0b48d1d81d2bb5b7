"""Measuring in fair turns, and telling what was measured."""

import argparse
import json
import os
import platform
import re
from collections import Counter
from collections.abc import Callable, Collection
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from time import perf_counter

import joblib
from rich.console import Console
from rich.table import Table

RESULTS = Path(__file__).parent / "results"
PACKAGES = (
    "skdigits",
    "scikit-learn",
    "numpy",
    "tensorflow",
    "keras",
    "onnxruntime",
    "pillow",
    "numba",
    "scipy",
    "albumentations",
    "opencv-python-headless",
    "scikeras",
    "joblib",
    "dask",
    "distributed",
)
QUICK_HELP = "few repeats and images; saves nothing"
# Processes inherit this: no chatter, and no graphics card on either side.
QUIET_TENSORFLOW = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}


@dataclass(frozen=True)
class Goal:
    """A limit that was set before measuring.

    Parameters
    ----------
    text : str
        What is measured.

    measured : float
        What came out.

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
        sign, limit = (
            ("<=", self.at_most) if self.at_least is None else (">=", self.at_least)
        )
        verdict = "met" if self.met else "NOT MET"
        return f"{verdict}: {self.text} {self.measured:.4g} (goal {sign} {limit:.4g})"


@dataclass
class Report:
    """What a section of a benchmark found.

    Parameters
    ----------
    title : str
        What was measured, in a line.

    values : dict of str to list of float
        Repeated measurements of each side.

    peer : str, default=None
        The side that the others are compared with.

    unit : {"s", "MB"}, default="s"
        Unit of the values.

    facts : dict, default={}
        What else is worth knowing: numbers and texts.

    goals : list of Goal, default=[]
        The limits.
    """

    title: str
    values: dict[str, list[float]]
    peer: str | None = None
    unit: str = "s"
    facts: dict[str, object] = field(default_factory=dict)
    goals: list[Goal] = field(default_factory=list)

    def summary(self) -> dict[str, dict[str, float]]:
        """Median, minimum, maximum and ratio to the peer of each side."""
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
        """Print a table, the facts, and which goals were met."""
        console = Console(highlight=False)
        if set(self.facts) == set(self.values):
            console.print(self._table_of_facts())
        else:
            console.print(self._table())
            for name, fact in self.facts.items():
                if not self._is_column(fact):
                    console.print(f"  {name}: {fact}")
        for goal in self.goals:
            console.print(f"  {goal}", style="green" if goal.met else "red")
        console.print()

    def _is_column(self, fact: object) -> bool:
        """Tell whether a fact has a value for each side."""
        return isinstance(fact, dict) and set(self.values) <= set(fact)

    def _table(self) -> Table:
        columns = ("median", "min", "max")
        facts = {
            name: fact for name, fact in self.facts.items() if self._is_column(fact)
        }
        table = Table("", *columns, *facts, title=self.title, title_justify="left")
        if self.peer is not None:
            table.add_column(f"ratio to {self.peer}")
        for side, row in self.summary().items():
            cells = [_with_unit(row[column], self.unit) for column in columns]
            cells += [
                "-" if fact[side] is None else str(fact[side])
                for fact in facts.values()
            ]
            if self.peer is not None:
                cells.append(f"{row['ratio_to_peer']:.3g}")
            table.add_row(side, *cells)
        return table

    def _table_of_facts(self) -> Table:
        """Show facts that are numbers of each side as its row."""
        columns = next(iter(self.facts.values()))
        table = Table("", *columns, title=self.title, title_justify="left")
        for side, figures in self.facts.items():
            table.add_row(side, *(f"{figure:.4g}" for figure in figures.values()))
        return table

    def save(self, name: str) -> None:
        """Write all but the single values into ``benchmarks/results/<name>.json``."""
        content = {
            "title": self.title,
            "unit": self.unit,
            "peer": self.peer,
            "sides": self.summary(),
            "facts": self.facts,
            "goals": [{**asdict(goal), "met": goal.met} for goal in self.goals],
            "environment": environment(),
        }
        RESULTS.mkdir(exist_ok=True)
        text = json.dumps(content, indent=2)
        (RESULTS / f"{name}.json").write_text(text + "\n", encoding="utf-8")


# Each takes whether it is to be quick.
Sections = dict[str, Callable[[bool], Report]]


def run_sections(
    group: str, sections: Sections, *, only: Collection[str] = (), quick: bool = False
) -> None:
    """Run sections of a benchmark, one after the other, and print what they find.

    Parameters
    ----------
    group : str
        What their files in ``benchmarks/results`` begin with.

    sections : dict of str to callable
        All sections.

    only : collection of str, default=()
        Which of them; none stands for all.

    quick : bool, default=False
        Few repeats and images; nothing is saved.
    """
    from benchmarks._summary import SUMMARY, summary  # which needs this module

    for name, section in sections.items():
        if only and name not in only:
            continue
        report = section(quick)
        report.print()
        if not quick:
            report.save(f"{group}_{name}")
            SUMMARY.write_text(summary(), encoding="utf-8")


def main(group: str, sections: Sections, description: str) -> None:
    """Run the sections that the command line asks for.

    Parameters
    ----------
    group, sections
        As of :func:`run_sections`.

    description : str
        What ``--help`` says first.
    """
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=sections, default=[])
    parser.add_argument("--quick", action="store_true", help=QUICK_HELP)
    arguments = parser.parse_args()
    run_sections(group, sections, only=arguments.only, quick=arguments.quick)


def _with_unit(value: float, unit: str) -> str:
    if unit == "s" and value < 1:
        return f"{1e3 * value:.3g} ms"
    return f"{value:.3g} {unit}" if value < 1000 else f"{value:.0f} {unit}"


def measure(
    function: Callable[[], object], repeats: int, *, warm_up: int = 1
) -> list[float]:
    """Time a function.

    Parameters
    ----------
    function : callable
        Called without arguments.

    repeats : int
        How many calls are timed.

    warm_up : int, default=1
        How many calls go before, untimed.

    Returns
    -------
    seconds : list of float
        One for each timed call.
    """
    for _ in range(warm_up):
        function()
    seconds = []
    for _ in range(repeats):
        start = perf_counter()
        function()
        seconds.append(perf_counter() - start)
    return seconds


def in_new_process(function: Callable, *args: object) -> object:
    """Call a function in a new Python process, and wait for what it returns.

    What the process writes to its standard error is dropped: TensorFlow chats there.
    Exceptions come back.

    Parameters
    ----------
    function : callable
        Of a module that imports neither TensorFlow nor skdigits at its top.

    *args : object
        What it is called with.

    Returns
    -------
    result : object
        What it returned.
    """
    os.environ.update(QUIET_TENSORFLOW)
    with ProcessPoolExecutor(
        1, mp_context=get_context("spawn"), initializer=_silence_stderr
    ) as pool:
        return pool.submit(function, *args).result()


def _silence_stderr() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


def in_turn(rounds: int, sides: dict[str, tuple]) -> dict[str, list]:
    """Call each side in a new process, one after the other, several times.

    So a slow minute of the machine hits all sides alike.

    Parameters
    ----------
    rounds : int
        How often each side has its turn.

    sides : dict of str to tuple (function, *args)
        What :func:`in_new_process` is called with.

    Returns
    -------
    results : dict of str to list
        What each side returned, round by round.
    """
    results: dict[str, list] = {side: [] for side in sides}
    for _ in range(rounds):
        for side, call in sides.items():
            results[side].append(in_new_process(*call))
    return results


def checked(checks: list[dict], seconds: float) -> dict[str, object]:
    """Sum up what check_estimator returned: time, counts, names of what failed."""
    counts = Counter(check["status"] for check in checks)
    failed = {c["check_name"] for c in checks if c["status"] == "failed"}
    return {"seconds": seconds, "counts": dict(counts), "failed": sorted(failed)}


def environment() -> dict[str, object]:
    """Say what was measured on: processor, versions, date; no names, no paths."""
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "cpu": _cpu_model(),
        "cores": joblib.cpu_count(),
        "system": platform.system(),
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in PACKAGES},
    }


def _cpu_model() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def memory(field: str) -> float:
    """Resident memory of this process, in MB: "VmRSS" now, "VmHWM" at its peak.

    getrusage would include the peak of the process that started this one.
    """
    status = Path("/proc/self/status").read_text()
    return int(re.search(rf"{field}:\s+(\d+) kB", status)[1]) / 1024

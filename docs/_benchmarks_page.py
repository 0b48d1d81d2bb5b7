"""Directives that show what the benchmarks measured.

``benchmark-results`` writes tables. Its argument is the first part of the names of
files in ``benchmarks/results``. ``measured-on`` names the machine and the day of the
files that a chart is drawn from. Both read the files when the page is built.
"""

import json
from pathlib import Path

from docutils.nodes import Node
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

SCRIPTS = Path(__file__).parents[1] / "benchmarks"
RESULTS = SCRIPTS / "results"


def results_of(group: str) -> list[Path]:
    """Return the files of a group, in the order of their names."""
    return sorted(RESULTS.glob(f"{group}_*.json"))


def result_as_rst(result: dict) -> list[str]:
    """Write one result as a heading, a table, the goals and the circumstances."""
    return [
        result["title"],
        "-" * len(result["title"]),
        "",
        *_table(result),
        "",
        *(_goal(goal) for goal in result["goals"]),
        "",
        *(f"* {name}: {_text(note)}" for name, note in result["notes"].items()),
        "",
        ".. rst-class:: measured-on",
        "",
        _circumstances(result["environment"]),
        "",
    ]


def _columns(result: dict) -> dict[str, dict[str, str]]:
    """Return the columns of a table, each with a text for each side."""
    sides = result["sides"]
    columns = {}
    for name in ("median", "min", "max"):
        if name in next(iter(sides.values())):
            columns[name] = {
                side: _measured(row[name], result["unit"])
                for side, row in sides.items()
            }
    for name, column in result["columns"].items():
        columns[name] = {side: _text(column[side]) for side in sides}
    if result["peer"] is not None:
        columns[f"ratio to {result['peer']}"] = {
            side: f"{row['ratio_to_peer']:.3g}" for side, row in sides.items()
        }
    return columns


def _table(result: dict) -> list[str]:
    columns = _columns(result)
    rows = [["", *columns]]
    rows += [
        [side, *(cells[side] for cells in columns.values())] for side in result["sides"]
    ]
    lines = [".. list-table::", "   :class: measurements", "   :header-rows: 1", ""]
    for row in rows:
        for column, cell in enumerate(row):
            lines.append(f"   {' ' if column else '*'} - {cell}")
    return lines


def _measured(value: float, unit: str) -> str:
    if unit == "s" and value < 1e-3:
        value, unit = 1e6 * value, "µs"
    elif unit == "s" and value < 1:
        value, unit = 1e3 * value, "ms"
    digits = f"{value:#.3g}".rstrip(".") if value < 1000 else f"{value:,.0f}"
    return f"{digits} {unit}"


def _text(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, dict):
        return "; ".join(f"{name}: {_text(part)}" for name, part in value.items())
    if isinstance(value, list) and not any(isinstance(part, list) for part in value):
        return ", ".join(map(_text, value)) or "none"
    if isinstance(value, float):
        return f"{value:.4g}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _goal(goal: dict) -> str:
    at_least = goal["at_least"] is not None
    bound = goal["at_least"] if at_least else goal["at_most"]
    limit = f"at {'least' if at_least else 'most'} {bound:.5g}"
    verdict = "met" if goal["met"] else "**not met**"
    return f"* Goal {verdict}: {goal['text']}, {limit}; it is {goal['measured']:.5g}."


def _circumstances(environment: dict) -> str:
    packages = ", ".join(
        f"{name} {version}"
        for name, version in environment["packages"].items()
        if version is not None
    )
    return (
        f"Measured on {environment['date']}: {environment['cpu']}, "
        f"{environment['cores']} cores, {environment['system']}, "
        f"Python {environment['python']}, {packages}."
    )


class BenchmarkResults(SphinxDirective):
    """Show all results of one benchmark."""

    required_arguments = 1

    def run(self) -> list[Node]:
        """Read the files, and parse what they say."""
        group = self.arguments[0]
        paths = results_of(group)
        lines = [] if paths else self._how_to_measure(group)
        for path in paths:
            self.env.note_dependency(str(path))
            lines += result_as_rst(json.loads(path.read_text(encoding="utf-8")))
        content = StringList(lines, source=str(RESULTS))
        return self.parse_text_to_nodes(content, allow_section_headings=True)

    def _how_to_measure(self, group: str) -> list[str]:
        """Write what stands there until a benchmark was run."""
        if not (SCRIPTS / f"bench_{group}.py").exists():
            raise self.error(f"there is no benchmark 'benchmarks/bench_{group}.py'")
        return [f"No results yet: run ``python -m benchmarks.bench_{group}``."]


class MeasuredOn(SphinxDirective):
    """Name the machines on which some results were measured, and the days."""

    required_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[Node]:
        """Read the files, and write one line."""
        days: dict[str, set[str]] = {}
        for name in self.arguments[0].split():
            path = RESULTS / f"{name}.json"
            if not path.exists():
                raise self.error(f"there is no result '{path.name}'")
            self.env.note_dependency(str(path))
            environment = json.loads(path.read_text(encoding="utf-8"))["environment"]
            machine = f"{environment['cpu']}, {environment['cores']} cores"
            days.setdefault(machine, set()).add(environment["date"])
        machines = "; ".join(
            f"{machine} ({', '.join(sorted(dates))})" for machine, dates in days.items()
        )
        lines = [".. rst-class:: measured-on", "", f"Measured on {machines}."]
        return self.parse_text_to_nodes(StringList(lines, source=str(RESULTS)))


def setup(app: Sphinx) -> dict[str, bool]:
    """Tell Sphinx of the directives."""
    app.add_directive("benchmark-results", BenchmarkResults)
    app.add_directive("measured-on", MeasuredOn)
    return {"parallel_read_safe": True}

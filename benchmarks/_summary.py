"""The results of all benchmarks in Markdown: a small table for each."""

import json
from collections.abc import Iterator

from benchmarks._result import RESULTS, Goal

SUMMARY = RESULTS / "summary.md"
HEADER = """\
# Benchmark results

Written from the JSON files beside this one, which also hold the spread, notes and
versions. A ratio is of medians, to the side in the heading of its column.
"""


def summary() -> str:
    """Write a section for each file in ``benchmarks/results``."""
    parts = [HEADER]
    for path in sorted(RESULTS.glob("*.json")):
        result = json.loads(path.read_text(encoding="utf-8"))
        parts.append("\n".join(_section(path.name, result)) + "\n")
    return "\n".join(parts)


def _section(name: str, result: dict) -> Iterator[str]:
    environment = result["environment"]
    title = _cell(result["title"])
    yield f"## {title[0].upper()}{title[1:]}"
    yield ""
    yield f"`{name}`, {environment['date']}, {environment['cpu']}"
    yield ""
    columns = _columns(result)
    yield _row("", *columns)
    yield _row(*["---"] * (1 + len(columns)))
    for side in result["sides"]:
        yield _row(side, *(column[side] for column in columns.values()))
    if result["goals"]:
        yield ""
    for goal in result["goals"]:
        limits = goal["measured"], goal["at_least"], goal["at_most"]
        yield f"- {_cell(str(Goal(goal['text'], *limits)))}"


def _columns(result: dict) -> dict[str, dict[str, str]]:
    """Return the columns of a table, each with a text for each side."""
    sides, peer = result["sides"], result["peer"]
    columns = {}
    if result["unit"] is not None:
        medians = {side: _text(row["median"]) for side, row in sides.items()}
        columns[f"median, {result['unit']}"] = medians
    if peer is not None:
        ratios = {side: f"{row['ratio_to_peer']:.3g}" for side, row in sides.items()}
        columns[f"ratio to {peer}"] = ratios
    for name, column in result["columns"].items():
        columns[name] = {side: _text(column[side]) for side in sides}
    return columns


def _row(*cells: str) -> str:
    return f"| {' | '.join(map(_cell, cells))} |"


def _cell(text: str) -> str:
    return text.replace("|", "/").replace("__", r"\_\_")


def _text(value: object) -> str:
    """Write a value shortly: of a list of names, the JSON file has the names."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {_text(part)}" for name, part in value.items())
    if isinstance(value, list):
        named = any(isinstance(part, str) for part in value)
        return str(len(value)) if named else ", ".join(map(_text, value))
    if isinstance(value, float):
        # Percentages near 100 differ in the second decimal place.
        digits = 4 if value >= 90 else 3
        return f"{value:.{digits}g}" if value < 1000 else f"{value:.0f}"
    return "" if value is None else str(value)

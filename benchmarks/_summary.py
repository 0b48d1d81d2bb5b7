"""The results of all benchmarks, in one table of Markdown."""

import json

from benchmarks._result import RESULTS, Goal

SUMMARY = RESULTS / "summary.md"
HEADER = """\
# What the benchmarks found

Written from the JSON files beside it, which also hold the machine and the versions.

Ratios are of medians, to the side that is named.

| benchmark | sides, with medians and ratios | goals |
|---|---|---|
"""


def summary() -> str:
    """Write a row for each file in ``benchmarks/results``."""
    rows = []
    for path in sorted(RESULTS.glob("*.json")):
        result = json.loads(path.read_text(encoding="utf-8"))
        cells = (
            f"{result['title']} (`{path.stem}`, {result['environment']['date']})",
            _sides(result),
            "<br>".join(_goal(goal) for goal in result["goals"]),
        )
        rows.append(f"| {' | '.join(map(_cell, cells))} |")
    return HEADER + "\n".join(rows) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "/").replace("__", r"\_\_")


def _sides(result: dict) -> str:
    return "<br>".join(_side(result, side) for side in result["sides"])


def _side(result: dict, side: str) -> str:
    columns = {name: column[side] for name, column in result["columns"].items()}
    row, peer = result["sides"][side], result["peer"]
    if not row:
        return f"{side}: {_figures(columns)}"
    text = f"{side} {row['median']:.3g} {result['unit']}"
    if peer is not None and side != peer:
        text += f" ({row['ratio_to_peer']:.3g} of {peer})"
    return f"{text}; {_figures(columns)}" if columns else text


def _figures(figures: dict) -> str:
    return "; ".join(
        f"{name} {value:.4g}" if isinstance(value, float) else f"{name} {value}"
        for name, value in figures.items()
        if value is not None
    )


def _goal(goal: dict) -> str:
    return str(Goal(goal["text"], goal["measured"], goal["at_least"], goal["at_most"]))

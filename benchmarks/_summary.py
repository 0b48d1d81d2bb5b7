"""What all benchmarks found, in one table of Markdown."""

import json

from benchmarks._harness import RESULTS, Goal

SUMMARY = RESULTS / "summary.md"
HEADER = """\
# What the benchmarks found

Written by `python -m benchmarks` from the JSON files beside it, which also hold the
machine and the versions. Ratios are of medians, to the side that is named.

| benchmark | sides, with their ratios | goals |
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
        rows.append(f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |")
    return HEADER + "\n".join(rows) + "\n"


def _sides(result: dict) -> str:
    peer = result["peer"]
    texts = []
    for side, row in result["sides"].items():
        if "median" in row:
            text = f"{side} {row['median']:.3g} {result['unit']}"
        else:  # of one run each, such as fit, predict and accuracy
            figures = (f"{name} {value:.4g}" for name, value in row.items())
            text = f"{side}: {', '.join(figures)}"
        if peer is not None and side != peer:
            text += f" ({row['ratio_to_peer']:.3g} of {peer})"
        texts.append(text)
    return "<br>".join(texts)


def _goal(goal: dict) -> str:
    return str(Goal(*(goal[name] for name in Goal.__dataclass_fields__)))

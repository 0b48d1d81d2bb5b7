"""The files that the benchmarks wrote, and a form of charts that fits a phone."""

import json
from pathlib import Path

import matplotlib.pyplot as plt

RESULTS = Path(__file__).parents[2] / "benchmarks" / "results"
OURS = {"color": "#1f5f99"}
THEIRS = {"color": "#f2d9b8", "hatch": "////", "edgecolor": "#6b4a1e"}

# A page of 375 pixels shows such a chart at 75 pixels an inch.
WIDTH = 4.6
plt.rcParams.update(
    {
        "font.size": 10,
        "axes.titlesize": 10,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "legend.frameon": False,
    }
)


def result(name: str) -> dict:
    """Read the result of a section of a benchmark."""
    return json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))


def medians(name: str) -> dict[str, float]:
    """Return the median of each side."""
    return {side: row["median"] for side, row in result(name)["sides"].items()}

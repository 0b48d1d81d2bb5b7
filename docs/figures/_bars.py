"""Horizontal bars of what a benchmark measured, for the scripts beside this file."""

import json
from collections.abc import Mapping
from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

RESULTS = Path(__file__).parents[2] / "benchmarks" / "results"
COLOURS = {True: "#1f5f99", False: "#c9ced6"}  # of skdigits, and of all others


def medians(name: str) -> dict[str, float]:
    """Return the median of each side of a benchmark.

    Parameters
    ----------
    name : str
        The file in ``benchmarks/results``, without its suffix.

    Returns
    -------
    medians : dict of str to float
        In the unit of the benchmark.
    """
    result = json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))
    return {side: row["median"] for side, row in result["sides"].items()}


def draw_bars(values: Mapping[str, float], unit: str, form: str = "{:.2g}") -> Axes:
    """Draw a bar for each value, with the value beside it, the first at the top.

    Parameters
    ----------
    values : mapping of str to float
        Lengths of the bars; those whose names begin with "skdigits" are darker.

    unit : str
        What follows the values.

    form : str, default="{:.2g}"
        Format of the values.

    Returns
    -------
    ax : matplotlib Axes
        The axes.
    """
    height = 0.7 + 0.5 * len(values)
    _, ax = plt.subplots(figsize=(6, height), layout="constrained")
    colours = [COLOURS[name.startswith("skdigits")] for name in values]
    bars = ax.barh(list(values), list(values.values()), color=colours)
    labels = [f"{form.format(value)} {unit}" for value in values.values()]
    ax.bar_label(bars, labels, padding=4, fontsize=12)
    ax.tick_params(axis="y", length=0, labelsize=12)
    ax.invert_yaxis()
    ax.set_xticks([])
    ax.margins(x=0.2)
    ax.spines[["top", "right", "bottom"]].set_visible(False)
    return ax

"""Horizontal bars of what a benchmark measured, for the scripts beside this file."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
from _results import OURS, THEIRS
from matplotlib.axes import Axes


def draw_bars(values: Mapping[str, float], unit: str, form: str = "{:.2g}") -> Axes:
    """Draw a bar for each value, with the value beside it, the first at the top.

    Parameters
    ----------
    values : mapping of str to float
        Lengths of the bars; those whose names do not begin with "skdigits" are hatched.

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
    for name, value in values.items():
        bar = ax.barh(name, value, **(OURS if name.startswith("skdigits") else THEIRS))
        ax.bar_label(bar, [f"{form.format(value)} {unit}"], padding=4, fontsize=12)
    ax.tick_params(axis="y", length=0, labelsize=12)
    ax.invert_yaxis()
    ax.set_xticks([])
    ax.margins(x=0.2)
    ax.spines[["top", "right", "bottom"]].set_visible(False)
    return ax

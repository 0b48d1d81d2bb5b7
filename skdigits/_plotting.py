"""Matplotlib and pandas, imported when they are needed, and axes to draw on."""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING

from skdigits._require import require

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def import_pyplot(caller: str) -> ModuleType:
    """Import matplotlib, or say how to install it."""
    return require("matplotlib.pyplot", "plot", caller)


def import_pandas(caller: str) -> ModuleType:
    """Import pandas, or say how to install it."""
    return require("pandas", "pandas", caller)


def get_axes(ax: Axes | None, size: tuple[float, float], caller: str) -> Axes:
    """Return the given axes, or those of a new figure of a size in inches."""
    plt = import_pyplot(caller)
    if ax is None:
        _, ax = plt.subplots(figsize=size, layout="constrained")
    return ax

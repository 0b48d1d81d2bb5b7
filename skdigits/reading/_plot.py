"""A reading, drawn over its image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from skdigits._plotting import get_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from skdigits.reading._results import Box, Reading

_LONGEST_FIGURE = 10.0  # inches


def draw_reading(reading: Reading, ax: Axes | None) -> Axes:
    """Draw the image, a green box and a label for each digit, a grey box else.

    Parameters
    ----------
    reading : Reading
        What to draw.

    ax : matplotlib.axes.Axes or None
        Where. None means a new figure.

    Returns
    -------
    ax : matplotlib.axes.Axes
        What was drawn on.
    """
    width, height = reading.size
    scale = _LONGEST_FIGURE / max(width, height)
    size = (max(width * scale, 2), max(height * scale, 2))
    ax = get_axes(ax, size, "Reading.plot")
    ax.imshow(
        reading.picture,
        extent=(0, width, height, 0),
        cmap="gray",
        vmin=0,
        vmax=255,
    )
    for rejected in reading.rejected:
        _draw_box(ax, rejected.box, "tab:orange", 0.6)
    for number in reading.numbers:
        for digit in number.digits:
            _draw_box(ax, digit.box, "tab:green", 1.2)
            ax.text(
                digit.box[0],
                digit.box[1],
                str(digit.label),
                color="white",
                va="bottom",
                bbox={"facecolor": "tab:green", "edgecolor": "none", "pad": 1},
                clip_on=True,
            )
    ax.set(xlim=(0, width), ylim=(height, 0), xticks=[], yticks=[])
    n_digits, n_rejected = len(reading.digits), len(reading.rejected)
    ax.set_title(f"{n_digits} digits, {n_rejected} rejected")
    return ax


def _draw_box(ax: Axes, box: Box, colour: str, line_width: float) -> None:
    from matplotlib.patches import Rectangle

    left, top, right, bottom = box
    ax.add_patch(
        Rectangle(
            (left, top),
            right - left,
            bottom - top,
            fill=False,
            edgecolor=colour,
            linewidth=line_width,
        )
    )

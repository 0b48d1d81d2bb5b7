"""A reading, drawn over its image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from skdigits._plotting import get_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from skdigits.reading._reading import Reading
    from skdigits.reading._results import Box, Digit, Sign

_LONGEST_FIGURE = 10.0  # inches


def draw_reading(reading: Reading, ax: Axes | None) -> Axes:
    """Draw the image and boxes: green ones with a label for digits and points.

    Cells of tables are blue, what was rejected is orange.

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
    for table in reading.tables:
        for row in table.boxes:
            for box in row:
                _draw_box(ax, box, "tab:blue", 0.6)
    for rejected in reading.rejected:
        _draw_box(ax, rejected.box, "tab:orange", 0.6)
    for number in reading.numbers:
        parts: list[Digit | Sign] = [*number.digits, *number.points]
        for part in parts:
            _draw_box(ax, part.box, "tab:green", 1.2)
            _write(ax, part.box, str(part.label))
    ax.set(xlim=(0, width), ylim=(height, 0), xticks=[], yticks=[])
    n_digits, n_rejected = len(reading.digits), len(reading.rejected)
    counts = f"{n_digits} digits, {n_rejected} rejected"
    if n_tables := len(reading.tables):
        counts += f", {n_tables} table" + "s" * (n_tables > 1)
    ax.set_title(counts)
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


def _write(ax: Axes, box: Box, text: str) -> None:
    ax.text(
        box[0],
        box[1],
        text,
        color="white",
        va="bottom",
        bbox={"facecolor": "tab:green", "edgecolor": "none", "pad": 1},
        clip_on=True,
    )

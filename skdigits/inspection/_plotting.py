"""Parts that the displays share; the largest is a mosaic of images."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from numbers import Integral
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import check_scalar
from sklearn.utils.validation import check_array

from skdigits._images import ImageShape, flatten_images, resolve_image_shape
from skdigits._plotting import import_pyplot

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.image import AxesImage
    from matplotlib.patches import Rectangle
    from matplotlib.text import Text

# In points, in which a mosaic is laid out before it is scaled into its axes.
TILE = 56.0
FONT = 9.0
TITLE_FONT = 10.0
LINE = 1.3 * FONT
GAP = 7.0
LARGEST_FIGURE = (16 * 72.0, 11 * 72.0)  # height, width

LONGEST_LABEL = 20
LONGEST_TITLE = 60  # of a line
# Cycled through, so that lines and points differ in more than colour.
MARKERS = "os^Dv<>pPX*h"
HATCHES = ("", "///", "...", "\\\\\\", "xxx", "ooo")


def as_images(X: ArrayLike, image_shape: ImageShape | None) -> np.ndarray:
    """Return images of shape (n, h, w); NaN and no images at all are allowed."""
    pixels, given = flatten_images(X)
    pixels = check_array(
        pixels, ensure_all_finite=False, ensure_min_samples=0, input_name="X"
    )
    shape = resolve_image_shape(image_shape, pixels.shape[1], given)
    return pixels.reshape(len(pixels), *shape)


def check_count(name: str, value: int | None) -> None:
    """Refuse what is no number of images; None stands for a default."""
    if value is not None:
        check_scalar(value, name, Integral, min_val=1)


def shorten(text: object) -> str:
    """Cut a label that is too long to stand under an image."""
    # Halves of surrogate pairs cannot be drawn.
    text = str(text).encode(errors="backslashreplace").decode()
    return (
        text if len(text) <= LONGEST_LABEL else text[: LONGEST_LABEL - 1].rstrip() + "…"
    )


def arrow(true: object, predicted: object) -> str:
    """Write "true → predicted", in two lines where the labels are long."""
    true, predicted = shorten(true), shorten(predicted)
    space = " " if len(true) + len(predicted) <= 10 else "\n"
    return f"{true}{space}→ {predicted}"


def text_width(text: str, size: float = FONT) -> float:
    """Estimate the width of a text in points, rather too large than too small."""
    return 0.68 * size * max(map(len, text.split("\n")), default=0)


@dataclass
class Mosaic:
    """The artists of a mosaic, in the order of its images."""

    ax: Axes
    images: list[AxesImage]
    texts: list[Text]
    frames: list[Rectangle]


def draw_mosaic(
    ax: Axes | None,
    images: np.ndarray,
    *,
    captions: Sequence[str],
    marked: ArrayLike,
    groups: Sequence[str] | None,
    n_columns: int | None,
    cmap: str | None,
    title: str,
    caller: str,
) -> Mosaic:
    """Draw images with captions under them, and thick frames around marked ones.

    Everything is on one axes, whose units are points at full size. A group of images
    starts a new row, and has its name at the left. Without images, the title is all.
    """
    check_count("n_columns", n_columns)
    tile_height, tile_width = _tile_size(images.shape[1:])
    n_lines = max((len(c.split("\n")) for c in captions if c), default=0)
    cell = (
        GAP + tile_height + n_lines * LINE,
        GAP + max([tile_width, *map(text_width, captions)]),
    )
    if n_columns is None:
        n_columns = _columns(ax, len(images), groups, cell)
    cells, names = _place(len(images), groups, n_columns)
    extent = _extent(cells, cell)
    ax, scale = _fit(ax, extent, names.values(), title, caller)
    mosaic = Mosaic(ax, [], [], [])
    if len(images) == 0:
        say(ax, title)
        return mosaic
    style = _colours(images, cmap)
    for image, caption, mark, (row, column) in zip(
        images, captions, np.asarray(marked), cells, strict=True
    ):
        left = column * cell[1] + (cell[1] - tile_width) / 2
        top = row * cell[0] + GAP / 2
        box = (left, left + tile_width, top + tile_height, top)
        mosaic.images.append(ax.imshow(image, extent=box, **style))
        mosaic.frames.append(_frame(ax, box, mark, scale))
        place = (left + tile_width / 2, top + tile_height + 0.15 * FONT)
        mosaic.texts.append(_caption(ax, place, caption, mark, FONT * scale))
    ax.set(xlim=(0, extent[1]), ylim=(extent[0], 0), aspect="equal", xticks=[])
    ax.set_title(title, fontsize=TITLE_FONT, parse_math=False)
    ax.spines[:].set_visible(False)
    centres = [row * cell[0] + (GAP + tile_height) / 2 for row in names]
    ax.set_yticks(centres, [])
    ax.set_yticklabels(list(names.values()), parse_math=False, fontsize=FONT)
    ax.tick_params(axis="y", length=0)
    return mosaic


def _extent(cells: np.ndarray, cell: tuple[float, float]) -> np.ndarray:
    """Return the height and width of all cells."""
    return (cells.max(axis=0, initial=0) + 1) * cell


def _size_of(ax: Axes) -> np.ndarray:
    """Return the height and width of axes in points."""
    box = ax.get_window_extent()
    return np.array([box.height, box.width]) * 72 / ax.figure.dpi


def _columns(
    ax: Axes | None,
    n_images: int,
    groups: Sequence[str] | None,
    cell: tuple[float, float],
) -> int:
    """Return the number of columns that makes the images largest."""
    if ax is None:
        return int(np.clip(LARGEST_FIGURE[1] // cell[1], 1, 10))
    room = _size_of(ax)
    # The larger number first, because of equally good ones it makes fuller rows.
    return max(
        range(10, 0, -1),
        key=lambda n: min(room / _extent(_place(n_images, groups, n)[0], cell)),
    )


def _fit(
    ax: Axes | None, extent: np.ndarray, names: Iterable[str], title: str, caller: str
) -> tuple[Axes, float]:
    """Return axes for a mosaic, and by how much it is scaled in them.

    Those of a new figure are placed by hand: a constrained layout reckons with the
    whole axes, not with the part that is left by images of a fixed aspect.
    """
    plt = import_pyplot(caller)
    if ax is not None:
        return ax, min(1.3, *(_size_of(ax) / extent))
    scale = min(1, *np.divide(LARGEST_FIGURE, extent))
    left = 6 + max(map(text_width, names), default=0)
    top = 10 + TITLE_FONT * 1.3 * len(title.split("\n")) if title else 4
    height, width = extent * scale
    figure_height = height + top + 4
    figure_width = max(width + left + 6, text_width(title, TITLE_FONT), 3.2 * 72)
    figure = plt.figure(figsize=(figure_width / 72, figure_height / 72))
    place = (left, 4, figure_width - left - 6, height)
    sides = (figure_width, figure_height) * 2
    return figure.add_axes(np.divide(place, sides)), scale


def _tile_size(shape: ImageShape) -> tuple[float, float]:
    """Height and width of a tile; a row of pixels is drawn as a bar."""
    height, width = (max(side, 1) for side in shape)
    longer = max(height, width)
    return max(TILE * height / longer, 12.0), max(TILE * width / longer, 12.0)


def _place(
    n_images: int, groups: Sequence[str] | None, n_columns: int
) -> tuple[np.ndarray, dict[int, str]]:
    """Return the row and column of each image, and the names of rows."""
    if n_images == 0:
        return np.zeros((0, 2), dtype=int), {}
    if groups is None:
        return np.stack(np.divmod(np.arange(n_images), n_columns), axis=1), {}
    cells, names, first_row = [], {}, 0
    for name, members in groupby(groups):
        rows, columns = np.divmod(np.arange(len(list(members))), n_columns)
        names[first_row] = shorten(name)
        cells.append(np.stack([first_row + rows, columns], axis=1))
        first_row += rows[-1] + 1
    return np.concatenate(cells), names


def _colours(images: np.ndarray, cmap: str | None) -> dict[str, Any]:
    """One range for all images; centred at 0 if there are negative pixels."""
    finite = images[np.isfinite(images)]
    largest = float(finite.max(initial=0))
    smallest = float(finite.min(initial=0))
    if smallest < 0:
        largest = max(largest, -smallest)
        limits = {"vmin": -largest, "vmax": largest, "cmap": cmap or "RdBu_r"}
    else:
        limits = {"vmin": 0.0, "vmax": largest or 1.0, "cmap": cmap or "gray_r"}
    return {"interpolation": "nearest", **limits}


def _frame(
    ax: Axes, box: tuple[float, float, float, float], mark: bool, scale: float
) -> Rectangle:
    from matplotlib.patches import Rectangle

    left, right, bottom, top = box
    style: dict[str, Any] = (
        {"edgecolor": "tab:red", "linewidth": 2.5 * min(scale, 1)}
        if mark
        else {"edgecolor": "0.7", "linewidth": 0.5}
    )
    frame = Rectangle((left, top), right - left, bottom - top, fill=False, **style)
    ax.add_patch(frame)
    return frame


def _caption(
    ax: Axes, place: tuple[float, float], caption: str, mark: bool, size: float
) -> Text:
    return ax.text(
        *place,
        caption,
        fontsize=size,
        fontweight="bold" if mark else "normal",
        ha="center",
        va="top",
        parse_math=False,
    )


def say(ax: Axes, text: str) -> Text:
    """Write a text in the middle of axes that have nothing else to show."""
    ax.set_axis_off()
    return ax.text(
        0.5,
        0.5,
        text,
        ha="center",
        va="center",
        transform=ax.transAxes,
        parse_math=False,
        wrap=True,
    )

"""Heat maps of images, with the outlines of the digits on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

import numpy as np

from skdigits._plotting import get_axes
from skdigits.inspection._plotting import Mosaic, draw_mosaic

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colorbar import Colorbar
    from matplotlib.contour import QuadContourSet

# Of a new figure. A single image is larger, in inches.
TILE, SINGLE_TILE = 1.8, 3.2
MOST_COLUMNS = 5
# Diverging, and readable with any kind of colour vision.
COLOURS = "RdBu_r"


@dataclass
class HeatMaps(Mosaic):
    """The artists of heat maps, in the order of the images."""

    outlines: list[QuadContourSet]
    colorbar: Colorbar | None


def draw_heat_maps(
    ax: Axes | None,
    maps: np.ndarray,
    images: np.ndarray,
    *,
    captions: Sequence[str],
    n_columns: int | None,
    quantity: str,
    caller: str,
) -> HeatMaps:
    """Draw maps with captions under them, and a colour bar for all of them.

    0 is white, between two colours. Without maps, the axes say so.
    """
    if ax is None:
        n_columns = n_columns or min(max(len(maps), 1), MOST_COLUMNS)
        tile = SINGLE_TILE if len(maps) == 1 else TILE
        height = ceil(max(len(maps), 1) / n_columns) * (tile + 0.25) + 0.1
        ax = get_axes(None, (n_columns * tile + 1, height), caller)
    mosaic = draw_mosaic(
        ax,
        maps,
        captions=captions,
        marked=np.zeros(len(maps), dtype=bool),
        groups=None,
        n_columns=n_columns,
        cmap=COLOURS,
        title="" if len(maps) else "No images",
        caller=caller,
    )
    limit = np.abs(maps[np.isfinite(maps)]).max(initial=0) or 1.0
    for tile in mosaic.images:
        tile.set_clim(-limit, limit)
    colorbar = None
    if mosaic.images:
        colorbar = ax.figure.colorbar(
            mosaic.images[0], ax=ax, aspect=30, label=quantity
        )
    return HeatMaps(
        **vars(mosaic), outlines=_outline(mosaic, images), colorbar=colorbar
    )


def _outline(mosaic: Mosaic, images: np.ndarray) -> list[QuadContourSet]:
    """Draw lines half-way between the darkest and the brightest pixel of each image.

    Blank images, and single rows or columns of pixels, have no outline.
    """
    outlines = []
    for image, tile in zip(images, mosaic.images, strict=True):
        finite = image[np.isfinite(image)].astype(float)
        if min(image.shape) < 2 or len(np.unique(finite)) < 2:
            continue
        left, right, bottom, top = tile.get_extent()
        outlines.append(
            mosaic.ax.contour(
                _centres(left, right, image.shape[1]),
                _centres(top, bottom, image.shape[0]),
                image,
                levels=[(finite.min() + finite.max()) / 2],
                colors="black",
                linewidths=1.2,
            )
        )
    return outlines


def _centres(first: float, last: float, n_pixels: int) -> np.ndarray:
    return first + (np.arange(n_pixels) + 0.5) * (last - first) / n_pixels

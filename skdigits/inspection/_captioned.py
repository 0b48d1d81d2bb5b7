"""Displays of images with a caption below each."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Self

import numpy as np

from skdigits.inspection._plotting import draw_mosaic

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class CaptionedImagesDisplay(ABC):
    """Draws `images`, each with its caption, below one title."""

    images: np.ndarray

    @abstractmethod
    def _captions(self) -> list[str]:
        """Return the caption of each image."""

    @abstractmethod
    def _title(self) -> str:
        """Return the title of all."""

    def plot(self, ax: Axes | None = None, *, n_columns: int | None = None) -> Self:
        """Plot the images, or a note if there are none.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to plot on. If None, a new figure and axes are created.

        n_columns : int, default=None
            Number of images per row. None means as many as fit, but at most 10.

        Returns
        -------
        self : object
            The display. The figure is not shown: call ``plt.show()``.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        TypeError
            If `n_columns` is not an integer.
        ValueError
            If it is less than 1.
        """
        mosaic = draw_mosaic(
            ax,
            self.images,
            captions=self._captions(),
            marked=np.zeros(len(self.images), dtype=bool),
            groups=None,
            n_columns=n_columns,
            cmap=None,
            title=self._title(),
            caller=type(self).__name__,
        )
        self.ax_, self.figure_ = mosaic.ax, mosaic.ax.figure
        self.images_, self.texts_ = mosaic.images, mosaic.texts
        return self

"""Boxes of a labelled page, in pixels of the image that it was made from."""

from dataclasses import dataclass

import numpy as np

from skdigits.reading._results import Box


@dataclass(frozen=True)
class Placing:
    """How a labelled page lies in the image.

    Parameters
    ----------
    shape : tuple (height, width)
        Of the labelled page.

    turns : int
        Quarter turns, clockwise, by which the image was turned.

    size : tuple (width, height)
        Of the image, before it was turned.
    """

    shape: tuple[int, int]
    turns: int
    size: tuple[int, int]

    def __call__(self, box: Box) -> Box:
        """Return the box of the image that covers a box of the page."""
        height, width = self.shape
        left, top, right, bottom = box
        for _ in range(self.turns):
            left, top, right, bottom = top, width - right, bottom, width - left
            height, width = width, height
        x, y = self.size[0] / width, self.size[1] / height
        return (
            int(left * x),
            int(top * y),
            min(self.size[0], int(np.ceil(right * x))),
            min(self.size[1], int(np.ceil(bottom * y))),
        )

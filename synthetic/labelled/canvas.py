"""A canvas with a layer of ink for each label."""

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from skdigits.reading._labels import N_LABELS, Label

# What is drawn by lines is drawn so many times larger, for soft edges.
FINE = 2

Points = Sequence[tuple[float, float]]


class Canvas:
    """Square layers of ink from 0 to 1, one for each label.

    Parameters
    ----------
    side : int
        Height and width in pixels.
    """

    def __init__(self, side: int):
        self.side = side
        self.layers = np.zeros((N_LABELS, side, side), np.float32)

    def stamp(
        self, label: Label, ink: np.ndarray, left: float, top: float, strength: float
    ) -> None:
        """Put ink on a layer; what reaches over the edge is cut off."""
        x, y = round(left), round(top)
        rows = slice(max(y, 0), min(y + ink.shape[0], self.side))
        columns = slice(max(x, 0), min(x + ink.shape[1], self.side))
        if rows.start >= rows.stop or columns.start >= columns.stop:
            return
        place = self.layers[label, rows, columns]
        part = ink[rows.start - y : rows.stop - y, columns.start - x : columns.stop - x]
        np.maximum(place, strength * part, out=place)

    def draw(
        self,
        label: Label,
        lines: Sequence[Points],
        width: float,
        strength: float,
    ) -> None:
        """Draw lines through points, (x, y), with round ends."""
        points = np.concatenate([np.asarray(line, float) for line in lines])
        margin = width + 2
        left, top = np.floor(points.min(axis=0) - margin).clip(-margin, self.side)
        right, bottom = np.ceil(points.max(axis=0) + margin).clip(
            -margin, self.side + margin
        )
        size = (round(right - left), round(bottom - top))
        if min(size) <= 0:
            return
        picture = Image.new("L", (FINE * size[0], FINE * size[1]))
        pen = ImageDraw.Draw(picture)
        for line in lines:
            fine = [(FINE * (x - left), FINE * (y - top)) for x, y in line]
            draw_line(pen, fine, FINE * width)
        ink = np.asarray(picture.resize(size, Image.Resampling.BOX), np.float32) / 255
        self.stamp(label, ink, left, top, strength)

    def fill(
        self, label: Label, rows: slice, columns: slice, strength: float
    ) -> np.ndarray:
        """Fill a rectangle, and return its pixels."""
        place = self.layers[label, rows, columns]
        place[:] = strength
        return place


def draw_line(pen: ImageDraw.ImageDraw, points: Points, width: float) -> None:
    """Draw a line with round ends; one below a pixel is fainter, not thinner."""
    grey = 255 if width >= 1 else round(255 * max(width, 0.3))
    pen.line(list(points), grey, max(1, round(width)), joint="curve")
    radius = width / 2 - 0.5
    if radius > 0.5:
        for x, y in (points[0], points[-1]):
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), grey)

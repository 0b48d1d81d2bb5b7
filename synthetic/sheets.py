"""Sheets written piece by piece: digits, signs and rules where a test wants them."""

from collections.abc import Sequence

import numpy as np
from numpy.random import RandomState
from PIL import Image, ImageDraw

from synthetic.labelled.canvas import draw_line
from synthetic.labelled.glyphs import sign_strokes
from synthetic.scans import draw_digit, expose


class Sheet:
    """Ink on a sheet of paper.

    Parameters
    ----------
    digits : tuple of ndarray
        Images of digits, bright on black, and their labels.

    shape : tuple (height, width)
        Of the sheet in pixels.

    seed : int, default=0
        Draws which digits are taken, and how a pen strays.
    """

    def __init__(
        self,
        digits: tuple[np.ndarray, np.ndarray],
        shape: tuple[int, int],
        seed: int = 0,
    ):
        self.ink = np.zeros(shape, np.float32)
        self._images, self._labels = digits
        self._random = RandomState(seed)

    def write(
        self, text: str, left: float, top: float, height: int = 40, gap: float = 0.25
    ) -> float:
        """Write digits, signs and spaces; return where they end."""
        x = left
        for character in text:
            if character == " ":
                x += height
                continue
            if character.isdigit():
                x += self._digit(int(character), x, top, height) + gap * height
            else:
                x += self._sign(character, x, top, height) + gap * height
        return x - gap * height

    def rule(self, *points: tuple[float, float], width: float = 2) -> None:
        """Draw a line through points, (x, y)."""
        self._draw([points], width)

    def grid(self, xs: Sequence[float], ys: Sequence[float], width: float = 2) -> None:
        """Draw the rules of a table."""
        for x in xs:
            self.rule((x, ys[0]), (x, ys[-1]), width=width)
        for y in ys:
            self.rule((xs[0], y), (xs[-1], y), width=width)

    def photograph(self, **light: float) -> np.ndarray:
        """Return the sheet as pixels of uint8."""
        return expose(self.ink, self._random, **light)

    def _digit(self, label: int, left: float, top: float, height: int) -> float:
        rows = np.flatnonzero(self._labels == label)
        image = self._images[rows[self._random.randint(len(rows))]].astype(float)
        ink = draw_digit(image, height, self._random, thickness=0.1)
        self._stamp(ink, round(left), round(top))
        return ink.shape[1]

    def _sign(self, sign: str, left: float, top: float, height: int) -> float:
        random = np.random.default_rng(self._random.randint(2**31))
        lines, width = sign_strokes(sign, height, height / 9, random)
        moved = [[(left + x, top + y) for x, y in line] for line in lines]
        self._draw(moved, height / 9 * (1.4 if sign in ".,:" else 1))
        return width

    def _stamp(self, ink: np.ndarray, left: int, top: int) -> None:
        rows = slice(max(top, 0), min(top + ink.shape[0], self.ink.shape[0]))
        columns = slice(max(left, 0), min(left + ink.shape[1], self.ink.shape[1]))
        part = ink[rows.start - top : rows.stop - top]
        part = part[:, columns.start - left : columns.stop - left]
        place = self.ink[rows, columns]
        np.maximum(place, part, out=place)

    def _draw(
        self, lines: Sequence[Sequence[tuple[float, float]]], width: float
    ) -> None:
        size = (2 * self.ink.shape[1], 2 * self.ink.shape[0])
        picture = Image.new("L", size)
        pen = ImageDraw.Draw(picture)
        for line in lines:
            draw_line(pen, [(2 * x, 2 * y) for x, y in line], 2 * width)
        small = picture.resize(self.ink.shape[::-1], Image.Resampling.BOX)
        np.maximum(self.ink, np.asarray(small, np.float32) / 255, out=self.ink)

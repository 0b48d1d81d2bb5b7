"""What stands in a row: digits, what looks like them, and signs."""

from dataclasses import dataclass

import numpy as np

from skdigits.reading._grid import Grid
from skdigits.reading._strokes import Stroke


@dataclass(frozen=True)
class Glyph:
    """Something in a row that was classified.

    Parameters
    ----------
    stroke : Stroke
        Where it is.

    is_digit : float
        Probability that it is a digit.

    probabilities : ndarray of shape (10,)
        Of the digits 0 to 9.

    image : ndarray of shape (28, 28), uint8
        What the classifier saw.
    """

    stroke: Stroke
    is_digit: float
    probabilities: np.ndarray
    image: np.ndarray

    @property
    def digit(self) -> int:
        """The most probable digit."""
        return int(self.probabilities.argmax())

    @property
    def confidence(self) -> float:
        """Probability that it is a digit, and the most probable one."""
        return float(self.is_digit * self.probabilities.max())


@dataclass(frozen=True)
class NamedSign:
    """A sign, and its name.

    Parameters
    ----------
    stroke : Stroke
        Where it is.

    name : str
        Such as "/", or "?".

    confidence : float
        Probability of the name.
    """

    stroke: Stroke
    name: str
    confidence: float


@dataclass(frozen=True)
class Row:
    """What stands side by side, each from left to right.

    Parameters
    ----------
    glyphs : list of Glyph
        Digits, and what looks like them.

    signs : list of NamedSign
        Signs.

    grid : Grid or None
        The table whose row it is.
    """

    glyphs: list[Glyph]
    signs: list[NamedSign]
    grid: Grid | None

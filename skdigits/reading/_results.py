"""What was read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class Digit:
    """One digit, and where it stands.

    Parameters
    ----------
    box : tuple (left, top, right, bottom)
        In pixels of the image; right and bottom are exclusive.

    label : int
        The most probable digit, 0 to 9.

    probabilities : ndarray of shape (10,), float64
        Of the digits 0 to 9; 0 for those that the classifier does not know.

    confidence : float
        How probable it is that this is a digit and that it is `label`, from 0 to 1.

    image : ndarray of shape (28, 28), uint8
        What the classifier saw: bright ink on black.
    """

    box: Box
    label: int
    probabilities: np.ndarray = field(repr=False)
    confidence: float
    image: np.ndarray = field(repr=False)

    def to_dict(self) -> dict:
        """Return all but the image, ready for JSON.

        Returns
        -------
        values : dict
            Texts, numbers and lists only.
        """
        return {
            "box": list(self.box),
            "label": self.label,
            "probabilities": [round(float(p), 6) for p in self.probabilities],
            "confidence": round(self.confidence, 6),
        }


@dataclass(frozen=True)
class Rejected:
    """Something that was not read as a digit.

    Parameters
    ----------
    box : tuple (left, top, right, bottom)
        In pixels of the image; right and bottom are exclusive.

    reason : str
        Why.

    label : int, default=None
        The most probable digit, if it was classified.

    probabilities : ndarray of shape (10,), float64, default=None
        Of the digits 0 to 9, if it was classified.

    image : ndarray of shape (28, 28), uint8, default=None
        What the classifier saw, if it was classified.
    """

    box: Box
    reason: str
    label: int | None = None
    probabilities: np.ndarray | None = field(default=None, repr=False)
    image: np.ndarray | None = field(default=None, repr=False)

    def to_dict(self) -> dict:
        """Return all but the image, ready for JSON.

        Returns
        -------
        values : dict
            Texts, numbers and lists only.
        """
        classified = self.probabilities is not None
        return {
            "box": list(self.box),
            "reason": self.reason,
            "label": self.label,
            "probabilities": [round(float(p), 6) for p in self.probabilities]
            if classified
            else None,
        }


@dataclass(frozen=True)
class Number:
    """Digits that stand close together in a line.

    Parameters
    ----------
    digits : tuple of Digit
        From left to right.
    """

    digits: tuple[Digit, ...]

    @property
    def text(self) -> str:
        """The digits as a string; zeros may lead."""
        return "".join(str(digit.label) for digit in self.digits)

    @property
    def box(self) -> Box:
        """The box around all digits, (left, top, right, bottom) in pixels."""
        return _union([digit.box for digit in self.digits])

    def to_dict(self) -> dict:
        """Return the number and its digits, ready for JSON.

        Returns
        -------
        values : dict
            Texts, numbers and lists only.
        """
        return {
            "text": self.text,
            "box": list(self.box),
            "digits": [digit.to_dict() for digit in self.digits],
        }


@dataclass(frozen=True)
class Line:
    """Numbers that stand in a line.

    Parameters
    ----------
    numbers : tuple of Number
        From left to right.
    """

    numbers: tuple[Number, ...]

    @property
    def text(self) -> str:
        """The numbers, separated by a space."""
        return " ".join(number.text for number in self.numbers)

    @property
    def box(self) -> Box:
        """The box around all numbers, (left, top, right, bottom) in pixels."""
        return _union([number.box for number in self.numbers])

    def to_dict(self) -> dict:
        """Return the line and its numbers, ready for JSON.

        Returns
        -------
        values : dict
            Texts, numbers and lists only.
        """
        return {
            "text": self.text,
            "box": list(self.box),
            "numbers": [number.to_dict() for number in self.numbers],
        }


@dataclass(frozen=True)
class Reading:
    """What a :class:`DigitReader` found on an image.

    Parameters
    ----------
    lines : tuple of Line
        From top to bottom.

    rejected : tuple of Rejected
        What else is on the image.

    size : tuple (width, height)
        Of the image in pixels.

    picture : ndarray of shape (h, w) or (h, w, 3), uint8
        The image, perhaps reduced, for :meth:`plot`.
    """

    lines: tuple[Line, ...]
    rejected: tuple[Rejected, ...]
    size: tuple[int, int]
    picture: np.ndarray = field(repr=False)

    @property
    def text(self) -> str:
        """Numbers separated by a space, lines by a newline; "" if there are none."""
        return "\n".join(line.text for line in self.lines)

    @property
    def numbers(self) -> tuple[Number, ...]:
        """All numbers, line by line."""
        return tuple(number for line in self.lines for number in line.numbers)

    @property
    def digits(self) -> tuple[Digit, ...]:
        """All digits, number by number."""
        return tuple(digit for number in self.numbers for digit in number.digits)

    def to_dict(self) -> dict:
        """Return everything but images, ready for JSON.

        Returns
        -------
        values : dict
            Texts, numbers and lists only.
        """
        return {
            "text": self.text,
            "size": list(self.size),
            "lines": [line.to_dict() for line in self.lines],
            "rejected": [rejected.to_dict() for rejected in self.rejected],
        }

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the boxes and what was read over the image.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            Where to draw. None means a new figure.

        Returns
        -------
        ax : matplotlib.axes.Axes
            What was drawn on.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        from skdigits.reading._plot import draw_reading

        return draw_reading(self, ax)


def _union(boxes: list[Box]) -> Box:
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)

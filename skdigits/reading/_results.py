"""What is found on an image: digits, signs, and the numbers and lines they make."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

Box = tuple[int, int, int, int]

# How numbers with points are written, the first that fits counts: commas between
# thousands; one decimal point or comma; points between thousands.
_FORMS = [
    re.compile(r"([1-9]\d{0,2}(?:,\d{3})+)(?:\.(\d+))?"),
    re.compile(r"(\d*)[.,](\d*)"),
    re.compile(r"([1-9]\d{0,2}(?:\.\d{3})+)(?:,(\d+))?"),
]


def union(boxes: Sequence[Box]) -> Box:
    """Return the box around boxes."""
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


@dataclass(frozen=True)
class Digit:
    """One digit and its bounding box.

    Parameters
    ----------
    box : tuple (left, top, right, bottom)
        Bounding box in pixels of the image. Right and bottom are exclusive.

    label : int
        Most probable digit, 0 to 9.

    probabilities : ndarray of shape (10,), float64
        Probabilities of the digits 0 to 9. They are 0 for digits that are not classes
        of the classifier.

    confidence : float
        Probability that the object is a digit and that `label` is correct, from 0 to 1.

    image : ndarray of shape (28, 28), uint8
        Input of the classifier, bright on black.

    Examples
    --------
    >>> from skdigits.datasets import make_numbers
    >>> from skdigits.reading import DigitReader
    >>> page = 255 - make_numbers(1, n_digits=5, random_state=0).images[0]
    >>> reading = DigitReader().read(page)
    >>> digit = reading.digits[0]
    >>> digit.label, int(digit.probabilities.argmax())
    (8, 8)
    """

    box: Box
    label: int
    probabilities: np.ndarray = field(repr=False)
    confidence: float
    image: np.ndarray = field(repr=False)

    def to_dict(self) -> dict:
        """Return all data except the image, ready for JSON.

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
class Sign:
    """A point or a comma in a number, and its bounding box.

    Parameters
    ----------
    box : tuple (left, top, right, bottom)
        Bounding box in pixels of the image. Right and bottom are exclusive.

    label : str
        Sign: "." or ",".

    confidence : float
        Probability of the sign, from 0 to 1.

    Examples
    --------
    >>> from skdigits.reading import Sign
    >>> Sign((24, 30, 27, 33), ".", 0.98).label
    '.'
    """

    box: Box
    label: str
    confidence: float

    def to_dict(self) -> dict:
        """Return all data, ready for JSON.

        Returns
        -------
        values : dict
            Texts, numbers and lists only.
        """
        return {
            "box": list(self.box),
            "label": self.label,
            "confidence": round(self.confidence, 6),
        }


@dataclass(frozen=True)
class Rejected:
    """An object that was not accepted as a digit.

    Parameters
    ----------
    box : tuple (left, top, right, bottom)
        Bounding box in pixels of the image. Right and bottom are exclusive.

    reason : str
        Why.

    label : int, default=None
        Most probable digit, if the object was classified.

    probabilities : ndarray of shape (10,), float64, default=None
        Probabilities of the digits 0 to 9, if the object was classified.

    image : ndarray of shape (28, 28), uint8, default=None
        Input of the classifier, if the object was classified.

    Examples
    --------
    >>> import numpy as np
    >>> from skdigits.reading import DigitReader
    >>> page = np.full((200, 300), 255, dtype=np.uint8)
    >>> page[100:110, 40:260] = 0  # a line
    >>> rejected = DigitReader().read(page).rejected[0]
    >>> rejected.reason
    'a line'
    """

    box: Box
    reason: str
    label: int | None = None
    probabilities: np.ndarray | None = field(default=None, repr=False)
    image: np.ndarray | None = field(default=None, repr=False)

    def to_dict(self) -> dict:
        """Return all data except the image, ready for JSON.

        Returns
        -------
        values : dict
            Texts, numbers and lists only.
        """
        probabilities = self.probabilities
        return {
            "box": list(self.box),
            "reason": self.reason,
            "label": self.label,
            "probabilities": None
            if probabilities is None
            else [round(float(p), 6) for p in probabilities],
        }


class _Row(ABC):
    """A dataclass whose fields hold parts that stand side by side."""

    @property
    @abstractmethod
    def text(self) -> str:
        """The digits."""

    @property
    def box(self) -> Box:
        """The box around all parts, (left, top, right, bottom) in pixels."""
        return union([part.box for parts in vars(self).values() for part in parts])

    def to_dict(self) -> dict:
        """Return the text, the box and the parts, ready for JSON.

        Returns
        -------
        values : dict
            Texts, numbers and lists only.
        """
        parts_of = {
            name: [part.to_dict() for part in parts]
            for name, parts in vars(self).items()
        }
        return {"text": self.text, "box": list(self.box), **parts_of}


@dataclass(frozen=True)
class Number(_Row):
    """Digits close together in a line, with the points between them.

    Parameters
    ----------
    digits : tuple of Digit
        Parts from left to right.

    points : tuple of Sign, default=()
        Decimal points and commas between two of the digits.

    Examples
    --------
    >>> from skdigits.datasets import make_numbers
    >>> from skdigits.reading import DigitReader
    >>> page = 255 - make_numbers(1, n_digits=5, random_state=0).images[0]
    >>> reading = DigitReader().read(page)
    >>> number = reading.numbers[0]
    >>> number.text, number.value, len(number.digits)
    ('87733', 87733, 5)

    The number with a decimal point below the second and the third digit:

    >>> from skdigits.reading import Number, Sign
    >>> left, _, right, bottom = number.digits[1].box
    >>> point = Sign((right - 1, bottom - 1, right, bottom), ".", confidence=0.9)
    >>> number = Number(number.digits, (point,))
    >>> number.text, number.value
    ('87.733', 87.733)
    """

    digits: tuple[Digit, ...]
    points: tuple[Sign, ...] = ()

    @property
    def text(self) -> str:
        """The digits and points as written, with leading zeros."""
        texts = [str(digit.label) for digit in self.digits]
        ends = [_centre(self.digits[i].box) for i in (0, -1)]
        # Not from left to right: the image may be on its side.
        along = ends[1] - ends[0] if len(texts) > 1 else np.array([1, 0])
        places = np.array([_centre(digit.box) @ along for digit in self.digits])
        for point in sorted(self.points, key=lambda point: -_centre(point.box) @ along):
            n_before = np.count_nonzero(places < _centre(point.box) @ along)
            texts.insert(n_before, point.label)
        return "".join(texts)

    @property
    def value(self) -> int | float | None:
        """The number, an int without decimals; None if the points are inconsistent.

        A comma is a decimal comma, unless groups of exactly three digits follow:
        "20,5" is 20.5, "1,234" and "1,234,567.5" have thousands separators. A single
        point is a decimal point; of several, all before groups of three digits are
        separators, as in "1.234.567,5". "12.05.2024" is no number.
        """
        text = self.text
        if not self.points:
            return int(text)
        for form in _FORMS:
            if match := form.fullmatch(text):
                whole, decimals = match.groups()
                whole = re.sub("[.,]", "", whole)
                return int(whole) if decimals is None else float(f"{whole}.{decimals}")
        return None


def _centre(box: Box) -> np.ndarray:
    return np.array([box[0] + box[2], box[1] + box[3]]) / 2


@dataclass(frozen=True)
class Line(_Row):
    """Numbers in a line.

    Parameters
    ----------
    numbers : tuple of Number
        Parts from left to right.

    Examples
    --------
    >>> from skdigits.datasets import make_numbers
    >>> from skdigits.reading import DigitReader
    >>> page = 255 - make_numbers(1, n_digits=5, random_state=0).images[0]
    >>> reading = DigitReader().read(page)
    >>> [line.text for line in reading.lines]
    ['87733']
    """

    numbers: tuple[Number, ...]

    @property
    def text(self) -> str:
        """The numbers, separated by a space."""
        return " ".join(number.text for number in self.numbers)

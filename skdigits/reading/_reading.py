"""The result of reading an image."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from skdigits.reading._results import Digit, Line, Number, Rejected

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from skdigits.reading._tables import Table


@dataclass(frozen=True)
class Reading:
    """Result of a :class:`DigitReader`: the lines, tables and rejected objects.

    Parameters
    ----------
    lines : tuple of Line
        From top to bottom.

    rejected : tuple of Rejected
        Rejected objects.

    size : tuple (width, height)
        Size of the image in pixels.

    picture : ndarray of shape (h, w) or (h, w, 3), uint8
        The image for :meth:`plot`, possibly reduced.

    tables : tuple of Table, default=()
        Tables from top to bottom. Their digits are also in `lines`.

    rotation : int, default=0
        Clockwise rotation of the image before reading, in degrees: 0, 90, 180 or 270.
        All bounding boxes are in pixels of the original image. Lines are from top to
        bottom, and digits from left to right, in the rotated image.

    note : str, default=""
        Reason why little or nothing was read, such as "nothing stands out from the
        background".

    Examples
    --------
    >>> from skdigits.datasets import make_numbers
    >>> from skdigits.reading import DigitReader
    >>> page = 255 - make_numbers(1, n_digits=5, random_state=0).images[0]
    >>> reading = DigitReader().read(page)
    >>> reading.text, reading.size, reading.rejected
    ('87733', (40, 12), ())
    """

    lines: tuple[Line, ...]
    rejected: tuple[Rejected, ...]
    size: tuple[int, int]
    picture: np.ndarray = field(repr=False)
    tables: tuple[Table, ...] = ()
    rotation: int = 0
    note: str = ""

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
            "tables": [table.to_dict() for table in self.tables],
            "rotation": self.rotation,
            "note": self.note,
        }

    def plot(self, ax: Axes | None = None) -> Axes:
        """Plot the image with bounding boxes and digits.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            Axes to plot on. If None, a new figure and axes are created.

        Returns
        -------
        ax : matplotlib.axes.Axes
            Axes with the plot.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        from skdigits.reading._plot import draw_reading

        return draw_reading(self, ax)

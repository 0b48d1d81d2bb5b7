"""Digits and numbers, read from photos and scans."""

from skdigits.reading._reader import DigitReader
from skdigits.reading._reading import Reading
from skdigits.reading._results import Digit, Line, Number, Rejected, Sign
from skdigits.reading._tables import Table

__all__ = [
    "Digit",
    "DigitReader",
    "Line",
    "Number",
    "Reading",
    "Rejected",
    "Sign",
    "Table",
]

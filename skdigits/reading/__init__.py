"""Digits and numbers, read from photos and scans."""

from skdigits.reading._reader import DigitReader
from skdigits.reading._results import Digit, Line, Number, Reading, Rejected

__all__ = ["Digit", "DigitReader", "Line", "Number", "Reading", "Rejected"]

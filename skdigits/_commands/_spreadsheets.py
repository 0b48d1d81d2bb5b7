"""Cells of CSV files, which spreadsheets take for what they are: text and numbers."""

import re
from collections.abc import Iterable

# A text that begins so is run as a formula when it is opened. The wide signs count in
# some languages.
_FORMULA = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")
_NUMBER = re.compile(r"[+-]?([0-9]+([.,][0-9]*)?|[.,][0-9]+)([eE][+-]?[0-9]+)?")
# The comma, and what separates cells for spreadsheets in other languages.
_SEPARATOR = re.compile(r'[,;\t|"\r\n]')


def csv_line(cells: Iterable[object]) -> str:
    """Write a row of a CSV file.

    Parameters
    ----------
    cells : iterable of object
        Text and numbers; None is an empty cell. A text that a spreadsheet would run as
        a formula gets an apostrophe in front; numbers as text do not.

    Returns
    -------
    line : str
        With the end of the line.
    """
    return ",".join(map(_cell, cells)) + "\n"


def _cell(value: object) -> str:
    if value is None:
        return ""
    text = str(value)
    is_formula = isinstance(value, str) and _FORMULA.match(text)
    if is_formula and not _NUMBER.fullmatch(text):
        text = f"'{text}"
    if _SEPARATOR.search(text):
        text = '"' + text.replace('"', '""') + '"'
    return text

"""How cells and names are quoted in messages, and which are numbers."""

from collections.abc import Iterable

_LONGEST_SHOWN = 40


def show(texts: Iterable[str], most: int = 5) -> str:
    """Quote the first of some texts.

    Parameters
    ----------
    texts : iterable of str
        Names, for instance.

    most : int, default=5
        How many are quoted.

    Returns
    -------
    shown : str
        With commas between.
    """
    texts = list(texts)
    more = f" and {len(texts) - most} more" if len(texts) > most else ""
    return ", ".join(map(shorten, texts[:most])) + more


def shorten(text: str) -> str:
    """Quote a text, or how it begins.

    Parameters
    ----------
    text : str
        Of any length.

    Returns
    -------
    shown : str
        A short one.
    """
    if len(text) <= _LONGEST_SHOWN:
        return repr(text)
    return f"{text[:_LONGEST_SHOWN]!r}... ({len(text):,} characters)"


def is_number(text: str) -> bool:
    """Tell whether a cell is a number as NumPy reads it.

    Parameters
    ----------
    text : str
        The cell.

    Returns
    -------
    is_number : bool
        Also for "nan" and "inf".
    """
    try:
        float(text)
    except ValueError:
        return False
    return text.isascii() and "_" not in text


def is_byte(text: str) -> bool:
    """Tell whether a cell is a whole number from 0 to 255, such as 7 and 7.0.

    Parameters
    ----------
    text : str
        The cell.

    Returns
    -------
    is_byte : bool
        Whether it can be a pixel.
    """
    return is_number(text) and 0 <= float(text) <= 255 and float(text).is_integer()

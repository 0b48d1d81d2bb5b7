"""Labels and ids that stand in a CSV file as text."""

from collections.abc import Sequence

import numpy as np

from skdigits._csv_words import is_byte, is_number

_LONGEST_LABEL = 100


class LabelError(ValueError):
    """A text that is no label beside the others.

    Parameters
    ----------
    text : str
        The label.
    """

    def __init__(self, text: str):
        super().__init__(text)
        self.text = text


def encode_labels(texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Turn the cells of a column into labels.

    Parameters
    ----------
    texts : sequence of str
        Whole numbers from 0 to 255, or names; of names and numbers together, each name
        is a letter.

    Returns
    -------
    target : ndarray of shape (n,), int64
        The numbers; of names, their positions in `target_names`.

    target_names : ndarray of int64 or str
        Sorted labels that occur.

    Raises
    ------
    LabelError
        If one is no label.
    """
    names = {text: str(int(float(text))) for text in set(texts) if is_byte(text)}
    has_numbers = bool(names)
    for text in dict.fromkeys(texts):
        if text in names:
            continue
        is_letter = len(text) == 1 and text.isalpha()
        is_name = 0 < len(text) <= _LONGEST_LABEL and not is_number(text)
        if not (is_letter or (is_name and not has_numbers)):
            raise LabelError(text)
        names[text] = text
    known = sorted(set(names.values()))
    if all(name.isdecimal() for name in known):
        target = np.array([int(names[text]) for text in texts], np.int64)
        return target, np.unique(target)
    codes = {name: code for code, name in enumerate(known)}
    target = np.array([codes[names[text]] for text in texts], np.int64)
    return target, np.array(known)


def encode_ids(texts: Sequence[str]) -> np.ndarray:
    """Turn the cells of a column into ids.

    Parameters
    ----------
    texts : sequence of str
        Of any kind.

    Returns
    -------
    ids : ndarray of shape (n,)
        int64 if all are whole numbers without leading zeros, else str objects.
    """
    is_whole = all(
        len(text) < 19 and text.isdecimal() and str(int(text)) == text for text in texts
    )
    return np.array(texts, np.int64 if is_whole else object)

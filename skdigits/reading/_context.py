"""The context: a letter that looks like a digit stands among letters."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.special import expit

from skdigits.reading._labelling import HEIGHT, INK
from skdigits.reading._recognizing import log_odds
from skdigits.reading._strokes import Stroke

# How far around text counts, in heights of a digit: aside, and above or below.
ASIDE, ABOVE = 2.5, 0.6
# What text all around takes from the log odds of a digit; letters alone on printed
# pages are labelled as digits with log odds of up to 4.
OF_TEXT = 6.0
# What the side of the picture takes, as text does: half of a letter looks like a digit.
OF_SIDE = 2.0


def discount_text(digits: Sequence[Stroke], text: Sequence[Stroke]) -> list[Stroke]:
    """Take what stands among letters for a digit less surely.

    Parameters
    ----------
    digits : sequence of Stroke
        What may be digits.

    text : sequence of Stroke
        Other writing.

    Returns
    -------
    digits : list of Stroke
        With a smaller share of a digit where there is text around.
    """
    if not digits or not text:
        return list(digits)
    x, y, ink = _centers([*digits, *text])
    n = len(digits)
    # Large letters have their neighbours farther away.
    height = np.array([max(stroke.height, HEIGHT) for stroke in digits])
    apart = ((x[:n, np.newaxis] - x) / (ASIDE * height[:, np.newaxis])) ** 2
    apart += ((y[:n, np.newaxis] - y) / (ABOVE * height[:, np.newaxis])) ** 2
    around = ink * np.exp(-apart / 2)
    around[:, :n][np.eye(n, dtype=bool)] = 0
    # Less text than a digit's ink counts for little.
    share_of_text = around[:, n:].sum(axis=1) / (around.sum(axis=1) + INK)
    odds = log_odds(np.array([stroke.share for stroke in digits]))
    shares = expit(odds - OF_TEXT * share_of_text)
    return [
        replace(stroke, share=float(share))
        for stroke, share in zip(digits, shares, strict=True)
    ]


def discount_sides(digits: Sequence[Stroke], width: int) -> list[Stroke]:
    """Take what touches a side of the picture for a digit less surely.

    Parameters
    ----------
    digits : sequence of Stroke
        What may be digits.

    width : int
        Of the picture, in pixels.

    Returns
    -------
    digits : list of Stroke
        With a smaller share of a digit at the sides, unless all touch them.
    """
    touches = [one.box[0] == 0 or one.box[2] == width for one in digits]
    if all(touches):
        return list(digits)
    return [
        replace(one, share=float(expit(log_odds(np.array(one.share)) - OF_SIDE)))
        if touch
        else one
        for one, touch in zip(digits, touches, strict=True)
    ]


def _centers(
    strokes: Sequence[Stroke],
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    boxes = np.array([stroke.box for stroke in strokes], float)
    ink = np.array([np.count_nonzero(stroke.mask) for stroke in strokes], float)
    return (boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2, ink

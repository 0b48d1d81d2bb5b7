"""Whether a page is upside down."""

from typing import Any

import numpy as np

from skdigits.reading._labelling import MOST, LabelledPage
from skdigits.reading._recognizing import Recognizer, classify
from skdigits.reading._strokes import find_ink, find_strokes

# Strokes that are looked at: the largest ones that are digits for the most part.
MOST_STROKES = 60
# So many digits must be more probable upside down by this factor, as a logarithm. The
# pages of shared/wild have at most 0.2 as they are, and mostly more than 1 upside down.
FEWEST_STROKES, CLEARLY = 5, 1.0


def is_upside_down(page: LabelledPage, classifier: Any) -> bool:
    """Tell whether the digits of a page are more probable upside down.

    Parameters
    ----------
    page : LabelledPage
        The page.

    classifier : object
        A fitted classifier of 28x28 pixels, from 0 to 255.

    Returns
    -------
    is_upside_down : bool
        Whether they are, clearly.
    """
    strokes = [stroke for stroke in find_strokes(page) if stroke.share > 0.5]
    strokes = sorted(strokes, key=lambda stroke: -stroke.mask.sum())[:MOST_STROKES]
    if len(strokes) < FEWEST_STROKES or page.share_of_digits < MOST:
        return False
    seen = Recognizer(find_ink(page), classifier)(strokes)
    turned = classify(seen.images[:, ::-1, ::-1], classifier)
    gain = np.log(turned.max(axis=1)) - np.log(seen.probabilities.max(axis=1))
    return bool(gain.sum() > CLEARLY)

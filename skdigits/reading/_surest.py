"""A picture read as a page, or as a single digit, whichever is surer."""

from itertools import chain, islice
from typing import Any

import numpy as np

from skdigits.reading._as_one import label_as_one, shows_one_stroke
from skdigits.reading._labelling import LabelledPage, label_page
from skdigits.reading._page import Page, read_page

# If one stroke is all that there is, and a digit with this probability, it is one: of
# 300 digits of MNIST's training images 97 % are, all of them right, and of 195 letters
# and scribbles 8, which pass for digits on a labelled page, too (50 of them do).
LONE = 0.7
# All ink of a picture is one digit if that is so probable, and nothing surer is read. A
# page is as sure as its digits, and as labels say that they are (by the square); of
# all ink as one, labels say neither that it is a digit nor that it is none.
LEAST_CONFIDENCE, UNLABELLED = 0.5, 0.5


def read_surest(grey: np.ndarray, classifier: Any) -> tuple[LabelledPage, Page]:
    """Label a picture and read it; or take all of it for one digit, if that is surer.

    Parameters
    ----------
    grey : ndarray of shape (h, w), float32
        Dark ink on bright paper, from 0 to 1.

    classifier : object
        A fitted classifier of 28x28 pixels, from 0 to 255.

    Returns
    -------
    labelled : LabelledPage
        The page.

    page : Page
        What was found on it.
    """
    as_one = (
        (one, read_page(one, classifier, UNLABELLED)) for one in label_as_one(grey)
    )
    lone = list(islice(as_one, 1)) if shows_one_stroke(grey) else []
    for one, page in lone:
        if len(page.glyphs) == 1 and page.n_digits > LONE:
            return one, page
    labelled = label_page(grey)
    best = labelled, read_page(labelled, classifier)
    surest = best[1].n_digits * labelled.share_of_digits**2
    if surest >= UNLABELLED:
        return best
    for one, page in chain(lone, as_one):
        digits = [glyph.confidence for glyph in page.glyphs if glyph.is_digit > 0.5]
        least = max(surest / UNLABELLED, LEAST_CONFIDENCE)
        if len(digits) == 1 and digits[0] > least:
            best, surest = (one, page), digits[0] * UNLABELLED
    return best

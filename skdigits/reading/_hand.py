"""The hand of a page: digits in doubt look like those that are sure."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.ndimage import gaussian_filter
from scipy.special import softmax

from skdigits.reading._row import Glyph

# Digits with this probability show how the hand writes them; others are in doubt. Of
# fewer sure digits than these, one of the ten may well be missing by chance.
SURE, FEWEST = 0.98, 40
# Images are compared after a blur of so many pixels; a cosine that is larger by 0.1
# makes a digit more probable by the power of this tenth. Of the digits of the mark
# sheets of shared/wild 9 are misclassified and not 12, of its puzzles 10 and not 11, of
# 12,000 on pages where each digit is of another writer 50 and not 54. Less or more blur
# is no better; with 15, puzzles lose.
BLUR, WEIGHT = 1.0, 10.0


def follow_hand(glyphs: Sequence[Glyph]) -> list[Glyph]:
    """Take digits that are in doubt for those that they look like on the same page.

    Parameters
    ----------
    glyphs : sequence of Glyph
        All of a page.

    Returns
    -------
    glyphs : list of Glyph
        With other probabilities where none was sure.

    References
    ----------
    P. Sarkar and G. Nagy, "Style consistent classification of isogenous patterns",
    IEEE Transactions on Pattern Analysis and Machine Intelligence 27(1), 2005.
    """
    surest = np.array([glyph.probabilities.max() for glyph in glyphs])
    is_digit = np.array([glyph.is_digit > 0.5 for glyph in glyphs], bool)
    is_sure = is_digit & (surest >= SURE)
    doubted = np.flatnonzero(surest < SURE).tolist()
    if np.count_nonzero(is_sure) < FEWEST or not doubted:
        return list(glyphs)
    sure = [glyph for glyph, one in zip(glyphs, is_sure, strict=True) if one]
    alike = _pictures([glyphs[k] for k in doubted]) @ _pictures(sure).T
    labels = np.array([glyph.digit for glyph in sure])
    known = np.unique(labels)
    of_known = [alike[:, labels == digit].max(axis=1) for digit in known]
    # A digit that is not on the page is as improbable as the least alike of the others.
    nearest = np.tile(np.min(of_known, axis=0)[:, np.newaxis], 10)
    nearest[:, known] = np.transpose(of_known)
    before = np.array([glyphs[k].probabilities for k in doubted])
    after = softmax(np.log(before.clip(1e-6)) + WEIGHT * nearest, axis=1)
    changed = dict(zip(doubted, after, strict=True))
    return [
        replace(glyph, probabilities=changed.get(k, glyph.probabilities))
        for k, glyph in enumerate(glyphs)
    ]


def _pictures(glyphs: Sequence[Glyph]) -> np.ndarray:
    """Return blurred images of length 1, of shape (n, n_pixels), float32."""
    images = np.array([glyph.image for glyph in glyphs], np.float32)
    blurred = gaussian_filter(images, (0, BLUR, BLUR)).reshape(len(images), -1)
    lengths = np.linalg.norm(blurred, axis=1, keepdims=True)
    return blurred / np.maximum(lengths, 1.0)

"""A picture of a single digit: all its ink is that digit, whatever the network says."""

from collections.abc import Iterator

import numpy as np
from scipy import ndimage

from skdigits.reading._labelling import (
    FEWEST,
    HEIGHT,
    LEAST_CONTRAST,
    LabelledPage,
    find_most_ink,
    glance,
    resize,
    within_limits,
)
from skdigits.reading._labels import N_LABELS, Label
from skdigits.reading._masks import count_connected
from skdigits.reading._network import missing_light

# An 8 has two; tables, which pass for a single 8, more.
MOST_HOLES = 2
# Width in pixels of the thickest line of a digit; what is wider may be a shadow. With
# 9, 11 or 13, 296 of 320 digits beside hard shadows are read, with 15 and 19 fewer.
THICKEST = 11


def shows_one_stroke(grey: np.ndarray) -> bool:
    """Tell whether all ink of a picture is connected, with no more holes than an 8.

    Parameters
    ----------
    grey : ndarray of shape (h, w), float32
        Dark ink on bright paper, from 0 to 1.

    Returns
    -------
    is_one : bool
        Seen at a glance.
    """
    missing, _ = glance(grey)
    # However faint: a second number may be written with a pencil.
    ink = missing > LEAST_CONTRAST
    return count_connected(ink) == 1 and ndimage.label(~ink)[1] <= MOST_HOLES + 1


def label_as_one(grey: np.ndarray) -> Iterator[LabelledPage]:
    """Take all ink of a picture for one digit, or its parts, in several ways.

    A single bold digit is nothing that the network knows: it may as well be a part of
    a dark area, and a stem a part of a rule.

    Parameters
    ----------
    grey : ndarray of shape (h, w), float32
        Dark ink on bright paper, from 0 to 1.

    Yields
    ------
    page : LabelledPage
        Whose ink may be a digit or other writing: what is dark, then what is bright,
        as a digit that fills a picture may be taken for its paper; beside shadows,
        then without them. None where there is no ink, or much.
    """
    for bright in (grey, 1 - grey):
        scale = within_limits(grey, 2 * HEIGHT / max(grey.shape))
        for missing in (missing_light, _missing_in_shadows):
            is_ink = find_most_ink(missing(resize(bright, scale)))
            if 0 < count_connected(is_ink) <= FEWEST:
                rows = np.flatnonzero(is_ink.any(axis=1))
                height = rows[-1] + 1 - rows[0]
                size = within_limits(grey, scale * HEIGHT / height)
                yield _label_all(missing(resize(bright, size)))


def _missing_in_shadows(grey: np.ndarray) -> np.ndarray:
    """Return which share of the light is missing, beside what is no shadow.

    A closing fills thin dark lines, and leaves hard edges of shadows where they are.
    """
    smooth = ndimage.uniform_filter(grey, 3, mode="nearest")
    paper = ndimage.grey_closing(smooth, (THICKEST, THICKEST), mode="nearest")
    return 1 - grey / np.maximum(paper, 0.05)


def _label_all(missing: np.ndarray) -> LabelledPage:
    """Label ink as digits or other writing, on paper that is evenly lit."""
    is_ink = find_most_ink(missing)
    probabilities = np.zeros((N_LABELS, *missing.shape), np.float32)
    probabilities[Label.PAPER] = ~is_ink
    probabilities[Label.DIGIT] = probabilities[Label.WRITING] = is_ink / 2
    return LabelledPage(1 - missing.clip(0, 1), probabilities)

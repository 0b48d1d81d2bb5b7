"""From colours to dark ink on bright paper."""

import numpy as np
from PIL import Image
from skimage.filters import rank

# Pixels of the longer side of the reduced page that is looked at.
REDUCED_SIDE = 200
# Strokes are thinner than this share of the longer side, even of a digit that fills the
# page, so that the median around a pixel is paper.
THICKEST = 0.4


def to_dark_on_bright(pixels: np.ndarray) -> np.ndarray:
    """Mix the colours of a page so that ink is dark and as strong as can be.

    Parameters
    ----------
    pixels : ndarray of shape (h, w, 1) or (h, w, 3), float32
        From 0 (black) to 1 (white).

    Returns
    -------
    grey : ndarray of shape (h, w), float32
        From 0 to 1; white on black has become black on white.
    """
    paper = np.median(pixels, axis=(0, 1))
    strength = ((pixels - paper) ** 2).mean(axis=(0, 1))
    total = strength.sum()
    weights = strength / total if total else np.full(len(paper), 1 / len(paper))
    grey = (pixels @ weights).astype(np.float32)
    return 1 - grey if _is_white_on_black(grey) else grey


def _is_white_on_black(grey: np.ndarray) -> bool:
    """Tell whether there is more bright than dark beside the paper."""
    levels = Image.fromarray(np.rint(255 * grey).astype(np.uint8))
    levels.thumbnail((REDUCED_SIDE, REDUCED_SIDE), Image.Resampling.BOX)
    reduced = np.array(levels)
    size = max(3, round(max(reduced.shape) * THICKEST) | 1)
    paper = rank.median(reduced, np.ones((size, size), bool))
    contrast = reduced.astype(np.float32) - paper
    return bool((contrast * np.abs(contrast)).sum() > 0)

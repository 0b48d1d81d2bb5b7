"""From colours to dark ink on bright paper."""

import numpy as np
from PIL import Image, ImageStat
from scipy.ndimage import uniform_filter
from skimage.filters import rank

# Pixels of the longer side of the reduced page that is looked at, and how many of them
# are one step of the paper: a median of each third is that of all on shared/wild.
REDUCED_SIDE, STEP = 200, 3
# Strokes are thinner than this share of the longer side, even of a digit that fills the
# page, so that the median around a pixel is paper.
THICKEST = 0.4


def to_dark_on_bright(levels: np.ndarray) -> np.ndarray:
    """Mix the colours of a page so that ink is dark and as strong as can be.

    Parameters
    ----------
    levels : ndarray of shape (h, w, 1) or (h, w, 3), uint8
        From 0 (black) to 255 (white).

    Returns
    -------
    grey : ndarray of shape (h, w), float32
        From 0 to 1; white on black has become black on white.
    """
    grey = _mix(levels) / np.float32(255)
    return 1 - grey if _is_white_on_black(grey) else grey


def _mix(levels: np.ndarray) -> np.ndarray:
    """Weight each colour by its squared distance from the paper's."""
    if levels.shape[2] == 1:
        return levels[..., 0].astype(np.float32)
    colours = ImageStat.Stat(Image.fromarray(levels))
    paper = np.array(colours.median)
    strength = np.array(colours.var) + (np.array(colours.mean) - paper) ** 2
    total = strength.sum()
    weights = strength / total if total else np.full(3, 1 / 3)
    return levels.astype(np.float32) @ weights.astype(np.float32)


def _is_white_on_black(grey: np.ndarray) -> bool:
    """Tell whether there is more bright than dark beside the paper."""
    picture = Image.fromarray(grey)
    picture.thumbnail((REDUCED_SIDE, REDUCED_SIDE), Image.Resampling.BOX)
    reduced = np.rint(255 * np.asarray(picture)).astype(np.uint8)
    some = reduced[::STEP, ::STEP]
    size = max(3, round(max(some.shape) * THICKEST) | 1)
    # Where most pixels around each are as bright as can be, so is their median.
    brightest, inside = (
        uniform_filter(mask.astype(np.float32), size, mode="constant")
        for mask in (some == reduced.max(), np.ones(some.shape))
    )
    if (brightest > 0.6 * inside).all():
        return False
    paper = rank.median(some, np.ones((size, size), bool))
    paper = paper.repeat(STEP, axis=0).repeat(STEP, axis=1)
    height, width = reduced.shape
    contrast = reduced.astype(np.float32) - paper[:height, :width]
    return bool((contrast * np.abs(contrast)).sum() > 0)

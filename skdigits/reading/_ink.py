"""How much darker, or brighter, than the paper around it every pixel is."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import ndimage
from skimage.filters import rank, threshold_otsu

# Pixels of the longer side of the reduced image that the paper is estimated on.
REDUCED_SIDE = 200
# Strokes are thinner than this share of the longer side, or than the other one, so that
# the paper around shows through. What is larger is a shadow.
THICK, THICKEST = 0.2, 0.4
# Light below this share of white tells nothing.
DARKEST = 0.04
# Noise and the texture of paper: contrast below this is never ink.
LEAST_CONTRAST = 0.06
NOISE_DEVIATIONS = 5.0


@dataclass(frozen=True)
class Ink:
    """The ink on a picture.

    Parameters
    ----------
    contrast : ndarray of shape (h, w), float32
        0 is paper, 1 is black on white, or white on black.

    noise : float
        Standard deviation of the contrast of paper.

    is_bright : bool
        Whether ink is brighter than the paper.
    """

    contrast: np.ndarray
    noise: float
    is_bright: bool

    @property
    def least(self) -> float:
        """The contrast below which all is paper."""
        return max(LEAST_CONTRAST, NOISE_DEVIATIONS * self.noise)


def find_inks(pixels: np.ndarray) -> Iterator[Ink]:
    """Remove paper and light, in several ways.

    Parameters
    ----------
    pixels : ndarray of shape (h, w, 1) or (h, w, 3), float32
        From 0 (black) to 1 (white).

    Yields
    ------
    ink : Ink
        What differs from the paper: what there is more of, dark or bright, then the
        other; then both, drawn with a very thick pen; at last both as if the paper
        were even, which finds what fills the picture.
    """
    more_bright = _balance(pixels.mean(axis=2)) > 0
    sides = [
        (is_bright, 1 - pixels if is_bright else pixels)
        for is_bright in (more_bright, not more_bright)
    ]
    for thickest in (THICK, THICKEST):
        for is_bright, side in sides:
            yield _find_dark(side, thickest, is_bright=is_bright)
    for is_bright, side in sides:
        yield _find_dark_on_even_paper(side.mean(axis=2), is_bright=is_bright)


def _find_dark(pixels: np.ndarray, thickest: float, *, is_bright: bool) -> Ink:
    contrasts = [
        _contrast(pixels[..., channel], thickest) for channel in range(pixels.shape[2])
    ]
    contrast = _project(contrasts)
    sample = contrast[:: max(1, len(contrast) // 500)]
    middle = np.median(sample)
    noise = 1.4826 * np.median(np.abs(sample - middle))
    return Ink(contrast - middle, float(noise), is_bright)


def _find_dark_on_even_paper(grey: np.ndarray, *, is_bright: bool) -> Ink:
    if grey.min() == grey.max():
        return Ink(np.zeros_like(grey), 0.0, is_bright)
    paper = grey[grey > threshold_otsu(grey)]
    level = max(float(np.median(paper)), DARKEST)
    return Ink(1 - grey / level, float(paper.std()) / level, is_bright)


def _balance(grey: np.ndarray) -> float:
    """Return whether there is more dark (-1) or more bright (1) beside the paper."""
    reduced = _reduce(grey, REDUCED_SIDE)
    levels = np.rint(reduced * 255).astype(np.uint8)
    size = max(3, round(max(levels.shape) * THICKEST) | 1)
    paper = rank.median(levels, np.ones((size, size), bool)).astype(np.float32)
    contrast = levels - paper
    total = (contrast**2).sum()
    return float((contrast * np.abs(contrast)).sum() / total) if total else 0.0


def _contrast(channel: np.ndarray, thickest: float) -> np.ndarray:
    """Return 1 less the share of the paper's light that is left."""
    reduced = _reduce(channel, REDUCED_SIDE)
    size = max(3, round(max(reduced.shape) * thickest) | 1)
    paper = ndimage.grey_closing(reduced, size=(size, size), mode="nearest")
    paper = ndimage.gaussian_filter(paper, 1.0, mode="nearest")
    return 1 - channel / np.maximum(_enlarge(paper, channel.shape), DARKEST)


def _project(contrasts: list[np.ndarray]) -> np.ndarray:
    """Return the contrast along the colour of what differs most from the paper."""
    if len(contrasts) == 1:
        return contrasts[0]
    stack = np.stack(contrasts, axis=2)
    weight = (stack**2).sum(axis=2)
    colour = (stack * weight[..., np.newaxis]).sum(axis=(0, 1))
    if not colour.any():
        return contrasts[0]
    return stack @ (colour / np.abs(colour).sum()).astype(np.float32)


def _reduce(image: np.ndarray, longest_side: int) -> np.ndarray:
    """Average over squares, so that the longer side is about as long as wanted."""
    factor = max(1, max(image.shape) // longest_side)
    if factor == 1:
        return image
    height, width = (side // factor * factor for side in image.shape)
    if not height or not width:
        return image
    blocks = image[:height, :width].reshape(
        height // factor, factor, width // factor, factor
    )
    return blocks.mean(axis=(1, 3))


def _enlarge(image: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    from PIL import Image

    size = (shape[1], shape[0])
    picture = Image.fromarray(image.astype(np.float32))
    return np.asarray(picture.resize(size, Image.Resampling.BILINEAR))

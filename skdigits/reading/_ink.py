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
NOISE_DEVIATIONS = 6.0
# The share of a picture that is certainly paper: a digit may fill most of it. Beside
# it, that quantile of the magnitude of normally distributed noise of deviation 1, and
# how often paper is measured without what was ink.
SOME, QUANTILE_OF_NOISE, N_FITS = 0.25, 0.3186, 3
# What there is less of, dark or bright, is often the paper beside and between thick
# strokes, in the form of a digit by chance.
UNLIKELY = 0.9


@dataclass(frozen=True)
class Ink:
    """The ink on a picture.

    Parameters
    ----------
    contrast : ndarray of shape (h, w), float32
        0 is paper, 1 is black on white, or white on black.

    noise : float
        Standard deviation of the contrast of paper.

    likelihood : float
        How likely this is ink at all, from 0 to 1.
    """

    contrast: np.ndarray
    noise: float
    likelihood: float

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
        (likelihood, 1 - pixels if is_bright else pixels)
        for likelihood, is_bright in ((1.0, more_bright), (UNLIKELY, not more_bright))
    ]
    for thickest in (THICK, THICKEST):
        for likelihood, side in sides:
            yield _find_dark(side, thickest, likelihood)
    for likelihood, side in sides:
        yield _find_dark_on_even_paper(side.mean(axis=2), likelihood)


def _find_dark(pixels: np.ndarray, thickest: float, likelihood: float) -> Ink:
    contrasts = [
        _contrast(pixels[..., channel], thickest) for channel in range(pixels.shape[2])
    ]
    contrast = _project(contrasts)
    level, noise = _measure_paper(contrast)
    return Ink(contrast - level, noise, likelihood)


def _measure_paper(contrast: np.ndarray) -> tuple[float, float]:
    """Return the contrast of paper, and its standard deviation."""
    step = max(1, max(contrast.shape) // 300)
    paper = contrast[::step, ::step]
    level = np.quantile(paper, SOME)
    noise = np.quantile(np.abs(paper - level), SOME) / QUANTILE_OF_NOISE
    for _ in range(N_FITS):
        # Nearly all of normally distributed noise, and no ink.
        paper = paper[np.abs(paper - level) <= 3 * noise]
        level = np.median(paper)
        noise = 1.4826 * np.median(np.abs(paper - level))
    return float(level), float(noise)


def _find_dark_on_even_paper(grey: np.ndarray, likelihood: float) -> Ink:
    if grey.min() == grey.max():
        return Ink(np.zeros_like(grey), 0.0, likelihood)
    paper = grey[grey > threshold_otsu(grey)]
    level = max(float(np.median(paper)), DARKEST)
    return Ink(1 - grey / level, float(paper.std()) / level, likelihood)


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

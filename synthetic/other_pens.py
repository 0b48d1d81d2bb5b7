"""Training images drawn anew for each epoch, with other pens and scanners."""

import numpy as np

from skdigits.augmentation import RandomAugmenter
from skdigits.preprocessing import DigitNormalizer
from synthetic.pens import (
    FINE,
    Maps,
    draw_along_middles,
    draw_between_edges,
)
from synthetic.resizing import resize

SIDE = 28
# Widths are in pixels of MNIST, where digits are 20 pixels high and most strokes 2 to 4
# wide.
# Pens that follow middle lines, from a hairline to a usual stroke; as logarithms.
THIN_PENS = (0.6, 3.2)
# By how much strokes are made wider: at the least, most often, at the most; and by how
# much that differs between the images of a scanner.
GROWTH, GROWTH_BY_IMAGE = (-1.4, 0.1, 3.0), 0.4
# Strokes do not become thinner than this.
HAIRLINE = 0.8
# Flat nibs are up to so many pixels long.
LONGEST_NIB = 3
# How unevenly a pen draws: the largest standard deviation of the width, as a share of
# it, and the points across an image between which it changes evenly.
UNEVENNESS, UNEVEN_POINTS = 0.25, 6
# Heights of scanned frames in pixels; a digit fills 5/7 of them.
RESOLUTIONS = (11, 12, 13, 14, 16, 18, 20, 24, 28, 28, 42)
# The width is stretched by up to this factor, as a logarithm.
STRETCH = 0.45
# Standard deviations of a blur, in pixels; coarse scans blur enough by themselves.
BLURS, COARSE = (0.3, 2.8), 16


class OtherPens:
    """Draws training images anew: moved, and most of them with other pens.

    Each image that is drawn anew takes the way of one that a user brings: a pen of
    another width, a scan of another resolution, proportion, sharpness and contrast, and
    then DigitNormalizer, whose framing the network is to read.

    Parameters
    ----------
    maps : Maps
        Of the training images, in their order.
    """

    MOVES = RandomAugmenter(rotation=12, shift=0.05, zoom=0.1, shear=12, elastic=0.02)
    # How many are drawn anew, and how many of these along their middle lines.
    SHARE_ANEW, SHARE_ALONG_MIDDLES = 0.5, 0.4
    # So many pens and scanners are drawn, each for as many images.
    N_SCANNERS = 150

    def __init__(self, maps: Maps):
        self.maps = maps

    def augment(self, images: np.ndarray, random_state: int) -> np.ndarray:
        """Return changed copies of float32 images of shape (n, 28, 28), 0 to 1."""
        rng = np.random.default_rng(random_state)
        augmented = self.MOVES.augment(images, random_state)
        anew = np.flatnonzero(rng.random(len(images)) < self.SHARE_ANEW)
        for rows in np.array_split(rng.permutation(anew), self.N_SCANNERS):
            if len(rows):
                framed = scan(self._draw(rows, rng), rng)
                # A hairline may vanish in a coarse scan.
                visible = framed.max(axis=(1, 2)) > 0
                augmented[rows[visible]] = framed[visible]
        return augmented

    def _draw(self, rows: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Draw some of the digits, moved, with pens of one kind."""
        seed = int(rng.integers(2**31))
        each = (len(rows), 1, 1)
        if rng.random() < self.SHARE_ALONG_MIDDLES:
            middles = self.MOVES.augment(self.maps.middles[rows], seed)
            widths = np.exp(rng.uniform(*np.log(THIN_PENS), each))
            is_flat = rng.random() < 0.25
            nib = int(rng.integers(2, FINE * LONGEST_NIB + 1)) if is_flat else 1
            return draw_along_middles(middles, widths * unevenness(each, rng), nib)
        edges = self.MOVES.augment(self.maps.edges[rows], seed)
        growth = rng.triangular(*GROWTH) + rng.uniform(-1, 1, each) * GROWTH_BY_IMAGE
        # Of strokes about three pixels wide.
        ink = draw_between_edges(edges, growth + 3 * (unevenness(each, rng) - 1))
        if growth.min() < 0:
            # The same seed moves the middle lines as it moved the edges.
            middles = self.MOVES.augment(self.maps.middles[rows], seed)
            hairlines = draw_along_middles(middles, np.full(each, HAIRLINE))
            np.maximum(ink, hairlines, out=ink)
        return ink


def unevenness(each: tuple[int, int, int], rng: np.random.Generator) -> np.ndarray:
    """Return the share of a pen's width with which it draws, at each point of maps."""
    grid = (each[0], UNEVEN_POINTS, UNEVEN_POINTS)
    amount = UNEVENNESS * np.maximum(rng.uniform(-0.5, 1, each), 0)
    shares = 1 + amount * rng.standard_normal(grid)
    side = FINE * SIDE
    return resize(shares.astype(np.float32), (side, side)).clip(0.3, 2)


def scan(ink: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Scan at a resolution, with some blur, contrast and noise, and frame the result.

    Parameters
    ----------
    ink : ndarray of shape (n, h, w), float32
        From 0 to 1.

    rng : Generator
        Draws one scanner for all images, and the contrast and the noise of each.

    Returns
    -------
    framed : ndarray of shape (n, 28, 28), float32
        As a classifier gets them, from 0 to 1; black where nothing is left.
    """
    height = width = int(rng.choice(RESOLUTIONS))
    if rng.random() < 0.5:
        width = round(height * np.exp(rng.uniform(-STRETCH, STRETCH)))
    blur = np.zeros(2)
    if height >= COARSE and rng.random() < 0.5:
        blur = FINE * np.exp(rng.uniform(*np.log(BLURS)) + rng.normal(0, 0.2, 2))
    fine = resize(ink, (max(height, SIDE), max(width, SIDE)), tuple(blur))
    fine /= np.maximum(fine.max(axis=(1, 2), keepdims=True), 0.1)
    scanned = resize(_contrast(fine, rng), (height, width))
    each = (len(ink), 1, 1)
    light = np.where(rng.random(each) < 0.3, rng.uniform(0.4, 1, each), 1)
    noise = 0.05 * np.maximum(rng.uniform(-1, 1, each), 0)
    scanned = light * _cut(scanned, rng) + noise * rng.standard_normal(scanned.shape)
    normalizer = DigitNormalizer(polarity="bright")
    framed = normalizer.fit_transform(scanned.astype(np.float32))
    return framed.reshape(-1, SIDE, SIDE) / 255


def _contrast(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Steepen the greys of half of the images, up to black and white."""
    each = (len(images), 1, 1)
    steepness = np.exp(rng.uniform(0, np.log(8), each)).astype(np.float32)
    threshold = rng.uniform(0.2, 0.5, each).astype(np.float32)
    steep = np.clip(0.5 + steepness * (images - threshold), 0, 1)
    return np.where(rng.random(each) < 0.5, steep, images)


def _cut(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Lose the faint rims of some of the images, and darken what is left.

    So does who takes for ink what is above a level.
    """
    each = (len(images), 1, 1)
    level = np.where(rng.random(each) < 0.2, rng.uniform(0.08, 0.25, each), 0)
    exponent = np.where(level > 0, rng.uniform(0.4, 1, each), 1)
    kept = images.clip(0, 1)
    return np.where(kept > level, kept**exponent, 0)

"""A page, turned and scaled so that its digits are what the network knows."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

import numpy as np
from PIL import Image
from scipy import ndimage
from skimage.filters import threshold_otsu
from skimage.morphology import convex_hull_image

from skdigits.reading._labels import Label
from skdigits.reading._masks import EIGHT, connected, count_connected
from skdigits.reading._network import PAPER, label_pixels, missing_light

# Height in pixels of the digits that the network was trained on: the median of its
# crops. It knows those from 15 to 46 pixels, so that scales may be an octave apart.
HEIGHT = 26
# Pixels of the largest page that is labelled, and the shorter side of the smallest.
MOST_PIXELS, SHORTEST_SIDE = 1_950_000, 16
# Height in pixels of the smallest digits of a picture that can be read.
SMALLEST = 8
# Ink takes at least so much of the paper's light.
LEAST_CONTRAST = 0.04
# A pixel is surely what the network says with this probability.
SURE = 0.8
# Other scales are no better if so much of what is written is surely digits.
PLAIN = 0.85
# How much higher or lower than HEIGHT digits may be then.
NEARLY = 1.5
# Side in pixels of the reduced page that a scale is guessed from, and pixels of the
# largest page that is labelled for a guess: more costs more than it saves.
GLANCED_AT, MOST_FOR_A_GUESS = 200, 100_000
# If writing is so high in pixels, a scale twice as large cannot be better.
FAR_TOO_HIGH = 2.5 * HEIGHT
# Of what is written on an upright page, at least so much is digits, if they matter.
SOME = 0.1
# Pixels of ink of one digit.
INK = 70
# Of fewer pieces of writing, none tells which way is up.
FEWEST = 5
# Another way to turn the page must show more digits by this factor.
CLEARLY_MORE, MOST = 1.25, 0.3
# A page is scaled again if its digits differ from HEIGHT by more than this factor.
# Two such pages together have no more pixels than one of the largest.
NEAR, MOST_REFINEMENTS, MOST_REFINED = 1.16, 2, 1.01 * MOST_PIXELS
# Dark boxes with bright writing are dark in so much of their convex hull.
SOLID = 0.5
# Narrower ones, in pixels, hold no digits.
LEAST_AREA = HEIGHT // 2
# No page has so many; bounds the time. On shared/wild, there are up to 50.
MOST_AREAS = 200
# Labelling a box takes as long as so many more pixels.
OF_A_BOX = 20_000
# What bright paper is to the network where dark areas are inverted.
INVERTED_PAPER = 0.8
# Heights in pixels of a 1 that is a straight line; where there is nothing else, its
# height is not known well.
LOWEST_ONE, HIGHEST_ONE = 0.6 * HEIGHT, 1.8 * HEIGHT
# Side of the window in which turns are compared.
WINDOW = 400


@dataclass(frozen=True)
class LabelledPage:
    """A page whose digits are about 26 pixels high, and what each pixel is.

    Parameters
    ----------
    grey : ndarray of shape (h, w), float32
        Dark ink on bright paper, from 0 to 1.

    probabilities : ndarray of shape (6, h, w), float32
        Of each :class:`Label`.

    turns : int
        Quarter turns, clockwise, that made it upright.
    """

    grey: np.ndarray
    probabilities: np.ndarray
    turns: int = 0

    @cached_property
    def missing(self) -> np.ndarray:
        """Which share of the light of the paper around each pixel is missing."""
        return missing_light(self.grey)

    @cached_property
    def labels(self) -> np.ndarray:
        """The most probable label of each pixel."""
        # As argmax(axis=0) finds them, in a third of the time.
        best = self.probabilities[0].copy()
        labels = np.zeros(best.shape, np.uint8)
        for label in range(1, len(self.probabilities)):
            np.copyto(labels, label, where=self.probabilities[label] > best)
            np.maximum(best, self.probabilities[label], out=best)
        return labels

    @cached_property
    def n_sure(self) -> int:
        """How many pixels are surely digits."""
        return int(np.count_nonzero(self.probabilities[Label.DIGIT] > SURE))

    @cached_property
    def is_written(self) -> np.ndarray:
        """Which pixels are digits, signs or other writing."""
        return self.probabilities[Label.DIGIT : Label.RULE].sum(axis=0) > 0.5

    @property
    def share_of_digits(self) -> float:
        """Which share of all that is written is surely digits, from 0 to 1."""
        return self.n_sure / max(int(np.count_nonzero(self.is_written)), 1)


def label_page(grey: np.ndarray) -> LabelledPage:
    """Find the scale and the direction in which a page is read, and label its pixels.

    Parameters
    ----------
    grey : ndarray of shape (h, w), float32
        Dark ink on bright paper, from 0 to 1.

    Returns
    -------
    page : LabelledPage
        Scaled and turned.
    """
    missing, scale = glance(grey)
    usual = height_of_pieces(find_most_ink(missing)) / scale
    # However faint; but pale squares may connect all digits.
    heights = [
        piece.shape[0] / scale for _, piece in connected(missing > LEAST_CONTRAST)
    ]
    lowest = min([usual, *heights])
    scale, page = _guess_scale(grey, usual) or _find_scale(grey, lowest)
    turns = _find_turns(page)
    if turns:
        page = _label_at(grey, scale, turns)
    n_refined = 0.0
    for _ in range(MOST_REFINEMENTS if page.share_of_digits > SOME else 0):
        height = height_of_pieces(page.probabilities[Label.DIGIT] > 0.5)
        if not page.n_sure:  # what looked like digits is none
            break
        better = within_limits(grey, scale * HEIGHT / height)
        n_refined += better**2 * grey.size
        if max(better / scale, scale / better) < NEAR or n_refined > MOST_REFINED:
            break
        scale, page = better, _label_at(grey, better, turns)
    return doubt_lone_rules(page)


def doubt_lone_rules(page: LabelledPage) -> LabelledPage:
    """Take rules and dark areas that stand alone, and may be 1s, for writing.

    They are as high as a digit, and narrow.

    Parameters
    ----------
    page : LabelledPage
        A page.

    Returns
    -------
    page : LabelledPage
        With other probabilities where they are.
    """
    probabilities = page.probabilities.copy()
    is_ink = probabilities[Label.DIGIT :].sum(axis=0) > 0.5
    for place, piece in connected(is_ink):
        height, width = piece.shape
        if LOWEST_ONE < height < HIGHEST_ONE and width < height / 2:
            rows, columns = (
                side.start + k for side, k in zip(place, piece.nonzero(), strict=True)
            )
            others = probabilities[Label.RULE :, rows, columns]
            probabilities[Label.WRITING, rows, columns] += others.sum(axis=0)
            probabilities[Label.RULE :, rows, columns] = 0
    return LabelledPage(page.grey, probabilities, page.turns)


def _label_at(grey: np.ndarray, scale: float, turns: int) -> LabelledPage:
    turned = np.ascontiguousarray(np.rot90(resize(grey, scale), -turns))
    return read_dark_areas(LabelledPage(turned, label_pixels(turned), turns))


def glance(grey: np.ndarray) -> tuple[np.ndarray, float]:
    """Look at a reduced page.

    Parameters
    ----------
    grey : ndarray of shape (h, w), float32
        Dark ink on bright paper, from 0 to 1.

    Returns
    -------
    missing : ndarray of shape (h * scale, w * scale), float32
        Which share of the paper's light is missing.

    scale : float
        Of the reduced page.
    """
    scale = within_limits(grey, GLANCED_AT / max(grey.shape))
    return missing_light(resize(grey, scale)), scale


def _guess_scale(grey: np.ndarray, height: float) -> tuple[float, LabelledPage] | None:
    """Label a small page, or one of few digits, as if all its ink were digits.

    Returns None where it is not, or might not be.
    """
    scale = within_limits(grey, HEIGHT / max(height, 1))
    if grey.size * scale**2 > MOST_FOR_A_GUESS:
        return None
    page = _label_at(grey, scale, 0)
    height = height_of_pieces(page.probabilities[Label.DIGIT] > 0.5)
    is_plain = page.share_of_digits > PLAIN and page.n_sure > INK
    is_near = HEIGHT / NEARLY < height < NEARLY * HEIGHT
    return (scale, page) if is_plain and is_near else None


def _find_scale(grey: np.ndarray, lowest: float) -> tuple[float, LabelledPage]:
    """Label a page at one scale after another, from the smallest; return the best.

    None is tried at which the lowest ink would be far too high.
    """
    candidates, digits_found, others_found = [], [], []
    shows_digits = False
    for scale in _scales(grey, FAR_TOO_HIGH / max(lowest, 1)):
        small = resize(grey, scale)
        page = read_dark_areas(LabelledPage(small, label_pixels(small)))
        is_digit = page.probabilities[Label.DIGIT] > 0.5
        share, written = page.share_of_digits, page.is_written
        n_fitting = _fit(is_digit) * page.n_sure
        shows_digits |= share > SOME and n_fitting > INK
        candidates.append((scale, page))
        fit = _fit(written)
        digits_found.append(share**2 * fit * n_fitting / scale**2)
        others_found.append(fit * np.count_nonzero(written))
        if share > PLAIN and height_of_pieces(is_digit) < NEARLY * HEIGHT:
            break
        if shows_digits and height_of_pieces(written) > FAR_TOO_HIGH:
            break
    # A page on its side shows no digits yet, but writing.
    found = digits_found if shows_digits else others_found
    return candidates[int(np.argmax(found))]


def _fit(mask: np.ndarray) -> float:
    """Return how well pieces are seen at this scale, from 0 to 1."""
    height = height_of_pieces(mask)
    return float(np.exp(-2 * np.log(height / HEIGHT) ** 2)) if height else 0.0


def _scales(grey: np.ndarray, most: float) -> Iterator[float]:
    """Yield scales, an octave apart, from the smallest page to the largest."""
    largest = within_limits(grey, 4 * SHORTEST_SIDE / min(grey.shape))
    largest = max(largest, within_limits(grey, 1.0))
    n_octaves = int(np.log2(max(min(grey.shape) * largest / SHORTEST_SIDE, 1)))
    for octave in range(n_octaves, -1, -1):
        scale = largest / 2**octave
        if octave == n_octaves or scale <= most:
            yield scale


def within_limits(grey: np.ndarray, scale: float) -> float:
    """Return a scale, or the largest at which a page is still labelled.

    Parameters
    ----------
    grey : ndarray of shape (h, w), float32
        The page.

    scale : float
        Of the page that is wanted.

    Returns
    -------
    scale : float
        No larger.
    """
    return float(min(scale, np.sqrt(MOST_PIXELS / grey.size), HEIGHT / SMALLEST))


def resize(grey: np.ndarray, scale: float) -> np.ndarray:
    """Reduce by averages, or enlarge smoothly."""
    size = tuple(max(8, round(side * scale)) for side in grey.shape[::-1])
    way = Image.Resampling.BOX if scale < 0.6 else Image.Resampling.BICUBIC
    resized = Image.fromarray(grey).resize(size, way, reducing_gap=2)
    return np.asarray(resized).clip(0, 1)


def height_of_pieces(mask: np.ndarray) -> float:
    """Return the height of the piece that the median pixel of a mask belongs to."""
    labels, n = ndimage.label(mask, EIGHT)
    if n == 0:
        return 0.0
    sizes = np.bincount(labels.ravel())[1:]
    places = ndimage.find_objects(labels)
    heights = np.array([rows.stop - rows.start for rows, _ in places], float)
    # What lies down, and may be a digit on its side.
    widths = np.array([columns.stop - columns.start for _, columns in places])
    heights = np.maximum(heights, 0.7 * widths)
    order = np.argsort(heights)
    middle = np.searchsorted(sizes[order].cumsum(), sizes.sum() / 2)
    return float(heights[order][middle])


def _find_turns(page: LabelledPage) -> int:
    """Return the clockwise quarter turns that show the most digits."""
    n_pieces = count_connected(page.is_written)
    if page.share_of_digits > PLAIN or n_pieces < FEWEST:
        return 0
    window = _fullest_window(page)
    pages = [window]
    pages += [_label_at(window.grey, 1.0, turns) for turns in range(1, 4)]
    best = max(range(4), key=lambda turns: pages[turns].n_sure)
    is_clear = pages[best].n_sure > CLEARLY_MORE * pages[0].n_sure
    return best if is_clear and pages[best].share_of_digits > MOST else 0


def _fullest_window(page: LabelledPage) -> LabelledPage:
    """Cut out the part of a page with the most writing."""
    written = page.is_written
    places = []
    for axis, side in enumerate(written.shape):
        profile = np.concatenate([[0], np.cumsum(written.sum(axis=1 - axis))])
        length = min(WINDOW, side)
        start = int(np.argmax(profile[length:] - profile[: side + 1 - length]))
        places.append(slice(start, start + length))
    window = tuple(places)
    return LabelledPage(page.grey[window], page.probabilities[:, *window])


def read_dark_areas(page: LabelledPage) -> LabelledPage:
    """Find dark areas, and label what is written bright in them.

    Parameters
    ----------
    page : LabelledPage
        A page. Its probabilities are changed in place: those of the largest page take
        50 MB.

    Returns
    -------
    page : LabelledPage
        In which areas that hold one more digit in white on black are inverted.
    """
    areas = list(islice(_find_dark_areas(page), MOST_AREAS + 1))
    if not 0 < len(areas) <= MOST_AREAS:
        return page
    grey, probabilities = page.grey.copy(), page.probabilities
    inverted = np.full(grey.shape, INVERTED_PAPER, np.float32)
    for place, inside in areas:
        light = 1 - grey[place]
        light *= INVERTED_PAPER / max(float(np.quantile(light[inside], 0.75)), 0.05)
        inverted[place] = np.where(inside, light.clip(0, 1), inverted[place])
    # Unlike zeros_like, it takes memory only where it is filled.
    found = np.zeros(probabilities.shape, np.float32)
    for box in _boxes_around([place for place, _ in areas], grey.shape):
        found[:, *box] = label_pixels(inverted[box])
    for place, inside in areas:
        where = (slice(None), *place)
        before, after = (
            np.count_nonzero(each[where][Label.DIGIT, inside] > SURE)
            for each in (probabilities, found)
        )
        if after > before + INK:
            grey[place] = np.where(inside, inverted[place], grey[place])
            probabilities[where][:, inside] = found[where][:, inside]
    return LabelledPage(grey, probabilities, page.turns)


def _boxes_around(
    places: list[tuple[slice, slice]], shape: tuple[int, ...]
) -> list[tuple[slice, slice]]:
    """Return boxes of all places with the paper around, or the page if that is less."""
    mask = np.zeros(shape, bool)
    for rows, columns in places:
        top, left = (max(side.start - PAPER // 2, 0) for side in (rows, columns))
        mask[top : rows.stop + PAPER // 2, left : columns.stop + PAPER // 2] = True
    boxes = ndimage.find_objects(ndimage.label(mask)[0])
    n_pixels = sum(mask[box].size + OF_A_BOX for box in boxes)
    return boxes if n_pixels < mask.size else [(slice(None), slice(None))]


def _find_dark_areas(
    page: LabelledPage,
) -> Iterator[tuple[tuple[slice, slice], np.ndarray]]:
    """Yield the place of each solid dark area, and which pixels are inside."""
    for place, piece in connected(page.probabilities[Label.DARK] > 0.5):
        n_dark = np.count_nonzero(piece)
        # A hull fills half of its box at least: what is less dark is no area, such as
        # each of many stripes across the page.
        if min(piece.shape) >= LEAST_AREA and n_dark >= SOLID / 2 * piece.size:
            inside = convex_hull_image(piece)
            if n_dark >= SOLID * np.count_nonzero(inside):
                yield place, inside


def find_most_ink(missing: np.ndarray) -> np.ndarray:
    """Return what stands out most from the paper around.

    Parameters
    ----------
    missing : ndarray of shape (h, w), float32
        Which share of the paper's light is missing.

    Returns
    -------
    is_ink : ndarray of shape (h, w), bool
        False everywhere where nothing stands out.
    """
    if missing.max() - missing.min() < LEAST_CONTRAST:
        return np.zeros(missing.shape, bool)
    return missing > threshold_otsu(missing)

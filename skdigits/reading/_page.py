"""From the ink on a picture to lines of digits."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from skdigits.reading._candidates import best_path, make_candidates
from skdigits.reading._context import TEXT, context_log_odds, probability_of_digit
from skdigits.reading._ink import Ink, find_inks
from skdigits.reading._joining import join_all, join_broken
from skdigits.reading._lines import estimate_slope, group_lines
from skdigits.reading._recognizing import Seen, look_at
from skdigits.reading._sorting import LINE, sort_out
from skdigits.reading._splitting import split
from skdigits.reading._strokes import Stroke, draw, find_strokes

# Strokes that are a digit with this probability are not cut.
SURE = 0.9
# A page is read in another way if less of it is certain, and few things are on it.
CERTAIN, FEW = 0.9, 20


@dataclass(frozen=True)
class Glyph:
    """Something in a line that was classified.

    Parameters
    ----------
    stroke : Stroke
        Where it is.

    is_digit : float
        Probability that it is a digit, given what stands around.

    context_log_odds : float
        Logarithm of the odds of a digit, given what stands around.

    probabilities : ndarray of shape (10,)
        Of the digits 0 to 9.

    image : ndarray of shape (28, 28), uint8
        What the classifier saw.
    """

    stroke: Stroke
    is_digit: float
    context_log_odds: float
    probabilities: np.ndarray
    image: np.ndarray

    @property
    def confidence(self) -> float:
        """Probability that it is a digit, and the most probable one."""
        return float(self.is_digit * self.probabilities.max())


@dataclass(frozen=True)
class Page:
    """The glyphs on a picture, and all else on it.

    Parameters
    ----------
    lines : list of list of Glyph
        From top to bottom, each from left to right.

    others : list of tuple (Stroke, str)
        What was not classified, and why.
    """

    lines: list[list[Glyph]]
    others: list[tuple[Stroke, str]]

    @property
    def certainty(self) -> float:
        """The share of the ink, without lines, that is surely digits, from 0 to 1."""
        glyphs = [glyph for line in self.lines for glyph in line]
        seen = sum(glyph.stroke.mask.sum() for glyph in glyphs)
        seen += sum(s.mask.sum() for s, reason in self.others if reason != LINE)
        read = sum(
            glyph.confidence * glyph.stroke.mask.sum()
            for glyph in glyphs
            if glyph.confidence >= 0.5
        )
        return float(read / seen) if seen else 0.0


def read_surest(pixels: np.ndarray, classifier: Any) -> Page:
    """Read a picture, in other ways if the first one leaves doubts.

    Parameters
    ----------
    pixels : ndarray of shape (h, w, 1) or (h, w, 3), float32
        From 0 (black) to 1 (white).

    classifier : object
        A fitted classifier of 28x28 pixels, from 0 to 255.

    Returns
    -------
    page : Page
        What was read most surely.
    """
    pages, sureness = [], []
    for ink in find_inks(pixels):
        pages.append(read_page(ink, classifier))
        sureness.append(ink.likelihood * pages[-1].certainty)
        if sureness[-1] >= CERTAIN or sum(map(len, pages[-1].lines)) > FEW:
            break
    return pages[int(np.argmax(sureness))]


def read_page(ink: Ink, classifier: Any) -> Page:
    """Find digits in ink.

    Parameters
    ----------
    ink : Ink
        The ink on a picture.

    classifier : object
        A fitted classifier of 28x28 pixels, from 0 to 255.

    Returns
    -------
    page : Page
        What was found.
    """

    def look(strokes: Sequence[Stroke]) -> Seen:
        return look_at([draw(stroke, ink.contrast) for stroke in strokes], classifier)

    strokes, rules = find_strokes(ink)
    strokes, others = sort_out(strokes, rules, ink.contrast.shape)
    for join in (join_broken, join_all):
        strokes = join(strokes, lambda some: look(some).scores)
    boxes = np.array([stroke.box for stroke in strokes]).reshape(-1, 4)
    members = group_lines(boxes, estimate_slope(boxes))
    lines = [[strokes[k] for k in line] for line in members]
    return Page(_read_lines(lines, look), others)


def _read_lines(
    lines: list[list[Stroke]], look: Callable[[Sequence[Stroke]], Seen]
) -> list[list[Glyph]]:
    """Cut, put together and classify; all lines at once."""
    heights = [_height(line) for line in lines]
    candidates = [
        make_candidates(pieces, height)
        for pieces, height in zip(
            _cut_lines(lines, heights, look), heights, strict=True
        )
    ]
    flat = [one.stroke for line in candidates for one in line]
    seen = look(flat)
    paths, start = [], 0
    for line in candidates:
        path = best_path(line, seen.scores[start : start + len(line)])
        paths.append([start + k for k in path])
        start += len(line)
    chosen = seen.take([k for path in paths for k in path])
    return _make_glyphs([[flat[k] for k in path] for path in paths], chosen)


def _make_glyphs(lines: list[list[Stroke]], seen: Seen) -> list[list[Glyph]]:
    """Weigh what was seen in the strokes of lines with what stands around."""
    strokes = [stroke for line in lines for stroke in line]
    log_odds = context_log_odds(lines, seen.is_digit)
    is_cut = np.array([stroke.whole is not None for stroke in strokes], bool)
    is_digit = probability_of_digit(seen.is_digit, log_odds, is_cut)
    rows = zip(
        strokes,
        is_digit.tolist(),
        log_odds.tolist(),
        seen.probabilities,
        seen.images,
        strict=True,
    )
    return [[Glyph(*next(rows)) for _ in line] for line in lines]


def _cut_lines(
    lines: list[list[Stroke]],
    heights: list[float],
    look: Callable[[Sequence[Stroke]], Seen],
) -> list[list[Stroke]]:
    """Cut what is wide, tall and no digit for sure, but no words."""
    strokes = [stroke for line in lines for stroke in line]
    seen = look(strokes)
    log_odds = context_log_odds(lines, seen.is_digit)
    whole = zip(seen.scores, log_odds, strict=True)
    cut = []
    for line, height in zip(lines, heights, strict=True):
        pieces = []
        for stroke in line:
            score, odds = next(whole)
            is_wide = stroke.width > 0.5 * stroke.height > 0.25 * height
            if score < SURE and is_wide and odds > TEXT:
                most = int(np.clip(round(stroke.width / height * 3), 2, 12))
                pieces.extend(split(stroke, most))
            else:
                pieces.append(stroke)
        cut.append(sorted(pieces, key=lambda piece: piece.box[0]))
    return cut


def _height(line: list[Stroke]) -> float:
    """Return the height of the digits of a line."""
    heights = np.array([stroke.height for stroke in line])
    return float(np.median(heights[heights >= heights.max() / 2]))

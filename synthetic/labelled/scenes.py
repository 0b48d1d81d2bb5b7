"""Kinds of pages: tables, puzzles, combs, ruled paper, frames, lines and print."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from skdigits.reading._labels import Label
from synthetic.labelled.canvas import Canvas, Points
from synthetic.labelled.glyphs import (
    LETTERS,
    PRINTED,
    SIGNS,
    WRITTEN,
    Handwriting,
    letter_strokes,
    printed,
    sign_strokes,
    smooth,
    words,
)

# How numbers are written with signs; d is a digit.
PATTERNS = (
    "dd/dd/dddd",
    "d/dd/dd",
    "dd.dd.dddd",
    "dd-dd-dddd",
    "d,ddd.dd",
    "dd.d",
    "d.d",
    "dd,dd",
    "(dd)",
    "-dd",
    "-d",
    "dd%",
    "ddd%",
    "d+d",
    "dd+d=dd",
    "d-d",
    "dd-d=d",
    "ddxd=dd",
    "d:d",
    "dd:dd",
    "d/d",
    "dddd/dd",
    "$ddd",
    "dd.dd",
    "d=d",
)

# Digits that are a 1 drawn as one straight stroke, as no writer of MNIST's did.
SHARE_OF_STROKES = 0.04


@dataclass(frozen=True)
class Hand:
    """How digits are written.

    Parameters
    ----------
    family : str or None
        The font, or None for handwriting.

    pen : float or None
        Width of a stroke in pixels, or None for that of MNIST's scans.

    strength : float
        Of the ink, from 0 to 1.

    spacing : float
        Between digits, in heights.
    """

    family: str | None
    pen: float | None
    strength: float
    spacing: float


class Scene:
    """One page while it is written.

    Parameters
    ----------
    canvas : Canvas
        Where.

    handwriting : Handwriting
        Where digits come from.

    random : Generator
        Draws everything.
    """

    def __init__(self, canvas: Canvas, handwriting: Handwriting, random: Generator):
        self.canvas, self.random, self._handwriting = canvas, random, handwriting
        self.side = canvas.side
        self.height = self.uniform(*((20, 32) if self.chance(0.7) else (15, 46)))
        self.hand = self.any_hand()
        self.rule_width = (
            self.uniform(0.5, 2) if self.chance(0.75) else self.uniform(2, 5)
        )
        self.rule_strength = self.uniform(0.25, 1)
        style = random.choice(["solid", "dashed", "dotted"], p=[0.78, 0.11, 0.11])
        dash = self.uniform(2, 9) if style == "dashed" else max(self.rule_width, 1)
        self.dash = None if style == "solid" else (dash, dash + self.uniform(2, 7))
        # How far rules that were drawn by hand stray, as a share of their length.
        self.wobble = self.uniform(0.003, 0.02) if self.chance(0.12) else 0.0

    def uniform(self, least: float, most: float) -> float:
        """Draw a number between two."""
        return float(self.random.uniform(least, most))

    def chance(self, probability: float) -> bool:
        """Draw whether something happens."""
        return bool(self.random.random() < probability)

    def any_hand(self) -> Hand:
        """Draw a hand or a font, a pen and a strength."""
        strength = self.uniform(0.35, 1) if self.chance(0.6) else self.uniform(0.8, 1)
        if self.chance(0.17):
            family = str(self.random.choice(PRINTED + WRITTEN))
            return Hand(family, self.height / 9, strength, 0.12)
        pen = None
        if self.chance(0.65):
            widest = 0.16 if self.chance(0.8) else 0.25
            pen = max(1.0, self.uniform(0.045, widest) * self.height)
        spacing = (
            self.uniform(0.05, 0.35) if self.chance(0.8) else self.uniform(-0.15, 0.05)
        )
        return Hand(None, pen, strength, spacing)

    def digit(self, left: float, top: float, hand: Hand) -> float:
        """Write a digit, and return how far it reaches."""
        if hand.family:
            digit = str(self.random.integers(10))
            ink, below = printed(digit, hand.family, self.height)
            self.canvas.stamp(Label.DIGIT, ink, left, top + below, hand.strength)
            return ink.shape[1] - 2
        height = self.height * self.uniform(0.85, 1.12)
        if self.chance(SHARE_OF_STROKES):
            return self.straight_one(left, top, height, hand)
        stretch = self.uniform(0.85, 1.15)
        ink, margin = self._handwriting.digit(height, hand.pen, stretch, self.random)
        down = self.uniform(-0.08, 0.08) * self.height + (self.height - height) / 2
        strength = hand.strength * self.uniform(0.85, 1)
        self.canvas.stamp(
            Label.DIGIT, ink, left - margin, top + down - margin, strength
        )
        return ink.shape[1] - 2 * margin

    def straight_one(self, left: float, top: float, height: float, hand: Hand) -> float:
        """Write a 1 that is one straight stroke; return how far it reaches."""
        pen = hand.pen or height / 8
        # Steeper than a stroke that parts numbers.
        slant = height * self.uniform(-0.05, 0.2 if self.chance(0.3) else 0.05)
        x, y = left + pen / 2, top + pen / 2
        line = [(x + max(slant, 0), y), (x - min(slant, 0), y + height - pen)]
        self.canvas.draw(Label.DIGIT, [line], pen, hand.strength)
        return abs(slant) + pen

    def sign(self, sign: str, left: float, top: float, hand: Hand) -> float:
        """Write a sign beside digits, and return how far it reaches."""
        if self.chance(0.25):
            family = hand.family or str(self.random.choice(PRINTED + WRITTEN))
            ink, below = printed(sign, family, self.height)
            self.canvas.stamp(Label.SIGN, ink, left, top + below, hand.strength)
            return ink.shape[1]
        pen = hand.pen or self.height / 9
        if sign in ".,:·":
            pen = max(1.6, pen * self.uniform(0.9, 1.8))
        lines, width = sign_strokes(sign, self.height, pen, self.random)
        moved = [[(left + x, top + y) for x, y in line] for line in lines]
        self.canvas.draw(Label.SIGN, moved, pen, hand.strength)
        return width

    def number(self, text: str, left: float, top: float, hand: Hand) -> float:
        """Write digits, signs and spaces; return how far they reach."""
        x = left
        for character in text:
            if character == "d":
                gap = hand.spacing * self.height * self.uniform(0.3, 1.5)
                x += self.digit(x, top, hand) + gap
            elif character == " ":
                x += 0.6 * self.height
            else:
                gap = self.height * self.uniform(0.05, 0.25)
                x += self.sign(character, x, top, hand) + gap
        return x - left

    def letter(self, left: float, top: float, height: float | None = None) -> float:
        """Write a letter that stands by itself, at times as a grade: A+, B-."""
        height = height or self.height
        strength, pen = self.hand.strength, self.hand.pen or height / 9
        if self.chance(0.5):
            lines = letter_strokes(height, self.random)
            width = max(float(np.max(np.asarray(line)[:, 0])) for line in lines)
            moved = [np.asarray(line) + (left, top) for line in lines]
            self.canvas.draw(Label.WRITING, moved, pen, strength)
        else:
            fonts = WRITTEN if self.chance(0.7) else PRINTED
            character = str(self.random.choice(list(LETTERS)))
            ink, below = printed(character, str(self.random.choice(fonts)), height)
            self.canvas.stamp(Label.WRITING, ink, left, top + below, strength)
            width = ink.shape[1]
        if self.chance(0.3):
            sign = str(self.random.choice(["+", "-"]))
            self.sign(sign, left + width + 0.15 * height, top, self.hand)
        return width

    def text(self, left: float, top: float, height: float, n_words: int) -> float:
        """Write words, at times upwards or downwards."""
        fonts = PRINTED if self.chance(0.6) else WRITTEN
        text = words(n_words, self.random)
        ink, below = printed(text, str(self.random.choice(fonts)), height)
        self.canvas.stamp(Label.WRITING, ink, left, top + below, self.uniform(0.4, 1))
        return ink.shape[1]

    def rule(
        self, start: tuple[float, float], end: tuple[float, float], width: float
    ) -> None:
        """Draw a line, straight or by hand, or its dashes."""
        lines: list[Points] = [[start, end]]
        if self.wobble:
            length = float(np.hypot(end[0] - start[0], end[1] - start[1]))
            points = np.linspace(start, end, 7)
            points += self.random.normal(0, self.wobble * length, points.shape)
            lines = [smooth(points)]
        elif self.dash is not None:
            length = max(float(np.hypot(end[0] - start[0], end[1] - start[1])), 1.0)
            ends = np.arange(0, length, self.dash[1])[:, np.newaxis] + [0, self.dash[0]]
            places = np.array(start) + (
                ends[..., np.newaxis].clip(0, length) / length
            ) * (np.array(end) - np.array(start))
            lines = list(places)
        self.canvas.draw(Label.RULE, lines, width, self.rule_strength)

    def box(self, left: float, top: float, right: float, bottom: float) -> None:
        """Draw a frame."""
        corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
        for start, end in zip(corners, [*corners[1:], corners[0]], strict=True):
            self.rule(start, end, self.rule_width)

    def fill_cell(self, left: float, top: float, width: float) -> None:
        """Write into a cell of a table, or leave it empty."""
        share = self.random.random()
        if share < 0.12:
            return
        if share < 0.22:
            self.letter(left, top)
            return
        if self.chance(0.15):
            text = str(self.random.choice(PATTERNS))
            if 0.7 * self.height * len(text) < 1.1 * width:
                self.number(text, left, top, self.hand)
                return
        n_digits = int(
            np.clip(round(width / self.height / 0.75 * self.uniform(0.4, 1)), 1, 6)
        )
        self.number(self.digits_and_sign(n_digits, 0.25), left, top, self.hand)

    def digits_and_sign(self, n_digits: int, probability: float) -> str:
        """Return a pattern of digits, perhaps with a sign somewhere."""
        text = "d" * n_digits
        if self.chance(probability):
            place = self.random.integers(n_digits + 1)
            text = text[:place] + str(self.random.choice(list(SIGNS))) + text[place:]
        return text


def table(scene: Scene) -> None:
    """Numbers, letters and empty cells in columns of one width each."""
    height = scene.height * scene.uniform(1.05, 2.2)
    widths = scene.height * scene.random.uniform(1.3, 4.5, 12)
    left = (
        -scene.uniform(0, 1) * widths[0] if scene.chance(0.6) else scene.uniform(5, 60)
    )
    top = -scene.uniform(0, 1) * height if scene.chance(0.6) else scene.uniform(5, 60)
    columns = left + np.concatenate([[0], np.cumsum(widths)])
    columns = columns[: scene.random.integers(2, 12)] if scene.chance(0.4) else columns
    n_rows = int(scene.side / height) + 3
    if scene.chance(0.4):
        n_rows = int(scene.random.integers(2, n_rows + 1))
    rows = top + height * np.arange(n_rows + 1)
    _grid(scene, columns, rows)
    letters = scene.random.integers(0, 10)
    loose = scene.uniform(0, 0.25) * scene.height
    for column in range(len(columns) - 1):
        width = columns[column + 1] - columns[column]
        for row in rows[:-1]:
            x = columns[column] + scene.uniform(0.05, 0.3) * width
            y = row + (height - scene.height) / 2 + scene.uniform(-loose, loose)
            if not (-width < x < scene.side and -height < y < scene.side):
                continue
            if column == letters and scene.chance(0.9):
                scene.letter(x, y)
            else:
                scene.fill_cell(x, y, 0.9 * width)


def _grid(scene: Scene, columns: np.ndarray, rows: np.ndarray, every: int = 0) -> None:
    """Draw the rules of a table; every so many are thicker; some are missing."""
    if scene.chance(0.07):
        return
    bold = scene.uniform(1.4, 3.5)
    only_outer = [scene.chance(0.1), scene.chance(0.08)]
    for axis, (places, others) in enumerate(((columns, rows), (rows, columns))):
        phase = scene.random.integers(max(every, 1))
        for k, place in enumerate(places):
            if only_outer[axis] and 0 < k < len(places) - 1:
                continue
            thick = every and (k + phase) % every == 0
            width = min(scene.rule_width * (bold if thick else 1), 6)
            start, end = (place, others[0]), (place + scene.uniform(-1, 1), others[-1])
            if axis == 1:
                start, end = start[::-1], end[::-1]
            scene.rule(start, end, width)


def puzzle(scene: Scene) -> None:
    """One digit in each square, printed or written, as in a Sudoku."""
    _squares(scene, scene.height * scene.uniform(1.25, 2.3), scene.uniform(0.9, 1.1), 3)


def squares(scene: Scene) -> None:
    """One digit in each cell, closely."""
    _squares(scene, scene.height * scene.uniform(1.0, 1.5), scene.uniform(0.72, 1.2), 0)


def _squares(scene: Scene, height: float, aspect: float, every: int) -> None:
    width = height * aspect
    left, top = scene.uniform(-1, 1.5) * width, scene.uniform(-1, 1.5) * height
    n_columns, n_rows = int(scene.side / width) + 2, int(scene.side / height) + 2
    if scene.chance(0.4):
        n_columns = int(scene.random.integers(2, n_columns + 1))
    if scene.chance(0.4):
        n_rows = int(scene.random.integers(2, n_rows + 1))
    columns = left + width * np.arange(n_columns + 1)
    rows = top + height * np.arange(n_rows + 1)
    _grid(scene, columns, rows, every)
    other, loose = scene.any_hand(), scene.uniform(0, 0.25) * scene.height
    for x in columns[:-1]:
        for y in rows[:-1]:
            share = scene.random.random()
            if share < 0.1 or not (
                -width < x < scene.side and -height < y < scene.side
            ):
                continue
            place = (
                x
                + (width - 0.55 * scene.height) / 2
                + scene.uniform(-0.2, 0.2) * (width - 0.5 * scene.height),
                y + (height - scene.height) / 2 + scene.uniform(-loose, loose),
            )
            hand = other if share < 0.45 else scene.hand
            if share > 0.97:
                scene.letter(*place)
            elif share > 0.94:
                scene.sign(str(scene.random.choice(list(SIGNS))), *place, hand)
            else:
                scene.digit(*place, hand)


def comb(scene: Scene) -> None:
    """Boxes of a form, open above or closed, with a digit in each."""
    top = scene.uniform(5, 60)
    while top < scene.side:
        width = scene.height * scene.uniform(0.75, 1.6)
        tick = scene.height * scene.uniform(0.25, 1.6)
        n_boxes, left = int(scene.random.integers(3, 16)), scene.uniform(-20, 60)
        base, end = (
            top + scene.height * scene.uniform(0.98, 1.25),
            left + n_boxes * width,
        )
        thin = scene.rule_width
        if scene.chance(0.85):
            scene.rule((left, base), (end, base), thin)
        if scene.chance(0.35):
            scene.rule((left, base - tick), (end, base - tick), thin)
        below = scene.uniform(0, 4) if scene.chance(0.2) else 0
        for x in left + width * np.arange(n_boxes + 1):
            scene.rule((x, base - tick), (x, base + below), thin)
            share = scene.random.random()
            y = top + scene.uniform(-0.1, 0.1) * scene.height
            if x < end - 1 and share < 0.75:
                inset = (width - 0.55 * scene.height) / 2 + scene.uniform(
                    -0.15, 0.15
                ) * width
                scene.digit(x + inset, y, scene.hand)
            elif x < end - 1 and share < 0.8:
                sign = str(scene.random.choice(list(SIGNS)))
                scene.sign(sign, x + 0.3 * width, y, scene.hand)
        if scene.chance(0.4):
            scene.text(left, base + 4, scene.height * scene.uniform(0.3, 0.6), 3)
        top += scene.height * scene.uniform(2, 4)


def prose(scene: Scene) -> None:
    """Print or handwriting, and numbers between."""
    top, tallest = scene.uniform(-10, 10), 20 if scene.chance(0.5) else 60
    height = scene.uniform(8, tallest)
    while top < scene.side:
        if scene.chance(0.2):
            text = "d" * int(scene.random.integers(1, 7))
            scene.number(text, scene.uniform(0, 80), top, scene.hand)
            top += scene.height * 1.5
        else:
            scene.text(scene.uniform(-20, 30), top, height, 8)
            top += height * scene.uniform(1.5, 2.2)


def few(scene: Scene) -> None:
    """One number, or a few digits far apart, on plain paper, at times with a box."""
    top, n_rows = scene.uniform(5, scene.side - scene.height), 1 + scene.chance(0.3)
    for row in range(n_rows):
        left = scene.uniform(5, 0.6 * scene.side)
        y = top - 1.8 * row * scene.height
        apart = scene.height * (scene.uniform(0, 2) if scene.chance(0.4) else 0)
        for _ in range(scene.random.integers(1, 6)):
            x = left
            left += scene.digit(x, y, scene.hand) + apart
            left += scene.height * max(scene.hand.spacing, 0.05)
            if scene.chance(0.08):
                _frame(scene, x, y, left - x)


def lines(scene: Scene) -> None:
    """Numbers in lines on plain paper, at times with words between or in frames."""
    _lines(scene, share_of_frames=0.06)


def frames(scene: Scene) -> None:
    """Numbers in frames, or underlined."""
    _lines(scene, share_of_frames=1.0)


def ruled(scene: Scene) -> None:
    """Numbers on ruled paper."""
    pitch, top = scene.height * scene.uniform(1.1, 2), scene.uniform(0, 20)
    for y in np.arange(top, scene.side, pitch):
        scene.rule((0, y), (scene.side, y), min(scene.rule_width, 1.5))
    _lines(scene, share_of_frames=0.03)


def squared(scene: Scene) -> None:
    """Numbers on squared paper."""
    pitch = scene.height * scene.uniform(0.4, 1.1)
    for place in np.arange(scene.uniform(0, pitch), scene.side, pitch):
        scene.rule((0, place), (scene.side, place), min(scene.rule_width, 1.2))
        scene.rule((place, 0), (place, scene.side), min(scene.rule_width, 1.2))
    _lines(scene, share_of_frames=0.03)


def _lines(scene: Scene, share_of_frames: float) -> None:
    has_words, pitch = scene.chance(0.35), scene.height * scene.uniform(1.2, 2.4)
    top = scene.uniform(-10, 25)
    while top < scene.side - 10:
        left = scene.uniform(-10, 60)
        while left < scene.side:
            share = scene.random.random()
            if share < 0.12 * (has_words + 0.3):
                height, n_words = (
                    scene.height * scene.uniform(0.6, 1.1),
                    int(scene.random.integers(1, 3)),
                )
                left += scene.text(left, top, height, n_words) + scene.height
            elif share < 0.18:
                left += scene.letter(left, top) + 0.5 * scene.height
            else:
                text = scene.digits_and_sign(int(scene.random.integers(1, 7)), 0.3)
                if scene.chance(0.35):
                    text = str(scene.random.choice(PATTERNS))
                width = scene.number(text, left, top, scene.hand)
                if scene.chance(share_of_frames):
                    _frame(scene, left, top, width)
                left += width + scene.height * scene.uniform(0.6, 4)
        top += pitch


def _frame(scene: Scene, left: float, top: float, width: float) -> None:
    aside, apart = scene.random.uniform(-0.1, [0.6, 0.5]) * scene.height
    right, bottom = left + width + aside, top + scene.height + apart
    if scene.chance(0.7):
        scene.box(left - aside, top - apart, right, bottom)
    else:
        scene.rule((left - aside, bottom), (right, bottom), scene.rule_width)


SCENES: dict[Callable[[Scene], None], float] = {
    table: 0.16,
    puzzle: 0.12,
    squares: 0.1,
    comb: 0.1,
    lines: 0.14,
    few: 0.08,
    frames: 0.06,
    ruled: 0.06,
    squared: 0.06,
    prose: 0.12,
}


def add_strays(scene: Scene) -> None:
    """Draw what else is on pages: rules anywhere, vertical words, faint folds."""
    side = scene.side
    if scene.chance(0.2):
        for _ in range(scene.random.integers(1, 3)):
            start, end = scene.random.uniform(0, side, (2, 2))
            if scene.chance(0.7):
                axis = scene.random.integers(2)
                end[axis] = start[axis]
            scene.rule(tuple(start), tuple(end), scene.rule_width)
    if scene.chance(0.06):
        text = words(3, scene.random)
        ink, _ = printed(text, str(scene.random.choice(PRINTED)), scene.uniform(10, 26))
        ink = np.rot90(ink, scene.random.choice([1, 3]))
        left, top = scene.uniform(0, side), scene.uniform(-40, side / 2)
        scene.canvas.stamp(Label.WRITING, ink, left, top, scene.uniform(0.3, 1))


def add_dark_areas(scene: Scene) -> None:
    """Let the page end in the picture, or print areas on it; ink in them is theirs."""
    side, layers = scene.side, scene.canvas.layers
    everything = slice(0, side)
    if scene.chance(0.22):
        for _ in range(scene.random.integers(1, 3)):
            deepest = 45 if scene.chance(0.6) else 0.6 * side
            depth = round(scene.uniform(6, deepest)) + round(0.1 * side)
            band = slice(0, depth) if scene.chance(0.5) else slice(side - depth, side)
            areas = (band, everything) if scene.chance(0.5) else (everything, band)
            scene.canvas.fill(Label.DARK, *areas, scene.uniform(0.35, 1))
    if scene.chance(0.1):
        x, y = scene.random.integers(-20, side - 10, 2).clip(0)
        tallest = 80 if scene.chance(0.7) else side
        rows = slice(y, y + scene.random.integers(8, tallest))
        columns = slice(x, x + scene.random.integers(20, max(tallest, 140)))
        scene.canvas.fill(Label.DARK, rows, columns, scene.uniform(0.4, 1))
    dark = layers[Label.DARK] > 0
    if not dark.any():
        return
    kept = 0.0 if scene.chance(0.7) else 0.3
    # Bright letters and digits in a dark area: paper that shows through.
    if scene.chance(0.5):
        ink = layers[Label.DIGIT : Label.DARK].max(axis=0)
        layers[Label.DARK] *= 1 - scene.uniform(0.5, 0.95) * np.where(dark, ink, 0)
        kept = 0.0
    elif scene.chance(0.4):
        grain = scene.random.normal(0, 0.15, dark.shape)
        layers[Label.DARK] = np.where(
            dark, (layers[Label.DARK] + grain).clip(0.05, 1), 0
        )
    layers[Label.DIGIT : Label.DARK, dark] *= kept

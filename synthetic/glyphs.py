"""Digits, and what is no digit, as DigitReader frames them: to train its gate on."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
from numpy.random import RandomState
from PIL import Image, ImageDraw
from scipy import ndimage

from skdigits.preprocessing import DigitNormalizer
from synthetic.prints import font
from synthetic.scans import change_thickness, crop, lean, scale

# Letters that no one can tell from a digit without the word around them are left out.
LETTERS = "ABCDEFGHJKLMNPQRTUVWXYacdefhijkmnprtuvwxy"
SYMBOLS = '@#$%&?*+=<>{}^~_".,;:-äöüÄÜéèçñÆµ§€£«»→←∑∞≈√πΩΔαελφψ'
PRINTED_FONTS = (
    "DejaVuSans",
    "DejaVuSans-Bold",
    "DejaVuSans-Oblique",
    "DejaVuSerif",
    "DejaVuSerif-Italic",
    "DejaVuSansMono",
    "STIXGeneral",
    "STIXGeneralItalic",
    "STIXGeneralBol",
    "cmr10",
    "cmss10",
    "cmtt10",
)
SIDE = 56
# What was drawn is scanned so many times: drawing takes longer.
SCANS = 2


def printed(text: str, random: RandomState, size: int = 48) -> np.ndarray:
    """Print a text in a random font, as ink from 0 to 1."""
    face = font(str(random.choice(PRINTED_FONTS)), size)
    left, top, right, bottom = face.getbbox(text)
    picture = Image.new("L", (max(right - left, 1) + 8, max(bottom - top, 1) + 8))
    ImageDraw.Draw(picture).text((4 - left, 4 - top), text, 255, face)
    return np.asarray(picture, dtype=np.float32) / 255


def coarse(ink: np.ndarray, random: RandomState) -> np.ndarray:
    """Scan ink, often of a thick pen, 7 to 12 pixels high, and enlarge it."""
    height = len(ink)
    thick = change_thickness(np.pad(ink, 8), random.uniform(-0.04, 0.16) * height)
    small = crop(thick)
    rows = random.randint(7, 13)
    columns = max(2, round(rows * small.shape[1] / len(small)))
    picture = Image.fromarray(small.astype(np.float32))
    pixels = np.asarray(picture.resize((columns, rows), Image.Resampling.BOX))
    return scale(pixels, height)


def written(image: np.ndarray, random: RandomState) -> np.ndarray:
    """Write one of MNIST's digits with another pen."""
    ink = scale(crop(image / image.max()), SIDE)
    if random.rand() < 0.2:
        ink = coarse(ink, random)
    ink = np.pad(ink, 8)
    if random.rand() < 0.7:
        ink = change_thickness(ink, random.uniform(-0.1, 0.18) * SIDE)
    return crop(lean(ink, random.uniform(-10, 10), random.uniform(-0.2, 0.2)))


def degraded(ink: np.ndarray, random: RandomState) -> np.ndarray:
    """Scan ink at some resolution, and lose faint parts; or leave it as it is."""
    if random.rand() < 0.1:
        return ink
    height = int(np.exp(random.uniform(np.log(8), np.log(80))))
    longest = max(ink.shape)
    factor = height / longest
    small = scale(ink, max(2, round(ink.shape[0] * factor)))
    small = np.pad(small, 2)
    if random.rand() < 0.4:
        small = ndimage.gaussian_filter(
            small, random.uniform(0.3, 0.035 * height + 0.4)
        )
    small = small * random.uniform(0.3, 1)
    if random.rand() < 0.5:
        small = small + random.normal(scale=0.04 * small.max(), size=small.shape)
    least = random.uniform(0.1, 0.4) * small.max()
    return np.where(ndimage.binary_dilation(small > least), small.clip(0, 1), 0)


def framed(inks: list[np.ndarray]) -> np.ndarray:
    images = [np.pad(ink, 2).astype(np.float32) * 255 for ink in inks]
    X = DigitNormalizer(polarity="bright").fit_transform(images)
    return np.rint(X).astype(np.uint8)


# What is no digit


def letter(digits: np.ndarray, random: RandomState) -> np.ndarray:
    character = str(random.choice(list(LETTERS)))
    return _varied_print(character, random)


def symbol(digits: np.ndarray, random: RandomState) -> np.ndarray:
    return _varied_print(str(random.choice(list(SYMBOLS))), random)


def letters(digits: np.ndarray, random: RandomState) -> np.ndarray:
    """Two or three letters that touch."""
    alphabet = list(LETTERS + "oOlIsSzZgqB")
    text = "".join(random.choice(alphabet, size=random.randint(2, 4)))
    return _varied_print(text, random)


def _varied_print(text: str, random: RandomState) -> np.ndarray:
    ink = printed(text, random)
    if random.rand() < 0.15:
        ink = coarse(crop(ink), random)
    ink = np.pad(ink, 10)
    if random.rand() < 0.5:
        ink = change_thickness(ink, random.uniform(-4, 4))
    if random.rand() < 0.5:
        ink = lean(ink, random.uniform(-8, 8), random.uniform(-0.2, 0.2))
    return crop(ink)


def neighbours(digits: np.ndarray, random: RandomState) -> np.ndarray:
    """Two or three digits that touch."""
    inks = [
        written(digits[k], random)
        for k in random.randint(len(digits), size=2 + (random.rand() < 0.2))
    ]
    return _side_by_side(inks, random)


def _side_by_side(inks: list[np.ndarray], random: RandomState) -> np.ndarray:
    line = inks[0]
    for ink in inks[1:]:
        ink = scale(ink, round(SIDE * random.uniform(0.75, 1.1)))
        line = _join(line, ink, random)
    return crop(line)


def _join(left: np.ndarray, right: np.ndarray, random: RandomState) -> np.ndarray:
    """Set one beside the other, up to where they meet, or a little further."""
    height = max(len(left), len(right)) + 8
    top = (
        random.randint(height - len(left) + 1),
        random.randint(height - len(right) + 1),
    )
    width = left.shape[1] + right.shape[1]
    canvas = np.zeros((height, width), np.float32)
    canvas[top[0] : top[0] + len(left), : left.shape[1]] = left
    least = left.shape[1] - min(left.shape[1], right.shape[1]) // 3
    for offset in range(width - right.shape[1], least - 1, -2):
        place = canvas[top[1] : top[1] + len(right), offset : offset + right.shape[1]]
        if ((place > 0.5) & (right > 0.5)).sum() > random.randint(1, 60):
            break
    np.maximum(place, right, out=place)
    return canvas


def with_a_bit_of_another(digits: np.ndarray, random: RandomState) -> np.ndarray:
    """Join a digit and a part of another."""
    first, second = (
        written(digits[k], random) for k in random.randint(len(digits), size=2)
    )
    bit = _part(second, random, random.uniform(0.25, 0.5))
    inks = [first, crop(bit)] if bit.max() > 0.5 else [first, second]
    return _side_by_side(inks if random.rand() < 0.5 else inks[::-1], random)


def part(digits: np.ndarray, random: RandomState) -> np.ndarray:
    """Cut a digit, not where what is left may be a 1."""
    while True:
        ink = written(digits[random.randint(len(digits))], random)
        if ink.shape[1] < 0.5 * ink.shape[0]:
            continue
        piece = _part(ink, random, random.uniform(0.35, 0.65))
        if piece.max() < 0.5:
            continue
        piece = crop(piece)
        if piece.shape[1] > 0.5 * piece.shape[0] and piece.size > 100:
            return piece


def _part(ink: np.ndarray, random: RandomState, share: float) -> np.ndarray:
    """Keep a share of a digit, on one side of a steep line, or above or below one."""
    height, width = ink.shape
    y, x = np.mgrid[:height, :width]
    if random.rand() < 0.75:
        along = x / width + random.uniform(-0.3, 0.3) * (y / height - 0.5)
    else:
        along = y / height + random.uniform(-0.3, 0.3) * (x / width - 0.5)
    if random.rand() < 0.5:
        along = 1 - along
    return np.where(along < share, ink, 0)


def turned(digits: np.ndarray, labels: np.ndarray, random: RandomState) -> np.ndarray:
    """Turn or mirror a digit that is none then."""
    while True:
        k = random.randint(len(digits))
        ink = written(digits[k], random)
        way, label = random.randint(3), labels[k]
        if way == 0 and label in (3, 4, 7, 6, 9):
            return ink[:, ::-1]
        if way == 1 and label in (2, 3, 4, 5, 7):
            return np.rot90(ink)
        if way == 2 and label in (3, 4, 5, 7):
            return np.rot90(ink, -1)


def scribble(digits: np.ndarray, random: RandomState) -> np.ndarray:
    """Draw some strokes: lines, arcs and curves."""
    picture = Image.new("L", (SIDE, SIDE))
    draw = ImageDraw.Draw(picture)
    width = random.randint(2, 9)
    for _ in range(random.randint(1, 5)):
        points = random.uniform(4, SIDE - 4, size=(random.choice([2, 3, 4]), 2))
        t = np.linspace(0, 1, 24)[:, np.newaxis]
        while len(points) > 1 and points.ndim == 2 and len(points) <= 4:
            points = _bezier(points, t)
        draw.line([tuple(p) for p in points], 255, width, joint="curve")
    ink = np.asarray(picture, dtype=np.float32) / 255
    ink = crop(ink)
    # A steep line on its own is a 1.
    return ink if ink.shape[1] > 0.6 * ink.shape[0] else scribble(digits, random)


def _bezier(points: np.ndarray, t: np.ndarray) -> np.ndarray:
    levels = [np.repeat(p[np.newaxis], len(t), axis=0) for p in points]
    while len(levels) > 1:
        levels = [(1 - t) * a + t * b for a, b in pairwise(levels)]
    return levels[0]


def blob(digits: np.ndarray, random: RandomState) -> np.ndarray:
    """Draw a dot, a dash or a smudge."""
    height, width = random.randint(8, SIDE, size=2)
    noise = ndimage.gaussian_filter(random.normal(size=(SIDE, SIDE)), 5)
    y, x = np.mgrid[-1 : 1 : SIDE * 1j, -1 : 1 : SIDE * 1j]
    ink = (x / width * SIDE) ** 2 + (y / height * SIDE) ** 2 + noise * 8 < 1
    if random.rand() < 0.3:
        ink = np.ones((random.randint(3, 16), SIDE), bool)  # a dash
    if ink.sum() < 30:
        return blob(digits, random)
    ink = crop(ink.astype(np.float32))
    return ink if ink.shape[1] > 0.6 * ink.shape[0] else blob(digits, random)


def frame(digits: np.ndarray, random: RandomState) -> np.ndarray:
    """Draw a box, or a digit in a part of one."""
    ink = np.zeros((SIDE, SIDE), np.float32)
    width = random.randint(1, 6)
    edges = random.rand(4) < 0.7
    ink[:width] = edges[0]
    ink[-width:] = edges[1]
    ink[:, :width] = edges[2]
    ink[:, -width:] = edges[3]
    if edges.sum() == 0 or (edges.sum() == 1 and (edges[2] or edges[3])):
        return frame(digits, random)
    if random.rand() < 0.5:
        digit = scale(
            written(digits[random.randint(len(digits))], random),
            random.randint(SIDE // 2, SIDE - 4),
        )[:, : SIDE - 8]
        top = random.randint(SIDE - len(digit))
        left = random.randint(SIDE - digit.shape[1])
        place = ink[top : top + len(digit), left : left + digit.shape[1]]
        np.maximum(place, digit, out=place)
    return crop(lean(ink, random.uniform(-5, 5), 0)) if random.rand() < 0.5 else ink


def ground(digits: np.ndarray, random: RandomState) -> np.ndarray:
    """Take the paper around a digit for ink."""
    ink = written(digits[random.randint(len(digits))], random)
    paper = 1 - np.pad(ink, random.randint(6))
    labels, n = ndimage.label(paper > 0.5)
    if n > 1 and random.rand() < 0.5:
        sizes = np.bincount(labels.ravel())
        largest = ndimage.binary_dilation(labels == 1 + sizes[1:].argmax())
        paper = np.where(largest, paper, 0)
    paper = crop(paper)
    # A narrow piece may be a 1.
    return paper if paper.shape[1] > 0.5 * len(paper) else ground(digits, random)


SHARES: dict[Callable, float] = {
    letter: 0.23,
    symbol: 0.08,
    letters: 0.06,
    neighbours: 0.2,
    with_a_bit_of_another: 0.12,
    part: 0.12,
    turned: 0.06,
    scribble: 0.05,
    blob: 0.03,
    ground: 0.03,
    frame: 0.02,
}


def make_positives(
    digits: np.ndarray, labels: np.ndarray, n: int, random: RandomState
) -> np.ndarray:
    """Make framed digits: written, and a few of them printed."""
    inks = []
    for k in random.randint(len(digits), size=n // SCANS):
        if random.rand() < 0.08:
            ink = _varied_print(str(random.randint(10)), random)
        else:
            ink = written(digits[k], random)
        inks.extend(degraded(ink, random) for _ in range(SCANS))
    return framed(inks)


def make_negatives(
    digits: np.ndarray, labels: np.ndarray, n: int, random: RandomState
) -> np.ndarray:
    """Make framed things that are no digits."""
    kinds = list(SHARES)
    shares = np.array(list(SHARES.values()))
    inks = []
    for k in random.choice(len(kinds), size=n // SCANS, p=shares / shares.sum()):
        kind = kinds[k]
        known = (digits, labels) if kind is turned else (digits,)
        ink = kind(*known, random)
        inks.extend(degraded(ink, random) for _ in range(SCANS))
    return framed(inks)

"""Digits as they are written where MNIST's writers did not learn to write."""

from collections.abc import Callable, Iterable

import numpy as np
from numpy.random import RandomState
from PIL import Image, ImageDraw

from skdigits.preprocessing import DigitNormalizer

# Room around the 28x28 pixels, and how much larger it is drawn, for soft edges.
MARGIN, FINE = 8, 4

Points = list[tuple[float, float]]


def upstroke(ink: np.ndarray, pen: float, random: RandomState) -> list[Points]:
    """Begin a 1 with an upstroke, and perhaps end it with a foot."""
    top, bottom = _ends(ink)
    height = bottom - top
    x, y = _middle(ink, top + 1), top + pen / 3
    length = height * random.uniform(0.2, 0.75)
    angle = np.radians(random.uniform(30, 75))
    strokes = [[(x, y), (x - length * np.cos(angle), y + length * np.sin(angle))]]
    if random.rand() < 0.25:
        x, half = _middle(ink, bottom - 1), height * random.uniform(0.15, 0.35)
        strokes.append([(x - half, bottom - pen / 3), (x + half, bottom - pen / 3)])
    return strokes


def bar(ink: np.ndarray, pen: float, random: RandomState) -> list[Points]:
    """Cross the stem of a 7."""
    top, bottom = _ends(ink)
    row = round(top + (bottom - top) * random.uniform(0.4, 0.6))
    x, half = _middle(ink, row), (bottom - top) * random.uniform(0.18, 0.35)
    rise = half * random.uniform(-0.1, 0.3)
    return [[(x - half, row + rise), (x + half, row - rise)]]


def hook(ink: np.ndarray, pen: float, random: RandomState) -> list[Points]:
    """End the stem of a 9 in a hook to the left."""
    top, bottom = _ends(ink)
    radius = (bottom - top) * random.uniform(0.15, 0.3)
    x, y = _middle(ink, bottom - 1) - radius, bottom - pen / 3
    angles = np.linspace(0, random.uniform(1.6, 2.6), 12)
    arc = zip(x + radius * np.cos(angles), y + radius * np.sin(angles), strict=True)
    return [list(arc)]


CHANGES: dict[int, Callable[[np.ndarray, float, RandomState], list[Points]]] = {
    1: upstroke,
    7: bar,
    9: hook,
}


def write_otherwise(
    images: np.ndarray, labels: np.ndarray, share: float, random: RandomState
) -> np.ndarray:
    """Change how some of the 1s, 7s and 9s are written.

    Parameters
    ----------
    images : ndarray of shape (n, 28, 28), uint8
        Digits of MNIST.

    labels : ndarray of shape (n,)
        Their digits.

    share : float
        How many of the three digits are changed, from 0 to 1.

    random : RandomState
        Draws what is changed.

    Returns
    -------
    images : ndarray of shape (n, 28, 28), uint8
        With those changed framed anew.
    """
    changes = np.isin(labels, list(CHANGES)) & (random.rand(len(labels)) < share)
    rows = np.flatnonzero(changes)
    drawn = [_draw(images[k], CHANGES[int(labels[k])], random) for k in rows]
    images = images.copy()
    framed = DigitNormalizer(polarity="bright").fit_transform(np.array(drawn))
    images[rows] = framed.reshape(-1, 28, 28)
    return images


def _draw(image: np.ndarray, change: Callable, random: RandomState) -> np.ndarray:
    ink = np.pad(image, MARGIN)
    solid = ink > 127
    # A stroke's area over its length: about right for these three.
    pen = solid.sum() / np.ptp(_ends(ink)) / (1 if change is upstroke else 1.7)
    width = pen * random.uniform(0.7, 1.1)
    return np.maximum(ink, draw_strokes(ink.shape, change(ink, pen, random), width))


def draw_strokes(
    shape: tuple[int, int], strokes: Iterable[Points], width: float
) -> np.ndarray:
    """Draw lines with a round pen.

    Parameters
    ----------
    shape : tuple (height, width)
        Size of the image in pixels.

    strokes : iterable of list of tuple (x, y)
        The points that each line joins.

    width : float
        Width of the pen in pixels.

    Returns
    -------
    ink : ndarray of shape (height, width), uint8
        Bright on black, with soft edges.
    """
    picture = Image.new("L", (FINE * shape[1], FINE * shape[0]))
    draw = ImageDraw.Draw(picture)
    width *= FINE
    for stroke in strokes:
        points = [(FINE * (x + 0.5), FINE * (y + 0.5)) for x, y in stroke]
        draw.line(points, 255, max(1, round(width)), joint="curve")
        for x, y in (points[0], points[-1]):
            draw.ellipse(
                (x - width / 2, y - width / 2, x + width / 2, y + width / 2), 255
            )
    return np.asarray(picture.resize(shape[::-1], Image.Resampling.BOX))


def _ends(ink: np.ndarray) -> tuple[int, int]:
    """Return the first and the last row of a digit."""
    rows = np.flatnonzero(ink.max(axis=1) > 127)
    return int(rows[0]), int(rows[-1])


def _middle(ink: np.ndarray, row: int) -> float:
    """Return the column of the middle of the ink in a row, or in all rows."""
    weights = ink[row] if ink[row].any() else ink.sum(axis=0)
    return float(np.average(np.arange(len(weights)), weights=weights))

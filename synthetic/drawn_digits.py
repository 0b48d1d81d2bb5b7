"""Digits drawn from strokes, as they are written where MNIST's writers did not learn.

Each way to write a digit is a few strokes, given by the points that they pass. Points
are drawn anew for each digit, near these, so that no two digits are alike.
"""

from collections.abc import Sequence

import numpy as np
from numpy.random import RandomState
from scipy.interpolate import make_interp_spline

from skdigits.preprocessing import DigitNormalizer
from synthetic.other_hands import Points, draw_strokes

Way = tuple[Points, ...]

# Height of a digit where it is drawn, in pixels; room around it for jitter and pens.
HEIGHT, ROOM = 40, 16
# Standard deviation of a point's place, in heights; the least and the largest width of
# a digit and of the pen, in heights.
JITTER, WIDTHS, PENS = 0.035, (0.45, 0.85), (0.04, 0.16)

# Across from 0 to 1, down from 0 to 1. Strokes of three points and more are curves; a
# corner is where a stroke ends and the next begins. Each way has a weight.
_OVAL = [(0.5, 0), (0.1, 0.25), (0.05, 0.65), (0.45, 1), (0.9, 0.7), (0.9, 0.25)]
_STEM: Points = [(0.6, 0), (0.6, 1)]
_FOOT: Points = [(0.25, 1), (0.95, 1)]
_RING = [(0.85, 0.15), (0.5, 0), (0.1, 0.15), (0.15, 0.42), (0.5, 0.48), (0.85, 0.2)]
_OPEN_RING = [(0.82, 0.1), (0.45, 0), (0.13, 0.22), (0.48, 0.42), (0.82, 0.28)]
_HOOK = [(0.8, 0.14), (0.5, 0), (0.1, 0.22), (0.4, 0.44)]
_BOWL = [(0.1, 0.45), (0.5, 0.38), (0.92, 0.65), (0.6, 0.97), (0.02, 0.92)]
WAYS: dict[int, tuple[tuple[float, Way], ...]] = {
    0: (
        (4, ([*_OVAL, (0.5, 0), (0.1, 0.25)],)),
        (1, ([*_OVAL, (0.6, 0.05), (0.3, 0.12)],)),
        (0.4, ([*_OVAL, (0.5, 0), (0.1, 0.25)], [(0.95, 0.1), (0.05, 0.9)])),
    ),
    1: (
        (1, (_STEM,)),
        (2, ([(0.25, 0.2), (0.6, 0)], _STEM)),
        (2, ([(0.1, 0.35), (0.6, 0)], _STEM)),
        (2, ([(0, 0.5), (0.6, 0)], _STEM)),
        (1.5, ([(0.05, 0.7), (0.6, 0)], _STEM)),
        (1, ([(0.05, 0.45), (0.4, 0.25), (0.6, 0)], _STEM)),
        (1, ([(0.2, 0.25), (0.6, 0)], _STEM, _FOOT)),
        (0.5, ([(0.05, 0.45), (0.6, 0)], _STEM, _FOOT)),
    ),
    2: (
        (2, ([(0, 0.25), (0.4, 0), (0.85, 0.25), (0, 1)], [(0, 1), (0.95, 1)])),
        (
            2,
            (
                [(0, 0.2), (0.4, 0), (0.85, 0.25), (0.35, 0.85), (0.05, 0.95)]
                + [(0.1, 0.8), (0.45, 0.9), (1, 0.95)],
            ),
        ),
        (1, ([(0.05, 0.15), (0.5, 0), (0.8, 0.3), (0.1, 0.9), (0.5, 0.9), (1, 1)],)),
    ),
    3: (
        (
            2,
            (
                [(0.05, 0.1), (0.5, 0), (0.8, 0.22), (0.35, 0.45)],
                [(0.35, 0.45), (0.9, 0.65), (0.6, 0.98), (0, 0.9)],
            ),
        ),
        (
            2,
            (
                [(0.05, 0), (0.85, 0)],
                [(0.85, 0), (0.4, 0.4)],
                [(0.4, 0.4), (0.95, 0.65), (0.6, 1), (0, 0.9)],
            ),
        ),
    ),
    4: (
        # Open, with straight, with round and with close arms.
        (
            2,
            ([(0.2, 0), (0.05, 0.6)], [(0.05, 0.6), (1, 0.6)], [(0.75, 0.1), (0.7, 1)]),
        ),
        (2, ([(0.1, 0), (0.1, 0.45), (0.45, 0.55), (0.8, 0.4)], [(0.9, 0), (0.75, 1)])),
        (
            2,
            ([(0.45, 0), (0.02, 0.6)], [(0.02, 0.6), (1, 0.6)], [(0.65, 0), (0.65, 1)]),
        ),
        (1, ([(0.5, 0), (0, 0.65)], [(0, 0.65), (1, 0.65)], [(0.6, 0.4), (0.6, 1)])),
        (
            1,
            (
                [(0.2, 0), (0.05, 0.5), (0.4, 0.55), (0.75, 0.5)],
                [(0.75, 0), (0.7, 1)],
            ),
        ),
        # With a round hollow.
        (
            2,
            (
                [(0.25, 0), (0.05, 0.35), (0.3, 0.52), (0.85, 0.38)],
                [(0.85, 0), (0.75, 1)],
            ),
        ),
        (
            1.5,
            (
                [(0.2, 0), (0.05, 0.4), (0.4, 0.5), (0.8, 0.25), (0.9, 0)],
                [(0.9, 0), (0.75, 1)],
            ),
        ),
        # A small hollow, open towards a stem that begins lower and leans.
        (
            3,
            (
                [(0.3, 0), (0.02, 0.28), (0.3, 0.42), (0.75, 0.3)],
                [(0.75, 0.12), (0.95, 1)],
            ),
        ),
        (
            3,
            (
                [(0.3, 0), (0.05, 0.3), (0.35, 0.48), (0.8, 0.4)],
                [(0.8, 0.15), (0.8, 1)],
            ),
        ),
        (
            2,
            (
                [(0.15, 0), (0.02, 0.35)],
                [(0.02, 0.35), (0.4, 0.45), (0.75, 0.38)],
                [(0.75, 0.05), (0.85, 1)],
            ),
        ),
        # Closed, as in print.
        (3, ([(0.7, 0), (0, 0.65)], [(0, 0.65), (1, 0.65)], [(0.7, 0), (0.7, 1)])),
        (1, ([(0.55, 0), (0, 0.55)], [(0, 0.55), (0.95, 0.5)], [(0.55, 0), (0.5, 1)])),
    ),
    5: (
        (3, ([(0.15, 0), (0.1, 0.45)], _BOWL, [(0.15, 0), (0.9, 0.02)])),
        (1, ([(0.2, 0.1), (0.1, 0.45)], _BOWL, [(0.4, 0.02), (1, 0)])),
        (
            1.5,
            (
                [(0.95, 0.02), (0.4, 0.03), (0.15, 0.3), (0.6, 0.5)]
                + [(0.75, 0.8), (0.4, 1), (0, 0.9)],
            ),
        ),
    ),
    6: (
        (
            3,
            (
                [(0.75, 0), (0.25, 0.3), (0.05, 0.7), (0.4, 1), (0.85, 0.8)]
                + [(0.6, 0.55), (0.1, 0.72)],
            ),
        ),
        (
            2,  # Flat: a long stroke and a small loop.
            (
                [(0.5, 0), (0.15, 0.45), (0.1, 0.9), (0.5, 1), (0.8, 0.88)]
                + [(0.55, 0.75), (0.12, 0.85)],
            ),
        ),
    ),
    7: (
        (2, ([(0, 0.03), (0.9, 0)], [(0.9, 0), (0.35, 1)])),
        (3, ([(0, 0.03), (0.9, 0)], [(0.9, 0), (0.35, 1)], [(0.25, 0.5), (0.9, 0.48)])),
        (1, ([(0, 0.05), (0.9, 0)], [(0.9, 0), (0.5, 0.45), (0.4, 1)])),
        (
            1.5,
            (
                [(0.05, 0.15), (0.05, 0)],
                [(0.05, 0), (0.5, 0.06), (0.95, 0)],
                [(0.95, 0), (0.55, 0.5), (0.4, 1)],
                [(0.25, 0.5), (0.85, 0.5)],
            ),
        ),
    ),
    8: (
        (
            3,
            (
                [(0.85, 0.12), (0.45, 0), (0.15, 0.22), (0.5, 0.45), (0.9, 0.75)]
                + [(0.5, 1), (0.05, 0.78), (0.5, 0.45), (0.85, 0.12)],
            ),
        ),
        (
            1,
            (
                [(0.5, 0), (0.2, 0.2), (0.5, 0.45), (0.8, 0.2), (0.5, 0)],
                [(0.5, 0.45), (0.1, 0.72), (0.5, 1), (0.9, 0.72), (0.5, 0.45)],
            ),
        ),
    ),
    9: (
        (3, (_RING, [(0.85, 0.15), (0.75, 1)])),
        (2, (_RING, [(0.85, 0.15), (0.85, 0.75), (0.5, 1), (0.1, 0.9)])),
        (2, (_RING, [(0.85, 0.15), (0.75, 0.85), (0.45, 1), (0.05, 0.97)])),
        (1, (_RING, [(0.85, 0.15), (0.6, 0.6), (0.2, 1)])),
        # Open at the top, with a tail that bends back.
        (2, (_OPEN_RING, [(0.82, 0.28), (0.85, 0.6), (0.55, 0.95), (0.1, 0.95)])),
        (1.5, ([*_OPEN_RING, (0.8, 0.75), (0.25, 1)],)),
        # So open that only the bent beginning tells it from a 5.
        (2, ([*_HOOK, (0.8, 0.36), (0.95, 0.62), (0.45, 1)],)),
        (2, ([*_HOOK, (0.8, 0.28), (0.92, 0.6), (0.7, 0.88), (0.25, 1)],)),
    ),
}


def drawn_digits(labels: np.ndarray, random: RandomState) -> np.ndarray:
    """Draw a digit for each label.

    Parameters
    ----------
    labels : ndarray of shape (n,)
        Digits to draw.

    random : RandomState
        Draws the ways, the points and the pens.

    Returns
    -------
    images : ndarray of shape (n, 28, 28), uint8
        Framed as a classifier gets them.
    """
    inks = [_draw(WAYS[int(label)], random) for label in labels]
    framed = DigitNormalizer(polarity="bright").fit_transform(np.array(inks))
    return framed.reshape(-1, 28, 28)


def _draw(ways: Sequence[tuple[float, Way]], random: RandomState) -> np.ndarray:
    weights = np.array([weight for weight, _ in ways])
    _, way = ways[random.choice(len(ways), p=weights / weights.sum())]
    width = HEIGHT * random.uniform(*WIDTHS)
    # The same point of two strokes moves by the same: corners stay corners.
    places: dict[tuple[float, float], np.ndarray] = {}
    for point in {point: None for stroke in way for point in stroke}:
        shift = random.normal(scale=JITTER * HEIGHT, size=2)
        places[point] = point * np.array([width, HEIGHT]) + shift + ROOM
    strokes = [_smooth(np.array([places[point] for point in s])) for s in way]
    pen = HEIGHT * random.uniform(*PENS)
    return draw_strokes((HEIGHT + 2 * ROOM, HEIGHT + 2 * ROOM), strokes, pen)


def _smooth(points: np.ndarray) -> Points:
    """Return many points of the curve through a few."""
    if len(points) == 2:
        return [tuple(point) for point in points]
    steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
    # Centripetal, which does not overshoot where points are near each other.
    places = np.concatenate([[0], np.cumsum(np.sqrt(steps + 1e-6))])
    curve = make_interp_spline(places, points, k=min(3, len(points) - 1))
    return [tuple(p) for p in curve(np.linspace(0, places[-1], 8 * len(points)))]

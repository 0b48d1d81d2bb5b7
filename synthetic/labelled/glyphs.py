"""Digits of any pen, signs, letters and words, as ink from 0 to 1."""

from functools import cache

import numpy as np
from numpy.random import Generator
from PIL import Image, ImageDraw, ImageFont
from scipy.ndimage import distance_transform_edt
from skimage.morphology import skeletonize

from synthetic.labelled.canvas import Points

# Families of free fonts; Debian has them in the packages fonts-dejavu-core,
# fonts-liberation, fonts-breip, fonts-bwht, fonts-comic-neue, fonts-dancingscript,
# fonts-dkg-handwriting, fonts-femkeklaver, fonts-humor-sans, fonts-kaushanscript,
# fonts-kristi and fonts-rufscript.
PRINTED = (
    "DejaVu Sans",
    "DejaVu Sans Mono",
    "DejaVu Serif",
    "Liberation Mono",
    "Liberation Sans",
    "Liberation Sans Narrow",
    "Liberation Serif",
)
WRITTEN = (
    "Because We Build",
    "Because We Connect",
    "Because We Create",
    "Because We Learn",
    "Breip",
    "Comic Neue",
    "Dancing Script",
    "DkgHandwriting",
    "Humor Sans",
    "Kaushan Script",
    "Kristi",
    "Rufscript",
    "femkeklaver",
)
# MNIST's digits are enlarged so much before their skeleton is taken.
ENLARGED = 3
# Height of a digit of MNIST in its image, and of a capital letter in its font's size.
MNIST_HEIGHT, CAPITAL = 20, 0.72
# Letters that nobody can tell from a digit without the word around them are left out.
LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZabcdefghijkmnpqrtuvwxyz@&?!#"
SIGNS = ".,-/+:=%()x*·$"

# Letters as a pen draws them: lines through points of the unit square.
_DRAWN: dict[str, list[Points]] = {
    "A": [
        [(0, 1), (0.25, 0.5), (0.5, 0), (0.75, 0.5), (1, 1)],
        [(0.2, 0.6), (0.9, 0.6)],
    ],
    "B": [
        [(0, 0), (0, 0.5), (0, 1)],
        [(0, 0), (0.8, 0.1), (0.7, 0.42), (0.1, 0.5), (0.9, 0.6), (0.8, 0.95), (0, 1)],
    ],
    "C": [[(1, 0.12), (0.5, 0), (0, 0.5), (0.5, 1), (1, 0.88)]],
    "D": [
        [(0, 0), (0, 0.5), (0, 1)],
        [(0, 0), (0.8, 0.15), (0.95, 0.5), (0.8, 0.85), (0, 1)],
    ],
    "E": [[(1, 0), (0.3, 0), (0, 0.2), (0.6, 0.5), (0, 0.8), (0.4, 1), (1, 0.95)]],
    "F": [[(1, 0), (0.05, 0), (0.05, 0.5), (0, 1)], [(0, 0.5), (0.7, 0.48)]],
    "H": [[(0, 0), (0, 1)], [(1, 0), (1, 1)], [(0, 0.5), (1, 0.5)]],
    "K": [[(0, 0), (0, 1)], [(0.9, 0), (0.1, 0.5), (0.9, 1)]],
    "M": [[(0, 1), (0.15, 0), (0.5, 0.7), (0.85, 0), (1, 1)]],
    "N": [[(0, 1), (0.05, 0), (0.95, 1), (1, 0)]],
    "P": [[(0, 0), (0, 1)], [(0, 0), (0.9, 0.1), (0.8, 0.45), (0, 0.5)]],
    "R": [
        [(0, 0), (0, 1)],
        [(0, 0), (0.9, 0.1), (0.8, 0.45), (0.1, 0.5), (0.9, 1)],
    ],
    "T": [[(0, 0), (1, 0)], [(0.5, 0), (0.5, 1)]],
    "V": [[(0, 0), (0.5, 1), (1, 0)]],
    "W": [[(0, 0), (0.25, 1), (0.5, 0.4), (0.75, 1), (1, 0)]],
    "X": [[(0, 0), (1, 1)], [(1, 0), (0, 1)]],
    "Y": [[(0, 0), (0.5, 0.5), (1, 0)], [(0.5, 0.5), (0.45, 1)]],
    "c": [[(0.1, 0.55), (0.8, 0.4), (0.6, 0), (0, 0.45), (0.3, 1), (1, 0.9)]],
    "n": [[(0, 0.4), (0.05, 1), (0.1, 0.6), (0.5, 0.4), (0.8, 0.6), (0.85, 1)]],
    "u": [[(0, 0.4), (0.1, 0.95), (0.6, 0.9), (0.8, 0.4), (0.85, 1), (1, 0.9)]],
}


@cache
def font(family: str, size: int) -> ImageFont.FreeTypeFont:
    """Load an installed font; one that is missing is an error."""
    from matplotlib.font_manager import findfont

    return ImageFont.truetype(findfont(family, fallback_to_default=False), size)


def printed(text: str, family: str, height: float) -> tuple[np.ndarray, int]:
    """Print a text whose capitals have a height; return also how far down it begins.

    The distance is from the top of a zero, which most fonts draw as high as a capital.
    """
    face = font(family, max(6, round(height / CAPITAL)))
    left, top, right, bottom = face.getbbox(text)
    picture = Image.new("L", (max(1, right - left) + 2, max(1, bottom - top) + 2))
    ImageDraw.Draw(picture).text((1 - left, 1 - top), text, 255, face)
    return np.asarray(picture, np.float32) / 255, int(top - face.getbbox("0")[1])


class Handwriting:
    """MNIST's digits, drawn with a pen of any width.

    Parameters
    ----------
    images : ndarray of shape (n, 28, 28), uint8
        Digits, bright on black.
    """

    def __init__(self, images: np.ndarray):
        pairs = (scan_and_skeleton(image) for image in images)
        self._digits = [pair for pair in pairs if pair is not None]

    def digit(
        self, height: float, pen: float | None, stretch: float, random: Generator
    ) -> tuple[np.ndarray, float]:
        """Draw any digit; return its ink, and the margin around it in pixels.

        ``height`` is that of most digits, ``pen`` the width of a stroke, both in
        pixels; without a pen, the digit is scaled as it was scanned.
        """
        scan, distance = self._digits[random.integers(len(self._digits))]
        factor = height / MNIST_HEIGHT
        size = (
            max(3, round(scan.shape[1] * factor * stretch)),
            max(3, round(scan.shape[0] * factor)),
        )
        margin = 3 * factor
        if pen is None:
            way = Image.Resampling.BICUBIC if factor > 1 else Image.Resampling.LANCZOS
            return np.asarray(
                Image.fromarray(scan).resize(size, way), np.float32
            ) / 255, margin
        resized = Image.fromarray(distance).resize(size, Image.Resampling.BILINEAR)
        return (pen / 2 - np.asarray(resized) * factor + 0.5).clip(0, 1), margin


def scan_and_skeleton(image: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """Crop a digit; return it, and the distance of each pixel to its skeleton."""
    rows = np.flatnonzero(image.max(axis=1) > 60)
    columns = np.flatnonzero(image.max(axis=0) > 60)
    scan = np.pad(image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1], 3)
    size = (scan.shape[1] * ENLARGED, scan.shape[0] * ENLARGED)
    large = np.asarray(Image.fromarray(scan).resize(size, Image.Resampling.BICUBIC))
    skeleton = skeletonize(large > 110)
    if skeleton.sum() < 8:
        return None
    distance = distance_transform_edt(~skeleton) / ENLARGED
    return scan, distance.astype(np.float32)


def sign_strokes(
    sign: str, height: float, pen: float, random: Generator
) -> tuple[list[Points], float]:
    """Draw a sign beside digits of a height; return its lines and its width.

    Lines are in pixels from the left end and the digits' top.
    """
    widths = {".": 0.15, ",": 0.2, ":": 0.15, "·": 0.15, "(": 0.3, ")": 0.3, "%": 0.75}
    width = widths.get(sign, 0.5) * height * random.uniform(0.8, 1.25)
    middle = height * random.uniform(0.42, 0.58)

    def near(x: float, y: float, spread: float = 0.04) -> tuple[float, float]:
        dx, dy = random.normal(0, spread, 2) * height
        return x + dx, y + dy

    def dot(x: float, y: float) -> Points:
        length = pen * random.uniform(0, 0.7)
        return [(x, y), (x + length, y + length * random.uniform(-1, 1))]

    half = width / 2
    if sign in ".·":
        base = height * random.uniform(0.88, 1.05) if sign == "." else middle
        return [dot(half, base)], width
    if sign == ":":
        return [dot(half, 0.3 * height), dot(half, 0.85 * height)], width
    if sign == ",":
        return [
            [
                near(0.7 * width, 0.9 * height),
                near(0, random.uniform(1.1, 1.3) * height),
            ]
        ], width
    if sign == "-":
        return [[near(0, middle), near(width, middle)]], width
    if sign == "=":
        gap = 0.12 * height
        return [
            [near(0, middle + g), near(width, middle + g)] for g in (-gap, gap)
        ], width
    if sign == "/":
        rise = height * random.uniform(0, 0.2)
        return [[near(0, height + rise), near(width, -rise)]], width
    if sign == "+":
        return [
            [near(0, middle), near(width, middle)],
            [near(half, middle - half), near(half, middle + half)],
        ], width
    if sign in "x*":
        lines = [
            [near(0, middle - half), near(width, middle + half)],
            [near(width, middle - half), near(0, middle + half)],
        ]
        if sign == "*":
            lines.append([near(half, middle - half), near(half, middle + half)])
        return lines, width
    if sign in "()":
        t = np.linspace(-1, 1, 9)
        bow = width * (1 - t**2) if sign == ")" else width * t**2
        return [list(zip(bow, height * (0.5 + 0.62 * t), strict=True))], width
    if sign == "%":
        ring = 0.18 * width
        angles = np.linspace(0, 2 * np.pi, 10)
        rings = [
            list(zip(x + ring * np.cos(angles), y + ring * np.sin(angles), strict=True))
            for x, y in ((ring, 0.22 * height), (width - ring, 0.8 * height))
        ]
        return [*rings, [near(0.15 * width, height), near(0.85 * width, 0)]], width
    # A sign of a currency: an S with a bar.
    curve = [(1, 0.1), (0.4, 0), (0, 0.25), (0.5, 0.5), (1, 0.75), (0.5, 1), (0, 0.9)]
    return [
        [near(x * width, y * height, 0.02) for x, y in curve],
        [near(half, -0.15 * height), near(half, 1.15 * height)],
    ], width


def letter_strokes(height: float, random: Generator) -> list[Points]:
    """Draw a capital letter by hand, or a scribble."""
    if random.random() < 0.25:
        points = np.cumsum(random.normal(0, 0.35, (random.integers(4, 9), 2)), axis=0)
        points -= points.min(axis=0)
        return [smooth(points / max(points.max(), 1)) * height]
    lines = _DRAWN[str(random.choice(list(_DRAWN)))]
    width, slant = height * random.uniform(0.5, 0.95), random.uniform(-0.1, 0.3)
    drawn = []
    for line in lines:
        x, y = smooth(np.array(line) + random.normal(0, 0.05, (len(line), 2))).T
        drawn.append(
            np.column_stack([x * width - (y - 1) * slant * height, y * height])
        )
    return drawn


def smooth(points: np.ndarray) -> np.ndarray:
    """Return a curve through points."""
    from scipy.interpolate import make_interp_spline

    degree = min(2, len(points) - 1)
    spline = make_interp_spline(np.arange(len(points)), points, degree)
    return spline(np.linspace(0, len(points) - 1, 12 * (len(points) - 1)))


def words(n: int, random: Generator) -> str:
    """Return a text of random words, in the frequencies of letters."""
    alphabet = list("abcdefghijklmnopqrstuvwxyzeeeetttaaaoooiinnssrrhhlldd")
    text = []
    for _ in range(n):
        word = "".join(random.choice(alphabet, random.integers(2, 9)))
        share = random.random()
        text.append(
            word.upper() if share < 0.25 else word.capitalize() if share < 0.5 else word
        )
    return " ".join(text)

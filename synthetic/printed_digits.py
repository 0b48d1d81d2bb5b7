"""Printed digits of the fonts that matplotlib ships."""

import numpy as np
from numpy.random import RandomState
from PIL import Image, ImageDraw

from skdigits.preprocessing import DigitNormalizer
from synthetic.prints import font
from synthetic.scans import change_thickness, crop

UPRIGHT_FONTS = (
    "DejaVuSans",
    "DejaVuSans-Bold",
    "DejaVuSerif",
    "DejaVuSerif-Bold",
    "DejaVuSansMono",
    "DejaVuSansMono-Bold",
    "STIXGeneral",
    "STIXGeneralBol",
    "cmr10",
    "cmb10",
    "cmss10",
    "cmtt10",
)
LEANING_FONTS = (
    "DejaVuSans-Oblique",
    "DejaVuSerif-Italic",
    "STIXGeneralItalic",
    "STIXGeneralBolIta",
    "cmti10",
)
FONTS = UPRIGHT_FONTS + LEANING_FONTS
SIZE = 48
# Condensed and wide print, as a factor of the width, and light and bold print, in
# pixels at this size, whose stems are 3 to 10 pixels wide.
WIDTHS, BOLDNESS = (0.7, 1.25), (-3, 4)
# So many of the upright 1s lose their foot, which all of these fonts but one have.
WITHOUT_FOOT = 0.5


def printed_digits(labels: np.ndarray, random: RandomState) -> np.ndarray:
    """Print a digit for each label.

    Parameters
    ----------
    labels : ndarray of shape (n,)
        Digits to print.

    random : RandomState
        Draws the fonts, their width and their boldness.

    Returns
    -------
    images : ndarray of shape (n, 28, 28), uint8
        Framed as a classifier gets them.
    """
    inks = [255 * _print(int(label), random).astype(np.float32) for label in labels]
    framed = DigitNormalizer(polarity="bright").fit_transform(inks)
    return np.rint(framed).astype(np.uint8).reshape(-1, 28, 28)


def _print(label: int, random: RandomState) -> np.ndarray:
    name = str(random.choice(FONTS))
    face = font(name, SIZE)
    left, top, right, bottom = face.getbbox(str(label))
    picture = Image.new("L", (right - left + 2, bottom - top + 2))
    ImageDraw.Draw(picture).text((1 - left, 1 - top), str(label), 255, face)
    width = max(2, round(picture.width * random.uniform(*WIDTHS)))
    picture = picture.resize((width, picture.height), Image.Resampling.BICUBIC)
    ink = crop(np.asarray(picture) / 255)
    if label == 1 and name in UPRIGHT_FONTS and random.rand() < WITHOUT_FOOT:
        ink = _without_foot(ink)
    return change_thickness(np.pad(ink, 5), random.uniform(*BOLDNESS))


def _without_foot(ink: np.ndarray) -> np.ndarray:
    """Erase what is beside the stem of a 1 at its lower end."""
    height = len(ink)
    stem = (ink[height // 2 : 3 * height // 4] > 0.05).any(axis=0)
    erased = ink.copy()
    erased[3 * height // 4 :, ~stem] = 0
    return erased

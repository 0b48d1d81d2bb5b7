"""Pages of print, without handwriting: letters, rules, frames and dots."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
from numpy.random import RandomState
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage

from synthetic.scans import as_jpeg, expose

_TEXT = """
the form must be filled in and signed by you please write name street city date of
birth on this page Total Sum Price Invoice Order Office use only Thank You Yes No
Signature Account Holder Bank Phone Mobile Country Zip Code Amount Received By quick
brown fox jumps over lazy dog all ill is so go to or if it of loss Bill Soil SIZE BOX
Is zoo Oslo when in the course of human events it becomes necessary for one people and
every effort was made Lieferschein Rechnung Datum Betrag Kundin Adresse Ort Hausnummer
bitte deutlich schreiben Merci beaucoup votre adresse nom AMOUNT DUE PLEASE RETURN THIS
FORM WITH YOUR PAYMENT NAME DATE CITY
"""
WORDS = _TEXT.split()
FONTS = (
    "DejaVuSerif-Bold",
    "DejaVuSerif-BoldItalic",
    "DejaVuSansMono-Bold",
    "DejaVuSans-BoldOblique",
    "STIXGeneralBolIta",
    "cmb10",
    "cmti10",
    "DejaVuSans",
    "STIXGeneral",
)


@cache
def font(name: str, size: int) -> ImageFont.FreeTypeFont:
    import matplotlib

    folder = Path(matplotlib.get_data_path(), "fonts", "ttf")
    return ImageFont.truetype(folder / f"{name}.ttf", size)


def printed_page(
    random: RandomState,
    *,
    size: int = 24,
    n_lines: int = 6,
    n_words: tuple[int, int] = (2, 6),
    fonts: Sequence[str] = FONTS,
    ornaments: bool = True,
    quality: int | None = None,
    rotation: float = 0.0,
    **light: float,
) -> tuple[np.ndarray, int]:
    """Print letters, rules, frames and dots; return a page and how much is on it."""
    width, leading = 26 * size, round(1.9 * size)
    picture = Image.new("L", (width, leading * (n_lines + 2)))
    draw = ImageDraw.Draw(picture)
    n_objects = 0
    for line in range(n_lines):
        top = leading * (line + 1)
        if ornaments and random.rand() < 0.35:
            n_objects += _ornament(draw, random, width, top, size)
            continue
        face = font(str(random.choice(fonts)), round(size * random.uniform(0.8, 1.4)))
        text = " ".join(random.choice(WORDS, size=random.randint(*n_words)))
        draw.text((random.randint(size, 4 * size), top), text, 255, face)
        n_objects += len(text.replace(" ", ""))
    ink = np.asarray(picture, dtype=np.float32) / 255
    if rotation:
        ink = ndimage.rotate(ink, -rotation, order=1).clip(0, 1)
    pixels = expose(ink, random, **light)
    return (pixels if quality is None else as_jpeg(pixels, quality)), n_objects


def _ornament(
    draw: ImageDraw.ImageDraw, random: RandomState, width: int, top: int, size: int
) -> int:
    """Draw a rule, a row of dots, empty frames or bullets; return how many."""
    kind, stroke = random.randint(4), max(1, size // random.randint(8, 20))
    if kind == 0:
        draw.line((size, top + size, width - size, top + size), 255, stroke)
        return 1
    n = random.randint(3, 9)
    for k in range(n):
        left = size * 2 * (k + 1)
        box = (left, top, left + size * 1.2, top + size * 1.3)
        if kind == 1:
            draw.ellipse((left, top + size, left + size / 5, top + size * 1.2), 255)
        elif kind == 2:
            draw.rectangle(box, outline=255, width=stroke)
        else:
            draw.line(
                (left, top + size / 2, left + size * 0.8, top + size / 2), 255, stroke
            )
    return n


PRINTS: dict[str, dict] = {
    "small print": {"size": 16},
    "print": {"size": 26},
    "large print": {"size": 60, "n_words": (1, 4)},
    "print in a photo": {
        "size": 32,
        "texture": 0.012,
        "shade": 0.4,
        "noise": 0.015,
        "blur": 0.8,
        "quality": 50,
        "paper": 0.85,
        "rotation": 1.5,
    },
    "single words": {"size": 40, "n_lines": 2, "n_words": (1, 2), "ornaments": False},
}

"""A picture of many digits and of what was read.

This module imports Pillow, so import it inside functions only.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from skdigits._evaluation.confidence import percent
from skdigits._files import replacing

N_COLUMNS = 12
TILE = 112  # pixels
MARGIN = 12
FONTS = (18, 11)
# Below this confidence the label is orange.
SURE = 0.9


def draw_contact_sheet(
    tiles: Sequence[tuple[dict[str, Any], np.ndarray]], white_level: float
) -> Image.Image:
    """Draw digits in rows, dark on white, with label, confidence and file name.

    Parameters
    ----------
    tiles : sequence of tuple (record, image)
        "file", "label" and "confidence" of each digit, and its pixels of shape (h, w).

    white_level : float
        The brightness of ink in the images.

    Returns
    -------
    sheet : PIL.Image.Image
        In colour.
    """
    label_font, name_font = (ImageFont.load_default(size) for size in FONTS)
    cell_width, cell_height = TILE + MARGIN, TILE + sum(FONTS) + 2 * MARGIN
    n_columns = max(1, min(N_COLUMNS, len(tiles)))
    n_rows = max(1, -(-len(tiles) // N_COLUMNS))
    size = (n_columns * cell_width + MARGIN, n_rows * cell_height + MARGIN)
    sheet = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(sheet)
    for position, (record, image) in enumerate(tiles):
        row, column = divmod(position, N_COLUMNS)
        left, top = MARGIN + column * cell_width, MARGIN + row * cell_height
        sheet.paste(_picture(image, white_level), (left, top))
        draw.rectangle((left, top, left + TILE, top + TILE), outline="silver")
        confidence = record["confidence"]
        sure = "" if confidence is None else f"  {percent(confidence)}"
        colour = "black" if confidence is None or confidence >= SURE else "#c05000"
        top += TILE + 2
        draw.text((left, top), f"{record['label']}{sure}", colour, label_font)
        name = _shorten(Path(record["file"]).name, name_font)
        draw.text((left, top + FONTS[0] + 5), name, "dimgrey", name_font)
    return sheet


def save_contact_sheet(
    path: Path, tiles: Sequence[tuple[dict[str, Any], np.ndarray]], white_level: float
) -> None:
    """Draw a contact sheet into a file, which is replaced.

    Parameters
    ----------
    path : pathlib.Path
        A .png file.

    tiles, white_level
        As of :func:`draw_contact_sheet`.
    """
    with replacing(path) as temporary:
        draw_contact_sheet(tiles, white_level).save(temporary)


def _picture(image: np.ndarray, white_level: float) -> Image.Image:
    grey = 255 - np.clip(np.asarray(image) * (255 / white_level), 0, 255)
    picture = Image.fromarray(np.rint(grey).astype(np.uint8))
    scale = TILE / max(picture.size)
    width, height = (max(1, round(side * scale)) for side in picture.size)
    canvas = Image.new("L", (TILE, TILE), 255)
    resized = picture.resize((width, height), Image.Resampling.NEAREST)
    canvas.paste(resized, ((TILE - width) // 2, (TILE - height) // 2))
    return canvas


def _shorten(name: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont) -> str:
    """Cut out the middle of a name that is wider than a tile; its end counts."""
    name = name.encode(errors="backslashreplace").decode()
    n_cut = 0
    shortened = name
    while font.getlength(shortened) > TILE and n_cut < len(name):
        n_cut += 1
        middle = (len(name) - n_cut) // 2
        shortened = f"{name[:middle]}…{name[middle + n_cut :]}"
    return shortened

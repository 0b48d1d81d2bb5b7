"""From layers of ink to a photo and the label of each of its pixels."""

from io import BytesIO

import numpy as np
from numpy.random import Generator
from PIL import Image
from scipy.ndimage import find_objects, gaussian_filter, label, map_coordinates

from skdigits.reading._labels import Label
from synthetic.labelled.canvas import Canvas
from synthetic.labelled.glyphs import Handwriting
from synthetic.labelled.scenes import SCENES, Scene, add_dark_areas, add_strays

# Side of a crop in pixels, and what is drawn around it, to be turned in.
SIDE, MARGIN = 192, 24
# A digit wins over a rule that crosses it from this share of its strength.
VISIBLE = 0.28
# Standard deviation of the blur in pixels: sharp, soft, and enlarged from 8 pixels.
_BLURS, _SHARES_OF_BLURS = ((0.2, 0.8), (0.8, 1.8), (1.8, 3)), (0.66, 0.27, 0.07)
# So many pages lie on their side or are upside down: nothing on them is read as it
# stands.
SHARE_ON_ITS_SIDE, SHARE_UPSIDE_DOWN = 0.05, 0.06
# So many crops show one digit that fills the picture, or only noise, as strong as this.
SHARE_OF_CLOSE_UPS, SHARE_OF_NOISE, NOISE = 0.05, 0.02, (0.02, 0.12)


def draw_crop(
    handwriting: Handwriting, random: Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Write a page of any kind, and photograph a part of it.

    Parameters
    ----------
    handwriting : Handwriting
        Where digits come from.

    random : Generator
        Draws everything.

    Returns
    -------
    pixels : ndarray of shape (192, 192), uint8
        Dark ink on bright paper.

    labels : ndarray of shape (192, 192), uint8
        Of :class:`~skdigits.reading._labels.Label`.
    """
    canvas = Canvas(SIDE + 2 * MARGIN)
    scene = Scene(canvas, handwriting, random)
    kinds = list(SCENES)
    kinds[random.choice(len(kinds), p=list(SCENES.values()))](scene)
    add_strays(scene)
    add_dark_areas(scene)
    layers = _warp(canvas.layers, random)
    labels = _label(layers, scene)
    pixels = _expose(layers, random)
    share = random.random()
    if share < SHARE_ON_ITS_SIDE + SHARE_UPSIDE_DOWN:
        turns = 2 if share < SHARE_UPSIDE_DOWN else int(random.choice([1, 3]))
        pixels, labels = np.rot90(pixels, turns), np.rot90(labels, turns).copy()
        labels[(labels == Label.DIGIT) | (labels == Label.SIGN)] = Label.WRITING
    elif share > 1 - SHARE_OF_NOISE:
        pixels, labels = _draw_noise(random), np.zeros_like(labels)
    elif share > 1 - SHARE_OF_NOISE - SHARE_OF_CLOSE_UPS:
        pixels, labels = _come_close(pixels, labels, random)
    return np.ascontiguousarray(pixels), np.ascontiguousarray(labels)


def _come_close(
    pixels: np.ndarray, labels: np.ndarray, random: Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Let a digit fill the picture; its edge goes on around, as the reader pads it."""
    pieces, n = label(labels == Label.DIGIT, np.ones((3, 3)))
    if n == 0:
        return pixels, labels
    margin = int(random.uniform(0, 12))
    window = tuple(
        slice(max(side.start - margin, 0), min(side.stop + margin, SIDE))
        for side in find_objects(pieces)[random.integers(n)]
    )
    around = [
        ((SIDE - size) // 2, SIDE - size - (SIDE - size) // 2)
        for size in pixels[window].shape
    ]
    return (
        np.pad(pixels[window], around, mode="edge"),
        np.pad(labels[window], around, mode="edge"),
    )


def _draw_noise(random: Generator) -> np.ndarray:
    """Photograph blank paper with strong noise, enlarged by up to the factor 4."""
    side = round(SIDE / random.uniform(1, 4))
    noise = random.normal(size=(side, side)).astype(np.float32)
    large = Image.fromarray(noise).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
    pixels = random.uniform(0.4, 0.95) + random.uniform(*NOISE) * np.asarray(large)
    return np.rint(255 * pixels.clip(0, 1)).astype(np.uint8)


def _warp(layers: np.ndarray, random: Generator) -> np.ndarray:
    """Turn, shear and bend the middle of the layers, and blur it."""
    y, x = np.mgrid[:SIDE, :SIDE].astype(np.float32) - SIDE / 2
    steepest = 4 if random.random() < 0.8 else 11
    angle, shear = (
        np.radians(random.uniform(-steepest, steepest)),
        random.uniform(-0.06, 0.06),
    )
    bends = random.uniform(-6, 6, 2) * (random.random(2) < 0.4)
    scale, centre = random.uniform(0.95, 1.05), layers.shape[1] / 2
    across = scale * (np.cos(angle) * x - np.sin(angle) * y + shear * y)
    down = scale * (np.sin(angle) * x + np.cos(angle) * y)
    across += centre + bends[0] * ((y / SIDE * 2) ** 2 - 0.3)
    down += centre + bends[1] * ((x / SIDE * 2) ** 2 - 0.3)
    blur = random.uniform(*_BLURS[random.choice(len(_BLURS), p=_SHARES_OF_BLURS)])
    warped = np.zeros((len(layers), SIDE, SIDE), np.float32)
    for kind in range(1, len(layers)):
        if layers[kind].any():
            seen = map_coordinates(
                layers[kind], (down, across), order=1, mode="nearest"
            )
            softness = blur + (random.uniform(0, 1) if kind == Label.DARK else 0)
            warped[kind] = gaussian_filter(seen, softness)
    return warped


def _label(layers: np.ndarray, scene: Scene) -> np.ndarray:
    """Give each pixel the label of the strongest ink; digits come before the rest."""
    others = layers[Label.SIGN :].max(axis=0)
    labels = np.where(
        others > 0.16, layers[Label.SIGN :].argmax(axis=0) + Label.SIGN, 0
    )
    digits = layers[Label.DIGIT]
    is_digit = (digits > VISIBLE * scene.hand.strength) & (digits >= 0.5 * others)
    return np.where(is_digit, Label.DIGIT, labels).astype(np.uint8)


def _expose(layers: np.ndarray, random: Generator) -> np.ndarray:
    """Photograph ink on paper: light, shadow, grain, show-through, noise, JPEG."""
    y, x = np.mgrid[:SIDE, :SIDE].astype(np.float32) / SIDE - 0.5
    ink = 1 - np.prod(1 - 0.96 * layers[1:], axis=0)
    light = (
        random.uniform(0.45, 1) if random.random() < 0.7 else random.uniform(0.85, 1)
    )
    paper = np.full((SIDE, SIDE), light, np.float32)
    if random.random() < 0.6:
        down, right = random.uniform(-0.25, 0.25, 2)
        paper *= (1 + 2 * down * y) * (1 + 2 * right * x)
    if random.random() < 0.2:
        angle, place = random.uniform(0, 2 * np.pi), random.uniform(-0.3, 0.3)
        along = np.cos(angle) * x + np.sin(angle) * y - place
        edge = 1 / (1 + np.exp(-along / random.uniform(0.01, 0.13)))
        deepest = 0.55 if random.random() < 0.6 else 0.85
        paper *= 1 - random.uniform(0.2, deepest) * edge
    if random.random() < 0.1:  # tinted cells or lines, on which one can write
        for _ in range(random.integers(1, 4)):
            top, left = random.integers(-20, SIDE - 10, 2).clip(0)
            down, right = random.integers(15, SIDE, 2)
            paper[top : top + down, left : left + right] *= random.uniform(0.72, 0.97)
    contrast = (
        random.uniform(0.3, 1) if random.random() < 0.5 else random.uniform(0.75, 1)
    )
    pixels = paper * (1 - contrast * ink)
    if random.random() < 0.35:
        grain = gaussian_filter(
            random.normal(size=(SIDE, SIDE)), random.uniform(0.7, 3)
        )
        pixels += grain / grain.std() * random.uniform(0, 0.025)
    if random.random() < 0.15:
        behind = np.roll(
            layers[1:4].sum(axis=0)[:, ::-1], random.integers(SIDE), axis=1
        )
        pixels -= 0.1 * random.uniform(0.2, 1) * behind
    if random.random() < 0.6:
        pixels += random.normal(0, random.uniform(0.002, 0.03), (SIDE, SIDE))
    exposed = np.rint(255 * pixels.clip(0, 1)).astype(np.uint8)
    if random.random() < 0.5:
        file = BytesIO()
        Image.fromarray(exposed).save(file, "JPEG", quality=int(random.uniform(25, 92)))
        exposed = np.asarray(Image.open(file))
    return exposed

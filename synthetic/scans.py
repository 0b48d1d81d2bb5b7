"""Digits as people bring them: cropped, scaled, inverted, photographed, in numbers.

All is drawn from images of single digits, bright ink on black, and a random state.
"""

from dataclasses import dataclass
from io import BytesIO

import numpy as np
from numpy.random import RandomState
from PIL import Image
from scipy import ndimage
from skimage.morphology import skeletonize

from skdigits.datasets import make_numbers

Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class Scan:
    """A picture, and what is written on it.

    Parameters
    ----------
    pixels : ndarray of shape (h, w) or (h, w, 3), uint8
        As a scanner or a camera would give it.

    text : str
        Numbers separated by a space, lines by a newline.

    boxes : ndarray of shape (n, 4)
        (left, top, right, bottom) of each digit, in the order of the text.

    kind : str
        The name of what was done to it, such as a key of OWN_IMAGES or PAGES.
    """

    pixels: np.ndarray
    text: str
    boxes: np.ndarray
    kind: str


# Ink: floats from 0 to 1

# Greys that ink is cut at, to draw each with another pen.
LEVELS = np.linspace(0.1, 0.9, 9)


def crop(ink: np.ndarray) -> np.ndarray:
    if ink.max() <= 0.05:
        return ink
    rows = np.flatnonzero((ink > 0.05).any(axis=1))
    columns = np.flatnonzero((ink > 0.05).any(axis=0))
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def scale(ink: np.ndarray, height: int) -> np.ndarray:
    """Enlarge or reduce smoothly."""
    width = max(2, round(ink.shape[1] * height / ink.shape[0]))
    picture = Image.fromarray(ink.astype(np.float32))
    resized = picture.resize((width, height), Image.Resampling.BICUBIC)
    return np.asarray(resized).clip(0, 1)


def change_pen(ink: np.ndarray, pixels: float) -> np.ndarray:
    """Make strokes so many pixels thicker, or thinner, and keep their greys.

    A pixel of a coarse scan is grey where it is inked in part: in black and white, thin
    strokes would break and holes be filled, which no other pen does.
    """
    return np.mean([change_thickness(ink, pixels, level) for level in LEVELS], axis=0)


def change_thickness(ink: np.ndarray, pixels: float, level: float = 0.5) -> np.ndarray:
    """Make strokes so many pixels thicker, or thinner, but never away.

    What is above the level is ink, all else is paper.
    """
    inside = ink > level
    if not inside.any():
        return ink
    distance = ndimage.distance_transform_edt(inside)
    distance -= ndimage.distance_transform_edt(~inside)
    changed = (distance + pixels / 2 + 0.5).clip(0, 1)
    if pixels < 0:
        line = ndimage.binary_dilation(skeletonize(inside))
        changed = np.maximum(changed, ndimage.gaussian_filter(line.astype(float), 0.5))
    return changed


def lean(ink: np.ndarray, degrees: float, shear: float) -> np.ndarray:
    """Rotate and shear about the centre, without losing corners."""
    pad = round(0.3 * max(ink.shape))
    ink = np.pad(ink, pad)
    angle = np.radians(degrees)
    cosine, sine = np.cos(angle), np.sin(angle)
    matrix = np.array([[cosine, sine], [-sine, cosine]]) @ [[1, 0], [shear, 1]]
    centre = (np.array(ink.shape) - 1) / 2
    turned = ndimage.affine_transform(ink, matrix, centre - matrix @ centre, order=1)
    return crop(turned) if turned.max() > 0.1 else ink


def draw_digit(
    image: np.ndarray, height: int, random: RandomState, *, thickness: float = 0.3
) -> np.ndarray:
    """Draw a digit of a height in pixels, with another pen."""
    ink = scale(crop(image / image.max()), 3 * 28)
    change = random.uniform(-thickness, thickness) * 84 * 0.2
    ink = change_pen(np.pad(ink, 12), change)
    ink = lean(ink, random.uniform(-8, 8), random.uniform(-0.15, 0.15))
    return scale(crop(ink), height)


# Paper and light


def paper_texture(shape: tuple[int, int], strength: float, random: RandomState):
    """Return fibres and grain around 0."""
    grain = random.normal(size=shape)
    mottled = ndimage.gaussian_filter(random.normal(size=shape), 2) * 6
    clouds = ndimage.zoom(
        random.normal(size=(4, 4)), (shape[0] / 4, shape[1] / 4), order=1
    )[: shape[0], : shape[1]]
    clouds = np.pad(
        clouds, [(0, s - c) for s, c in zip(shape, clouds.shape, strict=True)], "edge"
    )
    return strength * (0.5 * grain + 0.5 * mottled + clouds)


def shadow(shape: tuple[int, int], depth: float, random: RandomState) -> np.ndarray:
    """Return the share of light that reaches each pixel: a gradient and an edge."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    angle = random.uniform(0, 2 * np.pi)
    along = np.cos(angle) * x / shape[1] + np.sin(angle) * y / shape[0]
    along = (along - along.min()) / np.ptp(along)
    softness = random.choice([0.02, 0.1, 0.4])
    edge = 1 / (1 + np.exp(-(along - random.uniform(0.3, 0.7)) / softness * 2))
    return (1 - depth * edge) * (1 - 0.5 * depth * along)


def expose(
    ink: np.ndarray,
    random: RandomState,
    *,
    paper: float = 0.92,
    darkness: float = 0.8,
    texture: float = 0.0,
    shade: float = 0.0,
    blur: float = 0.0,
    noise: float = 0.0,
    inverted: bool = False,
) -> np.ndarray:
    """Photograph ink on paper."""
    reflected = paper * (1 - darkness * ink)
    if texture:
        reflected = reflected + paper_texture(ink.shape, texture, random)
    if inverted:
        reflected = 1 - reflected
    if shade:
        reflected = reflected * shadow(ink.shape, shade, random)
    if blur:
        reflected = ndimage.gaussian_filter(reflected, blur)
    if noise:
        reflected = reflected + random.normal(scale=noise, size=ink.shape)
    return np.rint(255 * reflected.clip(0, 1)).astype(np.uint8)


def as_jpeg(pixels: np.ndarray, quality: int) -> np.ndarray:
    file = BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file))


# Single digits


def _place(ink: np.ndarray, random: RandomState, least: float, most: float):
    """Put a digit anywhere on a larger canvas; margins in shares of its height."""
    margins = np.rint(random.uniform(least, most, size=4) * ink.shape[0]).astype(int)
    top, bottom, left, right = margins
    box = (left, top, left + ink.shape[1], top + ink.shape[0])
    return np.pad(ink, ((top, bottom), (left, right))), np.array([box])


def _single(
    random: RandomState,
    image: np.ndarray,
    *,
    heights: tuple[int, int] = (40, 160),
    margins: tuple[float, float] = (0.15, 0.8),
    thickness: float = 0.15,
    quality: int | None = None,
    **light: float,
) -> tuple[np.ndarray, np.ndarray]:
    height = int(np.exp(random.uniform(*np.log(heights))))
    ink = draw_digit(image, height, random, thickness=thickness)
    ink, boxes = _place(ink, random, *margins)
    pixels = expose(ink, random, **light)
    return (pixels if quality is None else as_jpeg(pixels, quality)), boxes


OWN_IMAGES: dict[str, dict] = {
    "cropped": {"margins": (0.0, 0.08)},
    "small": {"heights": (16, 28)},
    "large": {"heights": (300, 900)},
    "thick": {"thickness": 0.0, "pen": 0.55},
    "thin": {"thickness": 0.0, "pen": -0.8},
    "inverted": {"inverted": True, "paper": 0.9},
    "off-centre": {"margins": (0.1, 3.0)},
    "paper": {"texture": 0.025, "noise": 0.02, "paper": 0.8},
    "jpeg": {"quality": 30, "noise": 0.01},
    "shadow": {"shade": 0.55, "noise": 0.01, "paper": 0.85},
    "pencil": {"darkness": 0.3, "texture": 0.008, "noise": 0.01, "paper": 0.85},
    "all": {
        "texture": 0.015,
        "shade": 0.4,
        "noise": 0.015,
        "blur": 0.7,
        "quality": 40,
        "darkness": 0.6,
        "paper": 0.85,
        "thickness": 0.3,
        "margins": (0.1, 1.5),
    },
}


def own_image(kind: str, image: np.ndarray, random: RandomState):
    """Make one image of one digit, as someone might bring it."""
    options = dict(OWN_IMAGES[kind])
    pen = options.pop("pen", None)
    if pen is not None:
        ink = scale(crop(image / image.max()), 84)
        image = change_pen(np.pad(ink, 14), pen * 84 * 0.12)
    return _single(random, image, **options)


def own_images(
    digits: np.ndarray, labels: np.ndarray, kind: str, random: RandomState
) -> list[Scan]:
    scans = []
    for image, label in zip(digits, labels, strict=True):
        pixels, boxes = own_image(kind, image.astype(float), random)
        scans.append(Scan(pixels, str(label), boxes, kind))
    return scans


# Numbers


def page_of_numbers(
    digits: tuple[np.ndarray, np.ndarray],
    random: RandomState,
    *,
    n_lines: int = 3,
    n_digits: tuple[int, int] = (5, 10),
    height: int = 60,
    rotation: float = 0.0,
    spacing: tuple[float, float] = (0.1, 0.3),
    slant: float = 15,
    jitter: float = 0.15,
    rules: tuple[float, float] | None = None,
    rule_strength: float = 0.4,
    quality: int | None = None,
    kind: str = "page",
    **light: float,
) -> Scan:
    """Write numbers below each other, and photograph the page."""
    numbers = make_numbers(
        n_lines,
        digits=digits,
        n_digits=n_digits,
        spacing=spacing,
        slant=slant,
        baseline_jitter=jitter,
        random_state=random,
    )
    size = digits[0].shape[1] * 20 / 28 if digits[0].shape[1] == 28 else 8
    factor = height / size
    lines, boxes, top = [], [], 0
    for image, found in zip(numbers.images, numbers.boxes, strict=True):
        line = scale(image / 255, round(image.shape[0] * factor))
        by = line.shape[0] / image.shape[0]
        indent = random.randint(0, height * 2)
        lines.append(np.pad(line, ((0, round(0.3 * height)), (indent, height))))
        moved = found[:, [1, 0, 3, 2]] * by + [indent, top, indent, top]
        boxes.append(moved)
        top += len(lines[-1])
    width = max(line.shape[1] for line in lines)
    ink = np.vstack(
        [np.pad(line, ((0, 0), (0, width - line.shape[1]))) for line in lines]
    )
    boxes = np.vstack(boxes)
    ink = np.pad(ink, height // 2)
    boxes += height // 2
    if rules is not None:
        ink = np.maximum(ink, rule_strength * _ruled(ink.shape, rules, height))
    if rotation:
        ink, boxes = _turn(ink, boxes, rotation)
    pixels = expose(ink, random, **light)
    if quality is not None:
        pixels = as_jpeg(pixels, quality)
    return Scan(pixels, "\n".join(numbers.target), boxes, kind)


def _ruled(shape: tuple[int, int], apart: tuple[float, float], height: int):
    """Rule paper with lines so many heights apart, across and down; 0 is none."""
    paper = np.zeros(shape)
    for axis, share in enumerate(apart):
        if share:
            places = np.arange(height // 3, shape[axis], round(share * height))
            for offset in range(max(1, height // 30)):
                np.moveaxis(paper, axis, 0)[
                    (places + offset).clip(0, shape[axis] - 1)
                ] = 1
    return paper


def _turn(ink: np.ndarray, boxes: np.ndarray, degrees: float):
    """Rotate a page clockwise; boxes become those around the turned boxes."""
    turned = ndimage.rotate(ink, -degrees, order=1)
    angle = np.radians(degrees)
    rotate = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    old, new = np.array(ink.shape[::-1]) / 2, np.array(turned.shape[::-1]) / 2
    corners = boxes[:, [0, 1, 2, 1, 2, 3, 0, 3]].reshape(-1, 4, 2)
    moved = (corners - old) @ rotate.T + new
    return turned.clip(0, 1), np.hstack([moved.min(axis=1), moved.max(axis=1)])


PAGES: dict[str, dict] = {
    "clean": {},
    "noise": {"noise": 0.06, "paper": 0.85},
    "shadow": {"shade": 0.55, "paper": 0.85, "noise": 0.01},
    "jitter": {"jitter": 0.3, "slant": 25},
    "one line": {"n_lines": 1},
    "small": {"height": 24, "n_lines": 5},
    "large": {"height": 200, "n_lines": 4},
    "rotated": {"rotation": 4},
    "rotated back": {"rotation": -7},
    "white on black": {"inverted": True, "texture": 0.01},
    "pencil": {"darkness": 0.3, "texture": 0.01, "noise": 0.01, "paper": 0.85},
    "ruled": {"rules": (1.4, 0), "noise": 0.01},
    "ruled darkly": {"rules": (1.7, 0), "rule_strength": 0.9, "rotation": 1},
    "squared": {"rules": (0.6, 0.6), "rule_strength": 0.3, "noise": 0.01},
    "touching": {"spacing": (-0.08, 0.02), "slant": 10},
    "photo": {
        "texture": 0.015,
        "shade": 0.45,
        "noise": 0.02,
        "blur": 0.8,
        "quality": 50,
        "darkness": 0.65,
        "paper": 0.85,
        "rotation": 2,
        "n_lines": 5,
    },
}

"""MNIST's digits as others would have drawn, scanned and framed them.

Of an origin of their own: nothing here is what the training of the pretrained network
does to its images.
"""

from collections.abc import Callable
from io import BytesIO

import numpy as np
from PIL import Image, ImageFilter
from skimage.morphology import skeletonize

from skdigits.preprocessing import DigitNormalizer

Framing = Callable[[Image.Image, np.random.Generator], Image.Image]
LARGE = (112, 112)


def _enlarged(digit: Image.Image) -> Image.Image:
    return digit.resize(LARGE, Image.Resampling.BICUBIC)


def _eight_pixels(digit: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Fit it into 8x8 pixels, without a margin."""
    cropped = digit.crop(digit.getbbox())
    sides = np.array(cropped.size)
    size = np.maximum(np.rint(sides * 8 / sides.max()), 1).astype(int)
    small = cropped.resize(tuple(size.tolist()), Image.Resampling.BOX)
    framed = Image.new("L", (8, 8))
    framed.paste(small, tuple(((8 - size) // 2).tolist()))
    return framed


def _thick(digit: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Add a third of a usual stroke's width on either side."""
    return _enlarged(digit).filter(ImageFilter.MaxFilter(9))


def _thin(digit: Image.Image, rng: np.random.Generator) -> Image.Image:
    return _enlarged(digit).filter(ImageFilter.MinFilter(7))


def _thin_pen(digit: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Follow the middle of strokes with a pen a third to three quarters as wide."""
    large = np.asarray(_enlarged(digit)) > 110
    line = Image.fromarray(skeletonize(large)).convert("L")
    return line.filter(ImageFilter.MaxFilter(int(rng.choice([3, 5, 7]))))


def _blurred(digit: Image.Image, rng: np.random.Generator) -> Image.Image:
    return _enlarged(digit).filter(ImageFilter.GaussianBlur(rng.uniform(3, 6)))


def _filling_16_pixels(digit: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Stretch it to 16 pixels and up to as wide, but narrow ones by half at most."""
    cropped = digit.crop(digit.getbbox())
    width = 16 * cropped.width / cropped.height
    stretched = round(min(16, 1.5 * width))
    return cropped.resize((max(stretched, 1), 16), Image.Resampling.BOX)


def _binary(digit: Image.Image, rng: np.random.Generator) -> Image.Image:
    return _enlarged(digit).point(lambda pixel: 255 * (pixel > 127))


def _stretched(digit: Image.Image, rng: np.random.Generator) -> Image.Image:
    width = round(digit.width * rng.uniform(0.75, 1.3))
    return digit.resize((width, digit.height), Image.Resampling.BICUBIC)


def _photographed(digit: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Dark ink on grainy paper, unevenly lit, as a JPEG."""
    ink = np.asarray(_enlarged(digit)) / 255
    y, x = np.indices(ink.shape) / ink.shape[0] - 0.5
    down, right = rng.uniform(-0.2, 0.2, 2)
    light = rng.uniform(190, 240) * (1 + down * y + right * x)
    paper = light * (1 - rng.uniform(0.5, 0.9) * ink)
    grainy = rng.normal(paper, rng.uniform(1, 6))
    file = BytesIO()
    photo = Image.fromarray(grainy.clip(0, 255).astype(np.uint8))
    photo.save(file, "JPEG", quality=int(rng.integers(30, 90)))
    return Image.open(file)


FRAMINGS: dict[str, Framing] = {
    "8 pixels high": _eight_pixels,
    "thick strokes": _thick,
    "thin strokes": _thin,
    "thin pen": _thin_pen,
    "blurred": _blurred,
    "filling 16 pixels": _filling_16_pixels,
    "black and white": _binary,
    "stretched": _stretched,
    "photographed": _photographed,
}


def framed_by_others(
    images: np.ndarray, framing: str, random_state: int = 0
) -> np.ndarray:
    """Change digits, then frame them by DigitNormalizer.

    Parameters
    ----------
    images : ndarray of shape (n, 28, 28), uint8
        Digits of MNIST.

    framing : str
        One of FRAMINGS.

    random_state : int, default=0
        Draws what differs between images.

    Returns
    -------
    framed : ndarray of shape (n, 784), uint8
        Digits as a classifier gets them.
    """
    rng = np.random.default_rng(random_state)
    change = FRAMINGS[framing]
    changed = [change(Image.fromarray(image), rng) for image in images]
    polarity = "dark" if framing == "photographed" else "bright"
    return DigitNormalizer(polarity=polarity).fit_transform(changed)

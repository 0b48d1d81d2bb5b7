"""All images that a report shows, in one picture."""

import io
from base64 import b64encode
from dataclasses import dataclass

import numpy as np

from skdigits._evaluation.evaluate import Evaluation

MAX_IMAGES = 10_000
MAX_BYTES = 3_200_000  # of the picture, so that a page has less than 5 MB
MAX_SIDE = 32  # pixels of an image in the report
N_EXAMPLES = 8  # of each label
_SHOWN_SIDE = 56  # pixels on the page, about


@dataclass(frozen=True)
class Sprite:
    """Small images, side by side in one picture.

    Parameters
    ----------
    rows : ndarray of int
        Which images, in the order in which they stand in the picture: the most
        difficult first.

    examples : ndarray of int
        The first images of each label, which are among them.

    url : str
        The picture, a grey PNG, as a data URL.

    n_greys : int
        How many different greys it has at most.

    width, height : int
        Size of each image, in pixels.

    n_columns : int
        Images in a line of the picture.

    zoom : int
        How many pixels of the page, along each axis, a pixel of an image covers.
    """

    rows: np.ndarray
    examples: np.ndarray
    url: str
    n_greys: int
    width: int
    height: int
    n_columns: int
    zoom: int

    @property
    def n_lines(self) -> int:
        """Lines of images in the picture."""
        return -(-len(self.rows) // self.n_columns)


def grey_limits(images: np.ndarray) -> tuple[float, float]:
    """Return the pixel values that are shown in black and in white.

    Parameters
    ----------
    images : ndarray of shape (n, h, w)
        All of the images.

    Returns
    -------
    black, white : float
        Zero or the least pixel if that is negative; the greatest pixel.
    """
    finite = images if images.dtype.kind in "biu" else images[np.isfinite(images)]
    if finite.size == 0:
        return 0.0, 1.0
    black = min(0.0, float(finite.min()))
    white = float(finite.max())
    return black, white if white > black else black + 1.0


def to_unit(images: np.ndarray, limits: tuple[float, float]) -> np.ndarray:
    """Scale pixels to numbers from 0 (black) to 1 (white).

    Parameters
    ----------
    images : ndarray
        Images of any shape.

    limits : tuple of float
        Limits from `grey_limits`.

    Returns
    -------
    images : ndarray of float64
        Of the same shape; what is not a number is 0.
    """
    black, white = limits
    scaled = (images.astype(np.float64) - black) / (white - black)
    return np.nan_to_num(scaled, nan=0.0).clip(0, 1)


def make_sprite(evaluation: Evaluation) -> Sprite:
    """Choose the images that are shown, and put them into one picture.

    Parameters
    ----------
    evaluation : Evaluation
        Of the classifier.

    Returns
    -------
    sprite : Sprite
        At most `MAX_IMAGES` images: examples of each label, then mistakes, then
        images that were recognized; from all cells of the confusion matrix equally
        many, as far as they have them, and the most difficult of each.
    """
    rows, examples = _choose(evaluation)
    limits = grey_limits(evaluation.images)
    tiles = np.stack([_small(to_unit(evaluation.images[row], limits)) for row in rows])
    n_tiles, height, width = tiles.shape
    n_columns = max(1, round(np.sqrt(n_tiles * height / width)))
    n_lines = -(-n_tiles // n_columns)
    picture = np.zeros((n_lines * n_columns, height, width), np.uint8)
    picture[:n_tiles] = tiles
    picture = picture.reshape(n_lines, n_columns, height, width).swapaxes(1, 2)
    png, n_greys = _encode(picture.reshape(n_lines * height, n_columns * width))
    return Sprite(
        rows=rows,
        examples=examples,
        url=f"data:image/png;base64,{b64encode(png).decode()}",
        n_greys=n_greys,
        width=width,
        height=height,
        n_columns=n_columns,
        zoom=max(1, round(_SHOWN_SIDE / max(height, width))),
    )


def _choose(evaluation: Evaluation) -> tuple[np.ndarray, np.ndarray]:
    order = evaluation.order
    n_labels = len(evaluation.labels)
    cells = evaluation.true * n_labels + evaluation.predicted
    rank_in_cell = np.empty(len(order), np.intp)
    rank_in_cell[order] = _running_count(cells[order])
    is_example = _running_count(evaluation.true) < N_EXAMPLES
    priority = np.lexsort((rank_in_cell, evaluation.is_correct, ~is_example))
    is_chosen = np.zeros(len(order), bool)
    is_chosen[priority[:MAX_IMAGES]] = True
    return order[is_chosen[order]], np.flatnonzero(is_example & is_chosen)


def _running_count(values: np.ndarray) -> np.ndarray:
    """Count, at each place, how many equal values came before."""
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    starts = np.searchsorted(ordered, ordered)
    counts = np.empty(len(values), np.intp)
    counts[order] = np.arange(len(values)) - starts
    return counts


def _small(image: np.ndarray) -> np.ndarray:
    """Return a grey image of at most `MAX_SIDE` pixels along each axis."""
    from PIL import Image

    grey = np.round(image * 255).astype(np.uint8)
    if max(grey.shape) <= MAX_SIDE:
        return grey
    shrink = MAX_SIDE / max(grey.shape)
    height, width = (max(1, round(side * shrink)) for side in grey.shape)
    return np.asarray(
        Image.fromarray(grey).resize((width, height), Image.Resampling.BOX)
    )


def _encode(picture: np.ndarray) -> tuple[bytes, int]:
    """Return a grey picture as PNG of bounded size, and how many greys are left.

    Digits on an even ground keep all 256. Noise cannot be compressed: it is left with
    16 greys or 4, which make half a byte or a quarter of each pixel.
    """
    from PIL import Image

    for n_greys in (256, 16, 4):
        step = 255 // (n_greys - 1)
        # With a palette Pillow stores as many bits of a pixel as are needed.
        image = Image.fromarray(np.round(picture / step).astype(np.uint8))
        image.putpalette(np.repeat(np.arange(n_greys) * step, 3).tolist())
        file = io.BytesIO()
        image.save(file, "PNG")
        if file.tell() <= MAX_BYTES:
            break
    return file.getvalue(), n_greys

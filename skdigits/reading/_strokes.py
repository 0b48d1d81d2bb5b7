"""Pieces of connected ink."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from skdigits.reading._ink import Ink
from skdigits.reading._results import Box, union
from skdigits.reading._rules import find_rules

# Pixels with less than this share of the contrast of the ink around are paper.
INK_SHARE = 0.4
# How far around, as a share of the longer side of the picture.
NEIGHBOURHOOD = 0.06
# Ink of fewer pixels is noise.
LEAST_PIXELS = 6
# Where there are more, as in grain, the largest are looked at, each beside each.
MOST_STROKES = 1000

_EIGHT = np.ones((3, 3), bool)


@dataclass(frozen=True)
class Stroke:
    """A piece of connected ink.

    Parameters
    ----------
    box : tuple (left, top, right, bottom)
        In pixels of the working picture; right and bottom are exclusive.

    mask : ndarray of shape (bottom - top, right - left), bool
        Which pixels of the box are ink of this piece.

    contrast : float
        How strong the ink is: the upper quartile of its pixels.

    whole : Stroke, default=None
        What it was cut off. None means that it is all there is.
    """

    box: Box
    mask: np.ndarray
    contrast: float
    whole: "Stroke | None" = None

    @property
    def width(self) -> int:
        """Width of the box in pixels."""
        return self.box[2] - self.box[0]

    @property
    def height(self) -> int:
        """Height of the box in pixels."""
        return self.box[3] - self.box[1]


def merge(strokes: Sequence[Stroke]) -> Stroke:
    """Make one stroke of several."""
    if len(strokes) == 1:
        return strokes[0]
    box = union([stroke.box for stroke in strokes])
    mask = np.zeros((box[3] - box[1], box[2] - box[0]), bool)
    for stroke in strokes:
        x, y = stroke.box[0] - box[0], stroke.box[1] - box[1]
        mask[y : y + stroke.height, x : x + stroke.width] |= stroke.mask
    contrast = max(stroke.contrast for stroke in strokes)
    return Stroke(box, mask, contrast, _still_cut(strokes))


def _still_cut(strokes: Sequence[Stroke]) -> Stroke | None:
    """Return a stroke that is not whole again when pieces are put together."""
    wholes = {id(stroke.whole): stroke.whole for stroke in strokes if stroke.whole}
    for whole in wholes.values():
        pieces = [stroke.mask.sum() for stroke in strokes if stroke.whole is whole]
        if sum(pieces) < whole.mask.sum():
            return whole
    return None


def draw(stroke: Stroke, contrast: np.ndarray) -> np.ndarray:
    """Cut out the ink of a stroke with its soft rim, without that of others.

    Parameters
    ----------
    stroke : Stroke
        What to cut out.

    contrast : ndarray of shape (h, w)
        Of the working picture.

    Returns
    -------
    image : ndarray of shape (h, w), float32
        Bright ink on black, with a margin.
    """
    left, top, right, bottom = stroke.box
    mask = np.pad(stroke.mask, 2)
    rows = np.clip(np.arange(top - 2, bottom + 2), 0, contrast.shape[0] - 1)
    columns = np.clip(np.arange(left - 2, right + 2), 0, contrast.shape[1] - 1)
    ink = contrast[np.ix_(rows, columns)]
    image = np.where(ndimage.binary_dilation(mask), np.maximum(ink, 0), 0)
    image[[0, -1]] = 0
    image[:, [0, -1]] = 0
    return image.astype(np.float32)


def find_strokes(ink: Ink) -> tuple[list[Stroke], list[Stroke]]:
    """Part ink into connected pieces.

    Parameters
    ----------
    ink : Ink
        The ink on a picture.

    Returns
    -------
    strokes : list of Stroke
        Pieces that are no noise.

    rules : list of Stroke
        Long straight lines, which are cut away from the strokes.
    """
    contrast = ndimage.gaussian_filter(ink.contrast, 0.7, mode="nearest")
    mask = contrast > _threshold(contrast, ink.least)
    rules = find_rules(mask)
    return _connected(mask & ~rules, contrast), _connected(rules, contrast)


def _connected(mask: np.ndarray, contrast: np.ndarray) -> list[Stroke]:
    labels, n = ndimage.label(mask, _EIGHT)
    sizes = np.bincount(labels.ravel(), minlength=n + 1)[1:]
    least = LEAST_PIXELS
    if n > MOST_STROKES:
        least = max(least, np.sort(sizes)[-MOST_STROKES])
    strokes: list[Stroke] = []
    for label, place in enumerate(ndimage.find_objects(labels), start=1):
        if sizes[label - 1] >= least and len(strokes) < MOST_STROKES:
            rows, columns = place
            box = (columns.start, rows.start, columns.stop, rows.stop)
            piece = labels[place] == label
            strength = float(np.quantile(contrast[place][piece], 0.75))
            strokes.append(Stroke(box, piece, strength))
    return strokes


def _threshold(contrast: np.ndarray, least: float) -> np.ndarray:
    """Return a share of the strongest ink in the neighbourhood of each pixel."""
    size = max(3, round(max(contrast.shape) * NEIGHBOURHOOD) | 1)
    strongest = ndimage.maximum_filter(contrast, size=size, mode="nearest")
    strongest = ndimage.uniform_filter(strongest, size=size, mode="nearest")
    return np.maximum(INK_SHARE * strongest, least)

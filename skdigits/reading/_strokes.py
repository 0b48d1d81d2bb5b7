"""Pieces of connected ink, each with the label that most of it has."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from skdigits.reading._labelling import HEIGHT, LabelledPage
from skdigits.reading._labels import Label
from skdigits.reading._masks import connected, dilate
from skdigits.reading._results import Box, union

# A piece no larger than this, in pixels, is one digit, sign or letter, and one that is
# taller than this a drawing; another is of two kinds if this share of it, and so many
# pixels, are of the second.
LARGEST, TALLEST = 1.3 * HEIGHT, 3 * HEIGHT
SHARE_OF_SECOND, PIXELS_OF_SECOND = 0.25, 80

WRITTEN = (Label.DIGIT, Label.SIGN, Label.WRITING)
# A stroke in doubt is a sign if it is so much taller than digits, as "/" and brackets
# mostly are, but no 1, to this power. What is lower than a 1 may be a point.
TALL_SIGN, SURELY, LOWEST_ONE = 1.1 * HEIGHT, 4, 0.7 * HEIGHT


@dataclass(frozen=True)
class Stroke:
    """A piece of connected ink.

    Parameters
    ----------
    box : tuple (left, top, right, bottom)
        In pixels of the labelled page; right and bottom are exclusive.

    mask : ndarray of shape (bottom - top, right - left), bool
        Which pixels of the box are ink of this piece.

    label : Label
        What most of it is.

    share : float
        How much of it is a digit, from 0 to 1.

    whole : Stroke, default=None
        What it was cut off. None means that it is all there is.
    """

    box: Box
    mask: np.ndarray
    label: Label
    share: float
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
    sizes = [np.count_nonzero(stroke.mask) for stroke in strokes]
    share = float(np.average([stroke.share for stroke in strokes], weights=sizes))
    largest = strokes[int(np.argmax(sizes))]
    return Stroke(box, mask, largest.label, share, _still_cut(strokes))


def _still_cut(strokes: Sequence[Stroke]) -> Stroke | None:
    """Return a stroke that is not whole again when pieces are put together."""
    wholes = {id(stroke.whole): stroke.whole for stroke in strokes if stroke.whole}
    for whole in wholes.values():
        pieces = [stroke.mask.sum() for stroke in strokes if stroke.whole is whole]
        if sum(pieces) < whole.mask.sum():
            return whole
    return None


def draw(stroke: Stroke, ink: np.ndarray) -> np.ndarray:
    """Cut out the ink of a stroke with its soft rim, without that of others.

    Parameters
    ----------
    stroke : Stroke
        What to cut out.

    ink : ndarray of shape (h, w), float32
        How much of the paper's light is missing on the labelled page.

    Returns
    -------
    image : ndarray of shape (h, w), float32
        Bright ink on black, with a margin; the strongest is 1.
    """
    left, top, right, bottom = stroke.box
    mask = np.zeros((bottom - top + 4, right - left + 4), bool)
    mask[2:-2, 2:-2] = stroke.mask
    rows = np.clip(np.arange(top - 2, bottom + 2), 0, ink.shape[0] - 1)
    columns = np.clip(np.arange(left - 2, right + 2), 0, ink.shape[1] - 1)
    image = np.where(dilate(mask), ink[np.ix_(rows, columns)], 0)
    image[[0, -1]] = 0
    image[:, [0, -1]] = 0
    # A single pixel says little of how strong a pen is.
    strongest = ndimage.uniform_filter(image, 2).max()
    return (image / max(strongest, 0.02)).clip(0, 1).astype(np.float32)


def find_ink(page: LabelledPage) -> np.ndarray:
    """Return how much of the paper's light is missing, without rules and dark areas."""
    is_other = (page.labels == Label.RULE) | (page.labels == Label.DARK)
    return np.where(is_other, 0, page.missing).clip(0, 1)


def find_strokes(page: LabelledPage) -> list[Stroke]:
    """Part what is written on a page into connected pieces.

    Parameters
    ----------
    page : LabelledPage
        The page.

    Returns
    -------
    strokes : list of Stroke
        Digits, signs and other writing.
    """
    written = page.probabilities[list(WRITTEN)]
    mask = written.sum(axis=0) > 0.5
    strokes: list[Stroke] = []
    for place, piece in connected(mask):
        strokes += _part_kinds(place, piece, written[(slice(None), *place)])
    return strokes


def _part_kinds(
    place: tuple[slice, slice], piece: np.ndarray, written: np.ndarray
) -> Iterator[Stroke]:
    """Yield a connected piece, in parts where digits touch signs or letters."""
    kinds = written.argmax(axis=0)
    counts = np.bincount(kinds[piece], minlength=len(WRITTEN))
    second = np.sort(counts)[-2]
    is_one = max(piece.shape) <= LARGEST or piece.shape[0] > TALLEST
    if is_one or second < max(SHARE_OF_SECOND * counts.sum(), PIXELS_OF_SECOND):
        yield _make_stroke(place, piece, written)
        return
    # Each pixel has the kind of most of those around it.
    around = np.stack([ndimage.uniform_filter(each * piece, 5) for each in written])
    kinds = around.argmax(axis=0)
    for kind in range(len(WRITTEN)):
        for part, inside in connected(piece & (kinds == kind)):
            rows, columns = (
                slice(whole.start + some.start, whole.start + some.stop)
                for whole, some in zip(place, part, strict=True)
            )
            yield _make_stroke((rows, columns), inside, written[(slice(None), *part)])


def _make_stroke(
    place: tuple[slice, slice], piece: np.ndarray, written: np.ndarray
) -> Stroke:
    rows, columns = place
    shares = written[:, piece].sum(axis=1)
    shares = shares / shares.sum()
    box = (columns.start, rows.start, columns.stop, rows.stop)
    is_tall = piece.shape[0] > LOWEST_ONE
    prior = (piece.shape[0] / TALL_SIGN) ** SURELY if is_tall else 1.0
    label = WRITTEN[int((shares * (1.0, prior, 1.0)).argmax())]
    return Stroke(box, piece, label, float(shares[0]))

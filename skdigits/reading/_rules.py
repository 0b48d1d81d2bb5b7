"""Straight lines: of ruled and squared paper, of forms and tables."""

import numpy as np
from scipy import ndimage

# Rules are at least this long, as a share of the picture's longer side, and in
# thicknesses; so much of their length is there, between writing that crosses them.
SHORTEST, SLENDER, COVERED = 0.35, 30, 0.6
# A rule may lean by so much: rows per column.
SLOPES = np.tan(np.radians(np.arange(-6, 7, 2.0)))
# Pieces of rules between crossings are at least this long, as a share of that side.
PIECE = 0.06


def find_rules(mask: np.ndarray) -> np.ndarray:
    """Find straight lines from side to side and from top to bottom.

    Parameters
    ----------
    mask : ndarray of shape (h, w), bool
        Ink.

    Returns
    -------
    rules : ndarray of shape (h, w), bool
        Ink of rules only: not where writing crosses them.
    """
    rules = np.zeros_like(mask)
    for box in ndimage.find_objects(mask.astype(np.uint8)):  # one, or none
        # From even places on, for pixels are looked at in pairs.
        place = tuple(slice(part.start // 2 * 2, part.stop) for part in box)
        inked = mask[place]
        side = max(mask.shape) / 2
        rules[place] = _find_level(inked, side) | _find_level(inked.T, side).T
    return rules


def _find_level(mask: np.ndarray, side: float) -> np.ndarray:
    """Find lines from side to side, of a length in proportion to a side."""
    height, width = mask.shape
    half = _halve(mask)
    if half.any(axis=0).sum() < COVERED * SHORTEST * side:
        return np.zeros_like(mask)
    # Lines that lean out of the picture shall not come in again on the other side.
    margin = int(SLOPES.max() * half.shape[1] / 2) + 1
    half = np.pad(half, ((margin, margin), (0, 0)))
    found = np.zeros_like(half)
    length = max(12, round(PIECE * side))
    for slope in SLOPES:
        found |= _open(half, slope, length)
    if not found.any():
        return np.zeros_like(mask)
    found &= _is_long(found, SHORTEST * side)
    found = found[margin:-margin].repeat(2, axis=0).repeat(2, axis=1)
    rules = found[:height, :width] & mask
    return rules & ~_is_crossed(mask, rules)


def _halve(mask: np.ndarray) -> np.ndarray:
    height, width = mask.shape
    padded = np.pad(mask, ((0, height % 2), (0, width % 2)))
    blocks = padded.reshape(padded.shape[0] // 2, 2, -1, 2)
    return np.any(blocks, axis=(1, 3))


def _open(mask: np.ndarray, slope: float, length: int) -> np.ndarray:
    """Keep what has a length along a slope."""
    rows = np.arange(mask.shape[0])[:, np.newaxis]
    columns = np.arange(mask.shape[1])
    falls = np.rint(slope * (columns - mask.shape[1] / 2)).astype(int)
    level = mask[(rows + falls) % mask.shape[0], columns].astype(np.uint8)
    opened = ndimage.minimum_filter1d(level, length, axis=1, mode="constant")
    opened = ndimage.maximum_filter1d(
        opened, length, axis=1, mode="constant", origin=-1 + length % 2
    )
    return opened[(rows - falls) % mask.shape[0], columns].astype(bool)


def _is_long(found: np.ndarray, shortest: float) -> np.ndarray:
    """Keep lines that are long, also in proportion to their thickness."""
    # Writing that crosses a line parts it.
    closed = ndimage.maximum_filter1d(found.astype(np.uint8), 15, axis=1)
    labels, n = ndimage.label(closed, np.ones((3, 3)))
    if n == 0:
        return found
    pixels = np.bincount(labels[found], minlength=n + 1)
    keep = np.zeros(n + 1, bool)
    for label, place in enumerate(ndimage.find_objects(labels), start=1):
        length = place[1].stop - place[1].start
        piece = found[place] & (labels[place] == label)
        covered = np.count_nonzero(piece.any(axis=0))
        keep[label] = (
            length >= shortest
            and covered >= COVERED * length
            and covered**2 >= SLENDER * pixels[label]
        )
    return keep[labels]


def _is_crossed(mask: np.ndarray, rules: np.ndarray) -> np.ndarray:
    """Tell where writing goes on above and below a rule."""
    others = mask & ~ndimage.binary_dilation(rules, iterations=1)
    thickness = max(2, round(2 * rules.sum() / max(rules.any(axis=0).sum(), 1)))
    reach = min(thickness + 3, 12)
    above = ndimage.maximum_filter1d(
        others.astype(np.uint8), reach, axis=0, origin=reach // 2 - (reach % 2 == 0)
    )
    below = ndimage.maximum_filter1d(
        others.astype(np.uint8), reach, axis=0, origin=-(reach // 2)
    )
    return (above & below).astype(bool)

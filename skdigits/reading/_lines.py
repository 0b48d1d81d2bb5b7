"""Lines of writing: what stands beside what."""

import numpy as np

# Lines lean by at most this many degrees.
STEEPEST = 20.0
# Neighbours in a line are at most this many heights apart.
FURTHEST = 8.0
# They share at least so much of their height.
LEAST_SHARE = 0.35


def estimate_slope(boxes: np.ndarray) -> float:
    """Estimate how far lines fall per pixel to the right.

    Parameters
    ----------
    boxes : ndarray of shape (n, 4)
        (left, top, right, bottom) of things that stand in lines.

    Returns
    -------
    slope : float
        The tangent of the angle; 0 if there is too little to tell.
    """
    x, y, heights = _centres(boxes)
    slopes = []
    for k in range(len(boxes)):
        dx, dy = x - x[k], np.abs(y - y[k])
        alike = (heights < 1.7 * heights[k]) & (heights > heights[k] / 1.7)
        right = alike & (dx > 0.3 * heights[k]) & (dx < 6 * heights[k])
        right &= dy < np.tan(np.radians(STEEPEST)) * dx + 0.1 * heights[k]
        if right.any():
            # Of two or three neighbours, the jitter weighs less on the furthest.
            near = np.flatnonzero(right)[np.argsort(dx[right])[:3]]
            slopes.extend((y[near] - y[k]) / dx[near])
    if len(slopes) < 6:
        return 0.0
    limit = np.tan(np.radians(STEEPEST))
    return float(np.clip(np.median(slopes), -limit, limit))


def _centres(boxes: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    left, top, right, bottom = boxes.T.astype(float)
    return (left + right) / 2, (top + bottom) / 2, bottom - top


def group_lines(boxes: np.ndarray, slope: float) -> list[np.ndarray]:
    """Group what stands side by side.

    Parameters
    ----------
    boxes : ndarray of shape (n, 4)
        (left, top, right, bottom) of pieces of writing.

    slope : float
        How far lines fall per pixel to the right.

    Returns
    -------
    lines : list of ndarray of int
        Indices of the boxes of each line, from left to right; lines from top to bottom.
    """
    if len(boxes) == 0:
        return []
    boxes = boxes.astype(float)
    fall = slope * (boxes[:, 0] + boxes[:, 2]) / 2
    tops, bottoms = boxes[:, 1] - fall, boxes[:, 3] - fall
    # Tall ones first: they say where the line is, small ones join it.
    lines: list[list[int]] = []
    for k in np.argsort(tops - bottoms, kind="stable"):
        best, most = None, LEAST_SHARE
        for line in lines:
            share = _share_in_line(k, line, boxes, tops, bottoms)
            if share > most:
                best, most = line, share
        if best is None:
            lines.append([k])
        else:
            best.append(k)
    ordered = [np.array(sorted(line, key=lambda k: boxes[k, 0])) for line in lines]
    return sorted(ordered, key=lambda line: np.median((tops[line] + bottoms[line]) / 2))


def _share_in_line(
    k: int,
    line: list[int],
    boxes: np.ndarray,
    tops: np.ndarray,
    bottoms: np.ndarray,
) -> float:
    """Return which share of a box's height is within the nearest tall one of a line."""
    members = np.array(line)
    heights = bottoms[members] - tops[members]
    members = members[heights >= heights[0] / 2]  # the first one is the tallest
    gaps = np.maximum(boxes[members, 0] - boxes[k, 2], boxes[k, 0] - boxes[members, 2])
    nearest = members[np.argmin(gaps)]
    if gaps.min() > FURTHEST * (bottoms[nearest] - tops[nearest]):
        return 0.0
    common = min(bottoms[k], bottoms[nearest]) - max(tops[k], tops[nearest])
    return common / max(bottoms[k] - tops[k], 1.0)

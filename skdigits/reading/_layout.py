"""Rows and words of a page, from the boxes of its digits and signs alone.

The page is straightened first. Each box is then linked to its nearest neighbor on the
right, and chains that continue each other are merged. Boxes are sorted first, and all
lengths are divided by the typical height, so that rows do not depend on the order of
boxes, their position and their scale.
"""

import numpy as np

from skdigits.reading._bends import fit_bends

# All lengths are in typical heights of a digit. Unless another source is named, the
# values were chosen on layouts with known rows, drawn as in
# tests/reading/test_layout.py.

# Boxes of these heights carry the rows. Lower ones are signs, taller ones span rows.
LOWEST, TALLEST = 0.5, 1.75
# Standard deviations of what bends a page: the slope of rows, the change of slope and
# of its curvature per height from the center, the sag, and the asymmetry of the sag.
SLOPE, CONVERGENCE, TWIST, SAG, SKEW = 0.36, 0.15, 0.05, 2.0, 1.0
# Largest vertical distance of linked boxes, of merged chains, and of a sign to its row.
LINKED, MERGED, ATTACHED = 0.45, 0.55, 0.8
# Points and commas stand below the middle of a row, signs above it are rare.
SIGN_BELOW = 0.15

# A gap is wide from here on, unless the gaps of the row fall into two groups (numbers
# written widely, as in a table of marks: at most WIDEST between digits of one number).
GAP, WIDEST, GROUPS_APART = 0.75, 1.2, 1.4
# A gap is measured from the cell of a digit: a 1 takes as much room as others.
NARROWEST = 0.4


def find_rows(boxes: np.ndarray) -> list[np.ndarray]:
    """Group boxes that stand side by side.

    It is made for pages within these bounds. The tests draw 40 layouts of each kind
    within them, lines, tables and lattices, and find the rows of all.

    - Rows are at least 1.15 heights apart. Centers of digits differ by up to 0.12
      heights from their row, and heights by up to 20 %.
    - Rows slope by up to 20 degrees, all alike, where each has five or more digits that
      are less than a height apart, or where a single row has ten or more. Sparse tables
      and lattices of single digits slope by up to 5 degrees: their diagonals look like
      rows.
    - Rows sag by up to 2 heights over 20 heights of width; those of sparse tables by
      half a height.
    - Perspective makes one edge of the page up to a quarter shorter than the opposite
      one.
    - Gaps between digits are of any width.
    - Digits of another size than most are at least 3.2 times as large.

    Parameters
    ----------
    boxes : ndarray of shape (n, 4)
        (left, top, right, bottom) of digits and signs, none empty.

    Returns
    -------
    rows : list of ndarray of int
        Indices of the boxes of each row, from left to right; rows from top to bottom.
        Tall boxes that span several rows belong to none. A sign far from all rows is a
        row by itself.
    """
    boxes = np.asarray(boxes, float).reshape(-1, 4)
    if len(boxes) < 2:
        return [np.arange(1)] * len(boxes)
    # Sorted, even rounding does not depend on the order in which boxes come.
    order = np.lexsort(boxes.T[::-1])
    boxes = boxes[order] - np.tile(boxes[:, :2].min(axis=0), 2)
    return [order[row] for row in _group(boxes)]


def typical_height(boxes: np.ndarray) -> float:
    """Return the height of digits, whatever signs and tall things are among them.

    Parameters
    ----------
    boxes : ndarray of shape (n, 4)
        (left, top, right, bottom) of digits and signs; at least one, none empty.

    Returns
    -------
    height : float
        The median of all that are no signs: half as high as the upper quartile.
    """
    heights = boxes[:, 3] - boxes[:, 1]
    tall = np.quantile(heights, 0.75, method="lower")
    heights = heights[heights >= LOWEST * tall]
    return float(np.quantile(heights, 0.5, method="lower"))


def centers(boxes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return x and y of the centers of boxes."""
    return (boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2


def _carries(boxes: np.ndarray) -> np.ndarray:
    """Tell which boxes, in typical heights, are as high as digits."""
    heights = boxes[:, 3] - boxes[:, 1]
    return (heights >= LOWEST) & (heights <= TALLEST)


def _straighten(boxes: np.ndarray) -> np.ndarray:
    """Move boxes up and down so that rows are level."""
    x, y = centers(boxes)
    core = _carries(boxes)
    middle = [(a[core].min() + a[core].max()) / 2 for a in (x, y)]
    width, height = (max(np.ptp(a[core]) / 2, 1.0) for a in (x, y))
    u, v = (x - middle[0]) / width, (y - middle[1]) / height
    # Boxes outside, of another size than most, do not bend further.
    a, b = np.clip(u, -1, 1), np.clip(v, -1, 1)
    terms = np.stack([u, a * b, a * a, a * a * b, a * a * a])
    # The sag of a narrow page is less than that of 20 digits, by the square.
    bow = min(1.0, (width / 10) ** 2)
    spread = [
        SLOPE * width,
        CONVERGENCE * height,
        SAG * bow,
        TWIST * height,
        SKEW * bow,
    ]
    bends = fit_bends(x[core], y[core], terms[:, core], np.array(spread))
    falls = [bend @ terms for bend in bends]
    # Diagonals of a table get nearly as many votes as its rows, but make more chains.
    n_chains = [len(np.unique(_link(x[core], (y - fall)[core]))) for fall in falls]
    down = falls[int(np.argmin(n_chains))]
    return boxes - np.stack([0 * down, down] * 2, axis=1)


def _link(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Chain boxes: each is linked to its nearest one on the right, if that is mutual.

    Returns the label of the chain of each box.
    """
    n = len(x)
    by_y = np.argsort(y, kind="stable")
    low = np.searchsorted(y[by_y], y - LINKED, "right")
    counts = np.searchsorted(y[by_y], y + LINKED, "left") - low
    one = np.repeat(np.arange(n), counts)
    shift = np.repeat(low - np.cumsum(counts) + counts, counts)
    other = by_y[np.arange(len(one)) + shift]
    dx = x[other] - x[one]
    is_right = (dx > 0) | ((dx == 0) & (other > one))
    one, other = one[is_right], other[is_right]
    cost = dx[is_right] + 1.5 * np.abs(y[other] - y[one])
    right, left = _nearest(one, other, cost, n), _nearest(other, one, cost, n)
    labels = np.arange(n)
    for k in np.argsort(x, kind="stable"):
        if left[k] >= 0 and right[left[k]] == k:
            labels[k] = labels[left[k]]
    return labels


def _nearest(
    one: np.ndarray, other: np.ndarray, cost: np.ndarray, n: int
) -> np.ndarray:
    """Return for each of n boxes the other one at the least cost, -1 without any."""
    # Of boxes at one place, the next in order is nearest.
    order = np.lexsort((np.abs(other - one), cost, one))
    keys, starts = np.unique(one[order], return_index=True)
    nearest = np.full(n, -1)
    nearest[keys] = other[order[starts]]
    return nearest


def _group(boxes: np.ndarray) -> list[np.ndarray]:
    """Group boxes; those of another size than most in further rounds."""
    rows: list[np.ndarray] = []
    left_over = np.arange(len(boxes))
    while len(left_over):
        height = typical_height(boxes[left_over])
        some = _straighten(boxes[left_over] / height)
        boxes[left_over] = some * height
        found, rest = _group_alike(some)
        rows.extend(left_over[row] for row in found)
        left_over = left_over[rest]
    x, y = centers(boxes)
    rows = [row[np.argsort(x[row], kind="stable")] for row in rows]
    return sorted(rows, key=lambda row: float(np.median(y[row])))


def _group_alike(boxes: np.ndarray) -> tuple[list[np.ndarray], np.ndarray]:
    """Return the rows of the boxes of typical height, and what is left over."""
    carries = _carries(boxes)
    core, others = np.flatnonzero(carries), np.flatnonzero(~carries)
    x, y = centers(boxes)
    chains = _merge(boxes[core], _link(x[core], y[core]))
    rows = [core[chain] for chain in chains]
    members = [[row] for row in rows]
    rest = []
    levels = np.stack([_course(x[row], y[row], x[others]) for row in rows], axis=1)
    for k, level in zip(others, levels, strict=True):
        height = boxes[k, 3] - boxes[k, 1]
        if height < LOWEST:
            off = np.abs(y[k] - level - SIGN_BELOW)
            spanned = np.flatnonzero(off < ATTACHED)
            spanned = spanned[np.argsort(off[spanned], kind="stable")][:1]
        else:
            gaps = np.array([_gap(boxes[k], boxes[row]) for row in rows])
            is_beside = (np.abs(y[k] - level) < height / 2) & (gaps < 2 * height)
            spanned = np.flatnonzero(is_beside)
        if len(spanned) == 1:
            members[spanned[0]].append(np.array([k]))
        elif not len(spanned):
            rest.append(k)
    return [np.concatenate(some) for some in members], np.array(rest, int)


def _gap(box: np.ndarray, boxes: np.ndarray) -> float:
    """Return how far a box is from the nearest one to the left or right."""
    return float(np.maximum(boxes[:, 0] - box[2], box[0] - boxes[:, 2]).min())


def _course(x: np.ndarray, y: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Return the height of a row, given from left to right, at other places."""
    if len(x) > 2:
        y = np.convolve(np.concatenate([y[:1], y, y[-1:]]), np.full(3, 1 / 3), "valid")
    return np.interp(at, x, y)


def _merge(boxes: np.ndarray, labels: np.ndarray) -> list[np.ndarray]:
    """Merge chains on one level; return the boxes of each from left to right."""
    x, y = centers(boxes)
    order = np.argsort(x, kind="stable")
    while True:
        names, labels = np.unique(labels, return_inverse=True)
        k = np.arange(len(names))
        chains = [order[labels[order] == name] for name in k]
        is_member = (labels == k[:, None]).astype(float)
        n = is_member.sum(axis=1)
        courses = np.stack([_course(x[chain], y[chain], x) for chain in chains])
        off = np.abs(is_member @ (y - courses).T) / n[:, None]
        # The shorter chain is compared with the course of the longer one.
        off[n[:, None] > n] = np.inf
        off = np.minimum(off, off.T)
        np.fill_diagonal(off, np.inf)
        for i, j in zip(*np.nonzero(np.triu(off < MERGED)), strict=True):
            if _clash(boxes[chains[i]], boxes[chains[j]]):
                off[i, j] = off[j, i] = np.inf
        best = off.argmin(axis=1)
        is_mutual = (best[best] == k) & (off[k, best] < MERGED) & (k < best)
        if not is_mutual.any():
            return chains
        k[best[is_mutual]] = np.flatnonzero(is_mutual)
        labels = k[labels]


def _clash(some: np.ndarray, others: np.ndarray) -> bool:
    """Tell whether boxes stand one above the other: half of the narrower one."""
    common = np.minimum.outer(some[:, 2], others[:, 2])
    common -= np.maximum.outer(some[:, 0], others[:, 0])
    width = np.minimum.outer(some[:, 2] - some[:, 0], others[:, 2] - others[:, 0])
    return bool((common > width / 2).any())


def split_words(boxes: np.ndarray, row: np.ndarray) -> list[np.ndarray]:
    """Part a row where the gap is wide.

    Gaps from 0.75 heights are wide. Where the gaps of the row fall into two groups, as
    of numbers whose digits are far apart, only those of the wider group are. Digits
    that are evenly spaced and far apart are one number each.

    Parameters
    ----------
    boxes : ndarray of shape (n, 4)
        (left, top, right, bottom) of digits and signs.

    row : ndarray of int
        Indices of the boxes of a row, from left to right.

    Returns
    -------
    words : list of ndarray of int
        Indices of the boxes of each word, from left to right.
    """
    gaps = gaps_between(boxes, row)
    return cut(row, gaps > wide_gap(gaps))


def cut(row: np.ndarray, is_wide: np.ndarray) -> list[np.ndarray]:
    """Cut a row at some of the gaps between neighbors."""
    return np.split(row, np.flatnonzero(is_wide) + 1)


def gaps_between(boxes: np.ndarray, row: np.ndarray) -> np.ndarray:
    """Return the gaps between neighbors, in heights of the row."""
    some = np.asarray(boxes, float)[row]
    some = some / typical_height(some)
    width = some[:, 2] - some[:, 0]
    lacking = np.maximum(NARROWEST - width, 0) * _carries(some) / 2
    right = np.maximum.accumulate(some[:, 2] + lacking)
    return (some[:, 0] - lacking)[1:] - right[:-1]


def wide_gap(gaps: np.ndarray) -> float:
    """Return from where on a gap parts words."""
    gaps = np.sort(np.maximum(gaps, 0))
    low, high = gaps[:-1], gaps[1:]
    possible = (low <= WIDEST) & (high > GAP)
    # The constant keeps tiny gaps from making any other one wide.
    ratio = np.where(possible, (high + 0.3) / (low + 0.3), 0)
    if ratio.max(initial=0) < GROUPS_APART:
        return GAP
    k = int(ratio.argmax())
    return max(GAP, float(low[k] + high[k]) / 2) if low[k] > GAP else GAP

"""Grids of a page, found in its rules."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.sparse.csgraph import connected_components

from skdigits.reading._curves import Curve, follow, trace
from skdigits.reading._grid import Grid
from skdigits.reading._masks import dilate_by

# Chosen on the rules of `shared/wild`, as those of `_curves`. In heights of a digit:
OVERSHOOT = 0.5  # rules cross that end so far before or beyond each other
SAME = 0.35  # rules nearer to each other are one
LOWEST_ROW = 0.9  # the rows of squared paper are lower
SHORTEST_TICK = 0.4
# Two cells, half as high as a digit, have rules of so many heights, if half is drawn.
LEAST_RULES = 1.75
HIGHEST_TICK = 3.0
LOWEST_COMB = 1.2  # its digits stand higher than the ticks
FEWEST_CELLS = 3  # of a grid; false rules make smaller ones
# As shares:
CROSSED = 0.25  # of the rules of the other direction; others are no part of the grid
SEEN = 0.15  # of the rules between two neighbours; else they part two grids
OPEN_CELL = 0.6  # of a usual cell, by which rules go on where a border is missing
REGULAR = 0.2  # differences of the pitch in a grid that lacks a rule,
MOST = 0.6  # for so many of the cells around
EQUAL = 0.1  # differences of the pitch of a puzzle, but for perspective
UNEVEN = 0.6  # differences of the pitch of a comb
TRACES = 0.15  # of a rule that was not seen as one
MOST_CROSSINGS = 10_000  # of a grid: 60 x 20 cells, each rule seen as two, have 5,000


def find_grids(rules: np.ndarray, height: float) -> list[Grid]:
    """Find the grids that rules make.

    Parameters
    ----------
    rules : ndarray of shape (h, w), bool
        Pixels of rules.

    height : float
        The height of a digit in pixels.

    Returns
    -------
    grids : list of Grid
        From top to bottom. Single boxes, ruled, squared and graph paper are none.
    """
    if np.count_nonzero(rules) < LEAST_RULES * height:
        return []
    near_rule = dilate_by(rules, 2, 2)
    grids = []
    for level, upright in _group(*trace(rules, height), height):
        n_crossings = len(level) * len(upright)
        if n_crossings > MOST_CROSSINGS or _is_squared_paper(level, upright, height):
            continue
        level, upright = _without_doubles(level, upright, height)
        for rows, columns in _split(level, upright):
            corners = _corners(rows, columns, height)
            grid = Grid(_insert_missing(corners, near_rule))
            if grid.shape[1] > 1 and grid.shape[0] * grid.shape[1] >= FEWEST_CELLS:
                grids.append(grid)
    return sorted(grids, key=lambda grid: grid.corners[0, 0, 1])


def _cross(level: list[Curve], upright: list[Curve]) -> tuple[np.ndarray, np.ndarray]:
    """Return x and y where curves cross, for each pair of them."""
    x = np.tile([curve.points[:, 1].mean() for curve in upright], (len(level), 1))
    for _ in range(8):  # slopes are below a half: an error shrinks to a quarter
        y = follow(level, x)
        x = follow(upright, y.T).T
    return x, y


def _places(
    level: list[Curve], upright: list[Curve], height: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return x and y of the crossings.

    Where a rule was not seen, it goes on as its neighbours do.
    """
    x, y = _cross(level, upright)
    return (
        _follow_neighbours(x.T, _is_seen(upright, y.T, height)).T,
        _follow_neighbours(y, _is_seen(level, x, height)),
    )


def _is_seen(curves: list[Curve], places: np.ndarray, height: float) -> np.ndarray:
    """Say which places are not beyond the ends of each curve."""
    reach = OVERSHOOT * height
    start, end = np.array([(c.start - reach, c.end + reach) for c in curves]).T
    return (start[:, None] <= places) & (places <= end[:, None])


def _follow_neighbours(places: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Correct the places of curves (rows) beyond their ends.

    A curve stays as far between its two neighbours as it is where all were seen.
    """
    followed = places.copy()
    for i in range(len(places)):
        both = seen & seen[i]
        n_both = both.sum(axis=1)
        away = np.where(both, places - places[i], 0).sum(axis=1) / n_both.clip(1)
        for j in np.flatnonzero(~seen[i]):
            guides = np.flatnonzero(seen[:, j] & (n_both > 0))
            if len(guides) < 2:
                continue
            nearest = guides[np.abs(away[guides]).argsort()]
            is_beyond = away[nearest] * away[nearest[0]] < 0
            a, b = nearest[0], nearest[is_beyond.argmax() if is_beyond.any() else 1]
            share = away[a] / (away[a] - away[b])
            followed[i, j] = places[a, j] + share * (places[b, j] - places[a, j])
    return followed


def _group(
    level: list[Curve], upright: list[Curve], height: float
) -> Iterator[tuple[list[Curve], list[Curve]]]:
    """Yield the curves that make a grid."""
    if level and upright:
        for rows, columns in _find_blocks(_meets(level, upright, height)):
            yield [level[i] for i in rows], [upright[j] for j in columns]


def _meets(level: list[Curve], upright: list[Curve], height: float) -> np.ndarray:
    """Say which curves cross where both of them were seen."""
    x, y = _cross(level, upright)
    return _is_seen(level, x, height) & _is_seen(upright, y.T, height).T


def _find_blocks(meets: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield rows and columns most of which meet each other."""
    n = len(meets)
    links = np.zeros((sum(meets.shape),) * 2, dtype=bool)
    links[:n, n:] = meets
    count, labels = connected_components(links, directed=False)
    rest = np.zeros_like(meets)
    for label in range(count):
        rows, columns = (np.flatnonzero(of == label) for of in (labels[:n], labels[n:]))
        if len(rows) == 0 or len(columns) == 0 or len(rows) + len(columns) < 3:
            continue
        within = np.ix_(rows, columns)
        in_rows, in_columns = _find_densest(meets[within])
        if in_rows.any() and in_columns.any():
            yield rows[in_rows], columns[in_columns]
            rest[within] = meets[within] & ~in_rows[:, None] & ~in_columns
    if rest.any():
        yield from _find_blocks(rest)


def _find_densest(meets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mark the rows and columns that meet enough of each other.

    A row counts as much as the columns that it meets, and they as much as their rows,
    so that the rest of the page counts little.
    """
    rows = np.ones(len(meets))
    for _ in range(20):
        columns = rows @ meets
        columns /= columns.max()
        rows = meets @ columns
        rows /= rows.max()
    return (
        meets @ columns >= CROSSED * columns.sum(),
        rows @ meets >= CROSSED * rows.sum(),
    )


def _is_squared_paper(level: list[Curve], upright: list[Curve], height: float) -> bool:
    """Say whether the rules are closer to each other than rows of digits are."""
    middles = np.sort([c.points[:, 1].mean() for c in level])
    return len(middles) > 2 and np.median(np.diff(middles)) < LOWEST_ROW * height


def _without_doubles(
    level: list[Curve], upright: list[Curve], height: float
) -> tuple[list[Curve], list[Curve]]:
    """Join the curves that are one rule, and sort them."""
    x, y = _places(level, upright, height)
    return _join(level, y, height), _join(upright, x.T, height)


def _join(curves: list[Curve], places: np.ndarray, height: float) -> list[Curve]:
    least = SAME * height
    kept: dict[int, Curve] = {}
    for i in sorted(range(len(curves)), key=lambda i: -len(curves[i].points)):
        away = {k: places[i] - places[k] for k in kept}
        same = [
            k
            for k, apart in away.items()
            if not ((apart > least / 2).all() or (apart < -least / 2).all())
            or abs(apart.mean()) < least
        ]
        if not same:
            kept[i] = curves[i]
        elif abs(away[same[0]].mean()) < least:
            kept[same[0]] = kept[same[0]].joined(curves[i], height)
    return [kept[i] for i in sorted(kept, key=lambda i: places[i].mean())]


def _split(
    level: list[Curve], upright: list[Curve]
) -> Iterator[tuple[list[Curve], list[Curve]]]:
    """Part grids that stand side by side or one above the other."""
    x, y = _cross(level, upright)
    seen = [c.support(x[i, :-1], x[i, 1:]) for i, c in enumerate(level)]
    columns = _runs(np.mean(seen, axis=0))
    seen = [c.support(y[:-1, j], y[1:, j]) for j, c in enumerate(upright)]
    rows = _runs(np.mean(seen, axis=0))
    if len(rows) == len(columns) == 1:
        yield level, upright
        return
    for top, bottom in rows:
        for left, right in columns:
            if bottom - top > 1 or right - left > 1:
                yield from _split(level[top:bottom], upright[left:right])


def _runs(seen: np.ndarray) -> list[tuple[int, int]]:
    """Return the bounds of the lines that hang together."""
    breaks = (np.flatnonzero(seen < SEEN) + 1).tolist()
    return list(zip([0, *breaks], [*breaks, len(seen) + 1], strict=True))


def _corners(level: list[Curve], upright: list[Curve], height: float) -> np.ndarray:
    """Return the crossings, with those of borders that are missing."""
    x, y = _places(level, upright, height)
    corners = np.stack([x, y], axis=2)
    if nine := _find_puzzle(corners):
        return corners[nine]
    if len(upright) > 1:
        usual = np.median(np.diff(x, axis=1))
        corners = _extend(corners, 1, _reaches(level, x, height), OPEN_CELL * usual)
    if len(level) > 1:
        usual = np.median(np.diff(y, axis=0))
        return _extend(corners, 0, _reaches(upright, y.T, height), OPEN_CELL * usual)
    # A comb: ticks on a base line.
    tick = np.array([np.median([curve.slope for curve in upright]), 1])
    pitches = np.diff(x[0])
    if len(pitches) < FEWEST_CELLS or np.ptp(pitches) > UNEVEN * pitches.mean():
        return corners
    above, _ = _reaches(upright, y.T, height)
    if SHORTEST_TICK * height <= above <= HIGHEST_TICK * height:
        above = max(above, LOWEST_COMB * height)
        return np.concatenate([corners - above * tick, corners])
    return corners


def _reaches(
    curves: list[Curve], places: np.ndarray, height: float
) -> tuple[float, float]:
    """Say how far curves go on before the first and after the last place."""
    gap = OVERSHOOT * height
    reaches = [
        curve.reaches(place[0], place[-1], gap)
        for curve, place in zip(curves, places, strict=True)
    ]
    before, after = np.median(reaches, axis=0)
    return float(before), float(after)


def _extend(
    corners: np.ndarray, axis: int, reaches: tuple[float, float], least: float
) -> np.ndarray:
    """Add a border at the ends of the rules, if they go on for long enough."""
    lines = np.moveaxis(corners, axis, 0)
    parts = [lines]
    for reach, (edge, inner), place in zip(
        reaches, (lines[:2], lines[:-3:-1]), (0, 2), strict=True
    ):
        if reach >= least:
            outwards = (edge - inner) / np.abs(edge - inner)[..., [1 - axis]]
            parts.insert(place, (edge + reach * outwards)[None])
    return np.moveaxis(np.concatenate(parts), 0, axis)


def _insert_missing(corners: np.ndarray, near_rule: np.ndarray) -> np.ndarray:
    """Add rules of which there are only traces, where the pitch is a multiple."""
    for axis in (0, 1):
        if min(corners.shape[:2]) < 2:
            break
        lines = np.moveaxis(corners, axis, 0)
        pitches = np.linalg.norm(np.diff(lines, axis=0), axis=2).mean(axis=1)
        for i in reversed(range(len(pitches))):
            others = np.delete(pitches, i)[max(0, i - 3) : i + 3]
            if len(others) < 3:
                continue
            usual = np.median(others)
            if np.mean(np.abs(others / usual - 1) < REGULAR) < MOST:
                continue
            n_cells = round(pitches[i] / usual)
            shares = np.arange(1, n_cells)[:, None, None] / n_cells
            between = lines[i] + shares * (lines[i + 1] - lines[i])
            is_traced = [_seen_along(line, near_rule) >= TRACES for line in between]
            if all(is_traced) and abs(pitches[i] / usual - n_cells) < REGULAR:
                lines = np.insert(lines, i + 1, between, axis=0)
        corners = np.moveaxis(lines, 0, axis)
    return corners


def _find_puzzle(corners: np.ndarray) -> tuple[slice, slice] | None:
    """Find 9 x 9 equal cells with a frame around them that is no cell."""
    rows, columns = (_find_nine(np.moveaxis(corners, axis, 0)) for axis in (0, 1))
    return (rows, columns) if rows and columns and corners.size > 2 * 10 * 10 else None


def _find_nine(lines: np.ndarray) -> slice | None:
    """Return the bounds of 9 equal cells between lines, if those around differ."""
    pitches = np.linalg.norm(np.diff(lines, axis=0), axis=2).mean(axis=1)
    best, least = None, EQUAL
    for start in range(len(pitches) - 8):
        nine = slice(start, start + 9)
        slope, first = np.polyfit(np.arange(9), pitches[nine], 1)
        expected = first + slope * (np.arange(len(pitches)) - start)
        unequal = np.abs(pitches / expected - 1)
        around = [*unequal[max(start - 1, 0) : start], *unequal[start + 9 : start + 10]]
        if unequal[nine].max() <= least and all(away > EQUAL for away in around):
            best, least = slice(start, start + 10), unequal[nine].max()
    return best


def _seen_along(line: np.ndarray, near_rule: np.ndarray) -> float:
    """Return how much of a line is near a rule, away from where it crosses others."""
    shares = np.linspace(0.3, 0.7, 9)[:, None, None]
    x, y = np.moveaxis(line[:-1] + shares * np.diff(line, axis=0), -1, 0).round()
    h, w = near_rule.shape
    inside = (x >= 0) & (x < w) & (y >= 0) & (y < h)
    return near_rule[y[inside].astype(int), x[inside].astype(int)].sum() / x.size

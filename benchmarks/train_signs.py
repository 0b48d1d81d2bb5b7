"""Fit the scores by which DigitReader names signs, and write them as a table.

python -m benchmarks.train_signs [--n 1000]

Signs are drawn by pens of any width or printed, beside digits 15 to 46 pixels high,
then turned, blurred, scaled so that the digits are 26 pixels high, and thresholded.
Multinomial logistic regression is fitted on one seed; the confusion matrix is that of
another.
"""

import argparse
import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.random import Generator, default_rng
from scipy import ndimage
from sklearn.linear_model import LogisticRegression

from skdigits.reading._labels import Label
from skdigits.reading._signs import (
    UNKNOWN,
    describe_sign,
    group_signs,
    name_features,
    name_sign,
)
from synthetic.labelled.canvas import Canvas
from synthetic.labelled.glyphs import (
    LETTERS,
    PRINTED,
    SIGNS,
    WRITTEN,
    font,
    letter_strokes,
    printed,
    sign_strokes,
)

OUTPUT = Path(__file__).parents[1] / "skdigits/reading/signs.csv"
SCALED_HEIGHT = 26
NAMES = ".,-+/:=%()x*$" + UNKNOWN
# Characters that are printed for a sign, and for none of them.
ALSO_PRINTED = {"-": "-\N{EN DASH}", "x": "x\N{MULTIPLICATION SIGN}"}
OTHERS = "'\"^~;!?<>[]|&#@0123456789" + LETTERS.translate(str.maketrans("", "", "xX"))
SHARE_PRINTED = 0.25
# What is no sign counts less: to refuse a sign is worse than to name a letter.
SHARE_UNKNOWN = 0.6


@dataclass(frozen=True)
class Sign:
    """A sign as the reader finds it.

    Parameters
    ----------
    name : str
        What it is.

    pieces : ndarray of shape (h, w), int
        Connected ink, numbered from 1.

    top, height : float
        Where the row's digits begin in ``pieces``, and how high they seem.
    """

    name: str
    pieces: np.ndarray
    top: float
    height: float

    def boxes(self) -> np.ndarray:
        """Return left, top, right and bottom of each piece."""
        places = ndimage.find_objects(self.pieces)
        return np.array([(x.start, y.start, x.stop, y.stop) for y, x in places])

    def crop(self, group: np.ndarray) -> tuple[np.ndarray, float, float]:
        """Return the mask of some pieces, and what else ``name_sign`` asks for."""
        boxes = self.boxes()[group]
        (left, top), (right, bottom) = (
            boxes[:, :2].min(axis=0),
            boxes[:, 2:].max(axis=0),
        )
        mask = np.isin(self.pieces[top:bottom, left:right], group + 1)
        return mask, top - self.top, self.height


def draw_sign(sign: str, random: Generator) -> Sign:
    """Draw one of ``SIGNS``, or ``?`` for anything else, and photograph it."""
    common = random.random() < 0.7
    height = random.uniform(20, 32) if common else random.uniform(15, 46)
    canvas = Canvas(round(2.8 * height))
    pen = max(1.0, random.uniform(1, 4) * height / SCALED_HEIGHT)
    top = 0.9 * height
    if random.random() < (0.5 if sign == UNKNOWN else SHARE_PRINTED):
        _print(canvas, ALSO_PRINTED.get(sign, sign), height, top, random)
    elif sign == UNKNOWN:
        _draw_other(canvas, height, top, pen, random)
    else:
        if sign in ".,:·":
            pen = max(1.6, pen * random.uniform(0.9, 1.8))
        lines, width = sign_strokes(sign, height, pen, random)
        left = (canvas.side - width) / 2
        moved = [[(left + x, top + y) for x, y in line] for line in lines]
        canvas.draw(Label.SIGN, moved, pen, 1)
    name = "*" if sign == "·" else sign
    return _photograph(name, canvas.layers[Label.SIGN], height, top, random)


def _print(
    canvas: Canvas, characters: str, height: float, top: float, random: Generator
) -> None:
    character = str(
        random.choice(list(OTHERS if characters == UNKNOWN else characters))
    )
    families = [name for name in PRINTED + WRITTEN if _has(name, character)]
    ink, below = printed(character, str(random.choice(families)), height)
    left = (canvas.side - ink.shape[1]) / 2
    canvas.stamp(Label.SIGN, ink, left, top + below, 1)


def _has(family: str, character: str) -> bool:
    """Tell whether a font draws a character, and not the box that stands for none."""
    face = font(family, 40)
    return bytes(face.getmask(character)) != bytes(face.getmask("\U0010fffe"))


def _draw_other(
    canvas: Canvas, height: float, top: float, pen: float, random: Generator
) -> None:
    """Draw a letter, an upright bar, a long rule, or a dot above the middle."""
    kind, middle = random.random(), canvas.side / 2
    if kind < 0.5:
        lines = letter_strokes(height * random.uniform(0.7, 1.1), random)
        width = max(float(np.max(np.asarray(line)[:, 0])) for line in lines)
        place = (middle - width / 2, top + random.uniform(0, 0.3) * height)
        lines = [np.asarray(line) + place for line in lines]
    elif kind < 0.7:
        lean, half = random.uniform(-0.1, 0.1), height * random.uniform(0.3, 0.65)
        y = top + height / 2
        lines = [[(middle - lean * half, y - half), (middle + lean * half, y + half)]]
    elif kind < 0.85:
        half, y = (
            height * random.uniform(0.7, 1.3),
            top + random.uniform(0, 1.2) * height,
        )
        lines = [[(middle - half, y), (middle + half, y)]]
    else:
        y = top + random.uniform(-0.3, 0.15) * height
        down, aside = random.uniform(0, 0.25) * height, random.uniform(-2, 2)
        lines = [[(middle, y), (middle + aside, y + down)]]
    canvas.draw(Label.SIGN, lines, pen, 1)


def _photograph(
    name: str, ink: np.ndarray, height: float, top: float, random: Generator
) -> Sign:
    """Turn, scale and blur a sign, and let its threshold and its row be uncertain."""
    scale, centre = SCALED_HEIGHT / height, ink.shape[0] / 2
    angle = np.radians(random.uniform(-5, 5))
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    side = round(ink.shape[0] * scale)
    offset = centre - turn @ np.full(2, side / 2) / scale
    if scale < 1:
        ink = ndimage.gaussian_filter(ink, 0.4 * (1 / scale - 1))
    seen = ndimage.affine_transform(ink, turn / scale, offset, (side, side), order=1)
    blur = (
        random.uniform(0.2, 0.8) if random.random() < 0.7 else random.uniform(0.8, 1.8)
    )
    seen = ndimage.gaussian_filter(seen, blur)
    seen += random.normal(0, random.uniform(0, 0.04), seen.shape) * (seen > 0.02)
    mask = seen > random.uniform(0.16, 0.5) * seen.max()
    pieces, n = ndimage.label(mask, np.ones((3, 3)))
    sizes = np.bincount(pieces.ravel())
    kept = np.flatnonzero(sizes >= min(3, sizes[1:].max()))
    numbers = np.zeros(n + 1, np.int16)
    numbers[kept[1:]] = np.arange(1, len(kept))
    digits_top = side / 2 + (top - centre) * scale + random.normal(0, 1)
    seen_height = SCALED_HEIGHT * random.uniform(0.92, 1.08)
    return Sign(name, numbers[pieces], digits_top, seen_height)


def draw_signs(n: int, seed: int) -> list[Sign]:
    """Draw so many of each sign, and of what is none."""
    random = default_rng(seed)
    return [draw_sign(sign, random) for sign in (*SIGNS, UNKNOWN) for _ in range(n)]


def largest(sign: Sign) -> np.ndarray:
    """Return the group of pieces with the most ink."""
    sizes = np.bincount(sign.pieces.ravel())[1:]
    groups = group_signs(sign.boxes(), sign.height)
    return max(groups, key=lambda group: sizes[group].sum())


def fit(signs: list[Sign]) -> tuple[list[str], np.ndarray]:
    """Return the names and a column of weights for each."""
    X = np.stack([describe_sign(*sign.crop(largest(sign))) for sign in signs])
    names = np.array([sign.name for sign in signs])
    model = LogisticRegression(C=1, max_iter=500)
    model.fit(X, names, np.where(names == UNKNOWN, SHARE_UNKNOWN, 1))
    weights = model.coef_.T.copy()
    weights[-1] += model.intercept_
    return [str(name) for name in model.classes_], weights


def write(names: list[str], weights: np.ndarray) -> None:
    """Write hundredths."""
    with OUTPUT.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["hundredths", *names])
        for feature, row in zip(name_features(), weights, strict=True):
            table.writerow([feature, *np.rint(100 * row).astype(int)])


def report(signs: list[Sign]) -> None:
    """Print the confusion matrix, and how many signs are named right."""
    matrix = np.zeros((len(NAMES), len(NAMES)), int)
    for sign in signs:
        name, _ = name_sign(*sign.crop(largest(sign)))
        matrix[NAMES.index(sign.name), NAMES.index(name)] += 1
    print("     " + "".join(f"{name:>5}" for name in NAMES))
    for name, row in zip(NAMES, matrix, strict=True):
        right = row[NAMES.index(name)] / row.sum()
        print(f"{name:>5}" + "".join(f"{n or '':>5}" for n in row) + f"  {right:.3f}")
    signs_only = matrix[:-1]
    print(f"signs named right: {np.trace(signs_only) / signs_only.sum():.4f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n", type=int, default=1000, help="drawings of each sign")
    n = parser.parse_args().n
    write(*fit(draw_signs(n, seed=0)))
    report(draw_signs(max(n // 2, 1), seed=1))


if __name__ == "__main__":
    main()

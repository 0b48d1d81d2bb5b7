"""Fit the weights by which DigitReader takes something for a digit, and print them.

python -m benchmarks.fit_reader [--crops N]

A logistic regression on strokes of held-out crops of pages: the log odds of the gate,
and those of the share of its pixels that the network labels as a digit. The result
stands in ``skdigits/reading/_recognizing.py``.
"""

import argparse

import numpy as np
from sklearn.linear_model import LogisticRegression

from benchmarks.train_ink import HELD_OUT_DIGITS, draw_crops
from skdigits.datasets import fetch_mnist
from skdigits.persistence import load_pretrained
from skdigits.reading._labelling import LabelledPage
from skdigits.reading._labels import Label
from skdigits.reading._network import label_pixels
from skdigits.reading._page import LEAST_SHARE
from skdigits.reading._recognizing import Recognizer, log_odds
from skdigits.reading._strokes import find_ink, find_strokes

# Seed of the crops: other ones than those that measure the network of labels.
SEED = 7
# Strokes are wider than this, in heights, where digits touch; those are left out.
WIDEST = 1.2


def seen_in(pixels: np.ndarray, truth: np.ndarray, classifier) -> np.ndarray:
    """Return rows of log odds, of the gate and of the labels, and whether a digit."""
    grey = pixels.astype(np.float32) / 255
    page = LabelledPage(grey, label_pixels(grey))
    strokes = [
        stroke
        for stroke in find_strokes(page)
        if stroke.share >= LEAST_SHARE and stroke.width < WIDEST * stroke.height
    ]
    if not strokes:
        return np.empty((0, 3))
    seen = Recognizer(find_ink(page), classifier)(strokes)
    is_digit = []
    for stroke in strokes:
        left, top, right, bottom = stroke.box
        labels = truth[top:bottom, left:right][stroke.mask]
        is_digit.append(np.mean(labels[labels > 0] == Label.DIGIT) > 0.5)
    shares = np.array([stroke.share for stroke in strokes])
    return np.column_stack([log_odds(seen.gate), log_odds(shares), is_digit])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--crops", type=int, default=500)
    arguments = parser.parse_args()
    X, y = fetch_mnist(subset="train", return_X_y=True)
    held_out = slice(len(X) - HELD_OUT_DIGITS, None)
    crops = draw_crops(
        X[held_out].reshape(-1, 28, 28), y[held_out], arguments.crops, SEED
    )
    classifier = load_pretrained()
    rows = np.vstack([seen_in(*crop, classifier) for crop in zip(*crops, strict=True)])
    odds, is_digit = rows[:, :2], rows[:, 2]
    model = LogisticRegression().fit(odds, is_digit)
    of_gate, of_labels = model.coef_[0]
    print(f"{len(rows):,} strokes, {is_digit.mean():.1%} of them digits")
    print(f"accuracy {model.score(odds, is_digit):.2%}")
    print(f"CONSTANT {model.intercept_[0]:.2f}")
    print(f"OF_GATE {of_gate:.2f}\nOF_LABELS {of_labels:.2f}")


if __name__ == "__main__":
    main()

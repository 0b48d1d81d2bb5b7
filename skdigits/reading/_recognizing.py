"""Candidates, seen by the classifier, by the gate and by the network of labels."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from scipy.special import expit, logit
from sklearn import config_context

from skdigits.persistence.skops import load_shipped
from skdigits.preprocessing import DigitNormalizer
from skdigits.reading._results import Box
from skdigits.reading._shares import Shares
from skdigits.reading._strokes import Stroke, draw

SIDE = 28
# Log odds of a digit: of things that were written, and the weights of what the gate
# and the labels say. A logistic regression on the strokes of 400 held-out crops gives
# 0.3 and 0.4; larger weights keep more of what is sure on whole pages.
PRIOR, OF_GATE, OF_LABELS = 1.0, 0.5, 0.8
# What the share of digits around adds: with that of the page, a third fewer of the
# letters on made pages of print pass for digits, and no fewer digits of shared/wild;
# with that of columns, 965 digits are read on its mark sheets, not 971, of 964.
OF_SHARE, BOUNDS_OF_SHARE = 1.0, (0.02, 0.98)
# Strokes of a picture, their pieces, and what was put together of them; on shared/wild,
# there are up to 600. Each takes a third of a millisecond or more.
MOST_CANDIDATES = 3000


@dataclass(frozen=True)
class Seen:
    """Candidates as they were seen, one row for each.

    Parameters
    ----------
    images : ndarray of shape (n, 28, 28), uint8
        Framed as MNIST's.

    probabilities : ndarray of shape (n, 10), float64
        Of the digits 0 to 9, given that it is one.

    gate : ndarray of shape (n,), float64
        What the gate says: probability that it is one digit at all.

    is_digit : ndarray of shape (n,), float64
        The same probability, given the labels of its pixels, too.
    """

    images: np.ndarray
    probabilities: np.ndarray
    gate: np.ndarray
    is_digit: np.ndarray

    @property
    def scores(self) -> np.ndarray:
        """Probability, from its shape alone, of one digit and of the most probable."""
        return self.gate * self.probabilities.max(axis=1)


class Recognizer:
    """Frames and classifies the strokes of a page, each of them once.

    Parameters
    ----------
    ink : ndarray of shape (h, w), float32
        Of the page.

    classifier : object
        A fitted classifier of 28x28 pixels, from 0 to 255.

    Attributes
    ----------
    shares : Shares
        Which share of what is written around a stroke is digits; at first a half.
    """

    def __init__(self, ink: np.ndarray, classifier: Any):
        self._ink, self._classifier = ink, classifier
        self.shares = Shares(0.5)
        # A stroke is known by its ink, whatever its share of a digit has become: all
        # pieces of one that was cut make the same stroke again.
        self._rows: dict[tuple[Box, bytes], int] = {}
        self._images = np.zeros((0, SIDE, SIDE), np.uint8)
        self._probabilities, self._gate = np.zeros((0, 10)), np.zeros(0)

    def __call__(self, strokes: Sequence[Stroke]) -> Seen:
        """Return what strokes look like.

        Parameters
        ----------
        strokes : sequence of Stroke
            Of the page.

        Returns
        -------
        seen : Seen
            One row for each stroke.

        Raises
        ------
        ValueError
            If the page has too many strokes; none of these was looked at.
        """
        inks = [(stroke.box, stroke.mask.tobytes()) for stroke in strokes]
        new = dict(zip(inks, strokes, strict=True))
        self._add({ink: new[ink] for ink in new if ink not in self._rows})
        rows = np.array([self._rows[ink] for ink in inks], int)
        gate = self._gate[rows]
        shares = np.array([stroke.share for stroke in strokes])
        odds = PRIOR + OF_GATE * log_odds(gate) + OF_LABELS * log_odds(shares)
        odds += OF_SHARE * logit(self.shares(strokes).clip(*BOUNDS_OF_SHARE))
        return Seen(self._images[rows], self._probabilities[rows], gate, expit(odds))

    def _add(self, new: dict[tuple[Box, bytes], Stroke]) -> None:
        if not new:
            return
        n_known = len(self._rows)
        check_candidates(n_known + len(new))
        images = [draw(stroke, self._ink) for stroke in new.values()]
        with config_context(assume_finite=True):  # looking takes as long as framing
            framed = DigitNormalizer(polarity="bright").fit_transform(images)
        X = np.rint(framed).astype(np.uint8)
        probabilities = classify(X, self._classifier)
        gate = load_gate().predict_proba(X)[:, 1].astype(np.float64)
        self._rows.update(zip(new, range(n_known, n_known + len(new)), strict=True))
        self._images = np.concatenate([self._images, X.reshape(-1, SIDE, SIDE)])
        self._probabilities = np.concatenate([self._probabilities, probabilities])
        self._gate = np.concatenate([self._gate, gate])


def check_candidates(n: int) -> None:
    """Refuse a picture of too many things that may be digits.

    Parameters
    ----------
    n : int
        How many there are, or will be.

    Raises
    ------
    ValueError
        If that is more than a page has.
    """
    if n > MOST_CANDIDATES:
        raise ValueError(
            f"The picture has {n:,} strokes and pieces that may be digits; expected at "
            f"most {MOST_CANDIDATES:,}. Crop it to the part with the numbers."
        )


def classify(images: np.ndarray, classifier: Any) -> np.ndarray:
    """Return the probabilities of the digits 0 to 9 for framed images."""
    probabilities = np.zeros((len(images), 10))
    columns = [int(label) for label in classifier.classes_]
    X = np.ascontiguousarray(images).reshape(len(images), -1)
    probabilities[:, columns] = classifier.predict_proba(X)
    return probabilities


def log_odds(probability: np.ndarray) -> np.ndarray:
    """Return the logarithm of the odds, within bounds."""
    return logit(probability.clip(1e-3, 1 - 1e-3))


@cache
def load_gate() -> Any:
    """Load the network that tells digits from all else: classes 0 and 1.

    ``benchmarks/train_gate.py`` trained it, on MNIST's training images and on things
    that are no digits.
    """
    return load_shipped(files(__package__) / "gate.skops")

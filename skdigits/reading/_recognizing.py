"""Candidates, seen by the classifier and by the gate."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from skdigits.persistence.skops import load_shipped
from skdigits.preprocessing import DigitNormalizer

SIDE = 28


@dataclass(frozen=True)
class Seen:
    """Candidates as the classifier and the gate saw them, one row for each.

    Parameters
    ----------
    images : ndarray of shape (n, 28, 28), uint8
        Framed as MNIST's.

    probabilities : ndarray of shape (n, 10), float64
        Of the digits 0 to 9, given that it is one.

    is_digit : ndarray of shape (n,), float64
        Probability that it is one digit at all.
    """

    images: np.ndarray
    probabilities: np.ndarray
    is_digit: np.ndarray

    @property
    def scores(self) -> np.ndarray:
        """Probability that it is one digit, and the most probable one."""
        return self.is_digit * self.probabilities.max(axis=1)

    def take(self, rows: Sequence[int]) -> "Seen":
        """Return what was seen in some candidates."""
        rows = np.asarray(rows, int)
        return Seen(self.images[rows], self.probabilities[rows], self.is_digit[rows])


def look_at(images: Sequence[np.ndarray], classifier: Any) -> Seen:
    """Frame and classify images of ink on black, all at once.

    Parameters
    ----------
    images : sequence of ndarray of shape (h, w)
        Of any sizes.

    classifier : object
        A fitted classifier of 28x28 pixels, from 0 to 255.

    Returns
    -------
    seen : Seen
        One row for each image.
    """
    probabilities = np.zeros((len(images), 10))
    if not len(images):
        return Seen(np.zeros((0, SIDE, SIDE), np.uint8), probabilities, np.zeros(0))
    framed = DigitNormalizer(polarity="bright").fit_transform(list(images))
    X = np.rint(framed).astype(np.uint8)
    columns = [int(label) for label in classifier.classes_]
    probabilities[:, columns] = classifier.predict_proba(X)
    is_digit = load_gate().predict_proba(X)[:, 1].astype(np.float64)
    return Seen(X.reshape(-1, SIDE, SIDE), probabilities, is_digit)


@cache
def load_gate() -> Any:
    """Load the network that tells digits from all else: classes 0 and 1.

    ``benchmarks/train_gate.py`` trained it, on MNIST's training images and on things
    that are no digits.
    """
    return load_shipped(files(__package__) / "gate.skops")

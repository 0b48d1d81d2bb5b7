"""The course of a training: its history, and when it stops early."""

from collections.abc import Mapping, Sequence
from time import perf_counter

import numpy as np


class EarlyStopping:
    """Watches a score, and remembers the weights with which it was best.

    Parameters
    ----------
    n_iter_no_change : int
        Epochs in a row without an improvement after which to stop.

    tol : float
        How much better a score must be to count as an improvement.
    """

    def __init__(self, n_iter_no_change: int, tol: float):
        self._patience = n_iter_no_change
        self._tol = tol
        self._n_without = 0
        self.best_score = -np.inf
        self.best_weights: list[np.ndarray] | None = None

    def update(self, score: float, weights: list[np.ndarray]) -> bool:
        """Take the score of an epoch, and return whether to stop."""
        improved = score > self.best_score + self._tol
        self._n_without = 0 if improved else self._n_without + 1
        if score > self.best_score:
            self.best_score = score
            self.best_weights = weights
        return self._n_without >= self._patience


class Course:
    """History of a training, which watches for early stopping and prints epochs.

    Parameters
    ----------
    history : mapping of str to sequence of float
        Values of the epochs before this training; empty unless it goes on.

    stopping : EarlyStopping
        Takes the scores on the images held out, if there are any.

    verbose : int
        If nonzero, print one line per epoch.
    """

    def __init__(
        self,
        history: Mapping[str, Sequence[float]],
        stopping: EarlyStopping,
        verbose: int,
    ):
        self.history = {name: list(values) for name, values in history.items()}
        self.stopping = stopping
        self.has_stopped = False
        self._verbose = verbose

    def begin_epoch(self) -> None:
        """Start the clock."""
        self._start = perf_counter()
        self._values: dict[str, float] = {}

    def record(self, **values: float) -> None:
        """Add values of the current epoch to the history."""
        self._values |= values
        for name, value in values.items():
            self.history.setdefault(name, []).append(value)

    def record_score(self, score: float, weights: list[np.ndarray]) -> None:
        """Add the score on the images held out, which may stop the training."""
        self.record(validation_score=score)
        self.has_stopped = self.stopping.update(score, weights)

    def lengths(self) -> dict[str, int]:
        """Return how many values of each name there are."""
        return {name: len(values) for name, values in self.history.items()}

    def end_epoch(self) -> None:
        """Print the line of the epoch."""
        if self._verbose:
            seconds = perf_counter() - self._start
            shown = ", ".join(
                f"{name.replace('_', ' ')} {value:.4g}"
                for name, value in self._values.items()
            )
            print(f"Epoch {len(self.history['loss'])}: {shown}, {seconds:.1f} s")

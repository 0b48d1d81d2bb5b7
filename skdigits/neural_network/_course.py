"""The course of a training: its history, and what its validation scores decide."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np

from skdigits.neural_network._schedule import ReduceOnPlateau


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


@dataclass(frozen=True)
class Finished:
    """What there is after an epoch.

    Parameters
    ----------
    weights : list of ndarray
        Those to predict with: the best ones if there is early stopping.

    state : dict or None
        What a training that goes on needs besides, if it may.

    history : dict of lists
        Of the training, which may have gone on since.

    lengths : dict of int
        How many values of each name it had after the epoch.

    has_scores : bool
        Whether there were validation images.

    best : tuple (epoch, score) or None
        Number of the epoch of the weights, and its validation score, if there is
        early stopping.
    """

    weights: list[np.ndarray]
    state: dict[str, Any] | None
    history: Mapping[str, list[float]]
    lengths: Mapping[str, int]
    has_scores: bool
    best: tuple[int, float] | None

    def attributes(self) -> dict[str, Any]:
        """Return what a classifier tells of its training, and goes on from."""
        history = {name: self.history[name][:n] for name, n in self.lengths.items()}
        epoch, score = self.best or (None, None)
        return {
            "history_": history,
            "loss_curve_": history["loss"],
            "n_iter_": len(history["loss"]),
            "validation_scores_": (
                history["validation_score"] if self.has_scores else None
            ),
            "best_validation_score_": score,
            "best_epoch_": epoch,
            **({} if self.state is None else {"_training_state": self.state}),
        }


class Course:
    """History of a training, which obeys its validation scores and prints epochs.

    Parameters
    ----------
    history : mapping of str to sequence of float
        Values of the epochs before this training; empty unless it goes on.

    monitor : {"accuracy", "loss"}
        What of the validation images decides.

    stopping : EarlyStopping or None
        Says when to stop.

    plateau : ReduceOnPlateau or None
        Says when to lower the learning rate.

    verbose : int
        If nonzero, print one line per epoch.
    """

    def __init__(
        self,
        history: Mapping[str, Sequence[float]],
        monitor: str,
        stopping: EarlyStopping | None,
        plateau: ReduceOnPlateau | None,
        verbose: int,
    ):
        self.history = {name: list(values) for name, values in history.items()}
        self.has_stopped = False
        self._monitor = monitor
        self._stopping = stopping
        self._plateau = plateau
        self._verbose = verbose
        self._best: tuple[int, float] | None = None

    def begin_epoch(self, rates: np.ndarray) -> np.ndarray:
        """Start the clock, and return the learning rates of the epoch.

        Parameters
        ----------
        rates : ndarray of shape (n_steps,)
            Those of the schedule.

        Returns
        -------
        rates : ndarray of shape (n_steps,)
            The same, or lower ones on a plateau.
        """
        self._start = perf_counter()
        self._values: dict[str, float] = {}
        return rates if self._plateau is None else self._plateau.lower(rates)

    def record(self, **values: float) -> None:
        """Add values of the current epoch to the history."""
        self._values |= values
        for name, value in values.items():
            self.history.setdefault(name, []).append(value)

    def record_validation(
        self, loss: float, accuracy: float, weights: list[np.ndarray]
    ) -> None:
        """Add loss and accuracy on the validation images; they may end the training."""
        self.record(validation_loss=loss, validation_score=accuracy)
        score = accuracy if self._monitor == "accuracy" else -loss
        if self._plateau is not None:
            self._plateau.update(score)
        if self._stopping is not None:
            self.has_stopped = self._stopping.update(score, weights)
            if self._stopping.best_weights is weights:
                self._best = len(self.history["loss"]), accuracy

    def finish_epoch(
        self, weights: list[np.ndarray], state: dict[str, Any] | None
    ) -> Finished:
        """Print the line of the epoch, and return what there is after it."""
        if self._verbose:
            seconds = perf_counter() - self._start
            shown = ", ".join(
                f"{name.replace('_', ' ')} {value:.4g}"
                for name, value in self._values.items()
            )
            print(f"Epoch {len(self.history['loss'])}: {shown}, {seconds:.1f} s")
        best_weights = self._stopping and self._stopping.best_weights
        return Finished(
            best_weights or weights,
            state,
            self.history,
            {name: len(values) for name, values in self.history.items()},
            "validation_score" in self._values,
            self._best,
        )

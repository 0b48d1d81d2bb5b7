"""Learning rates, step by step."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

WARM_UP = 0.25
START = 0.1
# What a plateau multiplies the learning rate by.
REDUCTION = 0.2


def learning_rates(
    schedule: str, peak: float, n_steps: int, n_epochs: int
) -> Iterator[np.ndarray]:
    """Yield the learning rates of a training, epoch by epoch.

    Parameters
    ----------
    schedule : {"one_cycle", "cosine", "constant", "reduce_on_plateau"}
        "one_cycle" climbs in a line from a tenth of the peak to the peak, for a
        quarter of the steps, then falls along a half cosine to nearly zero [1]_.
        "cosine" falls along a half cosine from the first step on [2]_. The others
        are the peak in all steps; :class:`ReduceOnPlateau` lowers it.

    peak : float
        The largest learning rate.

    n_steps : int
        The number of steps of an epoch.

    n_epochs : int
        The number of epochs, of which early stopping may leave out most.

    Yields
    ------
    rates : ndarray of shape (n_steps,)
        float32, those of an epoch.

    References
    ----------
    .. [1] L. N. Smith and N. Topin, "Super-convergence: very fast training of neural
       networks using large learning rates", arXiv:1708.07120, 2017.
    .. [2] I. Loshchilov and F. Hutter, "SGDR: stochastic gradient descent with warm
       restarts", ICLR 2017.
    """
    for epoch in range(n_epochs):
        # Middles of the steps, so that neither the first nor the last one is idle.
        progress = (epoch * n_steps + np.arange(n_steps) + 0.5) / (n_epochs * n_steps)
        yield (peak * _shares(schedule, progress)).astype(np.float32)


def _shares(schedule: str, progress: np.ndarray) -> np.ndarray:
    """Shares of the peak at some shares of the training."""
    match schedule:
        case "one_cycle":
            climbing = START + (1 - START) * progress / WARM_UP
            falling = _half_cosine(np.pi * (progress - WARM_UP) / (1 - WARM_UP))
            return np.where(progress < WARM_UP, climbing, falling)
        case "cosine":
            return _half_cosine(np.pi * progress)
        case _:
            return np.ones_like(progress)


def _half_cosine(angle: np.ndarray) -> np.ndarray:
    return (1 + np.cos(angle)) / 2


class ReduceOnPlateau:
    """Lowers learning rates to a fifth, each time that a score stops to improve.

    Parameters
    ----------
    n_iter_no_change : int
        Epochs in a row without an improvement after which to stop the training; half
        as many lower the rates.

    tol : float
        How much better a score must be to count as an improvement.

    state : mapping
        That of a former one, to go on; empty for a fresh one.
    """

    def __init__(self, n_iter_no_change: int, tol: float, state: Mapping[str, Any]):
        self._patience = max(1, n_iter_no_change // 2)
        self._tol = tol
        self._best = state.get("best", -np.inf)
        self._n_without = state.get("n_without", 0)
        self._n_reductions = state.get("n_reductions", 0)

    def update(self, score: float) -> None:
        """Take the score of an epoch."""
        improved = score > self._best + self._tol
        self._n_without = 0 if improved else self._n_without + 1
        self._best = max(self._best, score)
        if self._n_without >= self._patience:
            self._n_reductions += 1
            self._n_without = 0

    def lower(self, rates: np.ndarray) -> np.ndarray:
        """Return the rates as they are after the reductions so far."""
        return rates * np.float32(REDUCTION**self._n_reductions)

    def get_state(self) -> dict[str, Any]:
        """Return what another one needs to go on."""
        return {
            "best": self._best,
            "n_without": self._n_without,
            "n_reductions": self._n_reductions,
        }

"""Going on with a training where the one before it ended."""

from numbers import Integral
from typing import Any

import numpy as np


def training_state(
    optimizer: str,
    trainer: Any,
    seed: int | np.random.RandomState | None,
    random_state: np.random.RandomState,
) -> dict[str, Any]:
    """Return what a training that goes on needs beside the weights.

    Parameters
    ----------
    optimizer : str
        Name of the update rule.

    trainer : skdigits.neural_network._keras.Trainer
        With the state of the optimizer.

    seed : int, RandomState instance or None
        The parameter `random_state`.

    random_state : RandomState
        What the training drew from.

    Returns
    -------
    state : dict
        Names, numbers and arrays.
    """
    return {
        "optimizer": optimizer,
        "optimizer_state": trainer.get_optimizer_state(),
        "seed": _number(seed),
        "random": random_state.get_state(legacy=False),
    }


def resume(
    state: dict[str, Any],
    optimizer: str,
    trainer: Any,
    seed: int | np.random.RandomState | None,
    random_state: np.random.RandomState,
) -> None:
    """Put a state into the trainer and the random numbers, as far as it fits.

    Parameters
    ----------
    state : dict
        Of :func:`training_state`; empty if none was kept.

    optimizer, trainer, seed, random_state : object
        As of :func:`training_state`, for the training that begins.
    """
    same_optimizer = state.get("optimizer") == optimizer
    trainer.set_optimizer_state(state["optimizer_state"] if same_optimizer else None)
    if state and state["seed"] == _number(seed) is not None:
        # A seed stands for one stream of numbers, which goes on.
        random_state.set_state(state["random"])


def _number(seed: int | np.random.RandomState | None) -> int | None:
    return int(seed) if isinstance(seed, Integral) else None

"""What a training that goes on needs, besides the weights."""

from numbers import Integral
from typing import Any

import numpy as np
from sklearn.utils import check_random_state

from skdigits.neural_network._built_network import AnyNetwork
from skdigits.neural_network._schedule import ReduceOnPlateau


def start_training(
    estimator: Any, trainer: Any, network: AnyNetwork, continuing: bool
) -> np.random.RandomState:
    """Put weights and moments into the trainer; return what it draws from.

    A training that goes on takes those of the one before, as far as they fit.
    """
    random_state = check_random_state(estimator.random_state)
    trainer.set_white_level(estimator.white_level_)
    if not continuing:
        trainer.set_weights(network.initial_weights(random_state))
        trainer.set_optimizer_state(None)
        return random_state
    trainer.set_weights(estimator.weights_)
    before = getattr(estimator, "_training_state", {})
    same_optimizer = before.get("optimizer") == estimator.optimizer
    trainer.set_optimizer_state(before["optimizer_state"] if same_optimizer else None)
    seed = _seed(estimator)
    if seed is not None and before.get("seed") == seed:
        # A seed stands for one stream of numbers, which goes on.
        random_state.set_state(before["random"])
    return random_state


def start_plateau(estimator: Any, continuing: bool) -> ReduceOnPlateau:
    """Return what lowers the learning rate; a training that goes on keeps it low."""
    before = getattr(estimator, "_training_state", {}) if continuing else {}
    state = before.get("plateau", {})
    if state.get("monitor") != estimator.monitor:
        state = {}  # its best score is of another quantity
    return ReduceOnPlateau(estimator.n_iter_no_change, estimator.tol, state)


def training_state(
    estimator: Any,
    trainer: Any,
    random_state: np.random.RandomState,
    plateau: ReduceOnPlateau | None,
) -> dict[str, Any]:
    """Return the state after an epoch."""
    state = {
        "optimizer": estimator.optimizer,
        "optimizer_state": trainer.get_optimizer_state(),
        "seed": _seed(estimator),
        "random": random_state.get_state(legacy=False),
    }
    if plateau is not None:
        state["plateau"] = {"monitor": estimator.monitor, **plateau.get_state()}
    return state


def _seed(estimator: Any) -> int | None:
    seed = estimator.random_state
    return int(seed) if isinstance(seed, Integral) else None

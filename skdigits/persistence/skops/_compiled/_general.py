"""Checks of what every estimator may be, or hold."""

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator


def is_unshadowed(part: Any) -> bool:
    """Tell whether no attribute of an object has the name of one of its methods.

    What is checked here is that methods check what they are given: such an attribute
    would be called in the place of a method.

    Parameters
    ----------
    part : object
        With a ``__dict__``.

    Returns
    -------
    is_unshadowed : bool
        True if it has none.
    """
    return not any(hasattr(type(part), name) for name in vars(part))


def _random_state_is_sound(random_state: np.random.RandomState) -> bool:
    state = random_state.get_state(legacy=False)["state"]
    return bool(0 <= state["pos"] <= len(state["key"]))


CHECKS = {
    (BaseEstimator,): is_unshadowed,
    (np.random.RandomState,): _random_state_is_sound,
}

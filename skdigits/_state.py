"""Checks of the state that an estimator brings from a file.

An estimator that holds arrays has a method ``_check_state``, which raises a ValueError
that names the attribute if an array is not as `fit` leaves it: methods that run on
compiled code, or that make room for what arrays say, rely on that. `load_model` calls
it for each part of a model. Networks check more, in ``__setstate__``.
"""

from collections.abc import Mapping
from numbers import Integral
from typing import Any

import numpy as np


def check_floats(name: str, array: Any, shape: tuple[int, ...]) -> None:
    """Refuse an array of another shape, or of what is not a finite float.

    Parameters
    ----------
    name : str
        Of the attribute.

    array : object
        What it is.

    shape : tuple of int
        What its shape must be; () stands for a number.

    Raises
    ------
    ValueError
        If it is refused.
    """
    if np.shape(array) != shape:
        raise ValueError(f"{name} has the shape {np.shape(array)} and not {shape}")
    if not (np.asarray(array).dtype.kind == "f" and np.isfinite(array).all()):
        raise ValueError(f"{name} has numbers that are not finite")


def check_integer(name: str, value: Any, least: int, most: int) -> None:
    """Refuse what is not a whole number within bounds.

    Parameters
    ----------
    name : str
        Of the attribute.

    value : object
        What it is.

    least, most : int
        The bounds, both included.

    Raises
    ------
    ValueError
        If it is refused.
    """
    is_integer = isinstance(value, Integral) and not isinstance(value, bool)
    if not (is_integer and least <= int(value) <= most):
        raise ValueError(
            f"{name} must be a whole number from {least} to {most}; got {value!r:.99}"
        )


def has_sound_position(numbers: Mapping[str, Any]) -> bool:
    """Tell whether the next random number is one of those that a state holds.

    Versions of NumPy before 2.5 take any position, and read there.

    Parameters
    ----------
    numbers : mapping
        The state of a bit generator. Not all kinds have a position.

    Returns
    -------
    is_sound : bool
        True if it is.
    """
    places = [
        (numbers["state"].get("pos", 0), numbers["state"].get("key", ())),
        (numbers.get("buffer_pos", 0), numbers.get("buffer", ())),
    ]
    return all(
        isinstance(position, Integral) and 0 <= int(position) <= len(held)
        for position, held in places
    )

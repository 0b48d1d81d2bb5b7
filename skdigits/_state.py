"""Checks of the state that an estimator brings from a file.

An estimator that holds arrays has a method ``_check_state``, which raises a ValueError
that names the attribute if an array is not as `fit` leaves it: methods that run on
compiled code, or that make room for what arrays say, rely on that. `load_model` calls
it for each part of a model. Networks check more, in ``__setstate__``.
"""

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

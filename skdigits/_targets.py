"""Targets of one label for each image."""

import numpy as np
from numpy.typing import ArrayLike


def check_not_one_hot(y: ArrayLike) -> None:
    """Refuse a row for each image in place of a label, and say what to pass.

    Parameters
    ----------
    y : array-like
        Labels, as a user gave them.

    Raises
    ------
    ValueError
        If y has several columns.
    """
    is_list = isinstance(y, list | tuple)
    shape: tuple[int, ...] = np.shape(y) if is_list else getattr(y, "shape", ())
    if len(shape) == 2 and shape[1] > 1:
        raise ValueError(
            "y must be a 1d array, of one label for each image; got an array of shape "
            f"{shape}. If its rows are one-hot, pass y.argmax(axis=1)."
        )

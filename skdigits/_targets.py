"""Targets of one label for each image."""

import numpy as np
from numpy.typing import ArrayLike


def check_targets(y: ArrayLike) -> None:
    """Refuse targets that are not one label for each image, and say what to pass.

    Parameters
    ----------
    y : array-like
        Labels, as a user gave them.

    Raises
    ------
    ValueError
        If y has several columns, or holds both strings and numbers.
    """
    _check_not_one_hot(y)
    _check_one_kind(y)


def _check_not_one_hot(y: ArrayLike) -> None:
    is_list = isinstance(y, list | tuple)
    shape: tuple[int, ...] = np.shape(y) if is_list else getattr(y, "shape", ())
    if len(shape) == 2 and shape[1] > 1:
        raise ValueError(
            "y must be a 1d array, of one label for each image; got an array of shape "
            f"{shape}. If its rows are one-hot, pass y.argmax(axis=1)."
        )


def _check_one_kind(y: ArrayLike) -> None:
    """Refuse strings beside numbers: NumPy makes strings of all, or cannot sort them.

    Lists are looked at before they become arrays, which hides what they held.
    """
    labels = y if isinstance(y, list | tuple) else np.asarray(y)
    if isinstance(labels, np.ndarray) and (labels.dtype != object or labels.ndim != 1):
        return
    examples = {issubclass(type(label), str): label for label in labels}
    if len(examples) == 2:
        raise ValueError(
            "The labels in y must be all strings or all numbers; found both, for "
            f"instance {examples[True]!r} and {examples[False]!r}. To make strings of "
            "all, pass [str(label) for label in y]."
        )

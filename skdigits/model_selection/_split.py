"""Splitting into three parts."""

from itertools import chain
from math import ceil
from numbers import Integral
from typing import Any

import numpy as np
from numpy.random import RandomState
from numpy.typing import ArrayLike
from sklearn.model_selection import train_test_split
from sklearn.utils import check_random_state, indexable

from skdigits._sklearn import (
    Interval,
    RealNotInt,
    num_samples,
    safe_indexing,
    validate_params,
)

_SIZE = [
    Interval(RealNotInt, 0, 1, closed="neither"),
    Interval(Integral, 1, None, closed="left"),
]


@validate_params(
    {
        "val_size": _SIZE,
        "test_size": _SIZE,
        "stratify": ["array-like", None],
        "random_state": ["random_state"],
    },
    prefer_skip_nested_validation=True,
)
def train_val_test_split(
    *arrays: Any,
    val_size: float = 0.2,
    test_size: float = 0.2,
    stratify: ArrayLike | None = None,
    random_state: int | RandomState | None = None,
) -> list[Any]:
    """Split arrays into random parts for training, validation and testing.

    Fit models to the training part, select one by its score on the validation part, and
    estimate its accuracy once, on the test part [1]_.

    Parameters
    ----------
    *arrays : sequence of array-like of shape (n, ...)
        Objects with rows to split: arrays, lists, sparse matrices, pandas or polars
        objects. The same rows are taken from each.

    val_size : float or int, default=0.2
        Size of the validation part: a fraction of all rows, rounded up, or a number of
        rows.

    test_size : float or int, default=0.2
        Size of the test part: a fraction of all rows, rounded up, or a number of rows.
        The remaining rows are for training.

    stratify : array-like of shape (n,), default=None
        Labels whose proportions are kept in each part. None means plain random parts.

    random_state : int, RandomState instance or None, default=None
        Controls the randomness of the split. Pass an int for reproducible output across
        multiple function calls.

    Returns
    -------
    splitting : list, length=3 * len(arrays)
        The training, validation and test part of the first array, then those of the
        second, and so on. Each part has the type of its array.

    Raises
    ------
    ValueError
        If there are no arrays, if they differ in length, if nothing would remain for
        training, if a class of `stratify` has too few rows, or if a parameter is
        invalid.

    See Also
    --------
    sklearn.model_selection.train_test_split : Split arrays into two parts.

    References
    ----------
    .. [1] T. Hastie, R. Tibshirani and J. Friedman, "The Elements of Statistical
       Learning", 2nd edition, section 7.2, Springer, 2009.

    Examples
    --------
    >>> from skdigits.datasets import load_digits
    >>> from skdigits.model_selection import train_val_test_split
    >>> X, y = load_digits(return_X_y=True)
    >>> X_train, X_val, X_test, y_train, y_val, y_test = train_val_test_split(
    ...     X, y, stratify=y, random_state=0
    ... )
    >>> X_train.shape, X_val.shape, X_test.shape
    ((1077, 64), (360, 64), (360, 64))
    """
    if not arrays:
        raise ValueError("train_val_test_split needs at least one array to split.")
    # stratify goes along, so that a wrong length is refused here.
    *arrays, stratify = indexable(*arrays, stratify)
    rows = np.arange(num_samples(arrays[0]))
    n_val, n_test = (_count(size, len(rows)) for size in (val_size, test_size))
    if n_val + n_test >= len(rows):
        raise ValueError(
            f"val_size={val_size} and test_size={test_size} take {n_val} + {n_test} of "
            f"the {len(rows)} rows, so that none remains for training. Make them "
            "smaller."
        )
    random_state = check_random_state(random_state)
    rest, test = _split(rows, n_test, stratify, random_state)
    train, val = _split(rest, n_val, stratify, random_state)
    parts = (train, val, test)
    return list(
        chain.from_iterable(
            (safe_indexing(array, part) for part in parts) for array in arrays
        )
    )


def _count(size: float, n_rows: int) -> int:
    """Return the number of rows that a fraction or a number stands for."""
    # Rounded, because 0.07 * 100 is a little more than 7.
    return int(size) if isinstance(size, Integral) else ceil(round(size * n_rows, 6))


def _split(
    rows: np.ndarray, n_last: int, stratify: Any, random_state: RandomState
) -> list[np.ndarray]:
    labels = None if stratify is None else safe_indexing(stratify, rows)
    return train_test_split(
        rows, test_size=n_last, stratify=labels, random_state=random_state
    )

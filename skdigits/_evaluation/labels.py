"""Comparing labels that come from different places."""

import numpy as np
from numpy.typing import ArrayLike


def number_labels(**groups: ArrayLike) -> tuple[np.ndarray, list[np.ndarray]]:
    """Give each label of all groups one number, in sorted order.

    Parameters
    ----------
    **groups : array-like of shape (n,)
        Labels, by the name that an error calls them.

    Returns
    -------
    labels : ndarray of object
        All labels, sorted.

    numbers : list of ndarray of int
        The places in `labels`, group by group.

    Raises
    ------
    ValueError
        If some are text and others numbers: none of those would ever be equal.
    """
    # As objects, because NumPy would make text of numbers that stand beside text.
    arrays = [np.asarray(group).astype(object) for group in groups.values()]
    try:
        labels, numbers = np.unique(np.concatenate(arrays), return_inverse=True)
    except TypeError as error:
        examples = ", ".join(
            f"{name} holds labels such as {array[0]!r}"
            for name, array in zip(groups, arrays, strict=True)
            if len(array)
        )
        raise ValueError(
            f"Labels of different types are never equal: {examples}. Give all the same "
            "type."
        ) from error
    ends = np.cumsum([len(array) for array in arrays])[:-1]
    return labels, np.split(numbers, ends)

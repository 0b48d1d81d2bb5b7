"""Parts of a model that its file leaves out."""

from collections.abc import Iterable
from copy import deepcopy
from typing import Any

import numpy as np

from skdigits._parts import walk


def copy_without(model: Any, left_out: Iterable[Any]) -> Any:
    """Return a model in which None stands for some of its parts.

    Parameters
    ----------
    model : estimator
        Any.

    left_out : iterable of object
        Parts of it.

    Returns
    -------
    model : estimator
        The same if there are none, and else a copy.
    """
    ids = {id(part) for part in left_out}
    if not ids:
        return model
    # What deepcopy finds in its memo it takes in the place of a copy.
    copied = deepcopy(model, dict.fromkeys(ids))
    for _, part in walk(copied):
        # NumPy copies what is in masked arrays without a memo.
        if isinstance(part, np.ndarray) and part.dtype.hasobject:
            values = np.ma.getdata(part)
            for index, value in np.ndenumerate(values):
                if id(value) in ids:
                    values[index] = None
    return copied

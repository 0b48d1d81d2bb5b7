"""The functions that build networks, which files leave out: they are code."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import numpy as np

from skdigits._parts import walk


def without_builds(model: Any) -> Any:
    """Return a model as it is saved.

    Parameters
    ----------
    model : estimator
        Any.

    Returns
    -------
    model : estimator
        The same, or a copy in which None stands for each function `build` of a
        `KerasClassifier`, also where a search was given it.
    """
    found = list(_builds_in(model))
    if not found:
        return model
    # What deepcopy finds in its memo it takes in the place of a copy.
    copied = deepcopy(model, {id(build): None for build in found})
    ids = set(map(id, found))
    for _, part in walk(copied):
        # NumPy copies what is in masked arrays without a memo.
        if isinstance(part, np.ndarray) and part.dtype.hasobject:
            values = np.ma.getdata(part)
            for index, value in np.ndenumerate(values):
                if id(value) in ids:
                    values[index] = None
    return copied


def _builds_in(model: Any) -> Iterator[Any]:
    from skdigits.neural_network import KerasClassifier

    for _, part in walk(model):
        if isinstance(part, KerasClassifier) and part.build is not None:
            yield part.build
        elif isinstance(part, dict):
            for name, values in part.items():
                if str(name).rpartition("__")[2] == "build":
                    several = isinstance(values, list | tuple)
                    yield from filter(callable, values if several else [values])

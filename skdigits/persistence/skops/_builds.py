"""The functions that build networks, which files leave out: they are code."""

from collections.abc import Iterator
from typing import Any

from skdigits._parts import walk
from skdigits.persistence.skops._left_out import copy_without


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
    return copy_without(model, _builds_in(model))


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

"""Parameters that reach beyond a model: they are set back when it is loaded.

A file must not choose a folder from which pickles are read, nor start processes, nor
say which function is called to build a network.
"""

from collections.abc import Iterator
from inspect import Parameter, signature
from numbers import Number
from types import ModuleType
from typing import Any

import joblib
import numpy as np

from skdigits._parts import Path

# Folders and caches, numbers of processes, whether texts are names of files, functions.
SEARCHED = {"param_grid", "param_distributions"}
RESET = ("memory", "n_jobs", "pre_dispatch", "input", "build")


def reset_parameters(path: Path, part: Any) -> None:
    """Give the parameters that reach beyond a model their defaults.

    Parameters
    ----------
    path : Path
        How Python reaches the part from the model, for the message.

    part : object
        Of a model that was just built.

    Raises
    ------
    ValueError
        If a search would set one of them, or if something other than a number says
        how much is printed.
    """
    if isinstance(part, type | ModuleType) or not hasattr(part, "__dict__"):
        return
    attributes = vars(part)
    for searched in SEARCHED & attributes.keys():
        for name in _names_set(attributes[searched]):
            raise ValueError(
                f"model{path}.{searched} sets {name[:99]!r}, which a loaded model must "
                "not: take it out of the parameters that are searched"
            )
    for name in attributes.keys() & RESET:
        setattr(part, name, _default(type(part), name))
    if "_n_threads" in attributes:  # of clusters
        part._n_threads = joblib.cpu_count()
    if not isinstance(attributes.get("verbose"), Number | np.bool_ | None):
        raise ValueError(f"model{path}.verbose is not a number")


def _names_set(searched: Any) -> Iterator[str]:
    """Yield the parameters that a search would set to more than None.

    What it sets may be the parameters of another search.
    """
    if isinstance(searched, dict):
        for name, values in searched.items():
            is_reset = isinstance(name, str) and name.rpartition("__")[2] in RESET
            is_harmless = isinstance(values, list | tuple) and set(
                map(type, values)
            ) <= {type(None)}
            if is_reset and not is_harmless:
                yield name
            yield from _names_set(values)
    elif isinstance(searched, list | tuple | np.ndarray):
        for values in searched:
            yield from _names_set(values)


def _default(kind: type, name: str) -> Any:
    parameter = signature(kind).parameters.get(name)
    if parameter is None or parameter.default is Parameter.empty:
        return None
    return parameter.default

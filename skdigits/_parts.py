"""The objects within a model, and how Python reaches them."""

from collections.abc import Iterator
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

import numpy as np


def children(value: Any) -> Iterator[tuple[str, Any]]:
    """Go through what an object holds itself.

    Parameters
    ----------
    value : object
        Any.

    Yields
    ------
    name : str
        How Python reaches it from the object: ".estimator_", "[3]", "['C']".

    child : object
        What is there.
    """
    if isinstance(value, dict):
        for key, child in value.items():
            yield f"[{key!r}]", child
    elif isinstance(value, list | tuple | set):
        for index, child in enumerate(value):
            yield f"[{index}]", child
    elif isinstance(value, np.ndarray) and value.dtype.hasobject:
        for index, child in enumerate(value.flat):
            yield f".flat[{index}]", child
    elif hasattr(value, "__dict__") and not isinstance(
        value, type | FunctionType | BuiltinFunctionType | ModuleType
    ):
        for name, child in vars(value).items():
            yield f".{name}", child


def walk(root: Any) -> Iterator[tuple[str, Any]]:
    """Go through an object and all that is in it, each once.

    Parameters
    ----------
    root : object
        Where to begin.

    Yields
    ------
    path : str
        How Python reaches it from the root; "" is the root.

    part : object
        What is there.
    """
    seen = set()
    remaining = [("", root)]
    while remaining:
        path, part = remaining.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        yield path, part
        nested = [(path + name, child) for name, child in children(part)]
        remaining.extend(reversed(nested))


def image_shape_of(model: Any) -> tuple[int, ...] | None:
    """Return the image shape of the first part of a model that knows one.

    Parameters
    ----------
    model : estimator
        Fitted or not.

    Returns
    -------
    image_shape : tuple (h, w) or None
        As Python's integers.
    """
    shapes = (getattr(part, "image_shape_", None) for _, part in walk(model))
    found = next((shape for shape in shapes if shape is not None), None)
    return None if found is None else tuple(int(size) for size in found)

"""The objects within a model, and how Python reaches them."""

from collections.abc import Iterator
from dataclasses import dataclass
from reprlib import Repr
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

import numpy as np

PLAIN = {type(None), bool, int, float, str}
# Characters of a step, such as the key of a dict, and of a whole path that are shown.
MAX_STEP = 100
MAX_PATH = 300
_SHORT = Repr()
_SHORT.maxstring = _SHORT.maxother = _SHORT.maxlong = MAX_STEP


@dataclass(eq=False, slots=True)
class Path:
    """How Python reaches an object: its text is made only where it is shown.

    As texts, the paths of a deep model would take much more memory than the model.

    Parameters
    ----------
    parent : Path or None
        How Python reaches what holds the object; None stands for the root.

    step : str
        How Python reaches the object from there: ".estimator_", "[3]", "['C']".
    """

    parent: "Path | None"
    step: str

    def __str__(self) -> str:
        steps = []
        path: Path | None = self
        n_characters = 0
        while path is not None:
            steps.append(path.step[:MAX_STEP])
            n_characters += len(steps[-1])
            if n_characters > MAX_PATH:
                steps.append("...")
                break
            path = path.parent
        return "".join(reversed(steps))


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
            yield f"[{_SHORT.repr(key)}]", child
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


def walk(root: Any) -> Iterator[tuple[Path, Any]]:
    """Go through an object and all that is in it, each once, but numbers and texts.

    Parameters
    ----------
    root : object
        Where to begin.

    Yields
    ------
    path : Path
        How Python reaches it from the root, which is "".

    part : object
        What is there.
    """
    seen = set()
    remaining = [(Path(None, ""), root)]
    while remaining:
        path, part = remaining.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        yield path, part
        nested = [
            (Path(path, step), child)
            for step, child in children(part)
            if type(child) not in PLAIN
        ]
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

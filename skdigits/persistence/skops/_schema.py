"""The tree of what skops is to build, looked at before anything is built."""

import json
from typing import Any

from skdigits._parts import MAX_STEP, Path
from skdigits.persistence.skops._trusted import TRUSTED_TYPES

SCHEMA = "schema.json"
MAX_BYTES = 32 << 20
# Values and containers in the schema: a network has 2,000, a forest of 1,000 trees
# 350,000. Each takes up to 100 bytes of memory.
MAX_VALUES = 600_000
# Objects, lists, numbers and texts: a forest of 1,000 trees has 57,000, and gradient
# boosting of 140 rounds for 10 classes 96,000. skops takes 20 microseconds for each.
MAX_NODES = 100_000
# skops takes 0.1 ms and 7 kB for each of these; a forest of 1,000 trees has 1,003.
MAX_OBJECTS = 10_000
MAX_DEPTH = 200
# NumPy mixes the pool of seeds in quadratic time; it has 4 by default.
MAX_SEED_POOL = 64
# Of the form of files: skdigits requires a version of skops that writes this one or a
# later one. Those that read earlier forms check less.
LEAST_PROTOCOL = 2
# How skops builds trusted types without calling them with what the file says: a call
# of cohen_kappa_score, for instance, could fill the memory.
UNCALLED = {
    "DTypeNode",
    "DictNode",
    "FunctionNode",
    "MethodNode",
    "ObjectNode",
    "TreeNode",
    "TypeNode",
}


def check_schema(text: bytes) -> dict[str, str]:
    """Look at what skops is to build, as a tree, and name its types.

    Parameters
    ----------
    text : bytes
        What is in schema.json.

    Returns
    -------
    types : dict of str to str
        Names of types, and where each occurs first, as Python would reach it.

    Raises
    ------
    ValueError
        If it is too large or too deep, or not of the form that skops writes.
    """
    n_values = sum(text.count(mark) for mark in (b",", b"[", b"{"))
    if n_values > MAX_VALUES:
        raise ValueError(f"its {SCHEMA} has more than {MAX_VALUES:,} values")
    schema = parse(text)
    if not isinstance(schema, dict):
        raise ValueError(f"its {SCHEMA} is not a JSON object")
    protocol = schema.get("protocol")
    if type(protocol) is not int or protocol < LEAST_PROTOCOL:
        raise ValueError(
            f"its {SCHEMA} is of protocol {protocol!r:.99}, but skdigits reads "
            f"{LEAST_PROTOCOL} and later ones"
        )
    tree = _Tree()
    tree.look(schema, Path(None, "model"), 0)
    return {name: str(path) for name, path in tree.types.items()}


def parse(text: bytes) -> Any:
    """Read JSON.

    Parameters
    ----------
    text : bytes
        Of a bounded size.

    Returns
    -------
    value : object
        What it stands for.

    Raises
    ------
    ValueError
        If it is no JSON, or too deep.
    """
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError(f"its JSON is nested more than {MAX_DEPTH} deep") from None


class _Tree:
    """What is known of the states that were looked at.

    An object that occurs twice is written twice with one id, and skops takes the
    first for both. So states of one id must be equal: else small files could stand
    for trees without end, and what was looked at here would not be what is built.
    """

    def __init__(self) -> None:
        self.types: dict[str, Path] = {}
        self._numbers: dict[tuple, int] = {}
        self._number_of_id: dict[int, int] = {}
        self._n_nodes = 0
        self._n_objects = 0
        self._trusted = frozenset(TRUSTED_TYPES)

    def look(self, value: Any, path: Path, depth: int) -> int:
        """Look at a value and all that is in it; equal values have one number."""
        if not isinstance(value, dict | list):
            return self._number_of((type(value), value))
        if depth > MAX_DEPTH:
            raise ValueError(f"its {SCHEMA} is nested more than {MAX_DEPTH} deep")
        if isinstance(value, list):
            number = self._number_of(
                tuple(
                    self.look(child, Path(path, f"[{index}]"), depth + 1)
                    for index, child in enumerate(value)
                )
            )
        else:
            number = self._look_at_dict(value, path, depth)
        return number

    def _look_at_dict(self, value: dict, path: Path, depth: int) -> int:
        is_state = "__loader__" in value
        if is_state:
            self._check_node(value, path)
        content = []
        for key, child in value.items():
            if not is_state:
                _check_key(key, path)
            # What is written twice has other ids inside, if made for the writing.
            if not (key == "__id__" or (is_state and key == "file")):
                # The path leaves out the words of skops.
                step = path if is_state else Path(path, f".{key[:MAX_STEP]}")
                content.append((key, self.look(child, step, depth + 1)))
        number = self._number_of(tuple(content))
        if "__id__" in value:
            self._check_id(value["__id__"], number, path)
        return number

    def _number_of(self, content: tuple) -> int:
        return self._numbers.setdefault(content, len(self._numbers))

    def _check_id(self, identity: Any, number: int, path: Path) -> None:
        # 1.0 and True would be other texts, but the same object for skops.
        if type(identity) is not int:
            raise ValueError(f"it names an object {identity!r:.99} at {path}")
        if self._number_of_id.setdefault(identity, number) != number:
            raise ValueError(
                f"its {SCHEMA} has different states of one object, at {path}"
            )

    def _check_node(self, node: dict, path: Path) -> None:
        """Look at the form of one object, and count it."""
        name = f"{node.get('__module__')}.{node.get('__class__')}"
        loader = node["__loader__"]
        if name == "numpy.void":
            # Its constructor takes a size, which no bound holds for.
            raise ValueError(f"it holds a numpy.void at {path}")
        if name in self._trusted and loader not in UNCALLED:
            raise ValueError(f"it calls {name} at {path}")
        if loader == "JsonNode" and not _is_scalar(node.get("content")):
            raise ValueError(f"it hides a list or a dict in a text at {path}")
        if loader == "RandomGeneratorNode" and not _has_small_pool(node):
            raise ValueError(
                f"it holds a generator of random numbers at {path} whose pool of seeds "
                f"has not from 1 to {MAX_SEED_POOL} numbers"
            )
        self.types.setdefault(name, path)
        self._n_nodes += 1
        self._n_objects += loader in ("FunctionNode", "ObjectNode")
        if self._n_objects > MAX_OBJECTS or self._n_nodes > MAX_NODES:
            raise ValueError(
                f"it holds more than {MAX_OBJECTS:,} objects, or {MAX_NODES:,} with "
                "all numbers, texts and lists"
            )


def _is_scalar(content: Any) -> bool:
    return isinstance(content, str) and content.lstrip()[:1] not in ("[", "{")


def _has_small_pool(generator: dict) -> bool:
    try:
        size = generator["content"]["seed_seq"]["content"]["pool_size"]
        return 1 <= int(size["content"]) <= MAX_SEED_POOL
    except (KeyError, TypeError, ValueError):  # not of the form that skops writes
        return False


def _check_key(key: str, path: Path) -> None:
    """Refuse a method of the object's own, which Python would call: `__deepcopy__`."""
    if key.startswith("__") and key not in ("__doc__", "__id__"):
        raise ValueError(f"it has an attribute {key[:MAX_STEP]!r} at {path}")

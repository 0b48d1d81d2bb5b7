"""A digest of what a function of TensorFlow computes, whatever its names are."""

import hashlib
from typing import Any

# Attributes of the operations that keep random numbers of their own.
RANDOM = {"seed", "seed2"}


def digest_of(function: Any) -> str:
    """Return a digest of a traced function.

    Parameters
    ----------
    function : tf.types.experimental.ConcreteFunction
        Two of the same operations, in the same order, with the same constants, have the
        same digest; names of layers do not count.

    Returns
    -------
    digest : str
        SHA-256, hexadecimal.

    Raises
    ------
    ValueError
        If the function uses variables that are not handed to it, or draws random
        numbers that no seed reaches.
    """
    graph = function.graph
    definition = graph.as_graph_def()
    library = {item.signature.name: item for item in definition.library.function}
    digest = hashlib.sha256(_digest(definition.node, library, ()))
    for captured, _ in graph.captures:
        if captured.dtype.name == "resource":
            raise ValueError(
                "A layer uses a variable that Keras does not know of. Make it with "
                "add_weight; for random numbers, give a keras.random.SeedGenerator of "
                "the layer to the functions of keras.random."
            )
        digest.update(captured.numpy().tobytes())
    return digest.hexdigest()


def _digest(nodes: Any, library: dict[str, Any], arguments: Any) -> bytes:
    names = {name: f"a{i}" for i, name in enumerate(arguments)}
    names |= {node.name: f"n{i}" for i, node in enumerate(nodes)}
    digest = hashlib.sha256()
    for node in nodes:
        if node.attr.keys() >= RANDOM:
            raise ValueError(
                f"A layer draws random numbers with TensorFlow's {node.op}, which "
                "random_state does not reach. Draw them with keras.random, from a "
                "keras.random.SeedGenerator of the layer."
            )
        digest.update(node.op.encode())
        for given in node.input:
            control = given.startswith("^")
            name, colon, rest = given.removeprefix("^").partition(":")
            digest.update(f"{control} {names[name]}{colon}{rest};".encode())
        for key in sorted(node.attr):
            # Those of TensorFlow's own, such as numbers of gradients, differ each time.
            if not key.startswith("_"):
                digest.update(key.encode() + _attribute(node.attr[key], library))
    return digest.digest()


def _attribute(value: Any, library: dict[str, Any]) -> bytes:
    functions = [value.func] if value.HasField("func") else list(value.list.func)
    if not functions:
        return value.SerializeToString(deterministic=True)
    return b"".join(_function(function.name, library) for function in functions)


def _function(name: str, library: dict[str, Any]) -> bytes:
    if name not in library:
        return name.encode()
    body = library[name]
    arguments = [argument.name for argument in body.signature.input_arg]
    return _digest(body.node_def, library, arguments)

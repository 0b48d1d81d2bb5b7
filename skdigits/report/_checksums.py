"""SHA-256 sums of data and of fitted models."""

import hashlib
from collections.abc import Iterable, Iterator
from types import FunctionType
from typing import Any

import numpy as np

_PLAIN = (type(None), bool, int, float, complex, str, bytes, np.generic)


def checksum(thing: Any) -> str:
    """Return the SHA-256 sum of all that pickle would store of an object.

    The bytes of a pickle would not do: they depend on which equal strings are one
    object, so that a model and its copy from a file have different pickles.

    Parameters
    ----------
    thing : object
        A fitted estimator, an array, a list of them.

    Returns
    -------
    digits : str
        64 hexadecimal ones; equal for a model and its copy from a file that kept
        everything.

    Raises
    ------
    TypeError
        If the object, or one inside it, cannot be pickled.
    """
    digest = hashlib.sha256()
    _feed(digest, thing, frozenset())
    return digest.hexdigest()


def _feed(digest: Any, thing: Any, parents: frozenset[int]) -> None:
    if id(thing) in parents:
        digest.update(b"<parent>")
        return
    inside = parents | {id(thing)}
    if isinstance(thing, _PLAIN):
        _tell(digest, type(thing).__name__, repr(thing))
    elif type(thing) is np.ndarray:
        _feed_array(digest, thing, inside)
    elif isinstance(thing, dict):
        keys = sorted(thing, key=repr)
        _feed_all(
            digest, "dict", [x for key in keys for x in (key, thing[key])], inside
        )
    elif isinstance(thing, list | tuple):
        _feed_all(digest, type(thing).__name__, thing, inside)
    elif isinstance(thing, set | frozenset):
        _feed_all(digest, type(thing).__name__, sorted(thing, key=repr), inside)
    elif isinstance(thing, type | FunctionType):
        _tell(digest, thing.__module__, thing.__qualname__)
    else:
        reduced = thing.__reduce_ex__(4)
        if isinstance(reduced, str):  # the name of a global
            _tell(digest, str(getattr(thing, "__module__", None)), reduced)
        else:
            # What lists and dicts hold comes as iterators.
            parts = [list(p) if isinstance(p, Iterator) else p for p in reduced]
            _feed_all(digest, "object", parts, inside)


def _feed_array(digest: Any, array: np.ndarray, inside: frozenset[int]) -> None:
    _tell(digest, array.dtype.str, str(array.shape))
    if array.dtype.names:  # by field, because there may be gaps between them
        for name in array.dtype.names:
            _tell(digest, "field", name)
            _feed_array(digest, array[name], inside)
    elif array.dtype.hasobject:
        _feed_all(digest, "objects", array.ravel().tolist(), inside)
    else:
        digest.update(np.ascontiguousarray(array).data.cast("B") if array.size else b"")


def _feed_all(
    digest: Any, kind: str, things: Iterable[Any], inside: frozenset[int]
) -> None:
    things = list(things)
    _tell(digest, kind, str(len(things)))
    for thing in things:
        _feed(digest, thing, inside)


def _tell(digest: Any, *texts: str) -> None:
    for text in texts:
        digest.update(f"{len(text)}:{text}".encode())

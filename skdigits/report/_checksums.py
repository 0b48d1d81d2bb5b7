"""SHA-256 sums of data and of fitted models."""

from collections.abc import Iterator
from hashlib import sha256
from pickle import PicklingError
from types import FunctionType
from typing import Any

import numpy as np

_PLAIN = (type(None), bool, int, float, complex, str, bytes, np.generic)
_ARRAYS = (np.ndarray, np.memmap)


def checksum(thing: Any) -> str:
    """Compute a SHA-256 checksum of the state of an object.

    A report contains the checksums of its data and its model. Compare them to check
    whether other data or another model are the same.

    Parameters
    ----------
    thing : object
        Object such as a fitted estimator, an array or a list of them.

    Returns
    -------
    digits : str
        Checksum of 64 hexadecimal digits. It is equal for an object and its copy loaded
        from a file.

    Raises
    ------
    PicklingError, TypeError
        If the object, or one inside it, cannot be pickled. Errors of an object inside
        it are passed on.
    RecursionError
        If objects are nested too deeply.

    See Also
    --------
    write_report : Write a report with checksums.

    Notes
    -----
    The checksum of an array covers its type, its shape and its numbers in C order,
    independently of its memory layout. The checksum of another object covers its type
    and the checksums of its parts. The bytes of a pickle are unsuitable: they depend on
    shared references, so a model and its copy from a file have different pickles.

    Checksums of a model can differ between versions of scikit-learn, which may store
    other attributes.

    Examples
    --------
    >>> from skdigits.datasets import load_digits
    >>> from skdigits.report import checksum
    >>> X = load_digits().data
    >>> checksum(X) == checksum(X.copy())
    True
    >>> checksum(X) == checksum(X[:-1])
    False
    """
    return _digest(thing, {}).hex()


def _digest(thing: Any, known: dict[int, tuple[bytes, Any]]) -> bytes:
    """Sum up a thing; each object once, however often it is found."""
    if isinstance(thing, _PLAIN):
        return _sum(type(thing).__name__, repr(thing).encode())
    if id(thing) not in known:
        # With the thing, which must live on for its number to stay its own.
        known[id(thing)] = b"inside itself", thing
        known[id(thing)] = _digest_parts(thing, known), thing
    return known[id(thing)][0]


def _digest_parts(thing: Any, known: dict[int, tuple[bytes, Any]]) -> bytes:
    def digests(things: Any) -> list[bytes]:
        return [_digest(part, known) for part in things]

    kind = type(thing)
    if kind in _ARRAYS and thing.dtype.hasobject:
        return _sum(f"objects {thing.shape}", *digests(thing.ravel().tolist()))
    if kind in _ARRAYS and thing.dtype.names:  # between the fields may be gaps
        fields = [thing[name] for name in thing.dtype.names]
        return _sum(f"fields {thing.dtype.names}", *digests(fields))
    if kind in _ARRAYS:
        return _sum(f"array {thing.dtype.str} {thing.shape}", thing.tobytes())
    if kind in (list, tuple):
        return _sum(kind.__name__, *digests(thing))
    if kind in (set, frozenset):
        return _sum(kind.__name__, *sorted(digests(thing)))
    if kind is dict:
        pairs = zip(digests(thing), digests(thing.values()), strict=True)
        return _sum("dict", *(part for pair in sorted(pairs) for part in pair))
    if isinstance(thing, type | FunctionType):
        if "<" in thing.__qualname__:  # such as <lambda> or f.<locals>.g
            raise PicklingError(f"{thing!r} is not found by its name")
        return _sum("global", f"{thing.__module__}.{thing.__qualname__}".encode())
    reduced = thing.__reduce_ex__(4)
    if isinstance(reduced, str):
        return _sum("global", f"{getattr(thing, '__module__', '')}.{reduced}".encode())
    # What lists and dicts of other types hold comes as iterators.
    parts = (list(part) if isinstance(part, Iterator) else part for part in reduced)
    return _sum("object", *digests(parts))


def _sum(kind: str, *parts: bytes) -> bytes:
    """Sum up one part of any length, or digests, which all have the same length."""
    return sha256(kind.encode() + b"\0" + b"".join(parts)).digest()

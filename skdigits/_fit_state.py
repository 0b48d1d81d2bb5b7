"""Fits that replace the former state as a whole, and one at a time."""

import os
import threading
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar
from weakref import finalize

P = ParamSpec("P")
E = TypeVar("E", bound=Any)

_lock = threading.Lock()
# By the id of the estimator, which need not be hashable.
_locks: dict[int, Any] = {}


def _renew_locks() -> None:
    """Forget locks that another thread held: none releases them in a forked child."""
    global _lock
    _lock = threading.Lock()
    _locks.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_locks)


class InterruptedFit(KeyboardInterrupt):
    """Ctrl-C ended a fit, but the estimator holds a complete result already."""


def at_this_moment(estimator: E) -> E:
    """Return an estimator with the attributes that another one has now.

    For methods that read several attributes while another thread may fit.

    Parameters
    ----------
    estimator : estimator
        Its attributes are shared, not copied.

    Returns
    -------
    twin : estimator
        Stays as it is when `estimator` is fitted anew.
    """
    twin = object.__new__(type(estimator))
    twin.__dict__ = dict(vars(estimator))
    return twin


def replaces_state(method: Callable[Concatenate[E, P], Any]) -> Callable[..., Any]:
    """Let a fit change its estimator at the end only, and all at once.

    Until then, and after an error, the estimator is what it was before. Fits of one
    estimator in several threads run one after the other.

    Parameters
    ----------
    method : callable
        `fit` or `partial_fit`. It may raise InterruptedFit, which becomes a
        KeyboardInterrupt after the change.

    Returns
    -------
    method : callable
        With the same signature.
    """

    @wraps(method)
    def fitting(self: E, *args: P.args, **kwargs: P.kwargs) -> E:
        with _lock_of(self):
            draft, before = at_this_moment(self), dict(vars(self))
            interrupted = False
            try:
                method(draft, *args, **kwargs)
            except InterruptedFit:
                interrupted = True
            # What another thread has set meanwhile stays.
            new = {
                name: value
                for name, value in vars(self).items()
                if name not in before or value is not before[name]
            }
            # A single assignment, which other threads see as a whole.
            self.__dict__ = {**vars(draft), **new}
        if interrupted:
            raise KeyboardInterrupt
        return self

    return fitting


def _lock_of(estimator: object) -> Any:
    key = id(estimator)
    with _lock:
        if key not in _locks:
            _locks[key] = threading.RLock()
            finalize(estimator, _locks.pop, key, None).atexit = False
        return _locks[key]

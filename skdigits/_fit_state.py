"""Fits that replace the former state as a whole, and one at a time."""

import os
import threading
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

P = ParamSpec("P")
E = TypeVar("E", bound=Any)

_lock = threading.Lock()
_locks: WeakKeyDictionary[object, threading.RLock] = WeakKeyDictionary()

# A lock that another thread held would never be released in a forked child.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_locks.clear)


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
            draft = at_this_moment(self)
            interrupted = False
            try:
                method(draft, *args, **kwargs)
            except InterruptedFit:
                interrupted = True
            # Parameters that another thread has set meanwhile stay.
            params = self.get_params(deep=False)
            # A single assignment, which other threads see as a whole.
            self.__dict__ = {**vars(draft), **params}
        if interrupted:
            raise KeyboardInterrupt
        return self

    return fitting


def _lock_of(estimator: object) -> Any:
    with _lock:
        return _locks.setdefault(estimator, threading.RLock())

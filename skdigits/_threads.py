"""What a process must know of itself: its cores, its forks, its standard error."""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import joblib


def n_threads() -> int:
    """Return the share of the cores that this process was given.

    Returns
    -------
    n_threads : int
        What joblib's workers are told through OMP_NUM_THREADS, and never more than
        the cores that the process may run on.
    """
    n_cores = joblib.cpu_count()
    # OpenMP takes a list, too: a number for each level of nested threads.
    share = os.environ.get("OMP_NUM_THREADS", "").split(",")[0]
    return min(int(share), n_cores) if share.isdecimal() and int(share) else n_cores


def run_in_threads(function: Callable[[int], None], starts: Sequence[int]) -> None:
    """Call a function for each of several starts, in a pool that the package shares.

    Parameters
    ----------
    function : callable
        Takes one of `starts`. It must let go of the interpreter's lock for the most
        part, and must not call this function: the pool could wait for itself.

    starts : sequence of int
        Where pieces of work begin. One that is alone is done in the calling thread,
        which costs no waiting.

    Raises
    ------
    Exception
        The first that `function` raised.
    """
    if len(starts) == 1:
        function(starts[0])
        return
    try:
        results = _pool().map(function, starts)
    except RuntimeError:  # the interpreter is about to end: no more threads
        results = map(function, starts)
    # The list asks for the results, and so for the errors.
    list(results)


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(n_threads(), thread_name_prefix="skdigits")


# The threads of the parent do not exist in a forked child.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pool.cache_clear)


_FORKED = (
    "This process was forked from one in which TensorFlow was imported; training would "
    "hang, because TensorFlow's threads do not survive a fork. Start processes afresh: "
    "with joblib's default backend 'loky', or with "
    "multiprocessing.get_context('spawn')."
)
_forked_after_tensorflow = False


def _note_fork() -> None:
    global _forked_after_tensorflow
    _forked_after_tensorflow = "tensorflow" in sys.modules


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_note_fork)


def check_not_forked() -> None:
    """Refuse to train where TensorFlow would hang.

    Raises
    ------
    RuntimeError
        If this process was forked from one that had imported TensorFlow: its
        threads did not come along.
    """
    if _forked_after_tensorflow:
        raise RuntimeError(_FORKED)


def check_threads_are_alive() -> None:
    """Refuse to train with a TensorFlow that was started before a fork.

    For forks that went by before this module was imported. Where there is no list of
    threads to look at (only Linux has one), nothing is refused.

    Raises
    ------
    RuntimeError
        If none of the threads of this process is TensorFlow's.
    """
    names = [path.read_text() for path in Path("/proc/self/task").glob("*/comm")]
    if names and not any(name.startswith("tf_") for name in names):
        raise RuntimeError(_FORKED)


@contextmanager
def silence_stderr() -> Iterator[None]:
    """Discard what is written to the standard error, by compiled code too.

    Only for imports that chat before their logging can be told not to.
    """
    if sys.stderr is None:  # started without one: nothing to silence
        yield
        return
    sys.stderr.flush()
    saved = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(nowhere)

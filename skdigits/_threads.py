"""The process: its share of the cores, its threads, forks and standard error."""

import os
import sys
from collections.abc import Callable, Iterator
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


def run_in_blocks(
    function: Callable[[slice], None], n_rows: int, block_size: int
) -> None:
    """Call a function for each block of rows, in a pool that the package shares.

    Parameters
    ----------
    function : callable
        Takes the slice of a block. It must let go of the interpreter's lock for the
        most part, and must not call this function: the pool could wait for itself.

    n_rows : int
        Number of rows. A single block is worked on in the calling thread, which costs
        no waiting.

    block_size : int
        Largest number of rows in a block; less than 1 counts as 1.

    Raises
    ------
    Exception
        The first that `function` raised.
    """
    block_size = max(1, block_size)
    blocks = [
        slice(start, min(start + block_size, n_rows))
        for start in range(0, n_rows, block_size)
    ]
    if len(blocks) == 1:
        function(blocks[0])
        return
    try:
        results = _pool().map(function, blocks)
    except RuntimeError:  # the interpreter is about to end: no more threads
        results = map(function, blocks)
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

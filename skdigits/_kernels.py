"""Compilation of kernels by numba, for the modules that hold kernels."""

from collections.abc import Callable

from numba import njit


def compiled(function: Callable) -> Callable:
    """Compile at the first call, and keep the machine code on disk where possible.

    Without the interpreter's lock, and not for numba's own threads: some of those
    abort the process when two threads call them, others hang after a fork.

    Parameters
    ----------
    function : callable
        In the Python that numba knows.

    Returns
    -------
    compiled : callable
        Takes the same arguments.
    """
    try:
        return njit(nogil=True, cache=True)(function)
    except RuntimeError:  # numba found no folder that it may write to
        return njit(nogil=True)(function)

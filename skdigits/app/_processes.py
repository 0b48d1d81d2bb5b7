"""Processes that read images, beside the one that serves the page.

This module imports Pillow and Werkzeug, so import it inside functions only.
"""

import os
import signal
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process
from threading import Barrier, Lock, Thread
from typing import Any

from werkzeug.exceptions import HTTPException, InternalServerError, abort

from skdigits.app._bodies import answer, warm_up
from skdigits.reading import DigitReader

SECONDS_TO_START = 120

_reader: DigitReader


class Processes:
    """Processes that answer, each with a reader of its own, on one core.

    Parameters
    ----------
    reader : DigitReader
        What they read with.

    n_processes : int
        How many.

    Raises
    ------
    RuntimeError
        If they do not start.
    """

    def __init__(self, reader: DigitReader, n_processes: int):
        self._reader, self._n_processes = reader, n_processes
        self._lock = Lock()
        self._executor = self._start()

    def _start(self) -> ProcessPoolExecutor:
        # Threads that a forked process lacks would be waited for.
        context = get_context("spawn")
        all_are_there = context.Barrier(self._n_processes, timeout=SECONDS_TO_START)
        executor = ProcessPoolExecutor(
            self._n_processes, context, _prepare, (self._reader, all_are_there)
        )
        # Each of these starts a process: none is free before all are there.
        started = [executor.submit(os.getpid) for _ in range(self._n_processes)]
        try:
            for one in started:
                one.result()
        except BrokenProcessPool as error:
            raise RuntimeError(
                "The processes that read images do not start; their own errors are "
                "above. A program that starts them needs 'if __name__ == "
                '"__main__":\' around what it does.'
            ) from error
        return executor

    def answer(self, body: bytes) -> dict[str, Any]:
        """Read an image in one of the processes.

        Parameters
        ----------
        body : bytes
            A PNG or JPEG file.

        Returns
        -------
        content : dict
            Its reading.

        Raises
        ------
        HTTPException
            If it cannot be read.
        """
        executor = self._executor
        try:
            status, content = executor.submit(_answer, body).result()
        except BrokenProcessPool as error:
            with self._lock:
                if self._executor is executor:
                    self._executor = self._start()
            raise InternalServerError(
                "The process that read the image has ended before it was done."
            ) from error
        return content if status == 200 else abort(status, content)


def _prepare(reader: DigitReader, all_are_there: Barrier) -> None:
    """Make a new process ready: its parent ends it, not Ctrl-C."""
    global _reader
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()
    os.environ["OMP_NUM_THREADS"] = "1"
    _reader = reader
    warm_up(reader)
    all_are_there.wait()


def _end_with_parent() -> None:
    """End a process whose parent was ended, which then told it nothing."""
    parent = parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def _answer(body: bytes) -> tuple[int, Any]:
    """Return the status and the content, or what was wrong."""
    try:
        return 200, answer(_reader, body)
    except HTTPException as error:
        return error.code or 500, error.description

"""Queues of what is read: large photos do not hold up drawings.

This module imports Werkzeug, so import it inside functions only.
"""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore, Event, Lock

from werkzeug.exceptions import ServiceUnavailable

# Pixels of the largest drawing: the page sends half a million.
LARGEST_DRAWING = 1_000_000
# How many photos wait while one is read, and how many drawings while some are.
PHOTOS_WAITING, DRAWINGS_WAITING = 3, 100
# In which a queue that is full has room again, mostly.
RETRY_AFTER = 5


class Queue:
    """A queue with room for so many; who came first is first.

    A semaphore lets those who come just as another one leaves go before those who wait.

    Parameters
    ----------
    n_at_work : int
        How many are read at once.

    n_waiting : int
        How many wait for that.
    """

    def __init__(self, n_at_work: int, n_waiting: int):
        self._room = BoundedSemaphore(n_at_work + n_waiting)
        self._lock = Lock()
        self._n_free = n_at_work
        self._waiting: deque[Event] = deque()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for one's turn.

        Raises
        ------
        ServiceUnavailable
            If the queue is full.
        """
        if not self._room.acquire(blocking=False):
            raise ServiceUnavailable(
                "Too many images are waiting to be read. Send this one again in "
                f"{RETRY_AFTER} seconds.",
                retry_after=RETRY_AFTER,
            )
        try:
            self._wait()
            try:
                yield
            finally:
                self._leave()
        finally:
            self._room.release()

    def _wait(self) -> None:
        with self._lock:
            if self._n_free:
                self._n_free -= 1
                return
            is_next = Event()
            self._waiting.append(is_next)
        is_next.wait()

    def _leave(self) -> None:
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._n_free += 1

"""Queues of what is read: large photos do not hold up drawings.

This module imports Werkzeug, so import it inside functions only.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from werkzeug.exceptions import ServiceUnavailable

# Pixels of the largest drawing: the page sends half a million.
LARGEST_DRAWING = 1_000_000
# How many photos wait while one is read, and how many drawings while some are.
PHOTOS_WAITING, DRAWINGS_WAITING = 3, 100
# In which a queue that is full has room again, mostly.
RETRY_AFTER = 5


class Queue:
    """A queue with room for so many.

    Parameters
    ----------
    n_at_work : int
        How many are read at once.

    n_waiting : int
        How many wait for that.
    """

    def __init__(self, n_at_work: int, n_waiting: int):
        self._work = BoundedSemaphore(n_at_work)
        self._room = BoundedSemaphore(n_at_work + n_waiting)

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
            with self._work:
                yield
        finally:
            self._room.release()

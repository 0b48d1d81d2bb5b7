"""Ctrl-C, and the stop button of a notebook, while something is fitted."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from skdigits._warnings import warn


@contextmanager
def noting_interrupts() -> Iterator[list[int]]:
    """Note interrupts that a fit may take for its own end, as MLPClassifier does.

    For what goes on with other work after a fit, and has to end instead. The networks
    of this package take no interrupt for their own end in here.

    Yields
    ------
    interrupts : list of int
        Gets an entry for each interrupt, which is then raised as always. Stays empty
        where Ctrl-C means something else than KeyboardInterrupt, and in threads, which
        it does not reach.
    """
    interrupts: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        interrupts.append(number)
        signal.default_int_handler(number, frame)

    with _handled_by(note):
        yield interrupts


@contextmanager
def ending_at_interrupts() -> Iterator[None]:
    """Raise an interrupt after the block, even if a fit took it for its own end.

    Raises
    ------
    KeyboardInterrupt
        At Ctrl-C.
    """
    with noting_interrupts() as interrupts:
        yield
    if interrupts:
        raise KeyboardInterrupt


@contextmanager
def postponing_interrupts() -> Iterator[list[int]]:
    """Let the first interrupt wait, and only the second one be raised.

    Yields
    ------
    interrupts : list of int
        As of :func:`noting_interrupts`.
    """
    interrupts: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        interrupts.append(number)
        if len(interrupts) > 1:
            signal.default_int_handler(number, frame)

    with _handled_by(note):
        yield interrupts


def warn_of_interrupt(n_epochs: int) -> None:
    """Warn that Ctrl-C ended a training.

    Parameters
    ----------
    n_epochs : int
        Epochs that were finished.
    """
    warn(f"Training interrupted by user; the result of {n_epochs} epochs is kept.")


@contextmanager
def _handled_by(handle: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    usual = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if not usual or threading.current_thread() is not threading.main_thread():
        yield  # none of our business
        return
    signal.signal(signal.SIGINT, handle)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)

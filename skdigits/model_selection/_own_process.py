"""Work in a process of its own, which can be killed at a limit."""

import pickle
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from time import monotonic
from typing import Any

from joblib.externals.loky.backend import get_context
from joblib.externals.loky.backend.reduction import dumps
from joblib.externals.loky.backend.utils import kill_process_tree

# Seconds in which a process whose work is done may end by itself.
SECONDS_TO_END = 5.0


class OwnProcessError(RuntimeError):
    """The work failed, was killed at its limit, or took its process down."""


@dataclass(frozen=True)
class _Item:
    value: Any


@dataclass(frozen=True)
class _Failure:
    reason: str


_DONE = None


def describe(error: BaseException) -> str:
    """Return an error as text: its type, and what it says.

    Parameters
    ----------
    error : BaseException
        The error.

    Returns
    -------
    text : str
        For instance "ValueError: Input X contains NaN."
    """
    if isinstance(error, OwnProcessError):
        return str(error)
    return ": ".join(filter(None, (type(error).__name__, str(error))))


def iterate_in_own_process(
    function: Callable[..., Iterator[Any]], *args: Any, time_limit: float
) -> Iterator[Any]:
    """Yield what a generator function yields in a fresh process.

    The process is not forked, because TensorFlow and OpenMP do not survive that, and
    does not import the main module, so that scripts need no guard. It is killed, with
    the processes that it started, at the limit and when the iteration is given up, as
    Ctrl-C does.

    Parameters
    ----------
    function : callable
        The generator function; cloudpickle serialises it.

    *args : object
        What it is called with, likewise.

    time_limit : float
        Seconds that all the work may take, counted from when the process has started.

    Yields
    ------
    item : object
        What the function yields, pickled and unpickled.

    Raises
    ------
    OwnProcessError
        If the work cannot be pickled, raises an error, is not done at the limit, or if
        the process ends.
    """
    try:
        work = dumps((function, args))  # with cloudpickle
    except Exception as error:  # whatever an object's __reduce__ raises
        raise OwnProcessError(f"cannot be pickled: {describe(error)}") from error
    context = get_context("loky")
    connection, other_end = context.Pipe()
    process = context.Process(target=_work, args=(other_end,))
    process.start()
    other_end.close()
    done = False
    try:
        _receive(connection, process, None)  # the process has started
        deadline = monotonic() + time_limit
        _send(connection, process, work)
        while (item := _receive(connection, process, deadline)) is not _DONE:
            yield item.value
        done = True
    except TimeoutError:
        reason = f"stopped at the time limit of {time_limit:g} s"
        raise OwnProcessError(reason) from None
    finally:
        if done:
            process.join(SECONDS_TO_END)
        connection.close()
        kill_process_tree(process)


def _send(connection: Connection, process: Any, work: bytes) -> None:
    try:
        connection.send_bytes(work)
    except OSError:
        raise OwnProcessError(_how_it_ended(process)) from None


def _receive(connection: Connection, process: Any, deadline: float | None) -> Any:
    """Wait for a message; forked children may keep the pipe of a dead process open."""
    seconds = None if deadline is None else max(0.0, deadline - monotonic())
    if not wait([connection, process.sentinel], seconds):
        raise TimeoutError
    try:
        # What the process sent before it ended is still to be read.
        message = connection.recv() if connection.poll() else _Failure("")
    except (EOFError, OSError):
        message = _Failure("")
    if isinstance(message, _Failure):
        raise OwnProcessError(message.reason or _how_it_ended(process))
    return message


def _how_it_ended(process: Any) -> str:
    process.join(SECONDS_TO_END)
    code = process.exitcode
    if code is not None and code < 0:
        return (
            f"its process was killed by {signal.Signals(-code).name}: perhaps it ran "
            "out of memory, or compiled code crashed"
        )
    return f"its process ended with exit code {code}"


def _work(connection: Connection) -> None:
    """Run in the other process: take the work, send what it yields."""
    # Ctrl-C reaches all processes of a terminal. The parent decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    connection.send(_Item("started"))
    try:
        function, args = pickle.loads(connection.recv_bytes())
        for value in function(*args):
            connection.send(_Item(value))
    except Exception as error:  # handed to the parent, as text: not all can be pickled
        connection.send(_Failure(describe(error)))
    else:
        connection.send(_DONE)

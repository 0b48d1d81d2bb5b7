"""Work in a process of its own, which can be killed at a limit."""

import os
import pickle
import signal
import threading
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from time import monotonic, sleep
from typing import Any

from joblib.externals.loky.backend import get_context
from joblib.externals.loky.backend.reduction import dumps
from joblib.externals.loky.backend.utils import kill_process_tree

# Seconds in which a process whose work is done may end by itself.
SECONDS_TO_END = 5.0
POSIX = os.name == "posix"


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
) -> Generator[Any, None, None]:
    """Yield what a generator function yields in a fresh process.

    The process is not forked, because TensorFlow and OpenMP do not survive that, and
    does not import the main module, so that scripts need no guard. However the work
    ends, whatever it started ends with it: at the limit, when the process dies, when
    the iteration is given up, as Ctrl-C does, and when this process is killed.

    Parameters
    ----------
    function : callable
        The generator function; cloudpickle serialises it.

    *args : object
        What it is called with, likewise.

    time_limit : float
        Seconds that all the work may take, counted from when the process has started
        and imported the function's module.

    Yields
    ------
    item : object
        What the function yields, pickled and unpickled.

    Raises
    ------
    OwnProcessError
        If the work cannot be pickled, raises an error, is not done at the limit, or if
        the process ends.

    Notes
    -----
    On POSIX the process has a session of its own, which is killed; only what moves to
    yet another session, as daemons do, escapes. Windows has no such groups: there the
    descendants are killed while their parent lives, and what it left behind when it
    ended by itself is not found.
    """
    try:
        work = dumps(function), dumps(args)  # with cloudpickle
    except Exception as error:  # whatever an object's __reduce__ raises
        raise OwnProcessError(f"cannot be pickled: {describe(error)}") from error
    context = get_context("loky")
    connection, other_end = context.Pipe()
    process = context.Process(target=_work, args=(other_end,))
    process.start()
    other_end.close()
    try:
        _send(connection, process, work[0])
        _receive(connection, process, None)  # the process has started
        deadline = monotonic() + time_limit
        _send(connection, process, work[1])
        while (item := _receive(connection, process, deadline)) is not _DONE:
            yield item.value
        _wait(process)
    except TimeoutError:
        reason = f"stopped at the time limit of {time_limit:g} s"
        raise OwnProcessError(reason) from None
    finally:
        _kill(process)
        connection.close()


def _send(connection: Connection, process: Any, work: bytes) -> None:
    try:
        connection.send_bytes(work)
    except OSError:
        raise OwnProcessError(_how_it_ended(process)) from None


def _receive(connection: Connection, process: Any, deadline: float | None) -> Any:
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


def _wait(process: Any) -> None:
    """Let a process end; its own `join` waits for the children that it forked, too."""
    deadline = monotonic() + SECONDS_TO_END
    while process.exitcode is None and monotonic() < deadline:
        sleep(0.005)


def _kill(process: Any) -> None:
    """Kill a process, if it still runs, and what it started."""
    if not POSIX:
        kill_process_tree(process)
        return
    try:
        # Its number stays taken for as long as anything is left in its group.
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):  # PermissionError: macOS, of zombies
        if process.exitcode is None:  # it was not yet at its first line
            os.kill(process.pid, signal.SIGKILL)
    process.join()


def _how_it_ended(process: Any) -> str:
    _wait(process)
    code = process.exitcode
    if code is not None and code < 0:
        return (
            f"its process was killed by {signal.Signals(-code).name}: perhaps it ran "
            "out of memory, or compiled code crashed"
        )
    return f"its process ended with exit code {code}"


def _work(connection: Connection) -> None:
    """Run in the other process: take the work, send what it yields."""
    _leave_group_of_parent()
    try:
        function = pickle.loads(connection.recv_bytes())
        connection.send(_Item("started"))
        args = pickle.loads(connection.recv_bytes())
        _end_with_parent(connection)
        for value in function(*args):
            connection.send(_Item(value))
    except Exception as error:  # handed to the parent, as text: not all can be pickled
        connection.send(_Failure(describe(error)))
    else:
        connection.send(_DONE)


def _leave_group_of_parent() -> None:
    # Ctrl-C reaches all processes of a terminal. The parent decides.
    if POSIX:
        os.setsid()
    else:
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def _end_with_parent(connection: Connection) -> None:
    """See to it that neither end of the connection outlives the other."""

    def watch() -> None:
        connection.poll(None)  # nothing is sent any more: this is its end
        if POSIX:
            os.killpg(0, signal.SIGKILL)
        os._exit(1)

    if POSIX:
        # A forked child that lives on would hide from the parent that this one died.
        os.register_at_fork(after_in_child=connection.close)
    threading.Thread(target=watch, daemon=True).start()

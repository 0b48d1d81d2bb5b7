"""One process at a time: a lock that the operating system gives up with the process."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import FileIO
from pathlib import Path


class LockedError(OSError):
    """Another process holds the lock; the message is its number, if it is known."""


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock, with which the process that holds it can be named.

    Parameters
    ----------
    path : pathlib.Path
        The file of the lock. It is gone afterwards; one that a killed process left
        does not matter.

    Raises
    ------
    LockedError
        If another process holds it.
    OSError
        If the file cannot be written.
    """
    file = _open_locked(path)
    try:
        with file:
            file.truncate(0)
            file.write(str(os.getpid()).encode())
            try:
                yield
            finally:
                # While it is locked, no other process has locked the file.
                if sys.platform != "win32":
                    _delete(path)
    finally:
        # Windows deletes no open files: neither one's own nor another's.
        if sys.platform == "win32":
            _delete(path)


def _delete(path: Path) -> None:
    with suppress(OSError):
        path.unlink()


def _open_locked(path: Path) -> FileIO:
    while True:
        file = FileIO(path, "a+")
        try:
            _lock(file)
            # Whoever held it may have deleted the file just now.
            if sys.platform == "win32" or _is_at(path, file):
                return file
        except BaseException:
            file.close()
            raise
        file.close()


def _is_at(path: Path, file: FileIO) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _lock(file: FileIO) -> None:
    try:
        if sys.platform == "win32":
            import msvcrt

            # A byte behind the number, which can be read all the same.
            file.seek(2**30)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError) as error:
        file.seek(0)
        raise LockedError(file.read(20).decode("ascii", "replace")) from error
    except OSError:
        # Some network drives have no locks.
        return

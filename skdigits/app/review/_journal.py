"""A journal of decisions, a line of JSON each, which is on disk before they count."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import FileIO
from pathlib import Path
from threading import Lock
from typing import Any

from skdigits._file_lock import LockedError, locked
from skdigits._files import check_not_endless

# The label of each image that was decided; None means that it shows no digit.
Labels = dict[int, str | None]

# How the first line begins; a command that was killed may have left a part of it.
START = b'{"skdigits_review": 1, '
UNDO = {"undo": True}


class Journal:
    """Decisions that are appended to a file, and what they add up to.

    Parameters
    ----------
    file : FileIO
        Open for appending, unbuffered.

    acts : list of dict
        The decisions that the file holds and that were not undone. An act is what was
        decided at once: labels by the number of the image.
    """

    def __init__(self, file: FileIO, acts: list[Labels]):
        self._file = file
        self._acts = acts
        self._labels = add_up(acts)
        self._lock = Lock()

    @property
    def labels(self) -> Labels:
        """The label of each image that was decided."""
        with self._lock:
            return dict(self._labels)

    def decide(self, labels: Labels) -> None:
        """Write what was decided, so that it is there whatever happens next.

        Parameters
        ----------
        labels : dict
            The label of each image, by its number.

        Raises
        ------
        OSError
            If it cannot be written. Then it does not count.
        """
        with self._lock:
            self._append({"labels": labels})
            self._acts.append(labels)
            self._labels |= labels

    def undo(self) -> list[int]:
        """Take back what was decided last.

        Returns
        -------
        numbers : list of int
            The images that it was about; none if there is nothing to take back.

        Raises
        ------
        OSError
            If it cannot be written. Then it does not count.
        """
        with self._lock:
            if not self._acts:
                return []
            self._append(UNDO)
            undone = self._acts.pop()
            self._labels = add_up(self._acts)
            return list(undone)

    def _append(self, record: Mapping[str, Any]) -> None:
        size = os.fstat(self._file.fileno()).st_size
        try:
            _write(self._file, record)
        except OSError:
            self._file.truncate(size)  # half a line would spoil the next
            raise


def _write(file: FileIO, record: Mapping[str, Any]) -> None:
    line = json.dumps(record).encode() + b"\n"
    while line:
        line = line[file.write(line) :]
    os.fsync(file.fileno())


def add_up(acts: list[Labels]) -> Labels:
    """Return the label of each image: the last that was decided.

    Parameters
    ----------
    acts : list of dict
        Labels by the number of the image.

    Returns
    -------
    labels : dict
        The same in one.
    """
    return {number: label for act in acts for number, label in act.items()}


@contextmanager
def open_journal(path: Path, source: dict[str, Any]) -> Iterator[Journal]:
    """Open a journal, or begin one.

    Parameters
    ----------
    path : pathlib.Path
        The file, which need not be there.

    source : dict
        The images that are decided on: "input", their name; "n_images", how many there
        are; "sha256", their checksum.

    Yields
    ------
    journal : Journal
        With what was decided before. A last line that is not complete is gone.

    Raises
    ------
    OSError
        If the file cannot be read or written, is a pipe or a device, or is open in
        another process.
    ValueError
        If it is no journal, or one of other images.
    """
    try:
        with locked(path.with_name(f"{path.name}.lock")):
            yield from _opened(path, source)
    except LockedError as error:
        raise OSError(
            f"'{path}' is open in another skdigits review (process {error}). Stop that "
            "one, or name another --output."
        ) from error


def _opened(path: Path, source: dict[str, Any]) -> Iterator[Journal]:
    acts, size = _read(path, source) if path.exists() else ([], 0)
    with FileIO(path, "a") as file:
        file.truncate(size)
        if size == 0:
            _write(file, {"skdigits_review": 1, **source})
        yield Journal(file, acts)


def _read(path: Path, source: dict[str, Any]) -> tuple[list[Labels], int]:
    """Return the acts of a journal, and the bytes of its complete lines."""
    check_not_endless(path)
    content = path.read_bytes()
    if content[: len(START)] != START[: len(content)]:
        raise ValueError(
            f"'{path}' is no journal of skdigits review, which would be written there. "
            "Move it, or name another --output."
        )
    size = content.rfind(b"\n") + 1
    acts: list[Labels] = []
    for number, line in enumerate(content[:size].splitlines(), 1):
        try:
            record = json.loads(line)
            if number == 1:
                header = {name: record[name] for name in source}
                if type(header["n_images"]) is not int:
                    raise TypeError(header["n_images"])
            elif record == UNDO:
                acts.pop()
            else:
                acts.append(_parse(record, header["n_images"]))
        except (
            LookupError,
            TypeError,
            AttributeError,
            ValueError,
            RecursionError,
        ) as error:
            raise ValueError(
                f"Line {number} of '{path}' is no decision of skdigits review. Take "
                "the line out, or name another --output."
            ) from error
    if size:
        _compare(path, header, source)
    return acts, size


def _parse(record: dict[str, Any], n_images: int) -> Labels:
    labels = {int(number): label for number, label in record["labels"].items()}
    for number, label in labels.items():
        if not (0 <= number < n_images and (label is None or isinstance(label, str))):
            raise LookupError(number)
    return labels


def _compare(path: Path, former: dict[str, Any], source: dict[str, Any]) -> None:
    if all(former[name] == source[name] for name in ("sha256", "n_images")):
        return
    what, now = (
        f"'{one['input']}' ({one['n_images']:,} images)" for one in (former, source)
    )
    if what == now:
        now = "the same, because its images have changed"
    raise ValueError(
        f"'{path}' holds decisions on {what}, not on {now}. Name another --output."
    )

"""A file of readings, a line of JSON each, which grows while photos are read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

# How a line begins; a run that was killed may have left no more than a part of one.
START = b'{"file": '


class ReadingsFile:
    """Readings that are appended to a file, each as soon as it is known.

    Parameters
    ----------
    file : file object
        Open for appending.

    settings : dict
        What photos are read with; it stands in each line.

    finished : set of str
        The photos whose readings the file held before.
    """

    def __init__(self, file: TextIO, settings: dict[str, Any], finished: set[str]):
        self.finished = finished
        self._file = file
        self._settings = settings

    def add(self, path: Path, reading: dict[str, Any]) -> None:
        """Write a line, so that it is there whatever happens next.

        Parameters
        ----------
        path : pathlib.Path
            The photo.

        reading : dict
            What was read, ready for JSON.
        """
        record = {"file": str(path), **self._settings, **reading}
        self._file.write(json.dumps(record) + "\n")
        self._file.flush()


@contextmanager
def continuing(path: Path, settings: dict[str, Any]) -> Iterator[ReadingsFile]:
    """Open a file of readings, or begin one.

    Parameters
    ----------
    path : pathlib.Path
        The file, which need not be there.

    settings : dict
        As of ReadingsFile.

    Yields
    ------
    readings : ReadingsFile
        To add to. A last line that is not complete is gone.

    Raises
    ------
    OSError
        If the file cannot be read or written.
    ValueError
        If it holds something else, or readings with other settings.
    """
    finished = _check(path, settings) if path.exists() else set()
    with path.open("a", encoding="utf-8", newline="\n") as file:
        yield ReadingsFile(file, settings, finished)


def _check(path: Path, settings: dict[str, Any]) -> set[str]:
    """Return the photos of a file, and cut off a line that is not complete."""
    finished, size = set(), 0
    with path.open("rb+") as file:
        for number, line in enumerate(file, 1):
            if line.endswith(b"\n"):
                record = _parse(line)
            else:
                record = {} if line[: len(START)] == START[: len(line)] else None
            if record is None:
                raise ValueError(
                    f"Line {number} of '{path}' is no reading of skdigits. Name "
                    "another file for --output."
                )
            if not record:
                break
            _compare(path, record, settings)
            finished.add(record["file"])
            size += len(line)
        file.truncate(size)
    return finished


def _parse(line: bytes) -> dict[str, Any] | None:
    try:
        record = json.loads(line)
    except ValueError:
        return None
    is_reading = isinstance(record, dict) and isinstance(record.get("file"), str)
    return record if is_reading else None


def _compare(path: Path, record: dict[str, Any], settings: dict[str, Any]) -> None:
    for name, value in settings.items():
        if record.get(name) != value:
            raise ValueError(
                f"The readings in '{path}' were made with {name}={record.get(name)!r}, "
                f"not {value!r}. Use the same options, or name another file for "
                "--output."
            )

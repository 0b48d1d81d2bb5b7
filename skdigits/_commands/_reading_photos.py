"""Photos that are read, with what is written of each, here or in several processes."""

from __future__ import annotations

import signal
import warnings
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from skdigits._commands import _model_option
from skdigits._commands._spreadsheets import csv_line
from skdigits._files import replacing
from skdigits._require import require
from skdigits._warnings import warn

if TYPE_CHECKING:
    from skdigits.reading import DigitReader, Reading


@dataclass(frozen=True)
class Photo:
    """A photo, and where to write what belongs to it.

    Parameters
    ----------
    path : pathlib.Path
        The image file.

    picture : pathlib.Path or None
        A .png file for the photo with the digits that were read.

    table : pathlib.Path or None
        A .csv file for the largest table.
    """

    path: Path
    picture: Path | None
    table: Path | None


@dataclass(frozen=True)
class Found:
    """All that is known of a photo, without its pixels.

    Parameters
    ----------
    reading : dict, default={}
        The reading as :meth:`Reading.to_dict` returns it; empty after an error.

    error : str, default=""
        Why the photo was not read, or why a file was not written.

    no_table : str, default=""
        What was found instead of a table, if one is to be written.

    warnings : tuple of str, default=()
        What another process warned of.
    """

    reading: dict[str, Any]
    error: str = ""
    no_table: str = ""
    warnings: tuple[str, ...] = ()


def read_photos(
    photos: Sequence[Photo], model: Path | None, min_confidence: float, n_jobs: int
) -> Generator[Found, None, None]:
    """Read photos.

    Parameters
    ----------
    photos : sequence of Photo
        In the order of the results.

    model : pathlib.Path or None
        The file of a classifier; None stands for the network that comes with skdigits.

    min_confidence : float
        As of :class:`~skdigits.reading.DigitReader`.

    n_jobs : int
        How many are read at a time. If more than one, each of so many processes takes
        its share of the cores.

    Returns
    -------
    results : generator of Found
        Each as soon as it and all before it are known. It raises BrokenProcessPool if
        a process is killed.

    Raises
    ------
    OSError
        If the file of the classifier is not there.
    ValueError
        If it is refused, or cannot read photos.
    """
    # Also for other processes: a model that is refused is told before they start.
    reader = _make_reader(model, min_confidence)
    if min(n_jobs, len(photos)) <= 1:
        return (_read(photo, reader) for photo in photos)
    return _read_together(photos, model, min_confidence, min(n_jobs, len(photos)))


def _read_together(
    photos: Sequence[Photo], model: Path | None, min_confidence: float, n_jobs: int
) -> Generator[Found, None, None]:
    from sklearn.utils.parallel import Parallel, delayed

    # One by one: no photo waits for the others of a batch.
    parallel = Parallel(n_jobs=n_jobs, return_as="generator", batch_size=1)
    tasks = (delayed(_read_there)(photo, model, min_confidence) for photo in photos)
    with closing(parallel(tasks)) as results:
        for found in results:
            for message in found.warnings:
                warn(message)
            yield found


def _make_reader(model: Path | None, min_confidence: float) -> DigitReader:
    from skdigits.reading import DigitReader

    classifier = _model_option.load_for_photos(model)
    return DigitReader(classifier, min_confidence=min_confidence)


@cache
def _reader_of_process(model: Path | None, min_confidence: float) -> DigitReader:
    """Make a process ready, once: Ctrl-C is its parent's, which ends it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return _make_reader(model, min_confidence)


def _read_there(photo: Photo, model: Path | None, min_confidence: float) -> Found:
    """Read a photo in a process whose standard error nobody formats."""
    with warnings.catch_warnings(record=True) as caught:
        found = _read(photo, _reader_of_process(model, min_confidence))
    messages = tuple(str(warning.message) for warning in caught)
    return Found(found.reading, found.error, found.no_table, messages)


def _read(photo: Photo, reader: DigitReader) -> Found:
    try:
        reading = reader.read(photo.path)
        if photo.picture is not None:
            _draw(reading, photo.picture)
        if photo.table is not None and reading.tables:
            _write_table(reading, photo.table)
    except (OSError, ValueError) as error:
        return Found({}, error=str(error))
    lacks_table = photo.table is not None and not reading.tables
    no_table = _describe_no_table(reading) if lacks_table else ""
    return Found(reading.to_dict(), no_table=no_table)


def _draw(reading: Reading, path: Path) -> None:
    matplotlib = require("matplotlib", "plot", "--annotated")
    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    reading.plot()
    figure = plt.gcf()
    with replacing(path) as temporary:
        figure.savefig(temporary)
    plt.close(figure)


def _write_table(reading: Reading, path: Path) -> None:
    cells = max((table.cells for table in reading.tables), key=_count_cells)
    with (
        replacing(path) as temporary,
        open(temporary, "w", encoding="utf-8", newline="") as file,
    ):
        file.writelines(map(csv_line, cells))


def _count_cells(cells: tuple[tuple[str, ...], ...]) -> int:
    return len(cells) * len(cells[0])


def _describe_no_table(reading: Reading) -> str:
    counts = (
        f"lines: {len(reading.lines)}, digits: {len(reading.digits)}, "
        f"rejected: {len(reading.rejected)}"
    )
    note = f" The image: {reading.note}." if reading.note else ""
    return (
        f"no table was found ({counts}).{note} To see what was read, add --annotated "
        "PATH."
    )

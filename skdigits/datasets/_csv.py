"""Images in a CSV file: a line each, a column for each pixel."""

import csv
import os
import re
import warnings
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import chain
from math import isqrt
from pathlib import Path
from typing import Any, TextIO

import numpy as np
from sklearn.utils import Bunch

from skdigits._images import ImageShape, ImageShapeError, resolve_image_shape
from skdigits._sklearn import validate_params
from skdigits.datasets._bunch import make_bunch

# "pixel0" as in Kaggle's files, or "1x1" (row x column).
_PIXEL = re.compile(r"pixel([0-9]{1,9})|([0-9]{1,9})x([0-9]{1,9})")
_WHOLE_NUMBER = re.compile(r"\s*0*[0-9]{1,3}\s*")
# What some programs put between cells in place of a comma.
_OTHER_SEPARATORS = ";\t|"
_LONGEST_SHOWN = 40
# An image of 1,000 x 1,000 pixels and its label: a line takes 4 million characters, the
# names of the columns 12 million.
_MOST_COLUMNS = 1_000_001
_LONGEST_LINE = 20_000_000
PixelName = tuple[int, ...]


@validate_params(
    {
        "path": [str, os.PathLike],
        "label_column": [str],
        "image_shape": [tuple, list, None],
        "return_X_y": ["boolean"],
        "as_frame": ["boolean"],
    },
    prefer_skip_nested_validation=True,
)
def load_csv(
    path: str | os.PathLike[str],
    *,
    label_column: str = "label",
    image_shape: ImageShape | None = None,
    return_X_y: bool = False,
    as_frame: bool = False,
) -> Bunch | tuple[Any, Any]:
    r"""Load images from a CSV file in the layout of Kaggle.

    The first line names the columns: one for each pixel, and perhaps one for the
    label. Each further line is an image. A file of pixels only needs no such line, or
    one of numbers, as pandas writes it.

    Parameters
    ----------
    path : str or path-like
        The file, in UTF-8, separated by commas.

    label_column : str, default="label"
        The name of the column of labels. Where there is no such column, as in
        Kaggle's files for testing, the images come without labels.

    image_shape : tuple (h, w), default=None
        The height and width of the images. None means square.

    return_X_y : bool, default=False
        Return ``(data, target)`` instead of a Bunch.

    as_frame : bool, default=False
        Return `data` as a pandas DataFrame and `target` as a Series.

    Returns
    -------
    digits : :class:`~sklearn.utils.Bunch`
        Dictionary-like object with the following attributes.

        data : ndarray or DataFrame of shape (n, h * w), uint8
            One image a row, the pixels in the order of their names, whatever the
            order of the columns.
        target : ndarray or Series of shape (n,), int64, or None
            The label of each image, from 0 to 255; None if there is no column of
            labels.
        images : ndarray of shape (n, h, w), uint8
            A view of the same pixels.
        target_names : ndarray or None
            The labels that occur, sorted.
        feature_names : list of str or None
            ``"pixel0"`` and so on, row by row; None for more than 65,536 pixels.
        frame : DataFrame of shape (n, h * w + 1) or None
            `data` and `target` in one, if `as_frame` is True.
        DESCR : str
            What was read from where.

    (data, target) : tuple if ``return_X_y`` is True
        Those two alone; `target` is None if there is no column of labels.

    Raises
    ------
    OSError
        If the file cannot be opened; FileNotFoundError if it does not exist.
    ValueError
        If the file is empty or not CSV, if a line has more than 20,000,000 characters
        or 1,000,001 columns, if a column is missing, unknown or there
        twice, if a cell is not a whole number from 0 to 255, if the pixels do not
        make an image of `image_shape`, or if a parameter is not as described. The
        message names the file, the line and the column.
    ImportError
        If `as_frame` is True and pandas is not installed.

    See Also
    --------
    load_idx : Load the format in which MNIST was published.
    load_image_folder : Load image files.

    Notes
    -----
    Columns of pixels are called ``pixel0`` to ``pixel783`` or ``pixel1`` to
    ``pixel784``, or ``1x1`` to ``28x28`` for row and column. Without labels, they may
    be called ``0`` to ``783``: such a first line is no image.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from skdigits.datasets import load_csv
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "train.csv")
    ...     lines = ["label,pixel0,pixel1,pixel2,pixel3", "7,0,12,255,3", "1,9,9,9,0"]
    ...     _ = path.write_text("\n".join(lines))
    ...     digits = load_csv(path)
    >>> digits.images[0]
    array([[  0,  12],
           [255,   3]], dtype=uint8)
    >>> digits.target
    array([7, 1])
    """
    path = Path(path).expanduser()
    try:
        with _open(path) as file:
            names, first = _read_header(path, file, image_shape)
            columns = _pixel_columns(path, names, label_column)
            height, width = _image_shape(path, image_shape, columns)
            table = _read_table(path, file, names, first)
    except csv.Error as error:
        raise ValueError(f"'{path}' is not CSV: {error}") from error
    except UnicodeDecodeError as error:
        raise ValueError(
            f"'{path}' is not a text file in UTF-8: {error}. If it is compressed, "
            "unpack it first."
        ) from error
    target = None
    if label_column in names:
        target = table[:, names.index(label_column)]
    return make_bunch(
        # np.take gives rows that are contiguous; indexing does not.
        np.take(table, list(columns.values()), axis=1).reshape(-1, height, width),
        target,
        target_names=None if target is None else np.unique(target),
        description=f"{len(table):,} images of {height}x{width} pixels from {path}",
        return_X_y=return_X_y,
        as_frame=as_frame,
        caller="load_csv",
    )


def _read_header(
    path: Path, file: TextIO, image_shape: ImageShape | None
) -> tuple[list[str], list[str]]:
    """Read the first line that is not blank, and no further.

    Of a matrix of pixels it is an image, which is returned beside the names that the
    columns would have.
    """
    reader = csv.reader(_lines(path, file))
    names = [name.strip() for name in next(filter(None, reader), [])]
    if not names:
        raise ValueError(
            f"'{path}' is empty; expected a first line that names the columns."
        )
    _check_separator(path, names)
    if all(name.isdecimal() for name in names):
        if image_shape is None and isqrt(len(names)) ** 2 != len(names):
            raise ImageShapeError(
                f"The first line of '{path}' holds {len(names)} numbers, which are not "
                "the pixels of a square image; expected the names of the columns, such "
                "as label,pixel0,pixel1. Put that line in front."
            )
        pixels = [f"pixel{i}" for i in range(len(names))]
        # pandas numbers columns that have no names.
        return pixels, [] if names == [str(i) for i in range(len(names))] else names
    if len(set(names)) < len(names):
        twice = sorted({name for name in names if names.count(name) > 1})
        raise ValueError(f"'{path}' has several columns {_show(twice)}.")
    return names, []


def _check_separator(path: Path, names: Sequence[str]) -> None:
    """Refuse a line that is one cell for the lack of commas."""
    if len(names) > 1:
        return
    for separator in _OTHER_SEPARATORS:
        if separator in names[0]:
            raise ValueError(
                f"'{path}' has {separator!r} between its columns; expected commas. "
                "Save it anew with commas, or convert it, for instance with "
                f"pandas.read_csv({str(path)!r}, sep={separator!r}).to_csv("
                f"{path.stem + '-commas.csv'!r}, index=False)."
            )


def _pixel_columns(
    path: Path, names: Sequence[str], label_column: str
) -> dict[PixelName, int]:
    """Find the columns of pixels, in the order of the pixels."""
    found: dict[PixelName, int] = {}
    unknown = []
    for column, name in enumerate(names):
        if name == label_column:
            continue
        if match := _PIXEL.fullmatch(name):
            key = tuple(int(number) for number in match.groups() if number)
            if key in found:
                raise ValueError(
                    f"'{path}' has several columns for a pixel: {names[found[key]]!r} "
                    f"and {name!r}."
                )
            found[key] = column
        else:
            unknown.append(name)
    if unknown or not found:
        raise ValueError(
            f"'{path}' has the columns {_show(unknown or names)}; expected pixel0, "
            f"pixel1 and so on, and perhaps {label_column!r} (the label_column)."
        )
    _check_complete(path, found)
    return dict(sorted(found.items()))


def _check_complete(path: Path, found: Collection[PixelName]) -> None:
    """Refuse gaps between the columns, from 0 or 1 to the last."""
    if len({len(key) for key in found}) > 1:
        raise ValueError(
            f"'{path}' has columns named like pixel0 and others named like 1x1; "
            "expected one kind."
        )
    first = min(1, min(min(key) for key in found))
    # Lazily: the last may claim to be the billionth.
    numbers = (range(first, max(axis) + 1) for axis in zip(*found, strict=True))
    match tuple(numbers):
        case (pixels,):
            expected = ((pixel,) for pixel in pixels)
        case (rows, columns):
            expected = ((row, column) for row in rows for column in columns)
    for key in expected:
        if key not in found:
            name = f"pixel{key[0]}" if len(key) == 1 else f"{key[0]}x{key[1]}"
            raise ValueError(
                f"'{path}' has {len(found)} columns of pixels, but no column {name!r}."
            )


def _read_table(
    path: Path, file: TextIO, names: list[str], first: list[str]
) -> np.ndarray:
    """Read the first image, if it was read, and the remaining lines as bytes."""
    read = [",".join(first)] if first else []
    try:
        with warnings.catch_warnings():
            # No line at all is not a warning but an error, below.
            warnings.filterwarnings("ignore", "loadtxt: input contained no data")
            table = np.loadtxt(
                chain(read, _lines(path, file)),
                np.uint8,
                delimiter=",",
                comments=None,
                quotechar='"',
                ndmin=2,
            )
    except (UnicodeDecodeError, _TooLongError):
        raise
    except ValueError as error:
        wrong = _find_wrong_cell(path, names if first else [])
        raise ValueError(wrong or f"'{path}': {error}") from error
    if not table.size:
        raise ValueError(f"'{path}' names columns, but no image follows.")
    if table.shape[1] != len(names):
        raise ValueError(
            _find_wrong_cell(path, [])
            or f"'{path}' has lines of {table.shape[1]} columns, but the first line "
            f"names {len(names)}."
        )
    return table


def _find_wrong_cell(path: Path, names: list[str]) -> str:
    """Say which line or cell is not as it must be; nothing if that is not found.

    The first line has the names of the columns unless they are given.
    """
    if not path.is_file():  # a pipe, say, which cannot be read again
        return ""
    with _open(path) as file:
        reader = csv.reader(_lines(path, file))
        for cells in filter(None, reader):
            if not names:
                names = cells
            elif len(cells) != len(names):
                return (
                    f"'{path}', line {reader.line_num}, has {len(cells)} columns, but "
                    f"the first line has {len(names)}."
                )
            else:
                for name, cell in zip(names, cells, strict=True):
                    if not _WHOLE_NUMBER.fullmatch(cell) or int(cell) > 255:
                        return (
                            f"'{path}', line {reader.line_num}, column "
                            f"{name.strip()!r}: expected a whole number from 0 to 255, "
                            f"found {_shorten(cell)}."
                        )
    return ""


def _open(path: Path) -> TextIO:
    # "sig": spreadsheets start a file with a byte order mark.
    return path.open(encoding="utf-8-sig", newline="")


class _TooLongError(ValueError):
    """A line is longer than an image can make it."""


def _lines(path: Path, file: TextIO) -> Iterator[str]:
    """Yield lines, and read no more of one than an image or its header can need.

    Lines that quotation marks join count as one.
    """
    n_characters = n_columns = 0
    is_open = False
    while line := file.readline(_LONGEST_LINE + 1):
        if len(line) < _MOST_COLUMNS and not is_open and '"' not in line:
            yield line  # the usual case, without a look at each comma
            continue
        n_characters = len(line) + is_open * n_characters
        n_columns = line.count(",") + is_open * n_columns
        if n_characters > _LONGEST_LINE or n_columns >= _MOST_COLUMNS:
            raise _TooLongError(
                f"'{path}' has a line of more than {_LONGEST_LINE:,} characters or "
                f"{_MOST_COLUMNS:,} columns. Expected a line for each image: look for "
                "lost line breaks and quotation marks."
            )
        is_open ^= line.count('"') % 2 == 1
        yield line


def _image_shape(
    path: Path, image_shape: ImageShape | None, columns: Collection[PixelName]
) -> ImageShape:
    """Find the height and width that the columns stand for."""
    n_pixels = len(columns)
    given = None
    if len(next(iter(columns))) == 2:
        height = len({row for row, _ in columns})
        given = height, n_pixels // height
    if image_shape is None and given is None and isqrt(n_pixels) ** 2 != n_pixels:
        raise ImageShapeError(
            f"'{path}' has {n_pixels} columns of pixels, which do not make a square "
            "image. If none is missing, pass image_shape=(height, width)."
        )
    try:
        return resolve_image_shape(image_shape, n_pixels, given)
    except ValueError as error:
        raise ImageShapeError(f"'{path}': {error}") from error


def _show(names: Iterable[str], most: int = 5) -> str:
    names = list(names)
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(map(_shorten, names[:most])) + more


def _shorten(text: str) -> str:
    """Quote a text, or how it begins."""
    if len(text) <= _LONGEST_SHOWN:
        return repr(text)
    return f"{text[:_LONGEST_SHOWN]!r}... ({len(text):,} characters)"

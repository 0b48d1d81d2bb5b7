"""Images in a CSV file: a line each, a column for each pixel."""

import csv
import os
from collections.abc import Iterator
from itertools import chain
from numbers import Integral
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.utils import Bunch

from skdigits._csv_labels import LabelError, encode_ids, encode_labels
from skdigits._csv_words import shorten
from skdigits._images import ImageShape
from skdigits._sklearn import Interval, StrOptions, validate_params
from skdigits.datasets._bunch import make_bunch
from skdigits.datasets._csv_columns import Column, Columns, columns_by_name, has_names
from skdigits.datasets._csv_file import open_text, read_lines, read_start
from skdigits.datasets._csv_matrix import choose_reading, find_readings
from skdigits.datasets._csv_table import Source, Table, find_wrong_cell, read_table
from skdigits.datasets._idx import DEFAULT_MAX_BYTES


@validate_params(
    {
        "path": [str, os.PathLike],
        "label_column": [str, Integral, None],
        "index_col": [str, Integral, None],
        "header": [
            StrOptions({"infer"}),
            Interval(Integral, 0, 1, closed="left"),
            None,
        ],
        "image_shape": [tuple, list, None],
        "max_bytes": [Interval(Integral, 0, None, closed="left")],
        "return_X_y": ["boolean"],
        "as_frame": ["boolean"],
    },
    prefer_skip_nested_validation=True,
)
def load_csv(
    path: str | os.PathLike[str],
    *,
    label_column: str | int | None = None,
    index_col: str | int | None = None,
    header: str | int | None = "infer",
    image_shape: ImageShape | None = None,
    max_bytes: int = DEFAULT_MAX_BYTES,
    return_X_y: bool = False,
    as_frame: bool = False,
) -> Bunch | tuple[Any, Any]:
    r"""Load images from a CSV file with one image per line.

    The first line can name the columns: one per pixel, and optionally one for labels
    and one for ids. An error names the arguments to set if the file is ambiguous.

    Parameters
    ----------
    path : str or path-like
        Path of the file, in UTF-8 or UTF-16. Columns are separated by commas,
        semicolons, tabs or vertical bars. The file may be compressed with gzip, or
        alone in a zip archive.

    label_column : str or int, default=None
        Name of the column of labels, or its position from 0; -1 is the last. If there
        is no such column, as in Kaggle's test files, the images have no labels. None
        means ``label``, ``labels``, ``class``, ``target``, ``digit`` or ``y``. Without
        column names, it means the first or the last column (see Notes).

    index_col : str or int, default=None
        Name or position of the column of ids. None means ``id``, ``index``,
        ``ImageId``, ``filename`` and similar names, or the index written by pandas.

    header : {"infer", 0, None}, default="infer"
        Whether the first line holds column names (0) or an image (None).

    image_shape : tuple (h, w), default=None
        Shape of the images, in pixels. None means square.

    max_bytes : int, default=2**30
        Maximum size of a compressed file after decompression, in bytes. Larger files
        are refused.

    return_X_y : bool, default=False
        If True, return ``(data, target)`` instead of a Bunch object.

    as_frame : bool, default=False
        If True, `data` is a pandas DataFrame and `target` is a pandas Series.

    Returns
    -------
    digits : :class:`~sklearn.utils.Bunch`
        Dictionary-like object with the following attributes.

        data : ndarray or DataFrame of shape (n, h * w), uint8
            One image per row, the pixels in the order of their names, whatever the
            order of the columns.
        target : ndarray or Series of shape (n,), int64, or None
            Label of each image, from 0 to 255, or its position in `target_names` if
            labels are names. None if there is no column of labels.
        images : ndarray of shape (n, h, w), uint8
            The same pixels as images (a view).
        target_names : ndarray or None
            Sorted labels that occur.
        feature_names : list of str or None
            ``"pixel0"`` and so on, row by row. None for more than 65,536 pixels.
        ids : ndarray of shape (n,) or None
            Ids of the images, int64 or text. They are the index of `frame`. None if
            there is no such column.
        frame : DataFrame of shape (n, h * w + 1) or None
            `data` and `target` in one DataFrame, if `as_frame` is True.
        DESCR : str
            Description of the data set.

    (data, target) : tuple if ``return_X_y`` is True
        `data` and `target`. `target` is None if there is no column of labels.

    Raises
    ------
    OSError
        If the file cannot be opened; FileNotFoundError if it does not exist.
    ValueError
        If the file is empty, damaged, ambiguous or not CSV. If a line has more than
        20,000,000 characters or 1,000,001 columns. If a column is missing, unknown or
        occurs twice. If a pixel is not a whole number from 0 to 255 (7.0 is valid). If
        the pixels do not make an image of `image_shape`, or if a parameter is invalid.
        The message names the file, the line and the column.
    ImportError
        If `as_frame` is True and pandas is not installed.

    See Also
    --------
    load_idx : Load IDX files, the format of MNIST.
    load_image_folder : Load image files.

    Notes
    -----
    Columns of pixels can be called ``pixel0`` to ``pixel783``, ``pixel1`` to
    ``pixel784``, ``1x1`` to ``28x28`` (row and column), ``pixel_0_0`` and so on as in
    scikit-learn, or by numbers. Empty columns at the end are ignored.

    Without column names, all columns are pixels if they make an image of `image_shape`,
    or a square one. If there is one more column, it holds labels and is the first or
    the last one. The other one is then a corner of the images and must be 0 (or 255) in
    all lines. A first column that counts more than 62 lines is an index. If there are
    two more columns, the first is an index.

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
    asked = label_column, index_col, image_shape
    try:
        with open_text(path, max_bytes) as file:
            source, columns, table = _read(
                path, read_lines(path, file), header, asked, max_bytes
            )
    except csv.Error as error:
        raise ValueError(f"'{path}' is not CSV: {error}") from error
    except UnicodeDecodeError as error:
        raise ValueError(
            f"'{path}' is not a text file in UTF-8 or UTF-16: {error}."
        ) from error
    target = target_names = ids = None
    if columns.label is not None:
        target, target_names = _encode(source, columns.label, table)
    if columns.ids is not None:
        ids = encode_ids(table.texts[columns.ids])
    # np.take gives rows that are contiguous; indexing does not.
    images = np.take(table.values, columns.pixels, axis=1)
    for i in np.flatnonzero(np.isin(columns.pixels, list(table.texts))):
        images[:, i] = [float(cell) for cell in table.texts[columns.pixels[i]]]
    height, width = columns.image_shape
    return make_bunch(
        images.reshape(-1, height, width),
        target,
        index=ids,
        target_names=target_names,
        description=f"{len(images):,} images of {height}x{width} pixels from {path}",
        return_X_y=return_X_y,
        as_frame=as_frame,
        caller="load_csv",
        ids=ids,
    )


def _read(
    path: Path,
    lines: Iterator[str],
    header: str | int | None,
    asked: tuple[Column, Column, ImageShape | None],
    max_bytes: int,
) -> tuple[Source, Columns, Table]:
    """Find out what the columns hold, and read them."""
    start = read_start(path, lines)
    first = start.rows[0]
    named = header == 0
    if header == "infer":
        named = has_names(path, first[: _filled(first)])
    n_columns, n_blank = _width(start.rows, named)
    if named:
        names = first[:n_columns]
        columns = columns_by_name(path, names, *asked)
        places = [(columns.label, columns.ids), columns.ignored]
    else:
        shape, readings = find_readings(path, n_columns, *asked)
        places = readings
        prefix = "pixel" if readings == [(None, None)] else ""
        names = [f"{prefix}{column}" for column in range(n_columns)]
    text_columns = {column for column in chain(*places) if column is not None}
    source = Source(
        path,
        max_bytes,
        start.separator,
        names + [""] * n_blank,
        named,
        text_columns,
        range(n_columns, n_columns + n_blank),
    )
    table = read_table(source, chain(*start.lines[named:], lines))
    if not named:
        label, ids = choose_reading(path, n_columns, readings, table.texts)
        pixels = [c for c in range(n_columns) if c not in (label, ids)]
        columns = Columns(pixels, shape, label, ids)
    return source, columns, table


def _filled(cells: list[str]) -> int:
    """Count the cells up to the last that is not blank."""
    return max((i for i, cell in enumerate(cells, 1) if cell), default=0)


def _width(rows: list[list[str]], named: bool) -> tuple[int, int]:
    """Count the columns, and those that are but commas at the end of the lines."""
    n_columns = _filled(rows[0])
    last = rows[-1]
    if named and (len(last) < n_columns or _filled(last) > n_columns):
        return len(rows[0]), 0  # which will be refused
    return n_columns, len(last) - n_columns


def _encode(source: Source, column: int, table: Table) -> tuple[np.ndarray, np.ndarray]:
    try:
        return encode_labels(table.texts[column])
    except LabelError as error:
        wrong = find_wrong_cell(source, {column: error.text})
        raise ValueError(
            wrong
            or f"'{source.path}', column {source.names[column]!r}: expected a whole "
            f"number from 0 to 255, found {shorten(error.text)}."
        ) from error

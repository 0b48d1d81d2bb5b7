"""Images and labels in a MATLAB file."""

import os
import re
from collections.abc import Callable, Sequence
from math import isfinite, isqrt
from numbers import Integral, Real
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from sklearn.utils import Bunch

from skdigits._images import ImageShape, check_image_shape
from skdigits._mat_file import MatArray, opened
from skdigits._sklearn import Interval, Options, StrOptions, validate_params
from skdigits.datasets._array_names import choose_parts, find_parts, join_parts
from skdigits.datasets._bunch import make_bunch
from skdigits.datasets._idx import DEFAULT_MAX_BYTES
from skdigits.datasets._mat_images import (
    exchange_pixels,
    find_axis,
    find_grey_levels,
    to_bytes,
    to_rows,
)
from skdigits.datasets._mat_labels import are_exchanged, number_labels, to_labels

# "train0" to "test9", an array for each digit.
_OF_DIGIT = re.compile(r"(?P<part>train|test)_?(?P<digit>[0-9])")
# mldata.org made its files of arrays that were row by row.
_ROW_BY_ROW = "mldata_descr_ordering"
_N_DIGITS = 10


class _Part(NamedTuple):
    """Images, and an array of labels, or the label of them all."""

    images: MatArray
    labels: MatArray | int | None


@validate_params(
    {
        "path": [str, os.PathLike],
        "subset": [StrOptions({"all", "train", "val", "test"})],
        "axis": [Options(Integral, {0, -1}), None],
        "transposed": ["boolean", None],
        "image_shape": [tuple, list, None],
        "pixel_range": [tuple, list, None],
        "zero_label": [Options(Integral, {0, 1, 10}), None],
        "max_bytes": [Interval(Integral, 0, None, closed="left")],
        "return_X_y": ["boolean"],
        "as_frame": ["boolean"],
    },
    prefer_skip_nested_validation=True,
)
def load_mat(
    path: str | os.PathLike[str],
    *,
    subset: str = "all",
    axis: int | None = None,
    transposed: bool | None = None,
    image_shape: ImageShape | None = None,
    pixel_range: tuple[float, float] | None = None,
    zero_label: int | None = None,
    max_bytes: int = DEFAULT_MAX_BYTES,
    return_X_y: bool = False,
    as_frame: bool = False,
) -> Bunch | tuple[Any, Any]:
    """Load images and labels from a MATLAB file, such as those of SVHN and USPS.

    Such files differ in the axis of the images, the order of their pixels, the grey
    levels and the label of the digit 0. An error names the arguments to set if a file
    is ambiguous.

    Parameters
    ----------
    path : str or path-like
        Path of a MATLAB file of version 5 to 7, written by ``save(name, ..., '-v7')``
        in MATLAB or :func:`scipy.io.savemat` in Python. Images must be called ``X``,
        ``images``, ``data``, ``fea`` or ``patterns``, and labels ``y``, ``labels``,
        ``target`` or ``gnd``. Names can contain ``train``, ``val`` or ``test``, as in
        ``train_x`` and ``testLabels``. Alternatively, there is one array per digit,
        ``train0`` to ``test9``. Other variables are not read.

    subset : {"all", "train", "val", "test"}, default="all"
        Which images to load, if the names tell. "all" loads training images first and
        test images last.

    axis : {0, -1}, default=None
        Axis of the images. None means the axis with as many entries as there are
        labels, or the one that leaves square images.

    transposed : bool, default=None
        Whether the pixels of an image are stored column by column, as in MATLAB. For
        arrays of pictures, whether rows and columns are exchanged. None means that the
        images of the digit 1 decide (see Notes).

    image_shape : tuple (h, w), default=None
        Shape of the images, in pixels. None means square.

    pixel_range : tuple (black, white), default=None
        Values that become 0 and 255. Values outside are clipped. None means 0 to 255, 0
        to 1 or -1 to 1.

    zero_label : {0, 1, 10}, default=None
        Label of the digit 0. With 1, all labels are reduced by 1. None means 0. For
        labels from 1 to 10, see Notes.

    max_bytes : int, default=2**30
        Maximum size of an array after decompression, in bytes. Larger arrays are
        refused.

    return_X_y : bool, default=False
        If True, return ``(data, target)`` instead of a Bunch object.

    as_frame : bool, default=False
        If True, `data` is a pandas DataFrame and `target` is a pandas Series.

    Returns
    -------
    digits : :class:`~sklearn.utils.Bunch`
        Dictionary-like object with the following attributes.

        data : ndarray or DataFrame of shape (n, h * w), uint8
            One image per row, pixels row by row. Colours are converted to greyscale.
        target : ndarray or Series of shape (n,), int64, or None
            Label of each image. None if there are no labels.
        images : ndarray of shape (n, h, w), uint8
            The same pixels as images (a view).
        target_names : ndarray or None
            Sorted labels that occur.
        feature_names : list of str or None
            ``"pixel0"`` and so on, row by row. None for more than 65,536 pixels.
        frame : DataFrame of shape (n, h * w + 1) or None
            `data` and `target` in one DataFrame, if `as_frame` is True.
        DESCR : str
            Description of the data set.

    (data, target) : tuple if ``return_X_y`` is True
        `data` and `target`.

    Raises
    ------
    OSError
        If the file cannot be opened. FileNotFoundError if it does not exist.
    ValueError
        If the file is damaged, too large, ambiguous or of another version. If it holds
        no images or several sets of them. If images or labels are not real numbers, if
        there are more or fewer labels than images, or if a parameter is invalid.
    ImportError
        If `as_frame` is True and pandas is not installed.

    See Also
    --------
    load_npz : Load a file of NumPy arrays.
    load_idx : Load IDX files, the format of MNIST.

    Notes
    -----
    The images of the digit 1 show whether pixels are stored row by row or column by
    column. By the variance of the foreground's positions, they must be at least 2.5
    times as tall as wide, or as wide as tall. For labels from 1 to 10, 10 is the digit
    0 if the images of label 1 are that slender and those of 10 are not. Label 1 is the
    digit 0 if the images of label 2 are that slender and those of 1 are not. Images in
    colour with such labels are taken for SVHN, where 10 is the digit 0.

    Integers are grey levels from 0 to 255. Numbers with a fraction are grey levels if
    they exceed 127. They are in the range 0 to 1 or -1 to 1 if they are within half a
    unit of it.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from scipy.io import savemat
    >>> from skdigits.datasets import load_digits, load_mat
    >>> digits = load_digits()
    >>> columns = digits.images.reshape(-1, 64, order="F")  # as MATLAB does
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "own.mat")
    ...     savemat(path, {"X": columns / 16, "y": digits.target})
    ...     own = load_mat(path)
    >>> own.images[0, 0], digits.images[0, 0]
    (array([  0,   0,  80, 207, 143,  16,   0,   0], dtype=uint8),
     array([ 0,  0,  5, 13,  9,  1,  0,  0], dtype=uint8))
    """
    path = Path(path).expanduser()
    if image_shape is not None:
        image_shape = check_image_shape(tuple(image_shape))
    _check_range(pixel_range)
    parts, row_by_row = _read_parts(path, subset, max_bytes)
    if transposed is None and row_by_row:
        transposed = False
    try:
        images, target = _arrange(
            parts, axis, transposed, image_shape, pixel_range, zero_label
        )
    except ValueError as error:
        raise ValueError(f"'{path}': {error}") from error
    height, width = images.shape[1:]
    return make_bunch(
        images,
        target,
        target_names=None if target is None else np.unique(target),
        description=f"{len(images):,} images of {height}x{width} pixels from {path}",
        return_X_y=return_X_y,
        as_frame=as_frame,
        caller="load_mat",
    )


def _check_range(pixel_range: tuple[float, float] | None) -> None:
    if pixel_range is None:
        return
    are_numbers = all(isinstance(v, Real) and isfinite(v) for v in pixel_range)
    if len(pixel_range) != 2 or not are_numbers:
        raise ValueError(f"pixel_range must be two numbers; got {pixel_range!r}.")
    if pixel_range[0] == pixel_range[1]:
        raise ValueError(f"pixel_range must be two different numbers; {pixel_range!r}.")


def _read_parts(path: Path, subset: str, max_bytes: int) -> tuple[list[_Part], bool]:
    """Read what is asked for, and tell whether it is known to be row by row."""
    with opened(path) as file:
        variables = {variable.name: variable for variable in file.variables}

        def read(name: str) -> MatArray:
            return file.read(variables[name], max_bytes)

        if (of_digits := _find_digits(path, list(variables), subset)) is not None:
            return [_Part(read(name), digit) for name, digit in of_digits], False
        advice = "Save those that you want alone."
        named = find_parts(path, list(variables), advice)
        parts = [_read_part(read, names) for names in choose_parts(path, named, subset)]
        return parts, _ROW_BY_ROW in variables


def _find_digits(
    path: Path, names: Sequence[str], subset: str
) -> list[tuple[str, int]] | None:
    """Find the arrays train0 to test9 in their order, if there are any."""
    found: dict[str, list[tuple[str, int]]] = {}
    for name in sorted(names):
        if match := _OF_DIGIT.fullmatch(name):
            part = found.setdefault(match["part"], [])
            part.append((name, int(match["digit"])))
    digits = [digit for part in found.values() for _, digit in part]
    # A single one may be anything beside images that have a usual name.
    if len(set(digits)) < 2 and len(digits) < len(names):
        return None
    return [digit for part in choose_parts(path, found, subset) for digit in part]


def _read_part(read: Callable[[str], MatArray], names: dict[str, str]) -> _Part:
    images = read(names["images"])
    if "labels" in names:
        return _Part(images, read(names["labels"]))
    shape = images.values.shape
    if len(shape) != 3 or shape[2] != _N_DIGITS or shape[1] <= 2 * shape[0]:
        return _Part(images, None)
    if isqrt(shape[0]) ** 2 != shape[0]:
        return _Part(images, None)
    # USPS: 256 pixels of 1,100 images of each digit; the 0s are last.
    flat = images.values.reshape(shape[0], -1, order="F")
    labels = np.repeat([[*range(1, _N_DIGITS + 1)]], shape[1], axis=1)
    return _Part(images._replace(values=flat), MatArray("labels", labels, "integer"))


def _arrange(
    parts: Sequence[_Part],
    axis: int | None,
    transposed: bool | None,
    image_shape: ImageShape | None,
    pixel_range: tuple[float, float] | None,
    zero_label: int | None,
) -> tuple[np.ndarray, np.ndarray | None]:
    """Make images of 8 bits and digits of what the arrays hold."""
    arrays = [part.images for part in parts]
    known = [
        to_labels(part.labels) if isinstance(part.labels, MatArray) else None
        for part in parts
    ]
    n_labels = [None if labels is None else len(labels[0]) for labels in known]
    axis, picture = find_axis(arrays, n_labels, axis, image_shape)
    levels = find_grey_levels(arrays, pixel_range)
    are_flat = arrays[0].values.ndim == 2
    images, labels = [], []
    for part, found in zip(parts, known, strict=True):
        rows = to_rows(part.images.values, axis, picture)
        images.append(to_bytes(rows, *levels))
        if found is not None:
            labels.append(found[0])
        elif part.labels is not None:
            labels.append(np.full(len(rows), part.labels))
    pixels, target = join_parts(images, labels)
    if are_flat and transposed is None and picture[0] != picture[1]:
        are_exchanged(None, pixels)  # which cannot be told
    if transposed:
        pixels = _exchange(pixels, are_flat)
    if target is not None:
        target = number_labels(
            target,
            pixels,
            are_positions=any(found is not None and found[1] for found in known),
            are_coloured=rows.ndim == 4,
            zero_label=zero_label,
        )
    if are_flat and transposed is None and are_exchanged(target, pixels):
        pixels = _exchange(pixels, are_flat)
    return pixels, target


def _exchange(images: np.ndarray, are_flat: bool) -> np.ndarray:
    if are_flat:
        return exchange_pixels(images)
    return np.ascontiguousarray(images.swapaxes(1, 2))

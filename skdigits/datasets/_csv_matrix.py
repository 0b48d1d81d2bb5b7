"""What each column of a CSV file without names holds, by what stands in it."""

from collections.abc import Iterator, Mapping, Sequence
from math import isqrt, prod
from pathlib import Path
from typing import NamedTuple

from skdigits._csv_words import is_byte
from skdigits._images import ImageShape, ImageShapeError, check_image_shape
from skdigits.datasets._csv_columns import Column, find_position

# Digits, capital and small letters: no more labels stand in order, each once.
_MOST_LABELS = 62
# Fewer pixels are a mistake rather than an image, unless the user tells the rest.
_FEWEST_PIXELS = 4


class Reading(NamedTuple):
    """Where labels and ids may be.

    Parameters
    ----------
    label : int or None
        The column of labels.

    ids : int or None
        The column of ids.
    """

    label: int | None
    ids: int | None

    def describe(self, n_columns: int) -> str:
        """Say how to ask for it.

        Parameters
        ----------
        n_columns : int
            How many columns there are.

        Returns
        -------
        description : str
            The arguments of the loader.
        """
        label = -1 if self.label == n_columns - 1 else self.label
        parts = [
            f"{parameter}={column}"
            for parameter, column in (("label_column", label), ("index_col", self.ids))
            if column is not None
        ]
        return ", ".join(parts)


def find_readings(
    path: Path,
    n_columns: int,
    label_column: Column,
    index_col: Column,
    image_shape: ImageShape | None,
) -> tuple[ImageShape, list[Reading]]:
    """List what columns without names may hold, by their number.

    Parameters
    ----------
    path : pathlib.Path
        For messages.

    n_columns : int
        How many columns there are.

    label_column : str, int or None
        Position of the column of labels, if the user gave it.

    index_col : str, int or None
        Position of the column of ids, if the user gave it.

    image_shape : tuple (h, w) or None
        Height and width, if the user gave them.

    Returns
    -------
    image_shape : tuple (h, w)
        Of the images.

    readings : list of Reading
        One or more.

    Raises
    ------
    ValueError
        If there is none.
    """
    columns = range(n_columns)
    label, ids = (
        None if column is None else _position(path, columns, parameter, column)
        for parameter, column in (
            ("label_column", label_column),
            ("index_col", index_col),
        )
    )
    n_told = (label is not None) + (ids is not None)
    for n_others in range(n_told, 3):
        n_pixels = n_columns - n_others
        if n_others > n_told and n_pixels < _FEWEST_PIXELS:
            break
        shape = image_shape and check_image_shape(image_shape)
        if shape is None:
            shape = (isqrt(n_pixels), isqrt(n_pixels))
        readings = list(_readings(n_columns, n_others, label, ids))
        if prod(shape) == n_pixels > 0 and readings:
            return shape, readings
    raise ImageShapeError(
        f"The first line of '{path}' holds {n_columns} numbers, which are not the "
        f"pixels of {_wanted(image_shape)} image, and perhaps its label and its id; "
        "expected the names of the columns, such as label,pixel0,pixel1. Put that line "
        "in front, or pass image_shape=(height, width)."
    )


def _wanted(image_shape: ImageShape | None) -> str:
    return "a square" if image_shape is None else "a {}x{}".format(*image_shape)


def _position(path: Path, columns: range, parameter: str, column: str | int) -> int:
    if isinstance(column, str):
        raise ValueError(
            f"'{path}' has no line of names, so there is no column {column!r}. Pass "
            f"its position, such as {parameter}=0, or -1 for the last."
        )
    return find_position(path, list(map(str, columns)), parameter, column)


def _readings(
    n_columns: int, n_others: int, label: int | None, ids: int | None
) -> Iterator[Reading]:
    """List the places of a label, first or last, and of an id, before all else."""
    last = n_columns - 1
    for one_ids in (None, 0) if ids is None else (ids,):
        first = 1 if one_ids == 0 else 0
        for one_label in (None, first, last) if label is None else (label,):
            told = [place for place in (one_label, one_ids) if place is not None]
            if len(told) == len(set(told)) == n_others:
                yield Reading(one_label, one_ids)


def choose_reading(
    path: Path,
    n_columns: int,
    readings: Sequence[Reading],
    texts: Mapping[int, Sequence[str]],
) -> Reading:
    """Find the one reading that the cells allow.

    Parameters
    ----------
    path : pathlib.Path
        For messages.

    n_columns : int
        How many columns there are.

    readings : sequence of Reading
        As from :func:`find_readings`.

    texts : dict from int to sequence of str
        The cells of each column that may be no pixel.

    Returns
    -------
    reading : Reading
        The one.

    Raises
    ------
    ValueError
        If there are several, or none.
    """
    if len(readings) == 1:
        return readings[0]
    left = [reading for reading in readings if _is_plausible(reading, texts)]
    # A corner of all images is often the same background; labels rarely are.
    varied = [r for r in left if r.label is None or not _is_even(texts[r.label])]
    left = varied or left
    if len(left) == 1:
        return left[0]
    choices = " or ".join(reading.describe(n_columns) for reading in left or readings)
    why = "several may" if left else "none seems to"
    raise ValueError(
        f"'{path}' has no line of names, and {n_columns} columns. Some of them are not "
        f"pixels: {why} hold the labels or the ids. Pass {choices}."
    )


def _is_plausible(reading: Reading, texts: Mapping[int, Sequence[str]]) -> bool:
    for column, cells in texts.items():
        if column == reading.ids:
            if not (_counts(cells) or _are_all_different_names(cells)):
                return False
        elif column == reading.label:
            if _counts(cells) and len(cells) > _MOST_LABELS:
                return False
        elif not all(map(is_byte, set(cells))) or (_counts(cells) and len(cells) > 2):
            return False
    return True


def _counts(cells: Sequence[str]) -> bool:
    """Tell whether cells count up by one, from 0 or 1."""
    first = cells[0]
    return first in ("0", "1") and all(
        cell == str(number) for number, cell in enumerate(cells, int(first))
    )


def _are_all_different_names(cells: Sequence[str]) -> bool:
    return len(set(cells)) == len(cells) and not any(map(is_byte, cells))


def _is_even(cells: Sequence[str]) -> bool:
    """Tell whether all cells are the same black or white."""
    first, *others = set(cells)
    return not others and is_byte(first) and float(first) in (0, 255)

"""What each column of a CSV file holds, by the names in its first line."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from math import isqrt
from pathlib import Path

from skdigits._csv_words import is_number, show
from skdigits._images import ImageShape, ImageShapeError, resolve_image_shape

# "pixel0" as in Kaggle's files, "1x1" (row x column), "pixel_0_0" as scikit-learn names
# those of its digits, or "0" as pandas does.
_PIXEL = re.compile(
    r"(?P<prefix>(?:pixel|px)[ _.-]?)?([0-9]{1,9})(?:[x_]([0-9]{1,9}))?", re.IGNORECASE
)
_LABELS = ("label", "labels", "class", "target", "digit", "y")
_ID = re.compile(
    r"((image|img|sample|row|digit)[ _]?)?(id|idx|index)|file_?name", re.IGNORECASE
)
_UNNAMED = re.compile(r"(unnamed: ?[0-9]+)?", re.IGNORECASE)
PixelName = tuple[int, ...]
Column = str | int | None


@dataclass(frozen=True)
class Columns:
    """Which column holds what.

    Parameters
    ----------
    pixels : list of int
        Columns of pixels, in the order of the pixels.

    image_shape : tuple (h, w)
        Of the images.

    label : int or None
        The column of labels.

    ids : int or None
        The column of ids.

    ignored : list of int, default=()
        Columns of other text.
    """

    pixels: list[int]
    image_shape: ImageShape
    label: int | None
    ids: int | None
    ignored: Collection[int] = ()


def has_names(path: Path, cells: Sequence[str]) -> bool:
    """Tell whether the first line names the columns.

    Parameters
    ----------
    path : pathlib.Path
        For the message.

    cells : sequence of str
        The first line.

    Returns
    -------
    has_names : bool
        Whether it does.

    Raises
    ------
    ValueError
        If it may also be an image.
    """
    matches = [_PIXEL.fullmatch(cell) for cell in cells]
    if any(match and (match["prefix"] or match[3]) for match in matches):
        return True
    numbers = [cell for cell in cells if is_number(cell)]
    others = [cell for cell in cells if not is_number(cell)]
    if len(numbers) > 1 and numbers in (_count(0, numbers), _count(1, numbers)):
        # pandas leaves the name of its index out.
        named = [name for name in others if name] or others[:1] == cells[:1] == [""]
        if int(numbers[-1]) > 255 or named:
            return True
        raise ValueError(
            f"The first line of '{path}' counts from {numbers[0]} to {numbers[-1]}: "
            "that may be the names of the columns or an image. Pass header=0 if they "
            "are names, or header=None if it is an image."
        )
    # Beside pixels, an image may have a label and an id that are no numbers.
    return len(others) > 2 or not numbers


def _count(first: int, numbers: Sequence[str]) -> list[str]:
    return [str(number) for number in range(first, first + len(numbers))]


def find_position(path: Path, names: Sequence[str], parameter: str, column: int) -> int:
    """Find the column that a number stands for.

    Parameters
    ----------
    path : pathlib.Path
        For the message.

    names : sequence of str
        Of the columns.

    parameter : str
        Of the loader, which gave the number.

    column : int
        From 0; from the end if it is negative.

    Returns
    -------
    position : int
        Not negative.

    Raises
    ------
    ValueError
        If there are fewer columns.
    """
    if not -len(names) <= column < len(names):
        raise ValueError(
            f"'{path}' has {len(names)} columns, so there is no column {column}, which "
            f"{parameter} asks for."
        )
    return column % len(names)


def columns_by_name(
    path: Path,
    names: list[str],
    label_column: Column,
    index_col: Column,
    image_shape: ImageShape | None,
) -> Columns:
    """Understand the names of the columns.

    Parameters
    ----------
    path : pathlib.Path
        For messages.

    names : list of str
        Of the columns.

    label_column : str, int or None
        Name or position of the column of labels, if the user gave it.

    index_col : str, int or None
        Name or position of the column of ids, if the user gave it.

    image_shape : tuple (h, w) or None
        Height and width, if the user gave them.

    Returns
    -------
    columns : Columns
        What they hold.

    Raises
    ------
    ValueError
        If a name is missing, unknown or there twice, or if two may be the label.
    """
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise ValueError(f"'{path}' has several columns {show(twice)}.")
    label = _position(path, names, "label_column", label_column)
    ids = _position(path, names, "index_col", index_col)
    if index_col is not None and ids is None:
        raise ValueError(
            f"'{path}' has no column {index_col!r} (index_col); its columns are "
            f"{show(names)}."
        )
    if label_column is None:
        known = (i for i, name in enumerate(names) if name.lower() in _LABELS)
        label = _only(path, names, "label_column", "labels", known, other=ids)
    if index_col is None:
        known = (i for i, name in enumerate(names) if _ID.fullmatch(name))
        ids = _only(path, names, "index_col", "ids", known, other=label)
    pixels: dict[PixelName, int] = {}
    unknown, ignored = [], []
    for column, name in enumerate(names):
        if column in (label, ids):
            continue
        if match := _PIXEL.fullmatch(name):
            key = tuple(int(number) for number in match.groups()[1:] if number)
            if key in pixels:
                raise ValueError(
                    f"'{path}' has several columns for a pixel: "
                    f"{names[pixels[key]]!r} and {name!r}."
                )
            pixels[key] = column
        elif (
            _ID.fullmatch(name)
            or _UNNAMED.fullmatch(name)
            or (name.lower() in _LABELS and label is not None)
        ):
            ignored.append(column)
        else:
            unknown.append(name)
    if unknown or not pixels:
        raise ValueError(
            f"'{path}' has the columns {show(unknown or names)}; expected pixel0, "
            "pixel1 and so on, and perhaps labels (label_column=) and ids (index_col=)."
        )
    if ids is None and ignored and _UNNAMED.fullmatch(names[ignored[0]]):
        ids = ignored.pop(0)
    _check_complete(path, pixels)
    shape = _image_shape(path, image_shape, pixels)
    in_order = [pixels[key] for key in sorted(pixels)]
    return Columns(in_order, shape, label, ids, ignored)


def _position(
    path: Path, names: Sequence[str], parameter: str, column: Column
) -> int | None:
    if isinstance(column, str):
        # A file to be predicted has no column of labels.
        return names.index(column) if column in names else None
    return None if column is None else find_position(path, names, parameter, column)


def _only(
    path: Path,
    names: Sequence[str],
    parameter: str,
    meaning: str,
    known: Iterable[int],
    other: int | None,
) -> int | None:
    """Take the one column with a name that says what it holds."""
    found = [column for column in known if column != other]
    if len(found) > 1:
        choices = " or ".join(f"{parameter}={names[column]!r}" for column in found)
        raise ValueError(
            f"'{path}' has several columns that may hold {meaning}: "
            f"{show(names[column] for column in found)}. Pass {choices}."
        )
    return found[0] if found else None


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

"""Predictions of images in a CSV file, written as Kaggle takes them."""

from __future__ import annotations

import json
import math
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from skdigits._commands._spreadsheets import csv_line

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TextIO

    import numpy as np
    from sklearn.utils import Bunch

    from skdigits._commands._model_option import Model
    from skdigits._images import ImageShape

_ENDINGS = (".csv", ".tsv", ".csv.gz", ".tsv.gz", ".zip")


def is_table(path: Path) -> bool:
    """Tell whether a file is a table of pixels, by its name.

    Parameters
    ----------
    path : pathlib.Path
        The file.

    Returns
    -------
    is_table : bool
        Whether it ends in .csv or .tsv, perhaps with .gz or .zip, or in .zip alone.
    """
    return path.name.lower().endswith(_ENDINGS)


def load_table(
    path: Path, model: Model, image_shape: ImageShape | None
) -> tuple[np.ndarray, str]:
    """Load the images of a table, framed as a model needs them.

    Parameters
    ----------
    path : pathlib.Path
        A CSV file with a row for each image.

    model : Model
        The model.

    image_shape : tuple (h, w) or None
        Of the images in the file. None means that of the model if it has as many
        pixels, else square.

    Returns
    -------
    images : ndarray of shape (n, h, w)
        Of the shape that the model takes.

    description : str
        Their source and number, and what was done with them.

    Raises
    ------
    OSError
        If the file cannot be opened.
    ValueError
        If it is not as it must be.
    """
    digits = _load(path, model, image_shape)
    description = f"{path}: {len(digits.images):,} images"
    names = {"labels": digits.target, "ids": digits.ids}
    ignored = " and ".join(name for name in names if names[name] is not None)
    unused = f", whose {ignored} are not used" if ignored else ""
    # Many estimators know how many pixels there are, not in which rows.
    if digits.data.shape[1] == math.prod(model.image_shape):
        return digits.images.reshape(-1, *model.image_shape), description + unused
    height, width = digits.images.shape[1:]
    framed = model.frame(digits.images, polarity="bright")
    how = f" of {height}x{width}{unused}; {model.describe_frame()}"
    return framed, description + how


def _load(path: Path, model: Model, image_shape: ImageShape | None) -> Bunch:
    from skdigits._images import ImageShapeError
    from skdigits.datasets import load_csv

    if image_shape is None:
        with suppress(ImageShapeError):  # images of another size are framed
            return load_csv(path, image_shape=model.image_shape)
    try:
        return load_csv(path, image_shape=image_shape)
    except ImageShapeError as error:
        height, width = model.image_shape
        raise ValueError(
            f"{error} Here, that is --image-shape HEIGHTxWIDTH. {model.name} takes "
            f"{height * width} pixels, {height}x{width}."
        ) from error


def write_labels(
    file: TextIO, labels: Iterable[object], columns: tuple[str, str], as_json: bool
) -> None:
    """Write the number of each image, from 1, and its label.

    Parameters
    ----------
    file : file
        Open for text.

    labels : iterable of object
        Predicted labels.

    columns : tuple of str
        Names of the numbers and of the labels.

    as_json : bool
        Whether to write JSON instead of CSV.
    """
    rows = list(enumerate(labels, 1))
    if as_json:
        records = [dict(zip(columns, row, strict=True)) for row in rows]
        json.dump({"predictions": records}, file, indent=2)
        file.write("\n")
    else:
        file.writelines(map(csv_line, [columns, *rows]))

"""The images that a saved model is tested on."""

from __future__ import annotations

import hashlib
import math
from typing import TYPE_CHECKING, Any

from skdigits._commands._data_option import DIGITS
from skdigits._commands._labelled_images import LabelledImages, split

if TYPE_CHECKING:
    from pathlib import Path

    import typer

    from skdigits._commands._data_option import DataSource
    from skdigits._commands._model_option import Model
    from skdigits._images import ImageShape

TEST_SIZE = 0.25
_BUNDLED = 64  # pixels of the bundled digits


def sha256_of(images: LabelledImages) -> str:
    """Return a checksum of images and their labels.

    Parameters
    ----------
    images : LabelledImages
        In their order.

    Returns
    -------
    digest : str
        Hexadecimal.
    """
    import numpy as np

    digest = hashlib.sha256(np.ascontiguousarray(images.X).data)
    digest.update("\0".join(map(str, images.y)).encode())
    return digest.hexdigest()


def was_trained_on(model: Model, images: LabelledImages) -> bool:
    """Tell whether a model says that it was trained on a part of the images.

    Parameters
    ----------
    model : Model
        The model.

    images : LabelledImages
        Images as they were loaded.

    Returns
    -------
    was_trained : bool
        By their checksum.
    """
    return find_record(model.metadata, images) is not None


def find_records(metadata: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what a model says of the data that it was trained on.

    Parameters
    ----------
    metadata : dict
        Of the model.

    Returns
    -------
    records : list of dict
        "sha256", the checksum of the data, "test_size" and "seed", by which images were
        held out of them; the latter two are None if none were.
    """
    former = metadata.get("trained_on")
    records = [metadata.get("held_out"), *(former if isinstance(former, list) else [])]
    return [record for record in records if isinstance(record, dict)]


def find_record(
    metadata: dict[str, Any], images: LabelledImages
) -> dict[str, Any] | None:
    """Return what a model says of its training on images.

    Parameters
    ----------
    metadata : dict
        Of the model.

    images : LabelledImages
        Images as they were loaded.

    Returns
    -------
    record : dict or None
        As of :func:`find_records`; None if it was not trained on them.
    """
    if not (records := find_records(metadata)):
        return None
    checksum = sha256_of(images)
    return next((r for r in records if r.get("sha256") == checksum), None)


def check_data_named(context: typer.Context, model: Model, path: Path | None) -> None:
    """Refuse to test a model on the bundled digits that nobody asked for.

    Parameters
    ----------
    context : typer.Context
        Of the command, whose option is --data.

    model : Model
        The model.

    path : pathlib.Path or None
        Its file; None stands for the network that comes with skdigits.

    Raises
    ------
    ValueError
        If the option was left out, and the model takes images of another size.
    """
    source = context.get_parameter_source("data")
    is_default = source is not None and source.name == "DEFAULT"
    if path is None or not is_default or math.prod(model.image_shape) == _BUNDLED:
        return
    height, width = model.image_shape
    former = model.metadata.get("data")
    trained = f" and was trained on {former}" if isinstance(former, str) else ""
    raise ValueError(
        f"{model.name} takes images of {height}x{width}{trained}; the bundled digits "
        "have 8x8. Name images to test it on, as --data mnist, --data FILE.csv or "
        "--data FOLDER."
    )


def load_test_images(
    data: DataSource, model: Model, image_shape: ImageShape | None
) -> tuple[LabelledImages, str]:
    """Load images that the model was not trained on, framed as it needs them.

    Parameters
    ----------
    data : DataSource
        Where from.

    model : Model
        The model to test. If it says that it was trained on a part of these data, the
        other part is taken.

    image_shape : tuple (h, w) or None
        Of the images of a CSV file.

    Returns
    -------
    images : LabelledImages
        They have as many pixels as the model takes.

    description : str
        Their source and number, in words.

    Raises
    ------
    OSError
        If the data cannot be had.
    ValueError
        If they are not as they must be.
    """
    images = data.load("test", image_shape, model.frame, model.estimator.classes_)
    images, which = _held_out(data, images, model.metadata)
    images, how = framed_for(model, images, data)
    return images, f"{data}, {which}: {len(images.X):,}{how}"


def framed_for(
    model: Model, images: LabelledImages, data: DataSource
) -> tuple[LabelledImages, str]:
    """Frame images as a model needs them.

    Parameters
    ----------
    model : Model
        The model.

    images : LabelledImages
        Those of a folder have been framed.

    data : DataSource
        Where they come from.

    Returns
    -------
    images : LabelledImages
        They have as many pixels as the model takes.

    how : str
        What was done, in words; nothing if nothing was.
    """
    if data.is_image_folder:
        return images, f"; {model.describe_frame()}"
    # Many estimators know how many pixels there are, not in which rows.
    if images.X.shape[1] == math.prod(model.image_shape):
        return images, ""
    height, width = images.image_shape
    framed = model.frame(images.X.reshape(-1, height, width), polarity="bright")
    return (
        LabelledImages(framed.reshape(len(framed), -1), images.y, model.image_shape),
        f" of {height}x{width}; {model.describe_frame()}",
    )


def _held_out(
    data: DataSource, images: LabelledImages, metadata: dict[str, Any]
) -> tuple[LabelledImages, str]:
    if data.has_test_part:
        return images, "test images"
    match find_record(metadata, images):
        case {"test_size": float(size), "seed": int(seed)}:
            return split(images, size, seed)[1], "images held out in training"
        case {"test_size": None}:
            raise ValueError(
                f"The model was trained on '{data}', of which nothing was held out. "
                "Name other images to test it on."
            )
    if data == DIGITS:
        # As `skdigits demo` and `skdigits train` hold out by default.
        return split(images, TEST_SIZE, 0)[1], "a quarter"
    return images, "all images"

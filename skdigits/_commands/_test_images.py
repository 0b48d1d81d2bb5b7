"""The images that a saved model is tested on."""

from __future__ import annotations

import hashlib
import math
from typing import TYPE_CHECKING, Any

from skdigits._commands._data_option import DIGITS
from skdigits._commands._labelled_images import LabelledImages, split

if TYPE_CHECKING:
    from skdigits._commands._data_option import DataSource
    from skdigits._commands._model_option import Model
    from skdigits._images import ImageShape

TEST_SIZE = 0.25


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
    held_out = model.metadata.get("held_out")
    return isinstance(held_out, dict) and held_out.get("sha256") == sha256_of(images)


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
    match metadata.get("held_out"):
        case {"sha256": known, "test_size": float(size), "seed": int(seed)}:
            if known == sha256_of(images):
                return split(images, size, seed)[1], "images held out in training"
    if data == DIGITS:
        # As `skdigits demo` and `skdigits train` hold out by default.
        return split(images, TEST_SIZE, 0)[1], "a quarter"
    return images, "all images"

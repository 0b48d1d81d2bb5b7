"""The images of a review: from files of single digits, from photos or labelled."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from skdigits._commands import _model_option
from skdigits._commands._image_files import FileReader, NothingFoundError
from skdigits._commands._test_images import framed_for, was_trained_on

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image

    from skdigits._commands._data_option import DataSource
    from skdigits._commands._model_option import Model
    from skdigits._images import ImageShape
    from skdigits.app.review import Item, Review
    from skdigits.reading import Digit, Reading, Rejected

# The longer side of pictures of surroundings, in pixels.
LONGEST_SIDE = 400
# What is shown around a digit of a photo, in its longer sides.
MARGIN = 1.5
# The colour of the box around a digit of a photo.
BOX_COLOUR = (200, 80, 0)
NO_DIGIT = "no digit"
DIGITS = tuple("0123456789")


def review_of_files(
    reader: FileReader, files: Sequence[Path], name: str, model_path: Path | None
) -> Review:
    """Make a review of files of a single digit each.

    Parameters
    ----------
    reader : FileReader
        Tells of files that cannot be read.

    files : sequence of pathlib.Path
        Image files.

    name : str
        Of the review.

    model_path : pathlib.Path or None
        The file of a classifier; None stands for the pretrained network.

    Returns
    -------
    review : Review
        Of images that are framed as the model needs them.

    Raises
    ------
    OSError
        If there is no such model.
    ValueError
        If it is refused or gives no probabilities.
    """
    import numpy as np

    from skdigits._pictures.grey import read_grey
    from skdigits._pictures.limits import OF_A_DIGIT
    from skdigits.app.review import Item, Review

    model = _load_probabilistic(model_path)

    def read(path: Path) -> tuple[np.ndarray, bytes]:
        pixels = read_grey(path, longest_side=OF_A_DIGIT)
        image = model.frame([pixels])[0]
        if not image.any():
            raise NothingFoundError("no ink was found")
        return image, _reduced(pixels)

    found = list(reader.read_each(files, read))
    frames = np.array([image for _, (image, _) in found])
    labels, confidences = _predict(model, frames)
    items = [
        Item(str(path), image, label, confidence, surroundings=picture)
        for (path, (_, picture)), image, label, confidence in zip(
            found, _whole(frames), labels, confidences, strict=True
        )
    ]
    order = np.argsort(confidences, kind="stable").tolist()
    return Review(name, items, order, _labels(model), model.white_level)


def review_of_photos(
    reader: FileReader, files: Sequence[Path], name: str, model_path: Path | None
) -> Review:
    """Make a review of the digits on photos, and of what was nearly read as one.

    Parameters
    ----------
    reader, files, name, model_path
        As of :func:`review_of_files`.

    Returns
    -------
    review : Review
        Of images of 28x28 pixels. What was not read surely enough comes first, what
        is no digit last.

    Raises
    ------
    OSError
        If there is no such model.
    ValueError
        If it cannot read photos.
    """
    from skdigits.app.review import Review
    from skdigits.reading import DigitReader

    digit_reader = DigitReader(_model_option.load_for_photos(model_path))
    ranked: list[tuple[tuple[int, float], Item]] = []
    for path, reading in reader.read_each(files, digit_reader.read):
        for part in (*reading.digits, *reading.rejected):
            if part.image is not None:  # it was classified
                item = _item_of_photo(path, reading, part, part.image)
                ranked.append((_rank(part), item))
    order = sorted(range(len(ranked)), key=lambda number: ranked[number][0])
    items = [item for _, item in ranked]
    return Review(name, items, order, DIGITS, _model_option.MNIST_WHITE)


def review_of_data(
    data: DataSource, model_path: Path | None, image_shape: ImageShape | None
) -> Review:
    """Make a review of labelled images.

    Parameters
    ----------
    data : DataSource
        Where they come from; of those with test images, these.

    model_path : pathlib.Path or None
        The file of a classifier; None stands for the pretrained network.

    image_shape : tuple (h, w) or None
        Of the images of a CSV file.

    Returns
    -------
    review : Review
        The images as they are in the data, the least credible labels first.

    Raises
    ------
    OSError
        If the model or the data cannot be had.
    ValueError
        If they are not as they must be, or the model was trained on the data.
    """
    import numpy as np
    from sklearn.frozen import FrozenEstimator

    from skdigits.app.review import Item, Review
    from skdigits.model_selection import find_label_errors

    model = _load_probabilistic(model_path)
    classes = model.estimator.classes_
    images = data.load("test", image_shape, model.frame, classes)
    if was_trained_on(model, images):
        raise ValueError(
            f"{model.name} was trained on a part of '{data}', so it cannot judge their "
            "labels. Name a --model that was trained on other images."
        )
    framed, _ = framed_for(model, images, data)
    errors = find_label_errors(FrozenEstimator(model.estimator), framed.X, images.y)
    names = images.filenames
    if names is None:
        names = np.char.add("#", np.arange(len(images.X)).astype(str))
    pixels = _whole(images.X.reshape(-1, *images.image_shape))
    proposals = errors.classes[errors.probabilities.argmax(axis=1)].tolist()
    items = [
        Item(str(name), image, str(proposal), float(row.max()), str(given))
        for name, image, proposal, row, given in zip(
            names.tolist(),
            pixels,
            proposals,
            errors.probabilities,
            images.y.tolist(),
            strict=True,
        )
    ]
    order = np.argsort(errors.all_scores, kind="stable").tolist()
    white = float(pixels.max()) or 1.0
    return Review(str(data), items, order, _labels(model), white)


def _load_probabilistic(path: Path | None) -> Model:
    model = _model_option.load(path)
    if not hasattr(model.estimator, "predict_proba"):
        raise ValueError(
            f"{model.name} gives no probabilities, which review needs to order the "
            "images. Train another kind, such as --model cnn."
        )
    return model


def _predict(model: Model, frames: np.ndarray) -> tuple[list[str], list[float]]:
    """Return the most probable label of each image and its probability."""
    if len(frames) == 0:
        return [], []
    probabilities = model.estimator.predict_proba(frames.reshape(len(frames), -1))
    best = probabilities.argmax(axis=1)
    labels = model.estimator.classes_[best].tolist()
    return list(map(str, labels)), probabilities.max(axis=1).astype(float).tolist()


def _labels(model: Model) -> tuple[str, ...]:
    return tuple(map(str, model.estimator.classes_.tolist()))


def _whole(images: np.ndarray) -> np.ndarray:
    """Round pixels as files hold them."""
    import numpy as np

    return np.rint(images.clip(0, 255)).astype(np.uint8)


def _rank(part: Digit | Rejected) -> tuple[int, float]:
    """Return where a thing on a photo comes; the lowest first."""
    from skdigits.reading import Digit

    if isinstance(part, Digit):
        return 1, part.confidence
    return (2 if part.reason == NO_DIGIT else 0), _probability(part)


def _probability(part: Rejected) -> float:
    return 0.0 if part.probabilities is None else float(part.probabilities.max())


def _item_of_photo(
    path: Path, reading: Reading, part: Digit | Rejected, image: np.ndarray
) -> Item:
    from skdigits.app.review import Item
    from skdigits.reading import Digit

    name = f"{path} at {part.box[0]}, {part.box[1]}"
    label: str | None = str(part.label)
    confidence, note = None, ""
    if isinstance(part, Digit):
        confidence = part.confidence
    else:
        note = part.reason
        label = None if note == NO_DIGIT else label
    picture = _around(reading, part)
    return Item(name, image, label, confidence, note=note, surroundings=picture)


def _around(reading: Reading, part: Digit | Rejected) -> bytes:
    """Cut out what is around a digit, with its box, the way the page was read."""
    from PIL import Image, ImageDraw

    picture = Image.fromarray(reading.picture).convert("RGB")
    scale = picture.width / reading.size[0]  # it may have been reduced
    left, top, right, bottom = (round(scale * side) for side in part.box)
    margin = round(MARGIN * max(right - left, bottom - top))
    x, y = max(0, left - margin), max(0, top - margin)
    width, height = picture.size
    cut = picture.crop((x, y, min(width, right + margin), min(height, bottom + margin)))
    box = (left - x - 1, top - y - 1, right - x, bottom - y)
    ImageDraw.Draw(cut).rectangle(box, outline=BOX_COLOUR)
    return _jpeg(cut.rotate(-reading.rotation, expand=True))


def _reduced(pixels: np.ndarray) -> bytes:
    from PIL import Image

    return _jpeg(Image.fromarray(pixels))


def _jpeg(picture: Image.Image) -> bytes:
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    file = BytesIO()
    picture.save(file, "JPEG", quality=85)
    return file.getvalue()

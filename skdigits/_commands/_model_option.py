"""The model of a command: a file, or the network that comes with skdigits."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from skdigits._commands._paths import parse_input_file

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np

    from skdigits._images import ImageShape

# How MNIST's digits are framed.
MNIST_SHAPE, MNIST_BOX, MNIST_WHITE = (28, 28), 20, 255
# Parts that a pixel of other frames is drawn with.
FINE = 4

_HELP = "A classifier in a .skops file; nothing in it is run."
_DEFAULT = "the pretrained network"

# Commands about a model take it as their argument, commands about images as an option.
ModelArgument = Annotated[
    Path | None,
    typer.Argument(
        parser=parse_input_file, metavar="MODEL", help=_HELP, show_default=_DEFAULT
    ),
]
ModelOption = Annotated[
    Path | None,
    typer.Option(
        "--model",
        parser=parse_input_file,
        metavar="FILE",
        help=_HELP,
        show_default=_DEFAULT,
    ),
]


@dataclass(frozen=True)
class Model:
    """A fitted classifier, and how digits must be framed for it.

    Parameters
    ----------
    estimator : classifier
        Fitted.

    name : str
        Name in messages.

    image_shape : tuple (h, w)
        Of the images that it takes.

    metadata : dict
        Facts on the training, from the file.

    box_size : int
        The longer side of a digit in these images, in pixels.

    white_level : float
        The brightness of ink in these images.
    """

    estimator: Any
    name: str
    image_shape: ImageShape
    metadata: dict[str, Any]
    box_size: int
    white_level: float

    def frame(self, images: Iterable[np.ndarray], polarity: str = "auto") -> np.ndarray:
        """Make of any images of digits such as the model takes.

        Parameters
        ----------
        images : iterable of ndarray of shape (h, w)
            Each of its own size.

        polarity : {"auto", "bright", "dark"}, default="auto"
            As of :class:`~skdigits.preprocessing.DigitNormalizer`.

        Returns
        -------
        framed : ndarray of shape (n, height, width)
            Of `image_shape`; 0 everywhere for images without ink.

        Raises
        ------
        ValueError
            If the model takes single rows of pixels, so that nothing can be framed.
        """
        from skdigits.preprocessing import DigitNormalizer

        if min(self.image_shape) == 1:
            raise ValueError(
                f"{self.name} takes rows of {max(self.image_shape)} pixels, and does "
                "not say of which height and width the images were. Give its parts an "
                "image_shape, or train it with skdigits train."
            )
        # Whole pixels, by which digits are centred, are coarse in a frame of 8x8.
        fine = 1 if self.image_shape == MNIST_SHAPE else FINE
        height, width = self.image_shape
        normalizer = DigitNormalizer(
            output_shape=(height * fine, width * fine),
            box_size=self.box_size * fine,
            polarity=polarity,
        )
        framed = normalizer.fit_transform(list(images))
        framed = framed.reshape(-1, height, fine, width, fine)
        if fine == 1 and self.white_level == MNIST_WHITE:
            return framed.reshape(-1, height, width)
        return framed.mean(axis=(2, 4)) * (self.white_level / MNIST_WHITE)

    def describe_frame(self) -> str:
        """Say in words what :meth:`frame` does."""
        height, width = self.image_shape
        return (
            f"each digit is put {self.box_size} pixels large into {height}x{width}, "
            f"bright ink on black, 0 to {self.white_level:g}"
        )


def load(path: Path | None) -> Model:
    """Load the model of a command.

    Parameters
    ----------
    path : pathlib.Path or None
        None stands for the network that comes with skdigits.

    Returns
    -------
    model : Model
        A fitted classifier of images.

    Raises
    ------
    OSError
        If there is no such file.
    ValueError
        If the file is refused, or the model is no fitted classifier.
    """
    from sklearn.utils.validation import check_is_fitted

    from skdigits.persistence import inspect_model, load_pretrained

    if path is None:
        estimator, metadata = load_pretrained(), {}
    else:
        estimator, metadata = load_classifier(path), inspect_model(path)["metadata"]
    check_is_fitted(estimator)
    if isinstance(estimator.classes_, list):
        raise ValueError(f"'{path}' gives several labels to an image, not one.")
    shape = _image_shape(estimator, metadata)
    return Model(
        estimator,
        "the pretrained network" if path is None else str(path),
        shape,
        metadata,
        _box_size(metadata, shape),
        _white_level(metadata, estimator),
    )


def load_for_photos(path: Path | None) -> Any:
    """Load the classifier of a command that reads photos.

    Parameters
    ----------
    path : pathlib.Path or None
        None stands for the network that comes with skdigits.

    Returns
    -------
    classifier : classifier or None
        For :class:`~skdigits.reading.DigitReader`.

    Raises
    ------
    OSError
        If there is no such file.
    ValueError
        If the file is refused, or the model cannot read photos.
    """
    if path is None:
        return None
    model = load(path)
    # The brightest pixel of the training may have been 254.
    is_bright = round(model.white_level / MNIST_WHITE) == 1
    if model.image_shape != MNIST_SHAPE or not is_bright:
        raise ValueError(
            f"'{path}' takes {model.image_shape[0]}x{model.image_shape[1]} pixels from "
            f"0 to {model.white_level:g}; photos need a model of MNIST's form: 28x28, "
            "0 to 255. Train one with --data mnist."
        )
    if not hasattr(model.estimator, "predict_proba"):
        raise ValueError(
            f"'{path}' gives no probabilities, which rejecting digits needs. "
            "Train another kind, such as --model cnn."
        )
    return model.estimator


def load_classifier(path: Path) -> Any:
    """Load a classifier, fitted or not.

    Parameters
    ----------
    path : pathlib.Path
        A .skops file.

    Returns
    -------
    classifier : classifier
        The classifier.

    Raises
    ------
    OSError
        If there is no such file.
    ValueError
        If the file is refused, or holds something else.
    """
    from sklearn.base import is_classifier

    from skdigits.persistence import load_model

    estimator = load_model(path)
    if not is_classifier(estimator):
        raise ValueError(f"'{path}' holds no classifier, but {estimator!r}.")
    return estimator


def _image_shape(estimator: Any, metadata: dict[str, Any]) -> ImageShape:
    """Return what an estimator says of itself, or else the file of the training."""
    from skdigits._images import resolve_image_shape
    from skdigits._parts import image_shape_of

    n_pixels = estimator.n_features_in_
    match image_shape_of(estimator) or metadata.get("image_shape"):
        case [int(height), int(width)] if height * width == n_pixels:
            return height, width
    return resolve_image_shape(None, n_pixels, None)


def _box_size(metadata: dict[str, Any], shape: ImageShape) -> int:
    """Return what was measured in training; else MNIST's, or all of another frame."""
    known = metadata.get("box_size")
    if isinstance(known, int) and 1 <= known <= min(shape):
        return known
    return MNIST_BOX if shape == MNIST_SHAPE else min(shape)


def _white_level(metadata: dict[str, Any], estimator: Any) -> float:
    from skdigits._parts import walk
    from skdigits.preprocessing import PixelScaler

    known = metadata.get("white_level")
    if isinstance(known, int | float) and 0 < known <= 65535:
        return known
    for _, part in walk(estimator):
        if isinstance(part, PixelScaler) and part.method == "unit":
            return part.scale_
        if getattr(part, "_training_pixels", None) is not None:
            return part.white_level_
    return MNIST_WHITE

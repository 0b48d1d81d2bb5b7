"""The drawing page as one HTML file, with a model in it."""

from __future__ import annotations

import json
import os
from base64 import b64encode
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from skdigits._files import check_destination, replacing
from skdigits._require import require
from skdigits.neural_network import (
    KerasCNNClassifier,
    KerasMLPClassifier,
    NumpyMLPClassifier,
)
from skdigits.persistence import load_pretrained
from skdigits.preprocessing import DigitNormalizer, PixelScaler

# What it takes, by the exact type: a subclass may predict in another way.
NETWORKS = (KerasCNNClassifier, KerasMLPClassifier, NumpyMLPClassifier)
POSSIBLE = (
    "It takes a pipeline of a DigitNormalizer, PixelScalers or both, then a "
    "KerasCNNClassifier, KerasMLPClassifier or NumpyMLPClassifier."
)
# The brightest pixel of framed digits.
WHITE = 255


def export_page(model: BaseEstimator | None, path: str | os.PathLike[str]) -> Path:
    """Export a drawing page with its model as one HTML file.

    The file needs only a browser: no server, no connection, no other file. The browser
    frames one digit like :class:`~skdigits.preprocessing.DigitNormalizer` and predicts
    it.

    Parameters
    ----------
    model : classifier or None
        A fitted pipeline of a :class:`~skdigits.preprocessing.DigitNormalizer`, a
        :class:`~skdigits.preprocessing.PixelScaler` or both, and a network. Keras
        networks with a `white_level` need neither. The network is a
        :class:`~skdigits.neural_network.KerasCNNClassifier`,
        :class:`~skdigits.neural_network.KerasMLPClassifier` or
        :class:`~skdigits.neural_network.NumpyMLPClassifier`. None means
        ``load_pretrained("mnist")``.

    path : str or path-like
        Path of the file. ``~`` is expanded. An existing file is replaced when the new
        one is complete.

    Returns
    -------
    path : Path
        The file.

    Raises
    ------
    FileNotFoundError
        If the folder of `path` does not exist.
    ImportError
        If Jinja2, which comes with Flask, is not installed.
    IsADirectoryError
        If `path` is a folder.
    NotFittedError
        If the model, or a step of it, is not fitted.
    ValueError
        If the model is not one of these, or is a network alone, whose pixel scale is
        unknown. If it takes images of another size than that of framed digits. If it
        was trained on pixels of another scale or background than 0 to 255 on black. If
        its labels are neither integers nor strings.

    See Also
    --------
    create_app : Create the page with a server, for numbers and photos.
    skdigits.persistence.export_onnx : Export a model for other programs.

    Notes
    -----
    Probabilities equal those of ``predict_proba`` within 1e-5. Frames equal those of
    ``DigitNormalizer(polarity="dark")`` within one grey level. The polarity of the
    pipeline's normalizer is ignored, because the sheet is white. Without a normalizer,
    digits are framed like those of MNIST, and the network must take images of 28x28
    pixels.

    A script of this package evaluates the layers, because general runtimes are too
    large for such a file: that of ONNX takes 12 MB.

    The file contains the weights as text, so everyone with the file has the model.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from skdigits.app import export_page
    >>> from skdigits.persistence import load_pretrained
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = export_page(load_pretrained(), Path(folder, "page.html"))
    ...     path.stat().st_size < 3_000_000
    True
    """
    require("jinja2", "serve", "export_page")
    from skdigits.app._page import render

    path = check_destination(path, overwrite=True, example="page.html")
    # In JSON, "<" stands in strings only; none of them may end the script.
    described = json.dumps(_describe(load_pretrained() if model is None else model))
    page = render(described.replace("<", r"\u003c"))
    with replacing(path) as temporary:
        temporary.write_text(page, encoding="utf-8", newline="\n")
    return path


def _describe(model: BaseEstimator) -> dict[str, Any]:
    """Return all that the script needs of a model."""
    steps = _steps(model)
    for step in steps:
        check_is_fitted(step)
    network = steps.pop()
    steps += _scaler_inside(network)
    if not steps:
        raise ValueError(
            "The network alone does not tell which pixels it was trained on. Train it "
            "in a pipeline, for instance make_pipeline(DigitNormalizer(), "
            f"PixelScaler(), {type(network).__name__}()); networks of Keras can also "
            'have white_level="auto".'
        )
    is_framed = type(steps[0]) is DigitNormalizer
    normalizer = steps.pop(0) if is_framed else DigitNormalizer().fit([[[0]]])
    _check_frame(network, normalizer)
    if not is_framed:
        _check_pixels(steps[0])
    return {
        "labels": _labels(network),
        "frame": {
            "height": int(normalizer.output_shape_[0]),
            "width": int(normalizer.output_shape_[1]),
            "box_size": int(normalizer.box_size_),
        },
        "layers": [
            *(
                {
                    "kind": "PixelScaler",
                    "offset": float(scaler.offset_),
                    "scale": float(scaler.scale_),
                }
                for scaler in steps
            ),
            *_layers(network),
        ],
    }


def _steps(model: BaseEstimator) -> list[Any]:
    """Return the steps of a model, or refuse it."""
    steps = []
    if type(model) is Pipeline:
        steps = [step for _, step in model.steps if step not in (None, "passthrough")]
    *transformers, network = steps or [model]
    scalers = transformers
    if transformers and type(transformers[0]) is DigitNormalizer:
        scalers = transformers[1:]
    others = [step for step in scalers if type(step) is not PixelScaler]
    others += [network] if type(network) not in NETWORKS else []
    if others:
        names = ", ".join(type(step).__name__ for step in others)
        inside = getattr(network, "estimator_", None)
        message = f"export_page cannot export {names}. {POSSIBLE}"
        if others == [network] and type(inside) in (*NETWORKS, Pipeline):
            call = "model.estimator_"
            if network is not model:
                call = "make_pipeline(*model[:-1], model[-1].estimator_)"
            message += f" Try the classifier inside, {call}."
        raise ValueError(message)
    return [*transformers, network]


def _scaler_inside(network: Any) -> list[PixelScaler]:
    """Return the scaler that a network with a white level has inside."""
    pixels = getattr(network, "_training_pixels", None)
    if pixels is None:
        return []
    scaler = PixelScaler()
    scaler.offset_, scaler.scale_ = 0.0, network.white_level_
    scaler.data_max_, scaler.background_ = pixels["max"], pixels["background"]
    return [scaler]


def _check_frame(network: Any, normalizer: DigitNormalizer) -> None:
    frame = tuple(normalizer.output_shape_)
    # A NumpyMLPClassifier of an early version knows no shape, and needs none.
    shape = tuple(getattr(network, "image_shape_", frame))
    if shape != frame or network.n_features_in_ != frame[0] * frame[1]:
        raise ValueError(
            f"The network takes {network.n_features_in_} pixels, images of "
            f"{shape[0]}x{shape[1]}, but digits are framed in {frame[0]}x{frame[1]}. "
            "Train it in a pipeline that begins with DigitNormalizer(output_shape="
            f"{shape}), or on images of 28x28 pixels such as MNIST's."
        )


def _check_pixels(scaler: PixelScaler) -> None:
    """Refuse a scaler that was trained on other pixels than those of framed digits."""
    # Files of earlier versions have neither attribute.
    brightest = getattr(scaler, "data_max_", WHITE)
    # That of the training images may have been 254.
    if round(brightest / WHITE) != 1:
        raise ValueError(
            f"The model was trained on pixels from 0 to {brightest:g}, but digits are "
            f"framed from 0 to {WHITE}. Train it on such images, or in a pipeline that "
            "begins with DigitNormalizer."
        )
    if getattr(scaler, "background_", None) == "bright":
        raise ValueError(
            "The model was trained on dark ink on a bright background, but digits are "
            "framed as bright ink on black. Train it on inverted images, or in a "
            "pipeline that begins with DigitNormalizer."
        )


def _labels(network: Any) -> list[str]:
    labels = np.asarray(network.classes_)
    if not all(type(label) in (int, str) for label in labels.tolist()):
        raise ValueError(
            "Labels must be integers or strings; got "
            f"{labels.dtype} such as {labels.tolist()[0]!r}. Train the model with "
            "y.astype(int) or y.astype(str)."
        )
    return [str(label) for label in labels.tolist()]


def _layers(network: Any) -> list[dict[str, Any]]:
    if isinstance(network, NumpyMLPClassifier):
        pairs = zip(network.coefs_, network.intercepts_, strict=True)
        layers = [
            _layer("Dense", {"kernel": coefs, "bias": intercepts}, activation="relu")
            for coefs, intercepts in pairs
        ]
        layers[-1]["activation"] = "linear"
        return layers
    return [
        _layer(type(layer).__name__, weights, **asdict(layer))
        for layer, weights in network._layers()
    ]


def _layer(kind: str, weights: dict[str, np.ndarray], **options: Any) -> dict[str, Any]:
    """Return a layer as the script takes it: weights are float32 in base64."""
    return {
        "kind": kind,
        **options,
        **{
            name: b64encode(weight.astype("<f4").tobytes()).decode("ascii")
            for name, weight in weights.items()
        },
    }

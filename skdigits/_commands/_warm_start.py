"""Going on from a saved network, with some of the images that it was trained on."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from skdigits._commands._labelled_images import LabelledImages, draw, split
from skdigits._commands._test_images import find_record, framed_for, sha256_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from skdigits._commands._data_option import DataSource
    from skdigits._commands._model_option import Model

# Former images that are mixed in for each new one.
N_MIXED = 10
# The learning rate is divided by it, so that little is forgotten.
SLOWER = 10


@contextmanager
def slow_warm_start(
    model: Model, images: LabelledImages
) -> Iterator[tuple[Any, LabelledImages]]:
    """Let the network of a model go on, slowly, when it is fitted.

    Parameters
    ----------
    model : Model
        Fitted. It has its own parameters again afterwards.

    images : LabelledImages
        Those that it is to be fitted to, of the labels that it knows.

    Yields
    ------
    network : classifier
        The network at the end of the model. Its preprocessing stays as it is: fitted
        anew, it would hand other values to weights that are made for the former ones.

    images : LabelledImages
        The same as the network takes them.

    Raises
    ------
    ValueError
        If it is no network or pipeline that ends in one, or the images have other
        labels.
    """
    from sklearn.pipeline import Pipeline

    from skdigits.neural_network import (
        KerasClassifier,
        KerasCNNClassifier,
        KerasMLPClassifier,
    )

    estimator = model.estimator
    known, found = (
        set(map(str, labels)) for labels in (estimator.classes_, images.y.tolist())
    )
    if known != found:
        raise ValueError(
            f"{model.name} has the labels {', '.join(sorted(known))}; a warm start "
            "needs images of each of them and of no others. Missing or new: "
            f"{', '.join(sorted(known ^ found))}. Name more images with --mix-in."
        )
    # Others, such as ensembles, fit clones, which do not go on.
    network, X = estimator, images.X
    while isinstance(network, Pipeline):
        for _, step in network.steps[:-1]:
            if step is not None and step != "passthrough":
                X = step.transform(X)
        network = network[-1]
    if not isinstance(
        network, KerasCNNClassifier | KerasMLPClassifier | KerasClassifier
    ):
        raise ValueError(
            f"{model.name} has no network to start from; expected a Keras network of "
            "skdigits, or a pipeline that ends in one. Leave --warm-start out to train "
            "the model anew with its settings."
        )
    former = {name: getattr(network, name) for name in ("warm_start", "learning_rate")}
    network.set_params(warm_start=True, learning_rate=network.learning_rate / SLOWER)
    yield network, replace(images, X=X)
    network.set_params(**former)


def load_former(
    model: Model, data: DataSource
) -> tuple[LabelledImages, dict[str, Any]]:
    """Load images of a former training, without those that were held out of it.

    Parameters
    ----------
    model : Model
        The model.

    data : DataSource
        Where they come from.

    Returns
    -------
    images : LabelledImages
        Framed as the model needs them.

    record : dict
        What the metadata of the new model are to say of them, as of
        :func:`~skdigits._commands._test_images.find_records`.

    Raises
    ------
    OSError
        If the data cannot be had.
    ValueError
        If they are not as they must be.
    """
    images = data.load("train", None, model.frame, model.estimator.classes_)
    record = find_record(model.metadata, images) or {}
    match record:
        case {"test_size": float(size), "seed": int(seed)}:
            images = split(images, size, seed)[0]
        case _:
            record = {"sha256": sha256_of(images), "test_size": None, "seed": None}
    return framed_for(model, images, data)[0], record


def mixed(images: LabelledImages, former: LabelledImages, seed: int) -> LabelledImages:
    """Mix images of a former training in.

    Parameters
    ----------
    images : LabelledImages
        New ones.

    former : LabelledImages
        Former ones, of which at most ten are drawn for each new one.

    seed : int
        Draws them.

    Returns
    -------
    images : LabelledImages
        Both.
    """
    import numpy as np

    n_drawn = min(len(former.X), N_MIXED * len(images.X))
    former = draw(former, n_drawn, seed)
    return LabelledImages(
        np.concatenate([images.X, former.X]),
        np.concatenate([images.y, former.y]),
        images.image_shape,
    )

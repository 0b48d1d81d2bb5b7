"""Going on from a saved network, with some of the images that it was trained on."""

from __future__ import annotations

from contextlib import contextmanager
from numbers import Real
from typing import TYPE_CHECKING, Any

from skdigits._commands._labelled_images import LabelledImages, draw

if TYPE_CHECKING:
    from collections.abc import Iterator

    from skdigits._commands._model_option import Model

# Former images that are mixed in for each new one.
N_MIXED = 10
# The learning rate is divided by it, so that little is forgotten.
SLOWER = 10


@contextmanager
def slow_warm_start(model: Model, images: LabelledImages) -> Iterator[None]:
    """Let the networks of a model go on, slowly, when they are fitted.

    Parameters
    ----------
    model : Model
        Fitted. It has its own parameters again afterwards.

    images : LabelledImages
        Those that it is to be fitted to, of the labels that it knows.

    Yields
    ------
    None

    Raises
    ------
    ValueError
        If there is no network in it, or the images have other labels.
    """
    estimator = model.estimator
    known, found = (
        set(map(str, labels)) for labels in (estimator.classes_, images.y.tolist())
    )
    if known != found:
        raise ValueError(
            f"{model.name} knows the labels {', '.join(sorted(known))}; to go on, it "
            "needs images of each of them and of no others. What is missing, or new: "
            f"{', '.join(sorted(known ^ found))}. Name more images with --mix-in."
        )
    former = estimator.get_params()
    slow = dict(_slow_warm_starts(former))
    if not slow:
        raise ValueError(
            f"{model.name} has no network that could go on. Leave --warm-start out to "
            "train it anew with its settings."
        )
    estimator.set_params(**slow)
    yield
    estimator.set_params(**{name: former[name] for name in slow})


def _slow_warm_starts(parameters: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the parameters of networks with which they go on."""
    for name in parameters:
        prefix, separator, last = name.rpartition("__")
        rate = f"{prefix}{separator}learning_rate"
        # scikit-learn's MLPClassifier, whose rate is a word, stops after an epoch.
        if last == "warm_start" and isinstance(parameters.get(rate), Real):
            yield name, True
            yield rate, parameters[rate] / SLOWER


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

"""Arrays of skdigits' own estimators, against their shapes and for finite numbers.

The Keras classifiers look at their state themselves, before a network is built from it.

Classes are known by name here, so that loading a model imports no others than its own.
A name is enough: no two in `_trusted.SKDIGITS_TYPES` are the same, and no subclass is.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from skdigits._images import check_image_shape, resolve_image_shape
from skdigits._parts import walk

Expected = tuple[str, Any, tuple[int, ...]]


def check_own(model: Any) -> None:
    """Refuse arrays of wrong shapes, or with numbers that are not finite.

    Parameters
    ----------
    model : estimator
        Just built.

    Raises
    ------
    ValueError
        If it is refused. Others may come of attributes that are not there.
    """
    for path, part in walk(model):
        if not type(part).__module__.startswith("skdigits."):
            continue
        if hasattr(part, "image_shape_") and hasattr(part, "n_features_in_"):
            resolve_image_shape(part.image_shape_, part.n_features_in_, None)
        expected = EXPECTED.get(type(part).__name__, _nothing)
        for name, array, shape in expected(part):
            if np.shape(array) != shape:
                raise ValueError(
                    f"model{path}.{name} has the shape {np.shape(array)} and not "
                    f"{shape}"
                )
            if not (np.asarray(array).dtype.kind == "f" and np.isfinite(array).all()):
                raise ValueError(f"model{path}.{name} has numbers that are not finite")


def _nothing(part: Any) -> Iterator[Expected]:
    yield from ()


def _of_pixel_scaler(part: Any) -> Iterator[Expected]:
    if hasattr(part, "scale_"):
        yield "offset_", part.offset_, ()
        yield "scale_", part.scale_, ()
        # Files of earlier versions have neither of these.
        yield "data_max_", getattr(part, "data_max_", 0.0), ()
        if getattr(part, "background_", None) not in ("dark", "bright", None):
            raise ValueError(f"PixelScaler has the background {part.background_!r}")


def _of_pca(part: Any) -> Iterator[Expected]:
    if hasattr(part, "components_"):
        n_components, n_features = part.n_components_, part.n_features_in_
        yield "components_", part.components_, (n_components, n_features)
        yield "mean_", part.mean_, (n_features,)
        yield "explained_variance_", part.explained_variance_, (n_components,)
        yield "scale_", part.scale_, ()


def _of_pca_filters(part: Any) -> Iterator[Expected]:
    if hasattr(part, "filters_"):
        n_filters, height, width = np.shape(part.filters_)
        image_shape = check_image_shape(part.image_shape_)
        # No fit has more: each takes memory for every cell of every image.
        most = max(1, height * width)
        expected = min(n_filters, most), *map(min, (height, width), image_shape)
        yield "filters_", part.filters_, expected
        rows, columns = check_image_shape(part.grid_shape_)
        if rows > image_shape[0] or columns > image_shape[1]:
            raise ValueError(
                f"PCAFilterFeatures has a grid of {rows} x {columns} cells, which "
                f"images of {image_shape} pixels do not fill"
            )


def _of_augmented_prediction(part: Any) -> Iterator[Expected]:
    if hasattr(part, "offsets_"):
        n_copies = part.augmenter_.n_copies
        yield "matrices_", part.matrices_, (n_copies, 2, 2)
        yield "offsets_", part.offsets_, (n_copies, 2)


def _of_layers(part: Any) -> Iterator[Expected]:
    if hasattr(part, "coefs_"):
        sizes = [
            part.n_features_in_,
            *(len(intercepts) for intercepts in part.intercepts_[:-1]),
            len(part.classes_),
        ]
        if len(part.coefs_) != len(part.intercepts_):
            raise ValueError("the layers of NumpyMLPClassifier are not complete")
        for layer, (coefs, intercepts) in enumerate(
            zip(part.coefs_, part.intercepts_, strict=True)
        ):
            yield f"coefs_[{layer}]", coefs, (sizes[layer], sizes[layer + 1])
            yield f"intercepts_[{layer}]", intercepts, (sizes[layer + 1],)


EXPECTED: dict[str, Callable[[Any], Iterator[Expected]]] = {
    "AugmentedPredictionClassifier": _of_augmented_prediction,
    "NumpyMLPClassifier": _of_layers,
    "PCAFeatures": _of_pca,
    "PCAFilterFeatures": _of_pca_filters,
    "PixelScaler": _of_pixel_scaler,
}

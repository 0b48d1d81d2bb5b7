"""Transformers as ONNX nodes.

Each function gets rows of numbers and returns rows of the type that `transform` would
return. Where the library computes in float32, the same roundings are made, but for
sums of products, whose order nobody promises: these are float64 first, then rounded.
"""

from typing import TypeAlias

import numpy as np
import sklearn
from sklearn.decomposition import PCA
from sklearn.preprocessing import (
    MaxAbsScaler,
    MinMaxScaler,
    RobustScaler,
    StandardScaler,
)

from skdigits._images import float_dtype
from skdigits._onnx_graph import Graph
from skdigits._warp import DECIMALS, TINY
from skdigits.augmentation import AugmentedPredictionClassifier
from skdigits.persistence.onnx._skl2onnx import convert
from skdigits.persistence.onnx._tensors import Pixels
from skdigits.preprocessing import Deskewer, PCAFeatures, PixelScaler

# Since scikit-learn 1.8.
_VERSION = tuple(map(int, sklearn.__version__.split(".")[:2]))
_STANDARD_SCALER_ROUNDS = _VERSION >= (1, 8)

ColumnScaler: TypeAlias = MaxAbsScaler | MinMaxScaler | RobustScaler | StandardScaler


def scale_pixels(graph: Graph, scaler: PixelScaler, images: Pixels) -> Pixels:
    """Write a PixelScaler."""
    dtype = float_dtype(images.dtype)
    pixels = graph.cast(images.name, dtype)
    shifted = graph("Sub", pixels, dtype.type(scaler.offset_))
    return Pixels(graph("Div", shifted, dtype.type(scaler.scale_)), dtype)


def project(graph: Graph, pca: PCAFeatures, images: Pixels) -> Pixels:
    """Write PCAFeatures."""
    dtype = float_dtype(images.dtype)
    pixels = graph.cast(images.name, np.float64)
    centred = graph("Sub", pixels, pca.mean_.astype(np.float64))
    features = graph("MatMul", centred, pca._projection())
    return Pixels(graph.cast(features, dtype), dtype)


def scale_columns(graph: Graph, scaler: ColumnScaler, images: Pixels) -> Pixels:
    """Write a scaler of scikit-learn, with a rounding after each of its steps.

    One rounding at the end would be an ulp off, and on the other side of the
    threshold of a tree.
    """
    dtype = np.dtype(np.float32 if images.dtype == np.float32 else np.float64)
    values = graph.cast(images.name, dtype)
    for operator, operand in _column_steps(scaler, dtype):
        wide = np.result_type(dtype, operand)
        result = graph(operator, graph.cast(values, wide), operand.astype(wide))
        values = graph.cast(result, dtype)
    if getattr(scaler, "clip", False):
        limits = getattr(scaler, "feature_range", (-1, 1))
        values = graph("Clip", values, *np.array(limits, dtype))
    return Pixels(values, dtype)


def _column_steps(
    scaler: ColumnScaler, dtype: np.dtype
) -> list[tuple[str, np.ndarray]]:
    match scaler:
        case StandardScaler():
            # Unlike the others, it rounds what it works with first.
            inner = dtype if _STANDARD_SCALER_ROUNDS else np.float64
            center = scaler.mean_.astype(inner) if scaler.with_mean else None
            scale = scaler.scale_.astype(inner) if scaler.with_std else None
            steps = [("Sub", center), ("Div", scale)]
        case RobustScaler():
            steps = [("Sub", scaler.center_), ("Div", scaler.scale_)]
        case MinMaxScaler():
            steps = [("Mul", scaler.scale_), ("Add", scaler.min_)]
        case MaxAbsScaler():
            steps = [("Div", scaler.scale_)]
    return [(name, value) for name, value in steps if value is not None]


def principal_components(graph: Graph, pca: PCA, images: Pixels) -> Pixels:
    """Write scikit-learn's PCA, in float64."""
    features = graph.embed(convert(pca), graph.cast(images.name, np.float64))
    dtype = np.dtype(np.float32 if images.dtype == np.float32 else np.float64)
    return Pixels(graph.cast(features, dtype), dtype)


def deskew(graph: Graph, deskewer: Deskewer, images: Pixels) -> Pixels:
    """Write a Deskewer: with its arithmetic, its roundings and its border."""
    height, width = deskewer.image_shape_
    rows, columns = np.indices((height, width), dtype=np.float64).reshape(2, -1)
    slant, row_offset, column_offset = _upright(graph, deskewer, images)
    y = graph("Add", row_offset, rows)
    sheared = graph("Add", column_offset, graph("Mul", slant, rows))
    x = graph("Add", sheared, columns)
    return Pixels(_resample(graph, images, y, x, height, width), images.dtype)


def _upright(graph: Graph, deskewer: Deskewer, images: Pixels) -> tuple[str, str, str]:
    """Find the slants and the offsets (n, 1), as in skdigits.preprocessing."""
    rows, columns = (
        places.reshape(-1, 1) - length // 2.0
        for places, length in zip(
            np.indices(deskewer.image_shape_), deskewer.image_shape_, strict=True
        )
    )
    basis = np.hstack([np.ones(rows.shape), rows, columns, rows**2, rows * columns])
    height = deskewer.image_shape_[0]
    pixels = graph.cast(images.name, np.float64)
    weights = graph("Max", pixels, np.float64(0))
    moments = graph("MatMul", weights, basis)
    ink, *moments = graph.node("Split", moments, n_outputs=5, axis=1)
    has_ink = graph("Greater", ink, np.float64(0))
    ink = graph("Where", has_ink, ink, np.float64(1))
    row, column, row_row, row_column = (graph("Div", sum_, ink) for sum_ in moments)
    variance = graph("Sub", row_row, graph("Mul", row, row))
    covariance = graph("Sub", row_column, graph("Mul", row, column))
    has_height = graph("Greater", variance, np.float64(TINY * height**2))
    slant = graph(
        "Div",
        graph("Where", has_height, covariance, np.float64(0)),
        graph("Where", has_height, variance, np.float64(1)),
    )
    lean = graph("Mul", slant, np.float64(height // 2))
    offset = graph("Sub", column, lean)
    return _round(graph, slant), _round(graph, row), _round(graph, offset)


def _round(graph: Graph, values: str) -> str:
    unit = np.float64(10**DECIMALS)
    return graph("Div", graph("Round", graph("Mul", values, unit)), unit)


def _resample(
    graph: Graph, images: Pixels, y: str, x: str, height: int, width: int
) -> str:
    """Interpolate at places (n, h * w), as skdigits._warp does; 0 outside."""
    inside = graph("And", _within(graph, y, height - 1), _within(graph, x, width - 1))
    y, x = (graph("Where", inside, places, np.float64(0)) for places in (y, x))
    row, column = graph("Floor", y), graph("Floor", x)
    real = float_dtype(images.dtype)
    pixels = graph.cast(images.name, real)

    def values(row: str, column: str) -> str:
        place = graph("Add", graph("Mul", row, np.float64(width)), column)
        return graph("GatherElements", pixels, graph.cast(place, np.int64), axis=1)

    def blended_row(row: str) -> str:
        left, right = values(row, column), values(row, _next(graph, column, width))
        return _between(graph, left, right, graph("Sub", x, column), real)

    above, below = blended_row(row), blended_row(_next(graph, row, height))
    blended = _between(graph, above, below, graph("Sub", y, row), real)
    if images.dtype == np.uint8:
        blended = graph("Add", blended, real.type(0.5))  # the cast cuts fractions off
    return graph.cast(graph("Where", inside, blended, real.type(0)), images.dtype)


def add_copies(
    graph: Graph, averaging: AugmentedPredictionClassifier, images: Pixels
) -> Pixels:
    """Write each image, followed by its changed copies, with a black margin around."""
    height, width = averaging.augmenter_.image_shape_
    padded_width = width + 2
    real = float_dtype(images.dtype)
    rows = graph("Reshape", images.name, np.array([-1, height, width]))
    margin = np.array([0, 1, 1, 0, 1, 1])
    pixels = graph("Pad", graph.cast(rows, real), margin)
    pixels = graph("Reshape", pixels, np.array([-1, (height + 2) * padded_width]))
    corners, down, right = _corners(averaging, height, width)

    def blended_row(corners: np.ndarray) -> str:
        left = graph("Gather", pixels, corners, axis=1)
        after = graph("Gather", pixels, corners + 1, axis=1)
        return _between(graph, left, after, right, real)

    above, below = blended_row(corners), blended_row(corners + padded_width)
    copies = _between(graph, above, below, down, real)
    if images.dtype == np.uint8:
        copies = graph("Add", copies, real.type(0.5))  # the cast cuts fractions off
    copies = graph.cast(copies, images.dtype)
    originals = graph("Unsqueeze", images.name, np.array([1]))
    views = graph("Concat", originals, copies, axis=1)
    return Pixels(graph("Reshape", views, np.array([-1, height * width])), images.dtype)


def _corners(
    averaging: AugmentedPredictionClassifier, height: int, width: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Find the pixels that copies are made of, as skdigits._warp_kernels does.

    Returns the first of four pixels of the padded image, and the ways from there down
    and to the right, each of shape (n_copies, h * w).
    """
    rows, columns = np.indices((height, width), dtype=np.float64).reshape(2, -1)
    y, x = (
        averaging.offsets_[:, axis, np.newaxis]
        + rows * averaging.matrices_[:, axis, :1]
        + columns * averaging.matrices_[:, axis, 1:]
        for axis in range(2)
    )
    y, x = y + 1, x + 1  # in the padded image
    inside = (y >= 0) & (y < height + 1) & (x >= 0) & (x < width + 1)
    y, x = np.where(inside, y, 0), np.where(inside, x, 0)
    row, column = np.floor(y), np.floor(x)
    corners = (row * (width + 2) + column).astype(np.int64)
    return corners, y - row, x - column


def _next(graph: Graph, pixel: str, size: int) -> str:
    """Return the pixel after one; after the last, which is met exactly, the last."""
    following = graph("Add", pixel, np.float64(1))
    return graph("Min", following, np.float64(size - 1))


def _between(
    graph: Graph, first: str, second: str, fraction: str | np.ndarray, real: np.dtype
) -> str:
    """Interpolate in the type that the resampler computes in."""
    way = graph("Mul", graph.cast(fraction, real), graph("Sub", second, first))
    return graph("Add", first, way)


def _within(graph: Graph, places: str, last: int) -> str:
    return graph(
        "And",
        graph("GreaterOrEqual", places, np.float64(0)),
        graph("LessOrEqual", places, np.float64(last)),
    )

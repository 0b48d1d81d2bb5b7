"""The numbers of a report, as rows of text."""

import platform
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

import skdigits
from skdigits._evaluation.evaluate import Evaluation
from skdigits.report._sprite import MAX_SIDE, grey_limits, to_unit

_MAX_CHARACTERS = 500  # of a parameter's value
_PACKAGES = (
    "scikit-learn",
    "numpy",
    "scipy",
    "tensorflow",
    "tensorflow-cpu",
    "keras",
    "onnxruntime",
)


@dataclass(frozen=True)
class Cell:
    """One cell of the confusion matrix."""

    true: int
    predicted: int
    count: int
    shade: float


def data_facts(evaluation: Evaluation, X: Any, y: Any) -> list[tuple[str, str]]:
    """Describe the test data.

    Parameters
    ----------
    evaluation : Evaluation
        Of the classifier.

    X, y : array-like
        The data as they were given.

    Returns
    -------
    facts : list of tuple of str
        Name and value.
    """
    images = evaluation.images
    n_images, height, width = images.shape
    black, white = grey_limits(images)
    facts = [
        ("Images", f"{n_images:,} of {height} x {width} pixels (height x width)"),
        ("X", _describe(X)),
        ("y", _describe(y)),
        ("Pixel values", _pixel_range(images)),
        ("Shown", f"{black:g} as black, {white:g} as white"),
    ]
    n_strange = images.size - np.count_nonzero(np.isfinite(images))
    if n_strange:
        facts.append(("Not a finite number", f"{n_strange:,} pixels"))
    return facts


def _describe(array: Any) -> str:
    name = type(array).__name__
    return f"{name} of shape {np.shape(array)}, {np.asarray(array).dtype}"


def _pixel_range(images: np.ndarray) -> str:
    finite = images[np.isfinite(images)]
    if finite.size == 0:
        return "none is a finite number"
    return f"{finite.min():g} to {finite.max():g}, mean {finite.mean():.4g}"


def confusion_cells(evaluation: Evaluation) -> list[list[Cell]]:
    """Count the images of each true and predicted label.

    Parameters
    ----------
    evaluation : Evaluation
        Of the classifier.

    Returns
    -------
    cells : list of lists of Cell
        A list for each true label. The shade goes from 0 to 1: recognized images are
        compared with the images of their label, mistakes with the largest number of
        mistakes in a cell.
    """
    n_labels = len(evaluation.labels)
    numbers = evaluation.true * n_labels + evaluation.predicted
    counts = np.bincount(numbers, minlength=n_labels**2).reshape(n_labels, n_labels)
    mistakes = counts - np.diag(np.diag(counts))
    shades = mistakes / max(1, mistakes.max())
    np.fill_diagonal(shades, np.diag(counts) / counts.sum(axis=1).clip(1))
    return [
        [
            Cell(i, j, int(counts[i, j]), round(float(shades[i, j]), 3))
            for j in range(len(counts))
        ]
        for i in range(len(counts))
    ]


def pixel_table(evaluation: Evaluation) -> dict[str, Any]:
    """Return the numbers of the first image, raw and scaled to 0..1.

    Parameters
    ----------
    evaluation : Evaluation
        Of the classifier.

    Returns
    -------
    table : dict
        "label", "raw" (texts), "unit" (numbers from 0 to 1), "limits" (the texts of
        what 0 and 1 are in the raw numbers), "top" and "left" (where the numbers
        start) and "is_part" (whether the image is larger).
    """
    image = evaluation.images[0]
    top, left = ((side - min(side, MAX_SIDE)) // 2 for side in image.shape)
    part = image[top : top + MAX_SIDE, left : left + MAX_SIDE]
    limits = grey_limits(evaluation.images)
    return {
        "label": evaluation.labels[evaluation.true[0]],
        "raw": [[f"{pixel:.3g}" for pixel in line] for line in part],
        "unit": to_unit(part, limits).tolist(),
        "limits": [f"{limit:g}" for limit in limits],
        "top": top,
        "left": left,
        "is_part": part.size < image.size,
    }


def parameters(estimator: BaseEstimator) -> list[tuple[str, str]]:
    """List all parameters of an estimator and of those inside it.

    Parameters
    ----------
    estimator : estimator
        Any.

    Returns
    -------
    parameters : list of tuple of str
        Name and value.
    """
    rows = []
    for name, value in sorted(estimator.get_params(deep=True).items()):
        text = repr(value)
        if len(text) > _MAX_CHARACTERS:
            text = f"{text[:_MAX_CHARACTERS]} ... ({len(text):,} characters)"
        rows.append((name, text))
    return rows


def versions() -> list[tuple[str, str]]:
    """List the versions of what made the report, and of what may have made the model.

    Returns
    -------
    versions : list of tuple of str
        Name and version of what is installed; nothing is imported for that.
    """
    versions = [
        ("skdigits", skdigits.__version__),
        ("Python", platform.python_version()),
    ]
    for name in _PACKAGES:
        with suppress(PackageNotFoundError):
            versions.append((name, version(name)))
    return versions

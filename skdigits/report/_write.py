"""The report of a fitted classifier: one HTML file."""

import hashlib
import os
from base64 import b64encode
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator

from skdigits._evaluation.calibration import calibration_error
from skdigits._evaluation.evaluate import Evaluation, evaluate
from skdigits._evaluation.scores import accuracy_interval, label_scores
from skdigits._files import check_destination, replacing
from skdigits._images import ImageShape
from skdigits._nested import innermost
from skdigits._require import require
from skdigits.report import _figures, _tables
from skdigits.report._checksums import checksum
from skdigits.report._sprite import N_EXAMPLES, Sprite, make_sprite

N_WORST = 24


def write_report(
    estimator: BaseEstimator,
    X: ArrayLike,
    y: ArrayLike,
    path: str | os.PathLike[str],
    *,
    title: str | None = None,
    image_shape: ImageShape | None = None,
) -> Path:
    """Write a report on a fitted classifier as one HTML file.

    The file needs only a browser: no network, no other file. Scores of each label, a
    confusion matrix and the worst mistakes come first. Each cell of the matrix opens
    its images. Then come labels that are probably wrong, a calibration curve [1]_ and
    the training history. The report ends with the data, the parameters, versions, and
    checksums by :func:`checksum`.

    Parameters
    ----------
    estimator : classifier
        A fitted classifier, such as a pipeline, a search or a network.

    X : array-like of shape (n, h * w), (n, h, w) or (n, h, w, 1)
        Test images.

    y : array-like of shape (n,)
        True labels. They may include labels that did not occur in training.

    path : str or path-like
        Path of the file. ``~`` is expanded. An existing file is replaced when the new
        one is complete.

    title : str, default=None
        Title of the report. None means a title with the name of the classifier.

    image_shape : tuple (height, width), default=None
        Shape of the images, in pixels. None means: as given if X has 3 or 4
        dimensions; square if the number of features is a perfect square; a single
        row otherwise.

    Returns
    -------
    path : Path
        The file.

    Raises
    ------
    FileNotFoundError
        If the folder of `path` does not exist.
    ImportError
        If Jinja2 or matplotlib is not installed.
    IsADirectoryError
        If `path` is a folder.
    NotFittedError
        If the estimator is not fitted.
    ValueError
        If the estimator is not a classifier, if X or y do not suit it, or if
        `image_shape` does not match X.

    See Also
    --------
    checksum : Compute a checksum.
    sklearn.metrics.classification_report : Return the scores of each label as text.
    sklearn.metrics.ConfusionMatrixDisplay : Plot a confusion matrix.

    Notes
    -----
    With ``predict_proba``, misclassified images are sorted by log loss. Otherwise, with
    a ``decision_function`` that has one value per class, they are sorted by the margin
    between the predicted and the true label. For other classifiers, they are in the
    order of the data.

    Images of more than 32 pixels along an axis are reduced. Noisy images, which
    compress badly, are drawn in 16 or 4 greys. The file is smaller than 5 MB for 10,000
    images. Of more images, the report shows a part: examples of each label,
    misclassified images, then correctly classified ones. Each cell of the confusion
    matrix contributes about equally, the most difficult images first. All numbers
    include all images.

    With ``predict_proba``, labels that are probably wrong are found by confident
    learning [3]_, as in :func:`~skdigits.model_selection.find_label_errors`.

    The confidence interval of the accuracy is Wilson's score interval [2]_ at 95 %.

    References
    ----------
    .. [1] C. Guo, G. Pleiss, Y. Sun and K. Q. Weinberger, "On calibration of modern
       neural networks", ICML 2017.
    .. [2] E. B. Wilson, "Probable inference, the law of succession, and statistical
       inference", Journal of the American Statistical Association 22(158), 1927.
    .. [3] C. Northcutt, L. Jiang and I. Chuang, "Confident learning: estimating
       uncertainty in dataset labels", Journal of Artificial Intelligence Research 70,
       2021.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklearn.svm import SVC
    >>> from skdigits.datasets import load_digits
    >>> from skdigits.report import write_report
    >>> X, y = load_digits(return_X_y=True)
    >>> svm = SVC().fit(X[:1000], y[:1000])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = write_report(svm, X[1000:], y[1000:], Path(folder, "report.html"))
    ...     path.read_text(encoding="utf-8")[:15]
    '<!DOCTYPE html>'
    """
    _check_extra()
    path = check_destination(path, overwrite=True, example="report.html")
    evaluation = evaluate(estimator, X, y, image_shape)
    page = _render(
        title=title or _default_title(estimator, evaluation),
        facts=_tables.data_facts(evaluation, X, y),
        parameters=_tables.parameters(estimator),
        summary=repr(estimator),
        versions=_tables.versions(),
        checksums=_checksums(estimator, evaluation, y),
        history=_figures.history_figure(estimator),
        now=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        **_results(evaluation, make_sprite(evaluation)),
    )
    with replacing(path) as temporary:
        # Labels may have halves of surrogate pairs, which no encoding has.
        temporary.write_text(
            page, encoding="utf-8", errors="backslashreplace", newline="\n"
        )
    return path


def _check_extra() -> None:
    for name in ("jinja2", "matplotlib"):
        require(name, "report", "write_report")


def _default_title(estimator: BaseEstimator, evaluation: Evaluation) -> str:
    name = type(innermost(estimator)).__name__
    return f"{name} on {len(evaluation.images):,} images"


def _checksums(
    estimator: BaseEstimator, evaluation: Evaluation, y: ArrayLike
) -> list[tuple[str, str]]:
    rows = evaluation.images.reshape(len(evaluation.images), -1)
    try:
        of_model = checksum(estimator)
    except Exception as error:  # whatever an estimator raises; the page says it
        of_model = f"none, because of {type(error).__name__}: {error}"
    return [
        (f"X, an array of shape {rows.shape}, {rows.dtype}", checksum(rows)),
        ("y, an array", checksum(np.asarray(y))),
        ("Model, parameters and fitted state", of_model),
    ]


def _results(evaluation: Evaluation, sprite: Sprite) -> dict[str, Any]:
    """Return what the template says about the predictions."""
    tile_of = {int(row): tile for tile, row in enumerate(sprite.rows)}
    order = evaluation.order
    is_mistake = ~evaluation.is_correct
    # Also with very many mistakes, only those that are in the sprite.
    worst = [row for row in order[is_mistake[order]].tolist() if row in tile_of]
    accuracy, low, high = accuracy_interval(evaluation)
    calibration = None
    if evaluation.confidence is not None:
        outcome = evaluation.is_correct, evaluation.confidence
        calibration = {
            "error": calibration_error(*outcome),
            "figure": _figures.calibration_figure(*outcome),
        }
    return {
        "evaluation": evaluation,
        "sprite": sprite,
        "n_images": len(evaluation.images),
        "n_mistakes": int(is_mistake.sum()),
        "accuracy": accuracy,
        "interval": (low, high),
        "scores": label_scores(evaluation),
        "cells": _tables.confusion_cells(evaluation),
        "pixels": _tables.pixel_table(evaluation),
        "calibration": calibration,
        "n_examples": N_EXAMPLES,
        "examples": [
            [
                (row, tile_of[row])
                for row in sprite.examples.tolist()
                if evaluation.true[row] == label
            ]
            for label in range(len(evaluation.labels))
        ],
        "worst": [(row, tile_of[row]) for row in worst[:N_WORST]],
        "suspected": _suspected(evaluation, tile_of),
        "viewer": _viewer_data(evaluation, sprite),
    }


def _suspected(
    evaluation: Evaluation, tile_of: dict[int, int]
) -> list[tuple[int, int, int]] | None:
    """Return row, tile and suggested label of suspected images, the worst first."""
    if evaluation.suspected is None:
        return None
    found = [
        (row, tile_of[row], label)
        for row, label in evaluation.suspected
        if row in tile_of
    ]
    return found[:N_WORST]


def _viewer_data(evaluation: Evaluation, sprite: Sprite) -> dict[str, Any]:
    """Return what the script needs to open a cell: the images in the sprite's order."""
    confidence = evaluation.confidence
    if confidence is not None:
        confidence = confidence[sprite.rows].round(4).tolist()
    return {
        "labels": evaluation.labels,
        "columns": sprite.n_columns,
        "rows": sprite.rows.tolist(),
        "true": evaluation.true[sprite.rows].tolist(),
        "predicted": evaluation.predicted[sprite.rows].tolist(),
        "confidence": confidence,
    }


def _render(**values: Any) -> str:
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    script = _read("report.js")
    # The browser runs this script and no other, whatever text is on the page.
    script_hash = b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return environment.from_string(_read("report.html.j2")).render(
        style=_read("report.css"), script=script, script_hash=script_hash, **values
    )


def _read(name: str) -> str:
    # No path of the file system: the package may be in a zip archive.
    return (files("skdigits.report") / name).read_text(encoding="utf-8")

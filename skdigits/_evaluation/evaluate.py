"""A classifier on test images: all its predictions, beside the truth."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, is_classifier
from sklearn.utils import check_array, check_consistent_length, column_or_1d
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted

from skdigits._evaluation.class_scores import class_scores
from skdigits._evaluation.label_errors import label_errors
from skdigits._evaluation.labels import number_labels
from skdigits._evaluation.mistakes import worst_first
from skdigits._images import ImageShape, flatten_images, resolve_image_shape


@dataclass(frozen=True)
class Evaluation:
    """A classifier on test images; labels are numbered in sorted order.

    Parameters
    ----------
    images : ndarray of shape (n, h, w)
        The images.

    labels : list of str of length k
        Those of the data, of the classifier and of its predictions.

    is_known : ndarray of bool of shape (k,)
        Whether the classifier was trained on each label.

    true, predicted : ndarray of int of shape (n,)
        Numbers of labels.

    order : ndarray of int of shape (n,)
        The rows of all images, the most difficult first.

    confidence : ndarray of shape (n,) or None
        Probability of the predicted label; None without ``predict_proba``.

    difficulty : ndarray of shape (n,) or None
        Larger is worse: log loss of the true label, else the margin by which it
        lost; None if there is neither.

    difficulty_name : str
        Name of the measure in `difficulty`.

    suspected : list of tuple of int or None
        Row and suggested label of each image whose true label is probably wrong, the
        worst first; None without ``predict_proba``.
    """

    images: np.ndarray
    labels: list[str]
    is_known: np.ndarray
    true: np.ndarray
    predicted: np.ndarray
    order: np.ndarray
    confidence: np.ndarray | None
    difficulty: np.ndarray | None
    difficulty_name: str
    suspected: list[tuple[int, int]] | None

    @property
    def is_correct(self) -> np.ndarray:
        """Whether each image was recognized."""
        return self.true == self.predicted


def evaluate(
    estimator: BaseEstimator, X: ArrayLike, y: ArrayLike, image_shape: ImageShape | None
) -> Evaluation:
    """Let a classifier predict, once, and compare with the truth.

    Parameters
    ----------
    estimator : classifier
        It must be fitted.

    X : array-like of shape (n, h * w), (n, h, w) or (n, h, w, 1)
        Test images.

    y : array-like of shape (n,)
        Their labels.

    image_shape : tuple (h, w) or None
        Shape of the images, as `resolve_image_shape` takes it.

    Returns
    -------
    evaluation : Evaluation
        All that the report says about the predictions is computed from it.

    Raises
    ------
    NotFittedError
        If the estimator is not fitted.
    ValueError
        If it is not a classifier, or if X or y cannot be what it predicts.
    """
    is_estimator = not isinstance(estimator, type) and hasattr(
        estimator, "__sklearn_tags__"
    )
    if not (is_estimator and is_classifier(estimator)):
        raise ValueError(
            f"A report needs a classifier; got {type(estimator).__name__}."
        )
    check_is_fitted(estimator)
    # Frames stay frames for the estimator, which may look at the names.
    X, given = flatten_images(X)
    pixels = check_array(X, ensure_all_finite=False)
    shape = resolve_image_shape(image_shape, pixels.shape[1], given)
    y = column_or_1d(y)
    check_consistent_length(pixels, y)
    check_classification_targets(y)

    number_labels(classes_=estimator.classes_, y=y)  # before what may take long
    labels, (known, true, predicted) = number_labels(
        classes_=estimator.classes_, y=y, predictions=estimator.predict(X)
    )
    scores = class_scores(estimator, X)
    _check_probabilities(scores.get("y_proba"))
    return Evaluation(
        images=pixels.reshape(-1, *shape),
        labels=[str(label) for label in labels],
        is_known=np.isin(np.arange(len(labels)), known),
        true=true,
        predicted=predicted,
        **_rate(scores, known, true, predicted),
        suspected=_suspect(scores.get("y_proba"), known, true),
    )


def _rate(
    scores: dict[str, np.ndarray],
    known: np.ndarray,
    true: np.ndarray,
    predicted: np.ndarray,
) -> dict[str, Any]:
    """Return what an `Evaluation` says on confidence and difficulty."""
    order, found = worst_first(
        true,
        predicted,
        known,  # in the order of the columns
        y_proba=scores.get("y_proba"),
        decision=scores.get("decision"),
    )
    rating = {"order": order, "confidence": None, "difficulty": None}
    if "probabilities" in found:
        of_true, of_predicted = found["probabilities"].T
        with np.errstate(divide="ignore"):  # the loss of an impossible label
            rating["difficulty"] = -np.log(of_true)
        rating["confidence"] = of_predicted.clip(0, 1)
        return {**rating, "difficulty_name": "log loss of the true label"}
    if "margins" in found:
        rating["difficulty"] = -found["margins"]
        return {**rating, "difficulty_name": "margin to the true label"}
    return {**rating, "difficulty_name": "order of the data"}


def _suspect(
    y_proba: np.ndarray | None, known: np.ndarray, true: np.ndarray
) -> list[tuple[int, int]] | None:
    """Return what an `Evaluation` says on labels that are probably wrong."""
    if y_proba is None:
        return None
    # The classifier can say nothing about labels that it does not know.
    rows = np.flatnonzero(np.isin(true, known))
    order = np.argsort(known)
    given = order[np.searchsorted(known, true[rows], sorter=order)]
    found = label_errors(given, y_proba[rows])
    suggested = known[found.suggested].tolist()
    return list(zip(rows[found.indices].tolist(), suggested, strict=True))


def _check_probabilities(probabilities: np.ndarray | None) -> None:
    if probabilities is None:
        return
    n_bad = np.count_nonzero(~(probabilities >= 0).all(axis=1))
    if n_bad:
        raise ValueError(
            f"predict_proba gave negative or undefined (NaN) probabilities for "
            f"{n_bad:,} of {len(probabilities):,} images. Choose another classifier, "
            "or look for constant pixels."
        )

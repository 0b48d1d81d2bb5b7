"""What a classifier says about each image, and how far it is from the truth."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, is_classifier
from sklearn.utils import check_array, check_consistent_length, column_or_1d
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted

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

    confidence : ndarray of shape (n,) or None
        Probability of the predicted label; None without ``predict_proba``.

    difficulty : ndarray of shape (n,) or None
        Larger is worse: log loss of the true label, else the margin by which it
        lost; None if there is neither.

    difficulty_name : str
        What `difficulty` is, in words.
    """

    images: np.ndarray
    labels: list[str]
    is_known: np.ndarray
    true: np.ndarray
    predicted: np.ndarray
    confidence: np.ndarray | None
    difficulty: np.ndarray | None
    difficulty_name: str

    @property
    def is_correct(self) -> np.ndarray:
        """Whether each image was recognized."""
        return self.true == self.predicted

    def worst_first(self) -> np.ndarray:
        """Return the rows of all images, the most difficult first."""
        if self.difficulty is None:
            return np.arange(len(self.true))
        return np.argsort(-self.difficulty, kind="stable")


def evaluate(
    estimator: BaseEstimator,
    X: ArrayLike,
    y: ArrayLike,
    image_shape: ImageShape | None,
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
    if not is_classifier(estimator):
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

    predictions = np.asarray(estimator.predict(X))
    labels, (known, true, predicted) = _number_labels(
        estimator.classes_, y, predictions
    )
    is_known = np.isin(np.arange(len(labels)), known)
    confidence, difficulty, name = _rate(estimator, X, is_known, true, predicted)
    return Evaluation(
        images=pixels.reshape(-1, *shape),
        labels=labels,
        is_known=is_known,
        true=true,
        predicted=predicted,
        confidence=confidence,
        difficulty=difficulty,
        difficulty_name=name,
    )


def _number_labels(*groups: ArrayLike) -> tuple[list[str], list[np.ndarray]]:
    """Give each label of all groups one number, in sorted order."""
    # As objects, because NumPy would make text of numbers that stand beside text.
    groups = [np.asarray(group).astype(object) for group in groups]
    try:
        labels, numbers = np.unique(np.concatenate(groups), return_inverse=True)
    except TypeError as error:
        raise ValueError(
            f"y holds labels such as {groups[1][0]!r}, but the classifier was trained "
            f"on labels such as {groups[0][0]!r}. Give y the same type."
        ) from error
    ends = np.cumsum([len(group) for group in groups])[:-1]
    return [str(label) for label in labels], np.split(numbers, ends)


def _rate(
    estimator: BaseEstimator,
    X: Any,
    is_known: np.ndarray,
    true: np.ndarray,
    predicted: np.ndarray,
) -> tuple[np.ndarray | None, np.ndarray | None, str]:
    """Return confidence, difficulty, and the name of the difficulty."""
    rows = np.arange(len(true))
    if hasattr(estimator, "predict_proba"):
        probabilities = np.asarray(estimator.predict_proba(X))
        n_bad = np.count_nonzero(~(probabilities >= 0).all(axis=1))
        if n_bad:
            raise ValueError(
                f"predict_proba gave negative or undefined (NaN) probabilities for "
                f"{n_bad:,} of {len(probabilities):,} images; a report needs real ones."
            )
        table = _by_label(probabilities, is_known, absent=0.0)
        with np.errstate(divide="ignore"):  # the loss of an impossible label
            loss = -np.log(table[rows, true])
        return table[rows, predicted].clip(0, 1), loss, "log loss of the true label"
    if hasattr(estimator, "decision_function"):
        scores = np.asarray(estimator.decision_function(X))
        if scores.ndim == 1:
            scores = np.column_stack([-scores, scores])
        if scores.shape[1] == is_known.sum():  # else they compare pairs of labels
            table = _by_label(scores, is_known, absent=-np.inf)
            of_truth = table[rows, true]
            table[rows, true] = -np.inf
            name = "margin by which the true label lost"
            return None, table.max(axis=1) - of_truth, name
    return None, None, "order of the data"


def _by_label(scores: ArrayLike, is_known: np.ndarray, absent: float) -> np.ndarray:
    """Give a column to each label, also to those the classifier never saw."""
    table = np.full((len(scores), len(is_known)), absent)
    table[:, is_known] = scores  # classes_ are sorted, as the labels are
    return table

"""Finding mistakes, and ranking them from the worst."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils.validation import check_array


def find_mistakes(
    y_true: np.ndarray,
    y_pred: np.ndarray,
    pair: tuple[Any, Any] | None,
    classes: ArrayLike,
) -> np.ndarray:
    """Return the rows of all mistakes, or of those of a pair (true, predicted)."""
    if pair is None:
        return np.flatnonzero(y_true != y_pred)
    known = sorted({*np.asarray(classes).tolist(), *y_true.tolist(), *y_pred.tolist()})
    is_pair = isinstance(pair, tuple | list) and len(pair) == 2
    if not is_pair or pair[0] == pair[1] or not all(x in known for x in pair):
        raise ValueError(
            "pair must be two different labels (true, predicted) out of "
            f"{known}; got {pair!r}."
        )
    true, predicted = pair
    return np.flatnonzero((y_true == true) & (y_pred == predicted))


def worst_first(
    true: np.ndarray,
    predicted: np.ndarray,
    classes: ArrayLike,
    *,
    y_proba: ArrayLike | None,
    decision: ArrayLike | None,
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Return the order of mistakes, and their probabilities or margins, unsorted."""
    if y_proba is not None:
        probabilities = _probabilities(y_proba, classes, true, predicted)
        # A saturated network gives many true labels a 0: then the surer is worse.
        order = np.lexsort((-probabilities[:, 1], probabilities[:, 0]))
        return order, {"probabilities": probabilities}
    if decision is not None:
        margins = _margins(decision, classes, true)
        return np.argsort(margins, kind="stable"), {"margins": margins}
    return np.arange(len(true)), {}


def _probabilities(
    y_proba: ArrayLike, classes: ArrayLike, true: np.ndarray, predicted: np.ndarray
) -> np.ndarray:
    """Return the probabilities of the true and the predicted label, of shape (n, 2).

    A label that is no class has the probability 0.
    """
    y_proba = _check_columns(y_proba, classes, "y_proba")
    return np.stack(
        [
            np.where(_one_hot(labels, classes), y_proba, 0).sum(axis=1)
            for labels in (true, predicted)
        ],
        axis=1,
    )


def _margins(decision: ArrayLike, classes: ArrayLike, true: np.ndarray) -> np.ndarray:
    """Return the decision value of the true label less the largest other one.

    A label that is no class has the decision value minus infinity.
    """
    decision = np.asarray(decision)
    if decision.ndim == 1:
        # Two classes: the value speaks for the second one, and against the first.
        decision = np.stack([-decision, decision], axis=1) / 2
    decision = _check_columns(decision, classes, "decision")
    is_true = _one_hot(true, classes)
    of_true = np.where(is_true, decision, -np.inf).max(axis=1)
    return of_true - np.where(is_true, -np.inf, decision).max(axis=1)


def _one_hot(labels: np.ndarray, classes: ArrayLike) -> np.ndarray:
    return labels[:, np.newaxis] == np.asarray(classes)


def _check_columns(values: ArrayLike, classes: ArrayLike, name: str) -> np.ndarray:
    values = check_array(
        values, ensure_all_finite=False, ensure_min_samples=0, input_name=name
    )
    classes = np.asarray(classes)
    if values.shape[1] != len(classes):
        raise ValueError(
            f"{name} must have a column for each of the {len(classes)} classes "
            f"{classes.tolist()}; got {values.shape[1]} columns."
        )
    return values

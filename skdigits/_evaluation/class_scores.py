"""The probabilities or decision values that a classifier gives its classes."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from skdigits._nested import compares_pairs
from skdigits._sklearn import num_samples, safe_indexing


def class_scores(estimator: Any, X: ArrayLike) -> dict[str, np.ndarray]:
    """Ask a classifier how much each image speaks for each of its classes.

    Parameters
    ----------
    estimator : classifier
        It must be fitted.

    X : array-like
        Images, as it takes them.

    Returns
    -------
    scores : dict of str to ndarray
        "y_proba", of shape (n, n_classes), or else "decision", of that shape or, for
        two classes, (n,); nothing if it has neither, or if its decision values compare
        pairs of classes.
    """
    if not hasattr(estimator, "classes_"):  # then nobody knows what columns mean
        return {}
    if hasattr(estimator, "predict_proba"):
        return {"y_proba": np.asarray(estimator.predict_proba(X))}
    if hasattr(estimator, "decision_function"):
        decision = np.asarray(estimator.decision_function(X))
        if decision.ndim == 1 or not compares_pairs(estimator, decision.shape[1]):
            return {"decision": decision}
    return {}


def scores_of_mistakes(
    estimator: Any, X: ArrayLike, wrong: np.ndarray
) -> dict[str, np.ndarray]:
    """Return the scores of the wrong rows, NaN in the others.

    Predicting may be slow, and nothing is asked about what is right.
    """
    if len(wrong) == 0:
        return {}
    scores = class_scores(estimator, safe_indexing(X, wrong))
    for name, of_wrong in scores.items():
        scores[name] = np.full((num_samples(X), *of_wrong.shape[1:]), np.nan)
        scores[name][wrong] = of_wrong
    return scores

"""Finding the classifier inside pipelines, searches and wrappers."""

from collections.abc import Iterator
from typing import Any

from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline


def nested_estimators(estimator: Any) -> Iterator[Any]:
    """Yield a fitted estimator, and what it holds, down to the innermost one.

    Parameters
    ----------
    estimator : estimator
        A classifier, or what holds one: a pipeline, a search, a wrapper. Ensembles
        are not looked into.

    Yields
    ------
    nested : estimator
        The estimator itself first.
    """
    while True:
        yield estimator
        if isinstance(estimator, Pipeline):
            estimator = estimator.steps[-1][1]
        elif isinstance(estimator, FrozenEstimator):
            estimator = estimator.estimator
        elif hasattr(estimator, "best_estimator_"):
            estimator = estimator.best_estimator_
        elif hasattr(estimator, "estimator_") and not hasattr(estimator, "estimators_"):
            estimator = estimator.estimator_
        else:
            return


def innermost(estimator: Any) -> Any:
    """Return the last of the nested estimators."""
    *_, last = nested_estimators(estimator)
    return last


def find_network(estimator: Any) -> Any | None:
    """Return the network inside an estimator that has losses, or None."""
    for nested in nested_estimators(estimator):
        losses = getattr(nested, "loss_curve_", None)
        if losses is not None and len(losses):
            return nested
    return None


def compares_pairs(estimator: Any, n_columns: int) -> bool:
    """Tell whether columns of decision values belong to pairs of classes.

    An SVC with `decision_function_shape="ovo"` has those. Their number tells it,
    except that three classes have three pairs.

    Parameters
    ----------
    estimator : classifier
        It must be fitted.

    n_columns : int
        Of its decision values.

    Returns
    -------
    compares : bool
        Whether they do.
    """
    n_classes = len(estimator.classes_)
    if n_classes == n_columns == 3:
        svc = innermost(estimator)
        return getattr(svc, "decision_function_shape", "ovr") == "ovo"
    return n_columns != n_classes

"""What classifiers that hold another estimator have in common."""

from collections.abc import Callable
from typing import Any

from sklearn.base import BaseEstimator
from sklearn.pipeline import Pipeline


def estimator_has(name: str) -> Callable[[Any], bool]:
    """Make a check for :func:`sklearn.utils.metaestimators.available_if`.

    Parameters
    ----------
    name : str
        A method.

    Returns
    -------
    check : callable
        Tells whether the estimator within has it, the fitted one if there is one; if
        not, it raises AttributeError with the reason.
    """

    def check(self: Any) -> bool:
        getattr(getattr(self, "estimator_", self.estimator), name)
        return True

    return check


def name_of_weights(estimator: BaseEstimator) -> str:
    """Return what the `fit` of an estimator calls the weights of images.

    Parameters
    ----------
    estimator : estimator
        Perhaps a Pipeline, whose last step gets them.

    Returns
    -------
    name : str
        Such as ``"sample_weight"`` or ``"svc__sample_weight"``.
    """
    if isinstance(estimator, Pipeline):
        name, last = estimator.steps[-1]
        return f"{name}__{name_of_weights(last)}"
    return "sample_weight"

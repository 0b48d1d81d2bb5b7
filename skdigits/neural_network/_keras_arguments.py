"""Advice on arguments of Keras' `fit` that have another place here."""

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

_STOPPING = "Set early_stopping=True, which holds out validation_fraction of the images"
_ELSEWHERE = {
    "callbacks": f"{_STOPPING} and keeps the best weights; schedule and verbose stand "
    "for other callbacks. set_callbacks takes those of scikit-learn 1.9 or newer",
    "validation_data": f"Pass X_val and y_val to fit. Or: {_STOPPING}",
    "validation_split": _STOPPING,
    "epochs": "Set max_epochs",
    "batch_size": "Set batch_size of the classifier",
    "class_weight": "Set class_weight of the classifier",
    "verbose": "Set verbose of the classifier",
}


def refuses_keras_arguments(method: Callable[P, R]) -> Callable[P, R]:
    """Let a method say which parameter stands for an argument of Keras.

    Parameters
    ----------
    method : callable
        `fit` of a classifier, whose signature stays as it is.

    Returns
    -------
    method : callable
        Raises a TypeError for the arguments of Keras that have another place.
    """

    @wraps(method)
    def refusing(*args: P.args, **kwargs: P.kwargs) -> R:
        for name in kwargs:
            if name in _ELSEWHERE:
                raise TypeError(_explain(args[0], method.__name__, name))
        return method(*args, **kwargs)

    return refusing


def _explain(estimator: Any, method: str, name: str) -> str:
    return (
        f"{type(estimator).__name__}.{method}() has no argument {name!r}. "
        f"{_ELSEWHERE[name]}."
    )

"""Callbacks, which belong to a training and not to the model: they are not saved."""

from typing import Any

from skdigits._parts import walk
from skdigits.persistence.skops._left_out import copy_without

# Of the callback API of scikit-learn. All but the first exist only during a fit.
ATTRIBUTES = (
    "_skl_callbacks",
    "_skl_callbacks_to_teardown",
    "_callback_fit_ctx",
    "_parent_callback_ctx",
)


def without_callbacks(model: Any) -> Any:
    """Return a model as it is saved.

    Parameters
    ----------
    model : estimator
        Any, also one that a callback was given.

    Returns
    -------
    model : estimator
        The same, or a copy without callbacks.
    """
    found = [
        vars(part)[name]
        for _, part in walk(model)
        for name in ATTRIBUTES
        if name in getattr(part, "__dict__", {})
    ]
    without = copy_without(model, found)
    if found:
        for _, part in walk(without):
            for name in ATTRIBUTES:
                getattr(part, "__dict__", {}).pop(name, None)
    return without

"""Callbacks, which belong to a training and not to the model: they are not saved."""

from copy import deepcopy
from typing import Any

from skdigits._parts import walk

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
    if not found:
        return model
    # What deepcopy finds in its memo it takes in the place of a copy.
    copied = deepcopy(model, {id(attribute): None for attribute in found})
    for _, part in walk(copied):
        for name in ATTRIBUTES:
            getattr(part, "__dict__", {}).pop(name, None)
    return copied

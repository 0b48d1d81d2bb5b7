"""Checks of what every estimator may be, or hold."""

from numbers import Real
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from skdigits._state import has_sound_position

# Of features that a transformer makes, each a text.
MAX_NAMES = 10_000_000


def is_unshadowed(part: Any) -> bool:
    """Tell whether no attribute of an object has the name of one of its methods.

    What is checked here is that methods check what they are given: such an attribute
    would be called in the place of a method.

    Parameters
    ----------
    part : object
        With a ``__dict__``.

    Returns
    -------
    is_unshadowed : bool
        True if it has none.
    """
    return not any(hasattr(type(part), name) for name in vars(part))


def _estimator_is_sound(estimator: BaseEstimator) -> bool:
    return (
        is_unshadowed(estimator)
        and _counts_its_classes(estimator)
        and vars(estimator).get("_n_features_out", 0) <= MAX_NAMES
        and _unites_as_it_should(estimator)
    )


def _unites_as_it_should(estimator: BaseEstimator) -> bool:
    """Tell whether a union of transformers makes neither more numbers nor long names.

    Weights that are arrays can do the first, and texts that ask for a width the other.
    """
    weights = vars(estimator).get("transformer_weights")
    form = vars(estimator).get("verbose_feature_names_out")
    if isinstance(form, str):
        form = form.replace("{feature_name}", "").replace("{transformer_name}", "")
    return not (isinstance(form, str) and "{" in form) and (
        weights is None or all(isinstance(each, Real) for each in weights.values())
    )


def _counts_its_classes(estimator: BaseEstimator) -> bool:
    """Tell whether the number of classes, which makes room for them, is theirs."""
    attributes = vars(estimator)
    if not {"classes_", "n_classes_"} <= attributes.keys():
        return True
    classes, counts = attributes["classes_"], attributes["n_classes_"]
    # Lists are of estimators with several outputs.
    if isinstance(classes, list):
        return [len(labels) for labels in classes] == list(counts)
    return bool(len(classes) == counts)


def _random_state_is_sound(random_state: np.random.RandomState) -> bool:
    return has_sound_position(random_state.get_state(legacy=False))


def _generator_is_sound(generator: np.random.Generator) -> bool:
    return has_sound_position(generator.bit_generator.state)


CHECKS = {
    (BaseEstimator,): _estimator_is_sound,
    (np.random.RandomState,): _random_state_is_sound,
    (np.random.Generator,): _generator_is_sound,
}

"""Checks of random forests and their relatives."""

from skdigits._sklearn import private_names
from skdigits.persistence.skops._compiled._trees import members_are_sound

with private_names("Loading a forest"):
    from sklearn.ensemble._forest import BaseForest


def _forest_is_sound(forest: BaseForest) -> bool:
    n_outputs = getattr(forest, "n_outputs_", 1)
    return members_are_sound(forest, n_outputs, getattr(forest, "n_classes_", None))


CHECKS = {(BaseForest,): _forest_is_sound}

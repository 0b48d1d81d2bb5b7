"""Checks of gradient boosting."""

import numpy as np
from sklearn.dummy import DummyClassifier, DummyRegressor

from skdigits._sklearn import private_names
from skdigits.persistence.skops._compiled._losses import BaseLink, BaseLoss
from skdigits.persistence.skops._compiled._trees import members_are_sound

with private_names("Loading gradient boosting"):
    from sklearn.ensemble._gb import BaseGradientBoosting


def _gradient_boosting_is_sound(booster: BaseGradientBoosting) -> bool:
    """Tell whether each tree of a stage has a column of the first guess to add to."""
    if not hasattr(booster, "estimators_"):
        return True
    guess, loss = booster.init_, booster._loss
    if not (isinstance(loss, BaseLoss) and isinstance(loss.link, BaseLink)):
        return False
    if type(guess) is DummyClassifier:
        n_columns = np.size(guess.class_prior_) if loss.is_multiclass else 1
        is_known = guess.strategy == "prior"
    elif type(guess) is DummyRegressor:
        n_columns, is_known = guess.n_outputs_, True
    else:
        n_columns, is_known = booster.n_trees_per_iteration_, guess == "zero"
    n_trees = booster.estimators_.shape[1]
    is_sound = is_known and n_trees == n_columns == booster.n_trees_per_iteration_
    # The trees of a classifier are regressors, too.
    return bool(is_sound and members_are_sound(booster, 1, None))


CHECKS = {(BaseGradientBoosting,): _gradient_boosting_is_sound}

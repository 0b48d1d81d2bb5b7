"""Checks of estimators that say the same of all images."""

import numpy as np
from sklearn.dummy import DummyClassifier, DummyRegressor


def _regressor_is_sound(dummy: DummyRegressor) -> bool:
    constant = getattr(dummy, "constant_", None)
    return constant is None or np.shape(constant) == (1, dummy.n_outputs_)


def _classifier_is_sound(dummy: DummyClassifier) -> bool:
    if not hasattr(dummy, "class_prior_"):
        return True
    if dummy.n_outputs_ == 1:
        return len(dummy.class_prior_) == len(dummy.classes_) == dummy.n_classes_
    return len(dummy.class_prior_) == len(dummy.classes_) == dummy.n_outputs_


CHECKS = {
    (DummyRegressor,): _regressor_is_sound,
    (DummyClassifier,): _classifier_is_sound,
}

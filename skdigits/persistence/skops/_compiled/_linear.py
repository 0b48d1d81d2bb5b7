"""Checks of linear models that go on from the coefficients that they have."""

import numpy as np
from sklearn.linear_model import ElasticNet

from skdigits._sklearn import private_names

with private_names("Loading a linear model"):
    from sklearn.linear_model._stochastic_gradient import BaseSGD


def _gradient_is_sound(model: BaseSGD) -> bool:
    """Tell whether there is a coefficient for each feature: partial_fit changes it."""
    n_classes = len(getattr(model, "classes_", ()))
    n_rows, n_features = max(n_classes, 2) - (n_classes <= 2), _count_features(model)
    coefficients = [
        vars(model).get(name) for name in ("coef_", "_standard_coef", "_average_coef")
    ]
    return all(
        np.shape(some) == (n_rows, n_features)
        or (n_rows == 1 and np.shape(some) == (n_features,))
        for some in coefficients
        if some is not None
    )


def _descent_is_sound(model: ElasticNet) -> bool:
    """Tell whether there is a coefficient for each feature: a warm start changes it."""
    if not hasattr(model, "coef_"):
        return True
    shape = np.shape(model.coef_)
    return 1 <= len(shape) <= 2 and shape[-1] == _count_features(model)


def _count_features(model: BaseSGD | ElasticNet) -> int | None:
    return getattr(model, "n_features_in_", None)


CHECKS = {(BaseSGD,): _gradient_is_sound, (ElasticNet,): _descent_is_sound}

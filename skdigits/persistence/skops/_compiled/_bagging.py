"""Checks of ensembles whose members see some of the features."""

from typing import Any

from sklearn.ensemble import BaggingClassifier, BaggingRegressor, IsolationForest


def _bagging_is_sound(ensemble: Any) -> bool:
    features = getattr(ensemble, "estimators_features_", [])
    members = getattr(ensemble, "estimators_", [])
    return len(members) == len(features) and all(
        len(columns) == estimator.n_features_in_
        for estimator, columns in zip(members, features, strict=True)
        if hasattr(estimator, "n_features_in_")
    )


CHECKS = {(BaggingClassifier, BaggingRegressor, IsolationForest): _bagging_is_sound}

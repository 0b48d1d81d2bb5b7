"""Checks of gradient boosting on histograms."""

import numpy as np

from skdigits._sklearn import private_names
from skdigits.persistence.skops._compiled._nodes import depths_of

with private_names("Loading gradient boosting on histograms"):
    from sklearn.ensemble._hist_gradient_boosting.gradient_boosting import (
        BaseHistGradientBoosting,
    )


def _boosting_is_sound(booster: BaseHistGradientBoosting) -> bool:
    # During fit it is handed rows that were looked at before.
    if hasattr(booster, "_in_fit"):
        return False
    if not hasattr(booster, "_predictors"):
        return True
    n_trees = booster.n_trees_per_iteration_
    return bool(
        # Categories of pixels are not looked at.
        getattr(booster, "_preprocessor", None) is None
        and not np.any(booster._bin_mapper.is_categorical_)
        and np.shape(booster._baseline_prediction) == (1, n_trees)
        and all(len(step) == n_trees for step in booster._predictors)
        and all(
            _predictor_is_sound(predictor.nodes, booster.n_features_in_)
            for step in booster._predictors
            for predictor in step
        )
    )


def _predictor_is_sound(nodes: np.ndarray, n_features: int) -> bool:
    if nodes.ndim != 1 or len(nodes) == 0:
        return False
    leaf = nodes["is_leaf"] != 0
    inner = np.flatnonzero(~leaf)
    left, right = (
        np.where(leaf, -1, nodes[side].astype(np.int64)) for side in ("left", "right")
    )
    return bool(
        depths_of(left, right) is not None
        and not nodes["is_categorical"].any()
        and (nodes["feature_idx"][inner] >= 0).all()
        and (nodes["feature_idx"][inner] < n_features).all()
    )


CHECKS = {(BaseHistGradientBoosting,): _boosting_is_sound}

"""Checks of gradient boosting on histograms."""

import numpy as np

from skdigits._sklearn import private_names

with private_names("Loading gradient boosting on histograms"):
    from sklearn.ensemble._hist_gradient_boosting.gradient_boosting import (
        BaseHistGradientBoosting,
    )


def _boosting_is_sound(booster: BaseHistGradientBoosting) -> bool:
    predictors = [p for step in getattr(booster, "_predictors", []) for p in step]
    # During fit it is handed rows that were looked at before.
    return not hasattr(booster, "_in_fit") and all(
        _predictor_is_sound(predictor.nodes, booster.n_features_in_)
        for predictor in predictors
    )


def _predictor_is_sound(nodes: np.ndarray, n_features: int) -> bool:
    inner = np.flatnonzero(nodes["is_leaf"] == 0)
    return bool(
        nodes.ndim == 1
        and len(nodes) >= 1
        and not nodes["is_categorical"].any()
        and all(
            ((nodes[side][inner] > inner) & (nodes[side][inner] < len(nodes))).all()
            for side in ("left", "right")
        )
        and (nodes["feature_idx"][inner] >= 0).all()
        and (nodes["feature_idx"][inner] < n_features).all()
    )


CHECKS = {(BaseHistGradientBoosting,): _boosting_is_sound}

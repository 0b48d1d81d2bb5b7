"""Finding the histories of trainings, and bringing them into one form."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.pipeline import Pipeline

History = Mapping[str, Any]

CURVES = ("loss", "validation_loss", "score", "validation_score")
# The names in the history that Keras itself returns.
KERAS_NAMES = {
    "accuracy": "score",
    "val_loss": "validation_loss",
    "val_accuracy": "validation_score",
}


def by_name(given: Any) -> dict[str, list[Any]]:
    """Bring one, several, or several by name into one form."""
    models = given if isinstance(given, Mapping) else {"": given}
    return {
        str(name): list(runs) if isinstance(runs, list | tuple) else [runs]
        for name, runs in models.items()
    }


def quantity_of(curve: str) -> str:
    return curve.removeprefix("validation_")


def judged_by(run: History) -> str | None:
    curves = [
        curve for curve in ("validation_score", "validation_loss") if curve in run
    ]
    return curves[0] if curves else None


def stack(curves: Sequence[np.ndarray]) -> np.ma.MaskedArray:
    """Curves of different lengths as rows; what is missing or NaN is masked."""
    values = np.full((len(curves), max(map(len, curves))), np.nan)
    for row, curve in zip(values, curves, strict=True):
        row[: len(curve)] = curve
    return np.ma.masked_invalid(values)


def validate_history(history: History) -> dict[str, Any]:
    """Return the known curves as arrays of one length, and the best epoch."""
    renamed = {KERAS_NAMES.get(name, name): v for name, v in history.items()}
    run: dict[str, Any] = {
        curve: np.asarray(renamed[curve], dtype=float)
        for curve in CURVES
        if renamed.get(curve) is not None
    }
    lengths = {curve: len(values) for curve, values in run.items()}
    if not run or len(set(lengths.values())) > 1 or 0 in lengths.values():
        raise ValueError(
            f"A history needs one or more of {', '.join(CURVES)}, with one value for "
            f"each epoch; got the lengths {lengths} and the names {list(history)}."
        )
    run["best_epoch"] = renamed.get("best_epoch") or _best_epoch(run)
    return run


def _best_epoch(run: History) -> int | None:
    curve = judged_by(run)
    if curve is None or np.isnan(run[curve]).all():
        return None
    best = np.nanargmax if curve == "validation_score" else np.nanargmin
    return int(best(run[curve])) + 1


def history_of(estimator: Any) -> dict[str, Any]:
    """Find the network inside an estimator, and its curves."""
    network = estimator
    while not hasattr(network, "loss_curve_"):
        if isinstance(network, Pipeline):
            network = network.steps[-1][1]
        elif hasattr(network, "best_estimator_"):
            network = network.best_estimator_
        elif hasattr(network, "estimator_"):
            network = network.estimator_
        else:
            raise TypeError(
                f"{type(estimator).__name__} has no training history. Expected a "
                "fitted network with loss_curve_, such as KerasCNNClassifier or "
                "MLPClassifier, perhaps inside a Pipeline, a search or an "
                "AugmentedClassifier; fit it first."
            )
    history: dict[str, Any] = {"loss": network.loss_curve_}
    scores = getattr(network, "validation_scores_", None)
    if scores is not None:
        # Of a training that went on, the last epochs may be the only ones with scores.
        missing = [np.nan] * (len(network.loss_curve_) - len(scores))
        history["validation_score"] = [*missing, *scores]
        best = np.flatnonzero(np.equal(scores, network.best_validation_score_))
        if len(best):
            history["best_epoch"] = len(missing) + int(best[0]) + 1
    return history

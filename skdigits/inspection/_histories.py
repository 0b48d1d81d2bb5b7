"""Finding the histories of trainings, and bringing them into one form."""

from collections.abc import Mapping, Sequence
from numbers import Integral
from typing import Any

import numpy as np

from skdigits._nested import find_network

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
    shapes = {curve: values.shape for curve, values in run.items()}
    if set(map(len, shapes.values())) != {1} or len({*shapes.values()} - {(0,)}) != 1:
        raise ValueError(
            f"A history needs one or more of {', '.join(CURVES)}, with one value for "
            f"each epoch; got the shapes {shapes} and the names {list(history)}."
        )
    best = renamed.get("best_epoch")
    run["best_epoch"] = _best_epoch(run) if best is None else best
    (n_epochs,) = next(iter(shapes.values()))
    if best is not None and not (
        isinstance(best, Integral) and 1 <= int(best) <= n_epochs
    ):
        raise ValueError(
            f"best_epoch must be one of the epochs from 1 to {n_epochs}; got {best!r}."
        )
    return run


def _best_epoch(run: History) -> int | None:
    curve = judged_by(run)
    if curve is None or np.isnan(run[curve]).all():
        return None
    best = np.nanargmax if curve == "validation_score" else np.nanargmin
    return int(best(run[curve])) + 1


def history_of(estimator: Any) -> dict[str, Any]:
    """Find the network inside an estimator, and its curves."""
    network = find_network(estimator)
    if network is None:
        raise TypeError(
            f"{type(estimator).__name__} has no training history. Expected a fitted "
            "network with loss_curve_, such as KerasCNNClassifier or MLPClassifier, "
            "perhaps inside a Pipeline, a search or an AugmentedClassifier; fit it "
            "first."
        )
    history: dict[str, Any] = {"loss": network.loss_curve_}
    scores = getattr(network, "validation_scores_", None)
    if scores is not None:
        n_epochs = len(network.loss_curve_)
        history["validation_score"] = _at_the_end(scores, n_epochs)
        losses = getattr(network, "history_", {}).get("validation_loss")
        if losses is not None:
            history["validation_loss"] = _at_the_end(losses, n_epochs)
        best_epoch = getattr(network, "best_epoch_", None)
        best_score = getattr(network, "best_validation_score_", None)
        best = np.flatnonzero(np.asarray(scores) == best_score)
        if best_epoch is None and len(best):
            best_epoch = n_epochs - len(scores) + int(best[0]) + 1
        if best_epoch is not None:
            history["best_epoch"] = best_epoch
    return history


def _at_the_end(values: Sequence[float], n_epochs: int) -> list[float]:
    """Values of the last epochs of a training that went on, and NaN before them."""
    return [*[np.nan] * (n_epochs - len(values)), *values]

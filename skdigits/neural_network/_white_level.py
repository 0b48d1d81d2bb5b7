"""The white level of a network, by which it divides pixels itself."""

from typing import Any

import numpy as np

from skdigits._state import check_floats
from skdigits._training_pixels import find_background, warn_of_other_pixels


def set_white_level(estimator: Any, X: np.ndarray, *, continuing: bool) -> None:
    """Set the attributes that say how pixels are scaled.

    Parameters
    ----------
    estimator : BaseKerasClassifier
        Gets ``white_level_``. With a white level, it also gets ``_training_pixels``.

    X : ndarray of shape (n, h * w)
        Training images.

    continuing : bool
        Whether the level of the previous training is kept.

    Raises
    ------
    ValueError
        If the parameter asks for another level than that of the previous training, or
        for one that float32 cannot hold.

    Warns
    -----
    UserWarning
        If training continues with images of another scale or the opposite background.
    """
    asked = estimator.white_level
    level = 1.0 if asked is None or isinstance(asked, str) else float(asked)
    if continuing:
        scales = hasattr(estimator, "_training_pixels")
        if not scales if asked == "auto" else level != estimator.white_level_:
            raise ValueError(
                "white_level cannot change while training continues. The previous fit "
                f"had the white level {estimator.white_level_:g}; got "
                f"white_level={asked!r}. Set it back, or call fit with "
                "warm_start=False."
            )
        warn_of_pixels(estimator, X)
        return
    estimator.__dict__.pop("_training_pixels", None)
    if asked is not None:
        brightest = float(X.max())
        if asked == "auto" and brightest > 0:
            level = brightest
        background = find_background(X, brightest)
        estimator._training_pixels = {"max": brightest, "background": background}
    _check_level(level)
    estimator.white_level_ = level


def warn_of_pixels(estimator: Any, X: np.ndarray) -> None:
    """Warn if a network scales pixels, and X has others than the training images.

    Parameters
    ----------
    estimator : BaseKerasClassifier
        A fitted one.

    X : ndarray of shape (n, h * w)
        Other images.
    """
    pixels = getattr(estimator, "_training_pixels", None)
    if pixels:
        name = type(estimator).__name__
        warn_of_other_pixels(X, pixels["max"], pixels["background"], name)


def check_white_level(estimator: Any) -> None:
    """Refuse attributes that a file holds and no fit leaves.

    Parameters
    ----------
    estimator : BaseKerasClassifier
        With what `set_white_level` sets.

    Raises
    ------
    ValueError
        If the level is not positive, or the training pixels are not described.
    """
    check_floats("white_level_", estimator.white_level_, ())
    _check_level(float(estimator.white_level_))
    pixels = getattr(estimator, "_training_pixels", None)
    if pixels is None:
        return
    if not isinstance(pixels, dict) or pixels.keys() != {"max", "background"}:
        raise ValueError("The training pixels must have a maximum and a background.")
    check_floats("The brightest training pixel", pixels["max"], ())
    if pixels["background"] not in ("dark", "bright", None):
        raise ValueError(f"The background is {pixels['background']!r:.99}")


def _check_level(level: float) -> None:
    with np.errstate(over="ignore", under="ignore"):
        held = np.float32(level)
    if not (np.isfinite(held) and held > 0):
        raise ValueError(
            "The white level of a network must be a positive number that float32 can "
            f"hold; got {level!r}."
        )

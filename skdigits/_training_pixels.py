"""Whether pixels are like those of the training: their range, and the background."""

from math import ceil

import numpy as np

from skdigits._warnings import warn

# Brightness by which X and the training images may differ. The pretrained network reads
# 99.7 % of MNIST's test images, 97 % at a tenth of their brightness, 89 % at a
# sixteenth, 11 % at 1/255: faint digits are read, pixels on another scale are not.
FACTOR = 15
# Share of the white level above which a pixel, or the mean of an image, is bright. The
# mean of noise is 0.5; of MNIST's images it is 0.03 to 0.40, of the 8x8 digits' 0.18 to
# 0.42, and inverted, 0.58 or more.
BRIGHT = 0.55
# Shares of images on the other background: at most the first in training, and above the
# second where it is no exception.
FEW, MANY = 0.01, 0.05
# 7x7; fewer make no digit.
FEWEST_PIXELS = 49
# That are looked at.
MOST_IMAGES = 1000


def find_background(X: np.ndarray, white_level: float) -> str | None:
    """Tell the background of the training images.

    Parameters
    ----------
    X : ndarray of shape (n, n_pixels)
        Training images.

    white_level : float
        Their brightest pixel.

    Returns
    -------
    background : {"dark", "bright"} or None
        None if there are both, or neither.
    """
    X = _sample(X)
    bright = _share_on_bright(X, white_level)
    dark = _share_on_dark(X, white_level)
    if bright <= FEW < dark:
        return "dark"
    return "bright" if dark <= FEW < bright else None


def warn_of_other_pixels(
    X: np.ndarray, white_level: float, background: str | None, name: str
) -> None:
    """Warn once if images are not on the scale, or the background, of the training.

    Parameters
    ----------
    X : ndarray of shape (n, n_pixels)
        Images to predict. Of more than 1,000, as many are looked at. Black images, and
        those of fewer than 49 pixels, pass.

    white_level : float
        The brightest pixel of the training; 0 if it is unknown.

    background : {"dark", "bright"} or None
        That of the training.

    name : str
        The estimator that was fitted, for the message.
    """
    X = _sample(X)
    if X.shape[1] < FEWEST_PIXELS or white_level <= 0:
        return
    brightest = X.max(axis=1)
    brightest = brightest[brightest > 0]
    if not len(brightest):
        return
    usual = _median(brightest)
    if usual * FACTOR <= white_level:
        # Rounded: Python shows a warning once for each text.
        found = f"most images in X have no pixel above {ceil(usual)}"
        message = _other_scale(name, white_level, found)
    elif usual >= white_level * FACTOR:
        message = _other_scale(
            name, white_level, f"X has pixels up to {brightest.max():g}"
        )
    elif background == "dark" and _share_on_bright(X, usual) > MANY:
        message = _other_background(name, "dark", "bright", white_level) + (
            " skdigits.preprocessing.DigitNormalizer inverts the images that need it."
        )
    elif background == "bright" and _share_on_dark(X, white_level) > MANY:
        message = _other_background(name, "bright", "dark", white_level)
    else:
        return
    warn(message)


def _other_scale(name: str, white_level: float, found: str) -> str:
    return (
        f"{name} was fitted on pixels up to {white_level:g}, but {found}: "
        "predictions will be unreliable. Scale X like the training images, for "
        f"instance with X * ({white_level:g} / X.max())."
    )


def _other_background(name: str, training: str, found: str, white_level: float) -> str:
    return (
        f"{name} was fitted on images with a {training} background, but X has "
        f"images with a {found} one: predictions will be unreliable. Invert them, for "
        f"instance with {white_level:g} - X."
    )


def _sample(X: np.ndarray) -> np.ndarray:
    return X[:: ceil(len(X) / MOST_IMAGES)]


def _median(values: np.ndarray) -> float:
    """Return what np.median does, which takes twice as long for one value."""
    half, odd = divmod(len(values), 2)
    return float(np.sort(values)[half - 1 + odd : half + 1].mean())


def _share_on_bright(X: np.ndarray, white_level: float) -> float:
    """Return the share of images that are bright in two corners and on average.

    Ink seldom reaches the corners, and covers less than half. Images without ink, which
    would be darker, do not count.
    """
    level = BRIGHT * white_level
    found = X[X[:, 0] > level]
    if len(found):
        found = found[found[:, -1] > level]
        found = found[found.mean(axis=1) > level]
        found = found[found.min(axis=1) < level]
    return len(found) / len(X)


def _share_on_dark(X: np.ndarray, white_level: float) -> float:
    return _share_on_bright(white_level - X, white_level)

"""Scaling of pixels by one statistic for all of them."""

from numbers import Real
from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils import Tags, gen_batches
from sklearn.utils.validation import check_array, check_is_fitted, validate_data

from skdigits._callbacks import CallbackSupportMixin, fit_task
from skdigits._images import are_valid, flatten_images, float_dtype
from skdigits._sklearn import Interval, StrOptions, fit_context
from skdigits._state import check_floats
from skdigits.preprocessing._training_pixels import (
    find_background,
    warn_of_other_pixels,
)

# The usual ones of pixels.
DTYPES = tuple(np.dtype(name) for name in ("uint8", "float32", "float64"))


class PixelScaler(
    CallbackSupportMixin, OneToOneFeatureMixin, TransformerMixin, BaseEstimator
):
    """Scale all pixels of all images alike.

    Scalers of scikit-learn treat each feature on its own, which blows up the
    pixels at the rim of digit images that are hardly ever inked. Here one
    offset and one scale, found over all pixels of the training images, serve
    every pixel: ``(X - offset_) / scale_``.

    Parameters
    ----------
    method : {"unit", "minmax", "standard"}, default="unit"
        How pixels are scaled.

        - "unit": divided by the white level, so that black stays 0.
        - "minmax": the darkest training pixel becomes 0, the brightest 1.
        - "standard": mean 0 and standard deviation 1 over all training pixels.

    white_level : float, default=None
        The pixel value that ``method="unit"`` turns into 1, for instance 255.
        None means the brightest training pixel, which is 255 for MNIST and 16
        for the bundled 8x8 digits. The other methods refuse it.

    Attributes
    ----------
    offset_ : float
        What is subtracted, in pixel units.

    scale_ : float
        What is divided by, in pixel units. It is 1 where the training pixels
        leave nothing to divide by (all black, or all the same).

    data_max_ : float
        The brightest training pixel.

    background_ : {"dark", "bright"} or None
        Background of the training images; None if they have both, or neither.

    n_features_in_ : int
        Number of pixels in an image.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the pixels, if X had names that are all strings.

    See Also
    --------
    sklearn.preprocessing.MinMaxScaler : Scales each feature on its own.
    sklearn.preprocessing.StandardScaler : Standardizes each feature on its own.

    Notes
    -----
    Images come as ``(n, h * w)``, ``(n, h, w)`` or ``(n, h, w, 1)`` and leave as
    ``(n, h * w)``. float32 and float64 are kept; uint8 and all that float32 holds
    exactly become float32, wider integers float64. Pixels outside the range of the
    training images are not clipped.

    `transform` warns if the images are 15 times brighter or darker than those of the
    training, or if more than 5 % of the images have the opposite background: a
    classifier that was trained on pixels from 0 to 255 misreads pixels from 0 to 1 and
    dark ink on bright paper. It looks at 1,000 images at most. Images of fewer than 49
    pixels are not looked at, and black ones pass.

    Standardizing by global statistics is what LeCun et al. did to MNIST [1]_.

    References
    ----------
    .. [1] Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, "Gradient-based learning
       applied to document recognition", Proceedings of the IEEE 86(11), 1998.

    Examples
    --------
    >>> import numpy as np
    >>> from skdigits.preprocessing import PixelScaler
    >>> images = np.array([[[0, 51], [102, 255]]], dtype=np.uint8)
    >>> PixelScaler().fit_transform(images)
    array([[0. , 0.2, 0.4, 1. ]], dtype=float32)
    >>> scaler = PixelScaler(method="minmax").fit(images)
    >>> scaler.inverse_transform(scaler.transform(images))
    array([[  0.,  51., 102., 255.]], dtype=float32)
    """

    _parameter_constraints = {  # noqa: RUF012 - the form that scikit-learn expects
        "method": [StrOptions({"unit", "minmax", "standard"})],
        "white_level": [Interval(Real, 0, None, closed="neither"), None],
    }

    def __init__(self, method: str = "unit", *, white_level: float | None = None):
        self.method = method
        self.white_level = white_level

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: ArrayLike, y: object = None) -> Self:
        """Find the offset and the scale.

        Parameters
        ----------
        X : array-like of shape (n, h * w), (n, h, w) or (n, h, w, 1)
            Training images.

        y : object, default=None
            Ignored; here because Pipeline passes it.

        Returns
        -------
        self : PixelScaler
            The fitted transformer.

        Raises
        ------
        ValueError
            If a parameter or X is not as described.
        TypeError
            If X is an array or a list of strings.
        """
        if self.method != "unit" and self.white_level is not None:
            raise ValueError(
                f'white_level={self.white_level!r} is used by method="unit" only; '
                f"got method={self.method!r}. Leave white_level=None."
            )
        X = self._validate(X, reset=True)
        with fit_task(self, X, y):
            # Python floats: a NumPy float64 would turn float32 images into float64.
            offset, scale = self._statistics(X)
            self.offset_ = float(offset)
            self.scale_ = float(scale) if scale > 0 else 1.0
            self.data_max_ = float(X.max())
            self.background_ = find_background(X, self.data_max_)
        return self

    def transform(self, X: ArrayLike) -> np.ndarray:
        """Scale images.

        Parameters
        ----------
        X : array-like of shape (n, h * w), (n, h, w) or (n, h, w, 1)
            Images.

        Returns
        -------
        X_scaled : ndarray of shape (n, h * w)
            Scaled copies, float32 or float64.

        Raises
        ------
        ValueError
            If X does not have as many pixels as the training images.

        Warns
        -----
        UserWarning
            If the images are on another scale than the training images, or on the
            opposite background.
        """
        check_is_fitted(self)
        X = self._validate(X, reset=False)
        # Files of earlier versions have neither attribute, and "standard" leaves none.
        former = 0.0 if self.method == "standard" else self.offset_ + self.scale_
        white_level = getattr(self, "data_max_", former)
        warn_of_other_pixels(X, white_level, getattr(self, "background_", None))
        scaled = np.subtract(X, self.offset_, dtype=float_dtype(X.dtype))
        scaled /= self.scale_
        return scaled

    def inverse_transform(self, X: ArrayLike) -> np.ndarray:
        """Turn scaled images back into pixel units.

        Parameters
        ----------
        X : array-like of shape (n, h * w)
            Scaled images.

        Returns
        -------
        X_original : ndarray of shape (n, h * w)
            Images in pixel units, float32 or float64, not rounded.

        Raises
        ------
        ValueError
            If X does not have as many pixels as the training images.
        """
        check_is_fitted(self)
        X, _ = flatten_images(X)
        X = check_array(X)
        if X.shape[1] != self.n_features_in_:
            raise ValueError(
                f"X has {X.shape[1]} features, but {type(self).__name__} was fitted "
                f"with {self.n_features_in_}."
            )
        original = np.multiply(X, self.scale_, dtype=float_dtype(X.dtype))
        original += self.offset_
        return original

    def _validate(self, X: ArrayLike, *, reset: bool) -> np.ndarray:
        X, _ = flatten_images(X, None if reset else self.n_features_in_)
        if not reset and are_valid(X, self, DTYPES):
            return X
        return validate_data(self, X, reset=reset)

    def _statistics(self, X: np.ndarray) -> tuple[float, float]:
        if self.method == "standard":
            return _mean_and_deviation(X)
        if self.method == "minmax":
            darkest = X.min()
            return darkest, float(X.max()) - float(darkest)
        return 0.0, self.white_level if self.white_level is not None else X.max()

    def _check_state(self) -> None:
        """Refuse what a file holds and no fit leaves."""
        if not hasattr(self, "scale_"):
            return
        check_floats("offset_", self.offset_, ())
        check_floats("scale_", self.scale_, ())
        # Files of earlier versions have neither of these.
        check_floats("data_max_", getattr(self, "data_max_", 0.0), ())
        background = getattr(self, "background_", None)
        if background not in ("dark", "bright", None):
            raise ValueError(f"background_ is {background!r}")

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


def _mean_and_deviation(X: np.ndarray) -> tuple[float, float]:
    """Two passes in float64 over blocks: uint8 images stay 1 byte a pixel."""
    if X.min() == X.max():
        return X.min(), 0.0  # rounding of the mean would leave a tiny deviation
    mean = X.mean(dtype=np.float64)
    blocks = gen_batches(X.shape[0], batch_size=1000)
    squares = sum(float(np.square(X[block] - mean).sum()) for block in blocks)
    return mean, np.sqrt(squares / X.size)

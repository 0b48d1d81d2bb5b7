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
from skdigits._training_pixels import find_background, warn_of_other_pixels

# The usual ones of pixels.
DTYPES = tuple(np.dtype(name) for name in ("uint8", "float32", "float64"))


class PixelScaler(
    CallbackSupportMixin, OneToOneFeatureMixin, TransformerMixin, BaseEstimator
):
    """Scale all pixels by one offset and one factor.

    The result is ``(X - offset_) / scale_``, with one offset and one scale for all
    pixels of the training images. Scalers of scikit-learn treat each feature
    separately, which amplifies pixels at the border that are rarely foreground.

    Parameters
    ----------
    method : {"unit", "minmax", "standard"}, default="unit"
        Scaling method.

        - "unit": divided by the white level, so that black stays 0.
        - "minmax": the darkest training pixel becomes 0, the brightest 1.
        - "standard": mean 0 and standard deviation 1 over all training pixels.

    white_level : float, default=None
        Pixel value that ``method="unit"`` scales to 1, such as 255. None means the
        brightest training pixel: 255 for MNIST, 16 for the bundled 8x8 digits. Other
        methods do not accept it.

    Attributes
    ----------
    offset_ : float
        Number subtracted from each pixel, in pixel units.

    scale_ : float
        Number that each pixel is divided by, in pixel units. It is 1 if all training
        pixels are equal or black.

    data_max_ : float
        Value of the brightest training pixel.

    background_ : {"dark", "bright"} or None
        Background of the training images. None if they have both kinds of background,
        or neither.

    n_features_in_ : int
        Number of pixels per image.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the pixels. Defined only if `X` has feature names that are all strings.

    See Also
    --------
    sklearn.preprocessing.MinMaxScaler : Scale each feature separately.
    sklearn.preprocessing.StandardScaler : Standardize each feature separately.

    Notes
    -----
    `transform` returns images as rows of pixels. float32 and float64 are kept. Types
    that float32 represents exactly, such as uint8, become float32. Wider integers
    become float64. Pixels outside the range of the training images are not clipped.

    `transform` warns if the images are 15 times brighter or darker than the training
    images. It also warns if more than 5 % of the images have the opposite background.
    Such images are often misclassified, for instance pixels from 0 to 1 by a classifier
    trained on pixels from 0 to 255. At most 1,000 images are checked. Images of fewer
    than 49 pixels and black images are not checked.

    LeCun et al. [1]_ standardized MNIST by global statistics.

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
        """Compute the offset and the scale.

        Parameters
        ----------
        X : array-like of shape (n, h * w), (n, h, w) or (n, h, w, 1)
            Training images.

        y : object, default=None
            Not used, present for API consistency by convention.

        Returns
        -------
        self : PixelScaler
            The fitted transformer.

        Raises
        ------
        ValueError
            If a parameter or X is invalid.
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
            Scaled images, float32 or float64.

        Raises
        ------
        ValueError
            If the images have another number of pixels than the training images.

        Warns
        -----
        UserWarning
            If the images have another scale or the opposite background.
        """
        check_is_fitted(self)
        X = self._validate(X, reset=False)
        # Files of earlier versions have neither attribute, and "standard" leaves none.
        former = 0.0 if self.method == "standard" else self.offset_ + self.scale_
        white_level = getattr(self, "data_max_", former)
        background = getattr(self, "background_", None)
        warn_of_other_pixels(X, white_level, background, type(self).__name__)
        scaled = np.subtract(X, self.offset_, dtype=float_dtype(X.dtype))
        scaled /= self.scale_
        return scaled

    def inverse_transform(self, X: ArrayLike) -> np.ndarray:
        """Convert scaled images back to pixel units.

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
            If the images have another number of pixels than the training images.
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

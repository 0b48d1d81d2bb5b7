"""Removing the slant of digits."""

from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted, validate_data

from skdigits._callbacks import CallbackSupportMixin, fit_task
from skdigits._images import (
    ImageShape,
    check_finite,
    check_same_shape,
    flatten_images,
    float_dtype,
    resolve_image_shape,
)
from skdigits._sklearn import fit_context
from skdigits._threads import run_in_blocks
from skdigits._warp import DECIMALS, PIXELS_PER_TASK, TINY, readable, warp


class Deskewer(
    CallbackSupportMixin, OneToOneFeatureMixin, TransformerMixin, BaseEstimator
):
    """Remove the slant of digits and centre them.

    Handwritten digits are slanted by various angles, which carry no information about
    their class. The slant is estimated from image moments: it is the slope of the
    regression line of foreground columns on rows. A horizontal shear makes this line
    vertical and moves the centre of mass to the centre of the image.

    Parameters
    ----------
    image_shape : tuple (height, width), default=None
        Shape of the images, in pixels. None means: as given if X has 3 or 4 dimensions;
        square if the number of features is a perfect square; a single row otherwise.

    Attributes
    ----------
    image_shape_ : tuple (height, width)
        Shape of the images, in pixels.

    n_features_in_ : int
        Number of pixels per image.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the pixels. Defined only if `X` has feature names that are all strings.

    See Also
    --------
    PixelScaler : Scales pixels.

    Notes
    -----
    `transform` returns images as rows of pixels. uint8, float32 and float64 are kept.
    Other types that float32 represents exactly become float32, and wider integers
    become float64. `fit` learns only the shape of the images.

    The foreground must be bright on a background of 0. Pixels from outside the image
    are 0 as well, so deskew before you standardize pixels. Negative pixels have no
    weight in the moments. An image without foreground is returned unchanged. A
    foreground in a single row has no slant.

    The centre is the pixel ``(h // 2, w // 2)``, as in MNIST, whose digits move by at
    most half a pixel. If strokes touch the border, parts of them are moved out of the
    image. For this reason deskewing lowers the accuracy on the bundled 8x8 digits.

    Hu [1]_ normalized patterns by moments. LeCun et al. [2]_ used deskewed digits.

    References
    ----------
    .. [1] M.-K. Hu, "Visual pattern recognition by moment invariants", IRE Transactions
       on Information Theory 8(2), 1962.
    .. [2] Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, "Gradient-based learning
       applied to document recognition", Proceedings of the IEEE 86(11), 1998.

    Examples
    --------
    >>> import numpy as np
    >>> from skdigits.preprocessing import Deskewer
    >>> slash = np.fliplr(np.eye(5, dtype=np.uint8))
    >>> Deskewer().fit_transform([slash]).reshape(5, 5)
    array([[0, 0, 1, 0, 0],
           [0, 0, 1, 0, 0],
           [0, 0, 1, 0, 0],
           [0, 0, 1, 0, 0],
           [0, 0, 1, 0, 0]], dtype=uint8)
    """

    _parameter_constraints = {  # noqa: RUF012 - the form that scikit-learn expects
        "image_shape": [tuple, list, None],
    }

    def __init__(self, *, image_shape: ImageShape | None = None):
        self.image_shape = image_shape

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: ArrayLike, y: object = None) -> Self:
        """Learn the shape of the images.

        Parameters
        ----------
        X : array-like of shape (n, h * w), (n, h, w) or (n, h, w, 1)
            Training images.

        y : object, default=None
            Not used, present for API consistency by convention.

        Returns
        -------
        self : Deskewer
            The fitted transformer.

        Raises
        ------
        ValueError
            If a parameter or X is invalid.
        TypeError
            If X is an array or a list of strings.
        """
        X, given = flatten_images(X)
        X = validate_data(self, X)
        with fit_task(self, X, y):
            self.image_shape_ = resolve_image_shape(self.image_shape, X.shape[1], given)
        return self

    def transform(self, X: ArrayLike) -> np.ndarray:
        """Deskew and centre images.

        Parameters
        ----------
        X : array-like of shape (n, h * w), (n, h, w) or (n, h, w, 1)
            Images.

        Returns
        -------
        X_deskewed : ndarray of shape (n, h * w)
            Deskewed images, uint8, float32 or float64.

        Raises
        ------
        ValueError
            If the images have another shape than the training images.
        """
        check_is_fitted(self)
        X, given = flatten_images(X, self.n_features_in_)
        X = validate_data(self, X, reset=False, ensure_all_finite=False)
        check_finite(X, self)
        check_same_shape(given, self.image_shape_)
        if X.dtype != np.uint8:
            X = X.astype(float_dtype(X.dtype), copy=False)
        images = X.reshape(-1, *self.image_shape_)
        return warp(images, *_upright(images)).reshape(X.shape)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32", "uint8"]
        return tags


def _upright(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Find the shears that make images upright and put them in the middle.

    Returns their matrices (n, 2, 2) and offsets (n, 2), as `warp` takes them.
    """
    height = images.shape[1]
    ink, *moments = _moments(images)
    row, column, row_row, row_column = np.divide(moments, np.where(ink > 0, ink, 1))
    variance = row_row - row**2
    covariance = row_column - row * column
    has_height = variance > TINY * height**2
    slant = np.where(has_height, covariance, 0) / np.where(has_height, variance, 1)

    matrices = np.tile(np.eye(2), (len(images), 1, 1))
    matrices[:, 1, 0] = slant
    # Moments are measured from the middle, places from the first pixel.
    offsets = np.stack([row, column - slant * (height // 2)], axis=1)
    # What is upright and centred already must not lose its border to a rounding error.
    return matrices.round(DECIMALS), offsets.round(DECIMALS)


def _moments(images: np.ndarray) -> np.ndarray:
    """Sum ink, and ink times rows, columns, squared rows, and rows times columns."""
    # numba takes half a second.
    from skdigits.preprocessing._moments import sum_moments

    pixels = readable(images, images.dtype, images.shape, "images")
    moments = np.empty((len(images), 5))

    def run(block: slice) -> None:
        sum_moments(pixels[block], moments[block])

    run_in_blocks(run, len(images), PIXELS_PER_TASK // images[0].size)
    return moments.T

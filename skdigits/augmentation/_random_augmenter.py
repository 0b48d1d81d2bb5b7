"""Random copies of images: one resampling each."""

from numbers import Integral, Real
from typing import Any, Self

import numpy as np
from numpy.random import RandomState
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.utils import Tags, check_random_state, gen_batches, indexable
from sklearn.utils.validation import check_array, validate_data

from skdigits._callbacks import CallbackSupportMixin, fit_task
from skdigits._images import (
    ImageShape,
    check_finite,
    flatten_images,
    float_dtype,
    in_container_of,
    resolve_image_shape,
)
from skdigits._sklearn import Interval, check_sample_weight, fit_context, safe_indexing
from skdigits._warp import warp
from skdigits.augmentation._random_maps import draw_displacements, draw_maps

# Pixels whose displacements are in memory at a time: 25 MB of them.
PIXELS_PER_BLOCK = 2**22


class RandomAugmenter(CallbackSupportMixin, BaseEstimator):
    """Make randomly rotated, shifted, zoomed, sheared and distorted copies of images.

    All changes of a copy are combined into one map, so the image is resampled and
    blurred only once. Each change is drawn uniformly and independently for each image.

    The augmenter has no ``transform``, so that a Pipeline cannot change images that are
    to be predicted. To train on augmented images, use one of these:

    - :class:`AugmentedClassifier`, around any classifier;
    - the parameter `augmenter` of a network, such as
      :class:`~skdigits.neural_network.KerasCNNClassifier`, which augments anew in each
      epoch;
    - imbalanced-learn's Pipeline, with the augmenter as a step.

    Parameters
    ----------
    rotation : float, default=10
        Maximum rotation angle in either direction, in degrees.

    shift : float, default=0.1
        Maximum shift, as a fraction of the height and of the width.

    zoom : float, default=0.1
        Maximum relative change of size. For instance, 0.1 means a factor from 0.9 to
        1.1.

    shear : float, default=0.0
        Maximum shear angle in either direction, in degrees.

    elastic : float, default=0.0
        Strength of the elastic distortion [1]_: the standard deviation of the
        displacement of a pixel along each axis, as a fraction of the height and of the
        width. Neighbouring pixels move together. For 28x28 images, digits distorted
        with 0.03 still look handwritten.

    n_copies : int, default=1
        Number of augmented copies that `fit_resample` adds for each image.

    image_shape : tuple (height, width), default=None
        Shape of the images, in pixels. None means: as given if X has 3 or 4 dimensions;
        square if the number of features is a perfect square; a single row otherwise.

    random_state : int, RandomState instance or None, default=None
        Controls the randomness of the copies. Pass an int for reproducible output
        across calls.

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
    AugmentedClassifier : Train any classifier on images and augmented copies.

    Notes
    -----
    uint8, float32 and float64 are kept. Other types that float32 represents exactly
    become float32, and wider integers become float64. Pixels from outside the image are
    0, the background of digits, so augment before you standardize pixels. Nothing moves
    along an axis of a single pixel.

    The changes depend on the seed and on the number and shape of the images, not on
    their pixels.

    References
    ----------
    .. [1] P. Y. Simard, D. Steinkraus and J. C. Platt, "Best practices for
       convolutional neural networks applied to visual document analysis", Seventh
       International Conference on Document Analysis and Recognition, 2003.

    Examples
    --------
    >>> from skdigits.augmentation import RandomAugmenter
    >>> from skdigits.datasets import load_digits
    >>> X, y = load_digits(return_X_y=True)
    >>> augmenter = RandomAugmenter(n_copies=2, random_state=0)
    >>> X_more, y_more = augmenter.fit_resample(X, y)
    >>> X.shape, X_more.shape, y_more.shape
    ((1797, 64), (5391, 64), (5391,))
    """

    _parameter_constraints = {  # noqa: RUF012 - the form that scikit-learn expects
        "rotation": [Interval(Real, 0, 180, closed="both")],
        "shift": [Interval(Real, 0, 1, closed="both")],
        "zoom": [Interval(Real, 0, 1, closed="left")],
        "shear": [Interval(Real, 0, 90, closed="left")],
        "elastic": [Interval(Real, 0, 1, closed="both")],
        "n_copies": [Interval(Integral, 0, None, closed="left")],
        "image_shape": [tuple, list, None],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        rotation: float = 10,
        shift: float = 0.1,
        zoom: float = 0.1,
        shear: float = 0.0,
        *,
        elastic: float = 0.0,
        n_copies: int = 1,
        image_shape: ImageShape | None = None,
        random_state: int | RandomState | None = None,
    ):
        self.rotation = rotation
        self.shift = shift
        self.zoom = zoom
        self.shear = shear
        self.elastic = elastic
        self.n_copies = n_copies
        self.image_shape = image_shape
        self.random_state = random_state

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: ArrayLike, y: object = None) -> Self:
        """Learn the shape of the images, as `fit_resample` also does.

        Parameters
        ----------
        X : array-like of shape (n, h * w), (n, h, w) or (n, h, w, 1)
            Training images.

        y : object, default=None
            Not used, present for API consistency by convention.

        Returns
        -------
        self : RandomAugmenter
            The fitted augmenter.

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

    @fit_context(prefer_skip_nested_validation=True)
    def fit_resample(
        self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> tuple[Any, ...]:
        """Return the images, followed by `n_copies` augmented copies of each.

        Parameters
        ----------
        X : array-like of shape (n, h * w), (n, h, w) or (n, h, w, 1)
            Training images.

        y : array-like of shape (n,) or (n, n_outputs)
            Labels.

        sample_weight : array-like of shape (n,), default=None
            Sample weights.

        Returns
        -------
        X_resampled : ndarray or DataFrame of shape ((1 + n_copies) * n, h * w)
            The images, followed by the copies in the same order, uint8, float32 or
            float64. A DataFrame keeps its columns and repeats its index.

        y_resampled : array-like of shape ((1 + n_copies) * n,)
            The repeated labels, of the type of `y`.

        sample_weight_resampled : ndarray of shape ((1 + n_copies) * n,)
            The repeated weights. Returned only if `sample_weight` is given.

        Raises
        ------
        ValueError
            If a parameter, X, y or `sample_weight` is invalid.
        TypeError
            If X is an array or a list of strings.
        """
        rows, given = flatten_images(X)
        (y,) = indexable(y)
        pixels, _ = validate_data(self, rows, y, multi_output=True)
        self.image_shape_ = resolve_image_shape(
            self.image_shape, pixels.shape[1], given
        )
        random_state = check_random_state(self.random_state)
        copies = (
            self._augment(pixels, self.image_shape_, random_state)
            for _ in range(self.n_copies)
        )
        n_times = 1 + self.n_copies
        origins = np.tile(np.arange(len(pixels)), n_times)
        everything = np.concatenate([as_pixels(pixels), *copies])
        resampled = (
            in_container_of(rows, everything, origins),
            safe_indexing(y, origins),
        )
        if sample_weight is None:
            return resampled
        sample_weight = check_sample_weight(sample_weight, pixels)
        return *resampled, np.tile(sample_weight, n_times)

    @fit_context(prefer_skip_nested_validation=True)
    def augment(
        self, X: ArrayLike, random_state: int | RandomState | None = None
    ) -> np.ndarray:
        """Return an augmented copy of each image.

        It works without `fit`.

        Parameters
        ----------
        X : array-like of shape (n, h * w), (n, h, w) or (n, h, w, 1)
            Images.

        random_state : int, RandomState instance or None, default=None
            Controls the randomness of the copies. None means the parameter
            `random_state`.

        Returns
        -------
        X_augmented : ndarray of the shape of X
            Augmented copies, uint8, float32 or float64.

        Raises
        ------
        ValueError
            If a parameter or X is invalid.
        TypeError
            If X is an array or a list of strings.
        """
        rows, given = flatten_images(X)
        pixels = check_array(rows, estimator=self, ensure_all_finite=False)
        check_finite(pixels, self)
        image_shape = resolve_image_shape(self.image_shape, pixels.shape[1], given)
        if random_state is None:
            random_state = self.random_state
        augmented = self._augment(pixels, image_shape, check_random_state(random_state))
        return augmented.reshape(np.shape(X))

    def _augment(
        self, pixels: np.ndarray, image_shape: ImageShape, random_state: RandomState
    ) -> np.ndarray:
        """Draw a copy of each row of pixels."""
        images = as_pixels(pixels).reshape(-1, *image_shape)
        n_images = len(images)
        matrices, offsets = draw_maps(
            n_images,
            image_shape,
            random_state,
            rotation=self.rotation,
            shift=self.shift,
            zoom=self.zoom,
            shear=self.shear,
        )
        if not self.elastic:
            warped = warp(images, matrices, offsets, mode="grid-constant")
            return warped.reshape(n_images, -1)
        augmented = np.empty(images.shape, images.dtype)
        n_images_per_block = max(1, PIXELS_PER_BLOCK // pixels.shape[1])
        for block in gen_batches(n_images, n_images_per_block):
            displacements = draw_displacements(
                len(images[block]), image_shape, random_state, self.elastic
            )
            augmented[block] = warp(
                images[block],
                matrices[block],
                offsets[block],
                displacements,
                mode="grid-constant",
            )
        return augmented.reshape(n_images, -1)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        return tags


def as_pixels(X: np.ndarray) -> np.ndarray:
    """Give pixels a type that can be resampled.

    Parameters
    ----------
    X : ndarray
        Pixels of any real type.

    Returns
    -------
    pixels : ndarray
        The same, uint8, float32 or float64.
    """
    return X if X.dtype == np.uint8 else X.astype(float_dtype(X.dtype), copy=False)

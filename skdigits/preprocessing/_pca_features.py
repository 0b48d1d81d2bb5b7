"""Principal components of images, themselves images."""

from numbers import Integral
from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import (
    BaseEstimator,
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
)
from sklearn.decomposition import PCA
from sklearn.utils import Tags, gen_batches
from sklearn.utils.validation import check_array, check_is_fitted, validate_data

from skdigits._callbacks import CallbackSupportMixin, fit_task
from skdigits._images import (
    ImageShape,
    check_same_shape,
    flatten_images,
    float_dtype,
    resolve_image_shape,
)
from skdigits._sklearn import Interval, RealNotInt, StrOptions, fit_context
from skdigits._state import check_floats, check_integer

# Machine epsilons of the largest variance that others are uncertain by.
ROUNDING = 16
_BLOCK = 2048  # rows that are centred at a time; 13 MB of 28x28 pixels in float64


class PCAFeatures(
    CallbackSupportMixin,
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
    BaseEstimator,
):
    """Project images onto their principal components.

    The components are the directions of largest variance, as in
    :class:`sklearn.decomposition.PCA`, and are images themselves. One global scale
    gives the features a mean variance of 1 and keeps their proportions. The next step
    of a pipeline is then independent of the white level, such as 1, 16 or 255.

    Parameters
    ----------
    n_components : int or float, default=None
        Number of components to keep. A float between 0 and 1 keeps as many as explain
        more than that fraction of the variance. The solvers "arpack" and "randomized"
        need an integer. None keeps all: the smaller of the numbers of images and
        pixels.

    whiten : bool, default=False
        If True, every feature has variance 1. If False, the mean variance of all
        features is 1.

    image_shape : tuple (h, w), default=None
        Shape of the images, in pixels, for `components_images_`. None means: as given
        if X has 3 or 4 dimensions; square if the number of features is a perfect
        square; a single row otherwise.

    svd_solver : {"exact", "auto", "covariance_eigh", "full", "arpack", \
"randomized"}, default="exact"
        Solver that finds the components. "exact" chooses "covariance_eigh" if there are
        more images than pixels, and "full" otherwise. The other solvers are those of
        :class:`sklearn.decomposition.PCA`. "randomized" is faster for a few components
        of many images that have more than about 1,000 pixels.

    random_state : int, RandomState instance or None, default=None
        Used when `svd_solver` is "arpack" or "randomized". Pass an int for reproducible
        results across multiple function calls.

    Attributes
    ----------
    components_ : ndarray of shape (`n_components_`, h * w)
        Principal components of length 1, sorted by decreasing variance. In each, the
        pixel of largest magnitude is positive, so the signs are the same on all
        machines.

    components_images_ : ndarray of shape (`n_components_`, h, w)
        The components as images (a view).

    mean_ : ndarray of shape (h * w,)
        Mean of the training images, in pixel units.

    mean_image_ : ndarray of shape (h, w)
        The mean as an image (a view).

    explained_variance_ : ndarray of shape (`n_components_`,)
        Variance of the training images along each component, in squared pixel units.

    explained_variance_ratio_ : ndarray of shape (`n_components_`,)
        Fraction of the variance explained by each component. 0 if all training images
        are equal.

    scale_ : float
        Number that all features are divided by, in pixel units. It is the square root
        of the mean of `explained_variance_`, or 1 if that mean is 0. It is also 1 with
        ``whiten=True``, which scales each feature separately.

    n_components_ : int
        Number of components.

    image_shape_ : tuple (h, w)
        Shape of the images, in pixels.

    n_features_in_ : int
        Number of pixels per image.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the pixels. Defined only if `X` has feature names that are all strings.

    See Also
    --------
    sklearn.decomposition.PCA : The same without image shapes and a global scale.
    skdigits.preprocessing.PixelScaler : Scale all pixels alike.

    Notes
    -----
    With this scale, ``gamma="auto"`` and ``gamma="scale"`` are equal in
    :class:`sklearn.svm.SVC`. Penalties of linear models and networks do not depend on
    the pixel units. Without whitening, distances between images are kept, up to the
    scale and to the dropped components [1]_.

    Whitening divides each feature by its standard deviation, which amplifies noise: use
    it with a small `n_components`. Features without variance in the training images are
    0.

    float32 and float64 are kept. Types that float32 represents exactly, such as uint8,
    become float32. Wider integers become float64. `fit` makes one copy of that type.

    References
    ----------
    .. [1] I. T. Jolliffe, "Principal Component Analysis", 2nd edition, Springer, 2002.

    Examples
    --------
    >>> from skdigits.datasets import load_digits
    >>> from skdigits.preprocessing import PCAFeatures
    >>> images = load_digits().images
    >>> pca = PCAFeatures(n_components=10)
    >>> features = pca.fit_transform(images)
    >>> features.shape, pca.components_images_.shape
    ((1797, 10), (10, 8, 8))
    >>> round(float(features.var(axis=0, ddof=1).mean()), 3)
    1.0
    >>> round(float(pca.explained_variance_ratio_.sum()), 2)
    0.74
    >>> PCAFeatures(n_components=0.9).fit(images).n_components_
    21
    """

    _parameter_constraints = {  # noqa: RUF012 - the form that scikit-learn expects
        "n_components": [
            Interval(Integral, 1, None, closed="left"),
            Interval(RealNotInt, 0, 1, closed="neither"),
            None,
        ],
        "whiten": ["boolean"],
        "image_shape": [tuple, list, None],
        "svd_solver": [
            StrOptions(
                {"exact", "auto", "covariance_eigh", "full", "arpack", "randomized"}
            )
        ],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        n_components: float | None = None,
        *,
        whiten: bool = False,
        image_shape: ImageShape | None = None,
        svd_solver: str = "exact",
        random_state: int | np.random.RandomState | None = None,
    ):
        self.n_components = n_components
        self.whiten = whiten
        self.image_shape = image_shape
        self.svd_solver = svd_solver
        self.random_state = random_state

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: ArrayLike, y: object = None) -> Self:
        """Find the components and the scale.

        Parameters
        ----------
        X : array-like of shape (n, h * w), (n, h, w) or (n, h, w, 1)
            Training images, at least two.

        y : object, default=None
            Not used, present for API consistency by convention.

        Returns
        -------
        self : PCAFeatures
            The fitted transformer.

        Raises
        ------
        ValueError
            If a parameter or X is invalid.
        TypeError
            If X is an array or a list of strings.
        """
        X, given = flatten_images(X)
        X = validate_data(self, X, ensure_min_samples=2)
        self.image_shape_ = resolve_image_shape(self.image_shape, X.shape[1], given)
        with fit_task(self, X, y):
            self._fit_components(X)
            deviation = float(np.sqrt(self.explained_variance_.mean()))
            self.scale_ = deviation if deviation > 0 and not self.whiten else 1.0
        return self

    def _fit_components(self, X: np.ndarray) -> None:
        # Centred first, for float32 would lose the variance of bright, pale images in
        # products of uncentred pixels.
        dtype = float_dtype(X.dtype)
        self.mean_ = _mean_image(X).astype(dtype)
        solver = self.svd_solver
        if solver == "exact":
            solver = "covariance_eigh" if X.shape[0] > X.shape[1] else "full"
        pca = PCA(
            self.n_components,
            copy=False,
            svd_solver=solver,
            random_state=self.random_state,
        )
        with np.errstate(invalid="ignore"):  # equal images: shares of no variance
            pca.fit(np.subtract(X, self.mean_, dtype=dtype))
        self.components_ = pca.components_
        self.explained_variance_ = pca.explained_variance_
        self.explained_variance_ratio_ = np.nan_to_num(pca.explained_variance_ratio_)
        self.n_components_ = len(self.components_)

    @property
    def components_images_(self) -> np.ndarray:
        """The components as images, of shape (`n_components_`, h, w)."""
        return self.components_.reshape(-1, *self.image_shape_)

    @property
    def mean_image_(self) -> np.ndarray:
        """The mean of the training images, of shape (h, w)."""
        return self.mean_.reshape(self.image_shape_)

    def transform(self, X: ArrayLike) -> np.ndarray:
        """Project images onto the components.

        Parameters
        ----------
        X : array-like of shape (n, h * w), (n, h, w) or (n, h, w, 1)
            Images.

        Returns
        -------
        features : ndarray of shape (n, `n_components_`)
            Scaled projections, float32 or float64.

        Raises
        ------
        ValueError
            If the images have another shape than the training images.
        """
        check_is_fitted(self)
        X, given = flatten_images(X, self.n_features_in_)
        X = validate_data(self, X, reset=False)
        check_same_shape(given, self.image_shape_)
        weights = self._projection()
        features = np.empty((X.shape[0], self.n_components_), float_dtype(X.dtype))
        for rows in gen_batches(X.shape[0], _BLOCK):
            # In float64: the order of a sum, which differs between libraries and batch
            # sizes, must not move a feature across the threshold of a tree.
            centred = np.subtract(X[rows], self.mean_, dtype=np.float64)
            features[rows] = centred @ weights
        return features

    def inverse_transform(self, X: ArrayLike) -> np.ndarray:
        """Reconstruct images from features.

        Parameters
        ----------
        X : array-like of shape (n, `n_components_`)
            Features returned by :meth:`transform`.

        Returns
        -------
        X_original : ndarray of shape (n, h * w)
            Images in pixel units, float32 or float64, neither clipped nor rounded. The
            parts of the dropped components are missing.

        Raises
        ------
        ValueError
            If the number of features differs from the number of components.
        """
        check_is_fitted(self)
        X = check_array(X)
        if X.shape[1] != self.n_components_:
            raise ValueError(
                f"X has {X.shape[1]} features, but this {type(self).__name__} has "
                f"{self.n_components_} components."
            )
        dtype = float_dtype(X.dtype)
        weights = (self.components_ * self._deviations()[:, np.newaxis]).astype(dtype)
        images = X.astype(dtype, copy=False) @ weights
        images += self.mean_
        return images

    def _projection(self) -> np.ndarray:
        """Return what centred pixels are multiplied by, of shape (h * w, n)."""
        deviations = self._deviations()
        # What did not vary has nothing to be measured by: 0, not noise over noise.
        gains = np.divide(
            1, deviations, out=np.zeros(deviations.shape), where=deviations > 0
        )
        return self.components_.T * gains

    def _deviations(self) -> np.ndarray:
        """Return what each projection is divided by; 0 where nothing varied."""
        if not self.whiten:
            return np.full(self.n_components_, self.scale_)
        variances = self.explained_variance_
        rounding = variances.max() * np.finfo(variances.dtype).eps * ROUNDING
        return np.sqrt(variances * (variances > rounding), dtype=np.float64)

    @property
    def _n_features_out(self) -> int:
        return self.n_components_

    def _check_state(self) -> None:
        """Refuse what a file holds and no fit leaves."""
        if hasattr(self, "components_"):
            n_components, n_features = self.n_components_, self.n_features_in_
            check_integer("n_components_", n_components, 1, len(self.components_))
            check_floats("components_", self.components_, (n_components, n_features))
            check_floats("mean_", self.mean_, (n_features,))
            for name in ("explained_variance_", "explained_variance_ratio_"):
                check_floats(name, getattr(self, name), (n_components,))
            check_floats("scale_", self.scale_, ())

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


def _mean_image(X: np.ndarray) -> np.ndarray:
    """Average in float64, without rounding where all images are equal."""
    constant = X.min(axis=0) == X.max(axis=0)
    return np.where(constant, X[0], X.mean(axis=0, dtype=np.float64))

"""Responses of small filters, averaged over cells: features without backpropagation."""

from math import prod
from numbers import Integral
from typing import Self

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike
from sklearn.base import (
    BaseEstimator,
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
)
from sklearn.utils import Tags, gen_batches
from sklearn.utils.validation import check_is_fitted, validate_data

from skdigits._callbacks import CallbackSupportMixin, fit_task
from skdigits._images import (
    ImageShape,
    check_image_shape,
    check_same_shape,
    flatten_images,
    float_dtype,
    resolve_image_shape,
)
from skdigits._sklearn import Interval, fit_context
from skdigits._state import check_floats
from skdigits._threads import run_in_blocks
from skdigits._warp import readable

# Machine epsilons of the largest variance that others are uncertain by, and more: sums
# over millions of patches are.
ROUNDING = 64
_BLOCK = 256  # images whose patches are held at a time: 20 MB of 28x28 pixels


class PCAFilterFeatures(
    CallbackSupportMixin,
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
    BaseEstimator,
):
    """Extract responses of PCA filters, averaged over grid cells.

    This is a convolutional layer learnt without labels and without backpropagation. The
    filters are the principal components of the centred patches of the training images,
    as in PCANet [1]_. Each filter is scaled to a mean squared response of 1. Positive
    and negative responses are separate features [2]_. They are averaged over the cells
    of a grid, so that small shifts of strokes matter little.

    Parameters
    ----------
    n_filters : int, default=12
        Number of filters to learn. If the patches vary in fewer directions, there are
        fewer filters.

    filter_size : int, default=5
        Height and width of a filter, in pixels. At most those of the images.

    grid_size : int, default=7
        Number of rows and columns of grid cells, at most the number of pixels per side.
        Neighbouring cells overlap: the weight of a pixel falls from 1 in the middle of
        a cell to 0 in the middle of the next.

    image_shape : tuple (height, width), default=None
        Shape of the images, in pixels. None means: as given if X has 3 or 4 dimensions;
        square if the number of features is a perfect square; a single row otherwise.

    Attributes
    ----------
    filters_ : ndarray of shape (n_filters, filter height, filter width)
        Filters, sorted by decreasing variance of the patches, in inverse pixel units.
        The weight of largest magnitude in each is positive.

    grid_shape_ : tuple (rows, columns)
        Number of rows and columns of cells.

    image_shape_ : tuple (height, width)
        Shape of the images, in pixels.

    n_features_in_ : int
        Number of pixels per image.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the pixels. Defined only if `X` has feature names that are all strings.

    See Also
    --------
    PCAFeatures : Principal components, also of the features of this transformer.
    Deskewer : Remove slant, so that strokes lie in the same cells.

    Notes
    -----
    Each cell has ``2 * n_filters`` features, those of positive responses first. Cells
    are ordered row by row. Features do not depend on the pixel units. Pixels outside
    the image are 0.

    float32 and float64 are kept. Types that float32 represents exactly, such as uint8,
    become float32. Wider integers become float64.

    References
    ----------
    .. [1] T.-H. Chan, K. Jia, S. Gao, J. Lu, Z. Zeng and Y. Ma, "PCANet: a simple deep
       learning baseline for image classification?", IEEE Transactions on Image
       Processing 24(12), 2015.
    .. [2] A. Coates and A. Y. Ng, "The importance of encoding versus training with
       sparse coding and vector quantization", ICML 2011.

    Examples
    --------
    >>> from sklearn.linear_model import RidgeClassifier
    >>> from sklearn.pipeline import make_pipeline
    >>> from skdigits.datasets import load_digits
    >>> from skdigits.preprocessing import PCAFilterFeatures
    >>> X, y = load_digits(return_X_y=True)
    >>> filters = PCAFilterFeatures(8, filter_size=3, grid_size=4)
    >>> filters.fit_transform(X).shape, filters.filters_.shape
    ((1797, 256), (8, 3, 3))
    >>> linear = RidgeClassifier().fit(X[:1000], y[:1000])
    >>> filtered = make_pipeline(filters, RidgeClassifier()).fit(X[:1000], y[:1000])
    >>> filtered.score(X[1000:], y[1000:]) > linear.score(X[1000:], y[1000:])
    True
    """

    _parameter_constraints = {  # noqa: RUF012 - the form that scikit-learn expects
        "n_filters": [Interval(Integral, 1, None, closed="left")],
        "filter_size": [Interval(Integral, 1, None, closed="left")],
        "grid_size": [Interval(Integral, 1, None, closed="left")],
        "image_shape": [tuple, list, None],
    }

    def __init__(
        self,
        n_filters: int = 12,
        *,
        filter_size: int = 5,
        grid_size: int = 7,
        image_shape: ImageShape | None = None,
    ):
        self.n_filters = n_filters
        self.filter_size = filter_size
        self.grid_size = grid_size
        self.image_shape = image_shape

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: ArrayLike, y: object = None) -> Self:
        """Learn the filters.

        Parameters
        ----------
        X : array-like of shape (n, h * w), (n, h, w) or (n, h, w, 1)
            Training images.

        y : object, default=None
            Not used, present for API consistency by convention.

        Returns
        -------
        self : PCAFilterFeatures
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
        self.image_shape_ = resolve_image_shape(self.image_shape, X.shape[1], given)
        with fit_task(self, X, y):
            images = X.reshape(-1, *self.image_shape_)
            height, width = (min(self.filter_size, n) for n in self.image_shape_)
            shape = height, width
            # Squares of pixels of any unit are to stay within range.
            unit = max(float(X.max()), -float(X.min())) or 1.0
            dtype = float_dtype(X.dtype)
            products = _patch_products(images, shape, unit)
            filters = _scaled_components(products, self.n_filters, np.finfo(dtype).eps)
            self.filters_ = (filters / unit).astype(dtype).reshape(-1, *shape)
            self.grid_shape_ = tuple(min(self.grid_size, n) for n in self.image_shape_)
        return self

    def transform(self, X: ArrayLike) -> np.ndarray:
        """Filter images and average the responses over grid cells.

        Parameters
        ----------
        X : array-like of shape (n, h * w), (n, h, w) or (n, h, w, 1)
            Images.

        Returns
        -------
        features : ndarray of shape (n, rows * columns * 2 * n_filters)
            Nonnegative features, float32 or float64.

        Raises
        ------
        ValueError
            If the images have another shape than the training images.
        """
        # numba takes half a second.
        from skdigits.preprocessing._filter_kernels import filter_and_pool

        check_is_fitted(self)
        X, given = flatten_images(X, self.n_features_in_)
        X = validate_data(self, X, reset=False)
        check_same_shape(given, self.image_shape_)
        dtype = float_dtype(X.dtype)
        images = X.reshape(-1, *self.image_shape_)
        filters = np.ascontiguousarray(np.moveaxis(self.filters_, 0, -1), dtype)
        row_weights, column_weights = (
            _cell_weights(n_cells, n_pixels).astype(dtype)
            for n_cells, n_pixels in zip(
                self.grid_shape_, self.image_shape_, strict=True
            )
        )
        shape = (len(images), *self.grid_shape_, 2 * len(self.filters_))
        features = np.empty(shape, dtype)

        def run(rows: slice) -> None:
            block = readable(images[rows], dtype, images[rows].shape, "images")
            filter_and_pool(block, filters, row_weights, column_weights, features[rows])

        run_in_blocks(run, len(images), _BLOCK)
        return features.reshape(len(images), -1)

    @property
    def _n_features_out(self) -> int:
        return prod(self.grid_shape_) * 2 * len(self.filters_)

    def _check_state(self) -> None:
        """Refuse what a file holds and no fit leaves."""
        if not hasattr(self, "filters_"):
            return
        n_filters, height, width = np.shape(self.filters_)
        image_shape = check_image_shape(self.image_shape_)
        # No fit has more: each takes memory for every cell of every image.
        most = max(1, height * width)
        shape = min(n_filters, most), *map(min, (height, width), image_shape)
        check_floats("filters_", self.filters_, shape)
        rows, columns = check_image_shape(self.grid_shape_)
        if rows > image_shape[0] or columns > image_shape[1]:
            raise ValueError(
                f"grid_shape_ has {rows} x {columns} cells, which images of "
                f"{image_shape} pixels do not fill"
            )

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


def _patch_products(
    images: np.ndarray, shape: tuple[int, int], unit: float
) -> np.ndarray:
    """Mean products of the pixels of patches, each less its own mean."""
    size = prod(shape)
    margins = [(0, 0), *((n // 2, (n - 1) // 2) for n in shape)]
    products = np.zeros((size, size))
    for rows in gen_batches(len(images), _BLOCK):
        block = np.divide(images[rows], unit, dtype=float_dtype(images.dtype))
        windows = sliding_window_view(np.pad(block, margins), shape, axis=(1, 2))
        patches = windows.reshape(-1, size)
        patches = patches[patches.any(axis=1)]  # most of digits is blank
        patches -= patches.mean(axis=1, keepdims=True)
        products += patches.T @ patches
    return products / images.size


def _scaled_components(
    products: np.ndarray, n_components: int, epsilon: float
) -> np.ndarray:
    """Principal components, a row each, scaled to responses of mean square 1."""
    squares, components = np.linalg.eigh(products)
    squares, components = squares[::-1][:n_components], components.T[::-1]
    is_certain = squares > squares[0] * epsilon * ROUNDING
    if not is_certain.any():  # even patches: a filter that responds to nothing
        return np.zeros((1, len(products)))
    components = components[: is_certain.sum()]
    largest = np.abs(components).argmax(axis=1)[:, np.newaxis]
    signs = np.sign(np.take_along_axis(components, largest, axis=1))
    return components * signs / np.sqrt(squares[is_certain])[:, np.newaxis]


def _cell_weights(n_cells: int, n_pixels: int) -> np.ndarray:
    """Weights of pixels in cells along an axis, (cells, pixels); each cell's sum to 1.

    As a cell is as wide as two, every pixel counts in two cells but at the border.
    """
    size = n_pixels / n_cells
    centers = (np.arange(n_cells)[:, np.newaxis] + 0.5) * size
    distances = np.abs(np.arange(n_pixels) + 0.5 - centers)
    weights = np.maximum(0, 1 - distances / size)
    return weights / weights.sum(axis=1, keepdims=True)

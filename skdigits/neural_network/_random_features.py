"""Ridge regression on random Fourier features, in blocks of rows."""

from collections.abc import Iterator
from numbers import Integral, Real
from typing import ClassVar, Literal, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import log_softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import check_random_state, gen_batches
from sklearn.utils.validation import check_is_fitted, validate_data

from skdigits._callbacks import CallbackSupportMixin, fit_task
from skdigits._fit_state import at_this_moment, replaces_state
from skdigits._images import (
    check_same_shape,
    flatten_images,
    float_dtype,
    resolve_image_shape,
)
from skdigits._sklearn import Interval, StrOptions, fit_context
from skdigits._state import check_floats
from skdigits.neural_network._fourier import orthogonal_normal, weighted_variance
from skdigits.neural_network._ridge import RidgeSums, fit_temperature, solve
from skdigits.neural_network._validation import (
    check_labels,
    check_n_weights,
    check_not_nan,
    validate_weighted_rows,
)

_BLOCK_BYTES = 2**26  # of random features held at a time
_MAX_COMPONENTS = 2**15  # a matrix of them squared is held
_N_CALIBRATION = 2000  # training rows whose leave-one-out scores set the temperature


class RandomFeaturesClassifier(CallbackSupportMixin, ClassifierMixin, BaseEstimator):
    """Classify by ridge regression on random Fourier features of an RBF kernel.

    This is a network with one hidden layer of fixed random weights and a cosine as its
    activation [1]_. Only the output layer is learnt, in closed form, so there are no
    epochs and no learning rate. Predictions approximate those of a ridge classifier
    with an RBF kernel, without comparing all pairs of training images. The weights are
    orthogonal in blocks, which approximates the kernel better [2]_.

    .. versionadded:: 0.3

    Parameters
    ----------
    n_components : int, default=1000
        Number of random features. More features approximate the kernel better. Memory
        grows with the square of their number, time with the square times the number of
        training images. At most 32,768, which takes 4 GB for a matrix of float32.

    gamma : float or "scale", default="scale"
        Parameter of the RBF kernel ``exp(-gamma * squared_distance)``. "scale" is
        ``1 / (n_features * X.var())``, as in :class:`~sklearn.svm.SVC`.

    alpha : float, default=1e-2
        Strength of the L2 penalty. The sum of squared errors gets `alpha` times the sum
        of the squared coefficients added, as in
        :class:`~sklearn.linear_model.RidgeClassifier`.

    class_weight : dict or "balanced", default=None
        Weights of the classes, multiplied into the sample weights. "balanced" makes
        them inversely proportional to the classes' shares of the training images.

    random_state : int, RandomState instance or None, default=None
        Controls the randomness of the features. Pass an int for reproducible output
        across calls.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Class labels.

    image_shape_ : tuple (h, w)
        Height and width of the training images, in pixels.

    random_weights_ : ndarray of shape (`n_features_in_`, n_components)
        Weights of the hidden layer. They are float32 if float32 can hold the images
        exactly, as it can uint8 images, and float64 otherwise. So are the other arrays.

    random_offset_ : ndarray of shape (n_components,)
        Offsets of the hidden layer.

    coef_ : ndarray of shape (n_components, n_outputs)
        Coefficients of the output layer. There is one output for two classes, and one
        per class for more.

    intercept_ : ndarray of shape (n_outputs,)
        Intercepts of the output layer.

    temperature_ : float
        What scores are divided by before the softmax that makes probabilities of them.

    n_features_in_ : int
        Number of features per image.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features. Defined only if `X` has feature names that are all
        strings.

    See Also
    --------
    skdigits.preprocessing.PCAFilterFeatures : Features for this classifier.
    sklearn.kernel_approximation.RBFSampler : The random features as a transformer.
    sklearn.kernel_ridge.KernelRidge : Ridge regression with the exact kernel.

    Notes
    -----
    Training images are processed in blocks. Memory holds a few matrices of
    ``n_components ** 2`` numbers, never all random features of all images.

    Targets are 1 for the class and -1 for the others. Probabilities are the softmax of
    the scores, divided by a temperature. The temperature minimizes the cross-entropy of
    the leave-one-out scores of up to 2,000 training images, which follow from a single
    fit.

    The penalty is at least the rounding error of the normal equations. For float32,
    that is about 1e-3 for 60,000 images and 8,000 features.

    References
    ----------
    .. [1] A. Rahimi and B. Recht, "Random features for large-scale kernel machines",
       NeurIPS 2007.
    .. [2] F. X. Yu, A. T. Suresh, K. Choromanski, D. Holtmann-Rice and S. Kumar,
       "Orthogonal random features", NeurIPS 2016.

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from skdigits.datasets import load_digits
    >>> from skdigits.neural_network import RandomFeaturesClassifier
    >>> from skdigits.preprocessing import PCAFilterFeatures
    >>> X, y = load_digits(return_X_y=True)
    >>> clf = make_pipeline(
    ...     PCAFilterFeatures(8, filter_size=3, grid_size=4),
    ...     RandomFeaturesClassifier(random_state=0),
    ... )
    >>> clf.fit(X[:1000], y[:1000]).score(X[1000:], y[1000:])
    0.9...
    >>> probabilities = clf.predict_proba(X[1000:])
    >>> print(f"mean confidence {probabilities.max(axis=1).mean():.3f}")
    mean confidence 0.9...
    """

    _parameter_constraints: ClassVar[dict] = {
        "n_components": [Interval(Integral, 1, _MAX_COMPONENTS, closed="both")],
        "gamma": [StrOptions({"scale"}), Interval(Real, 0, None, closed="neither")],
        "alpha": [Interval(Real, 0, None, closed="left")],
        "class_weight": [dict, StrOptions({"balanced"}), None],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        n_components: int = 1000,
        *,
        gamma: float | Literal["scale"] = "scale",
        alpha: float = 1e-2,
        class_weight: dict | str | None = None,
        random_state: int | np.random.RandomState | None = None,
    ):
        self.n_components = n_components
        self.gamma = gamma
        self.alpha = alpha
        self.class_weight = class_weight
        self.random_state = random_state

    @replaces_state
    @fit_context(prefer_skip_nested_validation=True)
    def fit(
        self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> Self:
        """Draw the random features and solve for the output layer.

        Parameters
        ----------
        X : array-like of shape (n, h * w), (n, h, w) or (n, h, w, 1)
            Training images, or features of them.

        y : array-like of shape (n,)
            Labels: numbers, strings or booleans.

        sample_weight : array-like of shape (n,), default=None
            Sample weights of the squared errors. An image of weight 2 counts as two
            images. None means equal weights of 1.

        Returns
        -------
        self : RandomFeaturesClassifier
            The fitted classifier.

        Raises
        ------
        ValueError
            If a parameter or the data are invalid, if there are fewer than two classes,
            or if the features are so large that sums overflow.
        TypeError
            If X is an array or a list of strings.
        """
        given_weights = sample_weight
        X, y, sample_weight, given = validate_weighted_rows(
            self, X, y, sample_weight, class_weight=self.class_weight
        )
        self.image_shape_ = resolve_image_shape(None, X.shape[1], given)
        self.classes_, targets = np.unique(y, return_inverse=True)
        check_labels(self.classes_, type(self).__name__)
        n_weights = (X.shape[1] + len(self.classes_) + 2) * self.n_components
        check_n_weights(n_weights, type(self).__name__)
        with fit_task(self, X, y, given_weights):
            random_state = check_random_state(self.random_state)
            self._draw_features(X, sample_weight, random_state)
            self._fit_output_layer(X, targets, sample_weight, random_state)
        return self

    def _draw_features(
        self, X: np.ndarray, weights: np.ndarray, random_state: np.random.RandomState
    ) -> None:
        gamma = self.gamma
        if isinstance(gamma, str):
            variance = weighted_variance(X, weights)
            if not np.isfinite(variance):
                raise ValueError(
                    "The variance of X is not finite: pixels are too large. Scale them "
                    "with skdigits.preprocessing.PixelScaler."
                )
            # As SVC: constant images have no scale.
            gamma = 1 / (X.shape[1] * variance) if variance > 0 else 1.0
        dtype = float_dtype(X.dtype)
        # In float64 first, so that float32 features are those of float64, rounded.
        columns = orthogonal_normal(X.shape[1], self.n_components, random_state)
        self.random_weights_ = (np.sqrt(2 * gamma) * columns).astype(dtype)
        offset = random_state.uniform(0, 2 * np.pi, self.n_components)
        self.random_offset_ = offset.astype(dtype)

    def _fit_output_layer(
        self,
        X: np.ndarray,
        targets: np.ndarray,
        weights: np.ndarray,
        random_state: np.random.RandomState,
    ) -> None:
        n_classes = len(self.classes_)
        # Two classes need one output only.
        codes = (
            np.array([[-1.0], [1.0]]) if n_classes == 2 else 2 * np.eye(n_classes) - 1
        )
        dtype = self.random_weights_.dtype
        # Relative to the largest, whatever their unit is: sums are not to overflow.
        unit = 1 / weights.max()
        sums = RidgeSums(self.n_components, codes.shape[1], dtype)
        for rows, features in self._blocks(X):
            sums.add(features, codes[targets[rows]], unit * weights[rows])
        ridge = solve(sums, unit * self.alpha)
        self.coef_ = ridge.coef.astype(dtype)
        self.intercept_ = ridge.intercept.astype(dtype)
        subset: slice | np.ndarray = slice(None)
        if len(X) > _N_CALIBRATION:
            subset = random_state.choice(len(X), _N_CALIBRATION, replace=False)
        targets, weights = targets[subset], weights[subset]
        # A weight of 2 stands for two images, and one of 0.5 for half of an image.
        left_out = unit * np.minimum(weights, 1)
        scores = np.vstack(
            [
                ridge.leave_one_out(features, codes[targets[rows]], left_out[rows])
                for rows, features in self._blocks(X[subset])
            ]
        )
        self.temperature_ = fit_temperature(_with_both_signs(scores), targets, weights)

    def _blocks(self, X: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
        """Compute the random features, a block of rows after another."""
        dtype = self.random_weights_.dtype
        n_components = self.random_weights_.shape[1]
        n_rows = max(1, _BLOCK_BYTES // (dtype.itemsize * n_components))
        for rows in gen_batches(len(X), n_rows):
            block = X[rows].astype(dtype, copy=False)
            with np.errstate(over="ignore", invalid="ignore"):
                features = block @ self.random_weights_
                features += self.random_offset_
                np.cos(features, out=features)
            features *= self._feature_scale()
            yield rows, features

    def _feature_scale(self) -> np.floating:
        """Return the factor that makes products of features near kernels."""
        factor = np.sqrt(2 / len(self.random_offset_))
        return self.random_offset_.dtype.type(factor)

    def decision_function(self, X: ArrayLike) -> np.ndarray:
        """Compute the scores of the classes.

        Parameters
        ----------
        X : array-like of shape (n, h * w), (n, h, w) or (n, h, w, 1)
            Images, or features of them, as those of the training.

        Returns
        -------
        scores : ndarray of shape (n,) or (n, n_classes)
            About 1 for the class and -1 for others. For two classes, the score of
            ``classes_[1]``. Float32 or float64, as ``coef_``.

        Raises
        ------
        ValueError
            If the images have another size than the training images, or pixels so large
            that the hidden layer overflows.
        """
        fitted = at_this_moment(self)
        check_is_fitted(fitted, "coef_")
        X, given = flatten_images(X, fitted.n_features_in_)
        check_same_shape(given, fitted.image_shape_)
        X = validate_data(fitted, X, dtype=fitted.coef_.dtype, reset=False)
        scores = np.empty((len(X), fitted.coef_.shape[1]), fitted.coef_.dtype)
        for rows, features in fitted._blocks(X):
            scores[rows] = features @ fitted.coef_
        scores += fitted.intercept_
        check_not_nan(scores, X)
        return scores[:, 0] if len(fitted.classes_) == 2 else scores

    def predict(self, X: ArrayLike) -> np.ndarray:
        """Predict the class of the largest score.

        Parameters
        ----------
        X : array-like of shape (n, h * w), (n, h, w) or (n, h, w, 1)
            Images, or features of them, as those of the training.

        Returns
        -------
        y_pred : ndarray of shape (n,)
            Labels, of the type of those that `fit` was given.
        """
        fitted = at_this_moment(self)
        scores = fitted.decision_function(X)
        indices = scores > 0 if scores.ndim == 1 else scores.argmax(axis=1)
        return fitted.classes_[np.asarray(indices, dtype=np.intp)]

    def predict_log_proba(self, X: ArrayLike) -> np.ndarray:
        """Predict the logarithm of the probability of each class.

        Parameters
        ----------
        X : array-like of shape (n, h * w), (n, h, w) or (n, h, w, 1)
            Images, or features of them, as those of the training.

        Returns
        -------
        log_probabilities : ndarray of shape (n, n_classes)
            Float32 or float64, as ``coef_``. Columns are in the order of ``classes_``.
        """
        fitted = at_this_moment(self)
        scores = fitted.decision_function(X)
        scores = _with_both_signs(scores.reshape(len(scores), -1))
        return log_softmax(scores / scores.dtype.type(fitted.temperature_), axis=1)

    def predict_proba(self, X: ArrayLike) -> np.ndarray:
        """Predict the probability of each class.

        Parameters
        ----------
        X : array-like of shape (n, h * w), (n, h, w) or (n, h, w, 1)
            Images, or features of them, as those of the training.

        Returns
        -------
        probabilities : ndarray of shape (n, n_classes)
            Float32 or float64, as ``coef_``. Columns are in the order of ``classes_``.
        """
        return np.exp(self.predict_log_proba(X))

    def _check_state(self) -> None:
        """Refuse what a file holds and no fit leaves."""
        if not hasattr(self, "coef_"):
            return
        n_classes = np.size(self.classes_)
        n_outputs = 1 if n_classes == 2 else n_classes
        n_components = np.size(self.random_offset_)
        shape = self.n_features_in_, n_components
        check_floats("random_weights_", self.random_weights_, shape)
        check_floats("random_offset_", self.random_offset_, (n_components,))
        check_floats("coef_", self.coef_, (n_components, n_outputs))
        check_floats("intercept_", self.intercept_, (n_outputs,))
        check_floats("temperature_", self.temperature_, ())
        # Fits find 1e-3 to 1e3; scores that are divided by less may overflow.
        if not 1e-4 < self.temperature_ < 1e4:
            raise ValueError(
                f"temperature_ must be between 1e-4 and 1e4; got {self.temperature_}"
            )


def _with_both_signs(scores: np.ndarray) -> np.ndarray:
    """Give the first of two classes the negative score of the second."""
    return np.hstack([-scores, scores]) if scores.shape[1] == 1 else scores

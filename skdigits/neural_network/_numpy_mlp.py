"""Softmax regression and the multi-layer perceptron, in nothing but NumPy.

The mathematics is in `_numpy_layers`; here is the classifier that runs it over images.
"""

from collections.abc import Sequence
from itertools import pairwise
from numbers import Integral, Real
from typing import ClassVar, Literal, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data
from threadpoolctl import threadpool_limits

from skdigits._fit_state import InterruptedFit, at_this_moment, replaces_state
from skdigits._images import (
    check_same_shape,
    flatten_images,
    float_dtype,
    resolve_image_shape,
)
from skdigits._interrupts import postponing_interrupts, warn_of_interrupt
from skdigits._sklearn import Interval, StrOptions, fit_context
from skdigits._state import check_floats
from skdigits.neural_network._epochs import n_steps_per_epoch
from skdigits.neural_network._most_probable import MostProbableMixin
from skdigits.neural_network._numpy_layers import (
    Adam,
    forward,
    initial_parameters,
    loss_and_gradients,
)
from skdigits.neural_network._validation import (
    check_labels,
    check_n_weights,
    check_not_nan,
    check_sizes,
    validate_training_rows,
)

SMALLEST_BATCH = 32  # if batch_size="auto"


class NumpyMLPClassifier(MostProbableMixin, ClassifierMixin, BaseEstimator):
    """Softmax regression or multi-layer perceptron, written in readable NumPy.

    Without hidden layers it is softmax regression. With hidden layers it is a
    multi-layer perceptron of ReLU layers, trained by backpropagation [1]_.

    Parameters
    ----------
    hidden_layer_sizes : tuple of int, default=()
        Number of units of each hidden layer.

    alpha : float, default=1e-4
        Strength of the L2 penalty. The mean cross-entropy gets ``alpha / 2`` times the
        sum of the squared coefficients added.

    max_epochs : int, default=20
        Number of passes over the training images.

    batch_size : int or "auto", default="auto"
        Maximum number of images per training step. All steps of an epoch have about the
        same size. "auto" makes about 100 steps per epoch, with 32 to 128 images each.

    learning_rate : float, default=5e-3
        Initial learning rate of Adam [2]_. It decreases linearly to nearly zero.

    random_state : int, RandomState instance or None, default=None
        Controls the randomness of the initial coefficients of hidden layers [3]_ and of
        the order of images. Pass an int for reproducible output across calls. The
        output does not depend on the number of cores.

    verbose : int, default=0
        If nonzero, print one line per epoch.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Class labels.

    image_shape_ : tuple (h, w)
        Height and width of the training images, in pixels.

    coefs_ : list of ndarray of shape (n_inputs, n_outputs)
        Coefficients of each layer. They are float32 if float32 can hold the images
        exactly, as it can uint8 images, and float64 otherwise. Without hidden layers,
        column k of the only array is an image: the template of class k.

    intercepts_ : list of ndarray of shape (n_outputs,)
        Intercepts of each layer.

    loss_curve_ : list of float
        Mean weighted cross-entropy of each epoch, including the penalty.

    n_iter_ : int
        Number of epochs trained.

    n_features_in_ : int
        Number of pixels per image.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the pixels. Defined only if `X` has feature names that are all strings.

    See Also
    --------
    skdigits.preprocessing.PixelScaler : Scale the pixels for the network.
    KerasCNNClassifier : Convolutional network.
    sklearn.neural_network.MLPClassifier : Perceptron with more options.

    References
    ----------
    .. [1] C. M. Bishop, "Pattern recognition and machine learning", Springer, 2006,
       sections 4.3.4 and 5.3.
    .. [2] D. P. Kingma and J. Ba, "Adam: a method for stochastic optimization",
       ICLR 2015.
    .. [3] K. He, X. Zhang, S. Ren and J. Sun, "Delving deep into rectifiers:
       surpassing human-level performance on ImageNet classification", ICCV 2015.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.pipeline import make_pipeline
    >>> from skdigits.neural_network import NumpyMLPClassifier
    >>> from skdigits.preprocessing import PixelScaler
    >>> X, y = load_digits(return_X_y=True)
    >>> mlp = make_pipeline(PixelScaler(), NumpyMLPClassifier((64,), random_state=0))
    >>> mlp.fit(X[:1000], y[:1000]).score(X[1000:], y[1000:])
    0.9...
    """

    _parameter_constraints: ClassVar[dict] = {
        "hidden_layer_sizes": [tuple, list],
        "alpha": [Interval(Real, 0, None, closed="left")],
        "max_epochs": [Interval(Integral, 1, None, closed="left")],
        "batch_size": [
            StrOptions({"auto"}),
            Interval(Integral, 1, None, closed="left"),
        ],
        "learning_rate": [Interval(Real, 0, None, closed="neither")],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
    }

    def __init__(
        self,
        hidden_layer_sizes: Sequence[int] = (),
        *,
        alpha: float = 1e-4,
        max_epochs: int = 20,
        batch_size: int | Literal["auto"] = "auto",
        learning_rate: float = 5e-3,
        random_state: int | np.random.RandomState | None = None,
        verbose: int = 0,
    ):
        self.hidden_layer_sizes = hidden_layer_sizes
        self.alpha = alpha
        self.max_epochs = max_epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.random_state = random_state
        self.verbose = verbose

    @replaces_state
    @fit_context(prefer_skip_nested_validation=True)
    def fit(
        self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> Self:
        """Train the network from newly initialized coefficients.

        Parameters
        ----------
        X : array-like of shape (n, h * w), (n, h, w) or (n, h, w, 1)
            Training images, scaled to about 0 to 1.

        y : array-like of shape (n,)
            Labels: numbers, strings or booleans.

        sample_weight : array-like of shape (n,), default=None
            Sample weights in the loss. Only their ratios matter. Images of weight 0 are
            left out. None means equal weights.

        Returns
        -------
        self : NumpyMLPClassifier
            The fitted classifier.

        Raises
        ------
        ValueError
            If a parameter or the data are invalid, if there are fewer than two classes,
            or if training diverges.
        TypeError
            If X is an array or a list of strings.
        KeyboardInterrupt
            If Ctrl-C is pressed before the first epoch: the classifier does not change.
            Also if it is pressed twice within one epoch: the classifier keeps the
            epochs before.

        Warns
        -----
        UserWarning
            If Ctrl-C ended the training. The current epoch is finished first, and the
            classifier keeps all finished epochs.

        Notes
        -----
        The classifier changes only when training ends. Until then, and after an error,
        all threads see its previous state. A second `fit` of the same classifier waits
        for the first.
        """
        sizes = self.hidden_layer_sizes
        check_sizes("hidden_layer_sizes", sizes, sizes)
        self.__dict__.pop("coefs_", None)  # tells whether an epoch was finished
        X, y, weights, given = validate_training_rows(self, X, y, sample_weight)
        self.image_shape_ = resolve_image_shape(None, X.shape[1], given)
        self.classes_, targets = np.unique(y, return_inverse=True)
        check_labels(self.classes_, type(self).__name__)
        # Mean 1, so that the mean over a batch is the mean of the weighted losses.
        weights = (weights / weights.mean()).astype(float_dtype(X.dtype))
        # Products of batches are too small to share: threads would wait for each other.
        with (
            threadpool_limits(limits=1, user_api="blas"),
            postponing_interrupts() as interrupts,
        ):
            try:
                self._run_epochs(X, targets, weights, interrupts)
            except KeyboardInterrupt:  # the second one
                if not hasattr(self, "coefs_"):
                    raise
                raise InterruptedFit from None
        if interrupts:
            warn_of_interrupt(self.n_iter_)
        return self

    # What overflows ends in the check of each epoch, with advice instead of warnings.
    @np.errstate(over="ignore", invalid="ignore")
    def _run_epochs(
        self,
        X: np.ndarray,
        targets: np.ndarray,
        weights: np.ndarray,
        interrupts: Sequence[int],
    ) -> None:
        random_state = check_random_state(self.random_state)
        sizes = [X.shape[1], *self.hidden_layer_sizes, len(self.classes_)]
        n_weights = sum((n_in + 1) * n_out for n_in, n_out in pairwise(sizes))
        check_n_weights(n_weights, type(self).__name__)
        coefs, intercepts = initial_parameters(sizes, weights.dtype, random_state)
        n_batches = n_steps_per_epoch(len(X), self.batch_size, SMALLEST_BATCH)
        # Python floats: a NumPy float64 would turn float32 gradients into float64.
        alpha, learning_rate = float(self.alpha), float(self.learning_rate)
        optimizer = Adam(coefs + intercepts)
        loss_curve = []
        for epoch in range(1, self.max_epochs + 1):
            loss = 0.0
            for batch in np.array_split(random_state.permutation(len(X)), n_batches):
                pixels = X[batch].astype(weights.dtype, copy=False)
                batch_loss, coef_gradients, intercept_gradients = loss_and_gradients(
                    pixels, targets[batch], weights[batch], coefs, intercepts, alpha
                )
                loss += batch_loss * len(batch) / len(X)
                progress = optimizer.n_steps / (self.max_epochs * n_batches)
                gradients = coef_gradients + intercept_gradients
                optimizer.step(gradients, learning_rate * (1 - progress))
            # Infinite squares of gradients freeze the parameters at a finite loss.
            if not np.isfinite([loss, *map(np.sum, optimizer.squares)]).all():
                raise ValueError(
                    f"Training diverged in epoch {epoch}: the loss ({loss}) or its "
                    "gradients are not finite. Scale the pixels (skdigits.preprocessing"
                    f".PixelScaler) or lower learning_rate={self.learning_rate}."
                )
            # Copies, because a second Ctrl-C may cut the next epoch short.
            self.coefs_ = [coef.copy() for coef in coefs]
            self.intercepts_ = [intercept.copy() for intercept in intercepts]
            loss_curve.append(loss)
            self.loss_curve_ = loss_curve
            self.n_iter_ = epoch
            if self.verbose:
                print(f"Epoch {epoch}/{self.max_epochs}: loss {loss:.4f}")
            if interrupts:  # by Ctrl-C
                break

    def predict_log_proba(self, X: ArrayLike) -> np.ndarray:
        """Predict the logarithm of the probability of each class.

        Parameters
        ----------
        X : array-like of shape (n, h * w), (n, h, w) or (n, h, w, 1)
            Images, scaled as those of the training.

        Returns
        -------
        log_probabilities : ndarray of shape (n, n_classes)
            Probabilities of the type of ``coefs_``. Columns are in the order of
            ``classes_``.

        Raises
        ------
        ValueError
            If the images have another size than the training images, or pixels so large
            that the layers overflow.
        """
        fitted = at_this_moment(self)
        check_is_fitted(fitted, "coefs_")
        X, given = flatten_images(X, fitted.n_features_in_)
        # Files of earlier versions do not say it.
        expected = getattr(fitted, "image_shape_", None)
        if expected is not None:
            check_same_shape(given, expected)
        X = validate_data(fitted, X, dtype=fitted.coefs_[0].dtype, reset=False)
        with np.errstate(over="ignore", invalid="ignore"):
            _, log_probabilities = forward(X, fitted.coefs_, fitted.intercepts_)
        check_not_nan(log_probabilities, X)
        return log_probabilities

    def predict_proba(self, X: ArrayLike) -> np.ndarray:
        """Predict the probability of each class.

        Parameters
        ----------
        X : array-like of shape (n, h * w), (n, h, w) or (n, h, w, 1)
            Images, scaled as those of the training.

        Returns
        -------
        probabilities : ndarray of shape (n, n_classes)
            Probabilities of the type of ``coefs_``. Columns are in the order of
            ``classes_``.
        """
        return np.exp(self.predict_log_proba(X))

    def _check_state(self) -> None:
        """Refuse what a file holds and no fit leaves."""
        if not hasattr(self, "coefs_"):
            return
        coefs, intercepts = self.coefs_, self.intercepts_
        if len(coefs) != len(intercepts):
            raise ValueError("coefs_ and intercepts_ differ in their number of layers")
        widths = [*map(len, intercepts[:-1]), len(self.classes_)]
        for layer, shape in enumerate(pairwise([self.n_features_in_, *widths])):
            check_floats(f"coefs_[{layer}]", coefs[layer], shape)
            check_floats(f"intercepts_[{layer}]", intercepts[layer], shape[1:])

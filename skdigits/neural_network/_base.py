"""What the Keras classifiers have in common: all but the layers."""

from abc import ABCMeta, abstractmethod
from importlib import import_module
from math import ceil
from numbers import Integral, Real
from time import perf_counter
from types import ModuleType
from typing import ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, ClassifierMixin, _fit_context
from sklearn.utils import check_random_state, compute_sample_weight
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import (
    _check_sample_weight,
    check_is_fitted,
    column_or_1d,
    validate_data,
)

from skdigits._images import (
    ImageShape,
    check_same_shape,
    flatten_images,
    resolve_image_shape,
)
from skdigits._threads import check_not_forked
from skdigits.neural_network._architecture import Network
from skdigits.neural_network._precision import resolve_precision
from skdigits.neural_network._runtime import Predictor
from skdigits.neural_network._schedule import learning_rates

# "auto" aims at this many steps an epoch, within these bounds of the batch size.
STEPS_PER_EPOCH = 100
SMALLEST_BATCH, LARGEST_BATCH = 8, 128


class BaseKerasClassifier(ClassifierMixin, BaseEstimator, metaclass=ABCMeta):
    """Classifier that trains with Keras on TensorFlow and predicts without them.

    A fitted one is its parameters, some scalars and the arrays in ``weights_``;
    subclasses say which layers the parameters stand for.
    """

    _parameter_constraints: ClassVar[dict] = {
        "image_shape": [tuple, list, None],
        "max_epochs": [Interval(Integral, 1, None, closed="left")],
        "batch_size": [
            StrOptions({"auto"}),
            Interval(Integral, 1, None, closed="left"),
        ],
        "optimizer": [StrOptions({"adam", "rmsprop", "sgd"})],
        "learning_rate": [Interval(Real, 0, None, closed="neither")],
        "schedule": [StrOptions({"one_cycle", "constant"})],
        "weight_decay": [Interval(Real, 0, None, closed="left")],
        "label_smoothing": [Interval(Real, 0, 1, closed="left")],
        "class_weight": [dict, StrOptions({"balanced"}), None],
        "precision": [StrOptions({"auto", "float32", "bfloat16"})],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
    }

    @abstractmethod
    def _network(self, image_shape: ImageShape, n_classes: int) -> Network:
        """Describe the layers that the parameters stand for."""

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(
        self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> Self:
        """Train the network, from fresh weights.

        Parameters
        ----------
        X : array-like of shape (n, h * w), (n, h, w) or (n, h, w, 1)
            Training images, scaled to about 0 to 1.

        y : array-like of shape (n,)
            Labels: numbers, strings or booleans.

        sample_weight : array-like of shape (n,), default=None
            Weights of the images in the loss; only their ratios count. An image of
            weight 0 is left out. None means equal weights.

        Returns
        -------
        self : object
            The fitted classifier.

        Raises
        ------
        ValueError
            If a parameter or the data are not as described, if there are fewer than
            two classes, or if the training diverges.
        TypeError
            If the pixels are strings.
        ImportError
            If TensorFlow is not installed.
        RuntimeError
            If this process was forked after TensorFlow was imported.
        """
        X, y, sample_weight = self._validate_training_data(X, y, sample_weight)
        self.classes_, targets = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(
                f"{type(self).__name__} needs at least 2 classes; got 1 class: "
                f"{self.classes_[0]!r}."
            )
        self._train(X, targets, sample_weight)
        return self

    def _validate_training_data(
        self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Check, leave out rows of weight 0, and set all that describes X."""
        X, given_shape = flatten_images(X)
        X, y = validate_data(self, X, y, dtype=(np.float32, np.uint8))
        y = column_or_1d(y, warn=True)
        check_classification_targets(y)
        self.image_shape_ = resolve_image_shape(
            self.image_shape, X.shape[1], given_shape
        )
        weights = _check_sample_weight(
            sample_weight, X, dtype=np.float64, ensure_non_negative=True
        )
        if self.class_weight is not None:
            weights = weights * compute_sample_weight(self.class_weight, y)
        rows = weights > 0
        if not rows.any():
            raise ValueError("All sample weights are zero: there is nothing to learn.")
        if not rows.all():
            X, y, weights = X[rows], y[rows], weights[rows]
        return X, y, (weights / weights.mean()).astype(np.float32)

    def _train(
        self, X: np.ndarray, targets: np.ndarray, sample_weight: np.ndarray
    ) -> None:
        keras_side = _import_keras_side(type(self).__name__)
        n_rows = len(X)
        network = self._network(self.image_shape_, len(self.classes_))
        random_state = check_random_state(self.random_state)
        images = X.reshape(n_rows, *self.image_shape_, 1)
        n_steps = ceil(n_rows / self._effective_batch_size(n_rows))
        rates = learning_rates(
            self.schedule, self.learning_rate, n_steps * self.max_epochs
        )
        training = keras_side.Training(
            network=network,
            image_dtype=str(X.dtype),
            precision=resolve_precision(self.precision),
            optimizer=self.optimizer,
            weight_decay=float(self.weight_decay),
            label_smoothing=float(self.label_smoothing),
        )
        self.loss_curve_ = []
        with keras_side.borrow_trainer(training) as trainer:
            trainer.set_weights(network.initial_weights(random_state))
            trainer.set_optimizer_state(None)
            for epoch in range(self.max_epochs):
                start = perf_counter()
                loss = trainer.run_epoch(
                    images,
                    targets,
                    sample_weight,
                    random_state.permutation(n_rows),
                    rates[epoch * n_steps : (epoch + 1) * n_steps],
                    random_state.randint(np.iinfo(np.int32).max),
                )
                if not np.isfinite(loss):
                    raise ValueError(
                        f"Training diverged in epoch {epoch + 1}: the loss is {loss}. "
                        "Scale the pixels (skdigits.preprocessing.PixelScaler) or "
                        f"lower learning_rate={self.learning_rate}."
                    )
                self.loss_curve_.append(loss)
                if self.verbose:
                    print(
                        f"Epoch {epoch + 1}/{self.max_epochs}: loss {loss:.4f}, "
                        f"{perf_counter() - start:.1f} s"
                    )
            self.weights_ = trainer.get_weights()
        self.n_iter_ = len(self.loss_curve_)
        self._start_predicting()

    def _effective_batch_size(self, n_rows: int) -> int:
        if self.batch_size != "auto":
            return self.batch_size
        return max(SMALLEST_BATCH, min(LARGEST_BATCH, n_rows // STEPS_PER_EPOCH))

    def _start_predicting(self) -> None:
        network = self._network(self.image_shape_, len(self.classes_))
        self._predictor = Predictor(network, self.weights_)

    def predict_proba(self, X: ArrayLike) -> np.ndarray:
        """Predict the probability of each class.

        Parameters
        ----------
        X : array-like of shape (n, h * w), (n, h, w) or (n, h, w, 1)
            Images, scaled as those of the training.

        Returns
        -------
        probabilities : ndarray of shape (n, n_classes)
            float32; columns ordered as in ``classes_``.

        Raises
        ------
        ValueError
            If X does not have as many pixels as the training images.
        """
        check_is_fitted(self)
        X, given_shape = flatten_images(X)
        X = validate_data(self, X, dtype=(np.float32, np.uint8), reset=False)
        check_same_shape(given_shape, self.image_shape_)
        return self._predictor(X)

    def predict_log_proba(self, X: ArrayLike) -> np.ndarray:
        """Predict the logarithm of the probability of each class.

        Parameters
        ----------
        X : array-like of shape (n, h * w), (n, h, w) or (n, h, w, 1)
            Images, scaled as those of the training.

        Returns
        -------
        log_probabilities : ndarray of shape (n, n_classes)
            float32; -inf where the probability is 0.
        """
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    def predict(self, X: ArrayLike) -> np.ndarray:
        """Predict the most probable class.

        Parameters
        ----------
        X : array-like of shape (n, h * w), (n, h, w) or (n, h, w, 1)
            Images, scaled as those of the training.

        Returns
        -------
        y_pred : ndarray of shape (n,)
            Labels, of the type of those that `fit` was given.
        """
        probabilities = self.predict_proba(X)
        return self.classes_[probabilities.argmax(axis=1)]

    def __getstate__(self) -> dict:
        """Return parameters, fitted scalars and arrays; no live object."""
        state = dict(super().__getstate__())
        state.pop("_predictor", None)
        return state

    def __setstate__(self, state: dict) -> None:
        """Take a state, and refuse it before anything is built from a bad one."""
        super().__setstate__(state)
        if hasattr(self, "weights_"):
            self._check_state()
            self._start_predicting()

    def _check_state(self) -> None:
        self._validate_params()
        name = type(self).__name__
        classes = self.classes_
        if not isinstance(classes, np.ndarray) or classes.ndim != 1 or len(classes) < 2:
            raise ValueError(
                f"The state of {name} is broken: classes_ must be an array of at "
                "least 2 labels."
            )
        resolve_image_shape(self.image_shape_, self.n_features_in_, None)
        network = self._network(self.image_shape_, len(classes))
        expected = [shape for _, shape in network.weight_shapes()]
        found = [getattr(array, "shape", None) for array in self.weights_]
        if found != expected:
            raise ValueError(
                f"The state of {name} is broken: its parameters ask for weights of the "
                f"shapes {expected}; found {found}."
            )
        for array in self.weights_:
            if array.dtype != np.float32 or not np.isfinite(array).all():
                raise ValueError(
                    f"The state of {name} is broken: weights must be finite float32."
                )


def _import_keras_side(name: str) -> ModuleType:
    check_not_forked()
    try:
        return import_module("skdigits.neural_network._keras")
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] not in ("keras", "tensorflow"):
            raise
        raise ImportError(
            f"{name} trains with Keras on TensorFlow, and there is no module "
            f"{error.name!r}. Install them with: pip install 'skdigits[tensorflow]'"
        ) from error

"""The Keras classifiers, all but their layers."""

from numbers import Integral, Real
from typing import ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike

from skdigits._callbacks import CallbackSupportMixin, fit_task
from skdigits._fit_state import InterruptedFit, replaces_state
from skdigits._images import ImageShape, check_same_shape, resolve_image_shape
from skdigits._interrupts import warn_of_interrupt
from skdigits._sklearn import (
    HasMethods,
    Interval,
    StrOptions,
    check_partial_fit_first_call,
    fit_context,
)
from skdigits.neural_network._built_network import AnyNetwork
from skdigits.neural_network._epochs import (
    Augmenter,
    Rows,
    n_steps_per_epoch,
)
from skdigits.neural_network._keras_arguments import refuses_keras_arguments
from skdigits.neural_network._network_classifier import NetworkClassifier
from skdigits.neural_network._precision import resolve_precision
from skdigits.neural_network._pruning import EasyImages
from skdigits.neural_network._schedule import learning_rates
from skdigits.neural_network._training import run_epochs
from skdigits.neural_network._training_key import TrainingKey
from skdigits.neural_network._validation import (
    check_known,
    check_labels,
    validate_training_rows,
)
from skdigits.neural_network._validation_data import validate_validation_rows
from skdigits.neural_network._white_level import set_white_level


class BaseKerasClassifier(CallbackSupportMixin, NetworkClassifier):
    """Classifier that trains with Keras on TensorFlow and predicts without them."""

    # Parameters of all subclasses.
    image_shape: ImageShape | None
    white_level: float | str | None
    max_epochs: int
    batch_size: int | str
    optimizer: str
    learning_rate: float
    schedule: str
    weight_decay: float
    label_smoothing: float
    prune_fraction: float
    class_weight: dict | str | None
    early_stopping: bool
    monitor: str
    validation_fraction: float
    n_iter_no_change: int
    tol: float
    augmenter: Augmenter | None
    precision: str
    warm_start: bool
    random_state: int | np.random.RandomState | None
    verbose: int

    history_: dict[str, list[float]]

    _parameter_constraints: ClassVar[dict] = {
        "image_shape": [tuple, list, None],
        "white_level": [
            StrOptions({"auto"}),
            Interval(Real, 0, None, closed="neither"),
            None,
        ],
        "max_epochs": [Interval(Integral, 1, None, closed="left")],
        "batch_size": [
            StrOptions({"auto"}),
            Interval(Integral, 1, None, closed="left"),
        ],
        "optimizer": [StrOptions({"adam", "rmsprop", "sgd"})],
        "learning_rate": [Interval(Real, 0, None, closed="neither")],
        "schedule": [
            StrOptions({"one_cycle", "cosine", "constant", "reduce_on_plateau"})
        ],
        "weight_decay": [Interval(Real, 0, None, closed="left")],
        "label_smoothing": [Interval(Real, 0, 1, closed="left")],
        "prune_fraction": [Interval(Real, 0, 1, closed="left")],
        "class_weight": [dict, StrOptions({"balanced"}), None],
        "early_stopping": ["boolean"],
        "monitor": [StrOptions({"accuracy", "loss"})],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left")],
        "tol": [Interval(Real, 0, None, closed="left")],
        "augmenter": [HasMethods("augment"), None],
        "precision": [StrOptions({"auto", "float32", "bfloat16"})],
        "warm_start": ["boolean"],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
    }

    @replaces_state
    @refuses_keras_arguments
    @fit_context(prefer_skip_nested_validation=True)
    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        X_val: ArrayLike | None = None,
        y_val: ArrayLike | None = None,
        sample_weight_val: ArrayLike | None = None,
    ) -> Self:
        """Train the network, from new weights unless `warm_start` is set.

        Parameters
        ----------
        X : array-like of shape (n, h * w), (n, h, w) or (n, h, w, 1)
            Training images, scaled to about 0 to 1 unless `white_level` is set.

        y : array-like of shape (n,)
            Labels: numbers, strings or booleans.

        sample_weight : array-like of shape (n,), default=None
            Sample weights in the loss. Only their ratios matter. Images of weight 0 are
            left out. None means equal weights.

        X_val : array-like of shape (n_val, h * w), (n_val, h, w) or (n_val, h, w, 1), \
                default=None
            Validation images, scaled like X. The network is not trained on them. If
            they are given, `early_stopping` uses them and trains on all of X. A
            :class:`~sklearn.pipeline.Pipeline` with ``transform_input=["X_val"]``
            transforms them like X.

        y_val : array-like of shape (n_val,), default=None
            Labels of the validation images. All must occur in y.

        sample_weight_val : array-like of shape (n_val,), default=None
            Sample weights of the validation loss and score. `class_weight` does not
            change them. None means equal weights.

        Returns
        -------
        self : object
            The fitted classifier.

        Raises
        ------
        ValueError
            If a parameter or the data are invalid, if there are fewer than two classes,
            if ``schedule="reduce_on_plateau"`` has no validation images, or if training
            diverges.
        TypeError
            If X is an array or a list of strings.
        ImportError
            If TensorFlow is not installed.
        RuntimeError
            If this process was forked after TensorFlow was imported.
        KeyboardInterrupt
            If Ctrl-C is pressed before the first epoch: the classifier does not change.
            Also if it is pressed twice within one epoch: the classifier keeps the
            epochs before.

        Warns
        -----
        UserWarning
            If Ctrl-C ended the training. The current epoch is finished first, and the
            classifier keeps all finished epochs. Also, once, if `random_state` cannot
            reproduce the weights because TensorFlow was used before. With
            `white_level`, also if X_val, or X of a warm start, has another scale or the
            opposite background.

        Notes
        -----
        The classifier changes only when training ends. Until then, and after an error,
        all threads see its previous state. A second `fit` of the same classifier waits
        for the first.
        """
        continuing = self.warm_start and hasattr(self, "weights_")
        X, y, sample_weight = self._validate_rows(
            X, y, sample_weight, reset=not continuing
        )
        labels = np.unique(y)
        check_labels(labels, type(self).__name__)
        if continuing and not np.array_equal(labels, self.classes_):
            raise ValueError(
                "With warm_start=True, y must have the classes of the previous fit, "
                f"{self.classes_}; got {labels}."
            )
        self.classes_ = labels
        rows = self._rows(X, y, sample_weight)
        validation_rows = validate_validation_rows(
            self, X_val, y_val, sample_weight_val
        )
        if validation_rows is None and self.early_stopping:
            # Not from the stream of the training: equal seeds hold out equal rows,
            # also when a warm start goes on.
            rows, validation_rows = rows.split(
                self.validation_fraction, self.random_state
            )
        if validation_rows is None and self.schedule == "reduce_on_plateau":
            raise ValueError(
                'schedule="reduce_on_plateau" needs validation images, but there are '
                "none. Pass X_val and y_val to fit, or set "
                "early_stopping=True, which holds out validation_fraction of X."
            )
        n_steps = n_steps_per_epoch(len(rows), self.batch_size)
        rates = learning_rates(
            self.schedule, self.learning_rate, n_steps, self.max_epochs
        )
        with fit_task(self, X, y, sample_weight, self.max_epochs) as task:
            interrupted = run_epochs(
                self,
                rows,
                rates,
                EasyImages(self.prune_fraction, len(rows)),
                task,
                validation_rows=validation_rows,
                continuing=continuing,
                resumable=self.warm_start,
            )
        if interrupted:
            warn_of_interrupt(self.n_iter_)
        return self

    @replaces_state
    @refuses_keras_arguments
    @fit_context(prefer_skip_nested_validation=True)
    def partial_fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        classes: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> Self:
        """Train for one epoch, starting from the current weights.

        The learning rate is `learning_rate` in all steps. The schedule is ignored.

        Parameters
        ----------
        X : array-like of shape (n, h * w), (n, h, w) or (n, h, w, 1)
            Training images, scaled to about 0 to 1 unless `white_level` is set.

        y : array-like of shape (n,)
            Labels.

        classes : array-like of shape (n_classes,), default=None
            All class labels that can occur in any call. Required in the first call,
            optional afterwards.

        sample_weight : array-like of shape (n,), default=None
            Sample weights in the loss. Only their ratios within this call matter.
            Images of weight 0 are left out. None means equal weights.

        Returns
        -------
        self : object
            The fitted classifier.

        Raises
        ------
        ValueError
            As in `fit`. Also if `classes` is missing in the first call, or y has other
            labels. Also if `early_stopping` is set or `class_weight` is "balanced",
            because both need all data at once.
        TypeError
            If X is an array or a list of strings.
        ImportError
            If TensorFlow is not installed.
        RuntimeError
            If this process was forked after TensorFlow was imported.
        KeyboardInterrupt
            If Ctrl-C is pressed, after the epoch.
        """
        if self.early_stopping:
            raise ValueError(
                "partial_fit does not support early_stopping=True, because it trains "
                "for a single epoch. Set early_stopping=False, or call fit."
            )
        if self.class_weight == "balanced":
            raise ValueError(
                'partial_fit does not support class_weight="balanced", because that '
                "needs all data at once. Pass the weights as a dict."
            )
        continuing = hasattr(self, "weights_")
        if classes is not None:
            check_labels(np.unique(classes), type(self).__name__)
        if not continuing:
            self.__dict__.pop("classes_", None)
        check_partial_fit_first_call(self, classes)
        X, y, sample_weight = self._validate_rows(
            X, y, sample_weight, reset=not continuing
        )
        check_known(y, self.classes_)
        rows = self._rows(X, y, sample_weight)
        n_steps = n_steps_per_epoch(len(rows), self.batch_size)
        rates = learning_rates("constant", self.learning_rate, n_steps, n_epochs=1)
        with fit_task(self, X, y, sample_weight, n_epochs=1) as task:
            interrupted = run_epochs(
                self,
                rows,
                rates,
                EasyImages(0.0, len(rows)),
                task,
                continuing=continuing,
                resumable=True,
            )
        if interrupted:
            raise InterruptedFit  # the loop around the calls is to end
        return self

    def _validate_rows(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None,
        *,
        reset: bool,
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Check the data, and find the shape of the images or compare it."""
        if reset:
            self.__dict__.pop("_training_state", None)
        X, y, sample_weight, given_shape = validate_training_rows(
            self,
            X,
            y,
            sample_weight,
            dtype=(np.float32, np.uint8),
            class_weight=self.class_weight,
            reset=reset,
        )
        if reset or self.image_shape is not None:
            given_shape = resolve_image_shape(self.image_shape, X.shape[1], given_shape)
            if reset:
                self.image_shape_ = given_shape
        check_same_shape(given_shape, self.image_shape_)
        set_white_level(self, X, continuing=not reset)
        return X, y, sample_weight

    def _rows(self, X: np.ndarray, y: np.ndarray, sample_weight: np.ndarray) -> Rows:
        images = X.reshape(len(X), *self.image_shape_)
        return Rows(images, np.searchsorted(self.classes_, y), sample_weight)

    def _new_network(self) -> tuple[AnyNetwork, dict[str, object]]:
        """Describe the layers, and return what they can be described from again."""
        architecture = self._architecture()
        network = self._network(self.image_shape_, len(self.classes_), **architecture)
        return network, architecture

    def _training_key(self, network: AnyNetwork, image_dtype: np.dtype) -> TrainingKey:
        return TrainingKey(
            network=network,
            image_dtype=str(image_dtype),
            precision=resolve_precision(self.precision),
            optimizer=self.optimizer,
            weight_decay=float(self.weight_decay),
            label_smoothing=float(self.label_smoothing),
        )

    def _check_same_network(self, network: AnyNetwork) -> None:
        if network != self._fitted_network():
            raise ValueError(
                "The architecture cannot change while training continues. The previous "
                f"fit had the parameters {self._fitted_architecture}; "
                f"got {self._architecture()}. Set them back, or call fit with "
                "warm_start=False."
            )

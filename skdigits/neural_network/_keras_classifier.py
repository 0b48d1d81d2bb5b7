"""Any Keras network, from a function that builds it."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from types import ModuleType
from typing import Any, ClassVar, Literal, Self

import numpy as np
from sklearn.utils import check_random_state

from skdigits._images import ImageShape
from skdigits.neural_network._base import BaseKerasClassifier
from skdigits.neural_network._built_network import AnyNetwork, BuiltNetwork
from skdigits.neural_network._epochs import MAX_SEED, Augmenter
from skdigits.neural_network._leak_check import expected_growth
from skdigits.neural_network._saved_network import network_of, state_of
from skdigits.neural_network._trainer_pool import import_built_side
from skdigits.neural_network._training_key import TrainingKey

# What comes before the names of arguments of `build`, as parameters.
PREFIX = "build_params__"


class KerasClassifier(BaseKerasClassifier):
    """Classifier built from any network of Keras layers.

    Pass a function that returns the layers. Training, prediction and saving work as in
    :class:`KerasCNNClassifier`. Only `fit` imports TensorFlow. A fitted network
    consists of arrays and an ONNX graph, and predicts where TensorFlow is not
    installed.

    Parameters
    ----------
    build : callable
        Function ``build(image_shape, n_classes, **build_params)`` that returns a list
        of layers, or a `keras.Model` that is not compiled. The network takes images of
        shape ``(*image_shape, 1)``. It ends in `n_classes` logits, or in a softmax over
        them. Each fit calls `build` one to three times. Each call must return new
        layers of the same architecture. In predictions, the layers must treat each
        image independently. `build` is None in loaded models: they can predict, and
        need it only for training.

    build_params : dict, default=None
        Other arguments of `build`. Each is also a parameter of the classifier: you can
        search over ``build_params__filters``, for instance. Pass numbers, strings or
        arrays, which files can hold, and let `build` create layers and functions from
        them.

    image_shape : tuple (height, width), default=None
        Shape of the images, in pixels. None means: as given if X has 3 or 4
        dimensions; square if the number of features is a perfect square; a single
        row otherwise.

    white_level : float, "auto" or None, default=None
        Number that the network divides pixels by, such as 255. "auto" means the
        brightest training pixel, as in :class:`~skdigits.preprocessing.PixelScaler`, or
        1 if all pixels are black. None means that pixels are not scaled. An `augmenter`
        gets the pixels before the division. `partial_fit` and warm starts keep the
        level of the first call. With a white level, predictions warn about images of
        another scale or the opposite background.

        .. versionadded:: 0.3

    max_epochs : int, default=5
        Number of passes over the training images.

    batch_size : int or "auto", default="auto"
        Maximum number of images per training step. All steps of an epoch have about the
        same size. "auto" makes about 100 steps per epoch, with 8 to 128 images each.

    optimizer : {"adam", "rmsprop", "sgd"}, default="adam"
        Update rule; "sgd" has a Nesterov momentum of 0.9.

    learning_rate : float, default=3e-3
        Peak learning rate of the schedule.

    schedule : {"one_cycle", "cosine", "constant", "reduce_on_plateau"}, \
            default="one_cycle"
        Learning rate schedule over all training steps. "one_cycle" [2]_ starts at a
        tenth of `learning_rate`, rises during the first quarter of the steps, then
        falls along a half cosine to nearly zero. "cosine" falls along a half cosine
        from the first step on. "reduce_on_plateau" needs validation images. It divides
        the rate by 5 after each ``n_iter_no_change // 2`` consecutive epochs without
        improvement on them.

    weight_decay : float, default=0.0
        Decoupled weight decay [3]_ of the kernels, scaled by the learning rate at each
        step.

    label_smoothing : float, default=0.0
        Fraction of each target's probability that is spread over all classes. In [0,
        1).

    prune_fraction : float, default=0.0
        Fraction of the easy images that each epoch of `fit` after the first leaves out,
        drawn anew each time [4]_. An image is easy if its weighted loss was below the
        mean when the network was last trained on it. Unlike in [4]_, the easy images
        that remain do not weigh more. In [0, 1).

        .. versionadded:: 0.3

    class_weight : dict, "balanced" or None, default=None
        Weights of the classes, multiplied by `sample_weight`. Classes missing from a
        dict have weight 1. "balanced" makes weights inversely proportional to the class
        frequencies.

    early_stopping : bool, default=False
        Whether to stop training when the validation score stops improving, and to keep
        the best weights. The validation images are `X_val` of `fit`, or a held-out part
        of the training images. Early stopping suits the schedules "constant" and
        "reduce_on_plateau". With "one_cycle" and "cosine", the learning rate may still
        be high when training stops.

    monitor : {"accuracy", "loss"}, default="accuracy"
        Validation metric that `early_stopping` and "reduce_on_plateau" follow. Unlike
        the accuracy, the loss also improves when probabilities do.

    validation_fraction : float, default=0.1
        Fraction of the training images that `early_stopping` holds out, stratified by
        class. Ignored if `fit` gets `X_val`.

    n_iter_no_change : int, default=5
        Number of consecutive epochs without improvement after which `early_stopping`
        stops. "reduce_on_plateau" lowers the learning rate after half as many.

    tol : float, default=1e-4
        Minimum rise of the accuracy, or fall of the loss, that counts as an
        improvement.

    augmenter : RandomAugmenter, default=None
        Augments the training images anew in each epoch. It can be any object with a
        method ``augment(images, random_state)``. The method gets an array of shape (n,
        h, w) and an integer seed. It returns changed copies of the same shape and type.

    precision : {"auto", "float32", "bfloat16"}, default="auto"
        Number format of the layers during training. Weights and predictions are always
        float32. "auto" chooses bfloat16 on processors with instructions for it
        (AVX512-BF16 or AMX), where it is about twice as fast. It chooses float32
        elsewhere, and if the environment variable ONEDNN_MAX_CPU_ISA forbids these
        instructions. Set "float32" to compare results between machines.

    warm_start : bool, default=False
        If True, `fit` trains for `max_epochs` more epochs. It reuses the weights, the
        optimizer's state and the random numbers of the previous fit. With the schedules
        "constant" and "reduce_on_plateau", two fits of k epochs equal one fit of 2k
        epochs. "one_cycle" and "cosine" start anew.

    random_state : int, RandomState instance or None, default=None
        Controls the randomness of the initial weights, the order of images, dropout,
        augmentation and the validation split. Pass an int for reproducible output
        across calls. Weights are then equal on the same machine, for any number of
        cores. A warning is issued if this fails because TensorFlow was used before the
        first fit.

    verbose : int, default=0
        If nonzero, print one line per epoch.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Class labels.

    image_shape_ : tuple (height, width)
        Shape of the images, in pixels.

    white_level_ : float
        Number that the network divides pixels by. It is 1 if `white_level` is None.

        .. versionadded:: 0.3

    weights_ : list of ndarray
        Weights of the layers, float32, in the order of ``keras.Model.get_weights``.

    n_iter_ : int
        Number of epochs trained.

    loss_curve_ : list of float
        Mean weighted cross-entropy of each epoch, over the images that
        `prune_fraction` did not leave out.

    validation_scores_ : list of float or None
        Accuracy on the validation images after each epoch. None without validation
        images.

    best_validation_score_ : float or None
        Accuracy of ``weights_`` on the validation images of the latest `fit`. None
        without `early_stopping`.

    best_epoch_ : int or None
        Number of the epoch that gave ``weights_``, counted from 1. None without
        `early_stopping`.

    history_ : dict of lists
        "loss" and "learning_rate" (of the last step) of each epoch. With validation
        images, also "validation_loss", the cross-entropy as in
        :func:`sklearn.metrics.log_loss`, and "validation_score", the accuracy.

    n_features_in_ : int
        Number of pixels per image.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the pixels. Defined only if `X` has feature names that are all strings.

    See Also
    --------
    KerasCNNClassifier : Convolutional network whose layers are parameters.
    KerasMLPClassifier : Fully connected network.

    Notes
    -----
    You can use all layers that convert to ONNX without loops. Examples are convolutions
    (also separable and depthwise), normalizations, attention, residual connections,
    most activations and custom layers. Layers that augment images, such as
    `keras.layers.RandomRotation`, have no effect in predictions. Recurrent layers need
    ``unroll=True``. Grouped convolutions are not supported. `fit` raises an error that
    names the layer, before training, if a network cannot be exported.

    The loss is the cross-entropy plus the penalties of the layers' regularizers. Batch
    normalization is applied to shards of a batch, as in :class:`KerasCNNClassifier`.
    `weight_decay` applies to weights whose name ends in "kernel". Weights of
    non-trainable layers do not change.

    While `fit` calls `build`, Python's `random` and ``numpy.random`` are seeded from
    `random_state`. Keras' initializers take their seeds from the former. Afterwards
    both have their previous state. Kernels without an explicit initializer are
    initialized as in the other Keras classifiers: equal layers and seeds give equal
    weights.

    A search traces the training of each network once per process. Two networks count as
    equal if TensorFlow traces the same operations for them.

    References
    ----------
    .. [2] L. N. Smith and N. Topin, "Super-convergence: very fast training of neural
       networks using large learning rates", arXiv:1708.07120, 2017.
    .. [3] I. Loshchilov and F. Hutter, "Decoupled weight decay regularization",
       ICLR 2019.
    .. [4] Z. Qin et al., "InfoBatch: lossless training speed up by unbiased dynamic
       data pruning", ICLR 2024.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.pipeline import make_pipeline
    >>> from skdigits.neural_network import KerasClassifier
    >>> from skdigits.preprocessing import PixelScaler
    >>> def build(image_shape, n_classes, filters=16):
    ...     from keras import layers
    ...
    ...     return [
    ...         layers.SeparableConv2D(filters, 3, activation="relu"),
    ...         layers.Flatten(),
    ...         layers.Dense(n_classes),
    ...     ]
    >>> X, y = load_digits(return_X_y=True)
    >>> network = KerasClassifier(build, build_params={"filters": 24}, random_state=0)
    >>> model = make_pipeline(PixelScaler(), network).fit(X[:1000], y[:1000])
    >>> print(f"{model.score(X[1000:], y[1000:]):.1f}")
    0.9
    """

    build: Callable[..., Any] | None
    build_params: dict[str, Any] | None

    _parameter_constraints: ClassVar[dict] = {
        **BaseKerasClassifier._parameter_constraints,
        "build": [callable, None],
        "build_params": [dict, None],
    }

    def __init__(
        self,
        build: Callable[..., Any] | None,
        *,
        build_params: dict[str, Any] | None = None,
        image_shape: ImageShape | None = None,
        white_level: float | Literal["auto"] | None = None,
        max_epochs: int = 5,
        batch_size: int | Literal["auto"] = "auto",
        optimizer: Literal["adam", "rmsprop", "sgd"] = "adam",
        learning_rate: float = 3e-3,
        schedule: Literal[
            "one_cycle", "cosine", "constant", "reduce_on_plateau"
        ] = "one_cycle",
        weight_decay: float = 0.0,
        label_smoothing: float = 0.0,
        prune_fraction: float = 0.0,
        class_weight: dict | Literal["balanced"] | None = None,
        early_stopping: bool = False,
        monitor: Literal["accuracy", "loss"] = "accuracy",
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 5,
        tol: float = 1e-4,
        augmenter: Augmenter | None = None,
        precision: Literal["auto", "float32", "bfloat16"] = "auto",
        warm_start: bool = False,
        random_state: int | np.random.RandomState | None = None,
        verbose: int = 0,
    ):
        self.build = build
        self.build_params = build_params
        self.image_shape = image_shape
        self.white_level = white_level
        self.max_epochs = max_epochs
        self.batch_size = batch_size
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.schedule = schedule
        self.weight_decay = weight_decay
        self.label_smoothing = label_smoothing
        self.prune_fraction = prune_fraction
        self.class_weight = class_weight
        self.early_stopping = early_stopping
        self.monitor = monitor
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.tol = tol
        self.augmenter = augmenter
        self.precision = precision
        self.warm_start = warm_start
        self.random_state = random_state
        self.verbose = verbose

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters.

        Parameters
        ----------
        deep : bool, default=True
            If True, also return each entry of `build_params` as a parameter.

        Returns
        -------
        params : dict of str to object
            Parameter names mapped to their values.
        """
        params = super().get_params(deep=deep)
        if deep and isinstance(self.build_params, dict):
            params |= {f"{PREFIX}{name}": v for name, v in self.build_params.items()}
        return params

    def set_params(self, **params: Any) -> Self:
        """Set parameters.

        Parameters
        ----------
        **params : dict
            Parameters. Names that begin with ``build_params__`` set an entry in a copy
            of `build_params`.

        Returns
        -------
        self : object
            The classifier.
        """
        of_build = {
            name.removeprefix(PREFIX): params.pop(name)
            for name in list(params)
            if name.startswith(PREFIX)
        }
        super().set_params(**params)
        if of_build:
            self.build_params = {**(self.build_params or {}), **of_build}
        return self

    @staticmethod
    def _network(image_shape: ImageShape, n_classes: int, **state: Any) -> BuiltNetwork:
        return network_of(image_shape, n_classes, **state)

    def _new_network(self) -> tuple[AnyNetwork, dict[str, object]]:
        built_side = import_built_side("KerasClassifier trains with")
        with expected_growth():
            network = built_side.describe(self._source(built_side))
        return network, state_of(network)

    def _source(self, built_side: ModuleType) -> Any:
        if self.build is None:
            raise ValueError(
                "This KerasClassifier has no function that builds its network: build "
                "is None, as in all models loaded from a file. Pass the function with "
                "set_params(build=...)."
            )
        # Of a copy: the numbers that are drawn later are those of a network without it.
        random_state = deepcopy(check_random_state(self.random_state))
        return built_side.Source(
            build=self.build,
            params=self.build_params or {},
            image_shape=self.image_shape_,
            n_classes=len(self.classes_),
            seed=int(random_state.randint(MAX_SEED)),
        )

    def _training_key(self, network: AnyNetwork, image_dtype: np.dtype) -> TrainingKey:
        # The key stays for later fits, which have initial weights of their own.
        assert isinstance(network, BuiltNetwork)
        return super()._training_key(replace(network, initial=()), image_dtype)

    def _check_same_network(self, network: AnyNetwork) -> None:
        if network != self._fitted_network():
            raise ValueError(
                "The network cannot change while training continues, but build now "
                "returns another one than in the previous fit. Set build and "
                "build_params to their previous values, or call fit with "
                "warm_start=False."
            )

    def _keras_model(self, keras_side: ModuleType) -> Any:
        built_side = import_built_side("KerasClassifier.to_keras needs")
        source, network = self._source(built_side), self._fitted_network()
        return built_side.keras_model(source, network, self.weights_, self.white_level_)

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
    """Any network of Keras layers, as a scikit-learn classifier.

    A function returns the layers; training, prediction and saving are those of
    :class:`KerasCNNClassifier`. TensorFlow is imported by `fit` only: a fitted network
    is made of arrays and of an ONNX graph, and predicts where TensorFlow is not
    installed.

    Parameters
    ----------
    build : callable
        ``build(image_shape, n_classes, **build_params)`` returns a list of layers, or a
        `keras.Model` that is not compiled. It takes images of the shape
        ``(*image_shape, 1)`` and ends in `n_classes` logits, or in a softmax over
        them. Each fit calls it one to three times; it must return new and equal layers
        each time, each of which treats each image by itself in predictions.
        Loaded models have None: they predict, and need it only to be trained on.

    build_params : dict, default=None
        Other arguments of `build`. Each is a parameter, too: search over
        ``build_params__filters``, for instance. Give numbers, strings or arrays, and
        let `build` make layers and functions of them: files hold nothing else.

    image_shape : tuple (height, width), default=None
        Shape of the images, in pixels. None means: as given if X has 3 or 4
        dimensions; square if the number of features is a perfect square; a single
        row otherwise.

    max_epochs : int, default=5
        How many times the training images are gone through.

    batch_size : int or "auto", default="auto"
        Largest number of images in a step; steps get equal shares. "auto" makes
        about 100 steps an epoch, with 8 to 128 images each.

    optimizer : {"adam", "rmsprop", "sgd"}, default="adam"
        Update rule; "sgd" has a Nesterov momentum of 0.9.

    learning_rate : float, default=3e-3
        Learning rate, at the peak of the schedule.

    schedule : {"one_cycle", "cosine", "constant", "reduce_on_plateau"}, \
            default="one_cycle"
        How the learning rate goes over all steps. "one_cycle" [2]_ climbs from a
        tenth of it for a quarter of the steps, then falls along a half cosine to
        nearly zero. "cosine" falls along a half cosine from the first step on.
        "reduce_on_plateau" needs validation images and divides the rate by 5 after
        each ``n_iter_no_change // 2`` epochs in a row without an improvement on them.

    weight_decay : float, default=0.0
        Decoupled decay [3]_ of the kernels, times the learning rate, each step.

    label_smoothing : float, default=0.0
        Share of each target's probability that is spread over all classes. In [0, 1).

    class_weight : dict, "balanced" or None, default=None
        Weights of the classes, multiplied into `sample_weight`. Classes that a dict
        does not name have the weight 1.

    early_stopping : bool, default=False
        Whether to stop when the result on validation images does not improve any more,
        and to keep the best weights. The images are those that `fit` gets as `X_val`,
        or a part of the training images that is held out. With "one_cycle" and "cosine"
        the learning rate may still be high then; "constant" and "reduce_on_plateau"
        suit it better.

    monitor : {"accuracy", "loss"}, default="accuracy"
        Which result on the validation images `early_stopping` and "reduce_on_plateau"
        follow. "loss" also sees whether probabilities improve.

    validation_fraction : float, default=0.1
        Share of the images that `early_stopping` holds out, stratified by class.
        Ignored if `fit` gets `X_val`.

    n_iter_no_change : int, default=5
        Epochs in a row without an improvement after which `early_stopping` stops;
        "reduce_on_plateau" lowers the learning rate after half as many.

    tol : float, default=1e-4
        How much the accuracy must rise, or the loss fall, to count as an improvement.

    augmenter : RandomAugmenter, default=None
        Draws the training images anew for every epoch. Any object will do whose method
        ``augment(images, random_state)`` returns changed copies of an array of shape
        (n, h, w), of the same shape and type, for an integer seed.

    precision : {"auto", "float32", "bfloat16"}, default="auto"
        Number format of the layers in training; weights and predictions are always
        float32. "auto" is bfloat16 on processors that multiply in it (AVX512-BF16 or
        AMX), where it is about twice as fast, and float32 on all others and where the
        environment variable ONEDNN_MAX_CPU_ISA forbids these instructions. Set
        "float32" to compare results between machines.

    warm_start : bool, default=False
        Whether `fit` goes on for `max_epochs` more, from the weights, the state of the
        optimizer and the random numbers of the former fit. With the schedules
        "constant" and "reduce_on_plateau", k and k epochs are 2k epochs; "one_cycle"
        and "cosine" start anew.

    random_state : int, RandomState instance or None, default=None
        Draws the initial weights, the order of the images, the dropout, the
        augmentation and the images that `early_stopping` holds out. The same int
        gives equal weights on the same machine, on any number of cores. A warning tells
        if it does not, because TensorFlow was used before the first fit.

    verbose : int, default=0
        Whether to print a line an epoch.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels.

    image_shape_ : tuple (height, width)
        Shape of the images, in pixels.

    weights_ : list of ndarray
        float32 weights of the layers, as ``keras.Model.get_weights`` orders them.

    n_iter_ : int
        Number of epochs trained.

    loss_curve_ : list of float
        Mean weighted cross-entropy of each epoch.

    validation_scores_ : list of float or None
        Accuracy on the validation images after each epoch; None if there were none.

    best_validation_score_ : float or None
        Accuracy on the validation images that was reached with ``weights_`` in the
        last `fit`; None without `early_stopping`.

    best_epoch_ : int or None
        Number of the epoch, from 1, that ``weights_`` are of; None without
        `early_stopping`.

    history_ : dict of lists
        "loss" and "learning_rate" (of the last step) of each epoch. If there were
        validation images, also "validation_loss", the cross-entropy as
        :func:`sklearn.metrics.log_loss` has it, and "validation_score", the accuracy.

    n_features_in_ : int
        Number of pixels in an image.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the pixels, if X had names that are all strings.

    See Also
    --------
    KerasCNNClassifier : Convolutional network whose layers are parameters.
    KerasMLPClassifier : Fully connected network.

    Notes
    -----
    All layers that have an ONNX form without loops can be used: convolutions, also
    separable and depthwise ones, normalizations, attention, residual connections, most
    activations, layers of your own. Layers that change images in training, such as
    `keras.layers.RandomRotation`, do nothing in predictions. Recurrent layers need
    ``unroll=True``; grouped convolutions cannot be used. `fit` refuses what it cannot
    export before it trains, and names the layer.

    Loss is the cross-entropy, plus what regularizers of the layers add. Batch
    normalization sees shards of a batch, as in :class:`KerasCNNClassifier`.
    `weight_decay` holds for weights whose name ends in "kernel". Weights of layers that
    are not trainable stay as they are.

    `fit` calls `build` with Python's `random` and ``numpy.random`` seeded from
    `random_state`, because Keras' initializers draw their seeds from the first;
    afterwards both are as before.
    Kernels without an initializer of their own are drawn as those of the other
    classifiers, so the same layers and the same seed give the same weights.

    Two networks are the same if TensorFlow traces the same operations of them: a search
    traces the training of each network once a process.

    References
    ----------
    .. [2] L. N. Smith and N. Topin, "Super-convergence: very fast training of neural
       networks using large learning rates", arXiv:1708.07120, 2017.
    .. [3] I. Loshchilov and F. Hutter, "Decoupled weight decay regularization",
       ICLR 2019.

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
        max_epochs: int = 5,
        batch_size: int | Literal["auto"] = "auto",
        optimizer: Literal["adam", "rmsprop", "sgd"] = "adam",
        learning_rate: float = 3e-3,
        schedule: Literal[
            "one_cycle", "cosine", "constant", "reduce_on_plateau"
        ] = "one_cycle",
        weight_decay: float = 0.0,
        label_smoothing: float = 0.0,
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
        self.max_epochs = max_epochs
        self.batch_size = batch_size
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.schedule = schedule
        self.weight_decay = weight_decay
        self.label_smoothing = label_smoothing
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
            Whether to return each of `build_params` as a parameter, too.

        Returns
        -------
        params : dict of str to object
            By their names.
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
            Parameters. Those whose names begin with ``build_params__`` are set in a
            copy of `build_params`.

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
                "is None, as in all models that were loaded from a file. Give it, with "
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
                "A training goes on with the network of the former fit, but build now "
                "returns another one. Set build and build_params as they were, or "
                "warm_start=False."
            )

    def _keras_model(self, keras_side: ModuleType) -> Any:
        built_side = import_built_side("KerasClassifier.to_keras needs")
        return built_side.keras_model(
            self._source(built_side), self._fitted_network(), self.weights_
        )

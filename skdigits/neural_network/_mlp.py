"""The fully connected network."""

from collections.abc import Sequence
from numbers import Real
from typing import Any, ClassVar, Literal

import numpy as np

from skdigits._images import ImageShape
from skdigits._sklearn import Interval, StrOptions
from skdigits.neural_network._architecture import (
    Network,
    fully_connected_network,
)
from skdigits.neural_network._base import BaseKerasClassifier
from skdigits.neural_network._epochs import Augmenter
from skdigits.neural_network._validation import check_sizes


class KerasMLPClassifier(BaseKerasClassifier):
    """Fully connected network, trained with Keras, that is a scikit-learn classifier.

    Without hidden layers it is softmax regression, with a unit for each class; with
    them, a multi-layer perceptron [1]_. TensorFlow is imported by `fit` only;
    predictions run on ONNX Runtime.

    Parameters
    ----------
    hidden_layer_sizes : tuple of int, default=()
        Units of the hidden layers.

    activation : {"relu", "elu", "sigmoid", "tanh"}, default="relu"
        Activation of the hidden layers.

    output_activation : {"softmax", "sigmoid"}, default="softmax"
        What turns the last layer into probabilities. "sigmoid" divides the sigmoid of
        each unit by their sum, which is what Keras' sparse categorical cross-entropy
        makes of sigmoid outputs.

    dropout : float, default=0.0
        Share of the units of each hidden layer that is zeroed in training; of the
        pixels if there is no such layer. In [0, 1).

    image_shape : tuple (height, width), default=None
        Shape of the images, in pixels. None means: as given if X has 3 or 4
        dimensions; square if the number of features is a perfect square; a single
        row otherwise.

    max_epochs : int, default=20
        How many times the training images are gone through.

    batch_size : int or "auto", default="auto"
        Largest number of images in a step; steps get equal shares. "auto" makes
        about 100 steps an epoch, with 8 to 128 images each.

    optimizer : {"adam", "rmsprop", "sgd"}, default="adam"
        Update rule; "sgd" has a Nesterov momentum of 0.9.

    learning_rate : float, default=2e-2
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
    KerasCNNClassifier : Network with convolutions, which reads images better.
    sklearn.neural_network.MLPClassifier : Fully connected network in scikit-learn.

    Notes
    -----
    Loss is the cross-entropy. The first `fit` of a process imports TensorFlow; see
    :class:`KerasCNNClassifier` for what that means for threads.

    References
    ----------
    .. [1] C. M. Bishop, "Pattern recognition and machine learning", chapters 4.3.4 and
       5, Springer, 2006.
    .. [2] L. N. Smith and N. Topin, "Super-convergence: very fast training of neural
       networks using large learning rates", arXiv:1708.07120, 2017.
    .. [3] I. Loshchilov and F. Hutter, "Decoupled weight decay regularization",
       ICLR 2019.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.pipeline import make_pipeline
    >>> from skdigits.neural_network import KerasMLPClassifier
    >>> from skdigits.preprocessing import PixelScaler
    >>> X, y = load_digits(return_X_y=True)
    >>> mlp = make_pipeline(PixelScaler(), KerasMLPClassifier((32,), random_state=0))
    >>> mlp.fit(X[:1000], y[:1000]).score(X[1000:], y[1000:]) > 0.9
    True
    """

    _parameter_constraints: ClassVar[dict] = {
        **BaseKerasClassifier._parameter_constraints,
        "hidden_layer_sizes": [tuple, list],
        "activation": [StrOptions({"relu", "elu", "sigmoid", "tanh"})],
        "output_activation": [StrOptions({"softmax", "sigmoid"})],
        "dropout": [Interval(Real, 0, 1, closed="left")],
    }

    _architecture_parameters: ClassVar[tuple[str, ...]] = (
        "hidden_layer_sizes",
        "activation",
        "output_activation",
        "dropout",
    )

    def __init__(
        self,
        hidden_layer_sizes: Sequence[int] = (),
        *,
        activation: Literal["relu", "elu", "sigmoid", "tanh"] = "relu",
        output_activation: Literal["softmax", "sigmoid"] = "softmax",
        dropout: float = 0.0,
        image_shape: ImageShape | None = None,
        max_epochs: int = 20,
        batch_size: int | Literal["auto"] = "auto",
        optimizer: Literal["adam", "rmsprop", "sgd"] = "adam",
        learning_rate: float = 2e-2,
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
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.output_activation = output_activation
        self.dropout = dropout
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

    @staticmethod
    def _network(  # type: ignore[override] # called with its own parameters only
        image_shape: ImageShape,
        n_classes: int,
        *,
        hidden_layer_sizes: Sequence[int],
        **architecture: Any,
    ) -> Network:
        check_sizes("hidden_layer_sizes", hidden_layer_sizes, hidden_layer_sizes)
        return fully_connected_network(
            image_shape,
            n_classes,
            hidden_layer_sizes=hidden_layer_sizes,
            **architecture,
        )

"""The convolutional network."""

from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any, ClassVar, Literal

import numpy as np

from skdigits._images import ImageShape
from skdigits._sklearn import Interval, StrOptions
from skdigits.neural_network._architecture import (
    Convolution,
    Network,
    convolutional_network,
)
from skdigits.neural_network._base import BaseKerasClassifier
from skdigits.neural_network._epochs import Augmenter
from skdigits.neural_network._validation import check_sizes


class KerasCNNClassifier(BaseKerasClassifier):
    """Convolutional network classifier, trained with Keras.

    Only `fit` imports TensorFlow. A fitted network consists of plain arrays. It
    predicts with ONNX Runtime, also where TensorFlow is not installed.

    Parameters
    ----------
    conv_blocks : tuple of tuples of int, default=((32,), (64,))
        Number of filters of each convolution. Each inner tuple is a stack of
        convolutions, followed by 2x2 max pooling. An axis of one pixel is not pooled.

    dense_units : tuple of int, default=(64,)
        Number of units of each hidden dense layer after the convolutions. May be empty.

    kernel_size : int or tuple of int, default=3
        Height and width of the convolution kernels, in pixels. A tuple has one size for
        each block.

        .. versionchanged:: 0.3
            A tuple was not possible before.

    stem_stride : int, default=1
        Stride of the first convolution. A stride of 2 cuts the cost of all following
        layers to a quarter.

    stem_padding : {"same", "valid"}, default="same"
        Padding of the first convolution. "same" surrounds the images with zeros.
        "valid" does not: feature maps are smaller by ``kernel_size - 1`` pixels, and
        all following layers cost less. It suits images with an empty border.

        .. versionadded:: 0.3

    global_pooling : bool, default=False
        Whether to average each feature map of the last block over all positions (global
        average pooling [6]_). This replaces the max pooling of that block.

        .. versionadded:: 0.3

    dropout : float, default=0.0
        Fraction of the units of each hidden dense layer that is set to zero during
        training. Without such a layer, it applies to the features that the
        convolutions give. In [0, 1).

    batch_norm : bool, default=False
        Whether to normalize the feature maps after each max pooling, and before global
        pooling. A batch of 64 or more images is split into shards of at least 32. The
        shards train in parallel, and each is normalized separately ("ghost batches"
        [5]_).

    activation : {"relu", "elu", "sigmoid", "tanh"}, default="relu"
        Activation function of the hidden layers.

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
    skdigits.preprocessing.PixelScaler : Scale the pixels for the network.
    sklearn.neural_network.MLPClassifier : Network without convolutions.

    Notes
    -----
    The architecture follows LeNet [1]_: convolutions with "same" padding, max pooling,
    dense layers and a softmax. The loss is the cross-entropy.

    The first `fit` of a process imports TensorFlow, which takes seconds. It makes
    TensorFlow run each operation on one thread, and as many operations in parallel as
    there are cores. If the process has already used TensorFlow, its threads stay
    unchanged. Results then depend on their number.

    References
    ----------
    .. [1] Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, "Gradient-based learning
       applied to document recognition", Proceedings of the IEEE 86(11), 1998.
    .. [2] L. N. Smith and N. Topin, "Super-convergence: very fast training of neural
       networks using large learning rates", arXiv:1708.07120, 2017.
    .. [3] I. Loshchilov and F. Hutter, "Decoupled weight decay regularization",
       ICLR 2019.
    .. [4] Z. Qin et al., "InfoBatch: lossless training speed up by unbiased dynamic
       data pruning", ICLR 2024.
    .. [5] E. Hoffer, I. Hubara and D. Soudry, "Train longer, generalize better",
       NeurIPS 2017.
    .. [6] M. Lin, Q. Chen and S. Yan, "Network in network", ICLR 2014.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.pipeline import make_pipeline
    >>> from skdigits.neural_network import KerasCNNClassifier
    >>> from skdigits.preprocessing import PixelScaler
    >>> X, y = load_digits(return_X_y=True)
    >>> cnn = make_pipeline(PixelScaler(), KerasCNNClassifier(random_state=0))
    >>> cnn.fit(X[:1000], y[:1000]).score(X[1000:], y[1000:])
    0.9...
    """

    _parameter_constraints: ClassVar[dict] = {
        **BaseKerasClassifier._parameter_constraints,
        "conv_blocks": [tuple, list],
        "dense_units": [tuple, list],
        "kernel_size": [Interval(Integral, 1, None, closed="left"), tuple, list],
        "stem_stride": [Interval(Integral, 1, None, closed="left")],
        "stem_padding": [StrOptions({"same", "valid"})],
        "global_pooling": ["boolean"],
        "dropout": [Interval(Real, 0, 1, closed="left")],
        "batch_norm": ["boolean"],
        "activation": [StrOptions({"relu", "elu", "sigmoid", "tanh"})],
    }

    _architecture_parameters: ClassVar[tuple[str, ...]] = (
        "conv_blocks",
        "dense_units",
        "kernel_size",
        "stem_stride",
        "stem_padding",
        "global_pooling",
        "dropout",
        "batch_norm",
        "activation",
    )

    def __init__(
        self,
        conv_blocks: Sequence[Sequence[int]] = ((32,), (64,)),
        dense_units: Sequence[int] = (64,),
        *,
        kernel_size: int | Sequence[int] = 3,
        stem_stride: int = 1,
        stem_padding: Literal["same", "valid"] = "same",
        global_pooling: bool = False,
        dropout: float = 0.0,
        batch_norm: bool = False,
        activation: Literal["relu", "elu", "sigmoid", "tanh"] = "relu",
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
        self.conv_blocks = conv_blocks
        self.dense_units = dense_units
        self.kernel_size = kernel_size
        self.stem_stride = stem_stride
        self.stem_padding = stem_padding
        self.global_pooling = global_pooling
        self.dropout = dropout
        self.batch_norm = batch_norm
        self.activation = activation
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

    @staticmethod
    def _network(  # type: ignore[override] # called with its own parameters only
        image_shape: ImageShape,
        n_classes: int,
        *,
        conv_blocks: Sequence[Sequence[int]],
        dense_units: Sequence[int],
        kernel_size: int | Sequence[int],
        # Files of version 0.2 have neither.
        stem_padding: str = "same",
        global_pooling: bool = False,
        **architecture: Any,
    ) -> Network:
        if any(isinstance(block, Integral) for block in conv_blocks):
            nested = tuple(
                (int(block),) if isinstance(block, Integral) else block
                for block in conv_blocks
            )
            raise ValueError(
                "Each block of conv_blocks must be a tuple of the filters of its "
                f"convolutions; got conv_blocks={conv_blocks!r}. For blocks of one "
                f"convolution each, pass conv_blocks={nested!r}."
            )
        for block in conv_blocks:
            check_sizes("conv_blocks", block, conv_blocks)
        check_sizes("dense_units", dense_units, dense_units)
        kernel_sizes: Any = (
            kernel_size
            if isinstance(kernel_size, tuple | list)
            else [kernel_size] * len(conv_blocks)
        )
        check_sizes("kernel_size", kernel_sizes, kernel_size)
        if len(kernel_sizes) != len(conv_blocks):
            raise ValueError(
                "kernel_size must be an integer or have a size for each of the "
                f"{len(conv_blocks)} blocks; got kernel_size={kernel_size!r}."
            )
        network = convolutional_network(
            image_shape,
            n_classes,
            conv_blocks=conv_blocks,
            dense_units=dense_units,
            kernel_sizes=kernel_sizes,
            stem_padding=stem_padding,
            global_pooling=global_pooling,
            **architecture,
        )
        for layer, (*shape, _) in network.walk():
            if not isinstance(layer, Convolution):
                continue  # a block without convolutions before the first one
            if layer.padding == "valid" and layer.kernel_size > min(shape):
                raise ValueError(
                    'With stem_padding="valid", the kernels of the first convolution '
                    f"must fit into its input of {tuple(shape)} pixels; got "
                    f"kernel_size={kernel_size!r}. Choose a smaller kernel_size or "
                    'stem_padding="same".'
                )
            break
        return network

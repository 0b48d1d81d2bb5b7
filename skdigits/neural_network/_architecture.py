"""From parameters to a list of layers, without any framework.

A :class:`Network` is a plain, hashable description: the shape of the images and a
tuple of layers. It knows the shapes of the weight arrays and how they are drawn.
``_keras`` trains what it describes, ``_runtime`` predicts with it.

Shapes of feature maps are (height, width, channels), weights are laid out as Keras
does: convolution kernels (height, width, in, out), dense kernels (in, out).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil, prod
from typing import ClassVar

import numpy as np

from skdigits._images import ImageShape

Shape = tuple[int, ...]
WeightShapes = dict[str, Shape]


@dataclass(frozen=True)
class Convolution:
    """Convolution whose output has the size of the input, divided by the stride.

    With the padding "valid", kernels stay within the input, so the output is smaller.
    """

    filters: int
    kernel_size: int
    stride: int
    activation: str
    padding: str = "same"

    def output_shape(self, shape: Shape) -> Shape:
        margin = self.kernel_size - 1 if self.padding == "valid" else 0
        height, width = (ceil((size - margin) / self.stride) for size in shape[:2])
        return height, width, self.filters

    def weight_shapes(self, shape: Shape) -> WeightShapes:
        kernel = (self.kernel_size, self.kernel_size, shape[2], self.filters)
        return {"kernel": kernel, "bias": (self.filters,)}


@dataclass(frozen=True)
class MaxPooling:
    """Maximum over 2x2 pixels; an axis of a single pixel is left alone."""

    def pool_size(self, shape: Shape) -> tuple[int, int]:
        return min(2, shape[0]), min(2, shape[1])

    def output_shape(self, shape: Shape) -> Shape:
        vertical, horizontal = self.pool_size(shape)
        return shape[0] // vertical, shape[1] // horizontal, shape[2]

    def weight_shapes(self, shape: Shape) -> WeightShapes:
        return {}


@dataclass(frozen=True)
class BatchNormalization:
    """Normalization of each channel by statistics of the batch, then of training."""

    epsilon: float = 1e-3
    momentum: float = 0.9

    def output_shape(self, shape: Shape) -> Shape:
        return shape

    def weight_shapes(self, shape: Shape) -> WeightShapes:
        channels = (shape[-1],)
        return {
            "gamma": channels,
            "beta": channels,
            "moving_mean": channels,
            "moving_variance": channels,
        }


@dataclass(frozen=True)
class GlobalAveragePooling:
    """Mean of each feature map."""

    def output_shape(self, shape: Shape) -> Shape:
        return shape[-1:]

    def weight_shapes(self, shape: Shape) -> WeightShapes:
        return {}


@dataclass(frozen=True)
class Flatten:
    """One row of features from a stack of feature maps, channels running fastest."""

    def output_shape(self, shape: Shape) -> Shape:
        return (prod(shape),)

    def weight_shapes(self, shape: Shape) -> WeightShapes:
        return {}


@dataclass(frozen=True)
class Dropout:
    """Zeroes a share of the features while training."""

    rate: float

    def output_shape(self, shape: Shape) -> Shape:
        return shape

    def weight_shapes(self, shape: Shape) -> WeightShapes:
        return {}


@dataclass(frozen=True)
class Dense:
    """Fully connected layer; the last one gives what enters the softmax."""

    units: int
    activation: str

    def output_shape(self, shape: Shape) -> Shape:
        return (self.units,)

    def weight_shapes(self, shape: Shape) -> WeightShapes:
        return {"kernel": (shape[0], self.units), "bias": (self.units,)}


Layer = (
    Convolution
    | MaxPooling
    | BatchNormalization
    | GlobalAveragePooling
    | Flatten
    | Dropout
    | Dense
)


@dataclass(frozen=True)
class Network:
    """Layers over images of one shape, ending in the logits of the classes."""

    # What its Keras model gives.
    gives_softmax: ClassVar[bool] = False

    image_shape: ImageShape
    layers: tuple[Layer, ...]

    @property
    def n_classes(self) -> int:
        """The number of logits."""
        output = self.layers[-1]
        assert isinstance(output, Dense)
        return output.units

    def walk(self) -> Iterator[tuple[Layer, Shape]]:
        """Yield each layer with the shape of what enters it."""
        shape: Shape = (*self.image_shape, 1)
        for layer in self.layers:
            yield layer, shape
            shape = layer.output_shape(shape)

    def weight_shapes(self) -> list[tuple[str, Shape]]:
        """Name and shape of each weight array, layer by layer."""
        return [
            item
            for layer, shape in self.walk()
            for item in layer.weight_shapes(shape).items()
        ]

    def initial_weights(self, random_state: np.random.RandomState) -> list[np.ndarray]:
        """Draw weights: Glorot uniform kernels [1]_, and what leaves the rest neutral.

        References
        ----------
        .. [1] X. Glorot and Y. Bengio, "Understanding the difficulty of training
           deep feedforward neural networks", AISTATS 2010.
        """
        return [
            glorot_uniform(shape, random_state)
            if name == "kernel"
            else np.full(shape, name in ("gamma", "moving_variance"), np.float32)
            for name, shape in self.weight_shapes()
        ]


def glorot_uniform(shape: Shape, random_state: np.random.RandomState) -> np.ndarray:
    """Draw a kernel.

    Parameters
    ----------
    shape : tuple of int
        Those of the receptive field, if any, then inputs and outputs.

    random_state : RandomState
        What draws it.

    Returns
    -------
    kernel : ndarray
        float32.
    """
    *receptive_field, n_in, n_out = shape
    limit = np.sqrt(6.0 / (prod(receptive_field) * (n_in + n_out)))
    return random_state.uniform(-limit, limit, shape).astype(np.float32)


def convolutional_network(
    image_shape: ImageShape,
    n_classes: int,
    *,
    conv_blocks: Sequence[Sequence[int]],
    kernel_sizes: Sequence[int],
    stem_stride: int,
    stem_padding: str,
    global_pooling: bool,
    dense_units: Sequence[int],
    dropout: float,
    batch_norm: bool,
    activation: str,
) -> Network:
    """Stacks of convolutions, each followed by a pooling, then dense layers."""
    layers: list[Layer] = []
    normalization = [BatchNormalization()] if batch_norm else []
    stride, padding = int(stem_stride), stem_padding
    for block, size in zip(conv_blocks, kernel_sizes, strict=True):
        for filters in block:
            layers.append(
                Convolution(int(filters), int(size), stride, activation, padding)
            )
            stride, padding = 1, "same"
        layers += [MaxPooling(), *normalization]
    features: Layer = Flatten()
    if global_pooling and conv_blocks:
        del layers[-1 - len(normalization) :]
        layers += normalization
        features = GlobalAveragePooling()
    layers += [features, *_dense_layers(dense_units, dropout, activation)]
    layers.append(Dense(n_classes, "linear"))
    return Network(image_shape, tuple(layers))


def fully_connected_network(
    image_shape: ImageShape,
    n_classes: int,
    *,
    hidden_layer_sizes: Sequence[int],
    dropout: float,
    activation: str,
    output_activation: str,
) -> Network:
    """Dense layers only; the softmax that follows normalizes "sigmoid" outputs."""
    layers = [Flatten(), *_dense_layers(hidden_layer_sizes, dropout, activation)]
    logits = {"softmax": "linear", "sigmoid": "log_sigmoid"}[output_activation]
    return Network(image_shape, (*layers, Dense(n_classes, logits)))


def _dense_layers(units: Sequence[int], dropout: float, activation: str) -> list[Layer]:
    """Hidden layers, each thinned out; without any, the features are."""
    thinning: list[Layer] = [Dropout(float(dropout))] if dropout else []
    layers = [] if units else thinning
    for size in units:
        layers += [Dense(int(size), activation), *thinning]
    return layers

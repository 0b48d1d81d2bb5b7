"""Layers that parameters stand for, as layers of Keras."""

from collections.abc import Sequence

import numpy as np

from skdigits.neural_network._architecture import (
    BatchNormalization,
    Convolution,
    Dense,
    Dropout,
    Flatten,
    GlobalAveragePooling,
    Layer,
    MaxPooling,
    Network,
    Shape,
)
from skdigits.neural_network._keras_process import keras

# Names of Keras for what layers compute in.
POLICIES = {"bfloat16": "mixed_bfloat16", "float32": "float32"}


def keras_model(
    network: Network, weights: Sequence[np.ndarray], white_level: float
) -> keras.Sequential:
    """Return a model that predicts probabilities, for use outside of skdigits."""
    model = build_model(network, "float32")
    model.set_weights(weights)
    model.add(keras.layers.Softmax(dtype="float32"))
    scaling = scaling_layers(white_level)
    if scaling:
        images = keras.Input((*network.image_shape, 1), dtype="float32")
        model = keras.Sequential([images, *scaling, *model.layers])
    return model


def scaling_layers(white_level: float) -> list[keras.Layer]:
    """Return the layer that divides pixels by a white level other than 1."""
    if white_level == 1:
        return []
    return [keras.layers.Rescaling(1 / white_level, dtype="float32")]


def build_model(network: Network, precision: str) -> keras.Sequential:
    """Return a model that gives logits, with fresh weights."""
    policy = POLICIES[precision]
    *hidden, output = network.walk()
    layers = [_keras_layer(layer, shape, policy) for layer, shape in hidden]
    layers.append(_keras_layer(*output, "float32"))
    images = keras.Input((*network.image_shape, 1), dtype="float32")
    return keras.Sequential([images, *layers])


def _keras_layer(layer: Layer, shape: Shape, policy: str) -> keras.Layer:
    match layer:
        case Convolution():
            return keras.layers.Conv2D(
                layer.filters,
                layer.kernel_size,
                strides=layer.stride,
                padding=layer.padding,
                data_format="channels_last",
                activation=layer.activation,
                dtype=policy,
            )
        case MaxPooling():
            return keras.layers.MaxPooling2D(
                layer.pool_size(shape), data_format="channels_last", dtype=policy
            )
        case BatchNormalization():
            return keras.layers.BatchNormalization(
                epsilon=layer.epsilon, momentum=layer.momentum, dtype=policy
            )
        case GlobalAveragePooling():
            return keras.layers.GlobalAveragePooling2D(
                data_format="channels_last", dtype=policy
            )
        case Flatten():
            return keras.layers.Flatten(data_format="channels_last", dtype=policy)
        case Dropout():
            # The seed is given with each call; this one only keeps Keras from
            # drawing one from the global generator.
            return keras.layers.Dropout(layer.rate, seed=0, dtype=policy)
        case Dense():
            return keras.layers.Dense(
                layer.units, activation=layer.activation, dtype=policy
            )

"""Predictions on ONNX Runtime against Keras, layer by layer and as a whole."""

import numpy as np
import onnx
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skdigits.neural_network._architecture import (
    BatchNormalization,
    Convolution,
    Dense,
    Dropout,
    Flatten,
    GlobalAveragePooling,
    MaxPooling,
    Network,
)
from skdigits.neural_network._runtime import (
    BLOCK,
    BLOCKS_PER_TASK,
    Predictor,
    to_onnx,
)

HEAD = (Flatten(), Dense(3, "linear"))
NETWORKS = {
    "dense": (Flatten(), Dense(5, "tanh"), Dropout(0.5), Dense(3, "linear")),
    "textbook": (
        Convolution(4, 3, 1, "relu"),
        MaxPooling(),
        Convolution(6, 3, 1, "elu"),
        MaxPooling(),
        *HEAD,
    ),
    "even kernel": (Convolution(4, 4, 1, "sigmoid"), *HEAD),
    "stride": (Convolution(4, 5, 2, "relu"), Convolution(5, 3, 3, "relu"), *HEAD),
    "valid": (Convolution(4, 1, 2, "relu", "valid"), *HEAD),
    "global pooling": (
        Convolution(4, 3, 1, "relu"),
        GlobalAveragePooling(),
        Dense(3, "linear"),
    ),
    "batch norm": (
        Convolution(4, 3, 1, "relu"),
        MaxPooling(),
        BatchNormalization(),
        *HEAD,
    ),
}


def random_weights(network, rng):
    """Weights of any sign, but variances that are positive."""
    return [
        rng.uniform(0.5 if name == "moving_variance" else -1, 1, shape).astype("f4")
        for name, shape in network.weight_shapes()
    ]


@pytest.mark.tensorflow
@pytest.mark.parametrize("image_shape", [(8, 8), (7, 5), (1, 9), (1, 1)])
@pytest.mark.parametrize("layers", NETWORKS.values(), ids=NETWORKS)
def test_probabilities_are_those_of_keras(layers, image_shape):
    from skdigits.neural_network._keras_layers import build_model, keras

    network = Network(image_shape, layers)
    rng = np.random.default_rng(0)
    weights = random_weights(network, rng)
    X = rng.random((10, np.prod(image_shape)), dtype=np.float32)
    model = build_model(network, "float32")
    model.set_weights(weights)
    logits = model(X.reshape(-1, *image_shape, 1), training=False)
    expected = keras.ops.softmax(logits).numpy()
    assert_allclose(Predictor(network, weights)(X), expected, atol=1e-5)


def test_model_is_valid_and_takes_any_number_of_rows():
    network = Network((8, 8), NETWORKS["batch norm"])
    weights = random_weights(network, np.random.default_rng(0))
    model = to_onnx(network, weights)
    onnx.checker.check_model(model, full_check=True)
    predict = Predictor(network, weights)
    n_rows = 2 * BLOCK * BLOCKS_PER_TASK + BLOCK + 1
    X = np.random.default_rng(1).random((n_rows, 64), dtype=np.float32)
    everything = predict(X)
    assert everything.shape == (len(X), 3)
    assert everything.dtype == np.float32
    for start in range(0, n_rows, BLOCK):
        rows = slice(start, start + BLOCK)
        assert_array_equal(predict(X[rows]), everything[rows])
    assert_allclose(predict(X[:1]), everything[:1], atol=1e-6)

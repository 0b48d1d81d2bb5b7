import numpy as np
import pytest

from skdigits.neural_network._architecture import Network, convolutional_network


def network(image_shape=(28, 28), **params):
    defaults = {
        "conv_blocks": ((32,), (64,)),
        "stem_stride": 1,
        "stem_padding": "same",
        "global_pooling": False,
        "dense_units": (64,),
        "dropout": 0.0,
        "batch_norm": False,
        "activation": "relu",
    }
    arguments = {**defaults, **params}
    arguments.setdefault("kernel_sizes", [3] * len(arguments["conv_blocks"]))
    return convolutional_network(image_shape, 10, **arguments)


def shapes(net: Network):
    return [shape for _, shape in net.weight_shapes()]


def n_weights(net: Network):
    return sum(int(np.prod(shape)) for shape in shapes(net))


def test_textbook_network():
    assert shapes(network()) == [
        (3, 3, 1, 32),
        (32,),
        (3, 3, 32, 64),
        (64,),
        (7 * 7 * 64, 64),
        (64,),
        (64, 10),
        (10,),
    ]


def test_classic_network_with_batch_normalization():
    classic = network(
        conv_blocks=((64, 64), (128, 128), (256,)), dense_units=(512,), batch_norm=True
    )
    # Convolutions; two trained and two measured numbers a normalized channel; dense.
    kernels = 9 * (64 + 64 * 64 + 64 * 128 + 128 * 128 + 128 * 256)
    biases = 64 + 64 + 128 + 128 + 256
    normalizations = 4 * (64 + 128 + 256)
    dense = (3 * 3 * 256 + 1) * 512 + 513 * 10
    assert n_weights(classic) == kernels + biases + normalizations + dense


def test_stride_of_the_stem_applies_once():
    net = network(conv_blocks=((24, 48), (64,)), stem_stride=2, dense_units=())
    assert shapes(net)[-2:] == [(3 * 3 * 64, 10), (10,)]


def test_valid_padding_of_the_stem_makes_its_maps_smaller():
    params = {"conv_blocks": ((4, 5), (6,)), "dense_units": (), "kernel_sizes": [5, 3]}
    # 28 - 4 = 24 pixels, halved twice.
    assert shapes(network(**params, stem_padding="valid"))[-2] == (6 * 6 * 6, 10)
    strided = network(**params, stem_padding="valid", stem_stride=2)
    assert [size for _, size in strided.walk()][1] == (12, 12, 4)


def test_kernel_size_of_each_block():
    net = network(conv_blocks=((4, 5), (6,)), kernel_sizes=[5, 1])
    kernels = [shape[:2] for shape in shapes(net) if len(shape) == 4]
    assert kernels == [(5, 5), (5, 5), (1, 1)]


def test_global_pooling_replaces_the_last_pooling():
    params = {"conv_blocks": ((4,), (6,)), "dense_units": (), "dropout": 0.5}
    net = network(**params, batch_norm=True, global_pooling=True)
    assert [type(layer).__name__ for layer in net.layers] == [
        "Convolution",
        "MaxPooling",
        "BatchNormalization",
        "Convolution",
        "BatchNormalization",
        "GlobalAveragePooling",
        "Dropout",
        "Dense",
    ]
    assert shapes(net)[-2] == (6, 10)


@pytest.mark.parametrize("n_features", [1, 2, 3, 5])
def test_axes_of_one_pixel_are_not_pooled(n_features):
    net = network((1, n_features), conv_blocks=((4,), (4,), (4,)), dense_units=())
    assert shapes(net)[-2] == (4, 10)


def test_dropout_thins_hidden_layers_or_else_the_features():
    def kinds(net):
        return [type(layer).__name__ for layer in net.layers]

    assert kinds(network(dropout=0.5))[-3:] == ["Dense", "Dropout", "Dense"]
    assert kinds(network(dropout=0.5, dense_units=()))[-3:] == [
        "Flatten",
        "Dropout",
        "Dense",
    ]
    assert "Dropout" not in kinds(network())


def test_initial_weights_are_glorot_uniform_and_seeded():
    net = network(batch_norm=True)
    weights = net.initial_weights(np.random.RandomState(0))
    again = net.initial_weights(np.random.RandomState(0))
    for (name, shape), array, same in zip(
        net.weight_shapes(), weights, again, strict=True
    ):
        np.testing.assert_array_equal(array, same)
        assert array.shape == shape
        assert array.dtype == np.float32
        if name == "kernel":
            limit = np.sqrt(6 / (np.prod(shape[:-2]) * sum(shape[-2:])))
            assert 0.9 * limit < abs(array).max() <= limit
        else:
            assert (array == (name in ("gamma", "moving_variance"))).all()

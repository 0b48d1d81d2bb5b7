"""From layers and weights to probabilities, on ONNX Runtime and without TensorFlow."""

from collections.abc import Sequence
from math import ceil, prod

import numpy as np
import onnx

from skdigits._onnx_graph import Graph, tensor_info
from skdigits._onnxruntime import onnxruntime
from skdigits._threads import run_in_blocks
from skdigits.neural_network._architecture import (
    BatchNormalization,
    Convolution,
    Dense,
    Dropout,
    Flatten,
    GlobalAveragePooling,
    Layer,
    MaxPooling,
    Shape,
)
from skdigits.neural_network._built_network import AnyNetwork, BuiltNetwork

# Images that go through the layers together: few enough for their feature maps to stay
# in the processor's cache, whatever the length of X.
BLOCK = 16
# Blocks that a thread takes at a time.
BLOCKS_PER_TASK = 4
INPUT = "images"

# Activations by the names of Keras, as chains of ONNX operators.
ACTIVATIONS = {
    "elu": ("Elu",),
    "linear": (),
    "log_sigmoid": ("Neg", "Softplus", "Neg"),
    "relu": ("Relu",),
    "sigmoid": ("Sigmoid",),
    "tanh": ("Tanh",),
}


class Predictor:
    """Probabilities of a network with given weights.

    One session with a thread of its own serves everyone; long inputs are cut into
    blocks that a shared pool of threads works on. So a single image does not wait
    for threads, a block gives the same bits whatever the number of threads, and
    memory does not grow with the number of images.

    Parameters
    ----------
    network : Network or BuiltNetwork
        The layers.

    weights : list of ndarray
        Their weights, as :meth:`Network.weight_shapes` orders them.

    white_level : float, default=1.0
        Number that pixels are divided by.
    """

    def __init__(
        self,
        network: AnyNetwork,
        weights: Sequence[np.ndarray],
        white_level: float = 1.0,
    ):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(
            to_onnx(network, weights, white_level).SerializeToString(),
            options,
            providers=["CPUExecutionProvider"],
        )
        self._n_classes = network.n_classes

    def __call__(self, X: np.ndarray) -> np.ndarray:
        """Predict the probabilities, float32 of shape (n, n_classes)."""
        n_rows = len(X)
        if n_rows <= BLOCK:
            return self._predict(X)
        probabilities = np.empty((n_rows, self._n_classes), np.float32)

        def run(task: slice) -> None:
            for start in range(task.start, task.stop, BLOCK):
                rows = slice(start, min(start + BLOCK, task.stop))
                probabilities[rows] = self._predict(X[rows])

        run_in_blocks(run, n_rows, BLOCK * BLOCKS_PER_TASK)
        return probabilities

    def _predict(self, X: np.ndarray) -> np.ndarray:
        images = np.ascontiguousarray(X, dtype=np.float32)
        return self._session.run(None, {INPUT: images})[0]


def to_onnx(
    network: AnyNetwork, weights: Sequence[np.ndarray], white_level: float = 1.0
) -> onnx.ModelProto:
    """Write a network as an ONNX model.

    Parameters
    ----------
    network : Network or BuiltNetwork
        The layers.

    weights : list of ndarray
        Their weights, as :meth:`Network.weight_shapes` orders them.

    white_level : float, default=1.0
        Number that pixels are divided by.

    Returns
    -------
    model : onnx.ModelProto
        Takes float32 "images" of shape (n, h * w), gives float32 probabilities of
        shape (n, n_classes), for any n.
    """
    graph = Graph()
    probabilities = add_network(graph, network, weights, INPUT, white_level=white_level)
    float32 = np.dtype(np.float32)
    return graph.model(
        [tensor_info(INPUT, float32, ["n", prod(network.image_shape)])],
        [tensor_info(probabilities, float32, ["n", network.n_classes])],
    )


def add_network(
    graph: Graph,
    network: AnyNetwork,
    weights: Sequence[np.ndarray],
    images: str,
    *,
    white_level: float = 1.0,
) -> str:
    """Add a network to an ONNX graph.

    Parameters
    ----------
    graph : Graph
        Gets the nodes.

    network, weights : object
        As :func:`to_onnx` takes them.

    images : str
        Name of a float32 tensor of shape (n, h * w).

    white_level : float, default=1.0
        Number that pixels are divided by.

    Returns
    -------
    probabilities : str
        Name of a float32 tensor of shape (n, n_classes).
    """
    if white_level != 1:
        images = graph("Div", images, np.float32(white_level))
    if isinstance(network, BuiltNetwork):
        return network.add_to(graph, weights, images)
    values = graph("Reshape", images, np.array([-1, 1, *network.image_shape]))
    remaining = iter(weights)
    flattened_shape: Shape | None = None
    for layer, shape in network.walk():
        arrays = {name: next(remaining) for name in layer.weight_shapes(shape)}
        if isinstance(layer, Flatten):
            flattened_shape = shape
        elif isinstance(layer, Dense) and flattened_shape is not None:
            arrays["kernel"] = _channels_first_rows(arrays["kernel"], flattened_shape)
            flattened_shape = None
        values = _add_layer(graph, layer, shape, arrays, values)
    return graph("Softmax", values, axis=1)


def _add_layer(
    graph: Graph, layer: Layer, shape: Shape, arrays: dict[str, np.ndarray], values: str
) -> str:
    match layer:
        case Convolution():
            values = _convolve(graph, layer, shape, arrays, values)
            return _activate(graph, layer.activation, values)
        case MaxPooling():
            size = layer.pool_size(shape)
            return graph("MaxPool", values, kernel_shape=size, strides=size)
        case BatchNormalization():
            return graph(
                "BatchNormalization", values, *arrays.values(), epsilon=layer.epsilon
            )
        case GlobalAveragePooling():
            return graph("Flatten", graph("GlobalAveragePool", values), axis=1)
        case Flatten():
            return graph("Flatten", values, axis=1)
        case Dense():
            values = graph("Gemm", values, *arrays.values())
            return _activate(graph, layer.activation, values)
        case Dropout():
            return values  # predictions use all features


def _convolve(
    graph: Graph,
    layer: Convolution,
    shape: Shape,
    arrays: dict[str, np.ndarray],
    values: str,
) -> str:
    pads = [(0, 0), (0, 0)]
    if layer.padding == "same":
        pads = [
            _same_padding(size, layer.kernel_size, layer.stride) for size in shape[:2]
        ]
    return graph(
        "Conv",
        values,
        arrays["kernel"].transpose(3, 2, 0, 1),
        arrays["bias"],
        kernel_shape=[layer.kernel_size] * 2,
        strides=[layer.stride] * 2,
        pads=[before for before, _ in pads] + [after for _, after in pads],
    )


def _activate(graph: Graph, name: str, values: str) -> str:
    for operator in ACTIVATIONS[name]:
        values = graph(operator, values)
    return values


def _same_padding(size: int, kernel_size: int, stride: int) -> tuple[int, int]:
    """Pixels to add before and after, as TensorFlow's "SAME" does."""
    total = max((ceil(size / stride) - 1) * stride + kernel_size - size, 0)
    return total // 2, total - total // 2


def _channels_first_rows(kernel: np.ndarray, shape: Shape) -> np.ndarray:
    """Reorder the rows of a dense kernel: ONNX flattens with the channels first."""
    rows = np.arange(len(kernel)).reshape(shape).transpose(2, 0, 1)
    return kernel[rows.ravel()]

"""From layers and weights to probabilities, on ONNX Runtime and without TensorFlow."""

from collections.abc import Sequence
from math import ceil
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from skdigits._onnxruntime import onnxruntime
from skdigits._threads import run_in_threads
from skdigits.neural_network._architecture import (
    BatchNormalization,
    Convolution,
    Dense,
    Dropout,
    Flatten,
    Layer,
    MaxPooling,
    Network,
    Shape,
)

# Images that go through the layers together: few enough for their feature maps to stay
# in the processor's cache, whatever the length of X.
BLOCK = 16
# Blocks that a thread takes at a time.
BLOCKS_PER_TASK = 16
OPSET = 17
IR_VERSION = 8
INPUT, OUTPUT = "images", "probabilities"

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
    network : Network
        The layers.

    weights : list of ndarray
        Their weights, as :meth:`Network.weight_shapes` orders them.
    """

    def __init__(self, network: Network, weights: Sequence[np.ndarray]):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(
            to_onnx(network, weights).SerializeToString(),
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
        n_rows_per_task = BLOCK * BLOCKS_PER_TASK

        def run(first: int) -> None:
            stop = min(first + n_rows_per_task, n_rows)
            for start in range(first, stop, BLOCK):
                rows = slice(start, min(start + BLOCK, stop))
                probabilities[rows] = self._predict(X[rows])

        run_in_threads(run, range(0, n_rows, n_rows_per_task))
        return probabilities

    def _predict(self, X: np.ndarray) -> np.ndarray:
        images = np.ascontiguousarray(X, dtype=np.float32)
        return self._session.run([OUTPUT], {INPUT: images})[0]


def to_onnx(network: Network, weights: Sequence[np.ndarray]) -> onnx.ModelProto:
    """Write a network as an ONNX model.

    Parameters
    ----------
    network : Network
        The layers.

    weights : list of ndarray
        Their weights, as :meth:`Network.weight_shapes` orders them.

    Returns
    -------
    model : onnx.ModelProto
        Takes float32 "images" of shape (n, h * w), gives float32 "probabilities"
        of shape (n, n_classes), for any n.
    """
    height, width = network.image_shape
    graph = _Graph()
    graph.add("Reshape", graph.constant(np.array([-1, 1, height, width])))
    remaining = iter(weights)
    flattened_shape: Shape | None = None
    for layer, shape in network.walk():
        arrays = {name: next(remaining) for name in layer.weight_shapes(shape)}
        if isinstance(layer, Flatten):
            flattened_shape = shape
        elif isinstance(layer, Dense) and flattened_shape is not None:
            arrays["kernel"] = _channels_first_rows(arrays["kernel"], flattened_shape)
            flattened_shape = None
        _add_layer(graph, layer, shape, arrays)
    graph.add("Softmax", axis=1)
    return graph.model(height * width, network.n_classes)


class _Graph:
    """A chain of ONNX nodes, each of which takes the output of the one before."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []
        self.last = INPUT

    def constant(self, array: np.ndarray) -> str:
        name = f"constant_{len(self.constants)}"
        array = np.ascontiguousarray(array)
        self.constants.append(numpy_helper.from_array(array, name))
        return name

    def add(self, operator: str, *inputs: str, **attributes: Any) -> None:
        output = f"{operator}_{len(self.nodes)}"
        self.nodes.append(
            helper.make_node(operator, [self.last, *inputs], [output], **attributes)
        )
        self.last = output

    def add_activation(self, name: str) -> None:
        for operator in ACTIVATIONS[name]:
            self.add(operator)

    def model(self, n_features: int, n_classes: int) -> onnx.ModelProto:
        self.nodes[-1].output[0] = OUTPUT
        float_values = [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, [None, size])
            for name, size in ((INPUT, n_features), (OUTPUT, n_classes))
        ]
        graph = helper.make_graph(
            self.nodes, "skdigits", float_values[:1], float_values[1:], self.constants
        )
        return helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid("", OPSET)],
            ir_version=IR_VERSION,
            producer_name="skdigits",
        )


def _add_layer(
    graph: _Graph, layer: Layer, shape: Shape, arrays: dict[str, np.ndarray]
) -> None:
    match layer:
        case Convolution():
            _add_convolution(graph, layer, shape, arrays)
        case MaxPooling():
            pool_size = layer.pool_size(shape)
            graph.add("MaxPool", kernel_shape=pool_size, strides=pool_size)
        case BatchNormalization():
            constants = [graph.constant(array) for array in arrays.values()]
            graph.add("BatchNormalization", *constants, epsilon=layer.epsilon)
        case Flatten():
            graph.add("Flatten", axis=1)
        case Dense():
            graph.add("Gemm", *(graph.constant(array) for array in arrays.values()))
            graph.add_activation(layer.activation)
        case Dropout():
            pass  # predictions use all features


def _add_convolution(
    graph: _Graph, layer: Convolution, shape: Shape, arrays: dict[str, np.ndarray]
) -> None:
    pads = [_same_padding(size, layer.kernel_size, layer.stride) for size in shape[:2]]
    graph.add(
        "Conv",
        graph.constant(arrays["kernel"].transpose(3, 2, 0, 1)),
        graph.constant(arrays["bias"]),
        kernel_shape=[layer.kernel_size] * 2,
        strides=[layer.stride] * 2,
        pads=[before for before, _ in pads] + [after for _, after in pads],
    )
    graph.add_activation(layer.activation)


def _same_padding(size: int, kernel_size: int, stride: int) -> tuple[int, int]:
    """Pixels to add before and after, as TensorFlow's "SAME" does."""
    total = max((ceil(size / stride) - 1) * stride + kernel_size - size, 0)
    return total // 2, total - total // 2


def _channels_first_rows(kernel: np.ndarray, shape: Shape) -> np.ndarray:
    """Reorder the rows of a dense kernel: ONNX flattens with the channels first."""
    rows = np.arange(len(kernel)).reshape(shape).transpose(2, 0, 1)
    return kernel[rows.ravel()]

"""Functions of TensorFlow as ONNX graphs, by tf2onnx, as `keras.Model.export` does."""

import logging
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import onnx

from skdigits._onnx_graph import OPSETS
from skdigits._require import require
from skdigits.neural_network._graph_checks import IMAGES, OPERATORS
from skdigits.neural_network._graph_slim import slim_graph
from skdigits.neural_network._keras_outputs import leaves
from skdigits.neural_network._keras_process import keras, tf


def export_graph(
    predict: Callable[..., Any], images: Any, shapes: Sequence[tuple[int, ...]]
) -> bytes:
    """Export a function of images and weights.

    The weights are inputs of the graph, so that one export serves all weights that a
    training makes; ONNX Runtime computes once whatever depends on them alone.

    Parameters
    ----------
    predict : callable
        Takes tensors: the images, then the weights.

    images : tf.TensorSpec
        Shape and type of the images.

    shapes : list of tuple
        Those of the weights.

    Returns
    -------
    graph : bytes
        An ONNX model of the inputs "images", "weight_0", ...

    Raises
    ------
    ImportError
        If tf2onnx is not installed.
    ValueError
        If it cannot be exported.
    """
    require("tf2onnx", "tensorflow", "KerasClassifier")
    specs = [tf.TensorSpec(images.shape, images.dtype, name=IMAGES)]
    for i, shape in enumerate(shapes):
        specs.append(tf.TensorSpec(shape, tf.float32, name=f"weight_{i}"))
    function = tf.function(predict, input_signature=specs, autograph=False)
    with _in_silence():
        from tf2onnx import convert

        try:
            captures = function.get_concrete_function(*specs).graph.captures
            model, _ = convert.from_function(
                function,
                input_signature=specs,
                opset=OPSETS[""],
                custom_op_handlers={
                    "Einsum": (_sum_of_products, []),
                    "Erfc": (_complementary_error_function, []),
                },
            )
        # Of many kinds: tf2onnx meets operations that it does not expect.
        except Exception as error:
            raise ValueError(f"is not known to tf2onnx: {error!s:.300}") from error
    _give_values(model, captures)
    unknown = sorted({node.op_type for node in model.graph.node} - OPERATORS)
    if unknown:
        raise ValueError(
            f"needs {', '.join(unknown)}, which a saved network cannot hold"
        )
    inputs = {IMAGES: ["n", *images.shape[1:]]}
    inputs |= {f"weight_{i}": list(shape) for i, shape in enumerate(shapes)}
    return slim_graph(model, inputs)


def _give_values(model: onnx.ModelProto, captures: Any) -> None:
    """Make constants of tensors that layers hold; tf2onnx takes them for inputs."""
    known = {tensor.name for tensor in model.graph.initializer}
    used = {name for node in model.graph.node for name in node.input} - known
    model.graph.initializer.extend(
        onnx.numpy_helper.from_array(held.numpy(), placeholder.name)
        for held, placeholder in captures
        if placeholder.name in used
    )


@contextmanager
def _in_silence() -> Iterator[None]:
    """Keep back what tf2onnx logs and warns of: errors say it, or it is harmless."""
    logger = logging.getLogger("tf2onnx")
    level = logger.level
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import tf2onnx  # noqa: F401 # it sets its loggers up

        logger.setLevel(logging.CRITICAL)
        try:
            yield
        finally:
            logger.setLevel(level)


def _complementary_error_function(
    graph: Any, node: Any, name: str, arguments: Any
) -> None:
    """Write TensorFlow's Erfc, of which the GELU is made, as 1 - Erf."""
    error = graph.make_node("Erf", node.input)
    one = graph.make_const(f"{node.name}_one", np.float32(1))
    node.type = "Sub"
    graph.replace_inputs(node, [one.output[0], error.output[0]])


def _sum_of_products(graph: Any, node: Any, name: str, arguments: Any) -> None:
    """Write the products of matrices in TensorFlow's Einsum, as attention has them.

    Others are left to tf2onnx, which asks for sizes during predictions if it knows
    none: then nobody can tell before how large a tensor is.
    """
    from tf2onnx.onnx_opset.math import Einsum

    terms, _, result = node.get_attr_value("equation").decode().partition("->")
    left, _, right = terms.partition(",")
    stacked = "".join(axis for axis in result if axis in left and axis in right)
    rows = "".join(axis for axis in result if axis not in right)
    columns = "".join(axis for axis in result if axis not in left)
    inner = "".join(axis for axis in left if axis in right and axis not in result)
    if (
        not len(rows) == len(columns) == len(inner) == 1
        or sorted(left) != sorted(stacked + rows + inner)
        or sorted(right) != sorted(stacked + inner + columns)
    ):
        Einsum.version_12(graph, node)
        return

    def transposed(tensor: str, axes: str, wanted: str, **output: Any) -> str:
        order = [axes.index(axis) for axis in wanted]
        made = graph.make_node("Transpose", [tensor], attr={"perm": order}, **output)
        return made.output[0]

    [output] = node.output
    shapes, dtypes = [graph.get_shape(output)], [graph.get_dtype(output)]
    factors = [
        transposed(node.input[0], left, stacked + rows + inner),
        transposed(node.input[1], right, stacked + inner + columns),
    ]
    graph.remove_node(node.name)
    [product] = graph.make_node("MatMul", factors).output
    transposed(
        product,
        stacked + rows + columns,
        result,
        outputs=[output],
        shapes=shapes,
        dtypes=dtypes,
    )


def culprit_of(model: Any) -> str:
    """Name the first layer that cannot be exported by itself.

    Parameters
    ----------
    model : keras.Model
        One that cannot be exported.

    Returns
    -------
    culprit : str
        The beginning of a sentence.
    """
    for layer in leaves(model):
        shape = getattr(getattr(layer, "input", None), "shape", None)
        if shape is None or isinstance(layer, keras.layers.InputLayer):
            continue

        def call(images: Any, layer: Any = layer) -> Any:
            return layer(images, training=False)

        try:
            export_graph(call, tf.TensorSpec(shape, tf.float32), [])
        except ValueError:
            return f"the layer {layer.name!r}, a {type(layer).__name__},"
    return "it"

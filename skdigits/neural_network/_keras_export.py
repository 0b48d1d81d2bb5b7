"""Functions of TensorFlow as ONNX graphs, by tf2onnx, as `keras.Model.export` does."""

import logging
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from skdigits._onnx_graph import OPSETS
from skdigits._require import require
from skdigits.neural_network._graph_checks import IMAGES, OPERATORS, slim_graph
from skdigits.neural_network._keras import keras, tf


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
            model, _ = convert.from_function(
                function,
                input_signature=specs,
                opset=OPSETS[""],
                custom_op_handlers={"Erfc": (_complementary_error_function, [])},
            )
        # Of many kinds: tf2onnx meets operations that it does not expect.
        except Exception as error:
            raise ValueError(f"is not known to tf2onnx: {error!s:.300}") from error
    unknown = sorted({node.op_type for node in model.graph.node} - OPERATORS)
    if unknown:
        raise ValueError(
            f"needs {', '.join(unknown)}, which a saved network cannot hold"
        )
    inputs = {IMAGES: ["n", *images.shape[1:]]}
    inputs |= {f"weight_{i}": list(shape) for i, shape in enumerate(shapes)}
    return slim_graph(model, inputs)


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


def leaves(model: Any) -> Iterator[Any]:
    """Go through the layers of a model, and of the models in it.

    Parameters
    ----------
    model : keras.Model
        Any.

    Yields
    ------
    layer : keras.Layer
        One that is no model that says what its layers are.
    """
    for layer in model.layers:
        says_what = isinstance(layer, keras.Sequential) or hasattr(layer, "operations")
        if isinstance(layer, keras.Model) and says_what:
            yield from leaves(layer)
        else:
            yield layer

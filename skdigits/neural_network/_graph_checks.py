"""ONNX graphs from outside, checked before ONNX Runtime sees them.

A graph here is what `KerasClassifier` keeps of a network: nodes and a few constants;
the weights are inputs. It may come from a file of a stranger. ONNX Runtime and ONNX's
shape inference are compiled code that trusts much of what a graph says.
"""

from collections.abc import Iterator
from math import prod

import numpy as np
import onnx
from onnx import AttributeProto, TensorProto, helper, shape_inference

from skdigits._images import ImageShape
from skdigits._onnx_graph import IR_VERSION, OPSETS
from skdigits.neural_network._architecture import Shape

IMAGES = "images"
MAX_BYTES = 1 << 20
MAX_NODES = 5_000
# Of the images that the sizes below are for: those that go through the layers together.
N_IMAGES = 16
# Numbers in one tensor, and in all of them; multiplications.
MAX_VALUES = 1 << 26
MAX_TOTAL = 1 << 29
MAX_PRODUCTS = 1 << 38
# Height, width, stride, padding, axis, ... in an attribute.
MAX_NUMBER = 1 << 16
MAX_DIMENSIONS = 8

# No loops or conditions, no random numbers, no texts, no files; nothing that makes room
# for more than its inputs and its output.
OPERATORS = frozenset(
    """
    Abs Add And AveragePool BatchNormalization Cast Ceil Celu Clip Concat Conv
    ConvTranspose Cos DepthToSpace Div Elu Equal Erf Exp Expand Flatten Floor Gather
    Gemm GlobalAveragePool GlobalMaxPool Greater GreaterOrEqual HardSigmoid
    HardSwish Identity InstanceNormalization LayerNormalization LeakyRelu Less
    LessOrEqual Log LogSoftmax MatMul Max MaxPool Mean Min Mul Neg Not Or PRelu Pad
    Pow Reciprocal ReduceL1 ReduceL2 ReduceMax ReduceMean ReduceMin ReduceProd
    ReduceSum ReduceSumSquare Relu Reshape Resize Round Selu Shape Sigmoid Sign Sin
    Slice Softmax Softplus Softsign SpaceToDepth Split Sqrt Squeeze Sub Sum Tanh
    ThresholdedRelu Tile Transpose Unsqueeze Where
    """.split()  # noqa: SIM905 # a line for each would be a page
)
ATTRIBUTES = {
    AttributeProto.FLOAT,
    AttributeProto.FLOATS,
    AttributeProto.INT,
    AttributeProto.INTS,
    AttributeProto.STRING,
}
# Compiled code divides by these.
POSITIVE = {"blocksize", "dilations", "group", "kernel_shape", "strides"}
NOT_NEGATIVE = {"pads", "output_padding"}
# Types of constants, and of what a Cast gives, with their sizes in bytes.
CONSTANTS: dict[int, int] = {
    TensorProto.BOOL: 1,
    TensorProto.FLOAT: 4,
    TensorProto.INT32: 4,
    TensorProto.INT64: 8,
}


def check_graph(graph: bytes, image_shape: ImageShape, n_classes: int) -> list[Shape]:
    """Refuse a graph that is not of a network's form, or that could do harm.

    Parameters
    ----------
    graph : bytes
        What should be an ONNX model of images and weights.

    image_shape : tuple (height, width)
        Shape of the images.

    n_classes : int
        Number of probabilities.

    Returns
    -------
    shapes : list of tuple
        Those of the weights.

    Raises
    ------
    ValueError
        If it is refused.
    """
    if len(graph) > MAX_BYTES:
        raise ValueError(
            f"has more than {MAX_BYTES:,} bytes without the weights; large constants "
            "belong into weights"
        )
    try:
        model = onnx.load_model_from_string(graph)
    except Exception as error:  # of protobuf, which has several
        raise ValueError("is not an ONNX model") from error
    _check_model(model)
    for constant in model.graph.initializer:
        _check_constant(constant)
    for node in model.graph.node:
        _check_node(node)
    _check_names(model.graph)
    shapes = _input_shapes(model.graph)
    if shapes[0][1:] != [*image_shape, 1]:
        raise ValueError(f"is for images of the shape {shapes[0][1:]}")
    _check_sizes(model, n_classes)
    return [tuple(shape) for shape in shapes[1:]]


def _check_model(model: onnx.ModelProto) -> None:
    opsets = [(opset.domain, opset.version) for opset in model.opset_import]
    if opsets != [("", OPSETS[""])]:
        raise ValueError(f"is of the operator sets {opsets!r:.99}")
    graph = model.graph
    if (
        model.functions
        or model.training_info
        or graph.sparse_initializer
        or graph.value_info
        or graph.quantization_annotation
    ):
        raise ValueError("holds more than nodes, constants, inputs and an output")
    if len(graph.node) > MAX_NODES:
        raise ValueError(f"has more than {MAX_NODES:,} nodes")


def _check_constant(tensor: onnx.TensorProto) -> None:
    if tensor.external_data or tensor.data_location != TensorProto.DEFAULT:
        raise ValueError("has a constant in another file")
    if tensor.data_type not in CONSTANTS or tensor.HasField("segment"):
        raise ValueError(f"has a constant of the type {tensor.data_type}")
    if min(tensor.dims, default=1) < 0 or len(tensor.dims) > MAX_DIMENSIONS:
        raise ValueError(f"has a constant of the shape {list(tensor.dims)!r:.99}")
    n_bytes = prod(tensor.dims) * CONSTANTS[tensor.data_type]
    if len(tensor.raw_data) != n_bytes:
        raise ValueError("has a constant of another size than it says")


def _check_node(node: onnx.NodeProto) -> None:
    if node.domain or node.overload or node.op_type not in OPERATORS:
        name = f"{node.domain}.{node.op_type}" if node.domain else node.op_type
        raise ValueError(f"has the operator {name:.99}")
    for attribute in node.attribute:
        if attribute.type not in ATTRIBUTES or attribute.ref_attr_name:
            raise ValueError(f"has a {node.op_type} with more than numbers and texts")
        # The field that is not of the type is empty, or 0.
        numbers = [*attribute.ints]
        if attribute.type == AttributeProto.INT:
            numbers.append(attribute.i)
        if attribute.name == "to" and attribute.i not in CONSTANTS:
            raise ValueError(f"has a Cast to the type {attribute.i}")
        least = -MAX_NUMBER
        if attribute.name in POSITIVE:
            least = 1
        elif attribute.name in NOT_NEGATIVE:
            least = 0
        if not all(least <= number <= MAX_NUMBER for number in numbers):
            raise ValueError(
                f"has a {node.op_type} whose {attribute.name:.99} is {numbers!r:.99}"
            )


def _check_names(graph: onnx.GraphProto) -> None:
    """Refuse what is used before it is made, and names that stand for two things."""
    known = {""}  # an optional input that is not given
    for name in _given_names(graph):
        if name in known:
            raise ValueError(f"has the name {name!r:.99} twice")
        known.add(name)
    for node in graph.node:
        if not known.issuperset(node.input):
            raise ValueError("uses a tensor that no node has made")
        for name in node.output:
            if name in known:
                raise ValueError(f"has the name {name!r:.99} twice")
            known.add(name)
    if len(graph.output) != 1 or graph.output[0].name not in known - {""}:
        raise ValueError("has not one output")


def _given_names(graph: onnx.GraphProto) -> Iterator[str]:
    for given in (graph.input, graph.initializer):
        yield from (item.name for item in given)


def _input_shapes(graph: onnx.GraphProto) -> list[list[int]]:
    if not graph.input or graph.input[0].name != IMAGES:
        raise ValueError(f"has no input {IMAGES!r}")
    shapes = []
    for given in graph.input:
        kind = given.type.tensor_type
        if kind.elem_type != TensorProto.FLOAT:
            raise ValueError(f"has an input {given.name!r:.99} of another type")
        shape = [dimension.dim_value for dimension in kind.shape.dim]
        least = 0 if given.name == IMAGES else 1
        if min(shape[not least :], default=1) < 1 or len(shape) > MAX_DIMENSIONS:
            raise ValueError(f"has an input {given.name!r:.99} of the shape {shape}")
        shapes.append(shape)
    return shapes


def _check_sizes(model: onnx.ModelProto, n_classes: int) -> None:
    """Refuse tensors whose size is not known, or too large."""
    model.graph.input[0].type.tensor_type.shape.dim[0].dim_value = N_IMAGES
    output = model.graph.output[0]
    output.type.ClearField("tensor_type")
    output.type.tensor_type.elem_type = TensorProto.FLOAT
    try:
        inferred = shape_inference.infer_shapes(
            model, check_type=True, strict_mode=True, data_prop=True
        ).graph
    except Exception as error:  # of kinds that depend on the version of ONNX
        raise ValueError(f"has shapes that do not fit: {error!s:.300}") from error
    sizes = {
        info.name: _size_of(info)
        for infos in (inferred.input, inferred.value_info, inferred.output)
        for info in infos
    }
    shapes = {name: shape for name, shape in sizes.items() if shape is not None}
    shapes |= {
        constant.name: tuple(constant.dims) for constant in model.graph.initializer
    }
    n_values = n_products = 0
    for node in model.graph.node:
        for name in filter(None, node.output):
            if min(shapes.get(name, (0,)), default=1) < 1:
                raise ValueError(f"has a {node.op_type} of no size or an unknown one")
            n_values += prod(shapes[name])
            if max(prod(shapes[name]), _n_columns(node, shapes)) > MAX_VALUES:
                raise ValueError(
                    f"has a {node.op_type} of more than {MAX_VALUES:,} numbers"
                )
        n_products += _n_products(node, shapes)
    if n_values > MAX_TOTAL or n_products > MAX_PRODUCTS:
        raise ValueError(
            f"makes more than {MAX_TOTAL:,} numbers, or {MAX_PRODUCTS:,} "
            f"multiplications, for {N_IMAGES} images"
        )
    if shapes.get(output.name) != (N_IMAGES, n_classes):
        raise ValueError(f"does not give {n_classes} probabilities an image")


def _size_of(info: onnx.ValueInfoProto) -> Shape | None:
    """Return a shape, if all of it is known."""
    kind = info.type.tensor_type
    if not kind.HasField("shape"):
        return None
    dimensions = kind.shape.dim
    if not all(dimension.HasField("dim_value") for dimension in dimensions):
        return None
    return tuple(dimension.dim_value for dimension in dimensions)


def _n_columns(node: onnx.NodeProto, shapes: dict[str, Shape]) -> int:
    """Return how many numbers a convolution lays out beside each other."""
    if node.op_type not in ("Conv", "ConvTranspose"):
        return 0
    kernel = shapes[node.input[1]]
    places = shapes[node.output[0] if node.op_type == "Conv" else node.input[0]]
    return prod(kernel[1:]) * prod(places[2:])


def _n_products(node: onnx.NodeProto, shapes: dict[str, Shape]) -> int:
    """Return at most how many numbers a node multiplies; few where it is one each."""
    output = prod(shapes[node.output[0]])
    match node.op_type:
        case "Conv":
            return output * prod(shapes[node.input[1]][1:])
        case "ConvTranspose":
            return prod(shapes[node.input[0]]) * prod(shapes[node.input[1]][1:])
        case "MatMul" | "Gemm":
            return output * max(shapes[node.input[0]])
        case "AveragePool" | "MaxPool":
            sizes = [a.ints for a in node.attribute if a.name == "kernel_shape"]
            return output * prod(*sizes)
    return 0


def slim_graph(model: onnx.ModelProto, inputs: dict[str, list]) -> bytes:
    """Reduce an exported model to what `check_graph` lets pass.

    Parameters
    ----------
    model : onnx.ModelProto
        Of the right operator set; nodes are sorted.

    inputs : dict of str to list
        Names and shapes of the inputs, of which the model may lack some.

    Returns
    -------
    graph : bytes
        With short names that do not depend on what was exported before.
    """
    names = {name: name for name in inputs} | {"": ""}
    constants: list[onnx.TensorProto] = []
    for tensor in model.graph.initializer:
        names[tensor.name] = f"constant_{len(constants)}"
        array = np.ascontiguousarray(onnx.numpy_helper.to_array(tensor))
        constants.append(
            helper.make_tensor(
                names[tensor.name],
                tensor.data_type,
                tensor.dims,
                array.tobytes(),
                raw=True,
            )
        )
    nodes = []
    for node in model.graph.node:
        if node.op_type == "Identity":
            names[node.output[0]] = names[node.input[0]]
            continue
        slim = onnx.NodeProto(op_type=node.op_type, domain=node.domain)
        slim.input.extend(names[name] for name in node.input)
        for name in node.output:
            names.setdefault(name, f"tensor_{len(names)}")
        slim.output.extend(names[name] for name in node.output)
        slim.attribute.extend(node.attribute)
        nodes.append(slim)
    [output] = model.graph.output
    graph = helper.make_graph(
        nodes,
        "network",
        [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
            for name, shape in inputs.items()
        ],
        [helper.make_tensor_value_info(names[output.name], TensorProto.FLOAT, None)],
        constants,
    )
    opset = helper.make_opsetid("", OPSETS[""])
    return helper.make_model(
        graph, opset_imports=[opset], ir_version=IR_VERSION
    ).SerializeToString()

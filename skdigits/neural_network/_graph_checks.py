"""ONNX graphs from outside, checked before ONNX Runtime sees them.

A graph here is what `KerasClassifier` keeps of a network: nodes and a few constants;
the weights are inputs. It may come from a file of a stranger. ONNX Runtime and ONNX's
shape inference are compiled code that trusts much of what a graph says.
"""

from collections.abc import Iterator
from math import prod

import onnx
from onnx import AttributeProto, TensorProto, shape_inference

from skdigits._images import ImageShape
from skdigits._onnx_graph import OPSETS
from skdigits.neural_network._architecture import Shape
from skdigits.neural_network._graph_growth import INTEGERS, check_growth

IMAGES = "images"
MAX_BYTES = 1 << 20
MAX_NODES = 5_000
# Of the images that the sizes below are for: those that go through the layers together.
N_IMAGES = 16
# Numbers in one tensor, and in all of them; multiplications.
MAX_VALUES = 1 << 26
MAX_TOTAL = 1 << 29
MAX_PRODUCTS = 1 << 38
# What weights and constants alone decide is computed when a model is loaded: numbers
# that go in and out, for each weight and besides; multiplications for each of these.
LOADING_PER_WEIGHT = 8
LOADING_BESIDES = 1 << 22
LOADING_PRODUCTS = 64
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
FIELDS = {"doc_string", "f", "floats", "i", "ints", "name", "s", "type"}
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
    check_growth(model.graph)
    # Of two numbers: what comes out must be as many rows as images, and not a constant.
    for n_images in (N_IMAGES, N_IMAGES + 1):
        _check_sizes(model, n_images, n_classes)
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
        name = _type_name(tensor.data_type)
        raise ValueError(f"has a constant of the type {name}")
    if min(tensor.dims, default=1) < 0 or len(tensor.dims) > MAX_DIMENSIONS:
        raise ValueError(f"has a constant of the shape {list(tensor.dims)!r:.99}")
    n_bytes = prod(tensor.dims) * CONSTANTS[tensor.data_type]
    if len(tensor.raw_data) != n_bytes:
        raise ValueError("has a constant of another size than it says")


def _type_name(number: int) -> str:
    known = number in TensorProto.DataType.values()
    return TensorProto.DataType.Name(number) if known else str(number)


def _check_node(node: onnx.NodeProto) -> None:
    if node.domain or node.overload or node.op_type not in OPERATORS:
        name = f"{node.domain}.{node.op_type}" if node.domain else node.op_type
        raise ValueError(f"has the operator {name:.99}")
    for attribute in node.attribute:
        fields = {field.name for field, _ in attribute.ListFields()}
        if attribute.type not in ATTRIBUTES or not fields <= FIELDS:
            raise ValueError(f"has a {node.op_type} with more than numbers and texts")
        # The field that is not of the type is empty, or 0.
        numbers = [*attribute.ints]
        if attribute.type == AttributeProto.INT:
            numbers.append(attribute.i)
        if attribute.name == "to" and attribute.i not in CONSTANTS:
            raise ValueError(f"has a Cast to the type {_type_name(attribute.i)}")
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


def _check_sizes(model: onnx.ModelProto, n_images: int, n_classes: int) -> None:
    """Refuse tensors whose size is not known, or too large."""
    inferred = _inferred(model, n_images)
    sizes = {info.name: _size_of(info) for info in inferred}
    shapes = {name: shape for name, shape in sizes.items() if shape is not None}
    kinds = {info.name: info.type.tensor_type.elem_type for info in inferred}
    for constant in model.graph.initializer:
        shapes[constant.name] = tuple(constant.dims)
        kinds[constant.name] = constant.data_type
    n_values = n_products = 0
    loading = _Loading(model.graph)
    for node in model.graph.node:
        if node.op_type == "Div" and kinds[node.input[1]] in INTEGERS:
            _check_divisor(model.graph, node.input[1])
        if node.op_type in ("Conv", "ConvTranspose"):
            _check_bias(node, shapes)
        for name in filter(None, node.output):
            if min(shapes.get(name, (0,)), default=1) < 1:
                raise ValueError(f"has a {node.op_type} of no size or an unknown one")
            if len(shapes[name]) > MAX_DIMENSIONS:
                raise ValueError(f"has a {node.op_type} of {len(shapes[name])} axes")
            n_values += prod(shapes[name])
            if max(prod(shapes[name]), _n_columns(node, shapes)) > MAX_VALUES:
                raise ValueError(
                    f"has a {node.op_type} of more than {MAX_VALUES:,} numbers"
                )
        n_products += _n_products(node, shapes)
        loading.add(node, shapes)
    if n_values > MAX_TOTAL or n_products > MAX_PRODUCTS:
        raise ValueError(
            f"makes more than {MAX_TOTAL:,} numbers, or {MAX_PRODUCTS:,} "
            f"multiplications, for {N_IMAGES} images"
        )
    if shapes.get(model.graph.output[0].name) != (n_images, n_classes):
        raise ValueError(f"does not give {n_classes} probabilities an image")


def _inferred(model: onnx.ModelProto, n_images: int) -> list[onnx.ValueInfoProto]:
    """Return what is known of all tensors but constants."""
    model.graph.input[0].type.tensor_type.shape.dim[0].dim_value = n_images
    output = model.graph.output[0]
    output.type.ClearField("tensor_type")
    output.type.tensor_type.elem_type = TensorProto.FLOAT
    try:
        inferred = shape_inference.infer_shapes(
            model, check_type=True, strict_mode=True, data_prop=True
        ).graph
    except Exception as error:  # of kinds that depend on the version of ONNX
        raise ValueError(f"has shapes that do not fit: {error!s:.300}") from error
    return [*inferred.input, *inferred.value_info, *inferred.output]


def _check_divisor(graph: onnx.GraphProto, name: str) -> None:
    """Refuse what integers must not be divided by, which ends the process."""
    for constant in graph.initializer:
        if constant.name == name and (onnx.numpy_helper.to_array(constant) > 0).all():
            return
    raise ValueError("divides integers by something else than positive constants")


def _check_bias(node: onnx.NodeProto, shapes: dict[str, Shape]) -> None:
    """Refuse a bias with another number of channels than the output has."""
    channels = shapes[node.output[0]][1:2]
    for name in filter(None, node.input[2:]):
        if shapes[name] != channels:
            raise ValueError(f"has a {node.op_type} with a bias of another size")


class _Loading:
    """Counts what ONNX Runtime computes when it loads a model, before any image."""

    def __init__(self, graph: onnx.GraphProto):
        weights = graph.input[1:]
        self._fixed = {item.name for item in (*weights, *graph.initializer)} | {""}
        n_weights = sum(
            prod(dim.dim_value for dim in weight.type.tensor_type.shape.dim)
            for weight in weights
        )
        self._most = LOADING_PER_WEIGHT * n_weights + LOADING_BESIDES
        self._n_values = self._n_products = 0

    def add(self, node: onnx.NodeProto, shapes: dict[str, Shape]) -> None:
        """Count a node, if images do not matter to it."""
        if not self._fixed.issuperset(node.input):
            return
        self._fixed.update(node.output)
        self._n_values += sum(
            prod(shapes[name]) for name in filter(None, (*node.input, *node.output))
        )
        self._n_products += _n_products(node, shapes)
        if (
            self._n_values > self._most
            or self._n_products > LOADING_PRODUCTS * self._most
        ):
            raise ValueError(
                f"computes too much with weights and constants alone: more than "
                f"{self._most:,} numbers, or {LOADING_PRODUCTS} multiplications each"
            )


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

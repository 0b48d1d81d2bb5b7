"""ONNX graphs, written node by node with one call each."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, compose, helper, numpy_helper

IR_VERSION = 8
OPSETS = {"": 17, "ai.onnx.ml": 3}


class Graph:
    """ONNX nodes in the order in which they are added.

    Calling it adds a node and returns the name of its output. Inputs are names of
    tensors, or arrays, which become constants.
    """

    def __init__(self) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []
        self._n_names = 0

    def __call__(
        self, operator: str, *inputs: str | np.ndarray | np.generic, **attributes: Any
    ) -> str:
        """Add a node that has one output."""
        return self.node(operator, *inputs, n_outputs=1, **attributes)[0]

    def node(
        self,
        operator: str,
        *inputs: str | np.ndarray | np.generic,
        n_outputs: int,
        **attributes: Any,
    ) -> list[str]:
        """Add a node, and return the names of its outputs."""
        names = [
            given if isinstance(given, str) else self._constant(given)
            for given in inputs
        ]
        outputs = [self._new_name(operator) for _ in range(n_outputs)]
        self._nodes.append(helper.make_node(operator, names, outputs, **attributes))
        return outputs

    def cast(self, tensor: str | np.ndarray, dtype: np.typing.DTypeLike) -> str:
        """Convert a tensor, or store an array in its own type and convert it then."""
        return self("Cast", tensor, to=helper.np_dtype_to_tensor_dtype(np.dtype(dtype)))

    def embed(self, model: onnx.ModelProto, tensor: str, output: int = 0) -> str:
        """Add the nodes of a model of one input that lead to one of its outputs."""
        model = compose.add_prefix(model, self._new_name("part") + "_")
        [taken] = model.graph.input
        result = model.graph.output[output].name
        self._nodes.append(helper.make_node("Identity", [tensor], [taken.name]))
        needed = {result}
        nodes = []
        for node in reversed(model.graph.node):
            if not needed.isdisjoint(node.output):
                needed.update(node.input)
                nodes.append(node)
        self._nodes += reversed(nodes)
        self._constants += [
            constant for constant in model.graph.initializer if constant.name in needed
        ]
        return result

    def name_output(self, tensor: str, name: str) -> None:
        """Give a tensor a name that users see."""
        self._nodes.append(helper.make_node("Identity", [tensor], [name]))

    def model(
        self, inputs: list[onnx.ValueInfoProto], outputs: list[onnx.ValueInfoProto]
    ) -> onnx.ModelProto:
        """Return the nodes as a model, which is a file but for its metadata."""
        graph = helper.make_graph(
            self._nodes, "skdigits", inputs, outputs, self._constants
        )
        opsets = [helper.make_opsetid(*item) for item in OPSETS.items()]
        return helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION)

    def _constant(self, array: np.ndarray | np.generic) -> str:
        name = self._new_name("constant")
        tensor = numpy_helper.from_array(np.ascontiguousarray(array), name)
        if np.ndim(array) == 0:  # which has become an array of one element
            del tensor.dims[:]
        self._constants.append(tensor)
        return name

    def _new_name(self, kind: str) -> str:
        self._n_names += 1
        return f"{kind}_{self._n_names}"


def tensor_info(
    name: str, dtype: np.dtype, shape: Sequence[int | str]
) -> onnx.ValueInfoProto:
    """Describe an input or an output.

    Parameters
    ----------
    name : str
        Its name.

    dtype : dtype
        Its type, object for strings.

    shape : list of int or str
        Its shape; a string names an axis of any length.

    Returns
    -------
    info : onnx.ValueInfoProto
        The description.
    """
    kind = (
        TensorProto.STRING
        if dtype.kind in "OUS"
        else helper.np_dtype_to_tensor_dtype(dtype)
    )
    return helper.make_tensor_value_info(name, kind, shape)

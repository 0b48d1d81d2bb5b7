"""Exported ONNX models, reduced to the graphs that `check_graph` lets pass."""

import numpy as np
import onnx
from onnx import TensorProto, helper

from skdigits._onnx_graph import IR_VERSION, OPSETS


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

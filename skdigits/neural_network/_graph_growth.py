"""How dimensions and lists of them can grow in an ONNX graph.

ONNX's inference of shapes lays out whatever a few nodes ask for: forty nodes that each
join a list of dimensions with itself make it fill the memory. So this comes before.
"""

from math import prod

import onnx
from onnx import TensorProto

# Of one tensor, at most; more than there are, if lists are cut before they are used.
MAX_AXES = 512
# Integers that the inference follows, in one tensor after the other.
MAX_FOLLOWED = 1 << 18
INTEGERS = {TensorProto.INT32, TensorProto.INT64}


def check_growth(graph: onnx.GraphProto) -> None:
    """Refuse a graph whose shapes, or whose lists of integers, would grow too long.

    Parameters
    ----------
    graph : onnx.GraphProto
        Its nodes use only what is made before.

    Raises
    ------
    ValueError
        If it is refused.
    """
    ranks = {item.name: len(item.type.tensor_type.shape.dim) for item in graph.input}
    ranks |= {item.name: len(item.dims) for item in graph.initializer}
    # Of what may be integers, how many there may be. All others are none.
    counts = {
        item.name: max(1, prod(item.dims))
        for item in graph.initializer
        if item.data_type in INTEGERS
    }
    n_followed = 0
    for node in graph.node:
        given = [ranks.get(name, 0) for name in node.input]
        listed = [counts.get(name, 0) for name in node.input]
        rank, count = max(given, default=0), 0
        if listed and listed[0]:  # types do not mix, but for a list beside the data
            count = max(listed)
        match node.op_type:
            case "Concat":
                count = sum(listed)
            case "Expand":
                rank = max(rank, *listed[1:2])
            case "Flatten":
                rank = max(rank, 2)
            case "Gather":
                rank = sum(given)
            case "Reshape":
                rank = sum(listed[1:2])
            case "Shape":
                count = rank
            case "Unsqueeze":
                rank += sum(listed[1:2])
        n_followed += count * len(node.output)
        if rank > MAX_AXES:
            raise ValueError(f"has a {node.op_type} of more than {MAX_AXES} axes")
        if n_followed > MAX_FOLLOWED:
            raise ValueError(f"computes with more than {MAX_FOLLOWED:,} integers")
        for name in node.output:
            ranks[name] = rank
            if count:
                counts[name] = count

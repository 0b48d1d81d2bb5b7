"""ONNX nodes, written one call each."""

from typing import NamedTuple

import numpy as np

from skdigits._onnx_graph import OPSETS, Graph, tensor_info

__all__ = ["OPSETS", "Graph", "Pixels", "tensor_info"]


class Pixels(NamedTuple):
    """Rows of numbers, by the name of their tensor and by their type."""

    name: str
    dtype: np.dtype

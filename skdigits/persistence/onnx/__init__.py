"""Fitted classifiers as ONNX files, which predict without Python.

An exported model makes the roundings that scikit-learn makes, where they decide: most
operators are written node by node, to `skdigits._onnx_graph.Graph`.
"""

from skdigits.persistence.onnx._export import export_onnx

__all__ = ["export_onnx"]

"""Models in files: without pickle, without TensorFlow, without trust."""

from skdigits.persistence.onnx import export_onnx
from skdigits.persistence.skops import (
    inspect_model,
    load_model,
    load_pretrained,
    save_model,
)

__all__ = [
    "export_onnx",
    "inspect_model",
    "load_model",
    "load_pretrained",
    "save_model",
]

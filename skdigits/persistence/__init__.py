"""Models in files: without pickle, without TensorFlow, without trust."""

from skdigits.persistence._export_onnx import export_onnx
from skdigits.persistence._load import inspect_model, load_model
from skdigits.persistence._pretrained import load_pretrained
from skdigits.persistence._save import save_model

__all__ = [
    "export_onnx",
    "inspect_model",
    "load_model",
    "load_pretrained",
    "save_model",
]

"""Models in .skops files: saved, looked at with suspicion, and loaded."""

from skdigits.persistence.skops._load import inspect_model, load_model, load_shipped
from skdigits.persistence.skops._pretrained import load_pretrained
from skdigits.persistence.skops._save import save_model

__all__ = [
    "inspect_model",
    "load_model",
    "load_pretrained",
    "load_shipped",
    "save_model",
]

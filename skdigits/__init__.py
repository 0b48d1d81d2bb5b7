"""skdigits: the scikit-learn toolkit for handwritten digits.

The public names live in the subpackages, which are imported on first use, so
that ``import skdigits`` stays cheap.
"""

from importlib import import_module
from types import ModuleType

__version__ = "0.2.0"

_SUBPACKAGES = (
    "app",
    "augmentation",
    "datasets",
    "inspection",
    "model_selection",
    "neural_network",
    "persistence",
    "preprocessing",
    "reading",
    "report",
)

__all__ = ["__version__", *_SUBPACKAGES]


def __getattr__(name: str) -> ModuleType:
    if name in _SUBPACKAGES:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)

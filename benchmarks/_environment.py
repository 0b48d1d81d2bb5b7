"""The machine and the versions that were measured on; no names, no paths."""

import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import joblib

PACKAGES = (
    "skdigits",
    "scikit-learn",
    "numpy",
    "tensorflow",
    "keras",
    "onnxruntime",
    "pillow",
    "numba",
    "scipy",
    "albumentations",
    "opencv-python-headless",
    "scikeras",
    "cleanlab",
    "rapidocr",
    "joblib",
    "dask",
    "distributed",
)


def environment() -> dict[str, object]:
    """Return the date, the processor and the versions."""
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "cpu": _cpu_model(),
        "cores": joblib.cpu_count(),
        "system": platform.system(),
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in PACKAGES},
    }


def _cpu_model() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None

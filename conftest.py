"""What all tests and doctests share."""

import os
import sys

import pytest

# Before anything imports SciPy: lets scikit-learn's array API check run.
os.environ.setdefault("SCIPY_ARRAY_API", "1")


@pytest.fixture(autouse=True)
def close_figures():
    """Close the figures that a test or a doctest leaves open."""
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")

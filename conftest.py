"""What all tests and doctests share."""

import os
import signal
import sys

import pytest

# Before anything imports SciPy: lets scikit-learn's array API check run.
os.environ.setdefault("SCIPY_ARRAY_API", "1")
# The tests tell nobody that they run; nor do the processes that they start.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
# Ctrl-C is tested; in the background of a shell it would be ignored from the start.
signal.signal(signal.SIGINT, signal.default_int_handler)

# Fixtures whose tests get a mark of that name.
MARKS_OF_FIXTURES = {"browser": "browser", "mnist_home": "mnist"}


@pytest.hookimpl(tryfirst=True)  # before -m chooses
def pytest_collection_modifyitems(items):
    """Mark tests by their fixtures."""
    for item in items:
        for fixture, mark in MARKS_OF_FIXTURES.items():
            if fixture in getattr(item, "fixturenames", ()):
                item.add_marker(mark)


@pytest.fixture(autouse=True)
def close_figures():
    """Close the figures that a test or a doctest leaves open."""
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")

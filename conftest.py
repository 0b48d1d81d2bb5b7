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

# They have no doctests; looking for some would import TensorFlow.
collect_ignore = [
    "skdigits/neural_network/_keras.py",
    "skdigits/neural_network/_keras_built.py",
    "skdigits/neural_network/_keras_export.py",
    "skdigits/neural_network/_keras_layers.py",
    "skdigits/neural_network/_keras_outputs.py",
    "skdigits/neural_network/_keras_process.py",
]

# Fixtures whose tests get a mark of that name.
MARKS_OF_FIXTURES = {"browser": "browser", "mnist_home": "mnist"}
NO_MARK = "a test that trains a Keras network needs the mark 'tensorflow'"


@pytest.hookimpl(tryfirst=True)  # before -m chooses
def pytest_collection_modifyitems(items):
    """Mark what cannot be marked where it stands."""
    for item in items:
        for fixture, mark in MARKS_OF_FIXTURES.items():
            if fixture in getattr(item, "fixturenames", ()):
                item.add_marker(mark)
        if is_about_keras(item):
            item.add_marker("tensorflow")


def is_about_keras(item):
    """Whether a doctest names a Keras classifier, or a check is given one."""
    if isinstance(item, pytest.DoctestItem):
        return any("Keras" in example.source for example in item.dtest.examples)
    parameters = item.callspec.params if hasattr(item, "callspec") else {}
    return hasattr(parameters.get("estimator"), "to_keras")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    """Let no test train a Keras network that is not marked as doing so.

    So the tests without the mark pass where TensorFlow is not installed.
    """
    if item.get_closest_marker("tensorflow"):
        return (yield)
    from skdigits.neural_network import _trainer_pool

    def fail():
        pytest.fail(NO_MARK)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_trainer_pool, "check_not_forked", fail)
        # For processes that the test starts: Keras refuses this backend there.
        patch.setenv("KERAS_BACKEND", NO_MARK)
        result = yield
        end_workers()
        return result


def end_workers():
    """End processes of joblib that started in this test; others would inherit them."""
    loky = sys.modules.get("joblib.externals.loky.reusable_executor")
    if loky is not None and loky._executor is not None:
        loky._executor.shutdown(wait=True, kill_workers=True)


@pytest.fixture(autouse=True)
def close_figures():
    """Close the figures that a test or a doctest leaves open."""
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")

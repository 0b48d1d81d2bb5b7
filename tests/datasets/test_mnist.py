"""The form of MNIST; how it is downloaded is in test_fetching.py."""

import os
import subprocess
import sys
import tracemalloc

import numpy as np
import pytest

from skdigits import _mnist_files
from skdigits.datasets import fetch_mnist


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    """Without mirrors nothing is requested."""
    monkeypatch.setattr(_mnist_files, "MIRRORS", ())


@pytest.fixture(scope="module")
def mnist(mnist_home):
    return fetch_mnist(data_home=mnist_home, download_if_missing=False)


def test_form(mnist):
    assert mnist.data.shape == (70_000, 784)
    assert mnist.images.shape == (70_000, 28, 28)
    assert mnist.data.dtype == mnist.images.dtype == np.uint8
    assert mnist.target.shape == (70_000,)
    assert mnist.target.dtype == np.int64
    np.testing.assert_array_equal(mnist.target_names, range(10))
    assert mnist.feature_names == [f"pixel{i}" for i in range(784)]
    assert mnist.frame is None
    assert "CC BY-SA 3.0" in mnist.DESCR
    assert "LeCun" in mnist.DESCR


def test_images_are_a_view_of_data(mnist):
    assert np.shares_memory(mnist.images, mnist.data)
    np.testing.assert_array_equal(mnist.images[5, 14], mnist.data[5, 392:420])


def test_known_sums(mnist):
    counts = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert np.bincount(mnist.target[:60_000]).tolist() == counts
    assert mnist.target[:5].tolist() == [5, 0, 4, 1, 9]
    assert mnist.target[60_000:60_005].tolist() == [7, 2, 1, 0, 4]
    # The mean that everybody uses to standardize the training images.
    assert mnist.data[:60_000].mean() / 255 == pytest.approx(0.1307, abs=5e-5)


def test_images_are_not_held_twice_while_loading(mnist_home):
    tracemalloc.start()
    try:
        mnist = fetch_mnist(data_home=mnist_home)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1.2 * mnist.data.nbytes


@pytest.mark.parametrize(
    ("subset", "rows"),
    [("train", slice(None, 60_000)), ("test", slice(60_000, None))],
)
def test_all_is_train_then_test(mnist, mnist_home, subset, rows):
    X, y = fetch_mnist(subset=subset, data_home=mnist_home, return_X_y=True)
    np.testing.assert_array_equal(X, mnist.data[rows])
    np.testing.assert_array_equal(y, mnist.target[rows])


def test_pinned_sizes(mnist_home):
    for files in _mnist_files.FILES.values():
        for file in files:
            assert (mnist_home / "mnist" / file.name).stat().st_size == file.n_bytes


def test_cached_files_need_neither_pooch_nor_requests(mnist_home):
    code = (
        "import sys; from skdigits.datasets import fetch_mnist; "
        "fetch_mnist(subset='test'); "
        "sys.exit(bool({'pooch', 'requests'} & set(sys.modules)))"
    )
    environment = {**os.environ, "SKDIGITS_DATA": str(mnist_home)}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)


@pytest.mark.parametrize(
    "kwargs",
    [
        {"subset": "valid"},
        {"data_home": 3},
        {"download_if_missing": "no"},
        {"return_X_y": "yes"},
        {"as_frame": "yes"},
        {"n_retries": -1},
        {"delay": -1},
    ],
)
def test_refuses_wrong_parameters(kwargs):
    (name,) = kwargs
    with pytest.raises(ValueError, match=f"'{name}' parameter of fetch_mnist"):
        fetch_mnist(**kwargs)

"""A reader, and digits for it to read."""

import pytest

from skdigits.datasets import fetch_mnist
from skdigits.reading import DigitReader


@pytest.fixture(scope="session")
def reader():
    return DigitReader()


@pytest.fixture(scope="session")
def digits(mnist_home):
    X, y = fetch_mnist(
        data_home=mnist_home, subset="train", return_X_y=True, download_if_missing=False
    )
    return X[:2000].reshape(-1, 28, 28), y[:2000]

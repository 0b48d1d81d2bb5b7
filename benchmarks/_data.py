"""The digits that both sides are given, as float32 rows of pixels from 0 to 1."""

import numpy as np
from sklearn.datasets import load_digits

from skdigits.datasets import fetch_mnist


def scaled_mnist(subset: str) -> tuple[np.ndarray, np.ndarray]:
    X, y = fetch_mnist(subset=subset, return_X_y=True)
    return X / np.float32(255), y


def scaled_digits() -> tuple[np.ndarray, np.ndarray]:
    X, y = load_digits(return_X_y=True)
    return (X / 16).astype(np.float32), y

"""The option ``--data`` of the commands, and the images that it stands for."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

MNIST_TRAIN_SIZE = 10_000


class Data(StrEnum):
    """The data sets that the commands know."""

    digits = "digits"
    mnist = "mnist"


def draw_training_images(
    data: str, train_size: int | None, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Draw images to train on, in random order, each digit in its proportion.

    Parameters
    ----------
    data : {"digits", "mnist"}
        The data set.

    train_size : int or None
        Number of images; None means all of the digits, and 10,000 of MNIST.

    seed : int
        Draws them.

    Returns
    -------
    X : ndarray of shape (train_size, h * w)
        uint8 images; of MNIST's training part only.

    y : ndarray of shape (train_size,)
        Labels.

    Raises
    ------
    OSError
        If MNIST is neither there nor can be fetched.
    ValueError
        If there are fewer images than `train_size`.
    """
    # Inside, so that the help of the commands is quick.
    from sklearn.utils import resample

    from skdigits.datasets import fetch_mnist, load_digits

    if data == "digits":
        X, y = load_digits(return_X_y=True)
        n_samples = train_size or len(X)
    else:
        X, y = fetch_mnist(subset="train", return_X_y=True)
        n_samples = train_size or MNIST_TRAIN_SIZE
    if n_samples > len(X):
        raise ValueError(
            f"train_size={n_samples}, but {data} has {len(X):,} images to train on."
        )
    X, y = resample(
        X, y, replace=False, n_samples=n_samples, stratify=y, random_state=seed
    )
    return X, y

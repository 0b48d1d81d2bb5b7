"""Images with labels, and parts of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    from skdigits._images import ImageShape


@dataclass(frozen=True)
class LabelledImages:
    """Images and what they show.

    Parameters
    ----------
    X : ndarray of shape (n, h * w)
        Images.

    y : ndarray of shape (n,)
        Labels.

    image_shape : tuple (h, w)
        Height and width.

    filenames : ndarray of shape (n,), default=None
        Files of the images, of all images in a folder; None otherwise.
    """

    X: np.ndarray
    y: np.ndarray
    image_shape: ImageShape
    filenames: np.ndarray | None = None


def split(
    images: LabelledImages, test_size: float, seed: int
) -> tuple[LabelledImages, LabelledImages]:
    """Hold images out to test on, of each label in proportion.

    Parameters
    ----------
    images : LabelledImages
        All.

    test_size : float
        Their share, between 0 and 1.

    seed : int
        Draws them.

    Returns
    -------
    train, test : LabelledImages
        Both parts.

    Raises
    ------
    ValueError
        If there are too few of a label.
    """
    from sklearn.model_selection import train_test_split

    X, X_test, y, y_test = train_test_split(
        images.X, images.y, test_size=test_size, stratify=images.y, random_state=seed
    )
    shape = images.image_shape
    return LabelledImages(X, y, shape), LabelledImages(X_test, y_test, shape)


def draw(
    images: LabelledImages, n_images: int, seed: int, name: str = "the data"
) -> LabelledImages:
    """Draw images, of each label in proportion, in random order.

    Parameters
    ----------
    images : LabelledImages
        All.

    n_images : int
        How many.

    seed : int
        Draws them.

    name : str, default="the data"
        Name of the data in the error.

    Returns
    -------
    drawn : LabelledImages
        Those.

    Raises
    ------
    ValueError
        If there are fewer images.
    """
    from sklearn.utils import resample

    if n_images > len(images.X):
        raise ValueError(
            f"train_size={n_images}, but {name} has {len(images.X):,} images to train "
            "on."
        )
    X, y = resample(
        images.X,
        images.y,
        replace=False,
        n_samples=n_images,
        stratify=images.y,
        random_state=seed,
    )
    return LabelledImages(X, y, images.image_shape)

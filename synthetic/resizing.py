"""Images resized and blurred, many at a time: two products of matrices each."""

import numpy as np
from PIL import Image


def resize(
    images: np.ndarray,
    shape: tuple[int, int],
    blur: tuple[float, float] = (0.0, 0.0),
) -> np.ndarray:
    """Blur images, and resize them as Pillow does.

    Parameters
    ----------
    images : ndarray of shape (n, h, w), float32
        Images of one size.

    shape : tuple (height, width)
        The new size, in pixels.

    blur : tuple of float, default=(0.0, 0.0)
        Standard deviation of a Gaussian down and across, in pixels of `images`.

    Returns
    -------
    resized : ndarray of shape (n, height, width), float32
        The images.
    """
    along_y, along_x = map(_resizing, images.shape[1:], shape, blur)
    return along_y @ images @ along_x.T


def _resizing(old: int, new: int, blur: float) -> np.ndarray:
    """Return the matrix that blurs and resizes one axis."""
    each = Image.fromarray(np.eye(old, dtype=np.float32))
    matrix = np.asarray(each.resize((old, new), Image.Resampling.BILINEAR))
    if blur > 0:
        places = np.arange(old)
        gaussian = np.exp(-0.5 * ((places[:, np.newaxis] - places) / blur) ** 2)
        gaussian /= gaussian.sum(axis=1, keepdims=True)
        matrix = matrix @ gaussian.astype(np.float32)
    return matrix

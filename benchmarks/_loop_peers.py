"""Deskewing and framing digits one by one, as tutorials and scripts do."""

from collections.abc import Sequence

import numpy as np


def deskew_one_by_one(images: np.ndarray, order: int) -> np.ndarray:
    """Deskew by moments and scipy.ndimage.

    Parameters
    ----------
    images : ndarray of shape (n, h, w)
        Digits, bright on black, none of them blank.

    order : int
        Of the splines; 3 is scipy's default.

    Returns
    -------
    deskewed : ndarray of shape (n, h, w)
        Of the same type.
    """
    return np.stack([_deskew(image, order) for image in images])


def _deskew(image: np.ndarray, order: int) -> np.ndarray:
    from scipy import ndimage

    rows, columns = np.mgrid[: image.shape[0], : image.shape[1]]
    # Moments are sums of many pixels: float32 would not do.
    ink = image.sum(dtype=float)
    row, column = (rows * image).sum() / ink, (columns * image).sum() / ink
    variance = ((rows - row) ** 2 * image).sum() / ink
    covariance = ((rows - row) * (columns - column) * image).sum() / ink
    matrix = np.array([[1, 0], [covariance / variance, 1]])
    offset = np.array([row, column]) - matrix @ (np.array(image.shape) / 2)
    return ndimage.affine_transform(image, matrix, offset, order=order)


def normalize_one_by_one(images: Sequence[np.ndarray]) -> np.ndarray:
    """Frame digits as MNIST does, with NumPy, Pillow and scipy.ndimage.

    Parameters
    ----------
    images : sequence of ndarray of shape (h, w), uint8
        Evenly lit digits, bright or dark, each of its own size.

    Returns
    -------
    framed : ndarray of shape (n, 28, 28), uint8
        Bright on black.
    """
    return np.stack([_normalize(image) for image in images])


def _normalize(image: np.ndarray) -> np.ndarray:
    from PIL import Image
    from scipy import ndimage

    border = [image[0], image[-1], image[1:-1, 0], image[1:-1, -1]]
    border = np.concatenate(border).astype(np.float32)
    paper = np.median(border)
    noise = 1.4826 * np.median(np.abs(border - paper))
    ink = image - paper
    if (ink * np.abs(ink)).sum() < 0:
        ink = -ink
    ink[ink <= 4 * noise] = 0
    if noise:  # what no other ink touches is noise, too
        has_ink = (ink > 0).astype(np.uint8)
        n_inked = ndimage.convolve(has_ink, np.ones((3, 3), np.uint8), mode="constant")
        ink[n_inked == 1] = 0
    left, top, right, bottom = Image.fromarray(ink > 0).getbbox()
    scale = 20 / max(right - left, bottom - top)
    size = [max(1, round(side * scale)) for side in (right - left, bottom - top)]
    method = Image.Resampling.BOX if scale < 1 else Image.Resampling.BILINEAR
    digit = Image.fromarray(ink[top:bottom, left:right]).resize(size, method)
    pixels = np.asarray(digit)
    white = max(np.sort(pixels, axis=None)[-20], pixels.max() / 2)
    pixels = np.rint(np.minimum(pixels / white, 1) * 255)
    first = np.ceil(13.5 - np.array(ndimage.center_of_mass(pixels)))
    top, left = np.clip(first, 0, np.subtract(28, pixels.shape)).astype(int)
    framed = np.zeros((28, 28), np.uint8)
    framed[top : top + pixels.shape[0], left : left + pixels.shape[1]] = pixels
    return framed

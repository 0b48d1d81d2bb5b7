"""Random affine maps and elastic displacements, drawn for many images at once."""

from functools import cache

import numpy as np
from numpy.random import RandomState

from skdigits._images import ImageShape

# Width of the Gaussian that smooths displacements, as a fraction of an axis: the 4
# pixels of 28 that Simard et al. found best.
SMOOTHING = 4 / 28
# Share of the variance below which a way to bend an axis is left out.
NEGLIGIBLE = 1e-4
# Length of an axis up to which fields are found for each of its places.
LONGEST_EXACT = 256


def draw_maps(
    n_images: int,
    image_shape: ImageShape,
    random_state: RandomState,
    *,
    rotation: float,
    shift: float,
    zoom: float,
    shear: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Draw an affine map for each image: slanted, rotated, zoomed, then shifted.

    Parameters
    ----------
    n_images : int
        How many.

    image_shape : tuple (height, width)
        In pixels; the middle of the image is what is rotated about.

    random_state : RandomState
        Gives the same five numbers for each image, whatever the ranges.

    rotation, shear : float
        Largest angles, in degrees.

    shift : float
        Largest shift, as a fraction of the height and the width.

    zoom : float
        Largest change of size.

    Returns
    -------
    matrices : ndarray of shape (n_images, 2, 2)
        From places in the result to places in the image, as :func:`warp` takes them.

    offsets : ndarray of shape (n_images, 2)
        Likewise.
    """
    size = np.array(image_shape)
    drawn = random_state.uniform(-1, 1, size=(n_images, 5)).T
    angle = np.radians(rotation) * drawn[0]
    slope = np.tan(np.radians(shear) * drawn[1])
    scale = 1 + zoom * drawn[2]
    shifts = shift * size * drawn[3:].T

    # The inverse of: rows times slope are added to columns, then rotation, then scale.
    cosine, sine = np.cos(angle) / scale, np.sin(angle) / scale
    matrices = np.empty((n_images, 2, 2))
    matrices[:, 0, 0] = cosine
    matrices[:, 0, 1] = sine
    matrices[:, 1, 0] = -sine - slope * cosine
    matrices[:, 1, 1] = cosine - slope * sine
    middle = (size - 1) / 2
    offsets = middle - np.einsum("nij,nj->ni", matrices, middle + shifts)
    # On an axis of a single pixel there is nowhere to go.
    matrices[:, size == 1] = 0
    offsets[:, size == 1] = 0
    return matrices, offsets


def draw_displacements(
    n_images: int, image_shape: ImageShape, random_state: RandomState, elastic: float
) -> np.ndarray:
    """Draw smooth fields by which pixels move, as from noise smoothed by a Gaussian.

    Such a field is a weighted sum of few smooth ones, so few numbers are drawn.

    Parameters
    ----------
    n_images : int
        How many.

    image_shape : tuple (height, width)
        In pixels.

    random_state : RandomState
        Draws the weights.

    elastic : float
        Standard deviation of what each pixel moves by, as a fraction of the axis.

    Returns
    -------
    displacements : ndarray of shape (n_images, 2, height, width), float32
        In pixels, down and to the right.
    """
    by_row, by_column = (_smooth_fields(length) for length in image_shape)
    shape = (n_images, 2, by_row.shape[1], by_column.shape[1])
    weights = random_state.standard_normal(shape).astype(np.float32)
    fields = by_row @ weights @ by_column.T
    size = np.array(image_shape, dtype=np.float32)
    fields *= (elastic * size * (size > 1))[:, np.newaxis, np.newaxis]
    return fields


@cache
def _smooth_fields(length: int) -> np.ndarray:
    """Return the fields along an axis, of shape (length, n_fields), float32.

    They are the eigenvectors of the covariance of smoothed noise. Weighted by standard
    normal numbers, their sum has variance 1 everywhere.
    """
    if length > LONGEST_EXACT:
        # Fields are smooth: between the places of fewer, lines will do.
        fields = _smooth_fields(LONGEST_EXACT)
        places = np.linspace(0, LONGEST_EXACT - 1, length)
        known = np.arange(LONGEST_EXACT)
        fields = np.stack([np.interp(places, known, field) for field in fields.T], 1)
        return fields.astype(np.float32)
    places = np.arange(length) / length
    distances = np.subtract.outer(places, places)
    covariance = np.exp(-((distances / (2 * SMOOTHING)) ** 2))
    variances, fields = np.linalg.eigh(covariance)
    kept = variances > NEGLIGIBLE * variances.max()
    fields = fields[:, kept] * np.sqrt(variances[kept])
    fields /= np.linalg.norm(fields, axis=1, keepdims=True)
    return fields.astype(np.float32)

"""The one batched affine resampler; deskewing and augmentation are built on it."""

from typing import Literal

import numpy as np
from numpy.typing import DTypeLike

from skdigits._threads import run_in_blocks

# Pixels that a thread takes at a time: about half a millisecond's work.
PIXELS_PER_TASK = 2**18
# What is added to a value before it becomes a pixel, in the type it is computed in.
ROUNDING = {
    np.dtype(np.uint8): np.float32(0.5),
    np.dtype(np.float32): np.float32(0),
    np.dtype(np.float64): np.float64(0),
}
# Of maps that are found in images: rounding errors of the images' moments are smaller,
# in pixels and in squared heights.
DECIMALS, TINY = 9, 1e-9


def warp(
    images: np.ndarray,
    matrices: np.ndarray,
    offsets: np.ndarray,
    displacements: np.ndarray | None = None,
    *,
    mode: Literal["constant", "grid-constant"] = "constant",
) -> np.ndarray:
    """Resample images by an affine map each, with bilinear interpolation.

    The output pixel at ``place = (row, column)`` is the input's value at ``matrix @
    place + offset + displacement[:, row, column]``, and black (0) if that lies
    outside the input. This is what :func:`scipy.ndimage.affine_transform` does with
    ``order=1`` and the same `mode`.

    Parameters
    ----------
    images : ndarray of shape (n, h, w)
        Pixels, uint8, float32 or float64, in any layout. They are not changed.

    matrices : ndarray of shape (n, 2, 2)
        Maps from places in the output to places in the input, in pixels.

    offsets : ndarray of shape (n, 2)
        Added to the places, in pixels.

    displacements : ndarray of shape (n, 2, h, w), default=None
        What is added to the row (first) and to the column of each place, in pixels,
        as float32. None means nothing.

    mode : {"constant", "grid-constant"}, default="constant"
        With "constant" a place counts as outside as soon as it passes the centre of
        a border pixel, be it by a rounding error: an image that is moved by half a
        pixel loses a row. With "grid-constant" the border fades into black instead.

    Returns
    -------
    warped : ndarray of shape (n, h, w)
        New images of the same type; uint8 is rounded, halves upwards.

    Raises
    ------
    ValueError
        If the shapes do not fit each other.
    TypeError
        If the images are of another type.

    Notes
    -----
    Places that are NaN or infinite are outside.
    """
    if images.dtype not in ROUNDING:
        raise TypeError(
            f"Images must be uint8, float32 or float64; got {images.dtype}. "
            "Convert them first, for instance with images.astype(np.float32)."
        )
    if images.ndim != 3:
        raise ValueError(
            f"Images must have the shape (n, h, w); got an array of {images.shape}."
        )
    n, height, width = images.shape
    pixels = readable(images, images.dtype, images.shape, "images")
    matrices = readable(matrices, np.float64, (n, 2, 2), "matrices")
    offsets = readable(offsets, np.float64, (n, 2), "offsets")
    if displacements is not None:
        shape = (n, 2, height, width)
        displacements = readable(displacements, np.float32, shape, "displacements")
    warped = np.zeros(images.shape, images.dtype)
    if warped.size == 0:
        return warped

    # numba takes half a second.
    from skdigits._warp_kernels import warp_images

    def run(block: slice) -> None:
        warp_images(
            pixels[block],
            matrices[block],
            offsets[block],
            None if displacements is None else displacements[block],
            mode == "grid-constant",
            ROUNDING[images.dtype],
            warped[block],
        )

    run_in_blocks(run, n, PIXELS_PER_TASK // (height * width))
    return warped


def readable(
    array: np.ndarray, dtype: DTypeLike, shape: tuple[int, ...], name: str
) -> np.ndarray:
    """Give arrays the one form that kernels are compiled for.

    It is read-only, because a writeable array would be another type for numba.

    Parameters
    ----------
    array : ndarray
        What is only read.

    dtype : dtype
        The type of the result.

    shape : tuple of int
        The shape that it must have.

    name : str
        What it is called in errors.

    Returns
    -------
    array : ndarray
        A read-only view, or a copy where the layout or the type is another.

    Raises
    ------
    ValueError
        If it has another shape.
    """
    array = np.require(array, dtype, ["C_CONTIGUOUS", "ALIGNED"]).view()
    if array.shape != shape:
        raise ValueError(
            f"{name} must have the shape {shape} to fit the images; got {array.shape}."
        )
    array.flags.writeable = False
    return array

"""The compiled half of the resampler: numba, imported when something is warped."""

from collections.abc import Callable

import numpy as np
from numba import njit

# Pixels that are worked on together: few enough for what is computed of them to stay
# in the processor's first cache, enough for long loops over small images.
STRIP = 1024


def compiled(function: Callable) -> Callable:
    """Compile at the first call, and keep the machine code on disk where possible.

    Without the interpreter's lock, and not for numba's own threads: some of those
    abort the process when two threads call them, others hang after a fork.

    Parameters
    ----------
    function : callable
        In the Python that numba knows.

    Returns
    -------
    compiled : callable
        Takes the same arguments.
    """
    try:
        return njit(nogil=True, cache=True)(function)
    except RuntimeError:  # numba found no folder that it may write to
        return njit(nogil=True)(function)


@compiled
def warp_images(images, matrices, offsets, displacements, rounding, warped):
    """Resample images, one after the other.

    Parameters
    ----------
    images : ndarray of shape (n, h, w)
        Pixels.

    matrices : ndarray of shape (n, 2, 2), float64
        From places in the output to places in the input.

    offsets : ndarray of shape (n, 2), float64
        Added to them.

    displacements : ndarray of shape (n, 2, h, w) or None
        Added to them, too.

    rounding : float32 or float64
        Added to every value before its fraction is cut off: 0.5 for integers, else 0.
        Its type is the one in which values are computed.

    warped : ndarray of shape (n, h, w)
        Where the values go.
    """
    n, height, width = images.shape
    n_rows = min(height, max(1, STRIP // width))
    y, x = np.empty(n_rows * width), np.empty(n_rows * width)
    corners = np.empty(y.size, np.int64)
    down, right = np.full(y.size, rounding), np.full(y.size, rounding)
    for k in range(n):
        pixels = images[k].ravel()
        displacement = None if displacements is None else displacements[k]
        for top in range(0, height, n_rows):
            values = warped[k, top : top + n_rows].ravel()
            strip = y[: values.size]
            _place(matrices[k], offsets[k], displacement, top, width, strip, x)
            _locate(strip, x, height, width, corners, down, right)
            _blend(pixels, height, width, corners, down, right, rounding, values)


@compiled
def inked_at_border(images):
    """Tell which images are not black at all of their border.

    Parameters
    ----------
    images : ndarray of shape (n, h, w)
        Pixels.

    Returns
    -------
    inked : ndarray of shape (n,), bool
        True where a pixel of the border is not 0.
    """
    n, height, width = images.shape
    inked = np.zeros(n, np.bool_)
    for k in range(n):
        image = images[k]
        for column in range(width):
            if image[0, column] != 0 or image[height - 1, column] != 0:
                inked[k] = True
                break
        for row in range(height):
            if inked[k] or image[row, 0] != 0 or image[row, width - 1] != 0:
                inked[k] = True
                break
    return inked


@njit(nogil=True)
def _place(matrix, offset, displacement, top, width, y, x):
    """Say where in the input the pixels of a strip lie.

    Summed in the order of scipy.ndimage: the last bit decides whether a place on the
    border is inside.
    """
    # Scalars: the compiler must think that y could overwrite the matrix.
    y_by_row, y_by_column, y_offset = matrix[0, 0], matrix[0, 1], offset[0]
    x_by_row, x_by_column, x_offset = matrix[1, 0], matrix[1, 1], offset[1]
    for row in range(top, top + y.size // width):
        for column in range(width):
            p = np.uint64((row - top) * width + column)
            y[p] = y_offset + row * y_by_row + column * y_by_column
            x[p] = x_offset + row * x_by_row + column * x_by_column
            if displacement is not None:
                y[p] += displacement[0, row, column]
                x[p] += displacement[1, row, column]


@njit(nogil=True)
def _locate(y, x, height, width, corners, down, right):
    """Find the first of the four pixels around each place, and the way from there.

    It is -1 for places outside, which all are that are not finite.
    """
    last_y, last_x = height - 1.0, width - 1.0
    last_row, last_column = max(height - 2.0, 0.0), max(width - 2.0, 0.0)
    for p in range(y.size):
        inside = (y[p] >= 0) & (y[p] <= last_y) & (x[p] >= 0) & (x[p] <= last_x)
        # Floats all along: no integer holds places that are far outside.
        y_inside, x_inside = (y[p], x[p]) if inside else (0.0, 0.0)
        row, column = np.floor(y_inside), np.floor(x_inside)
        row = row if row < last_row else last_row
        column = column if column < last_column else last_column
        down[p], right[p] = y_inside - row, x_inside - column
        corners[p] = np.int64(row * width + column if inside else -1.0)


@njit(nogil=True)
def _blend(pixels, height, width, corners, down, right, rounding, values):
    """Interpolate between the four pixels around each place."""
    # Unsigned, because signed indices would be tested for counting from the end.
    to_next_row = np.uint64(width if height > 1 else 0)
    to_next_column = np.uint64(1 if width > 1 else 0)
    real = type(rounding)
    for p in range(values.size):
        if corners[p] < 0:
            values[p] = 0
            continue
        first = np.uint64(corners[p])
        second = first + to_next_column
        above = _between(real(pixels[first]), real(pixels[second]), right[p])
        first += to_next_row
        second += to_next_row
        below = _between(real(pixels[first]), real(pixels[second]), right[p])
        values[p] = _between(above, below, down[p]) + rounding


@njit(nogil=True)
def _between(first, second, fraction):
    return first + fraction * (second - first)

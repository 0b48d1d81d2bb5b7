"""The compiled half of the resampler: numba, imported when something is warped."""

import numpy as np
from numba import njit

from skdigits._kernels import compiled

# Places that are worked on together: few enough for what is computed of them to stay in
# the processor's first cache, enough for long loops over small images.
N_PLACES = 1024


@compiled
def warp_images(images, matrices, offsets, displacements, fading, rounding, warped):
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

    fading : bool
        Whether the border fades into black within a pixel, or ends at once.

    rounding : float32 or float64
        Added to every value before its fraction is cut off: 0.5 for integers, else 0.
        Its type is the one in which values are computed.

    warped : ndarray of shape (n, h, w)
        Where the values go; black (0) everywhere before.
    """
    n, height, width = images.shape
    # With a black margin every place inside has four pixels around it.
    padded = np.full((height + 2, width + 2), rounding)
    padded[:] = 0
    inked = np.zeros(width, np.uint8)
    starts, stops = np.zeros(height), np.full(height, float(width))
    size = max(N_PLACES, width)
    y, x = np.empty(size), np.empty(size)
    targets, corners = np.empty(size, np.uint32), np.empty(size, np.uint32)
    down, right = np.full(size, rounding), np.full(size, rounding)
    for k in range(n):
        ink = _copy_inside(images[k], padded, inked)
        displacement = None if displacements is None else displacements[k]
        if displacement is None:
            _limit(ink, matrices[k], offsets[k], starts, stops, width)
        row = 0
        while row < height:
            row, n_places = _place(
                matrices[k],
                offsets[k],
                displacement,
                row,
                width,
                starts,
                stops,
                y,
                x,
                targets,
            )
            _locate(y[:n_places], x, height, width, fading, corners, down, right)
            _blend(
                padded, corners[:n_places], down, right, rounding, targets, warped[k]
            )


@njit(nogil=True)
def _copy_inside(image, padded, inked):
    """Copy an image into the margin, and find the rows and the columns with ink."""
    height, width = image.shape
    top, bottom, left, right = height, -1, width, -1
    inked[:] = 0
    for row in range(height):
        row_inked = np.uint8(0)
        # Loops of one thing each are those that the compiler makes vectors of.
        for column in range(width):
            row_inked |= np.uint8(image[row, column] != 0)
        for column in range(width):
            inked[column] |= np.uint8(image[row, column] != 0)
        for column in range(width):
            padded[row + 1, column + 1] = image[row, column]
        if row_inked:
            top, bottom = min(top, row), row
    for column in range(width):
        if inked[column]:
            left, right = min(left, column), column
    return top, bottom, left, right


# Divided as NumPy does, because a step may be 0: infinite and NaN limits are right.
@njit(nogil=True, error_model="numpy")
def _limit(ink, matrix, offset, starts, stops, width):
    """Say between which columns of each row of the output there can be ink.

    Digits fill less than half of their images; what is around them stays black.
    """
    top, bottom, left, right = ink
    columns_per_y, columns_per_x = 1 / matrix[0, 1], 1 / matrix[1, 1]
    for row in range(starts.size):
        y = offset[0] + row * matrix[0, 0]
        x = offset[1] + row * matrix[1, 0]
        # Where the row passes the ink's first and last rows, and its columns.
        y_top, y_bottom = (
            (top - 1 - y) * columns_per_y,
            (bottom + 1 - y) * columns_per_y,
        )
        x_left, x_right = (
            (left - 1 - x) * columns_per_x,
            (right + 1 - x) * columns_per_x,
        )
        start = max(min(y_top, y_bottom), min(x_left, x_right))
        stop = min(max(y_top, y_bottom), max(x_left, x_right))
        # What is NaN tells nothing: then all columns are looked at.
        start = min(start, width) if start > 0 else 0.0
        stop = stop + 2 if stop + 2 < width else float(width)
        starts[row], stops[row] = start, max(start, stop)


@njit(nogil=True)
def _place(matrix, offset, displacement, row, width, starts, stops, y, x, targets):
    """Say where in the input the pixels of some rows lie, and which they are.

    Summed in the order of scipy.ndimage: the last bit decides whether a place on the
    border is inside. Returns the row that comes next and the number of places.
    """
    # Scalars: the compiler must think that y could overwrite the matrix.
    y_by_row, y_by_column, y_offset = matrix[0, 0], matrix[0, 1], offset[0]
    x_by_row, x_by_column, x_offset = matrix[1, 0], matrix[1, 1], offset[1]
    n_places = 0
    while row < starts.size:
        start, stop = np.int64(starts[row]), np.int64(stops[row])
        if n_places + stop - start > y.size:
            break
        y_row, x_row = y_offset + row * y_by_row, x_offset + row * x_by_row
        for column in range(start, stop):
            p = np.uint64(n_places + column - start)
            y[p] = y_row + column * y_by_column
            x[p] = x_row + column * x_by_column
            if displacement is not None:
                y[p] += displacement[0, row, column]
                x[p] += displacement[1, row, column]
            targets[p] = np.uint32(row * width + column)
        n_places += stop - start
        row += 1
    return row, n_places


@njit(nogil=True)
def _locate(y, x, height, width, fading, corners, down, right):
    """Find the first of the four pixels around each place, and the way from there.

    For places outside, which all are that are not finite, it is the margin's corner.
    """
    first = -1.0 if fading else 0.0
    # The greatest numbers that are still less than the size when 1 is added to both.
    last_y = np.nextafter(height + 1.0, 0.0) - 1.0 if fading else height - 1.0
    last_x = np.nextafter(width + 1.0, 0.0) - 1.0 if fading else width - 1.0
    for p in range(y.size):
        inside = (y[p] >= first) & (y[p] <= last_y) & (x[p] >= first) & (x[p] <= last_x)
        # Counted from the margin, where there is nothing negative to round.
        y_inside, x_inside = (y[p] + 1, x[p] + 1) if inside else (0.0, 0.0)
        row, column = np.int32(y_inside), np.int32(x_inside)
        down[p], right[p] = y_inside - row, x_inside - column
        corners[p] = np.uint32(row * (width + 2) + column)


@njit(nogil=True)
def _blend(padded, corners, down, right, rounding, targets, warped):
    """Interpolate between the four pixels around each place."""
    upper = padded.ravel()
    lower = upper[padded.shape[1] :]
    values = warped.ravel()
    for p in range(corners.size):
        # Unsigned, because signed indices would be tested for counting from the end.
        first = np.uint64(corners[p])
        second = first + np.uint64(1)
        above = _between(upper[first], upper[second], right[p])
        below = _between(lower[first], lower[second], right[p])
        values[np.uint64(targets[p])] = _between(above, below, down[p]) + rounding


@njit(nogil=True)
def _between(first, second, fraction):
    return first + fraction * (second - first)

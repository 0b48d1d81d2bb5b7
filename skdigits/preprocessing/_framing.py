"""MNIST's framing, compiled: numba, imported when an image is framed.

One image at a time: what is ink, where it is, resized into the box, placed by its mass.
"""

import numpy as np
from numba import njit

from skdigits._kernels import compiled

# What the ink of MNIST is drawn with, in every type of pixel.
WHITE = 255.0
# Pixels that rise above the background by this many standard deviations of the
# border's noise are ink.
INK_DEVIATIONS = 4.0
# Noise that has too few grey levels to have quantiles, as on overexposed paper, is
# looked for below this share of the contrast.
FAINT = 1 / 32
# Pixels above this share of the contrast are solid. They span the digit; around it is
# a rim of faint ones, one pixel of the frame wide on clean paper.
SOLID = 1 / 8
# Images with less contrast than this share of their largest pixel are blank.
LEAST_CONTRAST = 1 / 64
# Shares of the border that are certainly paper: most of it, to find out which side of
# the paper's brightness the ink is on; less where that is known. Beside them, that
# quantile of the magnitude of normally distributed noise of deviation 1.
MOST, SOME = (0.5, 0.6745), (0.25, 0.3186)
# Terms of the background: a surface of second order without twist. On the border of a
# square they are orthogonal.
N_TERMS = 5
# Times that the background is fitted again without what does not lie on it.
N_FITS = 6

# Sums may be taken several at a time. Pixels are finite.
sums_in_any_order = njit(
    nogil=True, error_model="numpy", fastmath={"nnan", "nsz", "reassoc"}
)


@compiled
def frame_images(images, polarity, box_size, whole, framed):
    """Frame images one after the other.

    Parameters
    ----------
    images : ndarray of shape (n, h, w), float64
        Pixels.

    polarity : int
        1 for bright ink, -1 for dark ink, 0 to find out.

    box_size : int
        The longer side of what is drawn, in pixels.

    whole : bool
        Whether ink is rounded to whole numbers, before it is weighed.

    framed : ndarray of shape (n, height, width), float64
        Where they go: ink from 0 to 255.
    """
    n, height, width = images.shape
    ink = np.empty((height, width))
    for k in range(n):
        framed[k] = 0
        is_noisy = _extract_ink(images[k], polarity, ink)
        box = _find_digit(ink, is_noisy, box_size)
        if box[0] < box[1]:
            digit = _resize(ink, box, box_size)
            _place(digit, _white_level(digit, box_size), whole, framed[k])


@njit(nogil=True)
def _extract_ink(image, polarity, ink):
    """Leave of the pixels what rises above noise; return whether there is noise."""
    _normalize(image, ink)
    residuals, terms = _border(ink)
    if polarity == 0:
        surface, _ = _fit_background(residuals, terms, MOST)
        _subtract(surface, 1, ink)
        polarity = _find_polarity(ink)
    residuals *= polarity
    surface, noise = _fit_background(residuals, terms, SOME)
    _subtract(surface, polarity, ink)
    noise = max(noise, _faint_noise(residuals, _largest(ink) * FAINT))
    for row in range(ink.shape[0]):
        for column in range(ink.shape[1]):
            if ink[row, column] <= INK_DEVIATIONS * noise:
                ink[row, column] = 0
    if noise > 0:
        _erase_lone_pixels(ink)
    return noise > 0


@sums_in_any_order
def _normalize(image, pixels):
    """Divide by the largest magnitude: squares of huge pixels would overflow."""
    largest = 0.0
    for row in range(image.shape[0]):
        for column in range(image.shape[1]):
            magnitude = abs(image[row, column])
            largest = magnitude if magnitude > largest else largest
    if largest == 0:
        largest = 1.0
    for row in range(image.shape[0]):
        for column in range(image.shape[1]):
            pixels[row, column] = image[row, column] / largest


@njit(nogil=True)
def _centred(index, size):
    """Return an index as a place between -1 and 1."""
    return (2 * index + 1) / size - 1


@njit(nogil=True)
def _border(pixels):
    """Return the outermost pixels, and the terms of the background there."""
    height, width = pixels.shape
    n = height * width - max(height - 2, 0) * max(width - 2, 0)
    border, terms = np.empty(n), np.empty((N_TERMS, n))
    k = 0
    for row in range(height):
        is_edge = row == 0 or row == height - 1
        for column in range(0, width, 1 if is_edge else max(width - 1, 1)):
            border[k] = pixels[row, column]
            y, x = _centred(row, height), _centred(column, width)
            terms[0, k], terms[1, k], terms[2, k] = 1, y, x
            terms[3, k], terms[4, k] = y * y - x * x, y * y + x * x - 4 / 3
            k += 1
    return border, terms


@njit(nogil=True)
def _fit_background(residuals, terms, paper):
    """Fit a surface to the border, without the ink that touches it.

    The fit starts from the level below which the least share of paper lies. What is
    far from the surface then has no say in the next fit. What the surface leaves of
    the border replaces it.
    """
    share, quantile_of_noise = paper
    rank = int((residuals.size - 1) * share)
    surface = np.zeros(N_TERMS)
    surface[0] = _select(residuals.copy(), rank)
    residuals -= surface[0]
    for _ in range(N_FITS):
        noise = _select(np.abs(residuals), rank) / quantile_of_noise
        if noise == 0:
            break
        for i in range(N_TERMS):
            step = _project(residuals, terms[i], 3 * noise)
            surface[i] += step
            for k in range(residuals.size):
                residuals[k] -= step * terms[i, k]
    return surface, noise


@sums_in_any_order
def _subtract(surface, polarity, pixels):
    """Turn pixels into what they rise above the background."""
    height, width = pixels.shape
    first, step = 1 / width - 1, 2 / width
    bend_y, bend_x = surface[4] + surface[3], surface[4] - surface[3]
    for row in range(height):
        y = _centred(row, height)
        level = surface[0] + y * (surface[1] + y * bend_y) - surface[4] * 4 / 3
        for column in range(width):
            x = first + column * step
            background = level + x * (surface[2] + x * bend_x)
            pixels[row, column] = pixels[row, column] * polarity - background


@sums_in_any_order
def _largest(pixels):
    """Return the largest pixel that is not negative, else 0."""
    largest = 0.0
    for row in range(pixels.shape[0]):
        for column in range(pixels.shape[1]):
            pixel = pixels[row, column]
            largest = pixel if pixel > largest else largest
    return largest


@sums_in_any_order
def _find_polarity(contrasts):
    """Return 1 where bright contrasts outweigh dark ones, else -1."""
    balance = 0.0
    for row in range(contrasts.shape[0]):
        for column in range(contrasts.shape[1]):
            balance += contrasts[row, column] * abs(contrasts[row, column])
    return 1 if balance >= 0 else -1


@njit(nogil=True)
def _select(values, rank):
    """Return the value of a rank, counted from 0; reorder the others.

    This is Hoare's selection, because numba takes seven seconds to compile
    np.partition.
    """
    first, last = 0, values.size - 1
    while first < last:
        pivot = values[(first + last) // 2]
        i, j = first, last
        while i <= j:
            while values[i] < pivot:
                i += 1
            while values[j] > pivot:
                j -= 1
            if i <= j:
                values[i], values[j] = values[j], values[i]
                i += 1
                j -= 1
        if rank <= j:
            last = j
        elif rank >= i:
            first = i
        else:
            break
    return values[rank]


@sums_in_any_order
def _project(residuals, direction, limit):
    """Fit a multiple of a direction to the residuals within the limit."""
    product, squares = 0.0, 1e-9  # one row of pixels has no direction along y
    for k in range(residuals.size):
        if abs(residuals[k]) <= limit:
            product += residuals[k] * direction[k]
            squares += direction[k] * direction[k]
    return product / squares


@sums_in_any_order
def _faint_noise(residuals, limit):
    """Return the root mean square of the residuals within the limit."""
    squares, n = 0.0, 1
    for k in range(residuals.size):
        if abs(residuals[k]) <= limit:
            squares += residuals[k] * residuals[k]
            n += 1
    return np.sqrt(squares / n)


@njit(nogil=True)
def _erase_lone_pixels(ink):
    """Erase ink that no other ink touches: where there is noise, it is noise."""
    height, width = ink.shape
    for row in range(height):
        for column in range(width):
            if ink[row, column] > 0:
                n = 0
                for i in range(max(row - 1, 0), min(row + 2, height)):
                    for j in range(max(column - 1, 0), min(column + 2, width)):
                        n += ink[i, j] > 0
                if n == 1:
                    ink[row, column] = 0


@njit(nogil=True)
def _find_digit(ink, is_noisy, box_size):
    """Return the first and last row and column of a digit, as ends of slices."""
    rows, columns = _largest_of_lines(ink)
    contrast = rows.max()
    if contrast <= LEAST_CONTRAST:
        return 0, 0, 0, 0
    solid = contrast * SOLID
    top, bottom = _span(rows, 0, rows.size, solid)
    left, right = _span(columns, 0, columns.size, solid)
    rim = 1 if is_noisy else int(np.ceil(max(bottom - top, right - left) / box_size))
    top, bottom = _span(rows, top - rim, bottom + rim, 0)
    left, right = _span(columns, left - rim, right + rim, 0)
    return top, bottom, left, right


@sums_in_any_order
def _largest_of_lines(ink):
    rows, columns = np.zeros(ink.shape[0]), np.zeros(ink.shape[1])
    for row in range(rows.size):
        for column in range(columns.size):
            pixel = ink[row, column]
            columns[column] = pixel if pixel > columns[column] else columns[column]
        rows[row] = _largest(ink[row : row + 1])
    return rows, columns


@njit(nogil=True)
def _span(values, start, stop, level):
    """Return the ends of what is above a level between two places."""
    first, end = values.size, 0
    for k in range(max(start, 0), min(stop, values.size)):
        if values[k] > level:
            first, end = min(first, k), k + 1
    return first, end


@njit(nogil=True)
def _resize(ink, box, box_size):
    """Resize what a box holds to the size of the frame's, keeping the aspect ratio."""
    top, bottom, left, right = box
    scale = box_size / max(bottom - top, right - left)
    shorter = np.zeros((max(1, round((bottom - top) * scale)), right - left))
    digit = np.zeros((shorter.shape[0], max(1, round((right - left) * scale))))
    _resize_rows(ink[top:bottom, left:right], shorter)
    _resize_rows(shorter.T, digit.T)
    return digit


@njit(nogil=True)
def _resize_rows(source, target):
    """Average over the area of each new row; interpolate where there are too few."""
    n_source = source.shape[0]
    ratio = n_source / target.shape[0]
    for row in range(target.shape[0]):
        start, end = row * ratio, (row + 1) * ratio
        if ratio < 1:  # the two rows around the middle
            start = min(max((start + end) / 2 - 0.5, 0.0), n_source - 1.0)
            end = start + 1
        for k in range(int(start), min(int(np.ceil(end)), n_source)):
            weight = (min(k + 1.0, end) - max(float(k), start)) / max(ratio, 1.0)
            for column in range(source.shape[1]):
                target[row, column] += weight * source[k, column]


@njit(nogil=True)
def _white_level(digit, n_white):
    """Return the brightness that so many pixels have, or half of the largest."""
    least = _largest(digit) / 2
    bright = np.empty(digit.size)
    n = 0
    for pixel in digit.flat:
        if pixel >= least:
            bright[n] = pixel
            n += 1
    return _select(bright[:n], n - n_white) if n > n_white else least


@njit(nogil=True, error_model="numpy")
def _place(digit, white, whole, framed):
    """Put the centre of mass as near to the centre as whole pixels and edges allow."""
    height, width = digit.shape
    total = y = x = 0.0
    for row in range(height):
        for column in range(width):
            ink = WHITE * min(digit[row, column] / white, 1.0)
            digit[row, column] = np.rint(ink) if whole else ink
            total += digit[row, column]
            y += digit[row, column] * row
            x += digit[row, column] * column
    top = _first_pixel(y / total, height, framed.shape[0])
    left = _first_pixel(x / total, width, framed.shape[1])
    for row in range(height):
        for column in range(width):
            framed[top + row, left + column] = digit[row, column]


@njit(nogil=True)
def _first_pixel(centre_of_mass, size, frame_size):
    # MNIST's centres of mass lie between 13.5 and 14.5, of pixels 0 to 27.
    first = int(np.ceil(frame_size // 2 - 0.5 - centre_of_mass))
    return min(max(first, 0), frame_size - size)

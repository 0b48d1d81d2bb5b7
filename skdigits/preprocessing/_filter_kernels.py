"""Filtering and pooling images: numba, imported when an image is filtered."""

import numpy as np

from skdigits._kernels import compiled


@compiled
def filter_and_pool(images, filters, row_weights, column_weights, features):
    """Filter images, split responses by their sign, and sum them over cells.

    Each inked pixel adds its share to the responses around it: most pixels of digits
    are blank, and cost nothing.

    Parameters
    ----------
    images : ndarray of shape (n, h, w)
        Pixels, float32 or float64, as all else.

    filters : ndarray of shape (filter height, filter width, k)
        The filters, which the last axis tells apart.

    row_weights : ndarray of shape (rows of cells, h)
        How much each row of pixels counts in each row of cells.

    column_weights : ndarray of shape (columns of cells, w)
        The same for columns.

    features : ndarray of shape (n, rows of cells, columns of cells, 2 k)
        Where the sums go: those of positive responses, then those of negative ones.
    """
    n, height, width = images.shape
    filter_height, filter_width, k = filters.shape
    n_rows, n_columns = len(row_weights), len(column_weights)
    zero = images.dtype.type(0)
    responses = np.empty((height, width, k), images.dtype)
    in_rows = np.empty((n_rows, 2 * k), images.dtype)
    for image in range(n):
        responses[:] = 0
        for y in range(height):
            for x in range(width):
                ink = images[image, y, x]
                if ink == 0:
                    continue
                for i in range(filter_height):
                    row = y - i + filter_height // 2
                    if row < 0 or row >= height:
                        continue
                    for j in range(filter_width):
                        column = x - j + filter_width // 2
                        if column < 0 or column >= width:
                            continue
                        for f in range(k):
                            responses[row, column, f] += ink * filters[i, j, f]
        features[image] = 0
        for column in range(width):
            in_rows[:] = 0
            for row in range(height):
                for a in range(n_rows):
                    weight = row_weights[a, row]
                    if weight == 0:
                        continue
                    for f in range(k):
                        response = weight * responses[row, column, f]
                        in_rows[a, f] += max(response, zero)
                        in_rows[a, k + f] += max(-response, zero)
            for b in range(n_columns):
                weight = column_weights[b, column]
                if weight == 0:
                    continue
                for a in range(n_rows):
                    for f in range(2 * k):
                        features[image, a, b, f] += weight * in_rows[a, f]

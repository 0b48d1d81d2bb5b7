"""What random Fourier features are drawn from."""

import numpy as np
from sklearn.utils import gen_batches


def orthogonal_normal(
    n_rows: int, n_columns: int, random_state: np.random.RandomState
) -> np.ndarray:
    """Draw columns of normal numbers that are orthogonal in blocks.

    Parameters
    ----------
    n_rows, n_columns : int
        Shape. A block has `n_rows` columns; more cannot be orthogonal.

    random_state : RandomState
        Where the numbers come from.

    Returns
    -------
    columns : ndarray of shape (n_rows, n_columns)
        In float64.
    """
    columns = np.empty((n_rows, n_columns))
    for block in gen_batches(n_columns, n_rows):
        shape = n_rows, block.stop - block.start
        directions, _ = np.linalg.qr(random_state.standard_normal(shape))
        lengths = np.sqrt(random_state.chisquare(n_rows, shape[1]))
        columns[:, block] = directions * lengths
    return columns


def weighted_variance(X: np.ndarray, weights: np.ndarray) -> float:
    """Return the variance of all pixels of weighted rows.

    Parameters
    ----------
    X : ndarray of shape (n, n_pixels)
        Rows, which are copied in blocks only.

    weights : ndarray of shape (n,)
        Positive weights.

    Returns
    -------
    variance : float
        In float64.
    """
    shares = weights / weights.sum()
    dtype = np.float64
    with np.errstate(over="ignore", invalid="ignore"):
        mean = shares @ X.mean(axis=1, dtype=dtype)
        blocks = gen_batches(len(X), 1000)
        variance = sum(
            shares[rows] @ np.square(X[rows] - mean, dtype=dtype).mean(axis=1)
            for rows in blocks
        )
    return float(variance)

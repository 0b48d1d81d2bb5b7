"""Ridge regression from sums over blocks of rows, and its leave-one-out scores."""

from typing import NamedTuple

import numpy as np
from scipy.linalg import LinAlgError, cho_factor, cho_solve, solve_triangular
from scipy.linalg.blas import dsyrk, ssyrk
from scipy.optimize import brentq
from scipy.special import softmax

ROUNDING = 10  # errors of sums, in machine epsilons
_HOTTEST = 1e3  # temperature, where scores are about -1 to 1


class RidgeSums:
    """Sums of products of features and targets, over weighted rows.

    Parameters
    ----------
    n_features : int
        Number of features.

    n_outputs : int
        Number of targets.

    dtype : dtype
        Float32 or float64, of the products of features.
    """

    def __init__(self, n_features: int, n_outputs: int, dtype: np.dtype):
        # The upper triangle alone is kept. In Fortran's order BLAS adds in place.
        self.products = np.zeros((n_features, n_features), dtype, order="F")
        self.cross_products = np.zeros((n_features, n_outputs))
        self.features = np.zeros(n_features)
        self.targets = np.zeros(n_outputs)
        self.weight = 0.0

    def add(
        self, features: np.ndarray, targets: np.ndarray, weights: np.ndarray
    ) -> None:
        """Add rows.

        Parameters
        ----------
        features : ndarray of shape (n, n_features)
            Features, which are overwritten.

        targets : ndarray of shape (n, n_outputs)
            Targets.

        weights : ndarray of shape (n,)
            Positive weights.
        """
        self.features += weights @ features
        self.targets += weights @ targets
        self.weight += weights.sum()
        roots = np.sqrt(weights)[:, np.newaxis]
        features *= roots.astype(features.dtype)
        self.cross_products += features.T @ (roots * targets)
        self.products = _add_squares(self.products, features.T, 1.0)


class Ridge(NamedTuple):
    """Coefficients, and what leave-one-out scores need."""

    coef: np.ndarray
    intercept: np.ndarray
    mean: np.ndarray  # of the features
    weight: float  # of all rows
    factor: np.ndarray  # Cholesky's, of the penalized products: an upper triangle

    def leave_one_out(
        self, features: np.ndarray, targets: np.ndarray, weights: np.ndarray
    ) -> np.ndarray:
        """Predict each row by the regression without it, which needs no other fit.

        Parameters
        ----------
        features : ndarray of shape (n, n_features)
            Features of training rows.

        targets : ndarray of shape (n, n_outputs)
            Their targets.

        weights : ndarray of shape (n,)
            What is left out of the weight of each row. A row that stands for several
            images keeps all but one of them.

        Returns
        -------
        scores : ndarray of shape (n, n_outputs)
            In float64.
        """
        errors = targets - (features @ self.coef + self.intercept)
        halves = solve_triangular(
            self.factor,
            (features - self.mean.astype(features.dtype)).T,
            trans="T",
            overwrite_b=True,
            check_finite=False,
        )
        lengths = np.square(halves).sum(axis=0, dtype=np.float64)
        leverages = weights * (lengths + 1 / self.weight)
        # Where a row alone decides its own score, nothing is known without it.
        rest = np.maximum(1 - leverages, np.sqrt(np.finfo(features.dtype).eps))
        return targets - errors / rest[:, np.newaxis]


def solve(sums: RidgeSums, alpha: float) -> Ridge:
    """Solve the normal equations, with an intercept that is not penalized.

    Parameters
    ----------
    sums : RidgeSums
        Of all training rows. Its products are overwritten.

    alpha : float
        Penalty on the squared coefficients. It is at least what keeps roundings from
        making the equations indefinite.

    Returns
    -------
    ridge : Ridge
        The regression.

    Raises
    ------
    ValueError
        If the sums are not finite.
    """
    mean, target_mean = sums.features / sums.weight, sums.targets / sums.weight
    penalty = max(alpha, _rounding_error(sums.products))
    if not np.isfinite([penalty, mean.sum()]).all():
        raise ValueError(
            "Sums of features are not finite: pixels, gamma or alpha are too large. "
            "Scale the pixels (skdigits.preprocessing.PixelScaler)."
        )
    centre = np.sqrt(sums.weight) * mean[:, np.newaxis]
    products = _add_squares(sums.products, centre, -1.0)
    np.fill_diagonal(products, products.diagonal() + products.dtype.type(penalty))
    try:
        factor, _ = cho_factor(products, overwrite_a=True, check_finite=False)
    except LinAlgError as error:
        raise ValueError(
            f"alpha is too small for sums in {products.dtype}. Increase it, or pass X "
            "in float64."
        ) from error
    right = sums.cross_products - np.outer(sums.features, target_mean)
    coef = cho_solve((factor, False), right.astype(factor.dtype), check_finite=False)
    return Ridge(coef, target_mean - mean @ coef, mean, sums.weight, factor)


def _rounding_error(products: np.ndarray) -> float:
    """Bound the error of the eigenvalues of sums of products."""
    # Errors of entries are random: eigenvalues grow with the root of their number.
    largest = float(products.diagonal().max())
    epsilon = float(np.finfo(products.dtype).eps)
    return ROUNDING * epsilon * largest * len(products) ** 0.5


def _add_squares(products: np.ndarray, columns: np.ndarray, sign: float) -> np.ndarray:
    """Add products of the rows of a matrix to an upper triangle, in place."""
    syrk = ssyrk if products.dtype == np.float32 else dsyrk
    columns = np.asarray(columns, products.dtype)
    return syrk(sign, columns, beta=1.0, c=products, overwrite_c=True)


def fit_temperature(
    scores: np.ndarray, targets: np.ndarray, weights: np.ndarray
) -> float:
    """Find the temperature at which the softmax of scores is calibrated.

    Parameters
    ----------
    scores : ndarray of shape (n, n_classes)
        Scores of rows that the model did not see.

    targets : ndarray of shape (n,)
        Places of the right classes.

    weights : ndarray of shape (n,)
        Numbers of images that each row stands for, or shares of images.

    Returns
    -------
    temperature : float
        Minimizes the cross-entropy with smoothed labels, so that it is positive even
        where no score is wrong.
    """
    n = weights.sum()
    # Platt's targets: certainty needs more images than there are. Small weights make
    # them no fewer.
    smoothing = 1 / (max(n, len(scores)) + 2)
    right = scores[np.arange(len(scores)), targets]
    labelled = (1 - smoothing) * right + smoothing * scores.mean(axis=1)

    def slope(logarithm: float) -> float:
        gain = np.exp(logarithm)
        expected = (softmax(gain * scores, axis=1) * scores).sum(axis=1)
        return float(weights @ (expected - labelled) / n)

    # The cross-entropy is convex, so that its slope is 0 at one place at most.
    low, high = np.log(1 / _HOTTEST), np.log(_HOTTEST)
    if slope(low) >= 0:  # scores that say nothing
        return _HOTTEST
    if slope(high) <= 0:
        return 1 / _HOTTEST
    return float(np.exp(-brentq(slope, low, high)))

"""Which confidence keeps the error among the accepted images small."""

from math import ceil, inf, log, log1p, log2

import numpy as np
from scipy.stats import binomtest

from skdigits._evaluation.coverage_risk import CoverageRiskCurve


def lowest_threshold(
    curve: CoverageRiskCurve, n_images: int, risk: float, delta: float | None
) -> int:
    """Find the threshold that accepts most images and keeps a risk.

    Parameters
    ----------
    curve : CoverageRiskCurve
        Of images held out.

    n_images : int
        How many these are.

    risk : float
        The largest error among the accepted images.

    delta : float or None
        The chance that the error on new images is larger all the same; None looks at
        the mistakes on the images held out only.

    Returns
    -------
    place : int
        Of the threshold, in the curve.

    Raises
    ------
    ValueError
        If there is none.
    """
    if delta is None:
        kept = np.flatnonzero(curve.risk <= risk)
        best = int(kept[-1]) if len(kept) else -1
    else:
        best = _last_guaranteed(curve, n_images, risk, delta)
    if best < 0:
        raise ValueError(
            f"No threshold keeps a risk of {risk} with delta={delta} on {n_images} "
            "held-out images: the most confident predictions are too few, or too often "
            "wrong. Use more images, a larger risk, or a larger delta."
        )
    return best


def _last_guaranteed(
    curve: CoverageRiskCurve, n_images: int, risk: float, delta: float
) -> int:
    """Find the largest coverage whose risk is bounded, by bisection; -1 if none is.

    The algorithm "selection with guaranteed risk" of Geifman and El-Yaniv, 2017, but
    that coverages are left out which are too small even without a mistake: there the
    bisection would look in vain.
    """
    n_accepted = np.rint(curve.coverage * n_images).astype(int)
    n_mistakes = np.rint(curve.risk * n_accepted).astype(int)
    delta_of_step = delta / ceil(log2(len(n_accepted) + 1))

    def is_guaranteed(place: int) -> bool:
        test = binomtest(n_mistakes[place], n_accepted[place], alternative="less")
        return test.proportion_ci(1 - delta_of_step).high <= risk

    fewest = log(delta_of_step) / log1p(-risk) if risk > 0 else inf
    first = int(np.searchsorted(n_accepted, fewest))
    last, too_far = first - 1, len(n_accepted)
    while too_far - last > 1:
        middle = (last + too_far) // 2
        if is_guaranteed(middle):
            last = middle
        else:
            too_far = middle
    return last if last >= first else -1

"""The digits that come with scikit-learn."""

from typing import Any

import numpy as np
from sklearn import datasets
from sklearn.utils import Bunch

from skdigits._sklearn import validate_params
from skdigits.datasets._bunch import make_bunch


@validate_params(
    {"return_X_y": ["boolean"], "as_frame": ["boolean"]},
    prefer_skip_nested_validation=True,
)
def load_digits(
    *, return_X_y: bool = False, as_frame: bool = False
) -> Bunch | tuple[Any, Any]:
    """Load the 8x8 digits bundled with scikit-learn.

    The data set has 1,797 images, about 180 of each digit, bright on dark, with pixels
    from 0 to 16. They are the test set of a UCI data set [1]_ and not part of MNIST.
    Nothing is downloaded.

    Parameters
    ----------
    return_X_y : bool, default=False
        If True, return ``(data, target)`` instead of a Bunch object.

    as_frame : bool, default=False
        If True, `data` is a pandas DataFrame and `target` is a pandas Series.

    Returns
    -------
    digits : :class:`~sklearn.utils.Bunch`
        Dictionary-like object with the following attributes.

        data : ndarray or DataFrame of shape (1797, 64), uint8
            One image per row, pixels from 0 to 16.
        target : ndarray or Series of shape (1797,), int64
            The digit in each image.
        images : ndarray of shape (1797, 8, 8), uint8
            The same pixels as images (a view).
        target_names : ndarray of shape (10,)
            The digits 0 to 9.
        feature_names : list of 64 str
            ``"pixel0"`` to ``"pixel63"``, row by row.
        frame : DataFrame of shape (1797, 65) or None
            `data` and `target` in one DataFrame, if `as_frame` is True.
        DESCR : str
            Description of the data set, with its source and references.

    (data, target) : tuple if ``return_X_y`` is True
        `data` and `target`.

    Raises
    ------
    ValueError
        If a parameter is invalid.
    ImportError
        If `as_frame` is True and pandas is not installed.

    See Also
    --------
    fetch_mnist : Load the 70,000 images of MNIST, of 28x28 pixels.
    sklearn.datasets.load_digits : Load the same digits as float64.

    References
    ----------
    .. [1] E. Alpaydin and C. Kaynak, "Optical Recognition of Handwritten Digits",
       UCI Machine Learning Repository, 1998,
       https://archive.ics.uci.edu/dataset/80/optical+recognition+of+handwritten+digits

    Examples
    --------
    >>> from skdigits.datasets import load_digits
    >>> digits = load_digits()
    >>> digits.images.shape, digits.images.dtype
    ((1797, 8, 8), dtype('uint8'))
    >>> X, y = load_digits(return_X_y=True)
    >>> X.shape, y[:5]
    ((1797, 64), array([0, 1, 2, 3, 4]))
    """
    digits = datasets.load_digits()
    return make_bunch(
        # Exact: the pixels are whole numbers from 0 to 16.
        digits.images.astype(np.uint8),
        digits.target,
        target_names=np.arange(10),
        description=digits.DESCR,
        return_X_y=return_X_y,
        as_frame=as_frame,
        caller="load_digits",
    )

"""MNIST, from the four files in which it was published."""

import os
from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.utils import Bunch

from skdigits import _mnist_files
from skdigits._remote_files import fetch_files
from skdigits._sklearn import Interval, StrOptions, validate_params
from skdigits.datasets._bunch import make_bunch
from skdigits.datasets._home import get_data_home
from skdigits.datasets._idx import read_idx_files

DESCRIPTION = """\
The MNIST database of handwritten digits
----------------------------------------

**Data Set Characteristics:**

:Number of Instances: 70,000: 60,000 for training, then 10,000 for testing
:Number of Attributes: 784, the pixels of a 28x28 image, row by row
:Attribute Values: 0 (background) to 255 (ink), whole numbers
:Classes: the digits 0 to 9, between 6,313 and 7,877 images of each
:Missing Attribute Values: None
:Creators: Y. LeCun, C. Cortes and C. Burges
:Licence: Creative Commons Attribution-Share Alike 3.0 (CC BY-SA 3.0)

Digits written by employees of the American Census Bureau and by high school
students, collected by NIST. Each was scaled, keeping its aspect ratio, into a box
of 20x20 pixels, which made the edges grey, and placed into 28x28 pixels with its
centre of mass in the middle. Training and test images come from different writers.

.. rubric:: References

- Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, "Gradient-based learning applied to
  document recognition", Proceedings of the IEEE 86(11), 1998.
- Y. LeCun, C. Cortes and C. Burges, "The MNIST database of handwritten digits",
  http://yann.lecun.com/exdb/mnist/
"""


@validate_params(
    {
        "subset": [StrOptions({"all", "train", "test"})],
        "data_home": [str, os.PathLike, None],
        "download_if_missing": ["boolean"],
        "return_X_y": ["boolean"],
        "as_frame": ["boolean"],
        "n_retries": [Interval(Integral, 0, None, closed="left")],
        "delay": [Interval(Real, 0, None, closed="left")],
    },
    prefer_skip_nested_validation=True,
)
def fetch_mnist(
    *,
    subset: str = "all",
    data_home: str | os.PathLike[str] | None = None,
    download_if_missing: bool = True,
    return_X_y: bool = False,
    as_frame: bool = False,
    n_retries: int = 3,
    delay: float = 1.0,
) -> Bunch | tuple[Any, Any]:
    """Load MNIST and download it if needed.

    MNIST has 70,000 images of handwritten digits of 28x28 pixels, bright on dark [1]_.
    The download of the original files is 12 MB. Each call verifies their SHA-256
    checksums.

    Parameters
    ----------
    subset : {"all", "train", "test"}, default="all"
        Which images to load: the 60,000 training images, the 10,000 test images, or
        both in this order. Only the files needed are downloaded.

    data_home : str or path-like, default=None
        Folder for data sets. The files of MNIST are in its subfolder ``mnist``,
        compressed as published or unpacked. The subfolder may be read-only if the files
        are there. None means the folder that :func:`get_data_home` returns.

    download_if_missing : bool, default=True
        If False, raise an OSError if files are missing or damaged, instead of
        downloading them.

    return_X_y : bool, default=False
        If True, return ``(data, target)`` instead of a Bunch object.

    as_frame : bool, default=False
        If True, `data` is a pandas DataFrame and `target` is a pandas Series.

    n_retries : int, default=3
        Number of retries over all mirrors before a download fails.

    delay : float, default=1.0
        Number of seconds before the first retry. It doubles before each further retry.

    Returns
    -------
    mnist : :class:`~sklearn.utils.Bunch`
        Dictionary-like object with the following attributes.

        data : ndarray or DataFrame of shape (n, 784), uint8
            One image per row, pixels from 0 (background) to 255 (foreground).
        target : ndarray or Series of shape (n,), int64
            The digit in each image.
        images : ndarray of shape (n, 28, 28), uint8
            The same pixels as images (a view).
        target_names : ndarray of shape (10,)
            The digits 0 to 9.
        feature_names : list of 784 str
            ``"pixel0"`` to ``"pixel783"``, row by row.
        frame : DataFrame of shape (n, 785) or None
            `data` and `target` in one DataFrame, if `as_frame` is True.
        DESCR : str
            Description of the data set, with its source and licence.

    (data, target) : tuple if ``return_X_y`` is True
        `data` and `target`.

    Raises
    ------
    OSError
        If files are missing or damaged and downloading is disabled or fails.
    ValueError
        If a parameter is invalid.
    ImportError
        If `as_frame` is True and pandas is not installed.

    Warns
    -----
    UserWarning
        If a damaged file is downloaded again.

    See Also
    --------
    load_digits : Load smaller digits without a download.
    read_idx : Read any file in the format of MNIST.

    References
    ----------
    .. [1] Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, "Gradient-based learning
       applied to document recognition", Proceedings of the IEEE 86(11), 1998.

    Examples
    --------
    >>> from skdigits.datasets import fetch_mnist
    >>> mnist = fetch_mnist()  # doctest: +SKIP
    >>> mnist.data.shape, mnist.target.shape  # doctest: +SKIP
    ((70000, 784), (70000,))
    >>> X, y = fetch_mnist(subset="test", return_X_y=True)  # doctest: +SKIP
    """
    files = _mnist_files.FILES
    subsets = files if subset == "all" else [subset]
    folder = get_data_home(data_home) / "mnist"
    fetch_files(
        [file for name in subsets for file in files[name]],
        folder,
        _mnist_files.MIRRORS,
        download_if_missing=download_if_missing,
        n_retries=n_retries,
        delay=delay,
    )
    images, labels = (
        read_idx_files([files[name][part].path_in(folder) for name in subsets])
        for part in (0, 1)
    )
    return make_bunch(
        images,
        labels,
        target_names=np.arange(10),
        description=DESCRIPTION,
        return_X_y=return_X_y,
        as_frame=as_frame,
        caller="fetch_mnist",
    )

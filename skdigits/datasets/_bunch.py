"""The form in which every loader returns digits."""

from typing import Any

import numpy as np
from sklearn.utils import Bunch

from skdigits._require import require

# Pixels of an image up to which each has a name; the names take 70 bytes a pixel.
MOST_NAMED = 2**16


def make_bunch(
    images: np.ndarray,
    target: np.ndarray | None,
    *,
    target_names: np.ndarray | None,
    description: str,
    return_X_y: bool,
    as_frame: bool,
    caller: str,
    index: np.ndarray | None = None,
    **more: Any,
) -> Bunch | tuple[Any, Any]:
    """Put images and labels into the form that scikit-learn's loaders return.

    Parameters
    ----------
    images : ndarray of shape (n, h, w)
        The images, C-contiguous; they are not copied.

    target : ndarray of shape (n,) or None
        The label of each image; None if they have none.

    target_names : ndarray or None
        What becomes ``target_names``.

    description : str
        What becomes ``DESCR``.

    return_X_y : bool
        If True, return ``(data, target)`` instead of a Bunch object.

    as_frame : bool
        If True, `data` is a pandas DataFrame and `target` is a pandas Series.

    caller : str
        The name of the loader, for the message if pandas is missing.

    index : ndarray of shape (n,), default=None
        The index of the pandas objects. None means that they count from 0.

    **more : dict
        What else the Bunch holds.

    Returns
    -------
    digits : Bunch or tuple (data, target)
        As the loaders document it.

    Raises
    ------
    ImportError
        If `as_frame` is True and pandas is not installed.
    """
    n_images, height, width = images.shape
    data: Any = images.reshape(n_images, height * width)
    if target is not None:
        target = target.astype(np.int64, copy=False)
    if return_X_y and not as_frame:
        return data, target
    n_pixels = height * width
    feature_names = None
    if as_frame or n_pixels <= MOST_NAMED:
        feature_names = [f"pixel{i}" for i in range(n_pixels)]
    frame = None
    if as_frame:
        pd = require("pandas", "pandas", f"{caller} with as_frame=True")
        data = pd.DataFrame(data, index, feature_names, copy=False)
        # A shallow copy, because pd.concat doubles the memory before pandas 3.
        frame = data.copy(deep=False)
        if target is not None:
            target = pd.Series(target, index, name="target", copy=False)
            frame["target"] = target
    if return_X_y:
        return data, target
    return Bunch(
        data=data,
        target=target,
        images=images,
        target_names=target_names,
        feature_names=feature_names,
        frame=frame,
        DESCR=description,
        **more,
    )

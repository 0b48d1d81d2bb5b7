"""Images and labels in a .npz file of NumPy."""

import os
from math import isqrt
from numbers import Integral
from pathlib import Path
from typing import Any
from zipfile import ZipFile, ZipInfo

import numpy as np
from sklearn.utils import Bunch

from skdigits._sklearn import Interval, StrOptions, validate_params
from skdigits.datasets._array_names import choose_parts, find_parts, join_parts
from skdigits.datasets._bunch import make_bunch
from skdigits.datasets._idx import DEFAULT_MAX_BYTES
from skdigits.datasets._npz_arrays import opened, read_array, show_name


@validate_params(
    {
        "path": [str, os.PathLike],
        "subset": [StrOptions({"all", "train", "val", "test"})],
        "max_bytes": [Interval(Integral, 0, None, closed="left")],
        "return_X_y": ["boolean"],
        "as_frame": ["boolean"],
    },
    prefer_skip_nested_validation=True,
)
def load_npz(
    path: str | os.PathLike[str],
    *,
    subset: str = "all",
    max_bytes: int = DEFAULT_MAX_BYTES,
    return_X_y: bool = False,
    as_frame: bool = False,
) -> Bunch | tuple[Any, Any]:
    """Load images and labels from a ``.npz`` file, such as Keras' ``mnist.npz``.

    Parameters
    ----------
    path : str or path-like
        Path of the file. Images must be called ``x``, ``images``, ``imgs`` or ``data``,
        and labels ``y``, ``labels`` or ``target``. Names can contain ``train``, ``val``
        or ``test``, as in ``x_train`` and ``test_labels``. Other arrays are not read.

    subset : {"all", "train", "val", "test"}, default="all"
        Which images to load, if the names tell. "all" loads training images first and
        test images last.

    max_bytes : int, default=2**30
        Maximum size of an array in bytes. Larger arrays are refused.

    return_X_y : bool, default=False
        If True, return ``(data, target)`` instead of a Bunch object.

    as_frame : bool, default=False
        If True, `data` is a pandas DataFrame and `target` is a pandas Series.

    Returns
    -------
    digits : :class:`~sklearn.utils.Bunch`
        Dictionary-like object with the following attributes.

        data : ndarray or DataFrame of shape (n, h * w), uint8
            One image per row.
        target : ndarray or Series of shape (n,), int64, or None
            Label of each image. None if there are no labels.
        images : ndarray of shape (n, h, w), uint8
            The same pixels as images (a view). Rows of pixels are interpreted as square
            images.
        target_names : ndarray or None
            Sorted labels that occur.
        feature_names : list of str or None
            ``"pixel0"`` and so on, row by row. None for more than 65,536 pixels.
        frame : DataFrame of shape (n, h * w + 1) or None
            `data` and `target` in one DataFrame, if `as_frame` is True.
        DESCR : str
            Description of the data set.

    (data, target) : tuple if ``return_X_y`` is True
        Those two alone.

    Raises
    ------
    OSError
        If the file cannot be opened; FileNotFoundError if it does not exist.
    ValueError
        If the file is damaged or too large, or holds no images or several sets of them.
        If there are more or fewer labels than images. If an array holds Python objects,
        which could run code, or if a parameter is invalid.
    ImportError
        If `as_frame` is True and pandas is not installed.

    See Also
    --------
    load_csv : Load a table of pixels.
    load_idx : Load IDX files, the format of MNIST.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> from skdigits.datasets import load_npz
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "own.npz")
    ...     images = np.zeros((2, 28, 28), dtype=np.uint8)
    ...     np.savez_compressed(path, x_train=images, y_train=[7, 1])
    ...     X, y = load_npz(path, subset="train", return_X_y=True)
    >>> X.shape, y
    ((2, 784), array([7, 1]))
    """
    path = Path(path).expanduser()
    with opened(path) as archive:
        images, target = _read(path, archive, subset, max_bytes)
    height, width = images.shape[1:]
    return make_bunch(
        images,
        target,
        target_names=None if target is None else np.unique(target),
        description=f"{len(images):,} images of {height}x{width} pixels from {path}",
        return_X_y=return_X_y,
        as_frame=as_frame,
        caller="load_npz",
    )


def _read(
    path: Path, archive: ZipFile, subset: str, max_bytes: int
) -> tuple[np.ndarray, np.ndarray | None]:
    infos = archive.infolist()
    names = [info.filename.removesuffix(".npy") for info in infos]
    members = dict(zip(names, infos, strict=True))
    parts = find_parts(path, names, "Save those that you want alone, with numpy.savez.")
    images, labels = [], []
    for part in choose_parts(path, parts, subset):
        info = {kind: members[name] for kind, name in part.items()}
        images.append(_read_images(path, archive, info["images"], max_bytes))
        if "labels" in info:
            labels.append(_read_labels(path, archive, info["labels"], max_bytes))
            if len(labels[-1]) != len(images[-1]):
                raise ValueError(
                    f"'{path}' has {len(labels[-1]):,} labels in "
                    f"{show_name(info['labels'])}, but {len(images[-1]):,} images in "
                    f"{show_name(info['images'])}."
                )
    try:
        return join_parts(images, labels)
    except ValueError as error:
        raise ValueError(f"'{path}': {error}") from error


def _read_images(
    path: Path, archive: ZipFile, info: ZipInfo, max_bytes: int
) -> np.ndarray:
    images = read_array(path, archive, info, max_bytes)
    if images.ndim == 4 and images.shape[3] == 1:
        images = images[..., 0]
    if images.ndim == 2 and isqrt(images.shape[1]) ** 2 == images.shape[1]:
        side = isqrt(images.shape[1])
        images = images.reshape(-1, side, side)
    if images.ndim != 3 or images.dtype != np.uint8 or not images.size:
        raise ValueError(
            f"'{path}', array {show_name(info)}: expected uint8 values of shape "
            f"(n, height, width), found {images.dtype} values of shape {images.shape}. "
            "Read it by numpy.load(...), and convert it."
        )
    return np.ascontiguousarray(images)


def _read_labels(
    path: Path, archive: ZipFile, info: ZipInfo, max_bytes: int
) -> np.ndarray:
    labels = read_array(path, archive, info, max_bytes)
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim != 1 or labels.dtype.kind not in "iu":
        raise ValueError(
            f"'{path}', array {show_name(info)}: expected whole numbers of shape (n,), "
            f"found {labels.dtype} values of shape {labels.shape}."
        )
    return labels

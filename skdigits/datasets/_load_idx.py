"""Images and labels from IDX files, whoever published them."""

import os
import re
from numbers import Integral
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from sklearn.utils import Bunch

from skdigits._sklearn import Interval, StrOptions, validate_params
from skdigits.datasets._bunch import make_bunch
from skdigits.datasets._idx import (
    DEFAULT_MAX_BYTES,
    read_idx,
    read_idx_files,
    read_idx_header,
)

# "train-images-idx3-ubyte.gz", "t10k-images.idx3-ubyte", "qmnist-test-labels-idx2-int".
_NAME = re.compile(
    r"(?P<stem>.*?)[-_.]?(?P<part>images|labels)[-_.]idx\d-(ubyte|int)(\.gz)?",
    re.IGNORECASE,
)
_TOGETHER = (["train", "test"], ["train"], ["test"], ["other"])
_TRAIN_OR_TEST = re.compile(r"(train|test|t10k)$")


class _Pair(NamedTuple):
    """The files of images and of their labels."""

    images: Path
    labels: Path | None


@validate_params(
    {
        "path": [str, os.PathLike],
        "labels_path": [str, os.PathLike, None],
        "subset": [StrOptions({"all", "train", "test"})],
        "prefix": [str],
        "transposed": ["boolean"],
        "max_bytes": [Interval(Integral, 0, None, closed="left")],
        "return_X_y": ["boolean"],
        "as_frame": ["boolean"],
    },
    prefer_skip_nested_validation=True,
)
def load_idx(
    path: str | os.PathLike[str],
    labels_path: str | os.PathLike[str] | None = None,
    *,
    subset: str = "all",
    prefix: str = "",
    transposed: bool = False,
    max_bytes: int = DEFAULT_MAX_BYTES,
    return_X_y: bool = False,
    as_frame: bool = False,
) -> Bunch | tuple[Any, Any]:
    """Load images and labels from IDX files.

    MNIST, Fashion-MNIST, KMNIST, EMNIST and QMNIST are published in this format.
    The files may be gzipped or not.

    Parameters
    ----------
    path : str or path-like
        Path of a folder with files named as they were published, such as
        ``train-images-idx3-ubyte.gz`` and ``train-labels-idx1-ubyte.gz``, or path of
        the file of images. If a file is there compressed and uncompressed, the latter
        is read.

    labels_path : str or path-like, default=None
        Path of the file of labels, if `path` is a file of images. None means that
        `path` is a folder, or that there are no labels.

    subset : {"all", "train", "test"}, default="all"
        Which files of a folder to load: those for training, or those for testing (named
        "test" or "t10k"). "all" loads the former, then the latter, as far as present.
        It also loads files named neither way, if there is only one pair.

    prefix : str, default=""
        Beginning of the file names, needed if a folder has several data sets, such as
        "emnist-digits".

    transposed : bool, default=False
        Whether rows and columns are exchanged in the file, as in EMNIST. If True, the
        images are transposed.

    max_bytes : int, default=2**30
        Maximum size of a file in bytes. Larger files are refused.

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
            Label of each image. For QMNIST, the first of eight columns, which is the
            digit.
        images : ndarray of shape (n, h, w), uint8
            The same pixels as images (a view).
        target_names : ndarray or None
            Sorted labels that occur.
        feature_names : list of str or None
            ``"pixel0"`` and so on, row by row. None for more than 65,536 pixels.
        frame : DataFrame of shape (n, h * w + 1) or None
            `data` and `target` in one DataFrame, if `as_frame` is True.
        DESCR : str
            Description of the data set.

    (data, target) : tuple if ``return_X_y`` is True
        `data` and `target`.

    Raises
    ------
    OSError
        If a file or the folder cannot be opened. FileNotFoundError if it, or the
        subset, is missing.
    ValueError
        If a file is damaged or too large, or holds no images or labels. If there are
        more or fewer labels than images, if a folder has several data sets, or if a
        parameter is invalid.
    ImportError
        If `as_frame` is True and pandas is not installed.

    See Also
    --------
    fetch_mnist : Download MNIST.
    read_idx : Read a single IDX file.

    References
    ----------
    .. [1] G. Cohen, S. Afshar, J. Tapson and A. van Schaik, "EMNIST: extending MNIST
       to handwritten letters", International Joint Conference on Neural Networks,
       2017.
    .. [2] C. Yadav and L. Bottou, "Cold case: the lost MNIST digits", Advances in
       Neural Information Processing Systems 32, 2019.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> from skdigits.datasets import load_idx, write_idx
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     images = np.zeros((2, 28, 28), dtype=np.uint8)
    ...     write_idx(Path(folder, "train-images-idx3-ubyte"), images)
    ...     labels = np.array([7, 1], dtype=np.uint8)
    ...     write_idx(Path(folder, "train-labels-idx1-ubyte"), labels)
    ...     X, y = load_idx(folder, subset="train", return_X_y=True)
    >>> X.shape, y
    ((2, 784), array([7, 1]))
    """
    path = Path(path).expanduser()
    if not path.exists():
        raise FileNotFoundError(f"There is no '{path}'.")
    if path.is_dir():
        if labels_path is not None:
            raise ValueError(
                f"labels_path='{labels_path}' goes with a file of images, but '{path}' "
                "is a folder. Name the file, or leave labels_path=None."
            )
        pairs = _pairs_of_folder(path, subset, prefix)
    else:
        if subset != "all":
            raise ValueError(
                f"subset={subset!r} chooses among the files of a folder, but '{path}' "
                'is not a folder. Leave subset="all".'
            )
        pairs = [_Pair(path, None if labels_path is None else Path(labels_path))]
    images, target = _read(pairs, max_bytes)
    if transposed:
        images = np.ascontiguousarray(images.transpose(0, 2, 1))
    filenames = ", ".join(str(file) for pair in pairs for file in pair if file)
    return make_bunch(
        images,
        target,
        target_names=None if target is None else np.unique(target),
        description=f"{len(images):,} images of {images.shape[1]}x{images.shape[2]} "
        f"pixels from {filenames}",
        return_X_y=return_X_y,
        as_frame=as_frame,
        caller="load_idx",
    )


def _pairs_of_folder(folder: Path, subset: str, prefix: str) -> list[_Pair]:
    """Find the pairs of files of a folder that make up a subset, in order."""
    files: dict[str, dict[str, Path]] = {}
    # In reverse, so that "name" comes after "name.gz" and takes its place.
    for file in sorted(folder.iterdir(), reverse=True):
        match = _NAME.fullmatch(file.name)
        if match and file.name.startswith(prefix) and file.is_file():
            files.setdefault(match["stem"], {})[match["part"].lower()] = file
    order = ("train", "test", "other") if subset == "all" else (subset,)
    stems = [
        stem for name in order for stem in sorted(files) if _subset_of(stem) == name
    ]
    if not stems:
        which = "" if subset == "all" else f" of the subset {subset!r}"
        which += f" that begin with {prefix!r}" if prefix else ""
        raise FileNotFoundError(
            f"'{folder}' has no IDX files{which}. Expected names such as "
            "'train-images-idx3-ubyte.gz' and 't10k-labels-idx1-ubyte'; "
            f"{_list_names(folder)}. Name the files themselves if they are called "
            "differently: load_idx(images_path, labels_path)."
        )
    # Letters and digits do not belong together, nor do train and neither.
    sets = {_TRAIN_OR_TEST.sub("", stem.lower()) for stem in stems}
    if len(sets) > 1 or [_subset_of(stem) for stem in stems] not in _TOGETHER:
        raise ValueError(
            f"'{folder}' holds files of several sets: {', '.join(stems)}. Choose one "
            'by prefix="...", the beginning of its names, or name its files: '
            "load_idx(images_path, labels_path)."
        )
    return [_complete(folder, files[stem]) for stem in stems]


def _subset_of(stem: str) -> str:
    match = _TRAIN_OR_TEST.search(stem.lower())
    if match is None:
        return "other"
    return "train" if match[0] == "train" else "test"


def _complete(folder: Path, parts: dict[str, Path]) -> _Pair:
    for part in ("images", "labels"):
        if part not in parts:
            (other,) = parts.values()
            raise FileNotFoundError(
                f"'{folder}' has '{other.name}', but no file of the {part} that belong "
                f"to it; {_list_names(folder)}."
            )
    return _Pair(parts["images"], parts["labels"])


def _list_names(folder: Path, most: int = 8) -> str:
    names = sorted(file.name for file in folder.iterdir())
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"it holds {', '.join(names[:most]) + more or 'nothing'}"


def _read(pairs: list[_Pair], max_bytes: int) -> tuple[np.ndarray, np.ndarray | None]:
    n_images = [_count_images(pair.images, max_bytes) for pair in pairs]
    images = read_idx_files([pair.images for pair in pairs], max_bytes=max_bytes)
    labels = []
    for pair, n_rows in zip(pairs, n_images, strict=True):
        if pair.labels is None:
            return images, None
        labels.append(_read_labels(pair.labels, max_bytes))
        if len(labels[-1]) != n_rows:
            raise ValueError(
                f"'{pair.labels}' holds {len(labels[-1]):,} labels, but "
                f"'{pair.images}' holds {n_rows:,} images."
            )
    return images, np.concatenate(labels)


def _count_images(path: Path, max_bytes: int) -> int:
    dtype, shape = read_idx_header(path, max_bytes=max_bytes)
    if len(shape) != 3 or dtype != np.uint8:
        raise ValueError(
            f"'{path}' does not hold images: expected uint8 values of shape "
            f"(n, height, width), found {dtype.name} values of shape {shape}. "
            "read_idx reads other arrays."
        )
    return shape[0]


def _read_labels(path: Path, max_bytes: int) -> np.ndarray:
    labels = read_idx(path, max_bytes=max_bytes)
    # QMNIST writes the digit and seven facts about its origin.
    if labels.ndim == 2 and labels.shape[1]:
        labels = labels[:, 0]
    if labels.ndim != 1 or labels.dtype.kind not in "iu":
        raise ValueError(
            f"'{path}' does not hold labels: expected whole numbers of shape (n,), "
            f"found {labels.dtype} values of shape {labels.shape}."
        )
    return labels

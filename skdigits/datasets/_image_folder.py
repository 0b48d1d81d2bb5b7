"""Images that lie in a folder, a file each."""

import os
import warnings
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from numbers import Integral
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.utils import Bunch

from skdigits._images import ImageShape, check_image_shape
from skdigits._pictures.files import Others, list_folder
from skdigits._pictures.limits import MAX_PIXELS
from skdigits._sklearn import Interval, validate_params
from skdigits._threads import n_threads
from skdigits._warnings import warn
from skdigits.datasets._bunch import make_bunch

# Python's part of decoding does not run in parallel: on small files threads only
# get into each other's way.
_WORTH_THREADS = 20_000  # bytes in a file, on average
_MOST_SHOWN = 5
_ADVICE = "Raise max_pixels (and PIL.Image.MAX_IMAGE_PIXELS) if you trust the file."
_MAX_TOTAL_PIXELS = 2_000_000_000


@validate_params(
    {
        "folder": [str, os.PathLike],
        "image_shape": [tuple, list, None],
        "max_pixels": [Interval(Integral, 1, None, closed="left")],
        "max_total_pixels": [Interval(Integral, 1, None, closed="left")],
        "return_X_y": ["boolean"],
        "as_frame": ["boolean"],
    },
    prefer_skip_nested_validation=True,
)
def load_image_folder(
    folder: str | os.PathLike[str],
    *,
    image_shape: ImageShape | None = None,
    max_pixels: int = MAX_PIXELS,
    max_total_pixels: int = _MAX_TOTAL_PIXELS,
    return_X_y: bool = False,
    as_frame: bool = False,
) -> Bunch | tuple[Any, Any]:
    """Load the image files of a folder as greyscale images.

    Names of subfolders are labels: ``digits/7/scan1.png`` shows a 7. Images directly in
    the folder have no labels.

    Parameters
    ----------
    folder : str or path-like
        Path of the folder. ``~`` is expanded. Files of the folder and its direct
        subfolders are read if their suffix is ``.png``, ``.jpg``, ``.jpeg``, ``.bmp``,
        ``.tif``, ``.tiff``, ``.gif`` or ``.webp``, in upper or lower case.

    image_shape : tuple (h, w), default=None
        Shape of all images, in pixels. Each image is resized to fit, with its aspect
        ratio kept, and centred. The rest is filled with the median of its border. None
        keeps the sizes.

    max_pixels : int, default=100_000_000
        Maximum number of pixels per image. Larger images are refused before they are
        decoded, which takes up to 13 bytes per pixel. A page of A3 at 600 dpi has 70
        million pixels. For more than 178 million, also raise
        ``PIL.Image.MAX_IMAGE_PIXELS``.

    max_total_pixels : int, default=2_000_000_000
        Maximum number of pixels of all images together. Larger folders are refused
        before an image is decoded. Each pixel takes a byte. Ignored if `image_shape` is
        given.

    return_X_y : bool, default=False
        If True, return ``(data, target)`` instead of a Bunch object.

    as_frame : bool, default=False
        If True, `data` is a pandas DataFrame and `target` is a pandas Series. All
        images must have the same size.

    Returns
    -------
    digits : :class:`~sklearn.utils.Bunch`
        Dictionary-like object with the following attributes.

        data : ndarray or DataFrame of shape (n, h * w), uint8, or list
            One image per row, pixels from 0 (black) to 255 (white). A list of n arrays
            of shape (h, w) if the sizes differ.
        target : ndarray or Series of shape (n,), int64, or None
            Label of each image, or None if the images have no labels. If the names of
            all subfolders are whole numbers, labels are these ("7" and "07" are equal).
            Otherwise labels are positions in `target_names`.
        images : ndarray of shape (n, h, w), uint8, or list
            The same pixels as images (a view).
        target_names : ndarray or None
            Names of the subfolders in natural order. If all are whole numbers, they are
            sorted and int64.
        filenames : ndarray of shape (n,), str
            Path of each image, which begins with `folder`.
        feature_names : list of str or None
            ``"pixel0"`` and so on, row by row. None if the sizes differ, or for more
            than 65,536 pixels.
        frame : DataFrame of shape (n, h * w + 1) or None
            `data` and `target` in one DataFrame, if `as_frame` is True.
        DESCR : str
            Description of the data set.

    (data, target) : tuple if ``return_X_y`` is True
        `data` and `target`. `target` is None if the images have no labels.

    Raises
    ------
    OSError
        If the folder or a file cannot be opened. FileNotFoundError if the folder does
        not exist, NotADirectoryError if it is a file.
    ValueError
        If there are no images, or images both in the folder and in its subfolders. If
        files are damaged or too large: the message counts them and names the first. If
        all images together are too large, if sizes differ although `as_frame` is True,
        or if a parameter is invalid.
    ImportError
        If `as_frame` is True and pandas is not installed.

    Warns
    -----
    UserWarning
        If anything but hidden files is skipped: other files, folders without images or
        inside subfolders, or links to places outside the folder. The message counts
        them and names the first.

    See Also
    --------
    load_csv : Load images from a CSV file.
    load_idx : Load IDX files, the format of MNIST.

    Notes
    -----
    Images are in natural order, ``img2.png`` before ``img10.png``, one subfolder after
    the other. Shuffle them before you split.

    Colours are converted to greyscale. Images are rotated according to their EXIF
    orientation. Pixels of 16 bits are scaled to 8. Transparent images get a white
    background, or a black one if the visible pixels contrast more with it. For
    animations and documents of several pages, the first image is read.

    Images are not inverted. MNIST's digits are bright on dark:
    :class:`~skdigits.preprocessing.DigitNormalizer` makes such images from scans of any
    size.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from PIL import Image
    >>> from skdigits.datasets import load_image_folder
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for name in ("7/img2.png", "7/img10.png", "9/img1.png"):
    ...         path = Path(folder, name)
    ...         path.parent.mkdir(exist_ok=True)
    ...         Image.new("L", (20, 28), 255).save(path)
    ...     digits = load_image_folder(folder)
    >>> digits.images.shape, digits.target
    ((3, 28, 20), array([7, 7, 9]))
    >>> [Path(name).name for name in digits.filenames]
    ['img2.png', 'img10.png', 'img1.png']
    """
    from skdigits._pictures.grey import read_grey

    if image_shape is not None:
        image_shape = check_image_shape(image_shape)
    folder = Path(folder).expanduser()
    files, skipped = _scan(folder)
    if skipped:
        warn(f"Not everything in '{folder}' was read{_show_skipped(folder, skipped)}.")
    paths = [path for in_folder in files.values() for path in in_folder]
    if image_shape is None:
        _check_total(folder, paths, max_pixels, max_total_pixels)
    read = partial(
        read_grey, image_shape=image_shape, max_pixels=max_pixels, advice=_ADVICE
    )
    images = _read_images(paths, read)
    target, target_names = _to_target(files)
    filenames = np.array(paths)
    count = f"{len(paths):,} images"
    if isinstance(images, np.ndarray):
        height, width = images.shape[1:]
        return make_bunch(
            images,
            target,
            target_names=target_names,
            description=f"{count} of {height}x{width} pixels from {folder}",
            return_X_y=return_X_y,
            as_frame=as_frame,
            caller="load_image_folder",
            filenames=filenames,
        )
    if as_frame:
        _refuse_frame(folder, images)
    if return_X_y:
        return images, target
    return Bunch(
        data=images,
        target=target,
        images=images,
        target_names=target_names,
        filenames=filenames,
        feature_names=None,
        frame=None,
        DESCR=f"{count} of different sizes from {folder}",
    )


def _scan(folder: Path) -> tuple[dict[str | None, list[str]], Others]:
    """Find the images by label, and what is no image; None stands for no label."""
    if not folder.is_dir():
        kind = NotADirectoryError if folder.exists() else FileNotFoundError
        raise kind(f"'{folder}' is not a folder.")
    root = os.path.realpath(folder)
    images, subfolders, skipped = list_folder(str(folder), root)
    labelled: dict[str | None, list[str]] = {}
    for subfolder in subfolders:
        found, deeper, others = list_folder(subfolder, root)
        if found:
            labelled[os.path.basename(subfolder)] = found
            skipped += others
            skipped += [(path, "a folder too deep") for path in deeper]
        else:
            skipped.append((subfolder, "a folder without images"))
    if images and labelled:
        first = next(iter(labelled.values()))[0]
        raise ValueError(
            f"There are images in '{folder}' itself, such as {_show(folder, images[0])}"
            f", and in its sub-folders, such as {_show(folder, first)}. Expected "
            "sub-folders that are labels, or images without labels: move one of them "
            "elsewhere."
        )
    if not images and not labelled:
        raise ValueError(
            f"There are no images in '{folder}' or its direct sub-folders"
            f"{_show_skipped(folder, skipped)}. If they lie deeper, pass the folder "
            "whose sub-folders are the labels."
        )
    return labelled or {None: images}, skipped


def _show_skipped(folder: Path, skipped: Others) -> str:
    if not skipped:
        return ""
    shown = [
        f"{_show(folder, path)} ({reason})" for path, reason in skipped[:_MOST_SHOWN]
    ]
    return f"; skipped {len(skipped):,}: {_enumerate(shown, len(skipped))}"


def _show(folder: Path, path: str) -> str:
    return f"'{os.path.relpath(path, folder)}'"


def _enumerate(shown: Iterable[str], n_all: int) -> str:
    more = f" and {n_all - _MOST_SHOWN:,} more" if n_all > _MOST_SHOWN else ""
    return ", ".join(shown) + more


def _to_target(
    files: dict[str | None, list[str]],
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Turn the names of sub-folders into a label for each image."""
    names = [name for name in files if name is not None]
    if len(names) < len(files):
        return None, None
    counts = [len(in_folder) for in_folder in files.values()]
    # Up to 18 digits fit into int64.
    if all(name.isdecimal() and len(name) <= 18 for name in names):
        labels = np.array([int(name) for name in names], dtype=np.int64)
        return np.repeat(labels, counts), np.unique(labels)
    return np.repeat(np.arange(len(names)), counts), np.array(names)


def _check_total(
    folder: Path, paths: list[str], max_pixels: int, max_total_pixels: int
) -> None:
    """Refuse images that together take too much memory, before any is decoded."""
    from skdigits._pictures.opening import open_picture

    n_pixels = 0
    with _quiet_pillow():
        for path in paths:
            # What cannot be opened is counted when it is read.
            with suppress(ValueError), open_picture(path, max_pixels) as picture:
                n_pixels += picture.width * picture.height
    if n_pixels > max_total_pixels:
        raise ValueError(
            f"The {len(paths):,} images in '{folder}' have {n_pixels:,} pixels in all, "
            f"more than max_total_pixels={max_total_pixels:,}. Load fewer, pass "
            "image_shape=(height, width) to reduce them, or raise max_total_pixels if "
            "as many bytes fit into memory."
        )


@contextmanager
def _quiet_pillow() -> Iterator[None]:
    """Ignore what Pillow warns of: max_pixels decides."""
    from PIL.Image import DecompressionBombWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DecompressionBombWarning)
        warnings.filterwarnings("ignore", "Corrupt EXIF data", UserWarning)
        yield


def _read_images(
    paths: list[str], read: Callable[[str], np.ndarray]
) -> np.ndarray | list[np.ndarray]:
    """Read files into one array, or into a list if the sizes differ."""
    # Grows as the images come, so that they are never held twice.
    pixels = bytearray()
    shapes = []
    failures = []
    with _quiet_pillow():  # here, because filters are not a thread's own
        for image in _map(partial(_read_or_fail, read), paths):
            if isinstance(image, ValueError):
                failures.append(image)
            else:
                pixels += image.data
                shapes.append(image.shape)
    if failures:
        raise ValueError(
            f"{len(failures):,} of {len(paths):,} images cannot be read; mend them or "
            "take them out of the folder: "
            + _enumerate(map(str, failures[:_MOST_SHOWN]), len(failures))
        ) from failures[0]
    flat = np.frombuffer(pixels, np.uint8)
    if len(set(shapes)) == 1:
        return flat.reshape(len(shapes), *shapes[0])
    ends = np.cumsum([height * width for height, width in shapes])
    parts = np.split(flat, ends[:-1])
    return [part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)]


def _read_or_fail(
    read: Callable[[str], np.ndarray], path: str
) -> np.ndarray | ValueError:
    try:
        return read(path)
    except ValueError as error:
        return error


def _map(function: Callable[[str], Any], paths: list[str]) -> Iterator[Any]:
    """Apply a function to files, in parallel where that is quicker."""
    n_bytes = sum(os.path.getsize(path) for path in paths)
    if n_bytes < _WORTH_THREADS * len(paths) or n_threads() == 1:
        yield from map(function, paths)
        return
    with ThreadPoolExecutor(n_threads()) as pool:
        yield from pool.map(function, paths)


def _refuse_frame(folder: Path, images: list[np.ndarray]) -> None:
    shapes = sorted({image.shape for image in images})
    raise ValueError(
        f"The images in '{folder}' have {len(shapes):,} different sizes, such as "
        f"{shapes[0]} and {shapes[-1]}; as_frame=True needs one. Pass "
        "image_shape=(height, width), or leave out as_frame."
    )

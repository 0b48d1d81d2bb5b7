"""The files that skdigits fetches into the data home."""

import os

from skdigits._mnist_files import mnist_files
from skdigits._sklearn import validate_params
from skdigits.datasets._home import get_data_home


@validate_params(
    {"data_home": [str, os.PathLike, None]}, prefer_skip_nested_validation=True
)
def clear_data_home(data_home: str | os.PathLike[str] | None = None) -> None:
    """Delete the files that skdigits fetched.

    The folder and other files in it are kept.

    Parameters
    ----------
    data_home : str or path-like, default=None
        The folder. None means what :func:`get_data_home` returns.

    Raises
    ------
    OSError
        If a file cannot be deleted.
    ValueError
        If `data_home` is not a path.

    See Also
    --------
    get_data_home : Return the folder for data sets.
    fetch_mnist : Load MNIST and download it if needed.

    Examples
    --------
    >>> import tempfile
    >>> from skdigits.datasets import clear_data_home
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     clear_data_home(folder)
    """
    folder = get_data_home(data_home) / "mnist"
    for file in mnist_files():
        (folder / file.name).unlink(missing_ok=True)
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()

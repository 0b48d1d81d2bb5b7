"""The folder in which fetched files are kept."""

import os
from pathlib import Path

from skdigits._sklearn import validate_params


@validate_params(
    {"data_home": [str, os.PathLike, None]}, prefer_skip_nested_validation=True
)
def get_data_home(data_home: str | os.PathLike[str] | None = None) -> Path:
    """Return the folder for data sets fetched by skdigits.

    Parameters
    ----------
    data_home : str or path-like, default=None
        Folder for data sets. None means the environment variable ``SKDIGITS_DATA``. If
        it is unset or empty, the folder is ``skdigits`` in scikit-learn's data home,
        which is ``SCIKIT_LEARN_DATA`` or ``~/scikit_learn_data``.

    Returns
    -------
    data_home : pathlib.Path
        Path of the folder, with ``~`` expanded. This function does not create the
        folder; a download does.

    Raises
    ------
    ValueError
        If `data_home` is not a path.

    See Also
    --------
    sklearn.datasets.get_data_home : Return scikit-learn's data home.

    Examples
    --------
    >>> from skdigits.datasets import get_data_home
    >>> get_data_home("~/digits").name
    'digits'
    """
    if data_home is None:
        data_home = os.environ.get("SKDIGITS_DATA") or os.path.join(
            # Not sklearn.datasets.get_data_home(): that one creates the folder.
            os.environ.get("SCIKIT_LEARN_DATA", os.path.join("~", "scikit_learn_data")),
            "skdigits",
        )
    return Path(os.path.expanduser(data_home))

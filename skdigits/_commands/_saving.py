"""Saving a model that took minutes to train, whatever happens to the disk."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any


def save_trained(estimator: Any, path: Path, metadata: dict[str, Any]) -> None:
    """Save a model, and if its place cannot be written to any more, elsewhere.

    Parameters
    ----------
    estimator : classifier
        What was trained.

    path : pathlib.Path
        The file; it is replaced.

    metadata : dict
        As of :func:`~skdigits.persistence.save_model`.

    Raises
    ------
    OSError
        If it is not at its place. The message names the place where it is.
    """
    from skdigits.persistence import save_model

    try:
        save_model(estimator, path, overwrite=True, metadata=metadata)
    except OSError as error:
        place = _save_elsewhere(estimator, path.name, metadata)
        where = f"was saved as '{place}' instead" if place else "is lost"
        raise OSError(
            f"'{path}' could not be written: {error.strerror or error}. The model "
            f"{where}."
        ) from error


def _save_elsewhere(estimator: Any, name: str, metadata: dict[str, Any]) -> Path | None:
    """Save into a new folder, where there is room for one."""
    from skdigits.persistence import save_model

    for parent in (tempfile.gettempdir(), Path.cwd(), Path.home()):
        try:
            folder = tempfile.mkdtemp(prefix="skdigits-", dir=parent)
            return save_model(estimator, Path(folder, name), metadata=metadata)
        except OSError:
            continue  # the caller tells of the first error, which matters
    return None

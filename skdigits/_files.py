"""Files: those that are read, and where and when others appear."""

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def check_not_endless(path: str | os.PathLike[str]) -> None:
    """Refuse pipes and devices, which can be waited for or read for ever.

    Parameters
    ----------
    path : str or path-like
        What is to be read as a file.

    Raises
    ------
    OSError
        If it is a pipe or a device, or not there.
    """
    mode = os.stat(path).st_mode
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise OSError(
            f"'{path}' is a pipe or a device; expected a file. Copy what comes out of "
            "it into a file first."
        )


def check_destination(
    path: str | os.PathLike[str], *, overwrite: bool, example: str
) -> Path:
    """Refuse paths that no file can, or may, be written to.

    Parameters
    ----------
    path : str or path-like
        The file; ``~`` is expanded.

    overwrite : bool
        Whether a file that is there may be replaced.

    example : str
        A name for such a file.

    Returns
    -------
    path : pathlib.Path
        The same, expanded.

    Raises
    ------
    OSError
        If it is refused; the message says why.
    """
    path = Path(path).expanduser()
    if path.is_dir():
        raise IsADirectoryError(
            f"'{path}' is a folder. Give the name of a file, for instance "
            f"'{path / example}'."
        )
    if not path.parent.is_dir():
        raise FileNotFoundError(
            f"There is no folder '{path.parent}' to write '{path.name}' into. Make it "
            "first."
        )
    if path.exists() and not overwrite:
        raise FileExistsError(
            f"'{path}' exists. Pass overwrite=True to replace it, or another name."
        )
    return path


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Lend a file that takes the place of another when all went well.

    Parameters
    ----------
    path : pathlib.Path
        What is to be written, or written anew. Its folder must exist.

    Yields
    ------
    temporary : pathlib.Path
        What to write to instead: an interruption leaves what was there before.

    Raises
    ------
    OSError
        If the folder cannot be written to, or the disk is full. The error names `path`.
    """
    prefix = ".skdigits-"
    try:
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=prefix) as folder:
            # A file in a folder of its own has the permissions that the user wants;
            # a temporary file would be readable by its owner only.
            temporary = Path(folder, path.name)
            yield temporary
            os.replace(temporary, path)
    except OSError as error:
        # A full disk names no file, others a temporary one.
        if error.errno and (error.filename is None or prefix in str(error.filename)):
            raise OSError(error.errno, error.strerror, str(path)) from error
        raise

"""Arrays in a .npz file of NumPy, none larger than it says or may be."""

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from pathlib import Path
from typing import IO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

import numpy as np

from skdigits._files import check_not_endless

_HEADERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}


@contextmanager
def opened(path: Path) -> Iterator[ZipFile]:
    """Open a .npz file.

    Parameters
    ----------
    path : pathlib.Path
        The file.

    Yields
    ------
    archive : zipfile.ZipFile
        Its arrays.

    Raises
    ------
    OSError
        If it cannot be opened.
    ValueError
        If it is no zip archive; also while it is read.
    """
    check_not_endless(path)
    try:
        with path.open("rb") as file, ZipFile(file) as archive:
            yield archive
    except (BadZipFile, NotImplementedError, RuntimeError, EOFError, zlib.error) as e:
        # In the middle: an extension of zip, a password.
        raise ValueError(
            f"'{path}' is not a .npz file, or it is damaged: {e}. Expected what "
            "numpy.savez writes."
        ) from e


def read_array(
    path: Path, archive: ZipFile, info: ZipInfo, max_bytes: int
) -> np.ndarray:
    """Read an array.

    Parameters
    ----------
    path : pathlib.Path
        For messages.

    archive : zipfile.ZipFile
        The open file.

    info : zipfile.ZipInfo
        The array in it.

    max_bytes : int
        Its limit.

    Returns
    -------
    array : ndarray
        Without objects.

    Raises
    ------
    ValueError
        If it holds objects, is larger than allowed or of another size than it says.
    """
    where = f"'{path}', array {show_name(info)}"
    if info.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise ValueError(f"{where} is compressed in a way that NumPy does not use.")
    with archive.open(info) as file:
        try:
            _check_header(file, info.file_size, max_bytes)
            file.seek(0)
            return np.lib.format.read_array(file, allow_pickle=False)
        except ValueError as error:
            raise ValueError(f"{where}: {error}") from error


def _check_header(file: IO[bytes], n_bytes: int, max_bytes: int) -> None:
    version = np.lib.format.read_magic(file)
    if version not in _HEADERS:
        raise ValueError(f"version {version} of its format is not read.")
    shape, _, dtype = _HEADERS[version](file)
    if dtype.hasobject:
        raise ValueError("it holds Python objects, which are never read.")
    # In Python's integers, which do not overflow.
    needed = dtype.itemsize * prod(shape)
    if needed > max_bytes:
        raise ValueError(
            f"{dtype} values of shape {shape} are {needed:,} bytes, but max_bytes "
            f"allows {max_bytes:,}."
        )
    if needed != n_bytes - file.tell() or any(
        not 0 <= length < 2**31 for length in shape
    ):
        raise ValueError(
            f"{dtype} values of shape {shape} are {needed:,} bytes, but "
            f"{n_bytes - file.tell():,} follow."
        )


def show_name(info: ZipInfo) -> str:
    """Quote the name of an array, or how it begins.

    Parameters
    ----------
    info : zipfile.ZipInfo
        The array.

    Returns
    -------
    shown : str
        A short text.
    """
    return repr(info.filename.removesuffix(".npy")[:40])

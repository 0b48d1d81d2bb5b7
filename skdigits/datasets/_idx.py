"""The IDX format: a header of big-endian integers, then the values of an array."""

import gzip
import os
import sys
import zlib
from collections.abc import Sequence
from contextlib import ExitStack
from io import BufferedIOBase
from math import prod
from numbers import Integral, Real
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from skdigits._files import check_not_endless, replacing
from skdigits._sklearn import Interval, validate_params

DEFAULT_MAX_BYTES = 2**30

_DTYPES = {
    code: np.dtype(name)
    for code, name in {
        0x08: ">u1",
        0x09: ">i1",
        0x0B: ">i2",
        0x0C: ">i4",
        0x0D: ">f4",
        0x0E: ">f8",
    }.items()
}
_MAX_RANK = 64  # of NumPy arrays
_GZIP_MAGIC = b"\x1f\x8b"
_CHUNK = 2**20  # bytes that are decompressed at a time


@validate_params(
    {
        "path": [str, os.PathLike],
        "max_bytes": [Interval(Integral, 0, None, closed="left")],
    },
    prefer_skip_nested_validation=True,
)
def read_idx(
    path: str | os.PathLike[str], *, max_bytes: int = DEFAULT_MAX_BYTES
) -> np.ndarray:
    """Read an IDX file, the format of MNIST and its relatives.

    Untrusted files are safe to read. No code in them is run, and no more memory is
    allocated than their header announces.

    Parameters
    ----------
    path : str or path-like
        Path of the file. Compression with gzip is detected from its first bytes.

    max_bytes : int, default=2**30
        Maximum size of an array in bytes. Larger arrays are refused.

    Returns
    -------
    array : ndarray
        Array of any shape, of type uint8, int8, int16, int32, float32 or float64, in
        native byte order.

    Raises
    ------
    ValueError
        If the file is no IDX file, is damaged, is shorter or longer than its header
        announces, or is larger than `max_bytes`.
    OSError
        If the file cannot be opened. FileNotFoundError if it does not exist.

    See Also
    --------
    write_idx : Write an IDX file.
    load_idx : Load images and labels from IDX files.

    References
    ----------
    .. [1] Y. LeCun, C. Cortes and C. Burges, "The MNIST database of handwritten
       digits", section "The IDX file format", http://yann.lecun.com/exdb/mnist/.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from skdigits.datasets import read_idx
    >>> header = bytes([0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3])  # uint8, 2 x 3
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "array.idx")
    ...     _ = path.write_bytes(header + bytes(range(6)))
    ...     read_idx(path)
    array([[0, 1, 2],
           [3, 4, 5]], dtype=uint8)
    """
    with _IdxFile(path, max_bytes) as file:
        array = np.empty(file.shape, file.dtype)
        file.read_into(array)
    return _to_native(array)


@validate_params(
    {"path": [str, os.PathLike], "array": ["array-like", Integral, Real]},
    prefer_skip_nested_validation=True,
)
def write_idx(path: str | os.PathLike[str], array: ArrayLike) -> None:
    """Write an array as an IDX file, the format of MNIST and its relatives.

    The file is replaced only when it is complete. Equal arrays give equal bytes.

    Parameters
    ----------
    path : str or path-like
        Path of the file. An existing file is overwritten. The file is compressed with
        gzip if its name ends in ``.gz``.

    array : array-like
        Array of type uint8, int8, int16, int32, float32 or float64, with at most 64
        dimensions, each below 2**32. Other types raise an error.

    Raises
    ------
    TypeError
        If the array has another type.
    ValueError
        If a dimension is too long, or a parameter is invalid.
    OSError
        If the file cannot be written.

    See Also
    --------
    read_idx : Read an IDX file.

    References
    ----------
    .. [1] Y. LeCun, C. Cortes and C. Burges, "The MNIST database of handwritten
       digits", section "The IDX file format", http://yann.lecun.com/exdb/mnist/.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> from skdigits.datasets import read_idx, write_idx
    >>> labels = np.array([5, 0, 4], dtype=np.uint8)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_idx(Path(folder, "labels-idx1-ubyte.gz"), labels)
    ...     read_idx(Path(folder, "labels-idx1-ubyte.gz"))
    array([5, 0, 4], dtype=uint8)
    """
    # What a link leads to is overwritten, not the link.
    path = Path(os.path.realpath(os.path.expanduser(path)))
    array = np.asarray(array)
    big_endian = array.dtype.newbyteorder(">")
    codes = [code for code, dtype in _DTYPES.items() if dtype == big_endian]
    if not codes:
        known = ", ".join(dtype.name for dtype in _DTYPES.values())
        raise TypeError(
            f"IDX files hold {known}; got {array.dtype}. Convert the array first, for "
            "instance with array.astype(np.uint8)."
        )
    if max(array.shape, default=0) >= 2**32:
        raise ValueError(
            f"Each dimension of an IDX file is shorter than 2**32; got {array.shape}."
        )
    sizes = np.array(array.shape, ">u4").tobytes()
    with replacing(path) as temporary, ExitStack() as stack:
        file: BufferedIOBase = stack.enter_context(temporary.open("wb"))
        if path.suffix == ".gz":
            # No name and no time in the header.
            file = stack.enter_context(
                gzip.GzipFile(filename="", fileobj=file, mode="wb", mtime=0)
            )
        file.write(bytes([0, 0, codes[0], array.ndim]) + sizes)
        file.write(np.ascontiguousarray(array, big_endian).data)


def read_idx_files(
    paths: Sequence[str | os.PathLike[str]], *, max_bytes: int = DEFAULT_MAX_BYTES
) -> np.ndarray:
    """Read IDX files into one array, one after the other along the first axis.

    Concatenating what :func:`read_idx` returns would hold everything twice.

    Parameters
    ----------
    paths : sequence of str or path-like
        One file or more.

    max_bytes : int, default=2**30
        Maximum size of an array in bytes. Larger arrays are refused.

    Returns
    -------
    array : ndarray
        As from :func:`read_idx`.

    Raises
    ------
    ValueError
        As :func:`read_idx`; or if the files do not fit together.
    OSError
        If a file cannot be opened.
    """
    with ExitStack() as stack:
        files = [stack.enter_context(_IdxFile(path, max_bytes)) for path in paths]
        first = files[0]
        for file in files:
            if (file.dtype, file.shape[1:]) != (first.dtype, first.shape[1:]) or (
                not file.shape
            ):
                raise ValueError(
                    f"'{file.path}' holds {file.description}, which cannot follow "
                    f"the {first.description} of '{first.path}'."
                )
        n_rows = [file.shape[0] for file in files]
        array = np.empty((sum(n_rows), *first.shape[1:]), first.dtype)
        for file, start in zip(files, np.cumsum([0, *n_rows[:-1]]), strict=True):
            file.read_into(array[start : start + file.shape[0]])
    return _to_native(array)


def read_idx_header(
    path: str | os.PathLike[str], *, max_bytes: int = DEFAULT_MAX_BYTES
) -> tuple[np.dtype, tuple[int, ...]]:
    """Read what an IDX file announces to hold.

    Parameters
    ----------
    path : str or path-like
        The file.

    max_bytes : int, default=2**30
        Maximum size of an array in bytes. Larger arrays are refused.

    Returns
    -------
    dtype : dtype
        The type of the values, big-endian.

    shape : tuple of int
        The shape.

    Raises
    ------
    ValueError
        As :func:`read_idx`.
    OSError
        If the file cannot be opened.
    """
    with _IdxFile(path, max_bytes) as file:
        return file.dtype, file.shape


def _to_native(array: np.ndarray) -> np.ndarray:
    """Give an array the byte order of this machine, in place."""
    if array.dtype.isnative:
        return array
    return array.byteswap(inplace=True).view(array.dtype.newbyteorder("="))


class _IdxFile:
    """An open IDX file of which the header was read and found plausible."""

    def __init__(self, path: str | os.PathLike[str], max_bytes: int):
        self.path = Path(path).expanduser()
        with ExitStack() as stack:
            check_not_endless(self.path)
            file = stack.enter_context(self.path.open("rb"))
            self._file: BufferedIOBase = file
            if file.peek(2)[:2] == _GZIP_MAGIC:
                self._file = stack.enter_context(gzip.GzipFile(fileobj=file))
            self.dtype, self.shape = self._read_header(max_bytes)
            self._stack = stack.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._stack.close()

    @property
    def description(self) -> str:
        return f"{self.dtype.name} values of shape {self.shape}"

    def read_into(self, array: np.ndarray) -> None:
        """Fill a C-contiguous array that has the shape and type of the file."""
        n_found = self._fill(array.reshape(-1).view(np.uint8))
        if n_found < array.nbytes:
            raise ValueError(
                f"'{self.path}' is too short: its header announces "
                f"{self.description}, that is {array.nbytes:,} bytes, but only "
                f"{n_found:,} follow."
            )
        # Reading on to the end also makes gzip compare its checksum.
        if self._fill(np.empty(1, np.uint8)):
            raise ValueError(
                f"'{self.path}' is too long: its header announces "
                f"{self.description}, that is {array.nbytes:,} bytes, but more follow."
            )

    def _read_header(self, max_bytes: int) -> tuple[np.dtype, tuple[int, ...]]:
        magic = self._read_up_to(4)
        if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] not in _DTYPES:
            raise ValueError(
                f"'{self.path}' is not an IDX file: it starts with {_show(magic)}, "
                "expected 00 00, a type code among "
                f"{', '.join(f'{known:02x}' for known in _DTYPES)}, and the number of "
                "dimensions."
            )
        dtype, rank = _DTYPES[magic[2]], magic[3]
        if rank > _MAX_RANK:
            raise ValueError(
                f"'{self.path}' announces {rank} dimensions; NumPy arrays have at "
                f"most {_MAX_RANK}."
            )
        sizes = self._read_up_to(4 * rank)
        if len(sizes) < 4 * rank:
            raise ValueError(
                f"'{self.path}' is too short: the sizes of {rank} dimensions take "
                f"{4 * rank} bytes, but only {len(sizes)} follow the first four."
            )
        shape = tuple(np.frombuffer(sizes, dtype=">u4").tolist())
        # A size of 0 counts as 1: NumPy refuses (0, huge, huge), and so do we.
        n_bytes = dtype.itemsize * prod(max(size, 1) for size in shape)
        limit = min(max_bytes, sys.maxsize)
        if n_bytes > limit:
            raise ValueError(
                f"'{self.path}' announces {dtype.name} values of shape {shape}, that "
                f"is {n_bytes:,} bytes, but max_bytes allows {limit:,}."
            )
        return dtype, shape

    def _read_up_to(self, n_bytes: int) -> bytes:
        buffer = np.empty(n_bytes, np.uint8)
        return buffer[: self._fill(buffer)].tobytes()

    def _fill(self, buffer: np.ndarray) -> int:
        """Read until the buffer is full or the file ends; return the bytes read."""
        n_read = 0
        try:
            while n_read < buffer.size:
                n_new = self._file.readinto(buffer[n_read : n_read + _CHUNK].data)
                if not n_new:
                    break
                n_read += n_new
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise ValueError(
                f"'{self.path}' starts like a gzip file but is damaged or cut off: "
                f"{error}"
            ) from error
        return n_read


def _show(start: bytes) -> str:
    """Show bytes in hexadecimal and, where that says more, as text."""
    if not start:
        return "nothing (it is empty)"
    text = f" ({start.decode('ascii')!r})" if start.isascii() and start[0] else ""
    return start.hex(" ") + text

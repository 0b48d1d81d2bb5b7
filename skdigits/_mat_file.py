"""Numeric arrays in a MATLAB file, none larger than it says or may be."""

import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from pathlib import Path
from typing import IO, NamedTuple

import numpy as np

from skdigits._files import check_not_endless

_HEADER = 128  # bytes before the first variable
_CHUNK = 2**16  # compressed bytes that are read at a time
_MOST_VARIABLES = 1000
_LONGEST_NAME = 4096  # bytes; MATLAB's own limit is 63
_MATRIX, _COMPRESSED = 14, 15
_STORED = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4"}
_STORED |= {7: "f4", 9: "f8", 12: "i8", 13: "u8"}
_NUMBERS = range(6, 16)  # double, single, int8, uint8 and so on
_OTHERS = {1: "a cell array", 2: "a struct", 3: "an object", 4: "text"}
_OTHERS |= {5: "a sparse matrix", 16: "a function", 17: "an object"}
_HDF5 = b"\x89HDF"


class ChoiceError(ValueError):
    """A file that can be read in several ways; the message names the arguments."""


class MatArray(NamedTuple):
    """An array of numbers.

    Parameters
    ----------
    name : str
        Its name in the file.

    values : ndarray
        In the type in which they are stored: MATLAB stores a double 7 as a byte.

    kind : {"float", "integer", "logical"}
        What they are in MATLAB.
    """

    name: str
    values: np.ndarray
    kind: str


class Variable(NamedTuple):
    """Where a variable lies.

    Parameters
    ----------
    name : str
        Its name.

    start, n_bytes : int
        Of its element, behind the tag.

    is_compressed : bool
        Whether the element is.
    """

    name: str
    start: int
    n_bytes: int
    is_compressed: bool


class MatFile:
    """A MATLAB file of version 5 to 7.

    Parameters
    ----------
    path : pathlib.Path
        For messages.

    file : binary file
        The same, opened.

    Attributes
    ----------
    variables : list of Variable
        What the file holds.

    Raises
    ------
    ValueError
        If the file is not one of these, or damaged.
    """

    def __init__(self, path: Path, file: IO[bytes]) -> None:
        self.path = path
        self._file = file
        self._n_bytes = os.fstat(file.fileno()).st_size
        header = file.read(_HEADER)
        self._order = self._check_header(header)
        try:
            self.variables = list(self._list_variables())
        except (ValueError, zlib.error) as error:
            raise ValueError(f"'{path}' is damaged: {error}") from error

    def _check_header(self, header: bytes) -> str:
        """Return the byte order."""
        if header.startswith((_HDF5, b"MATLAB 7.3")) or header[124:] == b"\0\2IM":
            raise ValueError(
                f"'{self.path}' is a MATLAB file of version 7.3 (HDF5), which is not "
                "read. Save it anew in MATLAB, by save(name, ..., '-v7')."
            )
        orders = {b"IM": "<", b"MI": ">"}
        if len(header) < _HEADER or header[126:] not in orders:
            raise ValueError(
                f"'{self.path}' is not a MATLAB file, or one of version 4. Expected "
                "what save(name, ..., '-v7') writes in MATLAB, or scipy.io.savemat."
            )
        return orders[header[126:]]

    def _list_variables(self) -> Iterator[Variable]:
        start, n_seen = _HEADER, 0
        names: set[str] = set()
        while start < self._n_bytes:
            self._file.seek(start)
            kind, n_bytes = self._integers(self._file.read(8), 2)
            start += 8
            if kind not in (_MATRIX, _COMPRESSED) or start + n_bytes > self._n_bytes:
                raise ValueError(
                    f"{n_bytes:,} bytes of type {kind} follow at byte {start}; "
                    "expected a variable that ends within the file."
                )
            where = Variable("", start, n_bytes, kind == _COMPRESSED)
            name = self._read_head(where).name
            n_seen += 1
            if name in names or n_seen > _MOST_VARIABLES:
                raise ValueError(
                    f"it holds more than one variable {show_name(name)}, or more than "
                    f"{_MOST_VARIABLES:,} variables."
                )
            if name:  # else it is what MATLAB keeps of objects
                names.add(name)
                yield where._replace(name=name)
            start += n_bytes

    def read(self, variable: Variable, max_bytes: int) -> MatArray:
        """Read an array of numbers.

        Parameters
        ----------
        variable : Variable
            One of `variables`.

        max_bytes : int
            The size in bytes above which it is refused.

        Returns
        -------
        array : MatArray
            Its values are in Fortran order.

        Raises
        ------
        ValueError
            If it is no array of real numbers, larger than allowed, or damaged.
        """
        try:
            return self._read(variable, max_bytes)
        except (ValueError, zlib.error) as error:
            where = f"'{self.path}', variable {show_name(variable.name)}"
            raise ValueError(f"{where}: {error}") from error

    def _read(self, variable: Variable, max_bytes: int) -> MatArray:
        head = self._read_head(variable)
        if head.kind not in _NUMBERS or head.is_complex:
            kind = "complex" if head.is_complex else _OTHERS.get(head.kind, "unknown")
            raise ValueError(
                f"it is {kind}; expected an array of real numbers. What it holds can "
                "be taken out with scipy.io.loadmat."
            )
        stored, n_bytes, values = head.content.read_tag()
        if stored not in _STORED:
            raise ValueError(f"values of the unknown type {stored}.")
        dtype = np.dtype(self._order + _STORED[stored])
        needed = dtype.itemsize * prod(head.shape)
        if needed > max_bytes:
            raise ValueError(
                f"{dtype.name} values of shape {head.shape} are {needed:,} bytes, but "
                f"max_bytes allows {max_bytes:,}."
            )
        if needed != n_bytes:
            raise ValueError(
                f"{dtype.name} values of shape {head.shape} are {needed:,} bytes, but "
                f"{n_bytes:,} follow."
            )
        buffer = np.empty(n_bytes, np.uint8)
        if values:
            buffer[:] = np.frombuffer(values, np.uint8)
        else:
            head.content.read_into(buffer.data)
        head.content.check_end()
        array = buffer.view(dtype).reshape(head.shape, order="F")
        kind = "float" if head.kind in (6, 7) else "integer"
        native = array.astype(dtype.newbyteorder("="), copy=False)
        return MatArray(variable.name, native, "logical" if head.is_logical else kind)

    def _read_head(self, variable: Variable) -> "_Head":
        content = _Content(self._file, variable, self._order)
        if variable.is_compressed:
            kind, _ = self._integers(content.read(8), 2)
            if kind != _MATRIX:
                raise ValueError(f"an element of type {kind} instead of a variable.")
        if variable.n_bytes == 0:
            raise ValueError("a variable without content.")
        flags = self._integers(content.read_element(8), 2)[0]
        kind = flags & 0xFF
        if kind == 17:
            # A string array, a table and so on: its name follows, but no shape.
            name = content.read_element(_LONGEST_NAME).decode("latin-1")
            return _Head(content, name, kind, (), is_complex=False, is_logical=False)
        sizes = content.read_element(4 * 32)
        shape = self._integers(sizes, len(sizes) // 4)
        if len(shape) < 2 or any(length >= 2**31 for length in shape):
            raise ValueError(f"a variable of shape {shape}.")
        name = content.read_element(_LONGEST_NAME).decode("latin-1")
        is_complex, is_logical = bool(flags & 0x800), bool(flags & 0x200)
        return _Head(content, name, kind, shape, is_complex, is_logical)

    def _integers(self, content: bytes, count: int) -> tuple[int, ...]:
        if len(content) < 4 * count:
            raise ValueError("it ends early.")
        return tuple(np.frombuffer(content, self._order + "u4", count).tolist())


class _Content:
    """The bytes of a variable, unpacked as far as they are asked for."""

    def __init__(self, file: IO[bytes], variable: Variable, order: str) -> None:
        self._file = file
        self._order = order
        self._position = variable.start
        self._left = variable.n_bytes
        self._unpack = zlib.decompressobj() if variable.is_compressed else None

    def read(self, n_bytes: int) -> bytes:
        content = bytearray(n_bytes)
        self.read_into(memoryview(content))
        return bytes(content)

    def read_into(self, buffer: memoryview) -> None:
        filled = 0
        while filled < len(buffer):
            more = self._read_some(len(buffer) - filled)
            if not more:
                raise ValueError("it ends early.")
            buffer[filled : filled + len(more)] = more
            filled += len(more)

    def _read_some(self, most: int) -> bytes:
        if self._unpack is None:
            return self._read_file(most)
        while not self._unpack.eof:
            packed = self._unpack.unconsumed_tail or self._read_file(_CHUNK)
            more = self._unpack.decompress(packed, min(most, 2**24))
            if more or not packed:
                return more
        return b""

    def _read_file(self, most: int) -> bytes:
        self._file.seek(self._position)
        content = self._file.read(min(most, self._left))
        self._position += len(content)
        self._left -= len(content)
        return content

    def read_tag(self) -> tuple[int, int, bytes]:
        """Return a type, a number of bytes, and these where they are at most 4."""
        tag = self.read(8)
        first, second = np.frombuffer(tag, self._order + "u4").tolist()
        n_bytes = first >> 16
        if n_bytes == 0:
            return first, second, b""
        if n_bytes > 4:
            raise ValueError("a damaged tag.")
        return first & 0xFFFF, n_bytes, tag[4 : 4 + n_bytes]

    def read_element(self, most: int) -> bytes:
        _, n_bytes, content = self.read_tag()
        if n_bytes > most:
            raise ValueError(f"{n_bytes:,} bytes where at most {most:,} are expected.")
        if content or n_bytes == 0:
            return content
        return self.read(n_bytes + -n_bytes % 8)[:n_bytes]

    def check_end(self) -> None:
        """Refuse more than padding; compressed content has a checksum, too."""
        n_bytes = 0
        while more := self._read_some(8):
            n_bytes += len(more)
            if n_bytes >= 8:
                raise ValueError("more bytes follow than belong to it.")
        if self._unpack and not self._unpack.eof:
            raise ValueError("it ends early.")


class _Head(NamedTuple):
    content: _Content
    name: str
    kind: int
    shape: tuple[int, ...]
    is_complex: bool
    is_logical: bool


@contextmanager
def opened(path: Path) -> Iterator[MatFile]:
    """Open a MATLAB file.

    Parameters
    ----------
    path : pathlib.Path
        The file.

    Yields
    ------
    mat_file : MatFile
        Its variables.

    Raises
    ------
    OSError
        If it cannot be opened.
    ValueError
        If it is no such file, or damaged.
    """
    check_not_endless(path)
    with path.open("rb") as file:
        yield MatFile(path, file)


def show_name(name: str) -> str:
    """Quote the name of an array, or how it begins.

    Parameters
    ----------
    name : str
        The name.

    Returns
    -------
    shown : str
        A short text.
    """
    return repr(name[:40])

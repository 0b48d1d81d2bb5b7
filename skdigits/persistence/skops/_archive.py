"""A .skops file, looked at with bounds before anything is made of it.

skops checks the types in a file, not how large it makes itself: these checks come
first. A file is a zip archive of members that are stored as they are, so that nothing
in it can be larger than the file is.
"""

import hashlib
import io
import math
import re
import struct
from dataclasses import dataclass
from typing import IO, Any
from zipfile import ZIP_STORED, ZipFile, ZipInfo

import numpy as np

from skdigits.persistence.skops._manifest import MANIFEST, check_manifest
from skdigits.persistence.skops._schema import MAX_BYTES as MAX_SCHEMA_BYTES
from skdigits.persistence.skops._schema import SCHEMA, check_schema, parse

MEMBER_NAME = re.compile(r"\d{1,20}\.npy")

# Zip's record of the end of the directory, which a file without comment ends with.
END_RECORD = struct.Struct("<4s4H2LH")
# What comes before it in archives of more than 4 GiB, and names another directory.
ZIP64_LOCATOR = struct.Struct("<4sLQL")
MAX_DIRECTORY_BYTES = 6 << 20
MAX_MANIFEST_BYTES = 1 << 20
MAX_HEADER_BYTES = 16 << 10
MAX_DIMENSION = 2**31
BLOCK_BYTES = 1 << 20


@dataclass(frozen=True)
class Contents:
    """Contents of a file, found without building the model.

    Parameters
    ----------
    manifest : dict
        What the file says of itself.

    types : dict of str to str
        Names of all types in it, and where each occurs first.

    n_values : int
        Numbers and texts in all arrays.

    n_bytes : int
        Size of these.
    """

    manifest: dict[str, Any]
    types: dict[str, str]
    n_values: int
    n_bytes: int


def check_archive(file: IO[bytes]) -> Contents:
    """Refuse a file that is damaged, or that is not what `save_model` writes.

    Parameters
    ----------
    file : binary file
        Read, not closed.

    Returns
    -------
    contents : Contents
        What it holds.

    Raises
    ------
    ValueError
        If it is refused. Other exceptions may come from files that are no zip archive.
    """
    size = _check_end_record(file)
    with ZipFile(file) as archive:
        members = archive.infolist()
        _check_members(members, size)
        manifest = check_manifest(parse(archive.read(MANIFEST)))
        digest, n_values, n_bytes = _digest(archive, members)
        if digest != manifest["sha256"]:
            raise ValueError(
                "its content does not have the SHA-256 sum that it names: it was "
                "damaged or altered"
            )
        types = check_schema(archive.read(SCHEMA))
    return Contents(manifest, types, n_values, n_bytes)


def _check_end_record(file: IO[bytes]) -> int:
    """Refuse directories that zipfile would read whole, whatever their size."""
    size = file.seek(0, io.SEEK_END)
    file.seek(max(size - END_RECORD.size - ZIP64_LOCATOR.size, 0))
    tail = file.read()
    record = tail[-END_RECORD.size :]
    if len(record) < END_RECORD.size or not record.startswith(b"PK\x05\x06"):
        raise ValueError("it is not a .skops file, or it was cut off")
    *_, directory_bytes, _, _ = END_RECORD.unpack(record)
    if directory_bytes > MAX_DIRECTORY_BYTES or tail.startswith(b"PK\x06\x07"):
        raise ValueError("it has more than 4 GiB or too many members")
    return size


def _check_members(members: list[ZipInfo], size: int) -> None:
    names = [member.filename for member in members]
    missing = {SCHEMA, MANIFEST} - set(names)
    if missing:
        raise ValueError(
            f"it was not written by save_model: it lacks {sorted(missing)}"
        )
    if len(set(names)) < len(names):
        raise ValueError("it has two members of one name")
    for member in members:
        if member.filename not in (SCHEMA, MANIFEST) and not MEMBER_NAME.fullmatch(
            member.filename
        ):
            raise ValueError(f"it has a member named {member.filename!r}")
        if member.compress_type != ZIP_STORED or (
            member.compress_size != member.file_size
        ):
            raise ValueError(f"its member {member.filename!r} is compressed")
    if sum(member.file_size for member in members) > size:
        raise ValueError("its members are larger than the file")
    sizes = {member.filename: member.file_size for member in members}
    if sizes[MANIFEST] > MAX_MANIFEST_BYTES:
        raise ValueError(f"its {MANIFEST} is larger than {MAX_MANIFEST_BYTES} bytes")
    if sizes[SCHEMA] > MAX_SCHEMA_BYTES:
        raise ValueError(f"its {SCHEMA} is larger than {MAX_SCHEMA_BYTES} bytes")


def _digest(archive: ZipFile, members: list[ZipInfo]) -> tuple[str, int, int]:
    """Hash all members but the manifest, and check the headers of arrays."""
    digest = hashlib.sha256()
    n_values = n_bytes = 0
    for member in members:
        if member.filename == MANIFEST:
            continue
        digest.update(_preamble(member.filename, member.file_size))
        with archive.open(member) as stream:
            head = stream.read(MAX_HEADER_BYTES)
            digest.update(head)
            if member.filename.endswith(".npy"):
                n_values_here, n_bytes_here = _check_array(member, head)
                n_values += n_values_here
                n_bytes += n_bytes_here
            while block := stream.read(BLOCK_BYTES):
                digest.update(block)
    return digest.hexdigest(), n_values, n_bytes


def digest_of(members: dict[str, bytes]) -> str:
    """Hash the members of a file that is to be written.

    Parameters
    ----------
    members : dict of str to bytes
        All but the manifest, in the order in which they will be in the file.

    Returns
    -------
    digest : str
        SHA-256, hexadecimal.
    """
    digest = hashlib.sha256()
    for name, content in members.items():
        digest.update(_preamble(name, len(content)))
        digest.update(content)
    return digest.hexdigest()


def _preamble(name: str, size: int) -> bytes:
    return f"{name} {size}\n".encode()


def _check_array(member: ZipInfo, head: bytes) -> tuple[int, int]:
    """Refuse an array of objects, and one of another size than it declares."""
    stream = io.BytesIO(head)
    version = np.lib.format.read_magic(stream)
    if version == (1, 0):
        shape, _, dtype = np.lib.format.read_array_header_1_0(stream)
    elif version == (2, 0):
        shape, _, dtype = np.lib.format.read_array_header_2_0(stream)
    else:
        raise ValueError(f"its array {member.filename!r} is of version {version}")
    if dtype.hasobject or not dtype.itemsize:
        raise ValueError(f"its array {member.filename!r} is of type {dtype}")
    n_values = math.prod(shape)
    n_bytes = n_values * dtype.itemsize
    if n_bytes != member.file_size - stream.tell() or any(
        not 0 <= length < MAX_DIMENSION for length in shape
    ):
        raise ValueError(
            f"its array {member.filename!r} declares the shape {shape} of {dtype}, "
            f"but has {member.file_size - stream.tell()} bytes"
        )
    return n_values, n_bytes

"""Files that are downloaded from mirrors once and verified at every use."""

import hashlib
import os
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from skdigits._warnings import warn

_TIMEOUT = 30  # seconds without an answer after which a mirror counts as dead


@dataclass(frozen=True)
class RemoteFile:
    """A file on every mirror, with the contents it must have.

    One that is compressed, named ``*.gz``, may also lie in the folder unpacked.
    """

    name: str
    n_bytes: int
    sha256: str
    unpacked_sha256: str | None = field(default=None, compare=False)

    def path_in(self, folder: Path) -> Path:
        """Return where it lies: unpacked, if that is all there is; or belongs."""
        path = folder / self.name
        unpacked = path.with_suffix("")
        if self.unpacked_sha256 and unpacked.is_file() and not path.is_file():
            return unpacked
        return path

    def __str__(self) -> str:
        return f"{self.name} ({self.n_bytes:,} bytes, SHA-256 {self.sha256})"


def fetch_files(
    files: Sequence[RemoteFile],
    folder: Path,
    mirrors: Sequence[str],
    *,
    download_if_missing: bool,
    n_retries: int,
    delay: float,
) -> None:
    """Make sure that files lie in a folder and are what they must be.

    Files that are there and sound are only read, so the folder may be read-only.

    Parameters
    ----------
    files : sequence of RemoteFile
        The files.

    folder : pathlib.Path
        Where they lie or are put. It is created if something is downloaded.

    mirrors : sequence of str
        Base URLs that end in a slash, in the order in which they are tried.

    download_if_missing : bool
        Whether to download files that are missing or damaged.

    n_retries : int
        How often all mirrors are tried again.

    delay : float
        Seconds before the first such retry; doubled before each further one.

    Raises
    ------
    OSError
        If a file is missing or damaged and is not to be, or cannot be, downloaded;
        FileNotFoundError if one is missing and `download_if_missing` is False.

    Warns
    -----
    UserWarning
        If a damaged file is downloaded again.
    """
    for file in files:
        path = folder / file.name
        if path.exists() and not path.is_file():
            raise OSError(f"'{path}' is in the place of a file; remove it.")
    missing = [file for file in files if not file.path_in(folder).is_file()]
    if missing and not download_if_missing:
        raise FileNotFoundError(
            f"Not in '{folder}':{_bullets(missing)}\n"
            "and download_if_missing=False. Allow the download, or put the files "
            f"there yourself; they are at{_bullets(mirrors)}"
        )
    for file in files:
        problem = find_problem(file, folder)
        if problem is None:
            continue
        if file not in missing:
            if not download_if_missing:
                raise OSError(
                    f"{problem}. Delete it and allow the download with "
                    "download_if_missing=True, or replace it yourself; it is "
                    f"at{_bullets(mirrors)}"
                )
            warn(f"{problem}; it is downloaded again.")
        _download(file, folder, mirrors, problem, n_retries=n_retries, delay=delay)


def find_problem(file: RemoteFile, folder: Path) -> str | None:
    """Say what is wrong with a file that ought to lie in a folder.

    Parameters
    ----------
    file : RemoteFile
        The file as it must be.

    folder : pathlib.Path
        Where it ought to lie.

    Returns
    -------
    problem : str or None
        What is wrong, with the path; None if all is well.

    Raises
    ------
    OSError
        If the file is there but cannot be read.
    """
    path = file.path_in(folder)
    if not path.is_file():
        return f"'{path}' is missing"
    expected = file.sha256 if path.name == file.name else file.unpacked_sha256
    with path.open("rb") as opened:
        found = hashlib.file_digest(opened, "sha256").hexdigest()
    if found != expected:
        return (
            f"'{path}' is damaged or another file: its SHA-256 is {found}, "
            f"expected {expected}"
        )
    return None


def _download(
    file: RemoteFile,
    folder: Path,
    mirrors: Sequence[str],
    problem: str,
    *,
    n_retries: int,
    delay: float,
) -> None:
    """Download a file from the first mirror that gives the right bytes.

    pooch writes to a temporary file, compares the checksum and renames, so that
    neither an interruption nor a second process leaves half a file behind.
    """
    import pooch
    from requests.exceptions import RequestException

    failures: dict[str, str] = {}
    for attempt in range(n_retries + 1):
        if attempt:
            time.sleep(delay * 2 ** (attempt - 1))
        for mirror in mirrors:
            try:
                pooch.retrieve(
                    mirror + file.name,
                    known_hash=f"sha256:{file.sha256}",
                    fname=file.name,
                    path=folder,
                    downloader=_downloader(file.n_bytes),
                )
                return
            # A RequestException is an OSError too, so it must be caught first;
            # ValueError is how pooch reports a wrong checksum.
            except (RequestException, ValueError) as error:
                failures[mirror] = f"{mirror}: {error}"
            except OSError as error:
                raise OSError(
                    f"{problem}, and '{folder}' cannot be written to: {error}. Name "
                    "another folder with data_home=... or the environment variable "
                    "SKDIGITS_DATA, or put the file there yourself; it is "
                    f"at{_bullets(mirrors)}"
                ) from error
    raise OSError(
        f"{problem}, and no mirror delivered it:{_bullets(failures.values())}\n"
        "Check the network (and the environment variable HTTPS_PROXY) and try again, "
        f"or put this file into '{folder}' yourself (and delete the one that is there, "
        f"if any):{_bullets([file])}"
    )


def _downloader(n_bytes: int) -> Callable[[str, str, object], None]:
    """Return a downloader for pooch that never writes more than `n_bytes`."""
    import pooch
    import requests

    responses: list[requests.Response] = []
    http = pooch.HTTPDownloader(
        progressbar=sys.stderr is not None and sys.stderr.isatty(),
        chunk_size=2**16,
        timeout=_TIMEOUT,
        hooks={"response": lambda response, **_: responses.append(response)},
    )

    def download(url: str, output_file: str, caller: object) -> None:
        # pooch made the file readable by its owner only, but a data home may be
        # shared: made anew, it has the permissions that the user wants.
        os.unlink(output_file)
        try:
            with open(output_file, "wb") as file:
                http(url, _BoundedWriter(file, n_bytes), caller)
        finally:
            # pooch leaves the connections of failed downloads open.
            for response in responses:
                response.close()

    return download


class _BoundedWriter:
    """A file for writing that a mirror cannot fill the disk with."""

    def __init__(self, file: BinaryIO, n_bytes: int):
        self._file = file
        self._n_bytes = n_bytes
        self._n_written = 0

    def write(self, chunk: bytes) -> None:
        self._n_written += len(chunk)
        if self._n_written > self._n_bytes:
            raise ValueError(
                f"more bytes than the {self._n_bytes:,} of the file were sent"
            )
        self._file.write(chunk)

    def flush(self) -> None:
        self._file.flush()


def _bullets(items: Iterable[object]) -> str:
    return "".join(f"\n  - {item}" for item in items)

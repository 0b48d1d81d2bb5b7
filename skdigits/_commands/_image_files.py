"""Image files that a user names, one by one or by their folder."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import typer

from skdigits._commands._console import progress, tell
from skdigits._commands._paths import parse_existing
from skdigits._pictures.files import list_folder, unsupported_pictures

ImageFiles = Annotated[
    list[Path],
    typer.Argument(
        parser=parse_existing,
        metavar="FILES...",
        help="Image files, or folders of them: PNG, JPEG, BMP, TIFF, GIF or WebP.",
    ),
]


class NothingFoundError(ValueError):
    """An image without digits; the message does not name the file."""


@dataclass
class FileReader:
    """Reads one file after the other, and goes on when one cannot be read.

    Parameters
    ----------
    context : typer.Context
        Of the command.

    unreadable : list of dict
        "file" and "reason" of each file that was not read.
    """

    context: typer.Context
    unreadable: list[dict[str, str]] = field(default_factory=list)

    def read_each(
        self, paths: Iterable[Path], read: Callable[[Path], Any]
    ) -> Iterator[tuple[Path, Any]]:
        """Read files, with a bar, and tell of those that cannot be read.

        Parameters
        ----------
        paths : iterable of pathlib.Path
            Files and folders.

        read : callable
            Returns the content of a file, or raises NothingFoundError, or an OSError
            or ValueError that names the file.

        Yields
        ------
        path : pathlib.Path
            The file.

        content : object
            The value that `read` returned.

        Raises
        ------
        ValueError
            If a folder holds no image file.
        """
        files = list(find_images(paths))
        with progress() as bars:
            for path in bars.track(files, description="reading"):
                try:
                    content = read(path)
                except NothingFoundError as error:
                    self._refuse(path, str(error), f"'{path}': {error}")
                except (OSError, ValueError) as error:
                    self._refuse(path, str(error), str(error))
                else:
                    yield path, content

    def _refuse(self, path: Path, reason: str, message: str) -> None:
        self.unreadable.append({"file": str(path), "reason": reason})
        tell(self.context, message)

    def finish(self) -> None:
        """Leave with code 1 if files were not read, and say how many.

        Raises
        ------
        typer.Exit
            If there are any.
        """
        if self.unreadable:
            tell(self.context, f"{len(self.unreadable):,} of the files were not read")
            raise typer.Exit(1)


def find_images(paths: Iterable[Path]) -> Iterator[Path]:
    """Replace folders by the image files in them, in natural order.

    Parameters
    ----------
    paths : iterable of pathlib.Path
        Files, whatever they are called, and folders, whose sub-folders are left out.

    Yields
    ------
    path : pathlib.Path
        A file. Pictures in formats that are not read are among them.

    Raises
    ------
    ValueError
        If a folder holds no image file.
    """
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        images, subfolders, others = list_folder(str(path), os.path.realpath(path))
        images += unsupported_pictures(others)
        if not images:
            more = f" Name its sub-folders, too: {path}/*" if subfolders else ""
            raise ValueError(f"There are no image files in the folder '{path}'.{more}")
        yield from map(Path, images)


def find_other_pictures(folder: Path) -> list[str]:
    """Find pictures, in the sub-folders of a folder, in formats that are not read.

    Parameters
    ----------
    folder : pathlib.Path
        Its sub-folders are labels.

    Returns
    -------
    paths : list of str
        Their files.
    """
    root = os.path.realpath(folder)
    _, subfolders, _ = list_folder(str(folder), root)
    return [
        path
        for subfolder in subfolders
        for path in unsupported_pictures(list_folder(subfolder, root)[2])
    ]

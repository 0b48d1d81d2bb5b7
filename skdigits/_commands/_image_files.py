"""Image files that a user names, one by one or by their folder."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import typer

from skdigits._commands._console import progress, tell

ImageFiles = Annotated[
    list[Path],
    typer.Argument(
        metavar="FILES...",
        help="Image files, or folders of them: PNG, JPEG, BMP, TIFF, GIF or WebP.",
        exists=True,
    ),
]


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
            Returns what a file holds, or raises OSError or ValueError.

        Yields
        ------
        path : pathlib.Path
            The file.

        content : object
            What `read` returned.

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
                except (OSError, ValueError) as error:
                    self.refuse(path, str(error))
                else:
                    yield path, content

    def refuse(self, path: Path, reason: str) -> None:
        """Tell that a file was not read, and why.

        Parameters
        ----------
        path : pathlib.Path
            The file.

        reason : str
            Why.
        """
        self.unreadable.append({"file": str(path), "reason": reason})
        named = reason if str(path) in reason else f"'{path}': {reason}"
        tell(self.context, named)

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
        A file.

    Raises
    ------
    ValueError
        If a folder holds no image file.
    """
    from skdigits.datasets._image_folder import _list_folder

    for path in paths:
        if not path.is_dir():
            yield path
            continue
        images, subfolders, _ = _list_folder(str(path), os.path.realpath(path))
        if not images:
            more = f" Name its sub-folders, too: {path}/*" if subfolders else ""
            raise ValueError(f"There are no image files in the folder '{path}'.{more}")
        yield from map(Path, images)

"""Paths that a user types. Shells expand ``~`` only where a word begins with it."""

import os
from pathlib import Path

import typer

from skdigits._files import check_not_endless


def parse_path(value: str | Path) -> Path:
    """Expand ``~``.

    Parameters
    ----------
    value : str or pathlib.Path
        The text that was typed, or the default.

    Returns
    -------
    path : pathlib.Path
        Nothing need be there.

    Raises
    ------
    typer.BadParameter
        If the text is empty, which would stand for the current folder.
    """
    if value == "":
        raise typer.BadParameter("The path is empty. Is a variable of the shell unset?")
    return Path(os.path.expanduser(value))


def parse_file(value: str | Path) -> Path:
    """Expand ``~`` in the path of a file, which need not be there.

    Parameters
    ----------
    value : str or pathlib.Path
        The text that was typed, or the default.

    Returns
    -------
    path : pathlib.Path
        No folder.

    Raises
    ------
    typer.BadParameter
        If it is a folder.
    """
    path = parse_path(value)
    if path.is_dir():
        raise typer.BadParameter(f"'{path}' is a folder; expected a file.")
    return path


def parse_input_file(value: str | Path) -> Path:
    """Expand ``~`` in the path of a file to read, which need not be there.

    Parameters
    ----------
    value : str or pathlib.Path
        The text that was typed, or the default.

    Returns
    -------
    path : pathlib.Path
        A file, or nothing.

    Raises
    ------
    typer.BadParameter
        If it is a folder, or a pipe or a device, which may never end.
    """
    path = parse_file(value)
    if path.exists():
        try:
            check_not_endless(path)
        except OSError as error:
            raise typer.BadParameter(str(error)) from error
    return path


def parse_folder(value: str | Path) -> Path:
    """Expand ``~`` in the path of a folder, which need not be there.

    Parameters
    ----------
    value : str or pathlib.Path
        The text that was typed, or the default.

    Returns
    -------
    path : pathlib.Path
        No file.

    Raises
    ------
    typer.BadParameter
        If it is a file.
    """
    path = parse_path(value)
    if path.is_file():
        raise typer.BadParameter(f"'{path}' is a file; expected a folder.")
    return path


def parse_existing(value: str | Path) -> Path:
    """Expand ``~`` in the path of a file or folder that is there.

    Parameters
    ----------
    value : str or pathlib.Path
        The text that was typed.

    Returns
    -------
    path : pathlib.Path
        Of either.

    Raises
    ------
    typer.BadParameter
        If there is nothing.
    """
    path = parse_path(value)
    if not path.exists():
        raise typer.BadParameter(f"There is no file or folder '{path}'.")
    return path

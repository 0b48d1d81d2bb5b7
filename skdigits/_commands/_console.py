"""Options, messages and progress bars that the commands have in common."""

import os
import tempfile
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

Seed = Annotated[int, typer.Option("--seed", min=0, help="Seed of all random numbers.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]

# Bytes that are written to find out whether anything can be.
SAMPLE = 4_096


@contextmanager
def errors_in_one_line(context: typer.Context) -> Iterator[None]:
    """Report the errors that a user can mend, and warnings, without a traceback.

    Parameters
    ----------
    context : typer.Context
        Of the command, which the message names.

    Raises
    ------
    typer.Exit
        With code 1, in place of an ImportError, OSError or ValueError.
    """
    with warnings.catch_warnings():
        warnings.showwarning = lambda message, *_: tell(context, f"warning: {message}")
        try:
            yield
        except BrokenPipeError:  # as in `skdigits predict | head`: nobody to tell
            raise
        except (ImportError, OSError, ValueError) as error:
            tell(context, _describe(error))
            raise typer.Exit(1) from error


def _describe(error: Exception) -> str:
    """Return the message, without the number of an error of the operating system."""
    if not isinstance(error, OSError) or error.filename is None:
        return str(error)
    if isinstance(error, FileNotFoundError):
        return f"There is no file or folder '{error.filename}'."
    return f"'{error.filename}': {error.strerror}."


def printable(text: str) -> str:
    """Take the commands out of a text that a terminal would follow.

    Parameters
    ----------
    text : str
        Such as the name of a file, or what stands in one.

    Returns
    -------
    text : str
        With a sign in their place.
    """
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def tell(context: typer.Context, message: str) -> None:
    """Say something beside the result: one line on standard error.

    Parameters
    ----------
    context : typer.Context
        Of the command, which the message names.

    message : str
        The message.
    """
    line = printable(" ".join(message.split()))
    typer.echo(f"{context.command_path}: {line}", err=True)


def print_text(console: Console, text: str) -> None:
    """Print a text as it is: no markup in it is followed, and no line is broken.

    Parameters
    ----------
    console : rich.console.Console
        Where to print.

    text : str
        The text.
    """
    console.print(Text(text), soft_wrap=True)


def check_output(path: Path, *suffixes: str, inputs: Iterable[Path] = ()) -> None:
    """Refuse what cannot be written before minutes have gone by, and make its folder.

    Parameters
    ----------
    path : pathlib.Path
        A file that the command is to write.

    *suffixes : str
        How its name may end, in lower case; none stands for anything.

    inputs : iterable of pathlib.Path, default=()
        Files that the command reads, which it must not replace.

    Raises
    ------
    OSError
        If the file or its folder cannot be written to.
    ValueError
        If the name ends otherwise, or the file is one of `inputs`.
    """
    if suffixes and path.suffix.lower() not in suffixes:
        raise ValueError(f"'{path}' must be named *{' or *'.join(suffixes)}.")
    if path.exists() and any(p.exists() and path.samefile(p) for p in inputs):
        raise ValueError(
            f"'{path}' is read by this command, which would replace it. Name another "
            "file to write."
        )
    _make_folder(path.parent)
    if path.exists() and not os.access(path, os.W_OK):
        raise PermissionError(f"'{path}' cannot be written to.")
    try:
        with tempfile.TemporaryFile(dir=path.parent) as file:
            file.write(bytes(SAMPLE))
    except OSError as error:
        raise OSError(f"'{path}' cannot be written to: {error.strerror}.") from error


def _make_folder(folder: Path) -> None:
    """Make a folder and those above it, but none that the path leaves again."""
    there = next(p for p in (folder, *folder.parents) if p.exists())
    if ".." in folder.relative_to(there).parts:
        raise FileNotFoundError(
            f"'{folder}' leads through a folder that is not there. Leave out what "
            "'..' takes back."
        )
    folder.mkdir(parents=True, exist_ok=True)


def progress(console: Console | None = None) -> Progress:
    """Return bars that show how far a command is.

    Parameters
    ----------
    console : rich.console.Console, default=None
        Where they are drawn, and stay. None means on standard error, if it is a
        terminal, until they are done.

    Returns
    -------
    bars : rich.progress.Progress
        To be entered.
    """
    console_of_bars = console or Console(stderr=True)
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        TimeElapsedColumn(),
        console=console_of_bars,
        transient=console is None,
        disable=console is None and not console_of_bars.is_terminal,
    )

"""The commands ``skdigits datasets ...``."""

import warnings
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from skdigits._commands._console import errors_in_one_line
from skdigits._commands._help import Command, Group
from skdigits._commands._paths import parse_folder

app = typer.Typer(
    cls=Group, help="List, fetch and verify data sets.", no_args_is_help=True
)


class Fetched(StrEnum):
    """The data sets that can be fetched."""

    mnist = "mnist"


DataHome = Annotated[
    Path | None,
    typer.Option(
        parser=parse_folder,
        metavar="FOLDER",
        help="Folder for data sets.",
        show_default="$SKDIGITS_DATA, or skdigits in scikit-learn's data home",
    ),
]


@app.command("list", cls=Command)
def list_datasets(data_home: DataHome = None) -> None:
    """List the data sets and where they are."""
    from skdigits._mnist_files import mnist_files
    from skdigits.datasets import get_data_home

    home = get_data_home(data_home)
    files = mnist_files()
    n_found = sum(file.path_in(home / "mnist").is_file() for file in files)
    state = {0: "not fetched", len(files): "fetched"}.get(
        n_found, f"{n_found} of {len(files)} files"
    )
    table = Table("Name", "Images", "Download", "Licence", "State")
    table.add_row("digits", "1,797 of 8x8", "none", "CC BY 4.0", "bundled")
    n_bytes = sum(file.n_bytes for file in files)
    table.add_row(
        "mnist", "70,000 of 28x28", f"{n_bytes / 1e6:.0f} MB", "CC BY-SA 3.0", state
    )
    Console().print(table)
    typer.echo(f"Fetched data are kept in '{home}'.")


@app.command(cls=Command)
def fetch(
    context: typer.Context,
    name: Annotated[Fetched, typer.Argument(help="Name of the data set.")],
    data_home: DataHome = None,
) -> None:
    """Download a data set, unless its files exist."""
    from skdigits.datasets import get_data_home

    with errors_in_one_line(context):
        n_images = _fetch_quietly(data_home)
    folder = get_data_home(data_home) / name.value
    typer.echo(f"{n_images:,} images of {name.value} are in '{folder}'.")


@app.command(cls=Command)
def verify(
    context: typer.Context,
    repair: Annotated[
        bool, typer.Option("--repair", help="Download missing and damaged files.")
    ] = False,
    data_home: DataHome = None,
) -> None:
    """Verify the checksums of the downloaded files.

    Exits with 1 if a file is missing or damaged and was not repaired.
    """
    from skdigits.datasets import get_data_home

    folder = get_data_home(data_home) / "mnist"
    with errors_in_one_line(context):
        if _is_sound(folder):
            return
        if not repair:
            typer.echo("Download what is missing or damaged with --repair.")
            raise typer.Exit(1)
        _fetch_quietly(data_home)
        typer.echo(f"Repaired: all files in '{folder}' are as they must be.")


def _fetch_quietly(data_home: Path | None) -> int:
    """Fetch MNIST and return the number of its images."""
    from skdigits.datasets import fetch_mnist

    with warnings.catch_warnings():
        # That a damaged file is downloaded again is what was asked for.
        warnings.simplefilter("ignore", UserWarning)
        return len(fetch_mnist(data_home=data_home).data)


def _is_sound(folder: Path) -> bool:
    """Tell of each file of MNIST whether it is as it must be."""
    from skdigits._mnist_files import mnist_files
    from skdigits._remote_files import find_problem

    files = mnist_files()
    problems = [find_problem(file, folder) for file in files]
    for file, problem in zip(files, problems, strict=True):
        typer.echo(problem or f"'{file.path_in(folder)}' is as it must be")
    used = {file.path_in(folder) for file in files}
    for path in sorted(folder.glob("*")):
        if path not in used:
            typer.echo(f"'{path}' is not used by skdigits")
    return not any(problems)


@app.command("path", cls=Command)
def print_path(data_home: DataHome = None) -> None:
    """Print the folder in which the data are kept."""
    from skdigits.datasets import get_data_home

    typer.echo(get_data_home(data_home))

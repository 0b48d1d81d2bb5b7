"""The commands ``skdigits datasets ...``."""

import warnings
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from skdigits._console import errors_in_one_line

app = typer.Typer(help="List, fetch and verify data sets.", no_args_is_help=True)


class Fetched(StrEnum):
    """The data sets that can be fetched."""

    mnist = "mnist"


DataHome = Annotated[
    Path | None,
    typer.Option(
        help="Folder of the data.",
        show_default="$SKDIGITS_DATA, or skdigits in scikit-learn's data home",
        file_okay=False,
    ),
]


@app.command("list")
def list_datasets(data_home: DataHome = None) -> None:
    """List the data sets and where they are."""
    from skdigits.datasets import get_data_home
    from skdigits.datasets._cache import fetched_files

    folder = get_data_home(data_home) / "mnist"
    files = fetched_files()["mnist"]
    n_found = sum((folder / file.name).is_file() for file in files)
    where = {
        0: "not fetched: skdigits datasets fetch mnist",
        len(files): str(folder),
    }.get(n_found, f"{n_found} of {len(files)} files in {folder}")
    table = Table("Name", "Images", "Download", "Licence", "Where")
    table.add_row("digits", "1,797 of 8x8", "none", "CC BY 4.0", "in scikit-learn")
    n_bytes = sum(file.n_bytes for file in files)
    table.add_row(
        "mnist", "70,000 of 28x28", f"{n_bytes / 1e6:.0f} MB", "CC BY-SA 3.0", where
    )
    Console(soft_wrap=True).print(table)


@app.command()
def fetch(
    context: typer.Context,
    name: Annotated[Fetched, typer.Argument(help="The data set.")],
    data_home: DataHome = None,
) -> None:
    """Download a data set, unless it is there already."""
    from skdigits.datasets import fetch_mnist, get_data_home

    with errors_in_one_line(context):
        n_images = len(fetch_mnist(data_home=data_home).data)
    folder = get_data_home(data_home) / name.value
    typer.echo(f"{n_images:,} images of {name.value} are in '{folder}'.")


@app.command()
def verify(
    context: typer.Context,
    repair: Annotated[
        bool, typer.Option("--repair", help="Download again what is not as it must be.")
    ] = False,
    data_home: DataHome = None,
) -> None:
    """Compare every byte of the fetched files with their checksums.

    Exits with 1 if a file is missing or damaged and was not repaired.
    """
    from skdigits.datasets import fetch_mnist, get_data_home

    folder = get_data_home(data_home) / "mnist"
    if not folder.is_dir():
        typer.echo(f"mnist is not fetched: there is no '{folder}'.")
        return
    with errors_in_one_line(context):
        if _is_sound(folder):
            return
        if not repair:
            typer.echo("Download again what is wrong with --repair.")
            raise typer.Exit(1)
        with warnings.catch_warnings():
            # That a file is damaged was just said.
            warnings.simplefilter("ignore", UserWarning)
            fetch_mnist(data_home=data_home)
        typer.echo(f"Repaired: all files in '{folder}' are as they must be.")


def _is_sound(folder: Path) -> bool:
    """Tell of each file of MNIST whether it is as it must be."""
    from skdigits.datasets._cache import fetched_files
    from skdigits.datasets._remote import find_problem

    files = fetched_files()["mnist"]
    problems = [find_problem(file, folder) for file in files]
    for file, problem in zip(files, problems, strict=True):
        typer.echo(problem or f"'{folder / file.name}' is as it must be")
    names = {file.name for file in files}
    for path in sorted(folder.iterdir()):
        if path.name not in names:
            typer.echo(f"'{path}' is not used by skdigits")
    return not any(problems)


@app.command("path")
def print_path(data_home: DataHome = None) -> None:
    """Print the folder in which the data are kept."""
    from skdigits.datasets import get_data_home

    typer.echo(get_data_home(data_home))

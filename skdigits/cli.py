"""The command ``skdigits``."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from skdigits import __version__
from skdigits._commands import (
    _compare,
    _datasets,
    _evaluate,
    _inspect,
    _predict,
    _read,
    _report,
    _serve,
    _train,
)
from skdigits._commands._console import Seed, errors_in_one_line
from skdigits._commands._data_option import Data

app = typer.Typer(
    name="skdigits",
    help="Handwritten digits with scikit-learn.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)
app.command()(_train.train)
app.command()(_evaluate.evaluate)
app.command()(_predict.predict)
app.command()(_read.read)
app.command()(_report.report)
app.command()(_compare.compare)
app.command()(_inspect.inspect)
app.command()(_serve.serve)
app.add_typer(_datasets.app, name="datasets")


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"skdigits {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_print_version,
            is_eager=True,
            help="Print the version and leave.",
        ),
    ] = False,
) -> None:
    pass


@app.command()
def demo(
    context: typer.Context,
    data: Annotated[
        Data,
        typer.Option(
            help="The bundled 8x8 digits, which need no network, or MNIST, which is "
            "fetched unless it lies in the data home (SKDIGITS_DATA)."
        ),
    ] = Data.digits,
    train_size: Annotated[
        int | None,
        typer.Option(
            min=100,
            help="Number of training images.",
            show_default="three quarters of the 8x8 digits, 10,000 of MNIST",
        ),
    ] = None,
    output: Annotated[
        Path, typer.Option(help="File that the best model is saved in.", dir_okay=False)
    ] = Path("skdigits-demo.skops"),
    seed: Seed = 0,
) -> None:
    """Search, compare and save an SVM, a random forest and a CNN."""
    from skdigits._commands._demo import run_demo

    with errors_in_one_line(context):
        run_demo(data.value, train_size, output, seed, Console())


def main() -> None:
    """Run the command line."""
    # A name or a sign that the terminal cannot show is no reason to fail.
    sys.stdout.reconfigure(errors="backslashreplace")
    try:
        app()
    finally:
        _flush()


def _flush() -> None:
    """Print what is left, unless nobody reads it: then Python would complain."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

"""The command ``skdigits``."""

import os
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from skdigits import __version__
from skdigits._commands import (
    _check_labels,
    _compare,
    _datasets,
    _evaluate,
    _inspect,
    _predict,
    _read,
    _report,
    _review,
    _serve,
    _train,
)
from skdigits._commands._console import Seed, errors_in_one_line
from skdigits._commands._data_option import Data
from skdigits._commands._help import Command, Group
from skdigits._commands._paths import parse_file

app = typer.Typer(
    name="skdigits",
    cls=Group,
    help="Handwritten digits with scikit-learn.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)
for command in (
    _train.train,
    _evaluate.evaluate,
    _predict.predict,
    _read.read,
    _report.report,
    _check_labels.check_labels,
    _review.review,
    _compare.compare,
    _inspect.inspect,
    _serve.serve,
):
    app.command(cls=Command)(command)
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
            help="Print the version and exit.",
        ),
    ] = False,
) -> None:
    pass


@app.command(cls=Command)
def demo(
    context: typer.Context,
    data: Annotated[
        Data,
        typer.Option(
            help="The bundled 8x8 digits, which need no network, or MNIST, which is "
            "downloaded unless it is in the data home (SKDIGITS_DATA)."
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
        Path,
        typer.Option(
            parser=parse_file,
            metavar="FILE",
            help="Output file of the best model, .skops.",
        ),
    ] = Path("skdigits-demo.skops"),
    seed: Seed = 0,
) -> None:
    """Search, compare and save an SVM, a random forest and a CNN."""
    from skdigits._commands._demo import run_demo

    with errors_in_one_line(context):
        run_demo(data.value, train_size, output, seed, Console())


def main() -> None:
    """Run the command line."""
    _open_closed_streams()
    # A name or a sign that the terminal cannot show is no reason to fail.
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        app()
    finally:
        _flush()


def _open_closed_streams() -> None:
    """Let what is printed go nowhere where nobody listens, as under pythonw.

    In this order, so that files opened later do not get the numbers of the streams,
    into which libraries print.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            stream = open(os.devnull, mode, encoding="utf-8")  # noqa: SIM115 - to stay
            setattr(sys, name, stream)


def _flush() -> None:
    """Print what is left, unless nobody reads it: then Python would complain."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

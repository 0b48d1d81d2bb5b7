"""The command ``skdigits inspect``."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from skdigits._commands._console import AsJson, errors_in_one_line, printable
from skdigits._commands._paths import parse_input_file


def inspect(
    context: typer.Context,
    model: Annotated[
        Path,
        typer.Argument(parser=parse_input_file, metavar="MODEL", help="A .skops file."),
    ],
    as_json: AsJson = False,
) -> None:
    """Describe a saved model without building it.

    The checksum and the types of the file are verified. All other information is a
    statement of the file.
    """
    from skdigits.persistence import inspect_model

    with errors_in_one_line(context):
        summary = inspect_model(model)
    if as_json:
        typer.echo(json.dumps(summary, indent=2))
        return
    table = Table(show_header=False, title=Text(printable(str(model))))
    for name, value in _rows(summary):
        table.add_row(Text(printable(name)), Text(printable(value)))
    Console(highlight=False).print(table)


def _rows(summary: dict[str, Any]) -> list[tuple[str, str]]:
    shape = summary["image_shape"]
    classes = summary["classes"]
    versions = summary["versions"].items()
    return [
        ("Class", summary["class"]),
        *((f"  {part['name']}", _part(part)) for part in summary["parts"][1:]),
        *((f"  {name}", value) for name, value in _own_parameters(summary)),
        ("Classes", "not fitted" if classes is None else ", ".join(map(str, classes))),
        ("Pixels of an image", str(summary["n_features_in"] or "not fitted")),
        ("Image shape", "unknown" if shape is None else " x ".join(map(str, shape))),
        ("Arrays", f"{summary['n_values']:,} values, {summary['n_bytes']:,} bytes"),
        ("File", f"{summary['file_bytes']:,} bytes"),
        ("SHA-256", f"{summary['sha256']}, compared"),
        ("Saved", summary["saved"]),
        ("With", ", ".join(f"{name} {number}" for name, number in versions)),
        *((f"  {k}", json.dumps(v)) for k, v in summary["metadata"].items()),
    ]


def _own_parameters(summary: dict[str, Any]) -> list[tuple[str, str]]:
    return list(summary["parts"][0]["parameters"].items()) if summary["parts"] else []


def _part(part: dict[str, Any]) -> str:
    parameters = ", ".join(f"{k}={v}" for k, v in part["parameters"].items())
    return f"{part['class'].rpartition('.')[2]}({parameters})"

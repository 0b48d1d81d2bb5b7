"""The command ``skdigits compare``."""

import csv
import json
import math
import os
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from skdigits._console import errors_in_one_line
from skdigits._data_option import Data

NEED_TENSORFLOW = ("Keras MLP", "CNN")


def compare(
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
            help="Number of images.",
            show_default="all of the 8x8 digits, 10,000 of MNIST's training images",
        ),
    ] = None,
    cv: Annotated[
        int, typer.Option("--cv", min=2, help="Number of stratified folds.")
    ] = 5,
    time_limit: Annotated[
        float | None,
        typer.Option(
            min=0.001,
            help="Seconds that each classifier may take, in a process of its own.",
            show_default="none",
        ),
    ] = None,
    output: Annotated[
        Path,
        typer.Option(
            help="File that the table is saved in: .csv or .json.", dir_okay=False
        ),
    ] = Path("skdigits-compare.csv"),
    seed: Annotated[
        int, typer.Option(min=0, help="Seed of everything that is drawn.")
    ] = 0,
) -> None:
    """Compare ten classifiers of digits by score, speed and size.

    Exits with 1 if none of them could be fitted.
    """
    from skdigits._data_option import draw_training_images
    from skdigits.model_selection import compare_classifiers, digit_classifiers

    console = Console()
    with errors_in_one_line(context):
        _check_output(output)
        X, y = draw_training_images(data.value, train_size, seed)
        classifiers = digit_classifiers(random_state=seed)
        if find_spec("tensorflow") is None:
            _leave_out_tensorflow(classifiers, console)
        console.print(f"{data.value}: {len(X):,} images, {cv}-fold cross-validation.")
        comparison = compare_classifiers(
            classifiers, X, y, cv=cv, time_limit=time_limit
        )
        records = _sorted_records(comparison)
        console.print(_table(records))
        _print_errors(records, console)
        about = {"data": data.value, "n_images": len(X), "cv": cv, "seed": seed}
        _save(records, about, output)
    console.print(f"Saved as {output}.", markup=False, highlight=False, soft_wrap=True)
    if all(record["error"] for record in records):
        raise typer.Exit(1)


def _check_output(output: Path) -> None:
    """Refuse what cannot be written before minutes have gone by."""
    if output.suffix.lower() not in (".csv", ".json"):
        raise ValueError(f"The file of --output {output} must end in .csv or .json.")
    output.parent.mkdir(parents=True, exist_ok=True)
    if not os.access(output if output.exists() else output.parent, os.W_OK):
        raise PermissionError(f"--output {output} cannot be written to.")


def _leave_out_tensorflow(classifiers: dict[str, Any], console: Console) -> None:
    for name in NEED_TENSORFLOW:
        del classifiers[name]
    console.print(
        f"TensorFlow is not installed, so {' and '.join(NEED_TENSORFLOW)} are left "
        "out. Install it with: pip install 'skdigits[tensorflow]'",
        markup=False,
        soft_wrap=True,
    )


def _sorted_records(comparison: Any) -> list[dict[str, Any]]:
    """Return a record for each classifier, the best first and failures last."""
    from skdigits.model_selection._compare import comparison_columns

    columns = comparison_columns(comparison)
    records = [
        {
            key: None if isinstance(cell, float) and math.isnan(cell) else cell
            for key, cell in zip(columns, row, strict=True)
        }
        for row in zip(*columns.values(), strict=True)
    ]

    def rank(record: dict[str, Any]) -> float:
        score = record["mean_test_score"]
        return math.inf if score is None else -score

    return sorted(records, key=rank)


def _table(records: list[dict[str, Any]]) -> Table:
    table = Table()
    table.add_column("Classifier", no_wrap=True)
    for heading in ("Accuracy", "Fit", "Predict an image", "Size"):
        table.add_column(heading, justify="right")
    for record in records:
        table.add_row(Text(record["name"]), *_cells(record))
    return table


def _cells(record: dict[str, Any]) -> tuple[str, ...]:
    if record["error"]:
        return ("failed", "-", "-", "-")
    return (
        f"{record['mean_test_score']:.2%} ± {record['std_test_score']:.2%}",
        f"{record['fit_time']:.2f} s",
        _microseconds(record["predict_time"]),
        "-" if record["size"] is None else f"{record['size'] / 1e6:,.2f} MB",
    )


def _microseconds(seconds: float) -> str:
    microseconds = seconds * 1e6
    return f"{microseconds:,.{0 if microseconds >= 10 else 1}f} µs"


def _print_errors(records: list[dict[str, Any]], console: Console) -> None:
    for record in records:
        if record["error"]:
            reason = record["error"].splitlines()[0]
            console.print(
                f"{record['name']}: {reason}",
                markup=False,
                highlight=False,
                soft_wrap=True,
            )


def _save(records: list[dict[str, Any]], about: dict[str, Any], output: Path) -> None:
    if output.suffix.lower() == ".json":
        contents = {**about, "scoring": "accuracy", "classifiers": records}
        output.write_text(json.dumps(contents, indent=2) + "\n", encoding="utf-8")
        return
    with output.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(records[0]))
        writer.writeheader()
        writer.writerows(records)

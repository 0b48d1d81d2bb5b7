"""The command ``skdigits compare``."""

from __future__ import annotations

import json
import math
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.filesize import decimal
from rich.table import Table
from rich.text import Text

from skdigits._commands._console import (
    AsJson,
    Seed,
    check_output,
    errors_in_one_line,
    print_text,
)
from skdigits._commands._data_option import DIGITS, DataOption, ImageShapeOption
from skdigits._commands._paths import parse_file
from skdigits._commands._spreadsheets import csv_line
from skdigits._commands._training_recipes import with_image_shape
from skdigits._files import replacing
from skdigits._require import how_to_install

if TYPE_CHECKING:
    from collections.abc import Iterator

    from skdigits._images import ImageShape

NEED_TENSORFLOW = ("Keras MLP", "CNN")


def compare(
    context: typer.Context,
    data: DataOption = DIGITS,
    train_size: Annotated[
        int | None,
        typer.Option(
            min=100,
            help="Number of images.",
            show_default="all, but 10,000 of mnist; no test images",
        ),
    ] = None,
    image_shape: ImageShapeOption = None,
    cv: Annotated[
        int, typer.Option("--cv", min=2, help="Number of stratified folds.")
    ] = 5,
    time_limit: Annotated[
        float | None,
        typer.Option(
            min=0.001,
            help="Maximum time per classifier in seconds, in a separate process.",
            show_default="none",
        ),
    ] = None,
    output: Annotated[
        Path,
        typer.Option(
            parser=parse_file,
            metavar="FILE",
            help="Output file of the table, .csv or .json.",
        ),
    ] = Path("skdigits-compare.csv"),
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Compare ten classifiers of digits by score, time and size.

    The table is saved after each classifier. Ctrl-C prints and saves the results so
    far, and exits with 130. The exit code is 1 if no classifier could be fitted.
    """
    from skdigits._commands._data_option import draw_training_images
    from skdigits._comparison.iterate import iterate_comparison

    console = Console(stderr=as_json)
    with errors_in_one_line(context):
        check_output(output, ".csv", ".json", inputs=data.paths)
        images = draw_training_images(data, train_size, seed, image_shape)
        n_images = len(images.X)
        classifiers = _classifiers(images.image_shape, seed, console)
        print_text(console, f"{data}: {n_images:,} images, {cv}-fold cross-validation.")
        about = {"data": data.short_name, "n_images": n_images, "cv": cv, "seed": seed}
        comparisons = iterate_comparison(
            classifiers, images.X, images.y, cv=cv, time_limit=time_limit
        )
        records, interrupted = _save_each(comparisons, about, output)
    if interrupted:
        console.print(f"Interrupted: {len(records)} of {len(classifiers)} classifiers.")
    if records:
        _print(records, cv, output, console)
    if as_json:
        typer.echo(_as_json(records, about))
    if interrupted:
        raise typer.Exit(130)
    if all(record["error"] for record in records):
        raise typer.Exit(1)


def _classifiers(shape: ImageShape, seed: int, console: Console) -> dict[str, Any]:
    """Return those that can be fitted here."""
    from skdigits.model_selection import digit_classifiers

    classifiers = {
        name: with_image_shape(classifier, shape)
        for name, classifier in digit_classifiers(random_state=seed).items()
    }
    if find_spec("tensorflow") is None:
        for name in NEED_TENSORFLOW:
            del classifiers[name]
        print_text(
            console,
            f"TensorFlow is not installed, so {' and '.join(NEED_TENSORFLOW)} are left "
            f"out. {how_to_install('tensorflow')}",
        )
    return classifiers


def _save_each(
    comparisons: Iterator[Any], about: dict[str, Any], output: Path
) -> tuple[list[dict[str, Any]], bool]:
    """Return the last records, and whether Ctrl-C made them the last."""
    records: list[dict[str, Any]] = []
    try:
        for comparison in comparisons:
            records = _sorted_records(comparison)
            _save(records, about, output)
    except KeyboardInterrupt:
        return records, True
    return records, False


def _sorted_records(comparison: Any) -> list[dict[str, Any]]:
    """Return a record for each classifier, the best first and failures last.

    Among those, the ones with finished folds come first.
    """
    from skdigits._comparison.table import comparison_columns

    columns = comparison_columns(comparison)
    records = [
        {
            key: None if isinstance(cell, float) and math.isnan(cell) else cell
            for key, cell in zip(columns, row, strict=True)
        }
        for row in zip(*columns.values(), strict=True)
    ]

    def rank(record: dict[str, Any]) -> tuple[bool, float]:
        score = record["mean_test_score"]
        return bool(record["error"]), math.inf if score is None else -score

    return sorted(records, key=rank)


def _print(
    records: list[dict[str, Any]], cv: int, output: Path, console: Console
) -> None:
    console.print(_table(records, cv))
    _print_errors(records, console)
    print_text(console, f"Saved as {output}.")


def _table(records: list[dict[str, Any]], cv: int) -> Table:
    table = Table(
        caption=f"Accuracy: mean ± standard deviation over {cv} folds. "
        "Times and sizes: medians.",
        caption_justify="left",
    )
    table.add_column("Classifier", no_wrap=True)
    for heading in ("Accuracy", "Fit", "Predict an image", "Size"):
        table.add_column(heading, justify="right")
    for record in records:
        table.add_row(Text(record["name"]), *_cells(record, cv))
    return table


def _cells(record: dict[str, Any], cv: int) -> tuple[str, ...]:
    if not record["n_folds"]:
        return ("failed", "-", "-", "-")
    accuracy = f"{record['mean_test_score']:.2%}"
    if record["n_folds"] > 1:
        accuracy += f" ± {record['std_test_score']:.2%}"
    if record["error"]:
        accuracy += f"\n({record['n_folds']} of {cv} folds)"
    return (
        accuracy,
        f"{record['fit_time']:.2f} s",
        _microseconds(record["predict_time"]),
        "-" if record["size"] is None else decimal(int(record["size"])),
    )


def _microseconds(seconds: float) -> str:
    microseconds = seconds * 1e6
    return f"{microseconds:,.{0 if microseconds >= 10 else 1}f} µs"


def _print_errors(records: list[dict[str, Any]], console: Console) -> None:
    for record in records:
        for reason in filter(None, (record["error"], record["size_error"])):
            print_text(console, f"{record['name']}: {reason.splitlines()[0]}")


def _save(records: list[dict[str, Any]], about: dict[str, Any], output: Path) -> None:
    with replacing(output) as temporary:
        if output.suffix.lower() == ".json":
            temporary.write_text(_as_json(records, about) + "\n", "utf-8")
        else:
            _write_csv(records, temporary)


def _as_json(records: list[dict[str, Any]], about: dict[str, Any]) -> str:
    contents = {**about, "scoring": "accuracy", "classifiers": records}
    return json.dumps(contents, indent=2)


def _write_csv(records: list[dict[str, Any]], path: Path) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        file.write(csv_line(records[0]))
        file.writelines(csv_line(record.values()) for record in records)

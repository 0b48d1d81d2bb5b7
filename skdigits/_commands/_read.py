"""The command ``skdigits read``."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from skdigits._commands import _model_option
from skdigits._commands._console import AsJson, check_output, errors_in_one_line, tell
from skdigits._commands._image_files import FileReader, ImageFiles, find_images
from skdigits._commands._model_option import ModelOption
from skdigits._commands._paths import parse_path
from skdigits._files import replacing
from skdigits._require import require

if TYPE_CHECKING:
    from skdigits.reading import Reading


def read(
    context: typer.Context,
    files: ImageFiles,
    model: ModelOption = None,
    min_confidence: Annotated[
        float,
        typer.Option(min=0, max=1, help="Digits less sure than this are rejected."),
    ] = 0.5,
    as_json: AsJson = False,
    annotated: Annotated[
        Path | None,
        typer.Option(
            parser=parse_path,
            metavar="PATH",
            help="A .png file for the photo with what was read drawn over it; for "
            "several photos, a folder of such files.",
            show_default="none",
        ),
    ] = None,
    table: Annotated[
        Path | None,
        typer.Option(
            parser=parse_path,
            metavar="PATH",
            help="A .csv file for the largest table of the photo; for several photos, "
            "a folder of such files.",
            show_default="none",
        ),
    ] = None,
) -> None:
    """Read the numbers on photos and scans, line by line.

    Of several photos, each line begins with the name of its file. --json also gives
    places, probabilities, tables, and what was rejected and why. Files that cannot be
    read, and with --table those without a table, are named, and the others go on; the
    exit code is 1 then.
    """
    with errors_in_one_line(context):
        from skdigits.reading import DigitReader

        paths = list(find_images(files))
        pictures = _plan("--annotated", annotated, ".png", paths)
        sheets = _plan("--table", table, ".csv", paths)
        digit_reader = DigitReader(
            _model_option.load_for_photos(model), min_confidence=min_confidence
        )
        reader = FileReader(context)
        found = []
        n_without = 0
        for path, reading in reader.read_each(paths, digit_reader.read):
            # Not the readings, which hold the pixels of the photos.
            if as_json:
                found.append({"file": str(path), **reading.to_dict()})
            else:
                _print(context, path, reading, alone=len(paths) == 1)
            if path in pictures:
                _draw(reading, pictures[path])
            if path in sheets and reading.tables:
                _write_table(reading, sheets[path])
            elif path in sheets:
                n_without += 1
                tell(context, f"'{path}': {_describe_no_table(reading)}")
        if as_json:
            results = {"readings": found, "unreadable": reader.unreadable}
            typer.echo(json.dumps(results, indent=2))
        reader.finish()
        if n_without:
            raise typer.Exit(1)


def _plan(
    option: str, target: Path | None, suffix: str, paths: list[Path]
) -> dict[Path, Path]:
    """Say where an option writes what belongs to each photo; no two to one place."""
    if target is None:
        return {}
    if len(paths) == 1 and not target.is_dir():
        files = {paths[0]: target}
    else:
        if target.suffix and not target.is_dir():
            raise ValueError(
                f"{option} '{target}' must be a folder, because there are "
                f"{len(paths)} photos."
            )
        files = {path: target / f"{path.stem}{suffix}" for path in paths}
    for file, count in Counter(files.values()).items():
        if count > 1:
            raise ValueError(
                f"{option} would write '{file}' for {count} photos. Rename them, or "
                "read them one by one."
            )
        if file.resolve() in [path.resolve() for path in paths]:
            raise ValueError(f"{option} would replace the photo '{file}'.")
        check_output(file, suffix)
    return files


def _print(
    context: typer.Context, path: Path, reading: Reading, *, alone: bool
) -> None:
    if not reading.text:
        tell(context, f"'{path}': no digit was found")
    for line in reading.lines:
        typer.echo(line.text if alone else f"{path}: {line.text}")


def _draw(reading: Reading, path: Path) -> None:
    matplotlib = require("matplotlib", "plot", "--annotated")
    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    reading.plot()
    figure = plt.gcf()
    with replacing(path) as temporary:
        figure.savefig(temporary)
    plt.close(figure)


def _write_table(reading: Reading, path: Path) -> None:
    cells = max((table.cells for table in reading.tables), key=_count_cells)
    with (
        replacing(path) as temporary,
        open(temporary, "w", encoding="utf-8", newline="") as file,
    ):
        csv.writer(file, lineterminator="\n").writerows(cells)


def _count_cells(cells: tuple[tuple[str, ...], ...]) -> int:
    return len(cells) * len(cells[0])


def _describe_no_table(reading: Reading) -> str:
    counts = (
        f"lines: {len(reading.lines)}, digits: {len(reading.digits)}, "
        f"rejected: {len(reading.rejected)}"
    )
    note = f" The image: {reading.note}." if reading.note else ""
    return (
        f"no table was found ({counts}).{note} To see what was read, add --annotated "
        "PATH."
    )

"""The command ``skdigits read``."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from skdigits._commands._console import (
    AsJson,
    check_output,
    errors_in_one_line,
    printable,
    tell,
)
from skdigits._commands._image_files import FileReader, ImageFiles, find_images
from skdigits._commands._model_option import ModelOption
from skdigits._commands._paths import parse_file, parse_path
from skdigits._commands._reading_photos import Found, Photo, read_photos
from skdigits._commands._readings_file import continuing

# The file of the model, the lowest confidence, and how many processes read.
Options = tuple[Path | None, float, int]


def read(
    context: typer.Context,
    files: ImageFiles,
    model: ModelOption = None,
    min_confidence: Annotated[
        float,
        typer.Option(
            min=0, max=1, help="Minimum confidence of a digit; others are rejected."
        ),
    ] = 0.5,
    jobs: Annotated[
        int,
        typer.Option(
            min=1,
            help="Number of processes; each reads one photo at a time.",
        ),
    ] = 1,
    output: Annotated[
        Path | None,
        typer.Option(
            parser=parse_file,
            metavar="FILE",
            help="Output .jsonl file with one line of JSON per photo, written as soon "
            "as the photo is read. Photos in the file are skipped, so you can run an "
            "interrupted command again.",
            show_default="printed as text",
        ),
    ] = None,
    as_json: AsJson = False,
    annotated: Annotated[
        Path | None,
        typer.Option(
            parser=parse_path,
            metavar="PATH",
            help="Output .png file of the photo with bounding boxes and digits; for "
            "several photos, a folder.",
            show_default="none",
        ),
    ] = None,
    table: Annotated[
        Path | None,
        typer.Option(
            parser=parse_path,
            metavar="PATH",
            help="Output .csv file of the largest table of the photo; for several "
            "photos, a folder.",
            show_default="none",
        ),
    ] = None,
) -> None:
    """Read the numbers on photos and scans, line by line.

    For several photos, each line begins with the name of its file, in the order of the
    names. --json and --output also give bounding boxes, probabilities, tables, and
    rejected objects with the reason. Files that cannot be read are named and skipped,
    as are files without a table with --table. The exit code is then 1.
    """
    with errors_in_one_line(context):
        paths = list(find_images(files))
        pictures = _plan("--annotated", annotated, ".png", paths)
        sheets = _plan("--table", table, ".csv", paths)
        photos = [Photo(path, pictures.get(path), sheets.get(path)) for path in paths]
        options = model, min_confidence, jobs
        reader = FileReader(context)
        if output is not None:
            found = _add_to_file(context, reader, photos, options, output)
        elif as_json:
            found = _print_json(reader, photos, options)
        else:
            found = _print_text(context, reader, photos, options)
        n_without = 0
        for path, result in found:
            if result.no_table:
                n_without += 1
                tell(context, f"'{path}': {result.no_table}")
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
        check_output(file, suffix, inputs=paths)
    return files


def _add_to_file(
    context: typer.Context,
    reader: FileReader,
    photos: list[Photo],
    options: Options,
    output: Path,
) -> Iterator[tuple[Path, Found]]:
    """Append what is found to a file that may hold the results of some photos."""
    model, min_confidence, _ = options
    settings = {
        "model": None if model is None else str(model),
        "min_confidence": min_confidence,
    }
    check_output(output, ".jsonl")
    with continuing(output, settings) as readings:
        # Once each, if somebody names a photo and its folder.
        by_name = {str(photo.path): photo for photo in photos}
        missing = [by_name[name] for name in by_name if name not in readings.finished]
        if n_finished := len(by_name) - len(missing):
            known = f"{n_finished:,} of {len(by_name):,} photos"
            tell(context, f"'{output}' holds {known} already; they are skipped")
        try:
            for path, found in _read_each(reader, missing, options):
                readings.add(path, found.reading)
                yield path, found
        except KeyboardInterrupt:
            tell(context, "interrupted; the same command goes on with the rest")
            raise typer.Exit(130) from None


def _print_json(
    reader: FileReader, photos: list[Photo], options: Options
) -> Iterator[tuple[Path, Found]]:
    """Print one document when all is read."""
    readings = []
    for path, found in _read_each(reader, photos, options):
        readings.append({"file": str(path), **found.reading})
        yield path, found
    results = {"readings": readings, "unreadable": reader.unreadable}
    typer.echo(json.dumps(results, indent=2))


def _print_text(
    context: typer.Context, reader: FileReader, photos: list[Photo], options: Options
) -> Iterator[tuple[Path, Found]]:
    """Print the lines of each photo as soon as they are known."""
    for path, found in _read_each(reader, photos, options):
        if not found.reading["text"]:
            tell(context, f"'{path}': no digit was found")
        for line in found.reading["lines"]:
            text = line["text"]
            # A line break in a name would make a line of its own.
            name = printable(str(path))
            typer.echo(text if len(photos) == 1 else f"{name}: {text}")
        yield path, found


def _read_each(
    reader: FileReader, photos: list[Photo], options: Options
) -> Iterator[tuple[Path, Found]]:
    with closing(read_photos(photos, *options)) as results:

        def read_next(path: Path) -> Found:
            found = next(results)
            if found.error:
                raise ValueError(found.error)
            return found

        try:
            yield from reader.read_each([photo.path for photo in photos], read_next)
        except BrokenProcessPool as error:
            raise ChildProcessError(
                "A process that read photos was killed, perhaps because memory ran "
                "out. Use fewer --jobs."
            ) from error

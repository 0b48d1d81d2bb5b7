"""The command ``skdigits read``."""

from __future__ import annotations

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
) -> None:
    """Read the numbers on photos and scans, line by line.

    Of several photos, each line begins with the name of its file. --json also gives
    places, probabilities, and what was rejected and why. Files that cannot be read are
    named, and the others go on; the exit code is 1 then.
    """
    with errors_in_one_line(context):
        from skdigits.reading import DigitReader

        paths = list(find_images(files))
        pictures = {} if annotated is None else _plan(annotated, paths)
        digit_reader = DigitReader(
            _model_option.load_for_photos(model), min_confidence=min_confidence
        )
        reader = FileReader(context)
        found = []
        for path, reading in reader.read_each(paths, digit_reader.read):
            # Not the readings, which hold the pixels of the photos.
            if as_json:
                found.append({"file": str(path), **reading.to_dict()})
            else:
                _print(context, path, reading, alone=len(paths) == 1)
            if path in pictures:
                _draw(reading, pictures[path])
        if as_json:
            results = {"readings": found, "unreadable": reader.unreadable}
            typer.echo(json.dumps(results, indent=2))
        reader.finish()


def _plan(annotated: Path, paths: list[Path]) -> dict[Path, Path]:
    """Say where the picture of each photo goes; no two to the same place."""
    if len(paths) == 1 and not annotated.is_dir():
        pictures = {paths[0]: annotated}
    else:
        if annotated.suffix and not annotated.is_dir():
            raise ValueError(
                f"--annotated '{annotated}' must be a folder, because there are "
                f"{len(paths)} photos."
            )
        pictures = {path: annotated / f"{path.stem}.png" for path in paths}
    for picture, count in Counter(pictures.values()).items():
        if count > 1:
            raise ValueError(
                f"{count} photos would be drawn into '{picture}'. Rename them, or read "
                "them one by one."
            )
        check_output(picture, ".png", inputs=paths)
    return pictures


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

"""The command ``skdigits read``."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from skdigits import _model_option
from skdigits._console import AsJson, check_output, errors_in_one_line, tell
from skdigits._files import replacing
from skdigits._image_files import FileReader, ImageFiles, find_images
from skdigits._model_option import ModelOption

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
        classifier = None if model is None else _load_classifier(model)
        digit_reader = DigitReader(classifier, min_confidence=min_confidence)
        reader = FileReader(context)
        readings = {}
        for path, reading in reader.read_each(paths, digit_reader.read):
            readings[path] = reading
            if not as_json:
                _print(context, path, reading, alone=len(paths) == 1)
            if path in pictures:
                _draw(reading, pictures[path])
        if as_json:
            _print_json(readings, reader.unreadable)
        reader.finish()


def _load_classifier(path: Path) -> Any:
    """Load a model, and refuse it before any photo is if it cannot be used."""
    model = _model_option.load(path)
    if model.image_shape != (28, 28) or model.white_level != 255:
        raise ValueError(
            f"'{path}' takes {model.image_shape[0]}x{model.image_shape[1]} pixels from "
            f"0 to {model.white_level:g}; photos need a model of MNIST's form: 28x28, "
            "0 to 255. Train one with --data mnist."
        )
    if not hasattr(model.estimator, "predict_proba"):
        raise ValueError(
            f"'{path}' gives no probabilities, without which nothing can be rejected. "
            "Train another kind, such as --model cnn."
        )
    return model.estimator


def _plan(annotated: Path, paths: list[Path]) -> dict[Path, Path]:
    """Say where the picture of each photo goes; no two to the same place."""
    if len(paths) == 1 and not annotated.is_dir():
        pictures = {paths[0]: annotated}
    else:
        if annotated.suffix:
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
        if picture.resolve() in [path.resolve() for path in paths]:
            raise ValueError(f"--annotated would replace the photo '{picture}'.")
        check_output(picture, ".png")
    return pictures


def _print(
    context: typer.Context, path: Path, reading: Reading, *, alone: bool
) -> None:
    if not reading.text:
        tell(context, f"'{path}': no digit was found")
    for line in reading.lines:
        typer.echo(line.text if alone else f"{path}: {line.text}")


def _draw(reading: Reading, path: Path) -> None:
    import matplotlib

    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    figure = reading.plot().figure
    with replacing(path) as temporary:
        figure.savefig(temporary)
    plt.close(figure)


def _print_json(
    readings: dict[Path, Reading], unreadable: list[dict[str, str]]
) -> None:
    found = [
        {"file": str(path), **reading.to_dict()} for path, reading in readings.items()
    ]
    typer.echo(json.dumps({"readings": found, "unreadable": unreadable}, indent=2))

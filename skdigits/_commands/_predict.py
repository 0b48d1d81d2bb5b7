"""The command ``skdigits predict``."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

from skdigits._commands import _model_option
from skdigits._commands._console import AsJson, check_output, errors_in_one_line, tell
from skdigits._commands._image_files import (
    FileReader,
    ImageFiles,
    NothingFoundError,
    find_images,
)
from skdigits._commands._model_option import Model, ModelOption
from skdigits._commands._paths import parse_file
from skdigits._commands._spreadsheets import csv_line, opened

if TYPE_CHECKING:
    import numpy as np

# Files whose pixels are in memory at a time.
BATCH_SIZE = 64
# Larger contact sheets are more than image viewers open.
MOST_TILES = 2_400


def predict(
    context: typer.Context,
    files: ImageFiles,
    model: ModelOption = None,
    output: Annotated[
        Path | None,
        typer.Option(
            parser=parse_file,
            metavar="FILE",
            help="File of the predictions, .csv or .json; it is replaced.",
            show_default="printed as CSV",
        ),
    ] = None,
    as_json: AsJson = False,
    contact_sheet: Annotated[
        Path | None,
        typer.Option(
            parser=parse_file,
            metavar="FILE",
            help="A .png file for a picture of the digits as the model saw them, with "
            "what it read.",
            show_default="none",
        ),
    ] = None,
) -> None:
    """Say which digit each image file shows; one digit on each.

    Each digit is found, framed and inked as in the images that the model was trained
    on. For photos of numbers use `skdigits read`. Files that cannot be read, or show
    nothing, are named, and the others go on; the exit code is 1 then.
    """
    with errors_in_one_line(context):
        inputs = [*find_images(files), *([model] if model else [])]
        if output is not None:
            check_output(output, ".csv", ".json", inputs=inputs)
        if contact_sheet is not None:
            check_output(contact_sheet, ".png", inputs=inputs)
        loaded = _model_option.load(model)
        tell(context, f"{loaded.name}: {loaded.describe_frame()}")
        reader = FileReader(context)
        records: list[dict[str, Any]] = []
        tiles: list[tuple[dict[str, Any], np.ndarray]] = []
        for paths, images in _framed(reader, files, loaded):
            batch = list(_records(paths, images, loaded))
            records += batch
            if contact_sheet is not None:
                tiles += zip(batch, images[: MOST_TILES - len(tiles)], strict=False)
        with opened(output) as file:
            if as_json or (output is not None and output.suffix.lower() == ".json"):
                _write_json(file, records, reader.unreadable)
            else:
                _write_csv(file, records, _columns(loaded.estimator))
        if contact_sheet is not None:
            from skdigits._commands._contact_sheet import save_contact_sheet

            save_contact_sheet(contact_sheet, tiles, loaded.white_level)
            if len(tiles) < len(records):
                shown = f"'{contact_sheet}' shows the first {len(tiles):,} of"
                tell(context, f"{shown} {len(records):,} digits")
        reader.finish()


def _framed(
    reader: FileReader, files: Iterable[Path], model: Model
) -> Iterator[tuple[list[Path], np.ndarray]]:
    """Yield files and their images of shape (n, h, w), a batch at a time."""
    import numpy as np

    from skdigits._pictures.grey import read_grey

    def read(path: Path) -> np.ndarray:
        image = model.frame([read_grey(path)])[0]
        if not image.any():
            raise NothingFoundError("no ink was found")
        return image

    found = reader.read_each(files, read)
    while batch := list(islice(found, BATCH_SIZE)):
        paths, images = zip(*batch, strict=True)
        yield list(paths), np.stack(images)


def _records(
    paths: Sequence[Path], images: np.ndarray, model: Model
) -> Iterator[dict[str, Any]]:
    """Yield what is known of each file; confidence is None without probabilities."""
    X = images.reshape(len(images), -1)
    classes = model.estimator.classes_.tolist()
    labels = model.estimator.predict(X).tolist()
    if not hasattr(model.estimator, "predict_proba"):
        unknown = {"confidence": None, "probabilities": None}
        for path, label in zip(paths, labels, strict=True):
            yield {"file": str(path), "label": label, **unknown}
        return
    rows = model.estimator.predict_proba(X)
    for path, label, row in zip(paths, labels, rows, strict=True):
        rounded = [round(float(p), 6) for p in row]
        yield {
            "file": str(path),
            "label": label,
            "confidence": rounded[classes.index(label)],
            "probabilities": dict(zip(map(str, classes), rounded, strict=True)),
        }


def _write_json(
    file: TextIO, records: list[dict[str, Any]], unreadable: list[dict[str, str]]
) -> None:
    json.dump({"predictions": records, "unreadable": unreadable}, file, indent=2)
    file.write("\n")


def _columns(estimator: Any) -> list[str]:
    """Name the columns that a table has; those of probabilities, if there are any."""
    columns = ["file", "label", "confidence"]
    if hasattr(estimator, "predict_proba"):
        columns += [f"probability_{label}" for label in estimator.classes_]
    return columns


def _write_csv(file: TextIO, records: list[dict[str, Any]], columns: list[str]) -> None:
    file.write(csv_line(columns))
    for record in records:
        known = [record["file"], record["label"], record["confidence"]]
        file.write(csv_line(known + list((record["probabilities"] or {}).values())))

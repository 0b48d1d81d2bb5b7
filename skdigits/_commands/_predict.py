"""The command ``skdigits predict``."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

from skdigits._commands import _model_option
from skdigits._commands._console import AsJson, check_output, errors_in_one_line, tell
from skdigits._commands._data_option import ImageShapeOption
from skdigits._commands._image_files import FileReader, NothingFoundError, find_images
from skdigits._commands._model_option import Model, ModelOption
from skdigits._commands._paths import parse_existing, parse_file
from skdigits._commands._pixel_tables import is_table, load_table, write_labels
from skdigits._commands._spreadsheets import csv_line, opened

if TYPE_CHECKING:
    import numpy as np

    Tiles = list[tuple[dict[str, Any], np.ndarray]]

# Files whose pixels are in memory at a time.
BATCH_SIZE = 64
# As Kaggle's digit recognizer wants them.
ID_COLUMN, LABEL_COLUMN = "ImageId", "Label"
# Larger contact sheets are more than image viewers open.
MOST_TILES = 2_400


def predict(
    context: typer.Context,
    files: Annotated[
        list[Path],
        typer.Argument(
            parser=parse_existing,
            metavar="FILES...",
            help="Image files, or folders of them: PNG, JPEG, BMP, TIFF, GIF or WebP. "
            "Or one .csv file with one row of pixels per image, such as Kaggle's.",
        ),
    ],
    model: ModelOption = None,
    output: Annotated[
        Path | None,
        typer.Option(
            parser=parse_file,
            metavar="FILE",
            help="Output file of the predictions, .csv or .json. It is overwritten.",
            show_default="printed as CSV",
        ),
    ] = None,
    as_json: AsJson = False,
    contact_sheet: Annotated[
        Path | None,
        typer.Option(
            parser=parse_file,
            metavar="FILE",
            help="Output .png file with the images as the model gets them and their "
            "predictions.",
            show_default="none",
        ),
    ] = None,
    image_shape: ImageShapeOption = None,
    id_column: Annotated[
        str | None,
        typer.Option(
            help="Name of the column of image numbers in predictions of a .csv file.",
            show_default=ID_COLUMN,
        ),
    ] = None,
    label_column: Annotated[
        str | None,
        typer.Option(
            help="Name of the column of labels in predictions of a .csv file.",
            show_default=LABEL_COLUMN,
        ),
    ] = None,
) -> None:
    """Predict the digit in each image file, with one digit per image.

    Each digit is located and framed like the training images of the model. For photos
    of numbers, use `skdigits read`. Files that cannot be read or show nothing are named
    and skipped, and the exit code is 1.

    Images of a .csv file are not framed. They are numbered from 1 in the predictions,
    as in Kaggle's submissions.
    """
    with errors_in_one_line(context):
        tables = [path for path in files if is_table(path)]
        if tables and len(files) > 1:
            raise ValueError(
                f"'{tables[0]}' is a table of images. Predict it alone: the command "
                "takes either image files or one .csv file."
            )
        if image_shape is not None and not tables:
            raise ValueError(
                "--image-shape is for a .csv file; image files say themselves how "
                "large they are."
            )
        columns = _name_columns(id_column, label_column, bool(tables))
        images_of = files if tables else find_images(files)
        inputs = [*images_of, *([model] if model else [])]
        if output is not None:
            check_output(output, ".csv", ".json", inputs=inputs)
        if contact_sheet is not None:
            check_output(contact_sheet, ".png", inputs=inputs)
        is_json = output is not None and output.suffix.lower() == ".json"
        loaded = _model_option.load(model)
        wanted = _Wanted(output, as_json or is_json, contact_sheet)
        if tables:
            images, description = load_table(tables[0], loaded, image_shape)
            tell(context, f"{loaded.name} on {description}")
            tiles = _predict_table(images, loaded, columns, wanted)
            _save_sheet(context, wanted, tiles, len(images), loaded)
            return
        tell(context, f"{loaded.name}: {loaded.describe_frame()}")
        reader = FileReader(context)
        n_digits, tiles = _predict_files(reader, files, loaded, wanted)
        _save_sheet(context, wanted, tiles, n_digits, loaded)
        reader.finish()


def _name_columns(
    id_column: str | None, label_column: str | None, are_tables: bool
) -> tuple[str, str]:
    """Return the names of the columns of the predictions of a table."""
    if not are_tables and (id_column is not None or label_column is not None):
        raise ValueError(
            "--id-column and --label-column name the columns of the predictions of a "
            ".csv file; those of image files have names of their own. Leave them out."
        )
    id_column = ID_COLUMN if id_column is None else id_column
    label_column = LABEL_COLUMN if label_column is None else label_column
    if id_column == label_column:
        raise ValueError(
            f"--id-column and --label-column are both {id_column!r}. Name two columns."
        )
    return id_column, label_column


@dataclass(frozen=True)
class _Wanted:
    """What is to be written: a file or the standard output, and perhaps a sheet."""

    output: Path | None
    as_json: bool
    contact_sheet: Path | None


def _predict_table(
    images: np.ndarray, model: Model, columns: tuple[str, str], wanted: _Wanted
) -> Tiles:
    """Write the labels of images in a table, and return the tiles of the sheet."""
    labels = model.estimator.predict(images.reshape(len(images), -1)).tolist()
    with opened(wanted.output) as file:
        write_labels(file, labels, columns, wanted.as_json)
    return [
        ({"file": f"#{number}", "label": label, "confidence": None}, image)
        for number, (label, image) in enumerate(
            zip(labels[:MOST_TILES], images, strict=False), 1
        )
    ]


def _predict_files(
    reader: FileReader, files: Iterable[Path], model: Model, wanted: _Wanted
) -> tuple[int, Tiles]:
    """Write what files show, and return their number and the tiles of the sheet."""
    records: list[dict[str, Any]] = []
    tiles: Tiles = []
    for paths, images in _framed(reader, files, model):
        batch = list(_records(paths, images, model))
        records += batch
        if wanted.contact_sheet is not None:
            tiles += zip(batch, images[: MOST_TILES - len(tiles)], strict=False)
    with opened(wanted.output) as file:
        if wanted.as_json:
            _write_json(file, records, reader.unreadable)
        else:
            _write_csv(file, records, _columns(model.estimator))
    return len(records), tiles


def _save_sheet(
    context: typer.Context, wanted: _Wanted, tiles: Tiles, n_digits: int, model: Model
) -> None:
    """Draw the contact sheet if one is wanted, and say what is not on it."""
    if wanted.contact_sheet is None:
        return
    from skdigits._commands._contact_sheet import save_contact_sheet

    save_contact_sheet(wanted.contact_sheet, tiles, model.white_level)
    if len(tiles) < n_digits:
        shown = f"'{wanted.contact_sheet}' shows the first {len(tiles):,} of"
        tell(context, f"{shown} {n_digits:,} digits")


def _framed(
    reader: FileReader, files: Iterable[Path], model: Model
) -> Iterator[tuple[list[Path], np.ndarray]]:
    """Yield files and their images of shape (n, h, w), a batch at a time."""
    import numpy as np

    from skdigits._pictures.grey import read_grey
    from skdigits._pictures.limits import OF_A_DIGIT

    def read(path: Path) -> np.ndarray:
        image = model.frame([read_grey(path, longest_side=OF_A_DIGIT)])[0]
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

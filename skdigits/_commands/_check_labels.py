"""The command ``skdigits check-labels``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from skdigits._commands import _model_option
from skdigits._commands._console import (
    Seed,
    check_output,
    errors_in_one_line,
    progress,
    tell,
)
from skdigits._commands._data_option import (
    DIGITS,
    DataOption,
    DataSource,
    ImageShapeOption,
)
from skdigits._commands._labelled_images import LabelledImages
from skdigits._commands._paths import parse_file
from skdigits._commands._predict import MOST_TILES
from skdigits._commands._spreadsheets import csv_line, opened
from skdigits._commands._test_images import framed_for, was_trained_on
from skdigits._commands._training_recipes import Kind, make_untrained, parse_model
from skdigits._interrupts import ending_at_interrupts

if TYPE_CHECKING:
    from sklearn.utils import Bunch

    from skdigits._images import ImageShape

COLUMNS = ("index", "file", "given", "suggested", "score")


def check_labels(
    context: typer.Context,
    data: DataOption = DIGITS,
    model: Annotated[
        Kind | None,
        typer.Option(
            parser=parse_model,
            metavar="MODEL",
            help=f"{', '.join(kind for kind in Kind if kind != Kind.svm)}; or a "
            "classifier in a .skops file that gives probabilities. The cnn needs "
            "TensorFlow.",
            show_default="forest; with --fitted, the pretrained network",
        ),
    ] = None,
    fitted: Annotated[
        bool,
        typer.Option(
            "--fitted",
            help="Use the model without training it again. It must not have been "
            "trained on these images.",
        ),
    ] = False,
    folds: Annotated[
        int, typer.Option(min=2, help="Number of folds of the cross-validation.")
    ] = 5,
    number: Annotated[
        int | None,
        typer.Option(
            min=1, help="Number of labels to list.", show_default="as estimated"
        ),
    ] = None,
    image_shape: ImageShapeOption = None,
    output: Annotated[
        Path | None,
        typer.Option(
            parser=parse_file,
            metavar="FILE",
            help="Output file of the suspected labels, .csv. It is overwritten.",
            show_default="printed",
        ),
    ] = None,
    contact_sheet: Annotated[
        Path | None,
        typer.Option(
            parser=parse_file,
            metavar="FILE",
            help="Output .png file with the suspected images and their given and "
            "suggested labels.",
            show_default="none",
        ),
    ] = None,
    seed: Seed = 0,
) -> None:
    """Find labels that are probably wrong.

    Cross-validation predicts each image by a classifier that was not trained on it.
    Images whose predictions clearly contradict their labels are listed, the worst
    first. Check them: some images are only hard to recognize. If the data have test
    images, the training images are checked, or the test images with --fitted.
    """
    with errors_in_one_line(context):
        inputs = [*data.paths, *([model] if isinstance(model, Path) else [])]
        if output is not None:
            check_output(output, ".csv", inputs=inputs)
        if contact_sheet is not None:
            check_output(contact_sheet, ".png", inputs=inputs)
        prepare = _as_it_is if fitted else _to_be_trained
        images, classifier, white_level = prepare(data, model, image_shape, seed)
        errors = _find(classifier, images, folds, number)
        n_found, n_images = len(errors.indices), len(images.X)
        tell(
            context,
            f"{data}: {n_found:,} suspected among {n_images:,} labels "
            f"({n_found / n_images:.1%})",
        )
        with opened(output) as file:
            file.write(csv_line(COLUMNS))
            for row in _rows(errors, images):
                file.write(csv_line(row))
        if contact_sheet is not None:
            from skdigits._commands._contact_sheet import save_contact_sheet

            tiles = _tiles(errors, images)
            save_contact_sheet(contact_sheet, tiles, white_level)
            if len(tiles) < n_found:
                shown = f"'{contact_sheet}' shows the first {len(tiles):,} of"
                tell(context, f"{shown} {n_found:,} images")


def _to_be_trained(
    data: DataSource,
    model: Kind | Path | None,
    image_shape: ImageShape | None,
    seed: int,
) -> tuple[LabelledImages, Any, float]:
    """Load images, and return them with a classifier and the brightness of ink."""
    images = data.load("train", image_shape)
    classifier = make_untrained(model or Kind.forest, images.image_shape, seed)
    return images, classifier, float(images.X.max())


def _as_it_is(
    data: DataSource,
    model: Kind | Path | None,
    image_shape: ImageShape | None,
    seed: int,
) -> tuple[LabelledImages, Any, float]:
    """Return the same, the classifier frozen."""
    from sklearn.frozen import FrozenEstimator

    if isinstance(model, Kind):
        raise ValueError(
            f"--fitted needs a fitted classifier, and '{model}' is a kind. Name a "
            ".skops file, or leave --model out for the pretrained network."
        )
    loaded = _model_option.load(model)
    classes = loaded.estimator.classes_
    images = data.load("test", image_shape, loaded.frame, classes)
    if was_trained_on(loaded, images):
        raise ValueError(
            f"{loaded.name} was trained on a part of '{data}', so it cannot judge "
            "their labels. Leave --fitted out."
        )
    filenames = images.filenames
    images, _ = framed_for(loaded, images, data)
    images = LabelledImages(images.X, images.y, images.image_shape, filenames)
    return images, FrozenEstimator(loaded.estimator), loaded.white_level


def _find(
    classifier: Any, images: LabelledImages, folds: int, number: int | None
) -> Bunch:
    from skdigits.model_selection import find_label_errors

    if not hasattr(classifier, "predict_proba"):
        raise ValueError(
            "The model gives no probabilities, which check-labels needs. "
            "Name another kind, such as --model forest."
        )
    with progress() as bars, ending_at_interrupts():
        bars.add_task("looking for wrong labels", total=None)
        return find_label_errors(
            classifier, images.X, images.y, cv=folds, n_errors=number
        )


def _rows(errors: Bunch, images: LabelledImages) -> list[tuple]:
    """Return the cells of the table, without NumPy's types."""
    rows = errors.indices.tolist()
    files = [None] * len(rows)
    if images.filenames is not None:
        files = images.filenames[errors.indices].tolist()
    labels = errors.given.tolist(), errors.suggested.tolist()
    scores = errors.scores.round(6).tolist()
    return list(zip(rows, files, *labels, scores, strict=True))


def _tiles(errors: Bunch, images: LabelledImages) -> list[tuple]:
    """Return the suspected images with what the contact sheet says about them."""
    classes = errors.classes.tolist()
    tiles = []
    for row, file, given, suggested, _ in _rows(errors, images)[:MOST_TILES]:
        record = {
            "file": file or f"#{row}",
            "label": f"{given} -> {suggested}",  # of signs that Pillow can draw
            "confidence": float(errors.probabilities[row, classes.index(suggested)]),
        }
        tiles.append((record, images.X[row].reshape(images.image_shape)))
    return tiles

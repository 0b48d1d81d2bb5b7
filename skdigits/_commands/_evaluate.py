"""The command ``skdigits evaluate``."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from skdigits._commands import _model_option
from skdigits._commands._console import AsJson, errors_in_one_line, printable
from skdigits._commands._data_option import DIGITS, DataOption, ImageShapeOption
from skdigits._commands._model_option import ModelArgument
from skdigits._commands._test_images import check_data_named, load_test_images

if TYPE_CHECKING:
    import numpy as np

# More columns do not fit on a screen.
MOST_COLUMNS = 20


def evaluate(
    context: typer.Context,
    model: ModelArgument = None,
    data: DataOption = DIGITS,
    image_shape: ImageShapeOption = None,
    as_json: AsJson = False,
) -> None:
    """Test a saved classifier on images that it was not trained on.

    Prints the accuracy with its 95 % interval, precision and recall of each label, and
    a confusion matrix. If `skdigits train` made the model from a part of these data, it
    is tested on the other part.
    """
    with errors_in_one_line(context):
        loaded = _model_option.load(model)
        check_data_named(context, loaded, model)
        images, description = load_test_images(data, loaded, image_shape)
        results = _measure(loaded.estimator, images.X, images.y)
    about = {"model": loaded.name, "data": str(data), "images": description}
    if as_json:
        typer.echo(json.dumps({**about, **results}, indent=2))
    else:
        _print(about, results)


def _measure(estimator: Any, X: np.ndarray, y: np.ndarray) -> dict[str, Any]:
    """Return everything that is printed, ready for JSON."""
    from sklearn.metrics import confusion_matrix

    from skdigits._evaluation.evaluate import evaluate
    from skdigits._evaluation.scores import accuracy_interval, label_scores

    evaluation = evaluate(estimator, X, y, None)
    accuracy, low, high = accuracy_interval(evaluation)
    numbers = range(len(evaluation.labels))
    matrix = confusion_matrix(evaluation.true, evaluation.predicted, labels=numbers)
    return {
        "n_images": len(y),
        "n_mistakes": int((~evaluation.is_correct).sum()),
        "accuracy": accuracy,
        "interval": [low, high],
        "classes": [
            {
                "label": score.name,
                "n_images": score.count,
                "precision": _or_none(score.precision),
                "recall": _or_none(score.recall),
                "f1": _or_none(score.f1),
            }
            for score in label_scores(evaluation)
        ],
        "confusion_matrix": matrix.tolist(),
    }


def _or_none(score: float) -> float | None:
    return None if math.isnan(score) else float(score)


def _print(about: dict[str, str], results: dict[str, Any]) -> None:
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = 1000  # files have no right edge; tables are narrower
    low, high = results["interval"]
    for line in (
        f"{about['model']} on {about['images']}",
        f"Accuracy {results['accuracy']:.2%} (95 % interval {low:.2%} to {high:.2%}), "
        f"{results['n_mistakes']:,} of {results['n_images']:,} misclassified.",
    ):
        console.print(line, markup=False, soft_wrap=True)
    console.print(_scores(results["classes"]))
    if len(results["classes"]) <= MOST_COLUMNS:
        console.print(_confusion(results))
    else:
        console.print("Which label was taken for which: see --json.")


def _scores(classes: list[dict[str, Any]]) -> Table:
    table = Table()
    for heading in ("Label", "Images", "Precision", "Recall", "F1"):
        table.add_column(heading, justify="right")
    for row in classes:
        scores = (row[name] for name in ("precision", "recall", "f1"))
        table.add_row(
            Text(printable(row["label"])),
            f"{row['n_images']:,}",
            *("-" if score is None else f"{score:.2%}" for score in scores),
        )
    return table


def _confusion(results: dict[str, Any]) -> Table:
    labels = [printable(row["label"]) for row in results["classes"]]
    table = Table(title="True label (rows), and what was read", title_justify="left")
    table.add_column("")
    for label in labels:
        table.add_column(Text(label), justify="right")
    for label, counts in zip(labels, results["confusion_matrix"], strict=True):
        table.add_row(Text(label), *(f"{n:,}" if n else "·" for n in counts))
    return table

"""The command ``skdigits demo``: search three pipelines, compare, keep the best."""

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np
from rich.console import Console
from rich.table import Table
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import Pipeline

from skdigits._commands._console import check_output, print_text, progress
from skdigits._commands._data_option import DataSource, draw_training_images
from skdigits._commands._labelled_images import LabelledImages
from skdigits._commands._saving import save_trained
from skdigits._commands._training_recipes import (
    GRIDS,
    N_FOLDS,
    Kind,
    make_pipeline,
    search_grid,
)
from skdigits._images import resolve_image_shape
from skdigits._interrupts import ending_at_interrupts
from skdigits._model_files import check_suffix
from skdigits._require import how_to_install
from skdigits.datasets import fetch_mnist, load_digits

N_SINGLE_PREDICTIONS = 100
KINDS = {"SVM": Kind.svm, "Random forest": Kind.forest, "CNN": Kind.cnn}
DEMO_GRIDS: dict[str, dict[str, list]] = {
    Kind.svm: {"clf__C": [1, 10], "clf__gamma": ["scale", 0.02]},
    Kind.forest: {"clf__n_estimators": [100, 300], "clf__max_features": ["sqrt", 0.2]},
    Kind.cnn: GRIDS[Kind.cnn],
}


@dataclass(frozen=True)
class Result:
    """The search of one pipeline, and how the best of it does."""

    name: str
    search: GridSearchCV
    test_accuracy: float
    one_image_ms: float


def run_demo(
    data: str, train_size: int | None, output: Path, seed: int, console: Console
) -> list[Result]:
    """Search, compare and save.

    Parameters
    ----------
    data : {"digits", "mnist"}
        The data set.

    train_size : int or None
        Number of training images; None means all of the digits, and 10,000 of
        MNIST.

    output : Path
        File that the best model is saved in.

    seed : int
        Seed of the split, of the forest and of the network.

    console : rich.console.Console
        Where progress and the table go.

    Returns
    -------
    results : list of Result
        One for each pipeline, in the order of the table.

    Raises
    ------
    OSError
        If MNIST is neither there nor can be fetched, or the model cannot be saved.
    ValueError
        If there are fewer training images than `train_size`, or `output` has a suffix
        that stands for no form of saving.
    """
    check_suffix(output)
    check_output(output)
    X_train, X_test, y_train, y_test = _load(data, train_size, seed)
    console.print(
        f"{data}: {len(X_train):,} images to train on, {len(X_test):,} to test on, "
        f"{N_FOLDS}-fold cross-validation."
    )
    candidates = _candidates(seed)
    if find_spec("tensorflow") is None:
        del candidates["CNN"]
        print_text(
            console,
            "TensorFlow is not installed, so the CNN is left out. "
            f"{how_to_install('tensorflow')}",
        )
    results = [
        _search(name, pipeline, grid, (X_train, X_test, y_train, y_test), console)
        for name, (pipeline, grid) in candidates.items()
    ]
    console.print(_table(results))
    best = max(results, key=lambda result: result.search.best_score_)
    save_trained(
        best.search.best_estimator_,
        output,
        {"data": data, "test_accuracy": best.test_accuracy},
    )
    print_text(
        console,
        f"Best in cross-validation: {best.name}, {best.search.best_params_}.\n"
        f"Saved as {output}. Load it, which runs nothing that is in it:\n"
        "  from skdigits.persistence import load_model\n"
        f"  model = load_model({str(output)!r})",
    )
    return results


def _load(data: str, train_size: int | None, seed: int) -> list[np.ndarray]:
    if data == "digits":
        X, y = load_digits(return_X_y=True)
        return train_test_split(
            X, y, train_size=train_size or 0.75, stratify=y, random_state=seed
        )
    training = draw_training_images(DataSource(data), train_size, seed)
    X_test, y_test = fetch_mnist(subset="test", return_X_y=True)
    return [training.X, X_test, training.y, y_test]


def _candidates(seed: int) -> dict[str, tuple[Pipeline, dict[str, list]]]:
    candidates = {}
    for name, kind in KINDS.items():
        candidates[name] = make_pipeline(kind, seed), dict(DEMO_GRIDS[kind])
    forest, _ = candidates["Random forest"]
    forest.set_params(clf__n_jobs=None)  # threads make a single prediction slower
    return candidates


def _search(
    name: str,
    pipeline: Pipeline,
    grid: dict[str, list],
    data: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray],
    console: Console,
) -> Result:
    X_train, X_test, y_train, y_test = data
    images = LabelledImages(
        X_train, y_train, resolve_image_shape(None, X_train.shape[1], None)
    )
    with progress(console) as bars, ending_at_interrupts():
        search = search_grid(
            KINDS[name],
            pipeline,
            images,
            bars,
            description=f"{name:<13}",
            grid=grid,
            refit=True,
        )
    best = search.best_estimator_
    return Result(name, search, best.score(X_test, y_test), _one_image_ms(best, X_test))


def _one_image_ms(model: Pipeline, X: np.ndarray) -> float:
    seconds = []
    for image in X[:N_SINGLE_PREDICTIONS]:
        start = perf_counter()
        model.predict(image[np.newaxis])
        seconds.append(perf_counter() - start)
    return median(seconds) * 1e3


def _table(results: list[Result]) -> Table:
    table = Table()
    table.add_column("Pipeline")
    for heading in ("CV accuracy", "Test accuracy", "Fit", "Predict 1 image"):
        table.add_column(heading, justify="right")
    for result in results:
        table.add_row(
            result.name,
            f"{result.search.best_score_:.2%}",
            f"{result.test_accuracy:.2%}",
            f"{result.search.refit_time_:.2f} s",
            f"{result.one_image_ms:.2f} ms",
        )
    return table

"""The command ``skdigits train``."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.filesize import decimal

from skdigits._commands import _model_option
from skdigits._commands._console import (
    AsJson,
    Seed,
    check_output,
    errors_in_one_line,
    progress,
)
from skdigits._commands._data_option import (
    DIGITS,
    DataOption,
    DataSource,
    ImageShapeOption,
)
from skdigits._commands._labelled_images import LabelledImages, draw, split
from skdigits._commands._model_option import MNIST_BOX, MNIST_WHITE, Model
from skdigits._commands._paths import parse_file
from skdigits._commands._saving import save_trained
from skdigits._commands._test_images import (
    TEST_SIZE,
    find_record,
    find_records,
    framed_for,
    sha256_of,
)
from skdigits._commands._training_recipes import (
    Kind,
    make_untrained,
    parse_model,
    search_grid,
    with_augmentation,
)
from skdigits._commands._warm_start import (
    N_MIXED,
    load_former,
    mixed,
    slow_warm_start,
)
from skdigits._interrupts import ending_at_interrupts

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    from skdigits._images import ImageShape

SEARCHED = 10_000
# Images whose digits are measured.
MEASURED = 1_000


def train(
    context: typer.Context,
    data: DataOption = DIGITS,
    model: Annotated[
        Kind,
        typer.Option(
            parser=parse_model,
            metavar="MODEL",
            help=f"{', '.join(Kind)}; or a classifier in a .skops file, fitted or not, "
            "which is trained anew with its settings. The cnn needs TensorFlow.",
        ),
    ] = Kind.cnn,
    augment: Annotated[
        bool,
        typer.Option(
            "--augment", help="Also train on rotated, shifted and zoomed copies."
        ),
    ] = False,
    search: Annotated[
        bool,
        typer.Option(
            "--search",
            help="Select from a few settings by 3-fold cross-validation on at most "
            f"{SEARCHED:,} of the training images.",
        ),
    ] = False,
    warm_start: Annotated[
        bool,
        typer.Option(
            "--warm-start",
            help="Start from the weights of the network in --model FILE, or of the "
            "pretrained network, instead of random ones.",
        ),
    ] = False,
    mix_in: Annotated[
        DataSource | None,
        typer.Option(
            "--mix-in",
            parser=DataSource.parse,
            metavar="DATA",
            help="Images of the previous training to mix in, so that a warm start does "
            f"not forget them: at most {N_MIXED} for each new image.",
            show_default="none",
        ),
    ] = None,
    output: Annotated[
        Path,
        typer.Option(
            parser=parse_file, metavar="FILE", help="Output file of the model, .skops."
        ),
    ] = Path("model.skops"),
    train_size: Annotated[
        int | None,
        typer.Option(min=1, help="Number of training images.", show_default="all"),
    ] = None,
    test_size: Annotated[
        float | None,
        typer.Option(
            min=0.001,
            max=0.999,
            help="Fraction of the images to hold out for testing.",
            show_default="the test images that come with mnist and IDX folders, or "
            f"{TEST_SIZE}",
        ),
    ] = None,
    image_shape: ImageShapeOption = None,
    seed: Seed = 0,
    force: Annotated[
        bool, typer.Option("--force", help="Overwrite an existing model file.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Train a classifier, test it on held-out images, and save it."""
    say = partial(typer.echo, err=as_json)
    with errors_in_one_line(context):
        check_output(output, ".skops", inputs=data.paths)
        if output.exists() and not force:
            raise FileExistsError(f"'{output}' exists. Replace it with --force.")
        if search and isinstance(model, Path):
            raise ValueError(f"--search knows no settings of '{model}'. Name a kind.")
        start = None
        if warm_start:
            start = _load_start(model, search, augment)
        elif mix_in is not None:
            raise ValueError("--mix-in is for --warm-start, which is not given.")
        training, testing, held_out = _load(
            data, train_size, test_size, image_shape, seed, start
        )
        framed = ", each framed as MNIST's are" if data.is_image_folder else ""
        say(
            f"{data}: {len(training.X):,} images to train on, {len(testing.X):,} to "
            f"test on{framed}."
        )
        best_settings = {}
        if start is None:
            estimator = make_untrained(model, training.image_shape, seed)
            if augment:
                estimator = with_augmentation(estimator, seed)
            if search:
                best_settings = _search(model, estimator, training, seed, say)
            try:
                fit_seconds = _fit(estimator, training, str(model))
            except ImportError as error:
                raise ImportError(
                    f"{error} Or train without it: --model {Kind.svm}."
                ) from error
        else:
            estimator = start.estimator
            _test(estimator, testing, say, " before")
            trained_on = find_records(start.metadata)
            if mix_in is not None:
                former, record = load_former(start, mix_in)
                trained_on = [record, *(r for r in trained_on if r != record)]
                training = mixed(training, former, seed)
                say(f"{len(training.X):,} images to train on with those of {mix_in}.")
            with slow_warm_start(start, training) as (network, images):
                fit_seconds = _fit(network, images, start.name)
        accuracy = _test(estimator, testing, say)
        metadata: dict[str, Any] = {
            "data": data.short_name,
            "n_train": len(training.X),
            "n_test": len(testing.X),
            "model": model.name,
            "augment": augment,
            "search": best_settings,
            "fit_seconds": round(fit_seconds, 3),
            "test_accuracy": accuracy,
            "seed": seed,
            "held_out": held_out,
            "image_shape": list(training.image_shape),
            **_measure_frame(data, training, start),
        }
        if start is not None:
            metadata["model"] = model.name if isinstance(model, Path) else "pretrained"
            metadata["warm_start"] = True
            metadata["mix_in"] = None if mix_in is None else mix_in.short_name
            metadata["trained_on"] = trained_on
        _save(estimator, output, metadata, say)
    if as_json:
        typer.echo(json.dumps({"file": str(output), **metadata}, indent=2))


def _load(
    data: DataSource,
    train_size: int | None,
    test_size: float | None,
    image_shape: ImageShape | None,
    seed: int,
    start: Model | None,
) -> tuple[LabelledImages, LabelledImages, dict[str, Any] | None]:
    """Load the images to train on, those to test on, and how they were told apart."""
    frame = None if start is None else start.frame
    classes = None if start is None else start.estimator.classes_
    training, held_out = data.load("train", image_shape, frame, classes), None
    if data.has_test_part and test_size is None:
        testing = data.load("test", image_shape, frame, classes)
    else:
        # Of data that the network knows, the same images are held out again.
        known = None if start is None else find_record(start.metadata, training)
        match known if test_size is None else None:
            case {"test_size": float(size), "seed": int(former_seed)}:
                test_size, seed_of_split = size, former_seed
            case _:
                test_size, seed_of_split = test_size or TEST_SIZE, seed
        held_out = {
            "sha256": sha256_of(training),
            "test_size": test_size,
            "seed": seed_of_split,
        }
        training, testing = split(training, test_size, seed_of_split)
    if train_size is not None:
        training = draw(training, train_size, seed, str(data))
    if start is not None:
        training, testing = (
            framed_for(start, images, data)[0] for images in (training, testing)
        )
    return training, testing, held_out


def _load_start(model: Kind | Path, search: bool, augment: bool) -> Model:
    """Load the network that a warm start goes on from."""
    if search or augment or (isinstance(model, Kind) and model != Kind.cnn):
        raise ValueError(
            "--warm-start goes on from a saved network, with its settings. Name it as "
            "--model FILE, and leave --search and --augment out."
        )
    return _model_option.load(model if isinstance(model, Path) else None)


def _search(
    kind: Kind,
    estimator: Any,
    training: LabelledImages,
    seed: int,
    say: Callable[[str], None],
) -> dict[str, Any]:
    """Set the best parameters, and return them with their score."""
    images = draw(training, min(SEARCHED, len(training.X)), seed)
    with progress() as bars, ending_at_interrupts():
        search = search_grid(kind, estimator, images, bars)
    estimator.set_params(**search.best_params_)
    best = {name.rpartition("__")[2]: v for name, v in search.best_params_.items()}
    settings = ", ".join(f"{name}={value}" for name, value in best.items())
    say(
        f"Best of {len(search.cv_results_['params'])} settings, with "
        f"{search.best_score_:.2%} in cross-validation: {settings}."
    )
    return {"best_score": float(search.best_score_), "best_params": best}


def _fit(estimator: Any, training: LabelledImages, name: str) -> float:
    """Fit, and return the seconds that it took."""
    start = perf_counter()
    with progress() as bars, ending_at_interrupts():
        bars.add_task(f"training {name}", total=None)
        estimator.fit(training.X, training.y)
    return perf_counter() - start


def _test(
    estimator: Any, testing: LabelledImages, say: Callable[[str], None], when: str = ""
) -> float:
    from skdigits._evaluation.evaluate import evaluate
    from skdigits._evaluation.scores import accuracy_interval

    evaluation = evaluate(estimator, testing.X, testing.y, testing.image_shape)
    accuracy, low, high = accuracy_interval(evaluation)
    say(
        f"Accuracy on the images held out{when}: {accuracy:.2%} "
        f"(95 % interval {low:.2%} to {high:.2%})."
    )
    return accuracy


def _measure_frame(
    data: DataSource, training: LabelledImages, start: Model | None
) -> dict[str, float]:
    """Return how digits are framed, so that others can be framed like them."""
    if start is not None:
        return {"box_size": start.box_size, "white_level": start.white_level}
    if data.is_image_folder:
        return {"box_size": MNIST_BOX, "white_level": MNIST_WHITE}
    return {"box_size": _measure_box(training), "white_level": float(training.X.max())}


def _measure_box(images: LabelledImages) -> int:
    """Return the longer side of a digit in pixels, so that others can be framed."""
    import numpy as np

    pixels = images.X[:MEASURED].reshape(-1, *images.image_shape)
    is_ink = pixels > pixels.max() / 8
    sides = np.stack([_extent(is_ink.any(axis=axis)) for axis in (1, 2)])
    return int(max(1, np.median(sides.max(axis=0))))


def _extent(is_inked: np.ndarray) -> np.ndarray:
    """Return the length from the first to the last True of each row."""
    length = is_inked.shape[1] - is_inked.argmax(axis=1)
    length = length - is_inked[:, ::-1].argmax(axis=1)
    return length * is_inked.any(axis=1)


def _save(
    estimator: Any, output: Path, metadata: dict[str, Any], say: Callable[[str], None]
) -> None:
    # What was there was found to be replaceable before.
    save_trained(estimator, output, metadata)
    say(
        f"Saved as '{output}' ({decimal(output.stat().st_size)}). "
        f"Use it: skdigits predict --model {output} FILES"
    )

"""The recipes for MNIST beside their peers: accuracy, seconds, latency and size.

python -m benchmarks.bench_recipes [--quick]

This takes hours, and 3 GB of memory. Every fit has a process of its own, which may use
all cores. What has been fitted is kept in ``benchmarks/unfinished`` until the table is
complete, so an interrupted run goes on where it was. Remove the folder to begin anew,
or files of it after changing what they are of. The fits of the last complete table are
in ``benchmarks/finished``.

Seconds are those of fit: with the tracing of TensorFlow's graphs, without its import.
"""

import json
import shutil
from collections.abc import Callable
from functools import partial
from math import inf
from pathlib import Path
from statistics import mean, median, stdev
from tempfile import TemporaryDirectory

import numpy as np
from scipy.stats import t as student_t

from benchmarks import _recipe_sides
from benchmarks._measuring import in_new_process
from benchmarks._pipelines import AUGMENTED
from benchmarks._result import RESULTS, Goal, Result
from benchmarks._running import main
from skdigits.neural_network._precision import resolve_precision

UNFINISHED, FINISHED = RESULTS.parent / "unfinished", RESULTS.parent / "finished"
N_SEEDS = 5
# Of what takes many minutes to fit, and differs little from fit to fit.
N_SEEDS_OF_SLOW = 1
ACCURATE, ENSEMBLE = "accurate", "ensemble"
PCA_FILTERS = "pca_filters"
NETWORKS = "fast", "default", ACCURATE, "smallest"
FLOAT32 = "{}, float32"
SLOW = FLOAT32.format(ACCURATE), ENSEMBLE
PIPELINES = (
    AUGMENTED,
    "PixelScaler + logistic regression",
    "Deskewer + PixelScaler + logistic regression",
    "Deskewer + PCAFeatures + 3-NN",
    "Deskewer + PCAFeatures + SVC",
    "random forest",
    "Deskewer + random forest",
)
TEXTBOOK = "textbook CNN, scikeras"
TEXTBOOK_EPOCHS, TEXTBOOK_BATCH = 5, 32
CLASSIC = "classic CNN, plain Keras"
CLASSIC_EPOCHS, QUICK_CLASSIC_EPOCHS = 8, 2
CLASSIC_VARIANTS = (64, "float32"), (256, "float32"), (64, "mixed_bfloat16")
EPOCH_SECONDS = "seconds of an epoch, by batch and precision"
# What is published of it.
PUBLISHED_EPOCHS, PUBLISHED_ACCURACY = 50, 0.9967

Run = dict[str, object]


def table(quick: bool) -> Result:
    """Fit everything, and put it into one table."""
    if quick:
        with TemporaryDirectory(prefix="skdigits-benchmark-") as folder:
            return _table(_all_runs(Path(folder), quick), quick)
    UNFINISHED.mkdir(exist_ok=True)
    result = _table(_all_runs(UNFINISHED, quick), quick)
    shutil.rmtree(FINISHED, ignore_errors=True)
    UNFINISHED.rename(FINISHED)
    return result


SECTIONS = {"table": table}


def _all_runs(folder: Path, quick: bool) -> dict[str, list[Run]]:
    """Fit all sides, seed after seed, so that a slow hour hits all of them."""
    recipes = _recipes()
    sides = (TEXTBOOK, CLASSIC, *PIPELINES, *recipes)
    runs: dict[str, list[Run]] = {side: [] for side in sides}

    def kept(name: str, function: Callable, *arguments: object) -> object:
        path = folder / f"{name}.json"
        if not path.exists():
            found = in_new_process(function, *arguments, quick)
            path.write_text(json.dumps(found), encoding="utf-8")
        found = json.loads(path.read_text(encoding="utf-8"))
        print(name, found, flush=True)
        return found

    for seed in range(2 if quick else N_SEEDS):
        fits = [
            (
                side,
                _recipe_sides.fit_recipe,
                folder / f"{side}_{seed}.skops",
                name,
                precision,
            )
            for side, (name, precision) in recipes.items()
        ]
        fits += [
            (name, _recipe_sides.fit_pipeline, folder / f"{name}.skops", name)
            for name in PIPELINES
        ]
        fits.append(
            (TEXTBOOK, _recipe_sides.fit_textbook, TEXTBOOK_EPOCHS, TEXTBOOK_BATCH)
        )
        for side, function, *arguments in fits:
            if seed < N_SEEDS_OF_SLOW or side not in SLOW:
                runs[side].append(kept(f"{side}_{seed}", function, *arguments, seed))
    epochs = QUICK_CLASSIC_EPOCHS if quick else CLASSIC_EPOCHS
    classic = kept(f"{CLASSIC}_0", _recipe_sides.fit_classic, epochs)
    classic[EPOCH_SECONDS] = {
        f"{batch}, {precision}": kept(
            f"{CLASSIC}, {batch}, {precision}",
            _recipe_sides.time_classic,
            batch,
            precision,
        )
        for batch, precision in CLASSIC_VARIANTS
    }
    runs[CLASSIC].append(classic)
    return runs


def _recipes() -> dict[str, tuple[str, str]]:
    """Name the sides, each with its recipe and its precision.

    Where the processor has bfloat16, networks are trained in both.
    """
    precision = resolve_precision("auto")
    recipes = {name: (name, precision) for name in NETWORKS}
    if precision != "float32":
        recipes |= {FLOAT32.format(name): (name, "float32") for name in NETWORKS}
    return recipes | {
        ENSEMBLE: (ENSEMBLE, precision),
        PCA_FILTERS: (PCA_FILTERS, "float32"),
    }


def _table(runs: dict[str, list[Run]], quick: bool) -> Result:
    column = partial(_column, runs)
    return Result(
        "Seconds of fit on MNIST's training images, accuracy on its test images",
        {side: [run["seconds"] for run in results] for side, results in runs.items()},
        TEXTBOOK,
        columns={
            "accuracy in %": column(
                "accuracy", lambda all_: round(100 * mean(all_), 2)
            ),
            "standard deviation": column("accuracy", _deviation),
            "fits": column("accuracy", len),
            "precision": {side: _precision(side) for side in runs},
            "one image in µs": column("microseconds", lambda all_: round(median(all_))),
            "kB on disk": column("kilobytes", lambda all_: round(median(all_))),
        },
        notes={
            **({} if quick else _notes_on_the_classic(runs[CLASSIC][0])),
        },
        goals=[] if quick else _goals(runs),
    )


def _column(
    runs: dict[str, list[Run]], key: str, summary: Callable[[list], object]
) -> dict[str, object]:
    return {
        side: summary([run[key] for run in results]) for side, results in runs.items()
    }


def _precision(side: str) -> str:
    """Tell in what the layers of a network compute; nothing of other classifiers."""
    if side in PIPELINES:
        return ""
    return _recipes().get(side, (side, "float32"))[1]


def _deviation(accuracies: list[float]) -> float | None:
    return round(100 * stdev(accuracies), 2) if len(accuracies) > 1 else None


def _notes_on_the_classic(run: Run) -> dict[str, object]:
    """Tell its course, and follow it to all epochs that are published."""
    n_epochs = len(run["accuracies"])
    exponent, constant, covariance, residuals = _law(run)
    at = np.array([np.log(PUBLISHED_EPOCHS), 1])
    variance = at @ covariance @ at + residuals @ residuals / (n_epochs - 2)
    spread = student_t.ppf(0.975, n_epochs - 2) * np.sqrt(variance)
    middle = at @ (exponent, constant)
    low, middle, high = 100 * (1 - np.exp(middle + np.array([spread, 0, -spread])))
    return {
        f"{CLASSIC}: % of the test set after each epoch": [
            round(100 * accuracy, 2) for accuracy in run["accuracies"]
        ],
        f"{CLASSIC}: % after {PUBLISHED_EPOCHS} epochs, by a power law of the error": (
            f"{middle:.2f}, 95 % prediction interval {low:.2f} to {high:.2f}"
        ),
        f"{CLASSIC}: epochs, and seconds, to {PUBLISHED_ACCURACY:.2%} by that law": [
            round(_epochs_by_law(run)),
            round(_seconds_by_law(run)),
        ],
        f"{CLASSIC}: seconds of {PUBLISHED_EPOCHS} epochs, "
        f"extrapolated from {n_epochs}": round(_published_seconds(run)),
        f"{CLASSIC}: {EPOCH_SECONDS}": run[EPOCH_SECONDS],
    }


def _law(run: Run) -> tuple[float, float, np.ndarray, np.ndarray]:
    """Fit error = factor * epochs ** exponent to the logarithms.

    Returns the exponent, the logarithm of the factor, their covariance, and the
    residuals.
    """
    logarithms = np.log(np.arange(1, len(run["accuracies"]) + 1))
    errors = np.log(1 - np.array(run["accuracies"]))
    (exponent, constant), covariance = np.polyfit(logarithms, errors, 1, cov=True)
    return exponent, constant, covariance, errors - (exponent * logarithms + constant)


def _epochs_by_law(run: Run) -> float:
    """Epochs after which the law reaches the published accuracy."""
    exponent, constant, *_ = _law(run)
    return float(np.exp((np.log(1 - PUBLISHED_ACCURACY) - constant) / exponent))


def _seconds_by_law(run: Run) -> float:
    """Seconds of these epochs."""
    return _epochs_by_law(run) * median(run["seconds of epochs"])


def _published_seconds(classic: Run) -> float:
    """Seconds of all epochs of the classic recipe: the first one traces, too."""
    first, *others = classic["seconds of epochs"]
    return first + (PUBLISHED_EPOCHS - 1) * median(others)


def _goals(runs: dict[str, list[Run]]) -> list[Goal]:
    accuracy, seconds = (
        {side: summary(run[key] for run in results) for side, results in runs.items()}
        for key, summary in (("accuracy", mean), ("seconds", median))
    )
    textbook = seconds[TEXTBOOK]
    limits = {"fast": 0.992, "default": 0.9965, ACCURATE: 0.9975, ENSEMBLE: 0.998}
    limits |= {"smallest": 0.995, PCA_FILTERS: 0.9945, AUGMENTED: 0.992}
    # Of the textbook CNN's.
    shares = {"fast": 1 / 8, "default": 0.71}
    if FLOAT32.format("fast") in runs:
        shares |= {FLOAT32.format("fast"): 1 / 8, FLOAT32.format("default"): 1.0}
    most_seconds = {ACCURATE: 600, ENSEMBLE: 1500, PCA_FILTERS: 60, AUGMENTED: 300}
    reaching = [s for s in (*NETWORKS, ENSEMBLE) if accuracy[s] >= PUBLISHED_ACCURACY]
    cheapest = min(reaching, key=seconds.__getitem__, default="none")
    share_of_classic = seconds.get(cheapest, inf) / _seconds_by_law(runs[CLASSIC][0])
    return [
        *(
            Goal(f"mean accuracy, {side}", accuracy[side], at_least=limit)
            for side, limit in limits.items()
        ),
        *(
            Goal(
                f"seconds, {side}, of the textbook CNN's",
                seconds[side] / textbook,
                at_most=limit,
            )
            for side, limit in shares.items()
        ),
        *(
            Goal(f"seconds, {side}", seconds[side], at_most=limit)
            for side, limit in most_seconds.items()
        ),
        Goal(
            f"MB, {PCA_FILTERS}",
            median(run["megabytes"] for run in runs[PCA_FILTERS]),
            at_most=3000,
        ),
        Goal(
            f"seconds of the cheapest recipe with {PUBLISHED_ACCURACY:.2%} "
            f"({cheapest}), of those of the classic CNN by its law",
            share_of_classic,
            at_most=1 / 10,
        ),
    ]


if __name__ == "__main__":
    main("recipes", SECTIONS, __doc__)

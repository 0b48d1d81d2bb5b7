"""The recipes for MNIST beside their peers: accuracy, seconds, latency and size.

python -m benchmarks.bench_recipes [--quick]

This takes hours, and 6 GB of memory. Every fit has a process of its own, which may use
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
from benchmarks._result import RESULTS, Goal, Result
from benchmarks._running import main

UNFINISHED, FINISHED = RESULTS.parent / "unfinished", RESULTS.parent / "finished"
N_SEEDS = 5
ACCURATE, ENSEMBLE = "accurate", "ensemble"
PCA_FILTERS = "pca_filters"
RECIPES = "fast", "default", ACCURATE, "smallest", PCA_FILTERS
# Those that take minutes to fit are in bench_transformers.
PIPELINES = (
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
    sides = (TEXTBOOK, CLASSIC, *PIPELINES, *RECIPES, ENSEMBLE)
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
            (name, _recipe_sides.fit_recipe, folder / f"{name}_{seed}.skops", name)
            for name in RECIPES
        ]
        fits += [
            (name, _recipe_sides.fit_pipeline, folder / f"{name}.skops", name)
            for name in PIPELINES
        ]
        fits.append(
            (TEXTBOOK, _recipe_sides.fit_textbook, TEXTBOOK_EPOCHS, TEXTBOOK_BATCH)
        )
        for side, function, *arguments in fits:
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
    _let_vote(runs, folder)
    return runs


def _let_vote(runs: dict[str, list[Run]], folder: Path) -> None:
    """Let all accurate networks but one vote, each of them left out in turn.

    To fit as many ensembles from nothing would take half a day.
    """
    fits = runs[ACCURATE]
    for left_out in range(len(fits)):
        seeds = [seed for seed in range(len(fits)) if seed != left_out]
        described = in_new_process(
            _recipe_sides.join_members,
            [folder / f"{ACCURATE}_{seed}.skops" for seed in seeds],
            folder / f"{ENSEMBLE}.skops",
        )
        seconds = sum(fits[seed]["seconds"] for seed in seeds)
        runs[ENSEMBLE].append({"seconds": seconds, **described})


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
            "one image in µs": column("microseconds", lambda all_: round(median(all_))),
            "kB on disk": column("kilobytes", lambda all_: round(median(all_))),
        },
        notes={
            ENSEMBLE: f"all but one of {len(runs[ACCURATE])} accurate networks, each "
            "left out in turn; they share members, so their deviation says little; "
            "seconds are added up",
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


def _deviation(accuracies: list[float]) -> float | None:
    return round(100 * stdev(accuracies), 2) if len(accuracies) > 1 else None


def _notes_on_the_classic(run: Run) -> dict[str, object]:
    """Tell its course, and follow it to all epochs that are published.

    The law is error = factor * epochs ** exponent, fitted to the logarithms.
    """
    n_epochs = len(run["accuracies"])
    logarithms = np.log(np.arange(1, n_epochs + 1))
    errors = np.log(1 - np.array(run["accuracies"]))
    (exponent, constant), covariance = np.polyfit(logarithms, errors, 1, cov=True)
    residuals = errors - (exponent * logarithms + constant)
    at = np.array([np.log(PUBLISHED_EPOCHS), 1])
    variance = at @ covariance @ at + residuals @ residuals / (n_epochs - 2)
    spread = student_t.ppf(0.975, n_epochs - 2) * np.sqrt(variance)
    middle = at @ (exponent, constant)
    low, middle, high = 100 * (1 - np.exp(middle + np.array([spread, 0, -spread])))
    needed = np.exp((np.log(1 - PUBLISHED_ACCURACY) - constant) / exponent)
    return {
        f"{CLASSIC}: % of the test set after each epoch": [
            round(100 * accuracy, 2) for accuracy in run["accuracies"]
        ],
        f"{CLASSIC}: % after {PUBLISHED_EPOCHS} epochs, by a power law of the error": (
            f"{middle:.2f}, 95 % prediction interval {low:.2f} to {high:.2f}"
        ),
        f"{CLASSIC}: epochs, and seconds, to {PUBLISHED_ACCURACY:.2%} by that law": [
            round(needed),
            round(needed * median(run["seconds of epochs"])),
        ],
        f"{CLASSIC}: seconds of {PUBLISHED_EPOCHS} epochs, "
        f"extrapolated from {n_epochs}": round(_published_seconds(run)),
        f"{CLASSIC}: {EPOCH_SECONDS}": run[EPOCH_SECONDS],
    }


def _published_seconds(classic: Run) -> float:
    """Seconds of all epochs of the classic recipe: the first one traces, too."""
    first, *others = classic["seconds of epochs"]
    return first + (PUBLISHED_EPOCHS - 1) * median(others)


def _goals(runs: dict[str, list[Run]]) -> list[Goal]:
    accuracy, seconds = (
        {side: summary(run[key] for run in results) for side, results in runs.items()}
        for key, summary in (("accuracy", mean), ("seconds", median))
    )
    limits = {"fast": 0.99, "default": 0.995, ACCURATE: 0.9975}
    limits |= {ENSEMBLE: 0.9982, "smallest": 0.994}
    reaching = [s for s in (*RECIPES, ENSEMBLE) if accuracy[s] >= PUBLISHED_ACCURACY]
    cheapest = min(reaching, key=seconds.__getitem__, default="none")
    share_of_classic = seconds.get(cheapest, inf) / _published_seconds(runs[CLASSIC][0])
    fast_share = seconds["fast"] / seconds[TEXTBOOK]
    return [
        *(
            Goal(f"mean accuracy, {side}", accuracy[side], at_least=limit)
            for side, limit in limits.items()
        ),
        Goal("seconds, fast, of the textbook CNN's", fast_share, at_most=1 / 8),
        Goal("seconds, default", seconds["default"], at_most=75),
        Goal("seconds, accurate", seconds[ACCURATE], at_most=600),
        Goal(
            f"mean error, {PCA_FILTERS}",
            1 - accuracy[PCA_FILTERS],
            at_most=0.007,
        ),
        Goal(
            f"seconds, {PCA_FILTERS}",
            seconds[PCA_FILTERS],
            at_most=90,
        ),
        Goal(
            f"seconds of the cheapest recipe with {PUBLISHED_ACCURACY:.2%} "
            f"({cheapest}), of the classic CNN's {PUBLISHED_EPOCHS} epochs",
            share_of_classic,
            at_most=1 / 30,
        ),
    ]


if __name__ == "__main__":
    main("recipes", SECTIONS, __doc__)

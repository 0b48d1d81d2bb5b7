"""The recipes for MNIST beside their peers: accuracy, seconds, latency and size.

python -m benchmarks.bench_recipes [--quick]

This takes hours, and 6 GB of memory. Every fit has a process of its own, which may use
all cores. What has been fitted is kept in ``benchmarks/unfinished`` until the table is
complete, so an interrupted run goes on where it was; remove the folder to begin anew.

Seconds are those of fit: with the tracing of TensorFlow's graphs, without its import.
"""

import json
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import mean, median, stdev
from tempfile import TemporaryDirectory

from benchmarks import _recipe_sides
from benchmarks._harness import RESULTS, Goal, Report, in_new_process, main

UNFINISHED = RESULTS.parent / "unfinished"
N_SEEDS = 5
ACCURATE, ENSEMBLE = "accurate", "ensemble"
WITHOUT_BACKPROPAGATION = "without backpropagation"
RECIPES = "fast", "default", ACCURATE, "smallest", WITHOUT_BACKPROPAGATION
PIPELINES = (
    "PixelScaler + logistic regression",
    "random forest",
    "Deskewer + PCAFeatures + 3-NN",
    "Deskewer + PCAFeatures + SVC",
)
TEXTBOOK = "textbook CNN, scikeras"
TEXTBOOK_SEEDS = 3
TEXTBOOK_EPOCHS, TEXTBOOK_BATCH = 5, 32
CLASSIC = "classic CNN, plain Keras"
CLASSIC_EPOCHS = 4
# What is told of it.
TOLD_EPOCHS, TOLD_ACCURACY = 50, 0.9967

Run = dict[str, object]


def table(quick: bool) -> Report:
    """Fit everything, and put it into one table."""
    if quick:
        with TemporaryDirectory(prefix="skdigits-benchmark-") as folder:
            return _report(_all_runs(Path(folder), quick), quick)
    UNFINISHED.mkdir(exist_ok=True)
    report = _report(_all_runs(UNFINISHED, quick), quick)
    shutil.rmtree(UNFINISHED)
    return report


SECTIONS = {"table": table}


def _all_runs(folder: Path, quick: bool) -> dict[str, list[Run]]:
    """Fit all sides, seed after seed, so that a slow hour hits all of them."""
    sides = (TEXTBOOK, CLASSIC, *PIPELINES, *RECIPES, ENSEMBLE)
    runs: dict[str, list[Run]] = {side: [] for side in sides}

    def run(side: str, function: Callable, *arguments: object) -> None:
        path = folder / f"{side}_{len(runs[side])}.json"
        if not path.exists():
            found = in_new_process(function, *arguments, quick)
            path.write_text(json.dumps(found), encoding="utf-8")
        runs[side].append(json.loads(path.read_text(encoding="utf-8")))
        print(side, runs[side][-1], flush=True)

    for seed in range(2 if quick else N_SEEDS):
        for name in RECIPES:
            file = folder / f"{name}_{seed}.skops"
            run(name, _recipe_sides.fit_recipe, name, seed, file)
        if seed < TEXTBOOK_SEEDS:
            fit = TEXTBOOK_EPOCHS, TEXTBOOK_BATCH
            run(TEXTBOOK, _recipe_sides.fit_textbook, seed, *fit)
        if seed == 0:
            for name in PIPELINES:
                file = folder / f"{name}.skops"
                run(name, _recipe_sides.fit_pipeline, name, file)
            run(CLASSIC, _recipe_sides.fit_classic, CLASSIC_EPOCHS)
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


def _report(runs: dict[str, list[Run]], quick: bool) -> Report:
    column = partial(_column, runs)
    classic = runs[CLASSIC][0]
    return Report(
        "Seconds of fit on MNIST's training images, accuracy on its test images",
        {side: [run["seconds"] for run in results] for side, results in runs.items()},
        TEXTBOOK,
        facts={
            "accuracy in %": column("accuracy", lambda all_: f"{100 * mean(all_):.2f}"),
            "deviation": column("accuracy", _deviation),
            "seeds": column("accuracy", lambda all_: str(len(all_))),
            "one image in µs": column(
                "microseconds", lambda all_: f"{median(all_):.0f}"
            ),
            "kB on disk": column("kilobytes", lambda all_: f"{median(all_):,.0f}"),
            ENSEMBLE: f"all but one of {len(runs[ACCURATE])} accurate networks, each "
            "left out in turn; they share members, so their deviation says little; "
            "seconds are added up",
            f"{CLASSIC}: % of the test set after each epoch": [
                round(100 * accuracy, 2) for accuracy in classic["accuracies"]
            ],
            f"{CLASSIC}: seconds of {TOLD_EPOCHS} epochs, "
            f"extrapolated from {len(classic['accuracies'])}": round(
                _told_seconds(classic)
            ),
        },
        goals=[] if quick else _goals(runs),
    )


def _column(
    runs: dict[str, list[Run]], key: str, summary: Callable[[list], str]
) -> dict[str, str]:
    return {
        side: summary([run[key] for run in results]) for side, results in runs.items()
    }


def _deviation(accuracies: list[float]) -> str:
    return f"{100 * stdev(accuracies):.2f}" if len(accuracies) > 1 else "-"


def _told_seconds(classic: Run) -> float:
    """Seconds of all epochs of the classic recipe: the first one traces, too."""
    first, *others = classic["seconds of epochs"]
    return first + (TOLD_EPOCHS - 1) * mean(others)


def _goals(runs: dict[str, list[Run]]) -> list[Goal]:
    accuracy, seconds = (
        {side: summary(run[key] for run in results) for side, results in runs.items()}
        for key, summary in (("accuracy", mean), ("seconds", median))
    )
    limits = {"fast": 0.99, "default": 0.995, ACCURATE: 0.9975}
    limits |= {ENSEMBLE: 0.9982, "smallest": 0.994}
    share = seconds[ACCURATE] / _told_seconds(runs[CLASSIC][0])
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
            f"mean error, {WITHOUT_BACKPROPAGATION}",
            1 - accuracy[WITHOUT_BACKPROPAGATION],
            at_most=0.007,
        ),
        Goal(
            f"seconds, {WITHOUT_BACKPROPAGATION}",
            seconds[WITHOUT_BACKPROPAGATION],
            at_most=90,
        ),
        Goal(
            "mean accuracy, accurate, beside the classic CNN",
            accuracy[ACCURATE],
            at_least=TOLD_ACCURACY,
        ),
        Goal("seconds, accurate, of the classic CNN's", share, at_most=1 / 30),
    ]


if __name__ == "__main__":
    main("recipes", SECTIONS, __doc__)

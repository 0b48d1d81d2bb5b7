"""A search over one worker and over two.

python -m benchmarks.bench_search [--quick] [--only SECTION ...]

All threads are capped at one a worker, so that the second worker is what is measured,
and not the threads that the first one has less; joblib's one worker is the process
itself. A small search goes before each, so that workers run and have imported what they
need; its seconds have a column.
"""

import json
import os
import subprocess
import sys
from statistics import median

from benchmarks._measuring import QUIET_TENSORFLOW
from benchmarks._result import Goal, Result
from benchmarks._running import main
from benchmarks._search_sides import ESTIMATORS, N_WARM_UP

ROUNDS = 3
N_IMAGES, QUICK_IMAGES = 3_000, 600
OTHER_SCORES = "searches whose scores are not those of a serial one"


def joblib_workers(quick: bool) -> Result:
    """Search over joblib's own workers on one machine."""
    return _search_all("joblib", quick)


def dask_workers(quick: bool) -> Result:
    """Search over a Dask cluster, which runs before the search begins."""
    return _search_all("dask", quick)


SECTIONS = {section.__name__: section for section in (joblib_workers, dask_workers)}


def _search_all(workers: str, quick: bool) -> Result:
    n_images = QUICK_IMAGES if quick else N_IMAGES
    seconds: dict[str, list[float]] = {}
    first_seconds, speed_ups, other_scores = {}, {}, {}
    for name in ESTIMATORS:
        serial = _search("joblib", name, 1, n_images)  # and fills the page cache
        turns = [
            [_search(workers, name, n, n_images) for n in (1, 2)]
            for _ in range(1 if quick else ROUNDS)
        ]
        one, two = zip(*turns, strict=True)
        for side, runs in (f"{name}, 1 worker", one), (f"{name}, 2 workers", two):
            seconds[side] = [run["seconds"] for run in runs]
            first = median(run["seconds of the first search"] for run in runs)
            first_seconds[side] = round(first, 1)
        speed_ups[name] = median(seconds[f"{name}, 1 worker"]) / median(
            seconds[f"{name}, 2 workers"]
        )
        other_scores[name] = sum(run["scores"] != serial["scores"] for run in one + two)
    goals = [
        Goal(f"times as quick with two workers, {name}", speed_up, at_least=1.6)
        for name, speed_up in speed_ups.items()
    ]
    goals += [
        Goal(f"{OTHER_SCORES}, {name}", count, at_most=0)
        for name, count in other_scores.items()
    ]
    return Result(
        f"GridSearchCV of {n_images:,} images of MNIST, workers of {workers}, "
        "one thread each",
        seconds,
        columns={f"seconds of a search of {N_WARM_UP} images before": first_seconds},
        notes={
            "times as quick with two workers": speed_ups,
            OTHER_SCORES: other_scores,
        },
        goals=[] if quick else goals,
    )


def _search(workers: str, name: str, n_workers: int, n_images: int) -> dict:
    command = [sys.executable, "-m", "benchmarks._search_sides", workers, name]
    output = subprocess.run(
        [*command, str(n_workers), str(n_images)],
        env=os.environ | QUIET_TENSORFLOW | {"OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=True,
    ).stdout
    return json.loads(output)


if __name__ == "__main__":
    main("search", SECTIONS, __doc__)

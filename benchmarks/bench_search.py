"""A search over one worker and over two.

python -m benchmarks.bench_search [--quick] [--only SECTION ...]

All threads are capped at one a worker, so that the second worker is what is measured,
and not the threads that the first one has less. Starting workers, and what they import
at their first fit, is in the time: short searches gain little.
"""

import json
import os
import subprocess
import sys
from statistics import median

from benchmarks._harness import QUIET_TENSORFLOW, Goal, Report, main
from benchmarks._search_sides import ESTIMATORS

ROUNDS = 3
N_IMAGES, QUICK_IMAGES = 6_000, 600


def joblib_workers(quick: bool) -> Report:
    """Search over joblib's own workers on one machine."""
    return _report("joblib", quick)


def dask_workers(quick: bool) -> Report:
    """Search over a Dask cluster, which runs before the search begins."""
    return _report("dask", quick)


SECTIONS = {section.__name__: section for section in (joblib_workers, dask_workers)}


def _report(workers: str, quick: bool) -> Report:
    n_images = QUICK_IMAGES if quick else N_IMAGES
    seconds: dict[str, list[float]] = {}
    goals = []
    for name in ESTIMATORS:
        serial = _search("joblib", name, 1, n_images)  # and fills the page cache
        turns = [
            [_search(workers, name, n, n_images) for n in (1, 2)]
            for _ in range(1 if quick else ROUNDS)
        ]
        one, two = zip(*turns, strict=True)
        seconds[f"{name}, 1 worker"] = [run["seconds"] for run in one]
        seconds[f"{name}, 2 workers"] = [run["seconds"] for run in two]
        speed_up = median(run["seconds"] for run in one) / median(
            run["seconds"] for run in two
        )
        goals += [
            Goal(f"times as quick with two workers, {name}", speed_up, at_least=1.6),
            Goal(
                f"searches whose scores are not those of a serial one, {name}",
                sum(run["scores"] != serial["scores"] for run in (*one, *two)),
                at_most=0,
            ),
        ]
    return Report(
        f"GridSearchCV of {n_images:,} images of MNIST, workers of {workers}, "
        "one thread each",
        seconds,
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

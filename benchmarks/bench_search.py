"""A search over one worker and over two.

python -m benchmarks.bench_search [--quick] [--only SECTION ...]

All threads are capped at one a worker, so that the second worker is what is measured,
and not the threads that the first one has less.
"""

import os
from collections.abc import Callable
from statistics import median
from time import perf_counter
from unittest.mock import patch

from benchmarks._harness import Goal, Report, in_new_process, in_turn, main

ROUNDS = 2
WORKERS = 1, 2
N_IMAGES, QUICK_IMAGES = 4_000, 600
SVM_GRID = {"svc__C": [1, 3, 10, 30], "svc__gamma": [0.01, 0.02, 0.03]}
CNN_GRID = {"kerascnnclassifier__learning_rate": [1e-3, 2e-3, 4e-3, 8e-3]}


def joblib_workers(quick: bool) -> Report:
    """Search over joblib's own workers on one machine."""
    return _report("joblib's workers", search_with_joblib, quick)


def dask_workers(quick: bool) -> Report:
    """Search over a Dask cluster, which runs before the search begins."""
    return _report("workers of Dask", search_with_dask, quick)


SECTIONS = {section.__name__: section for section in (joblib_workers, dask_workers)}


def _report(workers: str, search: Callable, quick: bool) -> Report:
    n_images = QUICK_IMAGES if quick else N_IMAGES
    rounds = 1 if quick else ROUNDS
    calls = {
        _side(name, n): (search, name, n, n_images)
        for name in ESTIMATORS
        for n in WORKERS
    }
    with patch.dict(os.environ, OMP_NUM_THREADS="1"):
        for call in calls.values():
            in_new_process(*call[:-1], QUICK_IMAGES)  # fills the page cache
        runs = in_turn(rounds, calls)
    serial = {
        name: in_new_process(search_serially, name, n_images) for name in ESTIMATORS
    }
    goals = []
    for name in ESTIMATORS:
        one, two = (runs[_side(name, n)] for n in WORKERS)
        speed_up = median(run[0] for run in one) / median(run[0] for run in two)
        n_differing = sum(run[1] != serial[name] for run in (*one, *two))
        goals += [
            Goal(f"times as quick with two workers, {name}", speed_up, at_least=1.6),
            Goal(
                f"searches whose scores are not those of a serial one, {name}",
                n_differing,
                at_most=0,
            ),
        ]
    return Report(
        f"GridSearchCV of {n_images:,} images of MNIST over {workers}, "
        "one thread a worker",
        {side: [run[0] for run in results] for side, results in runs.items()},
        goals=[] if quick else goals,
    )


def _side(name: str, n_workers: int) -> str:
    return f"{name}, {n_workers} worker{'s' * (n_workers > 1)}"


# What the processes do


def deskewed_svm() -> object:
    from sklearn.model_selection import GridSearchCV
    from sklearn.pipeline import make_pipeline
    from sklearn.svm import SVC

    from skdigits.preprocessing import Deskewer, PCAFeatures

    pipeline = make_pipeline(Deskewer(), PCAFeatures(50), SVC())
    return GridSearchCV(pipeline, SVM_GRID, cv=3, refit=False)


def network() -> object:
    from sklearn.model_selection import GridSearchCV
    from sklearn.pipeline import make_pipeline

    from skdigits.neural_network import KerasCNNClassifier
    from skdigits.preprocessing import PixelScaler

    pipeline = make_pipeline(PixelScaler(), KerasCNNClassifier(random_state=0))
    return GridSearchCV(pipeline, CNN_GRID, cv=3, refit=False)


ESTIMATORS = {"Deskewer + PCAFeatures + SVC": deskewed_svm, "CNN": network}


def search_serially(name: str, n_images: int) -> list[float]:
    """Return the scores of a search in this process."""
    return _searched(ESTIMATORS[name](), n_images)[1]


def search_with_joblib(
    name: str, n_workers: int, n_images: int
) -> tuple[float, list[float]]:
    """Return the seconds of a search, and its scores."""
    return _searched(ESTIMATORS[name]().set_params(n_jobs=n_workers), n_images)


def search_with_dask(
    name: str, n_workers: int, n_images: int
) -> tuple[float, list[float]]:
    """Return the seconds of a search, and its scores."""
    import dask
    import joblib
    from dask.distributed import Client, LocalCluster

    # The workers are processes of this one, which is one of a pool: no daemons.
    dask.config.set({"distributed.worker.daemon": False})
    with (
        LocalCluster(
            n_workers=n_workers, threads_per_worker=1, dashboard_address=None
        ) as cluster,
        Client(cluster) as client,
        joblib.parallel_config(backend="dask"),
    ):
        client.wait_for_workers(n_workers)
        assert len(client.scheduler_info(n_workers=-1)["workers"]) == n_workers
        return _searched(ESTIMATORS[name](), n_images)


def _searched(search: object, n_images: int) -> tuple[float, list[float]]:
    from skdigits.datasets import fetch_mnist

    X, y = fetch_mnist(subset="train", return_X_y=True)
    X, y = X[:n_images], y[:n_images]
    start = perf_counter()
    search.fit(X, y)
    seconds = perf_counter() - start
    return seconds, search.cv_results_["mean_test_score"].tolist()


if __name__ == "__main__":
    main("search", SECTIONS, __doc__)

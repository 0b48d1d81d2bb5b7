"""A search, timed in a program of its own, because joblib's workers start from it.

python -m benchmarks._search_sides {joblib,dask} ESTIMATOR N_WORKERS N_IMAGES
"""

import json
import sys
from time import perf_counter

# As many images are searched first: workers start, and import what they need.
N_WARM_UP = 300
SVM_GRID = {"svc__C": [1, 3, 10, 30], "svc__gamma": [0.01, 0.02, 0.03]}
CNN_GRID = {"kerascnnclassifier__learning_rate": [1e-3, 2e-3, 4e-3, 8e-3]}


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


def search_here(name: str, n_workers: int, n_images: int) -> dict[str, object]:
    """Search in this process, or in as many of joblib's workers."""
    return _searched(ESTIMATORS[name]().set_params(n_jobs=n_workers), n_images)


def search_with_dask(name: str, n_workers: int, n_images: int) -> dict[str, object]:
    """Search on a cluster of so many workers, which run before the search begins."""
    import joblib
    from dask.distributed import Client, LocalCluster

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


def _searched(search: object, n_images: int) -> dict[str, object]:
    from skdigits.datasets import fetch_mnist

    X, y = fetch_mnist(subset="train", return_X_y=True)
    X, y = X[:n_images], y[:n_images]
    first_seconds = _seconds(search, X[:N_WARM_UP], y[:N_WARM_UP])
    return {
        "seconds": _seconds(search, X, y),
        "seconds of the first search": first_seconds,
        "scores": search.cv_results_["mean_test_score"].tolist(),
    }


def _seconds(search: object, X: object, y: object) -> float:
    start = perf_counter()
    search.fit(X, y)
    return perf_counter() - start


if __name__ == "__main__":
    workers, name, n_workers, n_images = sys.argv[1:]
    search = search_with_dask if workers == "dask" else search_here
    print(json.dumps(search(name, int(n_workers), int(n_images))))

"""How seconds and memory grow with the number of images.

python -m benchmarks.bench_growth [--quick] [--only SECTION ...]

Each stage meets each number of images in a new process. The images lie in an IDX file,
MNIST's training images and changed copies of them.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from threading import Event, Thread
from time import perf_counter

import numpy as np

from benchmarks._measuring import in_new_process, in_turn
from benchmarks._result import Goal, Result
from benchmarks._running import main

SIZES = 1_000, 10_000, 60_000, 600_000
QUICK_SIZES = 1_000, 4_000
ROUNDS = 3
# Images that are predicted at a time; one of the sizes.
CHUNK = 10_000
# A measurement of less is mostly that of calls.
SMALLEST_FITTED = 10_000
SAMPLING_SECONDS = 0.002
PAGE_BYTES = 4096
EXPONENT = "seconds grow with the images to the power of"
MEMORY_EXPONENT = "memory grows with the images to the power of"
MEGABYTES = "MB above the start, at most"


def load(quick: bool) -> Result:
    """Load an IDX file, with peers that tell how the memory itself grows.

    Virtual machines get memory from their hosts when it is first written to, which
    takes longer than to read a file, and give it back seconds after a process ended.
    So all processes import the same: then this time has passed for all of them.
    """
    functions = {
        "Load an IDX file": load_file,
        "numpy.fromfile, same files": load_bytes,
        "writing to each page of a new array, no file": touch_pages,
        "load an IDX file for the second time": load_file_again,
    }
    result, *peers = _grow_in_turn(functions, quick)
    for name, peer in zip(list(functions)[1:], peers, strict=True):
        largest = _name(max(_sizes(quick)))
        result.notes |= {
            f"{name}: seconds to the power of": peer.notes[EXPONENT],
            f"{name}: seconds for {largest}": round(median(peer.values[largest]), 3),
        }
        if functions[name] is load_file_again:
            # The array is then of memory that the system has provided before.
            [goal] = peer.goals or [None]
            result.goals += [replace(goal, text=f"exponent, {name}")] if goal else []
    return result


def transform(quick: bool) -> Result:
    return _grow("Deskewer and PCAFeatures(50), fitted", transform_images, quick)


def fit_epoch(quick: bool) -> Result:
    return _grow("One epoch of KerasCNNClassifier", train_an_epoch, quick)


def fit_in_parts(quick: bool) -> Result:
    """Train by partial_fit, chunk by chunk, on images that are mapped."""
    title = f"partial_fit of KerasCNNClassifier, {CHUNK:,} images at a time"
    return _bounded(title, train_in_parts, quick)


def predict(quick: bool) -> Result:
    """Labels by the pretrained network, chunk by chunk, of images that are mapped."""
    title = f"Labels by the pretrained network, {CHUNK:,} images at a time"
    return _bounded(title, predict_in_chunks, quick)


def predict_at_once(quick: bool) -> Result:
    """Labels by a network of the recipes, all images in one call."""
    title = 'Labels by the recipe "fast", all images in one call'
    return _bounded(title, predict_labels, quick)


def _bounded(title: str, function: Callable, quick: bool) -> Result:
    """Measure what should take as much memory for many images as for few."""
    result = _grow(title, function, quick)
    largest = max(_sizes(quick))
    seconds = median(result.values[_name(largest)])
    result.notes["images a second"] = round(largest / seconds)
    if not quick:
        megabytes = result.columns[MEGABYTES]
        most = megabytes[_name(largest)]
        growth = most - megabytes[_name(CHUNK)]
        result.goals += [
            Goal("MB for the most images", most, at_most=300),
            Goal(f"MB for them, above {CHUNK:,} images", growth, at_most=100),
        ]
    return result


SECTIONS = {
    section.__name__: section
    for section in (load, transform, fit_epoch, fit_in_parts, predict, predict_at_once)
}


def _grow(title: str, function: Callable, quick: bool) -> Result:
    [result] = _grow_in_turn({title: function}, quick)
    return result


def _grow_in_turn(functions: dict[str, Callable], quick: bool) -> list[Result]:
    """Measure functions of a file of images, by title, beside each other."""
    calls = {
        f"{title}, {n}": (function, _images_file(n))
        for n in _sizes(quick)
        for title, function in functions.items()
    }
    runs = in_turn(1 if quick else ROUNDS, calls)
    return [
        _growth(title, {n: runs[f"{title}, {n}"] for n in _sizes(quick)}, quick)
        for title in functions
    ]


def _growth(
    title: str, runs: dict[int, list[tuple[float, float]]], quick: bool
) -> Result:
    """Summarize the seconds and megabytes of the runs of each size."""
    seconds = {_name(n): [run[0] for run in results] for n, results in runs.items()}
    megabytes = {
        _name(n): max(run[1] for run in results) for n, results in runs.items()
    }
    sizes = tuple(runs)
    slope = _slope(sizes, [median(values) for values in seconds.values()])
    return Result(
        f"{title}: seconds by the number of images",
        seconds,
        columns={MEGABYTES: {name: round(most) for name, most in megabytes.items()}},
        notes={
            EXPONENT: round(slope, 2),
            MEMORY_EXPONENT: round(_slope(sizes, list(megabytes.values())), 2),
        },
        goals=[] if quick else [Goal("exponent", slope, at_most=1.1)],
    )


def _sizes(quick: bool) -> tuple[int, ...]:
    return QUICK_SIZES if quick else SIZES


def _name(n_images: int) -> str:
    return f"{n_images:,}"


def _slope(sizes: tuple[int, ...], costs: list[float]) -> float:
    """Fit cost = factor * images ** exponent, and return the exponent."""
    fitted = list(zip(sizes, costs, strict=True))
    large = [(n, cost) for n, cost in fitted if n >= SMALLEST_FITTED] or fitted
    return float(np.polyfit(*np.log(large).T, 1)[0])


@cache
def _temporary_folder() -> TemporaryDirectory:
    return TemporaryDirectory(prefix="skdigits-benchmark-")


@cache
def _images_file(n_images: int) -> Path:
    path = Path(_temporary_folder().name, f"{n_images}-idx3-ubyte")
    in_new_process(write_images, path, n_images)
    return path


# What the processes do


def write_images(path: Path, n_images: int) -> None:
    from skdigits.augmentation import RandomAugmenter
    from skdigits.datasets import fetch_mnist, write_idx

    X, y = fetch_mnist(subset="train", return_X_y=True)
    n_times = -(-n_images // len(X))
    if n_times > 1:
        augmenter = RandomAugmenter(10, n_copies=n_times - 1, random_state=0)
        X, y = augmenter.fit_resample(X, y)
    write_idx(path, X[:n_images].reshape(-1, 28, 28))
    np.save(_labels_file(path), y[:n_images])


def _labels_file(path: Path) -> Path:
    return path.with_suffix(".npy")


def _mapped(path: Path) -> np.ndarray:
    """Map the pixels behind the 16 bytes of the header."""
    return np.memmap(path, np.uint8, "r", offset=16).reshape(-1, 784)


def load_file(path: Path) -> tuple[float, float]:
    from skdigits.datasets import read_idx

    return _measured(lambda: read_idx(path))


def load_file_again(path: Path) -> tuple[float, float]:
    from skdigits.datasets import read_idx

    read_idx(path)
    return _measured(lambda: read_idx(path))


def touch_pages(path: Path) -> tuple[float, float]:
    import skdigits.datasets  # noqa: F401 - to take the time of the others

    def touch() -> np.ndarray:
        array = np.empty(path.stat().st_size, np.uint8)
        array[::PAGE_BYTES] = 1
        return array

    return _measured(touch)


def load_bytes(path: Path) -> tuple[float, float]:
    import skdigits.datasets  # noqa: F401 - to take the time of the others

    return _measured(lambda: np.fromfile(path, np.uint8))


def transform_images(path: Path) -> tuple[float, float]:
    from sklearn.pipeline import make_pipeline

    from skdigits.preprocessing import Deskewer, PCAFeatures

    X = _mapped(path)
    pipeline = make_pipeline(Deskewer(), PCAFeatures(50)).fit(X[:1000])
    pipeline.transform(X[:1000])
    return _measured(lambda: pipeline.transform(X))


def train_an_epoch(path: Path) -> tuple[float, float]:
    from skdigits.model_selection import mnist_recipes

    X, y = _mapped(path), np.load(_labels_file(path))
    network = mnist_recipes(random_state=0)["fast"]
    network.fit(X[:1000], y[:1000])  # imports, and traces the step
    return _measured(lambda: network.fit(X, y))


def train_in_parts(path: Path) -> tuple[float, float]:
    from sklearn.utils import gen_batches

    from skdigits.model_selection import mnist_recipes

    X, y = _mapped(path), np.load(_labels_file(path))
    network = mnist_recipes(random_state=0)["fast"]
    network.set_params(white_level=255)  # no part knows the brightest pixel of all

    def train(n_images: int) -> None:
        for part in gen_batches(n_images, CHUNK):
            network.partial_fit(X[part], y[part], range(10))

    train(1000)  # imports, and traces the step
    return _measured(lambda: train(len(X)))


def predict_in_chunks(path: Path) -> tuple[float, float]:
    from sklearn.utils import gen_batches

    from skdigits.persistence import load_pretrained

    X = _mapped(path)
    network = load_pretrained()
    network.predict(X[:1000])
    return _measured(
        lambda: np.concatenate(
            [network.predict(X[chunk]) for chunk in gen_batches(len(X), CHUNK)]
        )
    )


def predict_labels(path: Path) -> tuple[float, float]:
    """Return the seconds, and the memory that is not the result."""
    from skdigits.model_selection import mnist_recipes

    X, y = _mapped(path), np.load(_labels_file(path))
    network = mnist_recipes(random_state=0)["fast"]
    network.fit(X[:1000], y[:1000])
    seconds, megabytes = _measured(lambda: network.predict(X))
    return seconds, max(0.0, megabytes - y.nbytes / 2**20)


def _measured(function: Callable[[], object]) -> tuple[float, float]:
    """Return the seconds of a call, and by how many MB its memory rose at most.

    Of memory that is the process's own: pages of a mapped file are not.
    """
    start_bytes, highest, done = _own_memory(), [0.0], Event()

    def watch() -> None:
        while not done.wait(SAMPLING_SECONDS):
            highest[0] = max(highest[0], _own_memory())

    watcher = Thread(target=watch, daemon=True)
    watcher.start()
    start = perf_counter()
    result = function()
    seconds = perf_counter() - start
    highest[0] = max(highest[0], _own_memory())
    del result
    done.set()
    watcher.join()
    return seconds, max(0.0, highest[0] - start_bytes)


def _own_memory() -> float:
    from benchmarks._measuring import memory

    return memory("RssAnon")


if __name__ == "__main__":
    main("growth", SECTIONS, __doc__)

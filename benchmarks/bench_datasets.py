"""load_image_folder beside Keras and a loop around Pillow; fetch_mnist.

python -m benchmarks.bench_datasets [--quick] [--only SECTION ...]
"""

import os
from collections.abc import Callable
from functools import cache, partial
from itertools import chain
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np

from benchmarks._measuring import in_new_process, in_turn, measure, memory
from benchmarks._result import Goal, Result
from benchmarks._running import main

N_SMALL, N_LARGE = 1_000, 200
QUOTED = (
    "fetch_openml('mnist_784'), quoted from scikit-learn's issues and not measured "
    "here: 16 to 40 s, up to 3 GB"
)


def small_images(quick: bool) -> Result:
    """Read digits as they are, a sub-folder for each label."""
    title = f"{N_SMALL:,} PNGs of 28x28 in ten sub-folders, to one array"
    return _compare(title, _small_images(), N_SMALL, quick)


def large_scans(quick: bool) -> Result:
    """Reduce scans to 28x28."""
    title = f"{N_LARGE} grey PNGs of 640x480, to one array of 28x28"
    return _compare(title, _large_images("png", (640, 480), "L"), N_LARGE, quick)


def photos(quick: bool) -> Result:
    """Reduce photos to 28x28."""
    title = f"{N_LARGE} colour JPEGs of 1600x1200, to one array of 28x28"
    return _compare(title, _large_images("jpg", (1600, 1200), "RGB"), N_LARGE, quick)


def mnist_seconds(quick: bool) -> Result:
    """Time of fetch_mnist with the files in the cache."""
    runs = in_turn(2 if quick else 7, {"fetch_mnist": (fetch_from_cache,)})
    seconds = [run["seconds"] for run in runs["fetch_mnist"]]
    return Result(
        "fetch_mnist() from the cache: 70,000 images, each time in a new process",
        {"fetch_mnist": seconds},
        notes={"beside it": QUOTED},
        goals=[Goal("median of seconds", median(seconds), at_most=1.5)],
    )


def mnist_memory(quick: bool) -> Result:
    """Peak memory of fetch_mnist with the files in the cache."""
    runs = in_turn(1 if quick else 3, {"fetch_mnist": (fetch_from_cache,)})
    peaks = [run["peak"] for run in runs["fetch_mnist"]]
    return Result(
        "fetch_mnist() from the cache: peak memory above that before",
        {"fetch_mnist": peaks},
        unit="MB",
        notes={"beside it": QUOTED},
        goals=[Goal("highest peak, in MB", max(peaks), at_most=300)],
    )


SECTIONS = {
    section.__name__: section
    for section in (small_images, large_scans, photos, mnist_seconds, mnist_memory)
}


def _compare(title: str, folder: Path, n_images: int, quick: bool) -> Result:
    """Read a folder in all ways, in turns, each in a new process."""
    sides = {
        "load_image_folder": read_with_skdigits,
        "image_dataset_from_directory": read_with_keras,
        "loop around Pillow": read_with_pillow,
    }
    rounds, repeats = (1, 2) if quick else (3, 5)
    runs = in_turn(
        rounds,
        {side: (time_reading, read, folder, repeats) for side, read in sides.items()},
    )
    seconds = {
        side: list(chain(*(run["seconds"] for run in runs[side]))) for side in sides
    }
    pixels = {side: runs[side][0]["pixels"].astype(int) for side in sides}
    ours, *peers = sides
    return Result(
        title,
        seconds,
        peers[0],
        columns={
            "images per second": {
                side: round(n_images / median(seconds[side])) for side in sides
            }
        },
        notes={
            "mean difference to load_image_folder, in grey levels": {
                peer: round(float(np.abs(pixels[peer] - pixels[ours]).mean()), 2)
                for peer in peers
            },
        },
        goals=[
            Goal(
                f"times as quick as {peers[0]}",
                median(seconds[peers[0]]) / median(seconds[ours]),
                at_least=1,
            )
        ],
    )


# What the processes do


def time_reading(read: Callable, folder: Path, repeats: int) -> dict:
    """Time one side, in a new process."""
    read = partial(read, folder)
    return {"seconds": measure(read, repeats), "pixels": read()[0]}


def read_with_skdigits(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    from skdigits.datasets import load_image_folder

    X, y = load_image_folder(folder, image_shape=(28, 28), return_X_y=True)
    return X.reshape(-1, 28, 28), y


def read_with_keras(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    import keras

    batches = keras.utils.image_dataset_from_directory(
        folder,
        color_mode="grayscale",
        image_size=(28, 28),
        batch_size=256,
        shuffle=False,
        verbose=False,
    )
    images, labels = zip(*batches.as_numpy_iterator(), strict=True)
    # Keras orders files by name: 10 before 9, as do the files of this benchmark.
    return np.concatenate(images)[..., 0].astype(np.uint8), np.concatenate(labels)


def read_with_pillow(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Read as torchvision's ImageFolder does: walk, open, convert; then resize."""
    from PIL import Image

    images, labels = [], []
    for label, subfolder in enumerate(sorted(os.listdir(folder))):
        for parent, _, names in sorted(os.walk(folder / subfolder)):
            for name in sorted(names):
                with open(os.path.join(parent, name), "rb") as file:
                    image = Image.open(file).convert("L")
                if image.size != (28, 28):
                    image = image.resize((28, 28))
                images.append(np.asarray(image))
                labels.append(label)
    return np.stack(images), np.array(labels)


def fetch_from_cache() -> dict[str, float]:
    """Fetch MNIST in a new process; peak memory above that before, in MB."""
    from skdigits.datasets import fetch_mnist

    before = memory("VmRSS")
    start = perf_counter()
    mnist = fetch_mnist(download_if_missing=False)
    seconds = perf_counter() - start
    assert mnist.data.shape == (70_000, 784)
    return {"seconds": seconds, "peak": memory("VmHWM") - before}


# What they read


@cache
def _temporary_folder() -> TemporaryDirectory:
    return TemporaryDirectory(prefix="skdigits-benchmark-")


def _small_images() -> Path:
    return in_new_process(write_images, _temporary_folder().name, "small", N_SMALL)


def _large_images(suffix: str, size: tuple[int, int], mode: str) -> Path:
    return in_new_process(
        write_images, _temporary_folder().name, suffix, N_LARGE, size, mode
    )


def write_images(
    parent: str,
    name: str,
    n_images: int,
    size: tuple[int, int] | None = None,
    mode: str = "L",
) -> Path:
    """Write test images of MNIST, a sub-folder for each label.

    With a `size` they become scans: enlarged, dark on bright, with noise.
    """
    from PIL import Image

    from skdigits.datasets import fetch_mnist

    mnist = fetch_mnist(subset="test")
    rng = np.random.default_rng(0)
    suffix = "png" if name == "small" else name
    for i in range(n_images):
        image = Image.fromarray(mnist.images[i])
        if size is not None:
            paper = 255.0 - np.asarray(image.resize(size))
            paper += rng.normal(0, 4, paper.shape)
            image = Image.fromarray(paper.clip(0, 255).astype(np.uint8)).convert(mode)
        path = Path(parent, name, str(mnist.target[i]), f"{i:04}.{suffix}")
        path.parent.mkdir(parents=True, exist_ok=True)
        image.save(path)
    return Path(parent, name)


if __name__ == "__main__":
    main("datasets", SECTIONS, __doc__)

"""Augmenting, deskewing and framing digits beside what people use; pipelines.

python -m benchmarks.bench_transformers [--quick] [--only SECTION ...]
"""

from collections.abc import Callable, Sequence
from functools import partial
from statistics import median
from time import perf_counter

import numpy as np

from benchmarks import _augmentation_peers as peers
from benchmarks import _loop_peers as loops
from benchmarks._measuring import in_new_process, measure
from benchmarks._pipelines import (
    AUGMENTED,
    DESKEWED,
    N_COMPONENTS,
    NEAREST,
    PIPELINES,
    RAW,
    SVM,
    svm,
)
from benchmarks._result import Goal, Result
from benchmarks._running import main

N_AUGMENTED, N_FRAMED, N_LOOPED = 10_000, 10_000, 6_000
TIMES_QUICKER = {
    peers.ALBUMENTATIONS: 50,
    peers.SCIPY_ROTATE: 50,
    peers.SCIPY_AFFINE: 20,
    peers.OPENCV: 4,
    peers.OPENCV_TUNED: 4,
    peers.KERAS: 4,
    peers.TENSORFLOW: 4,
    peers.GENERATOR: 100,
}


# Sections


def random_affine(quick: bool) -> Result:
    """Rotate, shift and zoom at random."""
    rounds, repeats = (2, 1) if quick else (5, 3)
    seconds = in_new_process(time_engines, rounds, repeats)
    ours = median(seconds["skdigits"])
    return Result(
        f"Random affine changes of the same {N_AUGMENTED:,} images of 28x28, float32",
        seconds,
        "skdigits",
        columns={
            "images per second": {
                side: round(N_AUGMENTED / median(values))
                for side, values in seconds.items()
            },
        },
        goals=[
            Goal("skdigits, images per second", N_AUGMENTED / ours, at_least=500_000),
            *(
                Goal(f"times as quick as {peer}", median(seconds[peer]) / ours, times)
                for peer, times in TIMES_QUICKER.items()
            ),
        ],
    )


def deskewing(quick: bool) -> Result:
    """Deskew the training set."""
    run = in_new_process(time_deskewing, quick)
    seconds = run["seconds"]
    ours, *loop = (median(values) for values in seconds.values())
    return Result(
        "Deskewing 60,000 images of 28x28, float32",
        seconds,
        "loop around scipy, order 3",
        notes={"the loops": f"timed on {N_LOOPED:,} images, and scaled up"},
        goals=[
            Goal("times as quick as the loop, order 3", loop[0] / ours, at_least=50),
            Goal("times as quick as the loop, order 1", loop[1] / ours, at_least=50),
            Goal("largest difference to order 1", run["difference"], at_most=1e-4),
        ],
    )


def framing_scans(quick: bool) -> Result:
    """Frame scans of many sizes."""
    run = in_new_process(time_framing, make_scans, 1 if quick else 5)
    title = "images, 2 to 4 times as large, on grey paper of up to 120x120, uint8"
    return _frame(title, run)


def framing_mnist(quick: bool) -> Result:
    """Frame MNIST, which is framed already."""
    run = in_new_process(time_framing, mnist_images, 1 if quick else 5)
    result = _frame("images of MNIST, 28x28, uint8", run)
    change = in_new_process(change_by_framing, 6_000 if quick else 60_000)
    result.notes |= change
    result.goals += [
        Goal("largest side of a box, in pixels", change["largest side"], at_most=20),
        Goal(
            "largest distance of a centre of mass from the centre, in pixels",
            change["largest distance"],
            at_most=0.5,
        ),
        Goal(
            "change of accuracy, in points",
            100 * abs(change["accuracy, framed"] - change["accuracy"]),
            at_most=0.1,
        ),
    ]
    return result


def _frame(images: str, run: dict) -> Result:
    ours, loop = (median(values) for values in run["seconds"].values())
    return Result(
        f"Framing {N_FRAMED:,} {images}",
        run["seconds"],
        "loop around Pillow and scipy",
        notes={"mean difference to the loop, in grey levels": run["difference"]},
        goals=[Goal("times as quick as the loop", loop / ours, at_least=20)],
    )


def pipelines(quick: bool) -> Result:
    """Fit pipelines on MNIST, each in a process of its own.

    The one with augmented images is in the table of recipes.
    """
    n_train, n_test = (3_000, 2_000) if quick else (60_000, 10_000)
    values = {
        name: in_new_process(fit_and_score, name, n_train, n_test)
        for name in PIPELINES
        if name != AUGMENTED
    }
    raw, deskewed, nearest = (values[name] for name in (RAW, DESKEWED, NEAREST))
    return Result(
        f"Pipelines: {n_train:,} images to train on, {n_test:,} to test",
        columns={
            name: {pipeline: measured[column] for pipeline, measured in values.items()}
            for column, name in enumerate(("fit", "predict", "accuracy"))
        },
        notes={"fit and predict": "in seconds, each once"},
        goals=[
            Goal(f"{DESKEWED}, accuracy", deskewed[2], at_least=0.989),
            Goal(
                "times as quick to fit as the raw SVC", raw[0] / deskewed[0], at_least=5
            ),
            Goal(f"{NEAREST}, accuracy", nearest[2], at_least=0.984),
            Goal("seconds in all", nearest[0] + nearest[1], at_most=5),
        ],
    )


SECTIONS = {
    section.__name__: section
    for section in (random_affine, deskewing, framing_scans, framing_mnist, pipelines)
}


# What the processes do


def time_in_turns(
    sides: dict[str, Callable[[], object]], rounds: int, repeats: int
) -> dict[str, list[float]]:
    """Time several sides in this process, so that a slow minute hits all alike."""
    seconds: dict[str, list[float]] = {side: [] for side in sides}
    for _ in range(rounds):
        for side, function in sides.items():
            seconds[side] += measure(function, repeats)
    return seconds


def time_engines(rounds: int, repeats: int) -> dict[str, list[float]]:
    X, _ = _mnist("train", N_AUGMENTED)
    images = {"float32": X.reshape(-1, 28, 28) / np.float32(255)}
    images["uint8"] = X.reshape(-1, 28, 28)
    sides = {
        name: partial(with_engine(), images["float32"])
        for name, with_engine in peers.ENGINES.items()
    }
    sides["skdigits, uint8"] = partial(peers.with_skdigits(), images["uint8"])
    return time_in_turns(sides, rounds, repeats)


def time_deskewing(quick: bool) -> dict:
    from skdigits.preprocessing import Deskewer

    X, _ = _mnist("train")
    X = X / np.float32(255)
    images = X.reshape(-1, 28, 28)
    deskewer = Deskewer().fit(X)
    some = images[:N_LOOPED]
    seconds = time_in_turns(
        {
            "Deskewer": partial(deskewer.transform, X),
            "loop around scipy, order 3": partial(loops.deskew_one_by_one, some, 3),
            "loop around scipy, order 1": partial(loops.deskew_one_by_one, some, 1),
        },
        rounds=1 if quick else 5,
        repeats=1,
    )
    for side in list(seconds)[1:]:
        seconds[side] = [len(X) / N_LOOPED * value for value in seconds[side]]
    compared = some if quick else images
    deskewed = deskewer.transform(X[: len(compared)]).reshape(compared.shape)
    difference = np.abs(deskewed - loops.deskew_one_by_one(compared, 1)).max()
    return {"seconds": seconds, "difference": float(difference)}


def time_framing(make_images: Callable[[], Sequence[np.ndarray]], rounds: int) -> dict:
    from skdigits.preprocessing import DigitNormalizer

    images = make_images()
    normalizer = DigitNormalizer().fit(images)
    sides = {
        "DigitNormalizer": partial(normalizer.transform, images),
        "loop around Pillow and scipy": partial(loops.normalize_one_by_one, images),
    }
    framed, expected = (side().reshape(-1, 784).astype(int) for side in sides.values())
    difference = float(np.abs(framed - expected).mean())
    return {"seconds": time_in_turns(sides, rounds, 1), "difference": difference}


def mnist_images() -> np.ndarray:
    return _mnist("test", N_FRAMED)[0].reshape(-1, 28, 28)


def make_scans() -> list[np.ndarray]:
    """Enlarge digits, and put them somewhere on grey paper, dark and with noise."""
    from PIL import Image

    rng = np.random.default_rng(0)
    scans = []
    for digit in mnist_images():
        size = rng.integers(56, 113)
        ink = np.asarray(Image.fromarray(digit).resize((size, size))) / 255
        height, width = rng.integers(max(64, size), 121, 2)
        top, left = rng.integers(0, (height - size + 1, width - size + 1))
        scan = 220 + rng.normal(0, 4, (height, width))
        scan[top : top + size, left : left + size] *= 1 - 0.8 * ink
        scans.append(scan.clip(0, 255).round().astype(np.uint8))
    return scans


def change_by_framing(n_train: int) -> dict[str, float]:
    """Say how MNIST's test images change, and what a classifier makes of it."""
    from scipy import ndimage
    from sklearn.pipeline import make_pipeline

    from skdigits.preprocessing import DigitNormalizer, PCAFeatures

    X, y = _mnist("test")
    framed = DigitNormalizer().fit_transform(X)
    images = framed.reshape(-1, 28, 28)
    sides = [np.ptp(np.nonzero(image), axis=1).max() + 1 for image in images]
    centres = np.array([ndimage.center_of_mass(image) for image in images])
    distances = np.abs(centres - 14).max(axis=1)
    classifier = make_pipeline(PCAFeatures(N_COMPONENTS), svm(**SVM))
    classifier.fit(*_mnist("train", n_train))
    return {
        "largest side": int(max(sides)),
        "largest distance": float(distances.max()),
        "images whose centre of mass is farther than 0.5": int((distances > 0.5).sum()),
        "mean change of a pixel, in grey levels": float(
            np.abs(framed.astype(int) - X).mean()
        ),
        "accuracy": classifier.score(X, y),
        "accuracy, framed": classifier.score(framed, y),
    }


def fit_and_score(name: str, n_train: int, n_test: int) -> list[float]:
    """Return the seconds of fit and of predict, and the accuracy."""
    X, y = _mnist("train", n_train)
    X_test, y_test = _mnist("test", n_test)
    pipeline = PIPELINES[name]()
    pipeline.fit(X[:500], y[:500]).predict(X_test)  # imports and compiles
    start = perf_counter()
    pipeline.fit(X, y)
    fitted = perf_counter()
    accuracy = float((pipeline.predict(X_test) == y_test).mean())
    return [fitted - start, perf_counter() - fitted, accuracy]


def _mnist(subset: str, n_images: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    from skdigits.datasets import fetch_mnist

    X, y = fetch_mnist(subset=subset, return_X_y=True)
    return X[:n_images], y[:n_images]


if __name__ == "__main__":
    main("transformers", SECTIONS, __doc__)

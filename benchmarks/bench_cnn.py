"""The Keras classifiers beside scikeras, Keras' own wrapper and plain Keras.

python -m benchmarks.bench_cnn [--quick] [--only SECTION ...]
"""

import os
import subprocess
import sys
from functools import cache
from itertools import chain
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np

from benchmarks import _keras_side, _skdigits_side
from benchmarks._measuring import QUIET_TENSORFLOW, in_new_process, in_turn
from benchmarks._result import Goal, Result
from benchmarks._running import main

SMALL_GRID = {
    "conv_blocks": [((16,),), ((16,), (32,)), ((32,), (64,))],
    "learning_rate": [5e-4, 1e-3, 2e-3, 4e-3],
}
SMALL_FIT = {"epochs": 5, "batch_size": 32}

BUILT = "skdigits, KerasClassifier"
BATCH_SIZES = (64, 128, 256, 512, 1024, 2048)

COLD_SKDIGITS = """
import sys
from pathlib import Path

import joblib
import numpy as np

folder = Path(sys.argv[1])
image = np.load(folder / "image.npy")
label = joblib.load(folder / "classifier.joblib").predict(image)[0]
print(label, "tensorflow" in sys.modules)
"""
COLD_BUILT = """
import sys
from pathlib import Path

import numpy as np
from skdigits.persistence import load_model

folder = Path(sys.argv[1])
image = np.load(folder / "image.npy")
label = load_model(folder / "built.skops").predict(image)[0]
print(label, "tensorflow" in sys.modules)
"""
COLD_KERAS = """
import sys
from pathlib import Path

import keras
import numpy as np

folder = Path(sys.argv[1])
image = np.load(folder / "image.npy")
model = keras.models.load_model(folder / "network.keras")
label = np.argmax(model(image, training=False))
print(label, "tensorflow" in sys.modules)
"""


def small_fits(quick: bool) -> Result:
    """Search a grid of 12 candidates on the bundled digits."""
    arguments = (SMALL_GRID, *SMALL_FIT.values())
    runs = in_turn(
        1 if quick else 2,
        {
            "skdigits": (_skdigits_side.search, *arguments),
            BUILT: (_skdigits_side.search_built, *arguments),
            "scikeras": (_keras_side.search_with_scikeras, *arguments),
            "SKLearnClassifier": (_keras_side.search_with_keras_wrapper, *arguments),
        },
    )
    seconds = {side: [run["seconds"] for run in runs[side]] for side in runs}
    ratios = {
        side: median(seconds["scikeras"]) / median(seconds[side])
        for side in ("skdigits", BUILT)
    }
    return Result(
        "GridSearchCV, 12 candidates x 3 folds, 8x8 digits, 5 epochs of batches of 32",
        seconds,
        "scikeras",
        columns={
            "best cross-validated accuracy": {
                side: [round(run["best_score"], 4) for run in runs[side]]
                for side in runs
            }
        },
        goals=[
            Goal(f"times as quick as scikeras, {side}", ratio, at_least=4)
            for side, ratio in ratios.items()
        ],
    )


def one_image(quick: bool) -> Result:
    """Latency of a single image."""
    folder = _saved_networks(quick)
    rounds, repeats, keras_repeats = (1, 1000, 50) if quick else (3, 5000, 200)
    fitted = "skdigits, in a process that has fitted"
    loaded = "skdigits, in a process that has not"
    peer = "keras.Model.predict"
    runs = in_turn(
        rounds,
        {
            fitted: (_skdigits_side.time_one_image, folder, repeats, True),
            loaded: (_skdigits_side.time_one_image, folder, repeats, False),
            BUILT: (_skdigits_side.time_one_image, folder, repeats, False, "built"),
            "keras": (_keras_side.time_one_image, folder, keras_repeats),
        },
    )
    keras_values = _joined(runs.pop("keras"))
    values = {side: list(chain(*results)) for side, results in runs.items()}
    values |= keras_values
    milliseconds = 1e3 * median(values[fitted])
    ratio = median(values[peer]) / median(values[fitted])
    return Result(
        "predict_proba of one 28x28 float32 image, textbook network",
        values,
        peer,
        goals=[
            Goal("median of milliseconds", milliseconds, at_most=0.2),
            Goal(
                f"median of milliseconds, {BUILT}",
                1e3 * median(values[BUILT]),
                at_most=0.2,
            ),
            Goal(f"times as quick as {peer}", ratio, at_least=200),
        ],
    )


def throughput(quick: bool) -> Result:
    """Predict 10,000 images, and compare the probabilities."""
    folder = _saved_networks(quick)
    rounds, repeats = (1, 3) if quick else (3, 5)
    runs = in_turn(
        rounds,
        {
            "skdigits": (_skdigits_side.time_many_images, folder, repeats),
            BUILT: (_skdigits_side.time_many_images, folder, repeats, "built"),
            "keras": (_keras_side.time_many_images, folder, BATCH_SIZES, repeats),
        },
    )
    keras_values = _joined(runs["keras"])
    peer = min(keras_values, key=lambda side: median(keras_values[side]))
    ours_values = {side: list(chain(*runs[side])) for side in ("skdigits", BUILT)}
    values = ours_values | keras_values
    ratio = median(values[peer]) / median(values["skdigits"])
    ours = in_new_process(_skdigits_side.predict_probabilities, folder)
    built = in_new_process(_skdigits_side.predict_probabilities, folder, "built")
    theirs = in_new_process(_keras_side.predict_probabilities, folder)
    n_other_labels = int((ours.argmax(axis=1) != theirs.argmax(axis=1)).sum())
    return Result(
        "predict_proba of 10,000 28x28 float32 images, textbook network",
        values,
        peer,
        notes={
            "images per second of skdigits": round(1e4 / median(values["skdigits"]))
        },
        goals=[
            Goal("times the throughput of Keras at its best", ratio, at_least=1.5),
            Goal(
                "largest difference of a probability",
                float(np.abs(ours - theirs).max()),
                at_most=1e-5,
            ),
            Goal("labels that differ", n_other_labels, at_most=0),
            Goal(
                f"largest difference of a probability, {BUILT}",
                float(np.abs(built - theirs).max()),
                at_most=1e-5,
            ),
            Goal(
                f"seconds of {BUILT}, divided by those of KerasCNNClassifier",
                median(values[BUILT]) / median(values["skdigits"]),
                at_most=1.1,
            ),
        ],
    )


def cold_start(quick: bool) -> Result:
    """From the start of Python to the label of one image."""
    folder = _saved_networks(quick)
    codes = {"skdigits": COLD_SKDIGITS, BUILT: COLD_BUILT, "Keras": COLD_KERAS}
    values: dict[str, list[float]] = {side: [] for side in codes}
    outputs = {}
    # The first round only fills the page cache.
    for turn in range(3 if quick else 8):
        for side, code in codes.items():
            start = perf_counter()
            outputs[side] = _output_of_python(code, folder)
            if turn:
                values[side].append(perf_counter() - start)
    labels = {side: output.split()[0] for side, output in outputs.items()}
    ratio = median(values["Keras"]) / median(values["skdigits"])
    return Result(
        "New process: import, load a saved classifier, predict one image",
        values,
        "Keras",
        columns={"predicted labels": labels},
        goals=[
            Goal("times as quick as Keras", ratio, at_least=4),
            Goal(
                "imports of TensorFlow by skdigits",
                int(outputs["skdigits"].split()[1] == "True"),
                at_most=0,
            ),
        ],
    )


def estimator_checks(quick: bool) -> Result:
    """Run scikit-learn's estimator checks."""
    runs = in_turn(
        1,
        {
            "skdigits": (_skdigits_side.check_cnn,),
            BUILT: (_skdigits_side.check_built,),
            "SKLearnClassifier": (_keras_side.check_keras_wrapper,),
            "scikeras": (_keras_side.check_scikeras,),
        },
    )
    counts = {side: results[0]["counts"] for side, results in runs.items()}
    seconds = {side: [results[0]["seconds"]] for side, results in runs.items()}
    failed = {side: results[0]["failed"] for side, results in runs.items()}
    return Result(
        "check_estimator, textbook network; scikeras is not seen as a classifier",
        seconds,
        "scikeras",
        columns={"checks": counts, "failed": failed},
        goals=[
            Goal(f"checks that fail, {side}", counts[side].get("failed", 0), at_most=1)
            for side in ("skdigits", BUILT)
        ],
    )


def memory(quick: bool) -> Result:
    """Peak of a large fit, and growth over many small ones."""
    max_epochs, n_fits, n_predictions = (1, 20, 10_000) if quick else (5, 100, 100_000)
    scaled = "peak of fit, through PixelScaler"
    unscaled = "peak of fit, uint8 all the way"
    peaks = in_turn(
        1 if quick else 2,
        {
            scaled: (_skdigits_side.peak_of_fit, max_epochs, True),
            unscaled: (_skdigits_side.peak_of_fit, max_epochs, False),
        },
    )
    growth = in_new_process(_skdigits_side.growth, n_fits, n_predictions)
    grown = {f"growth over {action}": [value] for action, value in growth.items()}
    highest = max(chain(*peaks.values()))
    return Result(
        "Memory above that before; peaks on MNIST's 60,000 training images",
        peaks | grown,
        unit="MB",
        goals=[
            Goal("highest peak, in MB", highest, at_most=1200),
            Goal("growth in total, in MB", sum(growth.values()), at_most=20),
        ],
    )


SECTIONS = {
    section.__name__: section
    for section in (
        small_fits,
        one_image,
        throughput,
        cold_start,
        estimator_checks,
        memory,
    )
}


@cache
def _temporary_folder() -> TemporaryDirectory:
    return TemporaryDirectory(prefix="skdigits-benchmark-")


@cache
def _saved_networks(quick: bool) -> Path:
    """Train the textbook network once, and save it in the forms of both sides."""
    folder = Path(_temporary_folder().name)
    n_images = 5_000 if quick else 60_000
    in_new_process(_skdigits_side.fit_and_save, folder, n_images)
    in_new_process(_keras_side.save_network, folder)
    return folder


def _joined(runs: list[dict[str, list[float]]]) -> dict[str, list[float]]:
    return {side: list(chain(*(run[side] for run in runs))) for side in runs[0]}


def _output_of_python(code: str, folder: Path) -> str:
    command = [sys.executable, "-c", code, str(folder)]
    environment = os.environ | QUIET_TENSORFLOW
    run = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=True
    )
    return run.stdout


if __name__ == "__main__":
    main("cnn", SECTIONS, __doc__)

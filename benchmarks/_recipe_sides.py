"""Fits for the table of recipes; each function is called in a new process.

Each returns the seconds of the fit, the accuracy on MNIST's test images, the
microseconds of one image and the kilobytes of the file that it is saved in.
"""

from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np

from benchmarks._data import scaled_mnist
from benchmarks._measuring import measure, memory
from benchmarks._pipelines import PIPELINES

N_QUICK_IMAGES = 2_000
ONE_IMAGE_REPEATS = 200
SLOW_REPEATS = 30
N_TIMED_IMAGES = 10_000

# Our reading of a network that many tutorials train for 50 epochs, and for which they
# tell 99.67 % of MNIST's test images: two convolutions a block, batch normalization
# after each, changed copies drawn by ImageDataGenerator in Python, plain Adam, float32.
CLASSIC_BLOCKS = ((64, 64), (128, 128), (256,))
CLASSIC_UNITS = 512
CLASSIC_DROPOUT = 0.5
CLASSIC_BATCH = 64
CLASSIC_RANGES = {
    "rotation_range": 10,
    "width_shift_range": 0.1,
    "height_shift_range": 0.1,
    "zoom_range": 0.1,
}


def fit_recipe(
    output: Path, name: str, precision: str, seed: int, quick: bool
) -> dict[str, float]:
    """Fit a network of the recipes in a precision, and save it."""
    from skdigits.model_selection import mnist_recipes

    recipe = mnist_recipes(random_state=seed)[name]
    names = [key for key in recipe.get_params() if key.endswith("precision")]
    recipe.set_params(**dict.fromkeys(names, precision))
    if names:  # Keras networks
        import keras  # noqa: F401 - its import is not to be measured
    return _fitted(recipe, output, quick)


def fit_pipeline(output: Path, name: str, seed: int, quick: bool) -> dict[str, float]:
    """Fit a pipeline of scikit-learn's classifiers, and save it."""
    pipeline = PIPELINES[name]()
    seeds = [name for name in pipeline.get_params() if name.endswith("random_state")]
    return _fitted(pipeline.set_params(**dict.fromkeys(seeds, seed)), output, quick)


def _fitted(classifier: object, output: Path, quick: bool) -> dict[str, float]:
    X, y = _training_images(quick)
    start = perf_counter()
    classifier.fit(X, y)
    seconds = perf_counter() - start
    return {
        "seconds": seconds,
        "megabytes": memory("VmHWM"),
        **_described(classifier, output),
    }


def _training_images(quick: bool) -> tuple[np.ndarray, np.ndarray]:
    from skdigits.datasets import fetch_mnist

    X, y = fetch_mnist(subset="train", return_X_y=True)
    return (X[:N_QUICK_IMAGES], y[:N_QUICK_IMAGES]) if quick else (X, y)


def _described(classifier: object, output: Path) -> dict[str, float]:
    from skdigits.datasets import fetch_mnist
    from skdigits.persistence import save_model

    X, y = fetch_mnist(subset="test", return_X_y=True)
    accuracy = classifier.score(X, y)
    save_model(classifier, output, overwrite=True)
    return {
        "accuracy": accuracy,
        "microseconds": _microseconds(lambda: classifier.predict(X[:1])),
        "kilobytes": output.stat().st_size / 1000,
    }


def _microseconds(function: object, repeats: int = ONE_IMAGE_REPEATS) -> float:
    return 1e6 * median(measure(function, repeats, warm_up=10))


def fit_textbook(epochs: int, batch_size: int, seed: int, quick: bool) -> dict:
    """Train the textbook network through scikeras."""
    import keras

    from benchmarks._keras_side import scikeras_classifier

    keras.utils.set_random_seed(seed)
    X, y = scaled_mnist("train")
    if quick:
        X, y = X[:N_QUICK_IMAGES], y[:N_QUICK_IMAGES]
    classifier = scikeras_classifier(epochs=epochs, batch_size=batch_size)
    start = perf_counter()
    classifier.fit(X, y)
    seconds = perf_counter() - start
    X, y = scaled_mnist("test")
    return {
        "seconds": seconds,
        "accuracy": classifier.score(X, y),
        "microseconds": _microseconds(lambda: classifier.predict(X[:1]), SLOW_REPEATS),
        "kilobytes": _kilobytes(classifier.model_),
    }


def _kilobytes(model: object) -> float:
    """Size of the file of the weights, without the state of the optimizer."""
    import keras

    with TemporaryDirectory() as folder:
        path = Path(folder, "network.keras")
        keras.Sequential(model.layers).save(path)  # a model that was not compiled
        return path.stat().st_size / 1000


def fit_classic(epochs: int, quick: bool) -> dict[str, object]:
    """Train the classic network in plain Keras, with its own augmentation."""
    model, batches = _classic(CLASSIC_BATCH, quick)
    X, y = scaled_mnist("test")
    X = X.reshape(-1, 28, 28, 1)
    seconds, accuracies = [], []
    for _ in range(epochs):
        start = perf_counter()
        model.fit(batches, verbose=0)
        seconds.append(perf_counter() - start)
        labels = model.predict(X, batch_size=512, verbose=0).argmax(axis=1)
        accuracies.append(float((labels == y).mean()))
    return {
        "seconds": sum(seconds),
        "seconds of epochs": seconds,
        "accuracy": accuracies[-1],
        "accuracies": accuracies,
        "microseconds": _microseconds(
            lambda: model.predict(X[:1], verbose=0), SLOW_REPEATS
        ),
        "kilobytes": _kilobytes(model),
    }


def time_classic(batch_size: int, precision: str, quick: bool) -> float:
    """Time a part of an epoch of the classic network, and say what all would take."""
    import keras

    keras.config.set_dtype_policy(precision)
    model, batches = _classic(batch_size, quick)
    n_steps = min(len(batches), N_TIMED_IMAGES // batch_size)
    model.fit(batches, steps_per_epoch=max(1, n_steps // 8), verbose=0)  # traces
    start = perf_counter()
    model.fit(batches, steps_per_epoch=n_steps, verbose=0)
    return (perf_counter() - start) / n_steps * len(batches)


def _classic(batch_size: int, quick: bool) -> tuple[object, object]:
    """Return the network, not trained, and batches of changed copies without end."""
    import keras
    from tensorflow.keras.preprocessing.image import ImageDataGenerator

    keras.utils.set_random_seed(0)
    X, y = scaled_mnist("train")
    if quick:
        X, y = X[:N_QUICK_IMAGES], y[:N_QUICK_IMAGES]
    batches = ImageDataGenerator(**CLASSIC_RANGES).flow(
        X.reshape(-1, 28, 28, 1), y, batch_size=batch_size, seed=0
    )
    return _classic_network(keras), batches


def _classic_network(keras: object) -> object:
    layers = [keras.Input((28, 28, 1))]
    for block in CLASSIC_BLOCKS:
        for filters in block:
            layers += [
                keras.layers.Conv2D(filters, 3, padding="same", activation="relu"),
                keras.layers.BatchNormalization(),
            ]
        layers.append(keras.layers.MaxPooling2D())
    layers += [
        keras.layers.Flatten(),
        keras.layers.Dense(CLASSIC_UNITS, activation="relu"),
        keras.layers.BatchNormalization(),
        keras.layers.Dropout(CLASSIC_DROPOUT),
        keras.layers.Dense(10, activation="softmax"),
    ]
    model = keras.Sequential(layers)
    model.compile("adam", "sparse_categorical_crossentropy")
    return model

"""How each side saves and loads the textbook network, each in a new process.

All networks are trained on the same digits, and are equally large.
"""

from pathlib import Path
from time import perf_counter

import joblib

from benchmarks._data import scaled_mnist
from benchmarks._measuring import measure

SKOPS, JOBLIB = "skdigits, save_model as .skops", "skdigits, joblib"
SCIKERAS, KERAS = "scikeras, joblib", "Keras, .keras"
FILES = {
    SKOPS: "skdigits.skops",
    JOBLIB: "skdigits.joblib",
    SCIKERAS: "scikeras.joblib",
    KERAS: "keras.keras",
}
N_IMAGES = 2_000


def save(side: str, folder: Path, repeats: int) -> list[float]:
    """Fit, and time how long saving takes."""
    path = folder / FILES[side]
    X, y = (array[:N_IMAGES] for array in scaled_mnist("train"))
    if side in (SKOPS, JOBLIB):
        from skdigits.neural_network import KerasCNNClassifier
        from skdigits.persistence import save_model

        model = KerasCNNClassifier(max_epochs=1, random_state=0).fit(X, y)
        return measure(lambda: save_model(model, path, overwrite=True), repeats)
    from scikeras.wrappers import KerasClassifier

    from benchmarks._keras_side import build_network

    model = KerasClassifier(
        build_network, model__n_features=784, model__n_classes=10, verbose=0
    )
    model.fit(X, y)
    if side == SCIKERAS:
        return measure(lambda: joblib.dump(model, path), repeats)
    return measure(lambda: model.model_.save(path), repeats)


def load(side: str, folder: Path, repeats: int) -> list[float]:
    """Time how long loading takes in a process that has loaded before."""
    path = folder / FILES[side]
    return measure(lambda: _load(side, path), repeats)


def _load(side: str, path: Path) -> object:
    if side == KERAS:
        import keras

        return keras.models.load_model(path)
    if side == SCIKERAS:
        return joblib.load(path)
    from skdigits.persistence import load_model

    return load_model(path, allow_pickle=side == JOBLIB)


def load_and_predict(side: str, folder: Path) -> float:
    """Load and predict one image, imports included; the interpreter has started."""
    import numpy as np

    image = np.load(folder / "image.npy")
    start = perf_counter()
    model = _load(side, folder / FILES[side])
    if side == KERAS:
        np.asarray(model(image, training=False))
    else:
        model.predict(image)
    return perf_counter() - start


def save_image(folder: Path) -> None:
    """Save an image that all sides predict."""
    import numpy as np

    np.save(folder / "image.npy", scaled_mnist("test")[0][:1])

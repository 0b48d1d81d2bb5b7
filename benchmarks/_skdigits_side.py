"""The side of skdigits; each function is called in a new process."""

import gc
import warnings
from pathlib import Path
from time import perf_counter

import joblib
import numpy as np

from benchmarks._data import scaled_digits, scaled_mnist
from benchmarks._measuring import checked, measure, memory


def build_network(
    image_shape: tuple[int, int],
    n_classes: int,
    conv_blocks: tuple = ((32,), (64,)),
    dense_units: tuple = (64,),
) -> list:
    """Return the layers of KerasCNNClassifier, for a KerasClassifier."""
    from keras import layers

    stack: list = []
    for block in conv_blocks:
        for filters in block:
            stack.append(layers.Conv2D(filters, 3, padding="same", activation="relu"))
        stack.append(layers.MaxPooling2D(2))
    stack.append(layers.Flatten())
    stack += [layers.Dense(units, activation="relu") for units in dense_units]
    return [*stack, layers.Dense(n_classes)]


def search(grid: dict, epochs: int, batch_size: int) -> dict:
    """Run the grid search with KerasCNNClassifier."""
    from skdigits.neural_network import KerasCNNClassifier

    return _search(KerasCNNClassifier(), grid, epochs, batch_size)


def search_built(grid: dict, epochs: int, batch_size: int) -> dict:
    """Run the grid search with KerasClassifier."""
    from skdigits.neural_network import KerasClassifier

    of_build = {"conv_blocks": "build_params__conv_blocks"}
    grid = {of_build.get(name, name): values for name, values in grid.items()}
    return _search(KerasClassifier(build_network), grid, epochs, batch_size)


def _search(classifier, grid: dict, epochs: int, batch_size: int) -> dict:
    import keras  # noqa: F401 - its import is not to be measured
    from sklearn.model_selection import GridSearchCV

    classifier.set_params(
        max_epochs=epochs, batch_size=batch_size, schedule="constant", random_state=0
    )
    search = GridSearchCV(classifier, grid, cv=3, refit=False, error_score="raise")
    start = perf_counter()
    search.fit(*scaled_digits())
    seconds = perf_counter() - start
    scores = search.cv_results_["mean_test_score"]
    return {"seconds": seconds, "best_score": float(scores.max())}


def fit_and_save(folder: Path, n_images: int) -> None:
    """Train the textbook network twice, and save the classifiers and the weights."""
    from skdigits.neural_network import KerasClassifier, KerasCNNClassifier
    from skdigits.persistence import save_model

    X, y = scaled_mnist("train")
    classifier = KerasCNNClassifier(max_epochs=2, random_state=0)
    classifier.fit(X[:n_images], y[:n_images])
    joblib.dump(classifier, folder / "classifier.joblib")
    built = KerasClassifier(build_network, max_epochs=2, random_state=0)
    built.fit(X[:n_images], y[:n_images])
    joblib.dump(built, folder / "built.joblib")
    save_model(built, folder / "built.skops")
    np.savez(folder / "weights.npz", *classifier.weights_)


def time_one_image(
    folder: Path, repeats: int, after_fit: bool, name: str = "classifier"
) -> list[float]:
    """Time predict_proba of a single image, in a process that has fitted or not."""
    if after_fit:
        from skdigits.neural_network import KerasCNNClassifier

        KerasCNNClassifier().fit(*scaled_digits())
    classifier = joblib.load(folder / f"{name}.joblib")
    image = scaled_mnist("test")[0][:1]
    return measure(lambda: classifier.predict_proba(image), repeats, warm_up=100)


def time_many_images(
    folder: Path, repeats: int, name: str = "classifier"
) -> list[float]:
    """Time predict_proba of the test images."""
    classifier = joblib.load(folder / f"{name}.joblib")
    X, _ = scaled_mnist("test")
    return measure(lambda: classifier.predict_proba(X), repeats)


def predict_probabilities(folder: Path, name: str = "classifier") -> np.ndarray:
    """Predict the test images."""
    X, _ = scaled_mnist("test")
    return joblib.load(folder / f"{name}.joblib").predict_proba(X)


def check_cnn() -> dict:
    """Run scikit-learn's estimator checks over KerasCNNClassifier."""
    from skdigits.neural_network import KerasCNNClassifier

    return _check(KerasCNNClassifier())


def check_built() -> dict:
    """Run scikit-learn's estimator checks over KerasClassifier."""
    from skdigits.neural_network import KerasClassifier

    # Some checks have a single pixel, which is not pooled.
    blocks = {"conv_blocks": ()}
    return _check(KerasClassifier(build_network, build_params=blocks))


def _check(classifier) -> dict:
    import keras  # noqa: F401 - its import is not to be measured
    from sklearn.utils.estimator_checks import check_estimator

    warnings.simplefilter("ignore")
    start = perf_counter()
    checks = check_estimator(classifier, on_fail=None)
    return checked(checks, perf_counter() - start)


def peak_of_fit(max_epochs: int, scaled: bool) -> float:
    """Fit on MNIST; peak memory above that of the process before, in MB.

    The images are uint8, and go through PixelScaler or straight into the network.
    """
    import keras  # noqa: F401 - its memory is not to be measured
    from sklearn.pipeline import make_pipeline

    from skdigits.datasets import fetch_mnist
    from skdigits.neural_network import KerasCNNClassifier
    from skdigits.preprocessing import PixelScaler

    X, y = fetch_mnist(subset="train", return_X_y=True)
    # Pixels up to 255 ask for small steps.
    learning_rate = 3e-3 if scaled else 1e-5
    classifier = KerasCNNClassifier(
        max_epochs=max_epochs, learning_rate=learning_rate, random_state=0
    )
    if scaled:
        classifier = make_pipeline(PixelScaler(), classifier)
    before = memory("VmRSS")
    classifier.fit(X, y)
    return memory("VmHWM") - before


def growth(n_fits: int, n_predictions: int) -> dict[str, float]:
    """Fit many times, then predict many times; growth of the memory by each, in MB."""
    from skdigits.neural_network import KerasCNNClassifier

    X, y = scaled_digits()
    classifier = KerasCNNClassifier(max_epochs=1, random_state=0)

    def fit(times: int) -> None:
        for _ in range(times):
            classifier.fit(X, y)

    def predict(times: int) -> None:
        for row in range(times):
            classifier.predict_proba(X[row % 1000 : row % 1000 + 1])

    grown = {}
    for action, times, warm_up in (
        (fit, n_fits, 5),
        (predict, n_predictions, 1000),
    ):
        action(warm_up)
        gc.collect()
        before = memory("VmRSS")
        action(times)
        gc.collect()
        grown[f"{times} times {action.__name__}"] = memory("VmRSS") - before
    return grown

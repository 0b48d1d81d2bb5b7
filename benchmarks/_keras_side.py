"""The side of the peers: plain Keras, scikeras and Keras' own scikit-learn wrapper.

Call these in new processes only. skdigits changes TensorFlow's threads in a process
that it trains in; the peers run with TensorFlow as it comes. Of skdigits they use
the datasets alone.
"""

import warnings
from math import isqrt
from pathlib import Path
from time import perf_counter

import numpy as np

from benchmarks._data import scaled_digits, scaled_mnist
from benchmarks._measuring import checked, measure


def build_network(
    n_features: int,
    n_classes: int,
    conv_blocks: tuple = ((32,), (64,)),
    dense_units: tuple = (64,),
    learning_rate: float = 1e-3,
):
    """Build what KerasCNNClassifier builds from the same parameters, compiled."""
    import keras

    side = isqrt(n_features)
    shape = (side, side) if side * side == n_features else (1, n_features)
    model = keras.Sequential()
    model.add(keras.Input((n_features,)))
    model.add(keras.layers.Reshape((*shape, 1)))
    for block in conv_blocks:
        for filters in block:
            convolution = keras.layers.Conv2D(
                filters, 3, padding="same", activation="relu"
            )
            model.add(convolution)
        pool_size = [min(2, size) for size in model.output_shape[1:3]]
        model.add(keras.layers.MaxPooling2D(pool_size))
    model.add(keras.layers.Flatten())
    for units in dense_units:
        model.add(keras.layers.Dense(units, activation="relu"))
    model.add(keras.layers.Dense(n_classes, activation="softmax"))
    optimizer = keras.optimizers.Adam(learning_rate)
    model.compile(optimizer, "sparse_categorical_crossentropy")
    return model


def _build_for_scikeras(
    meta: dict, conv_blocks: tuple = ((32,), (64,)), learning_rate: float = 1e-3
):
    return build_network(
        meta["n_features_in_"],
        meta["n_classes_"],
        conv_blocks=conv_blocks,
        learning_rate=learning_rate,
    )


def _build_for_keras_wrapper(X: np.ndarray, y: np.ndarray, **parameters):
    # The wrapper encodes labels as one-hot rows.
    model = build_network(X.shape[1], y.shape[1], **parameters)
    model.compile(model.optimizer, "categorical_crossentropy")
    return model


def scikeras_classifier(**parameters):
    from scikeras.wrappers import KerasClassifier
    from sklearn.utils import ClassifierTags

    class TaggedKerasClassifier(KerasClassifier):
        """scikeras 0.13, told what it is.

        Its bases stand in an order in which scikit-learn >= 1.7 does not see a
        classifier: no stratified folds, no scoring by labels.
        """

        def __sklearn_tags__(self):
            tags = super().__sklearn_tags__()
            tags.estimator_type = "classifier"
            tags.classifier_tags = ClassifierTags()
            tags.target_tags.required = True
            return tags

    return TaggedKerasClassifier(_build_for_scikeras, verbose=0, **parameters)


def search_with_scikeras(grid: dict, epochs: int, batch_size: int) -> dict:
    """Run the grid search with scikeras."""
    import keras  # noqa: F401 - its import is not to be measured
    from sklearn.model_selection import GridSearchCV

    classifier = scikeras_classifier(epochs=epochs, batch_size=batch_size)
    grid = {f"model__{name}": values for name, values in grid.items()}
    search = GridSearchCV(classifier, grid, cv=3, refit=False, error_score="raise")
    start = perf_counter()
    search.fit(*scaled_digits())
    return _searched(search, perf_counter() - start)


def search_with_keras_wrapper(grid: dict, epochs: int, batch_size: int) -> dict:
    """Run the grid search with keras.wrappers.SKLearnClassifier."""
    import keras
    from sklearn.model_selection import GridSearchCV, ParameterGrid

    # Without this, predict prints a progress bar.
    keras.config.disable_interactive_logging()
    classifier = keras.wrappers.SKLearnClassifier(_build_for_keras_wrapper)
    grid = {"model_kwargs": list(ParameterGrid(grid))}
    search = GridSearchCV(classifier, grid, cv=3, refit=False, error_score="raise")
    start = perf_counter()
    # clone() drops the wrapper's own fit_kwargs, so they are given here.
    search.fit(*scaled_digits(), epochs=epochs, batch_size=batch_size, verbose=0)
    return _searched(search, perf_counter() - start)


def _searched(search, seconds: float) -> dict:
    scores = search.cv_results_["mean_test_score"]
    return {"seconds": seconds, "best_score": float(scores.max())}


def _load_network(folder: Path):
    """Build the textbook network with the weights that skdigits trained."""
    model = build_network(n_features=784, n_classes=10)
    with np.load(folder / "weights.npz") as weights:
        model.set_weights(list(weights.values()))
    return model


def save_network(folder: Path) -> None:
    """Save the same network in Keras' own format, and an image for it."""
    _load_network(folder).save(folder / "network.keras")
    np.save(folder / "image.npy", scaled_mnist("test")[0][:1])


def time_one_image(folder: Path, repeats: int) -> dict[str, list[float]]:
    """Time the ways in which Keras predicts a single image."""
    model = _load_network(folder)
    image = scaled_mnist("test")[0][:1]
    return {
        "keras.Model.predict": measure(
            lambda: model.predict(image, verbose=0), repeats, warm_up=20
        ),
        "keras.Model.__call__": measure(
            lambda: np.asarray(model(image, training=False)), repeats, warm_up=20
        ),
    }


def time_many_images(
    folder: Path, batch_sizes: tuple[int, ...], repeats: int
) -> dict[str, list[float]]:
    """Time keras.Model.predict on the test images, with each batch size."""
    model = _load_network(folder)
    X, _ = scaled_mnist("test")
    return {
        f"keras.Model.predict, batches of {batch_size}": measure(
            lambda batch_size=batch_size: model.predict(
                X, batch_size=batch_size, verbose=0
            ),
            repeats,
        )
        for batch_size in batch_sizes
    }


def predict_probabilities(folder: Path) -> np.ndarray:
    """Predict the test images."""
    X, _ = scaled_mnist("test")
    return _load_network(folder).predict(X, batch_size=512, verbose=0)


def check_scikeras() -> dict:
    """Run scikit-learn's estimator checks over scikeras as it was released."""
    from scikeras.wrappers import KerasClassifier

    return _check(KerasClassifier(_build_for_scikeras, epochs=5, verbose=0))


def check_keras_wrapper() -> dict:
    """Run scikit-learn's estimator checks over keras.wrappers.SKLearnClassifier."""
    import keras

    keras.config.disable_interactive_logging()
    return _check(
        keras.wrappers.SKLearnClassifier(
            _build_for_keras_wrapper, fit_kwargs={"epochs": 5, "verbose": 0}
        )
    )


def _check(classifier) -> dict:
    import keras
    from sklearn.utils.estimator_checks import check_estimator

    warnings.simplefilter("ignore")
    # scikeras makes TensorFlow deterministic where it is given a random_state; from
    # then on its fits without one fail, unless there is a global seed.
    keras.utils.set_random_seed(0)
    start = perf_counter()
    checks = check_estimator(classifier, on_fail=None)
    return checked(checks, perf_counter() - start)

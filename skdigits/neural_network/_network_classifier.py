"""Fitted networks: predictions, state, and conversion to Keras and ONNX."""

from abc import ABCMeta, abstractmethod
from types import ModuleType
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from skdigits import __version__
from skdigits._fit_state import at_this_moment
from skdigits._images import (
    ImageShape,
    are_valid,
    check_same_shape,
    flatten_images,
    resolve_image_shape,
)
from skdigits._onnx_graph import Graph
from skdigits._sklearn import validate_parameter_constraints
from skdigits.neural_network._architecture import Layer, Network
from skdigits.neural_network._built_network import AnyNetwork
from skdigits.neural_network._most_probable import MostProbableMixin
from skdigits.neural_network._runtime import Predictor, add_network
from skdigits.neural_network._saved_state import (
    check_keys,
    check_training_state,
    check_weights,
    default_parameters,
)
from skdigits.neural_network._trainer_pool import import_keras_side
from skdigits.neural_network._validation import check_labels, check_not_nan
from skdigits.neural_network._white_level import check_white_level, warn_of_pixels

# Of pixels that networks take as they are.
DTYPES = (np.dtype(np.float32), np.dtype(np.uint8))


class NetworkClassifier(
    MostProbableMixin, ClassifierMixin, BaseEstimator, metaclass=ABCMeta
):
    """Classifier that is parameters, fitted scalars and arrays, and predicts from them.

    Subclasses say which layers the parameters stand for, and how ``weights_`` are
    found.
    """

    image_shape_: ImageShape
    weights_: list[np.ndarray]
    white_level_: float

    # The parameters that shape the network; also those of `_network`.
    _architecture_parameters: ClassVar[tuple[str, ...]] = ()

    @staticmethod
    @abstractmethod
    def _network(
        image_shape: ImageShape, n_classes: int, **architecture: Any
    ) -> AnyNetwork:
        """Describe the layers that parameters stand for."""

    def _architecture(self) -> dict[str, object]:
        return {name: getattr(self, name) for name in self._architecture_parameters}

    def _fitted_network(self) -> AnyNetwork:
        return self._network(
            self.image_shape_, len(self.classes_), **self._fitted_architecture
        )

    def _add_to_graph(self, graph: Graph, images: str) -> str:
        """Add the network to an ONNX graph; return the name of the probabilities.

        For `export_onnx`. The images are the name of a float32 tensor (n, h * w).
        """
        fitted = at_this_moment(self)
        return add_network(
            graph,
            fitted._fitted_network(),
            fitted.weights_,
            images,
            white_level=fitted.white_level_,
        )

    def _layers(self) -> list[tuple[Layer, dict[str, np.ndarray]]]:
        """Return the layers, each with its weights by name: for `export_page`."""
        fitted = at_this_moment(self)
        network, weights = fitted._fitted_network(), iter(fitted.weights_)
        assert isinstance(network, Network)
        return [
            (layer, {name: next(weights) for name in layer.weight_shapes(shape)})
            for layer, shape in network.walk()
        ]

    @staticmethod
    def _fitted(
        network: AnyNetwork,
        architecture: dict[str, object],
        white_level: float,
        weights: list[np.ndarray],
    ) -> dict[str, Any]:
        """Attributes that let a classifier, or a copy of it, predict."""
        check_weights(weights, network, "a diverged training")
        return {
            "weights_": weights,
            "_fitted_architecture": architecture,
            "_predictor": Predictor(network, weights, white_level),
        }

    def __sklearn_is_fitted__(self) -> bool:
        """Tell `check_is_fitted` whether there are weights."""
        return "weights_" in vars(self)

    def predict_proba(self, X: ArrayLike) -> np.ndarray:
        """Predict the probability of each class.

        Parameters
        ----------
        X : array-like of shape (n, h * w), (n, h, w) or (n, h, w, 1)
            Images, scaled like the training images.

        Returns
        -------
        probabilities : ndarray of shape (n, n_classes)
            Probabilities, float32. Columns are in the order of ``classes_``.

        Raises
        ------
        ValueError
            If the images have another size than the training images, or pixels so large
            that the layers overflow.

        Warns
        -----
        UserWarning
            With `white_level`, if the images have another scale or the opposite
            background.
        """
        fitted = at_this_moment(self)
        check_is_fitted(fitted)
        X, given_shape = flatten_images(X, fitted.n_features_in_)
        if not are_valid(X, fitted, DTYPES):
            X = validate_data(fitted, X, dtype=DTYPES, reset=False)
        check_same_shape(given_shape, fitted.image_shape_)
        warn_of_pixels(fitted, X)
        probabilities = fitted._predictor(X)
        check_not_nan(probabilities, X)
        return probabilities

    def predict_log_proba(self, X: ArrayLike) -> np.ndarray:
        """Predict the logarithm of the probability of each class.

        Parameters
        ----------
        X : array-like of shape (n, h * w), (n, h, w) or (n, h, w, 1)
            Images, scaled like the training images.

        Returns
        -------
        log_probabilities : ndarray of shape (n, n_classes)
            Log-probabilities, float32. -inf where the probability is 0.
        """
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    def to_keras(self) -> Any:
        """Return a Keras model with the same layers and copies of the weights.

        Needs TensorFlow. With the model you can do all that Keras can: save it as
        ``.keras``, freeze layers, train in other ways, or convert it to TensorFlow
        Lite. skdigits does not load Keras files, because they can contain code.

        Returns
        -------
        model : keras.Sequential
            A model of Keras layers, in float32 and not compiled. It takes images of
            shape (n, h, w, 1) or (n, h, w), the same in all calls, scaled as for
            `predict_proba`. Reshape rows of pixels to ``(-1, h, w)`` first. Its output
            equals that of `predict_proba`, with columns in the order of ``classes_``.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If the classifier is not fitted.
        ImportError
            If TensorFlow is not installed.
        RuntimeError
            If this process was forked after TensorFlow was imported.

        Notes
        -----
        Like `fit`, the first call of a process imports TensorFlow and makes it run each
        operation on one thread.

        Examples
        --------
        >>> import numpy as np
        >>> from sklearn.datasets import load_digits
        >>> from skdigits.neural_network import KerasMLPClassifier
        >>> X, y = load_digits(return_X_y=True)
        >>> mlp = KerasMLPClassifier(max_epochs=1, random_state=0).fit(X / 16, y)
        >>> model = mlp.to_keras()
        >>> probabilities = model.predict(X.reshape(-1, 8, 8) / 16, verbose=0)
        >>> np.allclose(probabilities, mlp.predict_proba(X / 16), atol=1e-5)
        True
        """
        fitted = at_this_moment(self)
        check_is_fitted(fitted)
        keras_side = import_keras_side(f"{type(self).__name__}.to_keras needs")
        return fitted._keras_model(keras_side)

    def _keras_model(self, keras_side: ModuleType) -> Any:
        return keras_side.keras_model(
            self._fitted_network(), self.weights_, self.white_level_
        )

    def __copy__(self) -> Self:
        """Return a shallow copy; in a fit, as callbacks are given, with all as it is.

        The state of a fit may have new classes and former weights, which
        `__setstate__` would refuse.
        """
        return at_this_moment(self)

    def __getstate__(self) -> dict:
        """Return parameters, fitted scalars and arrays; no live object."""
        state = dict(super().__getstate__())
        state.pop("_predictor", None)
        return {**state, "_skdigits_version": __version__}

    def __setstate__(self, state: dict) -> None:
        """Take a state, and refuse a bad one before anything is built from it."""
        name = type(self).__name__
        check_keys(type(self), state)
        # A state of an older version may lack parameters that have come since.
        super().__setstate__({**default_parameters(type(self)), **state})
        self.__dict__.pop("_skdigits_version", None)
        if "weights_" not in state:
            return
        self.__dict__.setdefault("white_level_", 1.0)  # as in older versions
        check_white_level(self)
        # Parameters may have been changed after fit, and are checked by the next one;
        # those with which the network was built must be right.
        validate_parameter_constraints(
            self._parameter_constraints, self._fitted_architecture, caller_name=name
        )
        check_labels(self.classes_, name)
        self.image_shape_ = resolve_image_shape(
            self.image_shape_, self.n_features_in_, None
        )
        network = self._fitted_network()
        check_weights(self.weights_, network, name)
        if "_training_state" in state:
            check_training_state(state["_training_state"], name)
        self._predictor = Predictor(network, self.weights_, self.white_level_)

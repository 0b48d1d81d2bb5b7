"""What a trained network does, and what of it is kept."""

from abc import ABCMeta, abstractmethod
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from skdigits._images import (
    ImageShape,
    check_same_shape,
    flatten_images,
    resolve_image_shape,
)
from skdigits.neural_network._architecture import Network
from skdigits.neural_network._runtime import Predictor
from skdigits.neural_network._validation import check_labels


class NetworkClassifier(ClassifierMixin, BaseEstimator, metaclass=ABCMeta):
    """Classifier that is parameters, fitted scalars and arrays, and predicts from them.

    Subclasses say which layers the parameters stand for, and how ``weights_`` are
    found.
    """

    @abstractmethod
    def _network(self, image_shape: ImageShape, n_classes: int) -> Network:
        """Describe the layers that the parameters stand for."""

    def _set_weights(self, weights: Sequence[np.ndarray]) -> None:
        """Keep weights, and be ready to predict with them."""
        network = self._network(self.image_shape_, len(self.classes_))
        check_weights(weights, network, type(self).__name__)
        self.weights_ = list(weights)
        self._predictor = Predictor(network, weights)

    def predict_proba(self, X: ArrayLike) -> np.ndarray:
        """Predict the probability of each class.

        Parameters
        ----------
        X : array-like of shape (n, h * w), (n, h, w) or (n, h, w, 1)
            Images, scaled as those of the training.

        Returns
        -------
        probabilities : ndarray of shape (n, n_classes)
            float32; columns ordered as in ``classes_``.

        Raises
        ------
        ValueError
            If X does not have as many pixels as the training images.
        """
        check_is_fitted(self, "weights_")
        X, given_shape = flatten_images(X)
        X = validate_data(self, X, dtype=(np.float32, np.uint8), reset=False)
        check_same_shape(given_shape, self.image_shape_)
        return self._predictor(X)

    def predict_log_proba(self, X: ArrayLike) -> np.ndarray:
        """Predict the logarithm of the probability of each class.

        Parameters
        ----------
        X : array-like of shape (n, h * w), (n, h, w) or (n, h, w, 1)
            Images, scaled as those of the training.

        Returns
        -------
        log_probabilities : ndarray of shape (n, n_classes)
            float32; -inf where the probability is 0.
        """
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    def predict(self, X: ArrayLike) -> np.ndarray:
        """Predict the most probable class.

        Parameters
        ----------
        X : array-like of shape (n, h * w), (n, h, w) or (n, h, w, 1)
            Images, scaled as those of the training.

        Returns
        -------
        y_pred : ndarray of shape (n,)
            Labels, of the type of those that `fit` was given.
        """
        probabilities = self.predict_proba(X)
        return self.classes_[probabilities.argmax(axis=1)]

    def __getstate__(self) -> dict:
        """Return parameters, fitted scalars and arrays; no live object."""
        state = dict(super().__getstate__())
        state.pop("_predictor", None)
        return state

    def __setstate__(self, state: dict) -> None:
        """Take a state, and refuse a bad one before anything is built from it."""
        # A state of an older version may lack parameters that have come since.
        defaults = type(self)().get_params(deep=False)
        super().__setstate__({**defaults, **state})
        if hasattr(self, "weights_"):
            self._validate_params()
            check_labels(self.classes_, type(self).__name__)
            resolve_image_shape(self.image_shape_, self.n_features_in_, None)
            self._set_weights(self.weights_)


def check_weights(weights: Sequence[np.ndarray], network: Network, name: str) -> None:
    """Refuse weights that are not those of a network.

    Parameters
    ----------
    weights : sequence of ndarray
        What should be the weights.

    network : Network
        The layers, of which nothing was built yet.

    name : str
        The estimator, for the message.

    Raises
    ------
    ValueError
        If shapes or types differ, or values are not finite.
    """
    expected = [shape for _, shape in network.weight_shapes()]
    found = [getattr(array, "shape", None) for array in weights]
    if found != expected:
        raise ValueError(
            f"The parameters of {name} ask for weights of the shapes {expected}, but "
            f"it has {found}. Parameters that shape the network cannot be changed "
            "after fit."
        )
    for array in weights:
        if array.dtype != np.float32 or not np.isfinite(array).all():
            raise ValueError(f"The weights of {name} must be finite float32.")

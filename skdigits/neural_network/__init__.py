"""Neural networks for digit images."""

from skdigits.neural_network._cnn import KerasCNNClassifier
from skdigits.neural_network._keras_classifier import KerasClassifier
from skdigits.neural_network._mlp import KerasMLPClassifier
from skdigits.neural_network._numpy_mlp import NumpyMLPClassifier
from skdigits.neural_network._random_features import RandomFeaturesClassifier

__all__ = [
    "KerasCNNClassifier",
    "KerasClassifier",
    "KerasMLPClassifier",
    "NumpyMLPClassifier",
    "RandomFeaturesClassifier",
]

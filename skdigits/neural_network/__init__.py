"""Neural networks for digit images."""

from skdigits.neural_network._cnn import KerasCNNClassifier

__all__ = ["KerasCNNClassifier"]

"""Splitting data, comparing models, finding label errors, rejecting images."""

from skdigits.model_selection._compare import compare_classifiers
from skdigits.model_selection._digit_classifiers import digit_classifiers
from skdigits.model_selection._label_errors import find_label_errors
from skdigits.model_selection._mnist_recipes import mnist_recipes
from skdigits.model_selection._reject import RejectClassifier
from skdigits.model_selection._split import train_val_test_split

__all__ = [
    "RejectClassifier",
    "compare_classifiers",
    "digit_classifiers",
    "find_label_errors",
    "mnist_recipes",
    "train_val_test_split",
]

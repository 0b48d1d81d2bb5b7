"""Splitting data and comparing models."""

from skdigits.model_selection._compare import compare_classifiers
from skdigits.model_selection._digit_classifiers import digit_classifiers
from skdigits.model_selection._split import train_val_test_split

__all__ = ["compare_classifiers", "digit_classifiers", "train_val_test_split"]

"""Splitting data and comparing models."""

from skdigits.model_selection._split import train_val_test_split

__all__ = ["train_val_test_split"]

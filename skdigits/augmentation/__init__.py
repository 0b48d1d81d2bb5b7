"""Changed copies of training images, and of none but these."""

from skdigits.augmentation._augmented_classifier import AugmentedClassifier
from skdigits.augmentation._random_augmenter import RandomAugmenter

__all__ = ["AugmentedClassifier", "RandomAugmenter"]

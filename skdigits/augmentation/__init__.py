"""Changed copies of training images, and of none but these; and of images to read."""

from skdigits.augmentation._augmented_classifier import AugmentedClassifier
from skdigits.augmentation._augmented_prediction import AugmentedPredictionClassifier
from skdigits.augmentation._random_augmenter import RandomAugmenter

__all__ = ["AugmentedClassifier", "AugmentedPredictionClassifier", "RandomAugmenter"]

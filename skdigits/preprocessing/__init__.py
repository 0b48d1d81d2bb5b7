"""Deterministic transformers of digit images."""

from skdigits.preprocessing._deskewer import Deskewer
from skdigits.preprocessing._digit_normalizer import DigitNormalizer
from skdigits.preprocessing._pca_features import PCAFeatures
from skdigits.preprocessing._pca_filter_features import PCAFilterFeatures
from skdigits.preprocessing._pixel_scaler import PixelScaler

__all__ = [
    "Deskewer",
    "DigitNormalizer",
    "PCAFeatures",
    "PCAFilterFeatures",
    "PixelScaler",
]

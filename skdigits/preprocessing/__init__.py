"""Deterministic transformers of digit images."""

from skdigits.preprocessing._pixel_scaler import PixelScaler

__all__ = ["PixelScaler"]

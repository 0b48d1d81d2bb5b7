"""The path by which files that skdigits 0.1 saved name the class."""

from skdigits.persistence.skops._distributions import NamedDistribution

__all__ = ["NamedDistribution"]

"""Where digits come from: bundled, fetched, and files on disk."""

from skdigits.datasets._digits import load_digits
from skdigits.datasets._home import get_data_home
from skdigits.datasets._idx import read_idx
from skdigits.datasets._mnist import fetch_mnist

__all__ = ["fetch_mnist", "get_data_home", "load_digits", "read_idx"]

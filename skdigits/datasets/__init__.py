"""Where digits come from: bundled, fetched, files on disk, and composed numbers."""

from skdigits.datasets._cache import clear_data_home
from skdigits.datasets._csv import load_csv
from skdigits.datasets._digits import load_digits
from skdigits.datasets._home import get_data_home
from skdigits.datasets._idx import read_idx, write_idx
from skdigits.datasets._image_folder import load_image_folder
from skdigits.datasets._load_idx import load_idx
from skdigits.datasets._mat import load_mat
from skdigits.datasets._mnist import fetch_mnist
from skdigits.datasets._npz import load_npz
from skdigits.datasets._numbers import make_numbers

__all__ = [
    "clear_data_home",
    "fetch_mnist",
    "get_data_home",
    "load_csv",
    "load_digits",
    "load_idx",
    "load_image_folder",
    "load_mat",
    "load_npz",
    "make_numbers",
    "read_idx",
    "write_idx",
]

"""
================================
Read and write CSV and IDX files
================================

You learn to read and write the two common file formats of digits, Kaggle's CSV files
and MNIST's IDX files, and where downloaded data are stored.
"""

# %%
# CSV files
# ---------
# A CSV file in Kaggle's layout has a row for each image: a label, then one column for
# each pixel. :func:`~skdigits.datasets.load_csv` reads it into the same structure as
# all loaders of skdigits. Here the bundled digits are written to such a file first.

import tempfile
from pathlib import Path

import numpy as np

from skdigits.datasets import load_csv, load_digits

digits = load_digits()
folder = tempfile.TemporaryDirectory()
csv_path = Path(folder.name, "train.csv")
np.savetxt(
    csv_path,
    np.column_stack([digits.target, digits.data]),
    fmt="%d",
    delimiter=",",
    header=",".join(["label", *digits.feature_names]),
    comments="",
)
print(csv_path.read_text(encoding="utf-8").splitlines()[1][:60], "...")

from_csv = load_csv(csv_path)
print(from_csv.data.shape, from_csv.data.dtype, from_csv.target[:10])

# %%
# IDX files
# ---------
# MNIST, Fashion-MNIST, KMNIST, QMNIST and EMNIST come as pairs of IDX files: images and
# labels. :func:`~skdigits.datasets.write_idx` writes an array, compressed if the name
# ends in ``.gz``. :func:`~skdigits.datasets.read_idx` reads one file, and
# :func:`~skdigits.datasets.load_idx` finds the pair in a folder.

from skdigits.datasets import load_idx, read_idx, write_idx

write_idx(Path(folder.name, "train-images-idx3-ubyte.gz"), digits.images)
labels = digits.target.astype(np.uint8)
write_idx(Path(folder.name, "train-labels-idx1-ubyte.gz"), labels)
print(read_idx(Path(folder.name, "train-images-idx3-ubyte.gz")).shape)

from_idx = load_idx(folder.name, subset="train")

# %%
# Both formats keep every pixel and every label. Compression makes the IDX file much
# smaller than the CSV file:

import matplotlib.pyplot as plt

from skdigits.inspection import DigitsDisplay

for loaded in (from_csv, from_idx):
    assert np.array_equal(loaded.data, digits.data)
    assert np.array_equal(loaded.target, digits.target)
sizes = {
    path.name: path.stat().st_size / 1000
    for path in sorted(Path(folder.name).iterdir())
}
figure, ax = plt.subplots(figsize=(6.5, 2.5), layout="constrained")
bars = ax.barh(list(sizes), list(sizes.values()))
ax.bar_label(bars, fmt="%.1f", padding=3)
ax.margins(x=0.1)
ax.set(xlabel="kilobytes", title="1,797 digits in files")
plt.show()

DigitsDisplay.from_arrays(from_idx.images[:10], from_idx.target[:10], n_columns=5)
plt.show()

# %%
# Where downloads are stored
# --------------------------
# :func:`~skdigits.datasets.fetch_mnist` stores MNIST's four files below
# :func:`~skdigits.datasets.get_data_home`. Set the environment variable
# ``SKDIGITS_DATA`` to choose another folder. :func:`~skdigits.datasets.clear_data_home`
# deletes what skdigits stored there.

from skdigits.datasets import clear_data_home, get_data_home

home = get_data_home(Path(folder.name, "data"))
print(home.relative_to(folder.name))
clear_data_home(home)
folder.cleanup()

# %%
# All loaders return rows of pixels and labels, so every other example works on these
# data, too. :ref:`data` lists all file formats.

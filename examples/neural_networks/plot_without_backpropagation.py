"""
===========================================================
PCA filters: convolutional features without backpropagation
===========================================================

You learn to compute the first layer of a convolutional network by linear algebra, and
how accurate a linear classifier on its features is.
"""

# sphinx_gallery_thumbnail_number = 2

# %%
# The digits
# ----------

import matplotlib.pyplot as plt
from sklearn.model_selection import train_test_split

from skdigits.datasets import load_digits

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)

# %%
# Filters from PCA
# ----------------
# :class:`~skdigits.preprocessing.PCAFilterFeatures` takes all patches of 3x3 pixels
# from the training images, subtracts the mean of each, and keeps the principal
# components. It needs no labels. Edges come first, then lines and corners.

from skdigits.inspection import DigitsDisplay
from skdigits.preprocessing import PCAFilterFeatures

filters = PCAFilterFeatures(8, filter_size=3, grid_size=4).fit(X_train)
DigitsDisplay.from_arrays(filters.filters_, n_columns=8)
plt.show()

# %%
# The features
# ------------
# Each filter is moved over the image. Positive and negative responses are separated, as
# by a rectifier, and averaged over a grid of 4x4 cells, as by pooling. The features of
# a cell tell which strokes cross it. Here are the responses of the first filters to one
# digit.

import numpy as np
from scipy.ndimage import correlate

print(f"{X_train.shape[1]} pixels, {filters.transform(X_train).shape[1]} features")

image = X_train[0].reshape(8, 8).astype(float)
responses = [correlate(image, filter_) for filter_ in filters.filters_[:5]]
limit = np.abs(responses).max()
figure, axes = plt.subplots(2, 6, figsize=(7, 2.6), layout="constrained")
axes[0, 0].set_axis_off()
axes[1, 0].imshow(image, cmap="gray_r")
for (above, below), filter_, response in zip(
    axes.T[1:], filters.filters_, responses, strict=False
):
    above.imshow(filter_, cmap="RdBu_r")
    below.imshow(response, cmap="RdBu_r", vmin=-limit, vmax=limit)
for ax in axes.flat:
    ax.set(xticks=[], yticks=[])
axes[1, 0].set_xlabel("image")
axes[0, 1].set_ylabel("filter")
axes[1, 1].set_ylabel("response")
plt.show()

# %%
# A linear classifier
# -------------------
# Ridge regression is solved in one step, without epochs or learning rates.

from sklearn.linear_model import RidgeClassifier
from sklearn.pipeline import make_pipeline

for name, steps in {"pixels": [], "features": [filters]}.items():
    classifier = make_pipeline(*steps, RidgeClassifier()).fit(X_train, y_train)
    print(f"ridge regression on {name}: {classifier.score(X_test, y_test):.3f}")

# %%
# On MNIST, the recipe "pca_filters" of :func:`~skdigits.model_selection.mnist_recipes`
# adds random features to the same idea. The :ref:`benchmarks <bench_recipes>` compare
# it with networks.

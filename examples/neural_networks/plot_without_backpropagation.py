"""
==========================================
Filters that are learnt without a gradient
==========================================

You learn that the first layer of a convolutional network can be had by linear algebra,
and how far a linear classifier comes with it.
"""

# %%
# The digits
# ----------

import matplotlib.pyplot as plt
from sklearn.model_selection import train_test_split

from skdigits.datasets import load_digits

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)

# %%
# The filters
# -----------
# :class:`~skdigits.preprocessing.PCAFilterFeatures` looks at all patches of 3x3 pixels
# in the training images, takes the mean of each away, and keeps the principal
# components of what is left. No label is needed. Edges come first, then lines and
# corners.

from skdigits.inspection import DigitsDisplay
from skdigits.preprocessing import PCAFilterFeatures

filters = PCAFilterFeatures(8, filter_size=3, grid_size=4).fit(X_train)
DigitsDisplay.from_arrays(filters.filters_, n_columns=8)
plt.show()

# %%
# The features
# ------------
# Each filter is moved over the image. Positive and negative responses are told apart,
# as a rectifier does, and averaged over a grid of 4x4 cells, as a pooling does. The
# features of a cell say which strokes go through it.

print(f"{X_train.shape[1]} pixels, {filters.transform(X_train).shape[1]} features")

# %%
# A linear classifier
# -------------------
# Ridge regression is solved at once, without epochs and learning rates.

from sklearn.linear_model import RidgeClassifier
from sklearn.pipeline import make_pipeline

for name, steps in {"pixels": [], "features": [filters]}.items():
    classifier = make_pipeline(*steps, RidgeClassifier()).fit(X_train, y_train)
    print(f"ridge regression on {name}: {classifier.score(X_test, y_test):.3f}")

# %%
# On MNIST, the same idea with random features on top is the recipe "pca_filters" of
# :func:`~skdigits.model_selection.mnist_recipes`; the benchmarks say how it compares
# with networks.

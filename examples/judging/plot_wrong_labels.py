"""
=================
Find wrong labels
=================

You learn to find images whose labels are probably wrong, to look at them, and to
measure how many of them really are.
"""

# sphinx_gallery_thumbnail_number = 2

# %%
# Labels with errors
# ------------------
# The labels of the bundled digits are good. This example replaces 5 % of the training
# labels, in the way in which people err: by a digit that looks alike.

import numpy as np
from sklearn.model_selection import train_test_split

from skdigits.datasets import load_digits

X, X_test, y, y_test = train_test_split(
    *load_digits(return_X_y=True), test_size=0.25, random_state=0
)
looks_like = np.array([6, 7, 3, 5, 9, 3, 0, 1, 3, 4])
wrong = np.random.default_rng(0).choice(len(y), len(y) // 20, replace=False)
given = y.copy()
given[wrong] = looks_like[y[wrong]]

# %%
# Find the suspected labels
# -------------------------
# :func:`~skdigits.model_selection.find_label_errors` trains the classifier in five
# folds, so that each image is predicted by a model that has not seen it. Labels with a
# low probability are suspected. A random forest gives good probabilities for this.

from sklearn.ensemble import RandomForestClassifier

from skdigits.model_selection import find_label_errors

forest = RandomForestClassifier(random_state=0)
errors = find_label_errors(forest, X, given)
found = np.isin(errors.indices, wrong)
print(f"{len(wrong)} labels are wrong, {len(found)} are suspected")
print(f"recall {found.sum() / len(wrong):.2f}, precision {found.mean():.2f}")

# %%
# :class:`~skdigits.inspection.LabelErrorsDisplay` shows the least credible labels
# first, as given → suggested label.

import matplotlib.pyplot as plt

from skdigits.inspection import LabelErrorsDisplay

LabelErrorsDisplay.from_label_errors(errors, X)
plt.show()

# %%
# Which labels are confused
# -------------------------
# The joint distribution of given and true labels is estimated, too. Each row is a given
# label, each column a true one. Without its diagonal it shows the kinds of errors.

joint = 100 * errors.joint
np.fill_diagonal(joint, 0)
figure, ax = plt.subplots(figsize=(4.5, 4), layout="constrained")
image = ax.imshow(joint, cmap="Reds")
ax.set(xlabel="true label", ylabel="given label", title="Estimated label errors")
ax.set(xticks=range(10), yticks=range(10))
figure.colorbar(image, label="% of all images")
plt.show()

# %%
# Test accuracy without the suspected labels
# ------------------------------------------
# A nearest-neighbor classifier repeats the wrong label of its neighbor. Without the
# suspected images its test accuracy rises.

from sklearn.neighbors import KNeighborsClassifier

nearest = KNeighborsClassifier(1)
cleaned = np.setdiff1d(np.arange(len(y)), errors.indices)
for name, rows in (("all labels", slice(None)), ("without suspected ones", cleaned)):
    accuracy = nearest.fit(X[rows], given[rows]).score(X_test, y_test)
    print(f"{name}: accuracy {accuracy:.3f}")

# %%
# In your own data, correct the labels by hand instead of leaving images out. Some
# suspected images are only hard to read, and those are valuable for training.

"""
==================================
Training, validation and test sets
==================================

You learn why a project needs three sets of images, how to split them so that each holds
every class in the same proportion, and how the choice of a model biases its score.
"""

# sphinx_gallery_thumbnail_number = 3

# %%
# Split the images
# ----------------
# Models are fitted to the training set, selected by their score on the validation set,
# and evaluated once on the test set.
# :func:`~skdigits.model_selection.train_val_test_split` draws all three at once. With
# ``stratify``, each has the same proportion of every class.

from skdigits.datasets import load_digits
from skdigits.model_selection import train_val_test_split

X, y = load_digits(return_X_y=True)
X_train, X_val, X_test, y_train, y_val, y_test = train_val_test_split(
    X, y, stratify=y, random_state=0
)
print(f"{len(X_train)} training, {len(X_val)} validation, {len(X_test)} test images")

# %%
# Without ``stratify``, the proportions depend on chance. In small data sets a class can
# be missing from a part altogether. With 200 images the difference is visible:

import matplotlib.pyplot as plt

from skdigits.inspection import ClassDistributionDisplay

few = slice(200)
figure, axes = plt.subplots(2, 1, figsize=(8, 6), layout="constrained")
for ax, stratify in zip(axes, (None, y[few]), strict=True):
    train, val, test = train_val_test_split(y[few], stratify=stratify, random_state=1)
    splits = {"training": train, "validation": val, "test": test}
    ClassDistributionDisplay.from_arrays(splits, percent=True, ax=ax)
    ax.set_title("Drawn at random" if stratify is None else "Stratified")
plt.show()

# %%
# Select a model on the validation set
# ------------------------------------
# How many neighbors should a k-nearest-neighbors classifier use? Training accuracy is
# no guide: each training image is its own nearest neighbor, so one neighbor always
# scores best. Use the validation set instead.

from sklearn.neighbors import KNeighborsClassifier

numbers = range(1, 16, 2)
models = [KNeighborsClassifier(k).fit(X_train, y_train) for k in numbers]
train_scores = [model.score(X_train, y_train) for model in models]
val_scores = [model.score(X_val, y_val) for model in models]

figure, ax = plt.subplots(figsize=(7, 4), layout="constrained")
ax.plot(numbers, train_scores, "o-", label="training images")
ax.plot(numbers, val_scores, "s--", label="validation images")
ax.set(xlabel="number of neighbors", ylabel="accuracy", xticks=numbers)
ax.legend()
plt.show()

# %%
# Evaluate once on the test set
# -----------------------------
# Evaluate the selected model once on the test set, and report this score. It is the
# only one that took no part in any decision.

best = max(range(len(models)), key=val_scores.__getitem__)
print(
    f"{numbers[best]} neighbors: validation accuracy {val_scores[best]:.3f}, "
    f"test accuracy {models[best].score(X_test, y_test):.3f}"
)

# %%
# How selection biases a score
# ----------------------------
# The best of many models is partly a lucky fit to the images that selected it. To see
# this effect alone, train a hundred models on shuffled labels, from which nothing can
# be learned. Each model sees different pixels, and predicts no better than guessing, 10
# %. The best of them scores higher on the 100 images that selected it. On 1,000 other
# images it is back near 10 %.

import numpy as np

rng = np.random.default_rng(0)
shuffled = rng.permutation(y)
train, validation, test = np.split(rng.permutation(len(X))[:1700], [600, 700])

scores = []
for _ in range(100):
    pixels = rng.choice(64, size=8, replace=False)
    model = KNeighborsClassifier(1).fit(X[train][:, pixels], shuffled[train])
    scores.append(
        [model.score(X[part][:, pixels], shuffled[part]) for part in (validation, test)]
    )
chosen, judged = np.array(scores).T
winner = chosen.argmax()

figure, ax = plt.subplots(figsize=(6, 5), layout="constrained")
ax.plot(chosen, judged, "o", alpha=0.5, label="model")
ax.plot(chosen[winner], judged[winner], "r*", markersize=16, label="selected model")
ax.axhline(0.1, color="gray", linestyle=":", label="guessing")
ax.set(xlabel="accuracy on 100 validation images", xlim=(0, 0.25), ylim=(0, 0.25))
ax.set_ylabel("accuracy on 1,000 test images")
ax.legend()
plt.show()
print(f"validation accuracy {chosen[winner]:.2f}, test accuracy {judged[winner]:.2f}")

# %%
# The more models you compare, and the fewer images you compare them on, the more the
# best validation score overstates the accuracy. Keep a test set that selects nothing.
# If you have few images, let all others take turns:
# :ref:`sphx_glr_auto_examples_judging_plot_cross_validation.py`.

"""
==============================================================
Confusion matrix and misclassified images of three classifiers
==============================================================

You learn to read a classification report and a confusion matrix, to compare classifiers
mistake by mistake, and to test whether one is significantly better.
"""

# %%
# Three classifiers
# -----------------

import matplotlib.pyplot as plt
import numpy as np
from sklearn.model_selection import train_test_split

from skdigits.datasets import load_digits
from skdigits.model_selection import digit_classifiers

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(
    X, y, train_size=500, stratify=y, random_state=0
)
ready = digit_classifiers(random_state=0)
models = {name: ready[name] for name in ("SVM (RBF)", "Random forest", "CNN")}
predicted = {
    name: model.fit(X_train, y_train).predict(X_test) for name, model in models.items()
}
right = {name: labels == y_test for name, labels in predicted.items()}
for name in models:
    n_mistakes = (~right[name]).sum()
    print(f"{name:<14} {n_mistakes} mistakes in {len(y_test):,} images")

# %%
# Precision and recall of each digit
# ----------------------------------
# Precision is the share of the images predicted as a 3 that are 3s. Recall is the share
# of the 3s that are predicted as 3. High recall and low precision mark the digit that a
# classifier predicts when in doubt.

from sklearn.metrics import classification_report

print(classification_report(y_test, predicted["Random forest"], digits=3))

# %%
# Confusion matrices
# ------------------
# Rows are true labels, columns are predicted labels. The diagonal holds the correct
# predictions and is left out here. Dark cells are frequent mistakes.

from sklearn.metrics import confusion_matrix

figure, axes = plt.subplots(1, 3, figsize=(12, 4.4), layout="constrained", sharey=True)
matrices = {
    name: confusion_matrix(y_test, labels) for name, labels in predicted.items()
}
for ax, (name, matrix) in zip(axes, matrices.items(), strict=True):
    mistakes = matrix * ~np.eye(10, dtype=bool)
    ax.imshow(mistakes, cmap="Reds", vmin=0, vmax=12)
    for row, column in np.argwhere(mistakes):
        count = mistakes[row, column]
        colour = "white" if count > 6 else "black"
        ax.text(column, row, count, ha="center", va="center", color=colour)
    ax.set(xticks=range(10), yticks=range(10), xlabel="predicted label", title=name)
axes[0].set_ylabel("true label")
plt.show()

# %%
# One kind of mistake
# -------------------
# :class:`~skdigits.inspection.MisclassifiedDisplay` shows the images of one cell: here
# the most frequent mistake of the forest.

from skdigits.inspection import MisclassifiedDisplay

mistakes = matrices["Random forest"] * ~np.eye(10, dtype=bool)
pair = np.unravel_index(mistakes.argmax(), mistakes.shape)
MisclassifiedDisplay.from_estimator(
    models["Random forest"],
    X_test,
    y_test,
    pair=(int(pair[0]), int(pair[1])),
    n_images=12,
    n_columns=4,
)
plt.show()

# %%
# Which mistakes are shared?
# --------------------------
# Classifiers that make different mistakes can help each other. Each column is an image
# that at least one classifier misclassifies. Marked cells show which classifiers do.

wrong = np.array([~right[name] for name in models])
someone = np.flatnonzero(wrong.any(axis=0))
order = np.lexsort(wrong[:, someone][::-1])[::-1]
figure, ax = plt.subplots(figsize=(9, 2), layout="constrained")
ax.imshow(wrong[:, someone[order]], cmap="Reds", aspect="auto", interpolation="none")
ax.set_yticks(range(3), models)
ax.set(xlabel="images that at least one misclassifies")
plt.show()
print(f"{wrong.all(axis=0).sum()} images are misclassified by all three")

# %%
# The images that all three misclassify, with the predictions of the CNN:

everyone = wrong.all(axis=0)
MisclassifiedDisplay.from_estimator(
    models["CNN"], X_test[everyone], y_test[everyone], n_images=12, n_columns=6
)
plt.show()

# %%
# The images that only one classifier misclassifies, worst first. Below are the
# probabilities of both labels. The SVM has no probabilities, so its margin between the
# two labels is shown.

figure, axes = plt.subplots(1, 3, figsize=(12, 3.6), layout="constrained")
for ax, (name, model) in zip(axes, models.items(), strict=True):
    alone = ~right[name] & (wrong.sum(axis=0) == 1)
    MisclassifiedDisplay.from_estimator(
        model, X_test[alone], y_test[alone], n_images=8, n_columns=4, ax=ax
    )
    ax.set_title(f"Only by {name}")
plt.show()

# %%
# Is the difference significant?
# ------------------------------
# Two classifiers differ only on the images that one classifies correctly and the other
# does not. If both were equally good, each would win half of these, like a coin.
# McNemar's test computes the probability p of a split at least as uneven.

from itertools import combinations

from scipy.stats import binomtest

for one, other in combinations(models, 2):
    wins = int((right[one] & ~right[other]).sum())
    losses = int((~right[one] & right[other]).sum())
    chance = binomtest(wins, wins + losses).pvalue
    print(f"{one} against {other}: {wins} to {losses}, p = {chance:.1g}")

# %%
# Accuracy tells which classifier is better. Mistakes tell why, and what to do: collect
# more images of a kind, frame them differently, or combine two classifiers. A
# difference with a large p, such as 0.25, may be chance. With 500 training images the
# SVM is ahead; with more images and augmentation, the network is. :ref:`mistakes`
# describes the plots.

"""
===================================
Three models and all their mistakes
===================================

You learn to read a report and a confusion matrix, to compare classifiers mistake by
mistake, and to tell whether one is better than another or was just lucky.
"""

# sphinx_gallery_thumbnail_number = 5

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
read = {
    name: model.fit(X_train, y_train).predict(X_test) for name, model in models.items()
}
right = {name: labels == y_test for name, labels in read.items()}
for name in models:
    n_mistakes = (~right[name]).sum()
    print(f"{name:<14} {n_mistakes} mistakes in {len(y_test):,} images")

# %%
# The report
# ----------
# Precision: how many of those that were read as a 3 are one. Recall: how many of the 3s
# were read as one. A digit with high recall and low precision is what the classifier
# says when it does not know.

from sklearn.metrics import classification_report

print(classification_report(y_test, read["Random forest"], digits=3))

# %%
# Confusion matrices
# ------------------
# Rows are what was written, columns what was read. The large numbers on the diagonal
# are right and tell nothing, so they are left out here; dark cells are the habits of
# each classifier.

from sklearn.metrics import confusion_matrix

figure, axes = plt.subplots(1, 3, figsize=(12, 4.4), layout="constrained", sharey=True)
matrices = {name: confusion_matrix(y_test, labels) for name, labels in read.items()}
for ax, (name, matrix) in zip(axes, matrices.items(), strict=True):
    mistakes = matrix * ~np.eye(10, dtype=bool)
    ax.imshow(mistakes, cmap="Reds", vmin=0, vmax=12)
    for true, predicted in np.argwhere(mistakes):
        count = mistakes[true, predicted]
        colour = "white" if count > 6 else "black"
        ax.text(predicted, true, count, ha="center", va="center", color=colour)
    ax.set(xticks=range(10), yticks=range(10), xlabel="read as", title=name)
axes[0].set_ylabel("written")
plt.show()

# %%
# One kind of mistake
# -------------------
# :class:`~skdigits.inspection.MisclassifiedDisplay` shows the images behind a cell.
# These are behind the fullest one of the forest.

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
# Whose mistakes?
# ---------------
# Classifiers that err on other images can help each other. Here is who is wrong on
# which of the images that at least one of them misreads, a column for each image.

wrong = np.array([~right[name] for name in models])
someone = np.flatnonzero(wrong.any(axis=0))
order = np.lexsort(wrong[:, someone][::-1])[::-1]
figure, ax = plt.subplots(figsize=(9, 2), layout="constrained")
ax.imshow(wrong[:, someone[order]], cmap="Reds", aspect="auto", interpolation="none")
ax.set_yticks(range(3), models)
ax.set(xlabel="images that someone misreads")
plt.show()
print(f"{wrong.all(axis=0).sum()} images are misread by all three")

# %%
# Those that all three misread, with what the CNN made of them. Would you have known?

everyone = wrong.all(axis=0)
MisclassifiedDisplay.from_estimator(
    models["CNN"], X_test[everyone], y_test[everyone], n_images=12, n_columns=6
)
plt.show()

# %%
# And those that only one of them does, the worst first. Below stand the probabilities
# of both labels; of the SVM, which has none, by how much the right one lost:

figure, axes = plt.subplots(1, 3, figsize=(12, 3.6), layout="constrained")
for ax, (name, model) in zip(axes, models.items(), strict=True):
    alone = ~right[name] & (wrong.sum(axis=0) == 1)
    MisclassifiedDisplay.from_estimator(
        model, X_test[alone], y_test[alone], n_images=8, n_columns=4, ax=ax
    )
    ax.set_title(f"Only by {name}")
plt.show()

# %%
# Better, or lucky?
# -----------------
# Two classifiers differ only on the images that one reads and the other does not. If
# they were equally good, each would win half of these, as with a coin. McNemar's test
# asks with which probability p a coin would be as uneven as that.

from itertools import combinations

from scipy.stats import binomtest

for one, other in combinations(models, 2):
    wins = int((right[one] & ~right[other]).sum())
    losses = int((~right[one] & right[other]).sum())
    chance = binomtest(wins, wins + losses).pvalue
    print(f"{one} against {other}: {wins} to {losses}, p = {chance:.1g}")

# %%
# Accuracy says which classifier is better; its mistakes say why, and what to do: more
# images of a kind, another framing, or two classifiers that vote. A difference that
# a coin makes as often as in one of four cases is none. (With 500 images to train on,
# the SVM wins. With more, and with changed copies of them, the network does.)

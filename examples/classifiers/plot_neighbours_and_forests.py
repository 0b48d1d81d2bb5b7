"""
===========================================
Neighbours and forests, and how they decide
===========================================

You learn two classifiers that hardly need a setting: one that looks up the most similar
images, and one that asks hundreds of trees. Both can be asked why they said what they
said.
"""

# %%
# The digits
# ----------

import matplotlib.pyplot as plt
import numpy as np
from sklearn.model_selection import train_test_split

from skdigits.datasets import load_digits

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(
    X, y, test_size=0.5, stratify=y, random_state=0
)

# %%
# Neighbours
# ----------
# The k nearest neighbours of an image, by the distance of the pixels, vote for its
# label. To fit is to remember; the work is done when predicting. There is nothing to
# understand but the neighbours themselves, so here they are, with
# :class:`~skdigits.inspection.DigitsDisplay`: each row shows a test image, then its
# five neighbours among the training images.

from sklearn.neighbors import KNeighborsClassifier

from skdigits.inspection import DigitsDisplay

neighbours = KNeighborsClassifier(n_neighbors=5).fit(X_train, y_train)
read = neighbours.predict(X_test)
print(f"accuracy {neighbours.score(X_test, y_test):.3f}")


def show_neighbours(which):
    """Show test images, the first of each row, and their neighbours."""
    found = neighbours.kneighbors(X_test[which], return_distance=False)
    images = np.concatenate([X_test[which, np.newaxis], X_train[found]], axis=1)
    labels = np.column_stack([y_test[which], y_train[found]])
    rows = np.repeat([f"read as {read[i]}" for i in which], 6)
    DigitsDisplay.from_arrays(images.reshape(-1, 64), labels.ravel(), groups=rows)


right = np.flatnonzero(read == y_test)
show_neighbours(right[:4])
plt.show()

# %%
# And where it was wrong:

wrong = np.flatnonzero(read != y_test)
show_neighbours(wrong[:4])
plt.show()

# %%
# Trees
# -----
# A tree asks for one pixel after the other: is it darker than this? So scaling does not
# matter to it. One tree alone has learnt its images by heart, and reads others poorly.
# A forest is many trees, each grown from other images, with other pixels to choose
# from; what they agree on is what holds in general.

from sklearn.ensemble import RandomForestClassifier

forest = RandomForestClassifier(n_estimators=300, oob_score=True, random_state=0)
forest.fit(X_train, y_train)

votes = np.cumsum([tree.predict_proba(X_test) for tree in forest.estimators_], axis=0)
accuracy = (votes.argmax(axis=2) == y_test).mean(axis=1)
figure, ax = plt.subplots(figsize=(7, 4), layout="constrained")
ax.semilogx(range(1, 301), accuracy)
ax.set_xticks([1, 10, 100, 300], [1, 10, 100, 300])
ax.set(xlabel="number of trees", ylabel="accuracy on test images", ylim=(0.7, 1))
plt.show()
print(f"one tree {accuracy[0]:.3f}, ten {accuracy[9]:.3f}, 300 {accuracy[-1]:.3f}")

# %%
# Each tree has left out about a third of the images. Asked for these, the forest
# estimates its own accuracy, without a validation set:

print(f"out of bag {forest.oob_score_:.3f}, test {forest.score(X_test, y_test):.3f}")

# %%
# Where it looks
# --------------
# The importance of a pixel is how much better the trees know the digit after they have
# asked for it. The rim tells nothing; what decides is whether there is ink where the
# loops of 0, 6, 8 and 9 are open or closed.

figure, ax = plt.subplots(figsize=(4, 3.5), layout="constrained")
picture = ax.imshow(forest.feature_importances_.reshape(8, 8), cmap="inferno")
ax.set(xticks=[], yticks=[], title="Importance of the pixels")
figure.colorbar(picture)
plt.show()

# %%
# How sure it is
# --------------
# The share of the trees that vote for a digit is the forest's probability. Its worst
# mistakes, which come first in :class:`~skdigits.inspection.MisclassifiedDisplay`, are
# those in which hardly any tree saw the right digit.

from skdigits.inspection import MisclassifiedDisplay

MisclassifiedDisplay.from_estimator(forest, X_test, y_test, n_images=12, n_columns=6)
plt.show()

# %%
# Both are good at once, without tuning. Neighbours are exact but keep all images, and
# grow slow with them; a forest is quick and coarse. Where only pixels and no shapes are
# compared, neither gets as far as the networks that follow.

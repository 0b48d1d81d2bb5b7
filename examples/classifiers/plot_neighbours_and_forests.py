"""
======================================
k-nearest neighbors and random forests
======================================

You learn two classifiers that need hardly any tuning: k-nearest neighbors, which looks
up similar images, and a random forest, which averages hundreds of trees. Both can
explain a prediction.
"""

# sphinx_gallery_thumbnail_number = 4

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
# k-nearest neighbors
# -------------------
# The k training images with the smallest pixel distance vote for the label. Fitting
# only stores the images; the work is done at prediction. The neighbors themselves
# explain the prediction. Each row of :class:`~skdigits.inspection.DigitsDisplay` shows
# a test image, then its five neighbors among the training images.

from sklearn.neighbors import KNeighborsClassifier

from skdigits.inspection import DigitsDisplay

neighbours = KNeighborsClassifier(n_neighbors=5).fit(X_train, y_train)
predicted = neighbours.predict(X_test)
print(f"accuracy {neighbours.score(X_test, y_test):.3f}")


def show_neighbours(which):
    """Show test images, the first of each row, and their neighbours."""
    found = neighbours.kneighbors(X_test[which], return_distance=False)
    images = np.concatenate([X_test[which, np.newaxis], X_train[found]], axis=1)
    labels = np.column_stack([y_test[which], y_train[found]])
    rows = np.repeat([f"predicted {predicted[i]}" for i in which], 6)
    DigitsDisplay.from_arrays(images.reshape(-1, 64), labels.ravel(), groups=rows)


right = np.flatnonzero(predicted == y_test)
show_neighbours(right[:4])
plt.show()

# %%
# Misclassified images, with the neighbors that misled the classifier:

wrong = np.flatnonzero(predicted != y_test)
show_neighbours(wrong[:4])
plt.show()

# %%
# Random forests
# --------------
# A tree compares one pixel after the other with a threshold, so scaling does not
# matter. A single tree overfits: it memorizes its training images. A forest averages
# many trees. Each is grown on other images and may split on other pixels, so their
# errors differ and partly cancel.

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
# Each tree leaves out about a third of the images. The forest's predictions for these
# estimate its accuracy without a validation set:

print(f"out of bag {forest.oob_score_:.3f}, test {forest.score(X_test, y_test):.3f}")

# %%
# Important pixels
# ----------------
# The importance of a pixel is how much its splits improve the trees. Border pixels have
# none. The most important pixels tell whether the loops of 0, 6, 8 and 9 are open or
# closed.

figure, ax = plt.subplots(figsize=(4, 3.5), layout="constrained")
picture = ax.imshow(forest.feature_importances_.reshape(8, 8), cmap="inferno")
ax.set(xticks=[], yticks=[], title="Importance of the pixels")
figure.colorbar(picture)
plt.show()

# %%
# Probabilities and worst mistakes
# --------------------------------
# The forest's probability of a class is the mean over its trees.
# :class:`~skdigits.inspection.MisclassifiedDisplay` begins with the worst mistakes,
# where hardly any tree predicted the true label.

from skdigits.inspection import MisclassifiedDisplay

MisclassifiedDisplay.from_estimator(forest, X_test, y_test, n_images=12, n_columns=6)
plt.show()

# %%
# Both classifiers are accurate without tuning. Nearest neighbors keep all training
# images, and slow down as their number grows. A forest predicts fast, but is less
# accurate. Convolutional networks, which see shapes instead of single pixels, are ahead
# of both: :ref:`sphx_glr_auto_examples_neural_networks_plot_convolutional_networks.py`.

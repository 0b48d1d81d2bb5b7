"""
=====================================
Support vector machines: four kernels
=====================================

You learn what a kernel is, what the choice among four of them does to the accuracy, how
C and gamma are chosen together, and which images a support vector machine remembers.
"""

# %%
# The digits
# ----------

import matplotlib.pyplot as plt
import numpy as np
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

from skdigits.datasets import load_digits
from skdigits.preprocessing import PixelScaler

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(
    X, y, test_size=0.5, stratify=y, random_state=0
)

# %%
# Which images are alike?
# -----------------------
# A kernel says it with a number for each pair of images. Here are the kernels of 50
# images in the order of their digits: the clearer the blocks on the diagonal, the more
# a digit is like others of its kind, and the easier the work of what follows. The
# linear kernel sums up pixel by pixel what ink they share; the polynomial and the
# radial one (rbf) see how pixels go together.

from sklearn.metrics.pairwise import pairwise_kernels

scaled = PixelScaler().fit_transform(X_train)
five_each = np.concatenate(
    [np.flatnonzero(y_train == digit)[:5] for digit in range(10)]
)
gamma = 1 / (64 * scaled.var())
settings = {
    "linear": {},
    "poly": {"degree": 3, "gamma": gamma},
    "rbf": {"gamma": gamma},
    "sigmoid": {"gamma": gamma},
}
figure, axes = plt.subplots(2, 2, figsize=(7, 7), layout="constrained")
for ax, (kernel, parameters) in zip(axes.flat, settings.items(), strict=True):
    similarity = pairwise_kernels(scaled[five_each], metric=kernel, **parameters)
    ax.imshow(similarity, cmap="magma", vmin=0)
    ax.set(title=kernel, xticks=range(2, 50, 5), yticks=range(2, 50, 5))
    ax.set_xticklabels(range(10))
    ax.set_yticklabels(range(10))
plt.show()

# %%
# The sigmoid kernel is nearly 1 for all pairs: it hardly tells images apart.
#
# Four machines
# -------------
# The same classifier with each of them. The support vectors are the training images
# that it keeps, because they lie at or beyond a border between two digits.

for kernel in settings:
    svm = make_pipeline(PixelScaler(), SVC(kernel=kernel)).fit(X_train, y_train)
    print(
        f"{kernel:<8} accuracy {svm.score(X_test, y_test):.3f}, "
        f"{svm[-1].n_support_.sum():>3} of {len(X_train)} images are support vectors"
    )

# %%
# C and gamma
# -----------
# With the radial kernel two numbers matter: C, what a mistake on a training image
# costs, and gamma, how near an image must be to count as like another. They depend on
# each other, so they are searched together, by cross-validation on training images; the
# test images have no say in it.

from sklearn.model_selection import GridSearchCV

grid = {
    "svc__C": [0.1, 1, 10, 100],
    "svc__gamma": [0.003, 0.01, 0.03, 0.1, 0.3, 1],
}
search = GridSearchCV(make_pipeline(PixelScaler(), SVC()), grid, cv=3)
search.fit(X_train, y_train)

scores = search.cv_results_["mean_test_score"].reshape(4, 6)
figure, ax = plt.subplots(figsize=(7, 4), layout="constrained")
picture = ax.imshow(scores, cmap="viridis", vmin=0.9)
ax.set_xticks(range(6), grid["svc__gamma"])
ax.set_yticks(range(4), grid["svc__C"])
ax.set(xlabel="gamma", ylabel="C")
for row, column in np.ndindex(scores.shape):
    colour = "white" if scores[row, column] < 0.96 else "black"
    ax.text(
        column,
        row,
        f"{scores[row, column]:.3f}",
        ha="center",
        va="center",
        color=colour,
    )
figure.colorbar(picture, label="accuracy, three folds", extend="min")
plt.show()
print(search.best_params_, f"test accuracy {search.score(X_test, y_test):.3f}")

# %%
# Too small a gamma makes all images alike, and the machine linear. Too large a one
# makes each like itself alone: it learns them by heart. Between these, along a broad
# ridge, C does not matter any more once it is large enough.
#
# What it remembers
# -----------------
# The support vectors with the largest weights are the odd ones of their kind. At these
# images the borders between the digits bend.

from skdigits.inspection import DigitsDisplay

svm = search.best_estimator_[-1]
weights = abs(svm.dual_coef_).sum(axis=0)
hardest = svm.support_[weights.argsort()[::-1][:20]]
DigitsDisplay.from_arrays(X_train[hardest], y_train[hardest], n_images=20)
plt.show()

# %%
# The kernel matters more than all else, and the radial one is hard to beat on small
# images. Its cost grows with the square of the number of images: with all of MNIST, a
# support vector machine takes its features from
# :class:`~skdigits.preprocessing.PCAFeatures`, as a later example does.

"""
=============================================
Support vector machines: kernels, C and gamma
=============================================

You learn how the kernel of a support vector machine (SVM) affects its accuracy, how to
tune C and gamma together, and which training images become support vectors.
"""

# sphinx_gallery_thumbnail_number = 2

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
# Four kernels
# ------------
# A kernel is a similarity of two images. The plots show it for 50 images, in the order
# of their digits. The clearer the blocks on the diagonal, the more similar are images
# of one class, and the easier is the classification. The linear kernel sums up the
# shared ink pixel by pixel. The polynomial and the radial kernel (rbf) also depend on
# combinations of pixels.

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
# The sigmoid kernel is nearly 1 for all pairs, so it hardly separates the classes.
#
# Accuracy of each kernel
# -----------------------
# The same classifier with each kernel. Its support vectors are the training images at
# or beyond a border between two classes.

for kernel in settings:
    svm = make_pipeline(PixelScaler(), SVC(kernel=kernel)).fit(X_train, y_train)
    print(
        f"{kernel:<8} accuracy {svm.score(X_test, y_test):.3f}, "
        f"{svm[-1].n_support_.sum():>3} of {len(X_train)} images are support vectors"
    )

# %%
# Tune C and gamma
# ----------------
# The radial kernel has two parameters. C is the penalty for a misclassified training
# image. A large gamma restricts similarity to very close images. The best C depends on
# gamma, so search both together, by cross-validation on the training images.

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
# With a small gamma all images are similar, and the SVM behaves like a linear one. With
# a large gamma each image is similar only to itself, and the SVM overfits. Between
# these lies a broad ridge, on which C hardly matters once it is large enough.
#
# Support vectors
# ---------------
# The support vectors with the largest weights are unusual images of their class. They
# shape the borders between the classes.

from skdigits.inspection import DigitsDisplay

svm = search.best_estimator_[-1]
weights = abs(svm.dual_coef_).sum(axis=0)
hardest = svm.support_[weights.argsort()[::-1][:20]]
DigitsDisplay.from_arrays(X_train[hardest], y_train[hardest], n_images=20)
plt.show()

# %%
# The kernel matters most, and the radial kernel is hard to beat on small images. The
# training time grows with the square of the number of images. For all of MNIST, reduce
# the images with :class:`~skdigits.preprocessing.PCAFeatures` first:
# :ref:`sphx_glr_auto_examples_preparing_images_plot_deskew_and_pca.py`.

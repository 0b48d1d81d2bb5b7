"""
===============================
Data augmentation without leaks
===============================

You learn why augmented images must be drawn after the split, how much a leak inflates
the score, and how to augment inside cross-validation and searches.
"""

# sphinx_gallery_thumbnail_number = 2

# %%
# Few images
# ----------
# 100 of the bundled digits are the training set. All others serve as a test set, much
# larger than that of a real project, and give a precise estimate of the true accuracy.
# Everything is repeated for ten such samples.

from sklearn.model_selection import StratifiedShuffleSplit

from skdigits.datasets import load_digits

X, y = load_digits(return_X_y=True)
samples = list(
    StratifiedShuffleSplit(n_splits=10, train_size=100, random_state=0).split(X, y)
)
few, world = samples[0]
print(f"{len(few)} training images, {len(world):,} test images")

# %%
# Augmented images
# ----------------
# :class:`~skdigits.augmentation.RandomAugmenter` rotates, shifts and zooms in one
# resampling. The label stays the same: a 7 that is rotated by 5 degrees is a 7.

import matplotlib.pyplot as plt
import numpy as np

from skdigits.augmentation import RandomAugmenter
from skdigits.inspection import DigitsDisplay

augmenter = RandomAugmenter(rotation=5, n_copies=5, random_state=0)
X_all, _ = augmenter.fit_resample(X[few], y[few])
images = X_all.reshape(6, 100, 64)[:, :4].swapaxes(0, 1).reshape(-1, 64)
names = np.repeat([f"image {image}" for image in range(4)], 6)
DigitsDisplay.from_arrays(images, groups=names, n_columns=6)
plt.show()

# %%
# The leak
# --------
# It is tempting to augment first, and to cross-validate all images together. Then an
# image is in one fold, and its copies are in the others. To predict it, the classifier
# only needs to recognize it. The score is too high, and means nothing.
#
# Augment inside the fold
# -----------------------
# :class:`~skdigits.augmentation.AugmentedClassifier` augments inside ``fit``, from the
# images that it is fitted to. Held-out images are never copied, and images to predict
# are never changed.

from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

from skdigits.augmentation import AugmentedClassifier
from skdigits.preprocessing import PixelScaler

svm = make_pipeline(PixelScaler(), SVC(C=10))
augmented = AugmentedClassifier(svm, augmenter)
folds = StratifiedKFold(5, shuffle=True, random_state=0)


def score(classifier, X, y):
    return cross_val_score(classifier, X, y, cv=folds).mean()


estimated, true = [], []
for few, world in samples:
    X_few, y_few = X[few], y[few]
    estimated.append(
        [
            score(svm, X_few, y_few),
            score(svm, *augmenter.fit_resample(X_few, y_few)),
            score(augmented, X_few, y_few),
        ]
    )
    with_copies = augmented.fit(X_few, y_few).score(X[world], y[world])
    without = svm.fit(X_few, y_few).score(X[world], y[world])
    true.append([without, with_copies, with_copies])

names = ["no copies", "copies, then folds", "folds, then copies"]
figure, ax = plt.subplots(figsize=(7, 4), layout="constrained")
for shift, scores, label, hatch in (
    (-0.2, estimated, "cross-validation", None),
    (0.2, true, "true accuracy", "//"),
):
    bars = ax.bar(
        np.arange(3) + shift,
        np.mean(scores, axis=0),
        width=0.4,
        label=label,
        hatch=hatch,
        edgecolor="white",
    )
    ax.bar_label(bars, fmt="%.3f")
ax.set_xticks(range(3), names)
ax.set(ylabel="accuracy, mean of ten samples", ylim=(0.8, 1.03))
ax.legend(ncols=2, loc="upper left")
plt.show()

# %%
# Augmentation helps a little: compare the hatched bars. Inside the folds, the
# cross-validated score is close to the true accuracy. Before the folds, it promises far
# more than new images will ever show.
#
# Search the augmentation
# -----------------------
# The parameters of the augmenter can be searched like any others, without a leak. More
# is not better: strong rotations and shifts give images that nobody writes.

from sklearn.model_selection import GridSearchCV

search = GridSearchCV(
    augmented,
    {"augmenter__rotation": [0, 10, 20, 40], "augmenter__shift": [0.0, 0.05, 0.1, 0.2]},
    cv=[(few, world[:300]) for few, world in samples[:5]],
)
search.fit(X, y)
scores = search.cv_results_["mean_test_score"].reshape(4, 4)

figure, ax = plt.subplots(figsize=(6, 4.5), layout="constrained")
picture = ax.imshow(scores, cmap="viridis")
ax.set_xticks(range(4), search.param_grid["augmenter__shift"])
ax.set_yticks(range(4), search.param_grid["augmenter__rotation"])
ax.set(xlabel="shift, as a share of the width", ylabel="rotation, in degrees")
for row, column in np.ndindex(scores.shape):
    colour = "black" if scores[row, column] > scores.mean() else "white"
    text = f"{scores[row, column]:.3f}"
    ax.text(column, row, text, ha="center", va="center", color=colour)
figure.colorbar(picture, label="accuracy")
plt.show()
print(search.best_params_)

# %%
# Early stopping
# --------------
# The same leak threatens classifiers with early stopping: they split the images that
# they are fitted to, so an image and its copies may be on both sides.
# :class:`~skdigits.augmentation.AugmentedClassifier` warns of it. The networks of
# skdigits have an ``augmenter`` of their own, which augments after the split, and anew
# in every epoch.

import warnings

from sklearn.neural_network import MLPClassifier

stopping = make_pipeline(
    PixelScaler(), MLPClassifier(early_stopping=True, random_state=0)
)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    AugmentedClassifier(stopping, augmenter).fit(X[few], y[few])
print(next(str(w.message) for w in caught if "copies" in str(w.message)))

# %%
# Augment the images to predict
# -----------------------------
# :class:`~skdigits.augmentation.AugmentedPredictionClassifier` averages the predictions
# for an image and its augmented copies (test-time augmentation). It helps networks that
# were trained on augmented images of MNIST's size: :ref:`recipes`. In images as small
# as these, every copy is blurred, and it does not help. Compare a single prediction
# with the mean of nine:

from sklearn.frozen import FrozenEstimator

from skdigits.augmentation import AugmentedPredictionClassifier

trained = search.best_estimator_.fit(X[few], y[few])
nine_times = AugmentedPredictionClassifier(FrozenEstimator(trained), random_state=0)
nine_times.fit(X[few], y[few])
for name, classifier in {"one prediction": trained, "mean of 9": nine_times}.items():
    print(f"{name:<14} accuracy {classifier.score(X[world], y[world]):.3f}")

# %%
# Split first, then augment. If the classifier augments inside ``fit``, this holds in
# every fold of every search. :ref:`augmentation` has more.

"""
==========================
Augmentation without leaks
==========================

You learn why changed copies of images must be drawn after the split, how much too good
a score is if they are not, and how to let cross-validation and searches do it right.
"""

# %%
# Few images
# ----------
# 100 of the bundled digits are all that there is to learn from. The others are kept
# aside: they stand for the world, which a real project does not have, and tell the
# truth about every score. So that the result does not hang on these 100, there are ten
# such samples.

from sklearn.model_selection import StratifiedShuffleSplit

from skdigits.datasets import load_digits

X, y = load_digits(return_X_y=True)
samples = list(
    StratifiedShuffleSplit(n_splits=10, train_size=100, random_state=0).split(X, y)
)
few, world = samples[0]
print(f"{len(few)} images to learn from, {len(world):,} to know the truth")

# %%
# Copies
# ------
# :class:`~skdigits.augmentation.RandomAugmenter` turns, moves and zooms, all in one
# resampling. The label stays: a 7 that is turned by 8 degrees is a 7.

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
# The copies are new rows, so it is tempting to draw them first and to cross-validate
# on all. But then an image is in one fold and its copies are in the others: to read it,
# it is enough to recognize it. The score is too good, and means nothing.
#
# Inside the fold
# ---------------
# :class:`~skdigits.augmentation.AugmentedClassifier` draws the copies inside ``fit``,
# from the images that it is fitted with. What cross-validation holds out is never
# copied, and what is predicted is never changed.

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


said, true = [], []
for few, world in samples:
    X_few, y_few = X[few], y[few]
    said.append(
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
    (-0.2, said, "what cross-validation says", None),
    (0.2, true, "what is true", "//"),
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
# The copies help a little: compare the hatched bars. With copies inside the folds,
# cross-validation says so. With copies before the folds it promises ten times that, and
# no one will ever see it.
#
# To search what may change
# -------------------------
# The parameters of the augmenter can be searched like any other, also without a leak.
# More is not better: what is turned or moved too far is no digit that people write.

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
# A warning instead of a leak
# ---------------------------
# The same trap waits inside some classifiers: early stopping splits what it is fitted
# to, so images would be on one side and their copies on the other.
# :class:`~skdigits.augmentation.AugmentedClassifier` warns of it. The networks of
# skdigits have an ``augmenter`` of their own, which draws after that split, and anew
# for every epoch.

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
# Copies of what is read
# ----------------------
# Copies can also be made of the images to read, and the answers averaged.
# :class:`~skdigits.augmentation.AugmentedPredictionClassifier` does so around any
# classifier. With images of MNIST's size it helps where digits stand askew; of images
# as small as these every copy is blurred, and it does not help: here a classifier that
# was trained on copies is asked once, and nine times.

from sklearn.frozen import FrozenEstimator

from skdigits.augmentation import AugmentedPredictionClassifier

trained = search.best_estimator_.fit(X[few], y[few])
nine_times = AugmentedPredictionClassifier(FrozenEstimator(trained), random_state=0)
nine_times.fit(X[few], y[few])
for name, classifier in {"once": trained, "nine times": nine_times}.items():
    print(f"asked {name}: {classifier.score(X[world], y[world]):.3f}")

# %%
# First split, then copy. If the copies are drawn by ``fit``, as part of the classifier,
# this holds in every fold of every search, without anyone having to think of it.

"""
============================================
Cross-validation: every image takes its turn
============================================

You learn how cross-validation uses few images well, how it can flatter where images are
related, and how to compare an SVM, a forest and a convolutional network by score, time
and size on the same folds.
"""

# sphinx_gallery_thumbnail_number = 2

# %%
# Five folds
# ----------
# The images are cut into five folds. Each takes a turn to judge what was fitted to the
# other four, so every image is predicted once, by a model that has not seen it. The
# five scores also tell how much a score depends on chance. A network of Keras is cross-
# validated like everything else, because it is a classifier of scikit-learn.

from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

from skdigits.datasets import load_digits
from skdigits.neural_network import KerasCNNClassifier
from skdigits.preprocessing import PixelScaler

X, y = load_digits(return_X_y=True)
folds = StratifiedKFold(5, shuffle=True, random_state=0)

classifiers = {
    "SVM": SVC(C=10),
    "random forest": RandomForestClassifier(n_estimators=50, random_state=0),
    "CNN": KerasCNNClassifier(max_epochs=8, batch_size=64, random_state=0),
}
pipelines = {
    name: make_pipeline(PixelScaler(), classifier)
    for name, classifier in classifiers.items()
}
shuffled = {}
for name, pipeline in pipelines.items():
    scores = cross_val_score(pipeline, X, y, cv=folds)
    print(f"{name:<14} {scores.mean():.3f} +- {scores.std():.3f}", scores.round(3))
    shuffled[name] = scores.mean()

# %%
# :class:`~skdigits.preprocessing.PixelScaler` is in the pipeline, so its scale, too, is
# found anew in each fold, on the images that train.
#
# Are the images strangers to each other?
# ---------------------------------------
# Cross-validation presumes it. But 13 people wrote these digits, and the rows of the
# data seem to come writer by writer: the most similar image of the same digit mostly
# stands near, as if the same hand had written it.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.neighbors import NearestNeighbors

gaps = []
for digit in range(10):
    rows = np.flatnonzero(y == digit)
    images = X[rows].astype(float)
    nearest = NearestNeighbors(n_neighbors=1).fit(images)
    similar = nearest.kneighbors(return_distance=False)[:, 0]
    gaps.append(abs(rows - rows[similar]))
gaps = np.concatenate(gaps)
one, other = np.random.default_rng(0).integers(len(X), size=(2, 100_000))
by_chance = abs(one - other)

figure, ax = plt.subplots(figsize=(7, 4), layout="constrained")
bins = np.arange(0, 1800, 60)
ax.hist(gaps, bins, density=True, label="to the most similar image")
ax.hist(by_chance, bins, density=True, histtype="step", label="to any other", lw=2)
ax.set(xlabel="distance in rows", ylabel="share of the images", yticks=[])
ax.legend()
plt.show()
for name, rows in (("most similar", gaps), ("any other", by_chance)):
    print(f"{name:<12} image within 120 rows: {(rows < 120).mean():.0%}")

# %%
# So shuffled folds ask, "how well are other digits by the same writers read?", and
# folds that keep the order, "how well are those by new writers read?". The second is
# what most projects want to know, and its answer is lower. (Where writers are known,
# ``GroupKFold`` keeps them together.)

in_order = StratifiedKFold(5)
for name in ("SVM", "random forest"):
    ordered = cross_val_score(pipelines[name], X, y, cv=in_order).mean()
    print(f"{name:<14} shuffled {shuffled[name]:.3f}, in order {ordered:.3f}")

# %%
# Scores, seconds and sizes
# -------------------------
# :func:`~skdigits.model_selection.compare_classifiers` does it for many classifiers on
# the same folds, and also takes the time and weighs the models.
# :func:`~skdigits.model_selection.digit_classifiers` has ten with good settings, of
# which these are four.

from skdigits.inspection import ModelComparisonDisplay
from skdigits.model_selection import compare_classifiers, digit_classifiers

ten = digit_classifiers(random_state=0)
four = ["Logistic regression", "k-NN", "SVM (RBF)", "CNN"]
comparison = compare_classifiers(
    {name: ten[name] for name in four}, X, y, cv=StratifiedKFold(3)
)
for name, scores, seconds, size in zip(
    comparison.names,
    comparison.test_scores,
    comparison.fit_times,
    comparison.sizes,
    strict=True,
):
    print(f"{name:<20} {scores.mean():.3f}  {seconds:5.2f} s  {size / 1000:5,.0f} kB")

ModelComparisonDisplay.from_comparison(comparison)
plt.show()

# %%
# What is quick to fit need not be quick to use. Neighbours only remember, when they are
# fitted; they search when they predict.

ModelComparisonDisplay.from_comparison(comparison, against="predict_time")
plt.show()

# %%
# Read a cross-validated score with its spread, and ask who wrote the images that judge.
# Who then picks the best of many should judge it once more, on images that took no part
# at all.

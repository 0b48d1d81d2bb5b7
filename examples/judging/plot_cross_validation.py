"""
==============================================
Cross-validation of an SVM, a forest and a CNN
==============================================

You learn how cross-validation uses few images well, why related images bias its score,
and how to compare classifiers by accuracy, time and size on the same folds.
"""

# sphinx_gallery_thumbnail_number = 2

# %%
# Five folds
# ----------
# Cross-validation splits the images into five folds. Each fold is the test set once,
# for a model fitted to the other four. Every image is thus predicted by a model that
# has not seen it. The spread of the five scores shows the influence of chance. A Keras
# network is cross-validated like any other scikit-learn classifier.

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
# :class:`~skdigits.preprocessing.PixelScaler` is a step of the pipeline, so its scale
# is computed in each fold from the training images only.
#
# Are the images independent?
# ---------------------------
# Cross-validation assumes it. But 13 people wrote these digits, and the rows seem to be
# sorted by writer: the most similar image of the same digit is mostly near, as if the
# same person had written it.

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
# Shuffled folds estimate the accuracy on other digits of the same writers. Folds in the
# order of the rows estimate the accuracy on new writers. Most projects need the second
# estimate, which is lower. Where the writers are known, use ``GroupKFold``.

in_order = StratifiedKFold(5)
for name in ("SVM", "random forest"):
    ordered = cross_val_score(pipelines[name], X, y, cv=in_order).mean()
    print(f"{name:<14} shuffled {shuffled[name]:.3f}, in order {ordered:.3f}")

# %%
# Compare accuracy, time and size
# -------------------------------
# :func:`~skdigits.model_selection.compare_classifiers` cross-validates several
# classifiers on the same folds, and also measures times and sizes.
# :func:`~skdigits.model_selection.digit_classifiers` returns ten classifiers with good
# parameters. Four of them are used here.

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
# A classifier that fits fast need not predict fast. Nearest neighbors only store the
# training images at fit, and search them at prediction.

ModelComparisonDisplay.from_comparison(comparison, against="predict_time")
plt.show()

# %%
# Report a cross-validated score with its spread, and check whether the images are
# independent. If you select the best of many models, evaluate it once more on images
# that took no part in the selection. :ref:`comparing` has more.

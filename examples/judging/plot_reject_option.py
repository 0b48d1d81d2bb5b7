"""
=====================
When in doubt, ask me
=====================

You learn how sure a classifier is, how to let it pass on what it is not sure of, and
how to choose the threshold so that a promise is kept.
"""

# sphinx_gallery_thumbnail_number = 2

# %%
# A classifier that must not err
# ------------------------------
# Amounts on cheques are read by machines, but only those that they read surely; people
# read the others. So two numbers matter: how many are accepted (coverage), and how many
# of these are misread (risk).

import matplotlib.pyplot as plt
import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

from skdigits.datasets import load_digits
from skdigits.preprocessing import PixelScaler

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(
    X, y, test_size=0.4, stratify=y, random_state=0
)

# %%
# How sure is sure?
# -----------------
# A classifier's confidence is its largest probability. It is of use if mistakes are
# made with less of it than right answers:

forest = RandomForestClassifier(n_estimators=200, random_state=0)
forest.fit(X_train, y_train)
confidence = forest.predict_proba(X_test).max(axis=1)
right = forest.predict(X_test) == y_test

figure, ax = plt.subplots(figsize=(7, 4), layout="constrained")
bins = np.linspace(0, 1, 26)
ax.hist(confidence[right], bins, label=f"{right.sum()} read rightly")
ax.hist(confidence[~right], bins, label=f"{(~right).sum()} misread")
ax.set(xlabel="confidence", ylabel="number of images (logarithmic)", yscale="log")
ax.legend(loc="upper left")
plt.show()

# %%
# Coverage and risk
# -----------------
# Every threshold is a point of a curve: so many are accepted, so many of these are
# wrong. At the right all are accepted; to the left, only the surest. For classifiers
# without probabilities, as the SVM here, the confidence is how far the best digit is
# ahead of the second.

from skdigits.inspection import CoverageRiskDisplay

others = {
    "Logistic regression": make_pipeline(PixelScaler(), LogisticRegression()),
    "SVM": make_pipeline(PixelScaler(), SVC(C=10)),
}
figure, ax = plt.subplots(figsize=(7, 4.5), layout="constrained")
CoverageRiskDisplay.from_estimator(forest, X_test, y_test, name="Forest", ax=ax)
for name, classifier in others.items():
    classifier.fit(X_train, y_train)
    CoverageRiskDisplay.from_estimator(classifier, X_test, y_test, name=name, ax=ax)
plt.show()

# %%
# All three are right on the half of the images that they are surest of. What differs is
# how long that lasts.
#
# A threshold that keeps a promise
# --------------------------------
# A threshold that was read off the test images would be chosen with what should judge.
# :class:`~skdigits.model_selection.RejectClassifier` finds it on images that it holds
# out of the training: by a share to accept (``coverage``), or by the error that is
# allowed (``risk``). For the risk it takes care that chance is not on its side: the
# error on new images shall be larger in 5 % of cases only (``delta``).

from skdigits.model_selection import RejectClassifier

forest = RandomForestClassifier(n_estimators=100, random_state=0)
promises = {
    "accept 95 %": RejectClassifier(forest, coverage=0.95, cv=3),
    "err in 1 %": RejectClassifier(forest, risk=0.01, cv=3),
    "the same, unsafe": RejectClassifier(forest, risk=0.01, delta=None, cv=3),
}
for name, classifier in promises.items():
    accepted = classifier.fit(X_train, y_train).accepts(X_test)
    error = 1 - classifier.score(X_test[accepted], y_test[accepted])
    print(
        f"{name:<17} threshold {classifier.threshold_:.2f}: "
        f"{accepted.mean():.1%} accepted, {error:.2%} of these misread"
    )

# %%
# What is passed on
# -----------------
# ``predict_or_reject`` answers -1 where it is not sure. These images are left to
# people, the least sure first, with what would have been said. Many would have been
# right: that is the price.

from skdigits.inspection import DigitsDisplay

careful = promises["accept 95 %"]
answers = careful.predict_or_reject(X_test)
rejected = np.flatnonzero(answers == -1)
rejected = rejected[careful.confidence(X_test[rejected]).argsort()][:20]
DigitsDisplay.from_arrays(
    X_test[rejected], y_test[rejected], careful.predict(X_test[rejected])
)
plt.show()

# %%
# What no one has trained it for
# ------------------------------
# A classifier of digits sees digits everywhere. Here are turned digits and pure noise.
# A threshold keeps out the noise, but half of the turned digits pass: it knows nothing
# of such images. :class:`~skdigits.reading.DigitReader` has a network of its own that
# has seen much that is no digit.

rng = np.random.default_rng(0)
upright = X_test.reshape(-1, 8, 8)
strange = {
    "digits": upright,
    "turned by 90 degrees": np.rot90(upright, axes=(1, 2)),
    "noise": rng.integers(0, 17, size=upright.shape),
}
for name, images in strange.items():
    print(f"{name:<21} {careful.accepts(images.reshape(-1, 64)).mean():.0%}")

# %%
# A classifier that says when it does not know is worth more than one that is a little
# better. Choose the threshold on images held out, and judge coverage and risk together.

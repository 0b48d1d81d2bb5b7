"""
============================
Reject uncertain predictions
============================

You learn how to measure the confidence of a classifier, how to reject uncertain
predictions, and how to choose a threshold that keeps the error below a limit.
"""

# sphinx_gallery_thumbnail_number = 2

# %%
# Coverage and risk
# -----------------
# Machines read amounts on cheques only where they are confident; people read the rest.
# Two numbers describe such a system. Coverage is the share of the images that are
# accepted. Risk is the error rate among these.

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
# Confidence
# ----------
# The confidence of a prediction is its largest probability. It is useful if
# misclassified images have lower confidence than correct ones:

forest = RandomForestClassifier(n_estimators=200, random_state=0)
forest.fit(X_train, y_train)
confidence = forest.predict_proba(X_test).max(axis=1)
right = forest.predict(X_test) == y_test

figure, ax = plt.subplots(figsize=(7, 4), layout="constrained")
bins = np.linspace(0, 1, 26)
ax.hist(confidence[right], bins, label=f"{right.sum()} correct")
ax.hist(confidence[~right], bins, label=f"{(~right).sum()} misclassified", hatch="///")
ax.set(xlabel="confidence", ylabel="number of images (logarithmic)", yscale="log")
ax.legend(loc="upper left")
plt.show()

# %%
# Risk at every coverage
# ----------------------
# Each threshold is a point on a curve: its coverage and its risk. At the right all
# images are accepted, at the left only the most confident. For classifiers without
# probabilities, such as this SVM, the confidence is the margin between the best and the
# second-best class.

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
# All three classify the more confident half of the images correctly. They differ in how
# far this continues.
#
# A threshold for a given coverage or risk
# ----------------------------------------
# A threshold chosen on the test images would make their score biased.
# :class:`~skdigits.model_selection.RejectClassifier` sets it on training images that it
# holds out. Give it a share to accept (``coverage``), or the error that you allow
# (``risk``). For ``risk`` it leaves a safety margin: the error on new images exceeds
# the limit with a probability of at most 5 % (``delta``).

from skdigits.model_selection import RejectClassifier

forest = RandomForestClassifier(n_estimators=100, random_state=0)
promises = {
    "accept 95 %": RejectClassifier(forest, coverage=0.95, cv=3),
    "err in 1 %": RejectClassifier(forest, risk=0.01, cv=3),
    "without margin": RejectClassifier(forest, risk=0.01, delta=None, cv=3),
}
for name, classifier in promises.items():
    accepted = classifier.fit(X_train, y_train).accepts(X_test)
    error = 1 - classifier.score(X_test[accepted], y_test[accepted])
    print(
        f"{name:<17} threshold {classifier.threshold_:.2f}: "
        f"{accepted.mean():.1%} accepted, {error:.2%} of these misclassified"
    )

# %%
# Rejected images
# ---------------
# ``predict_or_reject`` returns -1 for rejected images. These are the least confident
# ones, with the labels that the classifier would have predicted. Many of these labels
# are correct: rejecting costs some correct predictions.

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
# Images that are no digits
# -------------------------
# A classifier of digits predicts a digit for any image, even for rotated digits and
# noise. The shares are of accepted images. The threshold rejects the noise, but accepts
# about half of the rotated digits: the classifier knows nothing of such images.
# :class:`~skdigits.reading.DigitReader` has a separate network that was trained on
# images without digits.

rng = np.random.default_rng(0)
upright = X_test.reshape(-1, 8, 8)
strange = {
    "digits": upright,
    "rotated by 90 degrees": np.rot90(upright, axes=(1, 2)),
    "noise": rng.integers(0, 17, size=upright.shape),
}
for name, images in strange.items():
    print(f"{name:<21} {careful.accepts(images.reshape(-1, 64)).mean():.0%}")

# %%
# For many applications, rejecting uncertain images is worth more than a slightly higher
# accuracy. Choose the threshold on held-out images, and judge coverage and risk
# together. :ref:`confidence` describes calibration, too.

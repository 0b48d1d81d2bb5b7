"""
======================================================
Binary classification: precision, recall and threshold
======================================================

You learn why accuracy misleads when a class is rare, what precision and recall measure,
how a threshold trades one for the other, and how ten binary classifiers become one for
all digits.

In a terminal, with the arguments ``--data mnist``, this example runs on 10,000 images
of MNIST. They are downloaded unless they are in the data home (``SKDIGITS_DATA``).
"""

# %%
# The digits
# ----------

import argparse

import matplotlib.pyplot as plt
from sklearn.model_selection import train_test_split

from skdigits.datasets import fetch_mnist, load_digits

parser = argparse.ArgumentParser()
parser.add_argument("--data", choices=["digits", "mnist"], default="digits")
on_mnist = parser.parse_args().data == "mnist"

if on_mnist:
    X, y = fetch_mnist(subset="train", return_X_y=True)
    sizes = {"train_size": 10_000, "test_size": 5_000}
else:
    X, y = load_digits(return_X_y=True)
    sizes = {"train_size": 300}
X_train, X_test, y_train, y_test = train_test_split(
    X, y, **sizes, stratify=y, random_state=0
)
print(f"{len(X_train):,} images to train on, {len(X_test):,} to test on")

# %%
# Is it a 2?
# ----------
# Nine of ten images are no 2. A classifier that always answers "no" has an accuracy of
# 90 %, and finds no 2 at all. Recall is the share of the 2s that are found. Precision
# is the share of the predicted 2s that are true ones.

from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import precision_score, recall_score
from sklearn.pipeline import make_pipeline

from skdigits.preprocessing import PixelScaler

is_two, is_two_test = y_train == 2, y_test == 2
naysayer = DummyClassifier().fit(X_train, is_two)
detector = make_pipeline(PixelScaler(), LogisticRegression(max_iter=1000))
detector.fit(X_train, is_two)

for name, classifier in (("always no", naysayer), ("detector", detector)):
    found = classifier.predict(X_test)
    print(
        f"{name:<9}  accuracy {classifier.score(X_test, is_two_test):.3f}, "
        f"precision {precision_score(is_two_test, found, zero_division=0):.3f}, "
        f"recall {recall_score(is_two_test, found):.3f}"
    )

# %%
# Choose a threshold
# ------------------
# The classifier predicts a probability, and calls an image a 2 if that is above one
# half. Any other threshold is possible. A lower threshold finds more 2s, a higher one
# gives fewer false alarms. The curve shows all thresholds, the dot marks one half.

from sklearn.metrics import PrecisionRecallDisplay

display = PrecisionRecallDisplay.from_estimator(
    detector, X_test, is_two_test, name="detector of 2s"
)
found = detector.predict(X_test)
display.ax_.plot(
    recall_score(is_two_test, found), precision_score(is_two_test, found), "ro"
)
display.ax_.set(xlim=(0.5, 1.01), ylim=(0.5, 1.01))
plt.show()

# %%
# Weights of the pixels
# ---------------------
# A linear classifier has a weight for each pixel. Ink on red pixels speaks for a 2, ink
# on blue pixels against it. The bar at the bottom is typical of a 2.

from skdigits.inspection import DigitsDisplay, MisclassifiedDisplay

figure, ax = plt.subplots(figsize=(3, 3), layout="constrained")
DigitsDisplay.from_arrays(detector[-1].coef_, ax=ax)
ax.set_title("The weights of the detector")
plt.show()

# %%
# :class:`~skdigits.inspection.MisclassifiedDisplay` shows the worst mistakes. ``True →
# False`` is a 2 that was missed; ``False → True`` is a false alarm. The numbers below
# are the probabilities of both labels.

MisclassifiedDisplay.from_estimator(
    detector, X_test, is_two_test, n_images=12, n_columns=6
)
plt.show()

# %%
# From two classes to ten
# -----------------------
# Train one such classifier for each digit, and predict the digit with the highest
# probability: this is "one versus rest". Logistic regression can also learn all ten
# classes together, so that their probabilities sum to one. It then takes the labels as
# they are.

from sklearn.metrics import ConfusionMatrixDisplay
from sklearn.multiclass import OneVsRestClassifier

ten_detectors = OneVsRestClassifier(detector).fit(X_train, y_train)
together = make_pipeline(PixelScaler(), LogisticRegression(max_iter=1000))
together.fit(X_train, y_train)
print(f"ten detectors: accuracy {ten_detectors.score(X_test, y_test):.3f}")
print(f"all together:  accuracy {together.score(X_test, y_test):.3f}")

figure, ax = plt.subplots(figsize=(5.5, 5.5), layout="constrained")
ConfusionMatrixDisplay.from_estimator(
    together, X_test, y_test, colorbar=False, cmap="Blues", ax=ax
)
plt.show()

# %%
# More images hardly help: a weight for each pixel cannot follow a stroke that moves.
# With ``--data mnist`` the classifier is also trained on all 60,000 training images.
# Its accuracy on the test set is about 92 %.

if on_mnist:
    together.set_params(logisticregression__tol=3e-3).fit(X, y)
    accuracy = together.score(*fetch_mnist(subset="test", return_X_y=True))
    print(f"accuracy after {len(X):,} images {accuracy:.3f}")

# %%
# With ten classes of equal size, accuracy is a fair measure again, and the confusion
# matrix shows which digits are confused. Classifiers that combine pixels do better: see
# :ref:`sphx_glr_auto_examples_classifiers_plot_svm_kernels.py`.

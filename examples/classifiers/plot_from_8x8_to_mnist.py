"""
=========================================
From 8x8 pixels to MNIST, the same script
=========================================

You learn that what was tried on small digits, in seconds, runs on all of MNIST without
a change, and which of its results carry over.

In a terminal, ``python plot_from_8x8_to_mnist.py --data mnist`` runs this on the
70,000 images of MNIST, which are fetched unless they lie in the data home
(``SKDIGITS_DATA``). It takes some minutes; what it found stands at the end.
"""

# %%
# One option
# ----------
# :func:`~skdigits.datasets.fetch_mnist` and :func:`~skdigits.datasets.load_digits`
# return the same kind of data, as all loaders do. What differs is the number of images
# and of pixels, and these no step needs to be told.

import argparse

from sklearn.model_selection import train_test_split

from skdigits.datasets import fetch_mnist, load_digits

parser = argparse.ArgumentParser()
parser.add_argument("--data", choices=["digits", "mnist"], default="digits")
on_mnist = parser.parse_args().data == "mnist"

if on_mnist:
    X_train, y_train = fetch_mnist(subset="train", return_X_y=True)
    X_test, y_test = fetch_mnist(subset="test", return_X_y=True)
else:
    X, y = load_digits(return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(
        X, y, stratify=y, random_state=0
    )
print(f"{len(X_train):,} images of {X_train.shape[1]} pixels to train on")
print(f"{len(X_test):,} to test on, {X_train.nbytes / 1e6:,.1f} MB for training")

# %%
# The pipelines
# -------------
# What the examples before this one have found: an SVM on principal components, with
# deskewed images where there is room; a forest; and a deep network that sees changed
# images in every epoch.

from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

from skdigits.augmentation import RandomAugmenter
from skdigits.neural_network import KerasCNNClassifier
from skdigits.preprocessing import Deskewer, PCAFeatures, PixelScaler

deskewing = [Deskewer()] if on_mnist else []
models = {
    "logistic regression": make_pipeline(
        PixelScaler(), LogisticRegression(tol=0.003, max_iter=1000)
    ),
    "forest": RandomForestClassifier(n_estimators=100, random_state=0),
    "SVM": make_pipeline(*deskewing, PCAFeatures(n_components=0.9), SVC(C=10)),
    "textbook CNN": make_pipeline(
        PixelScaler(),
        KerasCNNClassifier(max_epochs=2 if on_mnist else 5, random_state=0),
    ),
    "deep CNN": make_pipeline(
        PixelScaler(),
        KerasCNNClassifier(
            conv_blocks=((32, 32), (64, 64)),
            stem_stride=2 if on_mnist else 1,
            dense_units=(128,),
            dropout=0.3,
            augmenter=RandomAugmenter(rotation=10, shift=0.08),
            max_epochs=5 if on_mnist else 10,
            random_state=0,
        ),
    ),
}

# %%
# Fitting them
# ------------

from time import perf_counter

errors, seconds = {}, {}
for name, model in models.items():
    start = perf_counter()
    model.fit(X_train, y_train)
    seconds[name] = perf_counter() - start
    errors[name] = 1 - model.score(X_test, y_test)
    print(f"{name:<20} {errors[name]:6.2%} misread, fit in {seconds[name]:6.1f} s")

# %%
# What they get wrong
# -------------------

import matplotlib.pyplot as plt

figure, ax = plt.subplots(figsize=(7, 3.5), layout="constrained")
bars = ax.barh(list(errors), [100 * error for error in errors.values()])
ax.bar_label(bars, fmt="%.2f %%", padding=3)
ax.invert_yaxis()
ax.margins(x=0.15)
ax.set(xlabel="misread test images, in percent")
plt.show()

from skdigits.inspection import MisclassifiedDisplay

best = models[min(errors, key=errors.get)]
MisclassifiedDisplay.from_estimator(best, X_test, y_test, n_images=16, n_columns=8)
plt.show()

# %%
# On MNIST
# --------
# This is what the same script printed for ``--data mnist``, without the seconds: four
# minutes of work for one core, most of them for the network and the SVM.
#
# .. code-block:: text
#
#     60,000 images of 784 pixels to train on
#     10,000 to test on, 47.0 MB for training
#     logistic regression   8.20% misread
#     forest                2.95% misread
#     SVM                   1.10% misread
#     textbook CNN          0.95% misread
#     deep CNN              0.58% misread
#
# The order is nearly the same, and the distances are like these. Where shapes matter,
# a weight for each pixel falls behind, and networks with convolutions gain: with 60,000
# images, two epochs are enough for the small one to pass the SVM. Try on small images,
# decide on large ones, and look at the test set once.

"""
=============================================
From 8x8 digits to MNIST with the same script
=============================================

You learn to develop on small digits, in seconds, and to run the same script on all of
MNIST. You also see which results carry over.

In a terminal, ``python plot_from_8x8_to_mnist.py --data mnist`` runs this example on
the 70,000 images of MNIST. They are downloaded unless they are in the data home
(``SKDIGITS_DATA``). It takes some minutes; the results are at the end of this page.
"""

# %%
# One option selects the data
# ---------------------------
# :func:`~skdigits.datasets.fetch_mnist` and :func:`~skdigits.datasets.load_digits`
# return the same kind of data, as all loaders do. The numbers of images and of pixels
# differ, but no step needs to know them.

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
print(f"{len(X_train):,} training images of {X_train.shape[1]} pixels")
print(f"{len(X_test):,} test images, {X_train.nbytes / 1e6:,.1f} MB for training")

# %%
# The pipelines
# -------------
# The pipelines follow the earlier examples: an SVM on principal components, deskewed
# where images have a margin; a random forest; and a deep network with augmented images.

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
# Fit and score
# -------------

from time import perf_counter

errors, seconds = {}, {}
for name, model in models.items():
    start = perf_counter()
    model.fit(X_train, y_train)
    seconds[name] = perf_counter() - start
    errors[name] = 1 - model.score(X_test, y_test)
    print(f"{name:<20} {errors[name]:6.2%} errors, fitted in {seconds[name]:6.1f} s")

# %%
# Errors and misclassified images
# -------------------------------

import matplotlib.pyplot as plt

figure, ax = plt.subplots(figsize=(7, 3.5), layout="constrained")
bars = ax.barh(list(errors), [100 * error for error in errors.values()])
ax.bar_label(bars, fmt="%.2f %%", padding=3)
ax.invert_yaxis()
ax.margins(x=0.15)
ax.set(xlabel="misclassified test images, %")
plt.show()

from skdigits.inspection import MisclassifiedDisplay

best = models[min(errors, key=errors.get)]
MisclassifiedDisplay.from_estimator(best, X_test, y_test, n_images=16, n_columns=8)
plt.show()

# %%
# Results on MNIST
# ----------------
# With ``--data mnist`` the script prints these lines, and the training times. The last
# digits depend on the processor.
#
# .. code-block:: text
#
#     60,000 training images of 784 pixels
#     10,000 test images, 47.0 MB for training
#     logistic regression   8.20% errors
#     forest                2.95% errors
#     SVM                   1.10% errors
#     textbook CNN          0.95% errors
#     deep CNN              0.58% errors
#
# The order is nearly the same on both data sets. Classifiers with a weight for each
# pixel fall behind, and convolutional networks gain: with 60,000 images, two epochs are
# enough for the textbook network to pass the SVM. Develop on small images, decide on
# large ones, and evaluate once on the test set. :ref:`recipes` lists classifiers for
# MNIST that are tuned already.

"""
===============================================================
From a detector of 2s to ten digits: kernels, forests, mistakes
===============================================================

The way that many books take through MNIST, in lines of scikit-learn: a classifier that
says "2" or "not 2", one that says which digit, better ones, and then a look at the
images that they get wrong. It runs on the bundled 8x8 digits; in a terminal, with the
arguments ``--data mnist``, it runs on 10,000 images of MNIST, which are fetched unless
they lie in the data home (``SKDIGITS_DATA``).
"""

# %%
# The digits
# ----------

import sys

import matplotlib.pyplot as plt
from sklearn.model_selection import train_test_split

from skdigits.datasets import fetch_mnist, load_digits

on_mnist = "mnist" in sys.argv[1:]
if on_mnist:
    X, y = fetch_mnist(subset="train", return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(
        X, y, train_size=10_000, test_size=5_000, stratify=y, random_state=0
    )
else:
    X, y = load_digits(return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(
        X, y, stratify=y, random_state=0
    )
print(f"{len(X_train):,} images to train on, {len(X_test):,} to test on")

# %%
# Is it a 2?
# ----------
# Nine of ten images are not, so always saying "no" is right in 90 % of cases. What
# counts is how many 2s are found (recall), and how many that are called 2 are one
# (precision).

from sklearn.linear_model import LogisticRegression
from sklearn.metrics import (
    ConfusionMatrixDisplay,
    PrecisionRecallDisplay,
    precision_score,
    recall_score,
)
from sklearn.pipeline import make_pipeline

from skdigits.preprocessing import PixelScaler

detector = make_pipeline(PixelScaler(), LogisticRegression(max_iter=1000))
detector.fit(X_train, y_train == 2)
found = detector.predict(X_test)
print(
    f"accuracy {detector.score(X_test, y_test == 2):.3f}, "
    f"precision {precision_score(y_test == 2, found):.3f}, "
    f"recall {recall_score(y_test == 2, found):.3f}"
)
PrecisionRecallDisplay.from_estimator(
    detector, X_test, y_test == 2, plot_chance_level=True
)
plt.show()

# %%
# Which digit is it?
# ------------------
# The same classifier takes all ten labels as they are: there is no need to write them
# as rows of zeros and ones.

logistic = make_pipeline(PixelScaler(), LogisticRegression(max_iter=1000))
logistic.fit(X_train, y_train)
print(f"accuracy {logistic.score(X_test, y_test):.3f}")
ConfusionMatrixDisplay.from_estimator(logistic, X_test, y_test, colorbar=False)
plt.show()

# %%
# More images do not help it much: a weight for each pixel cannot follow a stroke that
# moves. With ``--data mnist`` this shows how far it gets with all 60,000 images to
# train on, on the 10,000 of the test set: about 92 %.

if on_mnist:
    logistic.set_params(logisticregression__tol=3e-3).fit(X, y)
    accuracy = logistic.score(*fetch_mnist(subset="test", return_X_y=True))
    print(f"accuracy after {len(X):,} images {accuracy:.3f}")

# %%
# Four kernels
# ------------
# A kernel says which images are alike. The linear one sees pixels one by one; the
# polynomial and the radial ones see how they go together.

from sklearn.svm import SVC

for kernel in ("linear", "poly", "rbf", "sigmoid"):
    svm = make_pipeline(PixelScaler(), SVC(kernel=kernel)).fit(X_train, y_train)
    print(f"{kernel:<8} {svm.score(X_test, y_test):.3f}")

# %%
# C and gamma
# -----------
# For the radial kernel two numbers matter: what a mistake costs, and how far the
# influence of an image reaches. They are chosen by cross-validation on training images;
# the test images have no say in it.

from sklearn.model_selection import GridSearchCV

search = GridSearchCV(
    make_pipeline(PixelScaler(), SVC()),
    {"svc__C": [1, 10], "svc__gamma": [0.01, 0.03, 0.1]},
    cv=3,
).fit(X_train[:2000], y_train[:2000])
svm = search.best_estimator_.fit(X_train, y_train)
print(search.best_params_, f"accuracy {svm.score(X_test, y_test):.3f}")

# %%
# A forest
# --------
# Trees ask for single pixels, so a forest needs no scaling.

from sklearn.ensemble import RandomForestClassifier

forest = RandomForestClassifier(n_estimators=300, random_state=0)
forest.fit(X_train, y_train)
print(f"accuracy {forest.score(X_test, y_test):.3f}")

# %%
# Different mistakes
# ------------------
# The numbers say which is better; the images say why. Those that only one of the two
# gets wrong are the interesting ones.

from skdigits.inspection import MisclassifiedDisplay

right_svm = svm.predict(X_test) == y_test
right_forest = forest.predict(X_test) == y_test
only_svm, only_forest = ~right_svm & right_forest, right_svm & ~right_forest
print(
    f"both wrong: {(~right_svm & ~right_forest).sum()}, "
    f"only the SVM: {only_svm.sum()}, only the forest: {only_forest.sum()}"
)

figure, axes = plt.subplots(1, 2, figsize=(11, 5), layout="constrained")
for ax, name, classifier, only in (
    (axes[0], "SVM", svm, only_svm),
    (axes[1], "forest", forest, only_forest),
):
    MisclassifiedDisplay.from_estimator(
        classifier, X_test[only], y_test[only], n_images=12, n_columns=4, ax=ax
    )
    ax.set_title(f"Only the {name} is wrong here, the surest mistakes first")
plt.show()

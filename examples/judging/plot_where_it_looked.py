"""
=================================================
Occlusion maps: which pixels explain a prediction
=================================================

You learn to show which pixels of an image made a classifier predict a digit, and why it
misclassified some images.
"""

# sphinx_gallery_thumbnail_number = 5

# %%
# A classifier
# ------------
# Occlusion maps work for every classifier with ``predict_proba``, and for pipelines
# that end in one. Here it is a logistic regression.

from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

from skdigits.datasets import load_digits
from skdigits.preprocessing import PixelScaler

X_train, X_test, y_train, y_test = train_test_split(
    *load_digits(return_X_y=True), random_state=0
)
classifier = make_pipeline(PixelScaler(), LogisticRegression(max_iter=1000))
classifier.fit(X_train, y_train)
print(f"accuracy {classifier.score(X_test, y_test):.2f}")

# %%
# Occlusion
# ---------
# :class:`~skdigits.inspection.OcclusionDisplay` hides a small patch of the image,
# predicts again, and moves the patch on. Red pixels speak for the label below the
# image: without them it is less probable. Blue pixels speak against it.

import matplotlib.pyplot as plt

from skdigits.inspection import OcclusionDisplay

OcclusionDisplay.from_estimator(classifier, X_test[:10])
plt.show()

# %%
# Explain a misclassified image
# -----------------------------
# For a misclassified image, compare the maps of the predicted and of the true label.
# Red pixels of the predicted label misled the classifier.

from skdigits.inspection import MisclassifiedDisplay

mistakes = MisclassifiedDisplay.from_estimator(classifier, X_test, y_test, n_images=5)
plt.show()

# %%
# The predicted labels:

wrong = X_test[mistakes.indices]
OcclusionDisplay.from_estimator(classifier, wrong)
plt.show()

# %%
# The true labels:

OcclusionDisplay.from_estimator(classifier, wrong, label=mistakes.y_true)
plt.show()

# %%
# Larger images
# -------------
# The pretrained network takes images of 28x28 pixels. It is nearly certain of this
# drawn 4, so its probability hardly changes when a patch is hidden. The log-odds show
# the important strokes nevertheless.

import numpy as np

from skdigits.persistence import load_pretrained

four = np.zeros((1, 28, 28), dtype=np.uint8)
four[0, 4:15, 8:11] = 255
four[0, 13:16, 8:20] = 255
four[0, 4:24, 17:20] = 255

figure, axes = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
network = load_pretrained("mnist")
for ax, measure in zip(axes, ("log_odds", "probability"), strict=True):
    OcclusionDisplay.from_estimator(network, four, measure=measure, ax=ax)
plt.show()

# %%
# For forests and nearest neighbors, whose probabilities are often exactly 0 or 1, use
# ``measure="probability"``. A larger ``patch_size`` hides whole strokes.
# :ref:`mistakes` has more.

"""
=============================================================
Scale pixels: unit range, standardization or each pixel alone
=============================================================

You learn how to scale, normalize and standardize images, why all pixels should share
one scale, and which classifiers depend on scaling.
"""

# sphinx_gallery_thumbnail_number = 3

# %%
# Three methods of PixelScaler
# ----------------------------
# :class:`~skdigits.preprocessing.PixelScaler` computes one offset and one scale from
# all pixels of the training images, and transforms images to ``(X - offset_) /
# scale_``.

import matplotlib.pyplot as plt

from skdigits.datasets import load_digits
from skdigits.model_selection import train_val_test_split
from skdigits.preprocessing import PixelScaler

X, y = load_digits(return_X_y=True)
X_train, X_val, _, y_train, y_val, _ = train_val_test_split(
    X, y, stratify=y, random_state=0
)

methods = {
    "unit": "divided by the white level",
    "minmax": "from 0 to 1",
    "standard": "mean 0, deviation 1",
}
figure, axes = plt.subplots(1, 3, figsize=(10, 3), layout="constrained", sharey=True)
for ax, (method, meaning) in zip(axes, methods.items(), strict=True):
    scaler = PixelScaler(method)
    scaled = scaler.fit_transform(X_train)
    ax.hist(scaled.ravel(), bins=17)
    ax.set(title=f'"{method}": {meaning}', xlabel="pixel")
    print(f"{method:<9} offset {scaler.offset_:5.2f}, scale {scaler.scale_:5.2f}")
axes[0].set_ylabel("number of pixels")
plt.show()

# %%
# Methods "unit" and "minmax" agree here, because the darkest pixel is 0. They differ
# for scans on grey paper: "minmax" maps the paper to 0, "unit" does not.
#
# Each pixel alone
# ----------------
# ``StandardScaler`` suits tables, where one column is an age and another an income. It
# standardizes each column alone, also a pixel at the border that has ink in three of a
# thousand images. In those three images its value becomes huge.

from sklearn.preprocessing import StandardScaler

from skdigits.inspection import DigitsDisplay

each = StandardScaler().fit(X_train)
every = PixelScaler("standard").fit(X_train)
largest = abs(each.transform(X_val)).max(axis=1)
odd = largest.argsort()[::-1][:8]
figure, axes = plt.subplots(3, 1, figsize=(8, 4.5), layout="constrained")
for ax, images, title in (
    (axes[0], X_val[odd], "pixels from 0 to 16"),
    (axes[1], every.transform(X_val[odd]), "all pixels standardized alike"),
    (axes[2], each.transform(X_val[odd]), "each pixel standardized on its own"),
):
    DigitsDisplay.from_arrays(images, ax=ax, n_columns=8)
    ax.set_title(title)
plt.show()
print(f"the largest pixel becomes {largest.max():.0f} standard deviations")

# %%
# In the last row the digits are hardly visible: one pixel at the border outshines them.
#
# Which classifiers depend on scaling?
# ------------------------------------
# Five classifiers, five ways to scale the same pixels, and the accuracy on validation
# images.

from sklearn.ensemble import RandomForestClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.svm import SVC

from skdigits.neural_network import NumpyMLPClassifier

scalers = {
    "as they are": FunctionTransformer(),
    "times 100": FunctionTransformer(lambda X: X * 100.0),
    "unit": PixelScaler("unit"),
    "standard": PixelScaler("standard"),
    "each pixel": StandardScaler(),
}
classifiers = {
    "k-NN": KNeighborsClassifier(),
    "random forest": RandomForestClassifier(n_estimators=50, random_state=0),
    'SVM, gamma="scale"': SVC(),
    "SVM, gamma=0.02": SVC(gamma=0.02),
    "network (NumPy)": NumpyMLPClassifier((32,), random_state=0),
}
table = [
    [
        make_pipeline(scaler, classifier).fit(X_train, y_train).score(X_val, y_val)
        for scaler in scalers.values()
    ]
    for classifier in classifiers.values()
]

figure, ax = plt.subplots(figsize=(8, 4.5), layout="constrained")
ax.imshow(table, cmap="cividis", vmin=0.8, vmax=1, aspect="auto")
ax.set_xticks(range(len(scalers)), scalers)
ax.set_yticks(range(len(classifiers)), classifiers)
for row, scores in enumerate(table):
    for column, score in enumerate(scores):
        colour = "white" if score < 0.9 else "black"
        ax.text(column, row, f"{score:.3f}", ha="center", va="center", color=colour)
ax.set_title("Accuracy on validation images")
plt.show()

# %%
# Nearest neighbors and trees are unaffected by a common factor. So is the SVM with
# ``gamma="scale"``, which adapts to the variance. With a fixed gamma, the same SVM
# ranges from among the best to guessing. The network takes larger steps with larger
# pixels: a moderate factor helps within its 20 epochs, a factor of 100 does not. A
# scale for each pixel gains nothing.
#
# Use :class:`~skdigits.preprocessing.PixelScaler` as the first step of a pipeline.
# Parameters that you tuned once then hold for pixels of any range, and the scale is
# computed from training images only. :ref:`preprocessing` describes all transformers.

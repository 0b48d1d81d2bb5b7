"""
====================================
Deskew digits and reduce them by PCA
====================================

You learn how to measure and remove the slant of a digit, how principal components
represent digits, and what both do for a support vector machine.

In a terminal, with the arguments ``--data mnist``, this example runs on 5,000 images of
MNIST. They are downloaded unless they are in the data home (``SKDIGITS_DATA``).
"""

# %%
# Slanted digits
# --------------
# Slant depends on the writer, not on the digit. It is visible only in larger images, so
# :class:`~skdigits.preprocessing.DigitNormalizer` frames the bundled digits in 28x28
# pixels first. Their writers wrote upright, into boxes, so
# :class:`~skdigits.augmentation.RandomAugmenter` slants each image by up to 30 degrees.
# MNIST's digits are slanted already.

import argparse

import matplotlib.pyplot as plt
import numpy as np
from sklearn.model_selection import train_test_split

from skdigits.augmentation import RandomAugmenter
from skdigits.datasets import fetch_mnist, load_digits
from skdigits.preprocessing import DigitNormalizer

parser = argparse.ArgumentParser()
parser.add_argument("--data", choices=["digits", "mnist"], default="digits")
on_mnist = parser.parse_args().data == "mnist"

if on_mnist:
    X, y = fetch_mnist(subset="train", return_X_y=True)
    X, _, y, _ = train_test_split(X, y, train_size=5000, stratify=y, random_state=0)
else:
    digits = load_digits()
    upright = DigitNormalizer(polarity="bright").fit_transform(digits.images)
    slanter = RandomAugmenter(rotation=0, shift=0, zoom=0, shear=30)
    leaning = slanter.augment(upright.reshape(-1, 28, 28), random_state=0)
    X, y = leaning.reshape(len(leaning), -1), digits.target

X_train, X_test, y_train, y_test = train_test_split(
    X, y, test_size=0.5, stratify=y, random_state=0
)

# %%
# Deskewing
# ---------
# The middle of the ink shifts from one row of pixels to the next. A line through these
# middles is the slant. :class:`~skdigits.preprocessing.Deskewer` finds it by
# regression, and shears the image until it is upright.

from skdigits.inspection import DigitsDisplay
from skdigits.preprocessing import Deskewer

deskewer = Deskewer().fit(X_train)
columns = rows = np.arange(28) - 13.5

figure, axes = plt.subplots(2, 4, figsize=(6.5, 3.4), layout="constrained")
for image, (above, below) in zip(X_train[:4], axes.T, strict=True):
    ink = image.reshape(28, 28) / image.sum(dtype=float)
    x, y_mean = ink.sum(axis=0) @ columns, ink.sum(axis=1) @ rows
    slope = (ink * np.outer(rows - y_mean, columns - x)).sum() / (
        ink.sum(axis=1) @ (rows - y_mean) ** 2
    )
    above.imshow(ink, cmap="gray_r")
    above.axline(
        (x + 13.5, y_mean + 13.5), (x + slope + 13.5, y_mean + 14.5), color="r"
    )
    below.imshow(deskewer.transform([image]).reshape(28, 28), cmap="gray_r")
    for ax in (above, below):
        ax.set(xticks=[], yticks=[], xlim=(-0.5, 27.5), ylim=(27.5, -0.5))
axes[0, 0].set_ylabel("as written")
axes[1, 0].set_ylabel("deskewed")
plt.show()

# %%
# Principal components
# --------------------
# Neighbouring pixels are correlated, so 784 pixels hold far less information than 784
# independent numbers. :class:`~skdigits.preprocessing.PCAFeatures` finds the directions
# in which the training images vary most. These components are images, too: red adds
# ink, blue removes it. Each digit is the mean image plus a weighted sum of components.

from skdigits.preprocessing import PCAFeatures

upright_train = deskewer.transform(X_train)
pca = PCAFeatures(n_components=60).fit(upright_train)
DigitsDisplay.from_arrays(pca.components_images_, n_images=20)
plt.show()

explained = pca.explained_variance_ratio_.cumsum()
n_enough = (explained < 0.9).sum() + 1
print(f"{n_enough} components hold 90 % of the variance of {X.shape[1]} pixels")

# %%
# How many components?
# --------------------
# :meth:`~skdigits.preprocessing.PCAFeatures.inverse_transform` reconstructs an image
# from its features. Here all but the first features are set to zero. With two
# components all images are blots, with ten most are legible, and with forty only noise
# is missing.

some = upright_train[:8]
images, names = [some], ["the image"] * 8
for n in (2, 5, 10, 20, 40):
    features = pca.transform(some)
    features[:, n:] = 0
    images.append(pca.inverse_transform(features).clip(0, 255))
    names += [f"{n} components"] * 8
DigitsDisplay.from_arrays(np.concatenate(images), groups=names)
plt.show()

# %%
# Deskewing reduces the number of components, because upright digits vary less:

figure, ax = plt.subplots(figsize=(7, 4), layout="constrained")
slanted = PCAFeatures(n_components=60).fit(X_train)
for name, found, style in (("as written", slanted, "--"), ("deskewed", pca, "-")):
    shares = found.explained_variance_ratio_.cumsum()
    ax.plot(range(1, 61), shares, style, label=name)
ax.set(xlabel="number of components", ylabel="share of the variance", ylim=(0, 1))
ax.legend()
plt.show()

# %%
# A map of the digits
# -------------------
# The first two components place each image on a plane. The 0s are separated already;
# the other digits need more dimensions.

places = pca.transform(deskewer.transform(X_test[:400]))
figure, ax = plt.subplots(figsize=(6, 5), layout="constrained")
for digit, (x, height) in zip(y_test[:400], places[:, :2], strict=True):
    ax.text(x, height, digit, color=plt.cm.tab10(digit), ha="center", va="center")
low, high = places[:, :2].min(axis=0) - 0.5, places[:, :2].max(axis=0) + 0.5
ax.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]))
ax.set(xlabel="first component", ylabel="second component")
plt.show()

# %%
# Accuracy with and without
# -------------------------
# The same support vector machine and the same nearest neighbors, with and without both
# steps. Both compare images pixel by pixel, so both gain from deskewing. The 40
# components cost no accuracy. With many thousand images, 40 features instead of 784
# pixels save most of the time and memory.

from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

from skdigits.preprocessing import PixelScaler

ways = {
    "pixels": [PixelScaler()],
    "deskewed": [Deskewer(), PixelScaler()],
    "40 components": [PCAFeatures(n_components=40)],
    "both": [Deskewer(), PCAFeatures(n_components=40)],
}
for classifier in (SVC(C=10), KNeighborsClassifier(3)):
    for name, steps in ways.items():
        pipeline = make_pipeline(*steps, classifier)
        accuracy = pipeline.fit(X_train, y_train).score(X_test, y_test)
        print(f"{classifier!s:<36} {name:<14} {accuracy:.3f}")

# %%
# Deskewing needs a margin. In the original 8x8 images ink touches the border, and
# deskewing moves some of it outside: the accuracy falls.

from sklearn.model_selection import cross_val_score

small = load_digits()
for name, steps in (("pixels", []), ("deskewed", [Deskewer()])):
    pipeline = make_pipeline(*steps, SVC(C=10))
    accuracy = cross_val_score(pipeline, small.data, small.target, cv=5).mean()
    print(f"8x8, {name:<8} {accuracy:.3f}")

# %%
# Knowledge about the data, such as that slant does not matter, is often worth more than
# a better classifier. Make it a step of the pipeline: it is then applied to all images
# alike, and is searched, saved and exported with the model. :ref:`preprocessing` has
# more.

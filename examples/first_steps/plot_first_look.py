"""
==========================
A first look at the digits
==========================

You learn how images of digits become rows of numbers, how to see many of them at once,
and how to check that no digit is missing or rare, before any model is trained.
"""

# %%
# Images are numbers
# ------------------
# :func:`~skdigits.datasets.load_digits` gives 1,797 real handwritten digits of 8x8
# pixels, which come with scikit-learn. A pixel is a number: 0 is paper, 16 is ink. The
# same pixels are there twice: as images, for people, and as rows, for classifiers.

from skdigits.datasets import load_digits

digits = load_digits()
print("images:", digits.images.shape, digits.images.dtype)
print("rows:  ", digits.data.shape, "up to", digits.data.max())
print(f"the first image, a {digits.target[0]}:")
print(digits.images[0])

# %%
# What they look like
# -------------------
# Eight of each digit, in a row each. Look for what will be difficult: 1s that are only
# a bar, 7s with and without a dash, 9s that could be 3s.

import matplotlib.pyplot as plt

from skdigits.inspection import DigitsDisplay

DigitsDisplay.from_arrays(digits.data, digits.target, per_class=8)
plt.show()

# %%
# Are all digits there?
# ---------------------
# :class:`~skdigits.inspection.ClassDistributionDisplay` counts them. The ten classes
# are nearly equal here, so accuracy, the share of the images that are read rightly, is
# a fair measure: who always answers "3" gets 10 %.

from skdigits.inspection import ClassDistributionDisplay

ClassDistributionDisplay.from_arrays(digits.target)
plt.show()

# %%
# It need not be so. Among postcodes or prices some digits are much more frequent than
# others. Then compare in percent, and do not trust accuracy alone. These are the first
# digits of the powers of 2, which follow Benford's law, beside ours:

first_digits = [int(str(2**power)[0]) for power in range(1000)]
ClassDistributionDisplay.from_arrays(
    {"powers of 2": first_digits, "images": digits.target}, percent=True
)
plt.show()

# %%
# The typical digit, and how much it varies
# -----------------------------------------
# The mean of all images of a digit shows where its ink is for sure; the standard
# deviation, where writers differ. A crisp mean, as of 0, promises an easy digit. Where
# the deviation is dark, as all over the 1 and the 8, there are several ways to write
# it.

import numpy as np

classes = digits.target_names
means = np.array([digits.images[digits.target == c].mean(axis=0) for c in classes])
deviations = np.array([digits.images[digits.target == c].std(axis=0) for c in classes])

figure, axes = plt.subplots(2, 1, figsize=(8, 2.6), layout="constrained")
for ax, name, images in (
    (axes[0], "Mean", means),
    (axes[1], "Standard deviation", deviations),
):
    DigitsDisplay.from_arrays(images, classes, ax=ax)
    ax.set_title(name)
plt.show()

# %%
# Which digits are alike?
# -----------------------
# The distance between two mean images says which digits a simple classifier will mix
# up: here 1 and 8, then 3 and 9.

distances = np.linalg.norm(means[:, np.newaxis] - means, axis=(2, 3))
figure, ax = plt.subplots(figsize=(5.5, 4.5), layout="constrained")
picture = ax.imshow(distances, cmap="viridis")
ax.set(xticks=classes, yticks=classes, xlabel="digit", ylabel="digit")
ax.set_title("Distance between mean images")
figure.colorbar(picture, label="in units of ink")
plt.show()

pairs = [(i, j) for j in range(10) for i in range(j)]
pairs.sort(key=distances.__getitem__)
print("most alike:", *pairs[:3])

# %%
# Pixels that say nothing
# -----------------------
# Some pixels are paper in nearly every image. They carry no information, and what is
# done to them can do harm, as the example on scaling shows.

inked = (digits.images > 0).mean(axis=0)
figure, ax = plt.subplots(figsize=(5.5, 4.5), layout="constrained")
picture = ax.imshow(inked, cmap="gray_r", vmin=0, vmax=1)
ax.set(xticks=[], yticks=[], title="How often a pixel has any ink")
figure.colorbar(picture, label="share of the images")
plt.show()
print(f"{(inked < 0.01).sum()} of 64 pixels have ink in less than 1 % of the images")

# %%
# So the data are clean: ten digits in equal parts, nothing missing, and a few pixels
# that never matter. The next step is to put images aside for the judgement of what is
# to come, before a model has seen any of them.

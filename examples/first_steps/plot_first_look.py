"""
================================
Load and plot handwritten digits
================================

You learn how images of digits become rows of numbers, how to plot many of them at once,
and how to check the distribution of the classes before you train a model.
"""

# %%
# Images are numbers
# ------------------
# :func:`~skdigits.datasets.load_digits` returns the 1,797 handwritten digits of 8x8
# pixels that come with scikit-learn. A pixel is a number: 0 is paper, 16 is ink. The
# pixels are there twice: ``images`` for plots, and ``data`` with one row per image for
# classifiers.

import numpy as np

from skdigits.datasets import load_digits

digits = load_digits()
print("images:", digits.images.shape, digits.images.dtype)
print("rows:  ", digits.data.shape, "up to", digits.data.max())

# %%
# This is the first image, with the numbers of its pixels:

import matplotlib.pyplot as plt

image, label = digits.images[0], digits.target[0]
figure, ax = plt.subplots(figsize=(4, 4), layout="constrained")
ax.imshow(image, cmap="gray_r")
for (row, column), pixel in np.ndenumerate(image):
    colour = "white" if pixel > 8 else "black"
    ax.text(column, row, pixel, ha="center", va="center", color=colour)
ax.set(xticks=[], yticks=[], title=f"Label {label}")
plt.show()

# %%
# Plot the digits
# ---------------
# Eight images of each class, one class a row. Some will be difficult: 1s that are a
# single bar, 7s with and without a dash, and 9s that look like 3s.

from skdigits.inspection import DigitsDisplay

DigitsDisplay.from_arrays(digits.data, digits.target, per_class=8)
plt.show()

# %%
# The distribution of the classes
# -------------------------------
# :class:`~skdigits.inspection.ClassDistributionDisplay` counts the images of each
# class. The ten classes are nearly equal here. Accuracy, the share of correct
# predictions, is therefore a fair measure: a classifier that always predicts "3" scores
# 10 %.

from skdigits.inspection import ClassDistributionDisplay

ClassDistributionDisplay.from_arrays(digits.target)
plt.show()

# %%
# In other data, such as postcodes or prices, some digits are much more frequent than
# others. Compare such data in percent, and do not rely on accuracy alone. The first
# digits of the powers of 2 follow Benford's law:

first_digits = [int(str(2**power)[0]) for power in range(1000)]
ClassDistributionDisplay.from_arrays(
    {"powers of 2": first_digits, "images": digits.target}, percent=True
)
plt.show()

# %%
# Mean and standard deviation
# ---------------------------
# The mean of all images of a class shows where its ink always is. The standard
# deviation shows where writers differ. The 0 has a crisp mean and is easy to classify.
# The 1 and the 8 vary nearly everywhere, because people write them in several ways.

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
# Which digits look alike?
# ------------------------
# A small distance between two mean images shows which digits a simple classifier will
# confuse: here 1 and 8, then 3 and 9.

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
# Pixels without information
# --------------------------
# Some pixels are paper in nearly every image. They carry no information, and can even
# do harm: see :ref:`sphx_glr_auto_examples_preparing_images_plot_scaling.py`.

inked = (digits.images > 0).mean(axis=0)
figure, ax = plt.subplots(figsize=(5.5, 4.5), layout="constrained")
picture = ax.imshow(inked, cmap="gray_r", vmin=0, vmax=1)
ax.set(xticks=[], yticks=[], title="How often a pixel has any ink")
figure.colorbar(picture, label="share of the images")
plt.show()
print(f"{(inked < 0.01).sum()} of 64 pixels have ink in less than 1 % of the images")

# %%
# The data are clean: the classes are balanced, no values are missing, and a few pixels
# never matter. Next, set images aside for the final evaluation:
# :ref:`sphx_glr_auto_examples_first_steps_plot_three_way_split.py`.

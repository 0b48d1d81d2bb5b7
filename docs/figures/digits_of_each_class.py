"""The first images of each class of the bundled 8x8 digits."""

import matplotlib.pyplot as plt
import numpy as np

from skdigits.datasets import load_digits

digits = load_digits()
figure, axes = plt.subplots(4, 10, figsize=(7, 3), layout="constrained")
for label, column in enumerate(axes.T):
    for ax, index in zip(column, np.flatnonzero(digits.target == label), strict=False):
        ax.imshow(digits.images[index], cmap="gray_r")
        ax.set_axis_off()
    column[0].set_title(str(label))

"""An image, and random changes of it by each parameter of RandomAugmenter."""

import matplotlib.pyplot as plt
import numpy as np

from skdigits.augmentation import RandomAugmenter
from skdigits.datasets import load_digits
from skdigits.preprocessing import DigitNormalizer

digits = load_digits()
four = DigitNormalizer(polarity="bright").fit_transform(digits.data[[4]])
changes = {"rotation": 15, "shift": 0.1, "zoom": 0.2, "shear": 20, "elastic": 0.03}
none = dict.fromkeys(changes, 0)

figure, axes = plt.subplots(5, 7, figsize=(7, 5.2), layout="constrained")
for row, (name, strength) in zip(axes, changes.items(), strict=True):
    augmenter = RandomAugmenter(**{**none, name: strength})
    changed = augmenter.augment(np.repeat(four, 6, axis=0), random_state=1)
    for ax, image in zip(row, [*four, *changed], strict=True):
        ax.imshow(image.reshape(28, 28), cmap="gray_r")
        ax.set(xticks=[], yticks=[])
    row[0].set_ylabel(f"{name}\n{strength}", fontsize=13)
axes[0, 0].set_title("original", fontsize=14)

"""Slanted digits before and after Deskewer."""

import matplotlib.pyplot as plt

from skdigits.augmentation import RandomAugmenter
from skdigits.datasets import load_digits
from skdigits.preprocessing import Deskewer, DigitNormalizer

bundled = load_digits().data[[1, 4, 5, 7, 9, 14, 17, 28]]
framed = DigitNormalizer(polarity="bright").fit_transform(bundled)
slanting = RandomAugmenter(rotation=0, shift=0, zoom=0, shear=30)
slanted = slanting.augment(framed, random_state=2)
upright = Deskewer().fit_transform(slanted)

figure, axes = plt.subplots(2, 8, figsize=(7, 2), layout="constrained")
for row, images in zip(axes, (slanted, upright), strict=True):
    for ax, image in zip(row, images, strict=True):
        ax.imshow(image.reshape(28, 28), cmap="gray_r")
        ax.set(xticks=[], yticks=[])
axes[0, 0].set_ylabel("before", fontsize=14)
axes[1, 0].set_ylabel("after", fontsize=14)

"""Images of different size, paper and polarity before and after DigitNormalizer."""

import matplotlib.pyplot as plt
import numpy as np
from PIL import Image

from skdigits.datasets import load_digits
from skdigits.preprocessing import DigitNormalizer

digits = load_digits()


def scan(index, paper, ink, size, corner, scale):
    """Return a digit, enlarged and placed on paper, and both of these grey."""
    strokes = Image.fromarray(16 * digits.images[index].clip(0, 15))
    strokes = strokes.resize((scale, scale), Image.Resampling.BICUBIC)
    mask = Image.new("L", size, 0)
    mask.paste(strokes, corner)
    share = np.asarray(mask) / 240
    return (paper + (ink - paper) * share).clip(0, 255).astype(np.uint8)


images = [
    scan(2, 235, 40, (90, 90), (8, 4), 48),  # in a corner of bright paper
    scan(3, 150, 30, (60, 100), (5, 20), 50),  # dark paper, high
    scan(4, 0, 200, (120, 80), (60, 10), 60),  # bright on black
    scan(6, 245, 190, (100, 100), (30, 35), 40),  # pencil
    scan(9, 60, 240, (80, 80), (10, 10), 64),  # a blackboard
]
framed = DigitNormalizer().fit_transform(images).reshape(-1, 28, 28)

figure, axes = plt.subplots(2, 5, figsize=(7, 3.2), layout="constrained")
for column, before, after in zip(axes.T, images, framed, strict=True):
    column[0].set_title("x".join(map(str, before.shape)), fontsize=13)
    column[0].imshow(before, cmap="gray", vmin=0, vmax=255)
    column[1].imshow(after, cmap="gray", vmin=0, vmax=255)
    for ax in column:
        ax.set(xticks=[], yticks=[])
axes[0, 0].set_ylabel("before", fontsize=14)
axes[1, 0].set_ylabel("after", fontsize=14)

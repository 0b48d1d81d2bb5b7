"""Numbers that make_numbers composes, with a bounding box for each digit."""

import matplotlib.pyplot as plt
from matplotlib.patches import Rectangle

from skdigits.datasets import make_numbers

numbers = make_numbers(6, n_digits=(4, 6), spacing=(0.0, 0.3), random_state=0)
figure, axes = plt.subplots(3, 2, figsize=(7, 3.6), layout="constrained")
for ax, image, boxes, target in zip(
    axes.flat, numbers.images, numbers.boxes, numbers.target, strict=True
):
    ax.imshow(image, cmap="gray_r")
    for top, left, bottom, right in boxes:
        corner = (left - 0.5, top - 0.5)
        size = (right - left, bottom - top)
        ax.add_patch(Rectangle(corner, *size, fill=False, edgecolor="tab:blue"))
    ax.set_title(str(target), fontsize=14)
    ax.set_axis_off()

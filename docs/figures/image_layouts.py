"""One digit as an image of either polarity, and as a row of pixels."""

import matplotlib.pyplot as plt

from skdigits.datasets import load_digits

image = load_digits().images[0]
style = {"cmap": "gray", "vmin": 0, "vmax": 16}
figure, axes = plt.subplot_mosaic(
    [["bright", "dark"], ["row", "row"]],
    height_ratios=[5, 1],
    figsize=(7, 4.4),
    layout="constrained",
)
for name, pixels, title in (
    ("bright", image, "images[0], as in MNIST: 8x8"),
    ("dark", 16 - image, "16 - images[0], as in a scan"),
    ("row", image.reshape(1, 64), "data[0]: a row of 64 pixels"),
):
    axes[name].imshow(pixels, aspect=4 if name == "row" else 1, **style)
    axes[name].set_title(title, fontsize=14)
    axes[name].set(xticks=[], yticks=[])

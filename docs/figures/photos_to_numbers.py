"""Three photos of numbers, and the lines of a CSV file."""

import matplotlib.pyplot as plt
from PIL import Image

from skdigits.datasets import make_numbers
from skdigits.reading import DigitReader

numbers = make_numbers(3, n_digits=5, spacing=0.3, random_state=2)
names = ("gas", "power", "water")
figure, axes = plt.subplots(
    3, 2, figsize=(7, 2.8), width_ratios=(1, 1.2), layout="constrained"
)
for name, ink, (picture, row) in zip(names, numbers.images, axes, strict=True):
    photo = Image.fromarray(255 - ink).resize((6 * ink.shape[1], 6 * ink.shape[0]))
    picture.imshow(photo, cmap="gray", vmin=0, vmax=255)
    picture.set(xticks=[], yticks=[])
    row.set_axis_off()
    text = f"{name}.jpg,{DigitReader().read(photo).text}"
    row.text(0.05, 0.5, text, fontsize=17, family="monospace", va="center")

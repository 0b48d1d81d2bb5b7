"""What the drawing page shows of a drawing: boxes, pixels and probabilities."""

import matplotlib.pyplot as plt
import numpy as np
from PIL import Image, ImageDraw

from skdigits.reading import DigitReader

turn = np.radians(np.arange(0, 361, 15))
strokes = [
    [(30, 55), (38, 36), (56, 28), (76, 36), (80, 56), (62, 86), (30, 120), (88, 118)],
    [(140 + 27 * np.sin(angle), 75 - 46 * np.cos(angle)) for angle in turn],
    [(198, 34), (232, 31), (268, 30), (248, 72), (228, 124)],
    [(216, 80), (264, 76)],
]
sheet = Image.new("L", (300, 150), 255)
for points in strokes:
    ImageDraw.Draw(sheet).line(points, fill=20, width=10, joint="curve")
reading = DigitReader().read(sheet)

figure, axes = plt.subplot_mosaic(
    [["sheet", "sheet", "sheet"], [0, 1, 2], ["bars 0", "bars 1", "bars 2"]],
    height_ratios=[3, 2, 2.4],
    figsize=(6, 7),
    layout="constrained",
)
reading.plot(ax=axes["sheet"])
axes["sheet"].set_title("the drawing", fontsize=14)
for k, digit in enumerate(reading.digits):
    axes[k].imshow(digit.image, cmap="gray")
    axes[k].set(xticks=[], yticks=[])
    bars = axes[f"bars {k}"]
    bars.bar(range(10), digit.probabilities)
    bars.set(xticks=range(10), ylim=(0, 1), yticks=[0, 1])
    bars.set_xlabel(f"predicted: {digit.label}", fontsize=14)
axes[1].set_title("28x28 pixels for the model", fontsize=14)
axes["bars 1"].set_title("probabilities of the classes", fontsize=14)

"""
=============================
Reading a number from a photo
=============================

You learn to find and read whole numbers in a picture, what the reader leaves out and
why, and how to measure how many numbers it reads without a mistake.
"""

# sphinx_gallery_thumbnail_number = 2

# %%
# A page
# ------
# :func:`~skdigits.datasets.make_numbers` composes numbers from single digits, and knows
# what they are. Here three lines of them are put onto a sheet of paper, as seen by a
# phone: with light from the left, a shadow, noise, and a scribble that is no number.

import matplotlib.pyplot as plt
import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from skdigits.datasets import make_numbers

numbers = make_numbers(3, n_digits=(4, 6), spacing=(0.15, 0.3), slant=8, random_state=3)
print("written:", *numbers.target)

height, width = 420, 560
ink = Image.new("L", (width, height))
for line, image in enumerate(numbers.images):
    size = (image.shape[1] * 8, image.shape[0] * 8)
    enlarged = Image.fromarray(image).resize(size, Image.Resampling.BICUBIC)
    ink.paste(enlarged, (60 + 30 * line, 30 + 125 * line))
pen = ImageDraw.Draw(ink)
scribble = [(440, 180), (490, 230), (445, 220), (500, 185), (460, 250), (510, 240)]
pen.line(scribble, fill=230, width=7, joint="curve")
ink = np.asarray(ink.filter(ImageFilter.GaussianBlur(1.5))) / 255

rng = np.random.default_rng(0)
down, across = np.mgrid[0:1:420j, 0:1:560j]
light = 235 - 70 * across - 40 * (across + down > 1.3)
photo = light * (1 - 0.75 * ink) + rng.normal(0, 4, (height, width))
photo = photo.clip(0, 255).astype(np.uint8)

figure, ax = plt.subplots(figsize=(7, 5.3), layout="constrained")
ax.imshow(photo, cmap="gray", vmin=0, vmax=255)
ax.set_axis_off()
plt.show()

# %%
# Reading it
# ----------
# :class:`~skdigits.reading.DigitReader` removes light and shadow, finds the strokes,
# cuts and joins them to digits, and reads these with the network that comes with
# skdigits. It takes files, images of Pillow's and arrays.

from skdigits.reading import DigitReader

reader = DigitReader()
reading = reader.read(photo)
print(reading.text)

figure, ax = plt.subplots(figsize=(7, 5.3), layout="constrained")
reading.plot(ax=ax)
plt.show()

# %%
# What is there
# -------------
# A reading is lines of numbers of digits. Each digit has its place, its probabilities,
# and a confidence: how sure it is that this is a digit, and that one.

for line in reading.lines:
    for number in line.numbers:
        confidences = [f"{digit.confidence:.2f}" for digit in number.digits]
        print(f"{number.text:<7} at {number.box}: {' '.join(confidences)}")
for thing in reading.rejected:
    print(f"left out at {thing.box}: {thing.reason}")

# %%
# What the network saw of each digit: the same frame as for MNIST.

from skdigits.inspection import DigitsDisplay

digits = [
    digit
    for line in reading.lines
    for number in line.numbers
    for digit in number.digits
]
DigitsDisplay.from_arrays(
    np.array([digit.image for digit in digits]), [digit.label for digit in digits]
)
plt.show()

# %%
# How good is it?
# ---------------
# A number is read only if all of its digits are. The more digits, the harder; and the
# nearer they stand, the more often two of them touch and must be cut. With made numbers
# there are as many as one likes, and the truth is known.

many = {"apart": (0.15, 0.4), "close": (0.02, 0.1), "overlapping": (-0.15, 0.0)}
for name, spacing in many.items():
    sample = make_numbers(12, n_digits=4, spacing=spacing, noise=0.05, random_state=0)
    texts = []
    for image in sample.images:
        size = (image.shape[1] * 4, image.shape[0] * 4)
        page = Image.fromarray(255 - image).resize(size, Image.Resampling.BICUBIC)
        texts.append(reader.read(page).text)
    read = np.mean(
        [text == true for text, true in zip(texts, sample.target, strict=True)]
    )
    print(
        f"{name:<12} {read:.0%} of 12 numbers, such as {sample.target[0]}: {texts[0]}"
    )

# %%
# Surer, or more
# --------------
# ``min_confidence`` decides what is left out. For amounts of money choose a high one,
# and let a person read the rest.

for min_confidence in (0.0, 0.5, 0.9, 0.99):
    strict = DigitReader(min_confidence=min_confidence).read(photo)
    n_digits = sum(
        len(number.digits) for line in strict.lines for number in line.numbers
    )
    print(f"{min_confidence}: {n_digits} digits, {len(strict.rejected)} left out")

# %%
# A number in a photo is found, cut, framed, and only then classified. Each of the steps
# can fail, so look at the boxes and at what was left out, and measure whole numbers on
# pictures like your own.

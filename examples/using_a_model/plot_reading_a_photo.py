"""
====================================
Read numbers and tables from a photo
====================================

You learn to read whole numbers and tables from photos and scans, to see what was
rejected and why, and to count how many numbers are read correctly.
"""

# sphinx_gallery_thumbnail_number = 2

# %%
# A photo
# -------
# :func:`~skdigits.datasets.make_numbers` composes images of numbers from single digits.
# This sheet has three of them and a scribble. Light from the left, a shadow and noise
# make it look like a photo from a phone.

import matplotlib.pyplot as plt
import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from skdigits.datasets import make_numbers


def enlarge(image, scale):
    """Return an array as an image of Pillow's."""
    size = (image.shape[1] * scale, image.shape[0] * scale)
    return Image.fromarray(image).resize(size, Image.Resampling.BICUBIC)


def photograph(ink):
    """Return dark ink on paper, in uneven light."""
    ink = np.asarray(ink.filter(ImageFilter.GaussianBlur(1.5))) / 255
    height, width = ink.shape
    down, across = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    shadow = 1 / (1 + np.exp(60 * (1.3 - across - down)))
    photo = (235 - 50 * across - 40 * shadow) * (1 - 0.75 * ink)
    photo += np.random.default_rng(0).normal(0, 4, ink.shape)
    return photo.clip(0, 255).astype(np.uint8)


numbers = make_numbers(3, n_digits=(4, 6), spacing=(0.15, 0.3), slant=8, random_state=3)
print("true numbers:", *numbers.target)

ink = Image.new("L", (560, 420))
for line, image in enumerate(numbers.images):
    ink.paste(enlarge(image, 8), (60 + 30 * line, 30 + 125 * line))
scribble = [(440 + 10 * k, 190 if k % 2 else 235) for k in range(10)]
ImageDraw.Draw(ink).line(scribble, fill=230, width=5, joint="curve")
photo = photograph(ink)

figure, ax = plt.subplots(figsize=(7, 5.3), layout="constrained")
ax.imshow(photo, cmap="gray", vmin=0, vmax=255)
ax.set_axis_off()
plt.show()

# %%
# Read the numbers
# ----------------
# :class:`~skdigits.reading.DigitReader` labels each pixel of the image: paper, digit,
# sign, other writing, rule or dark area. It groups digits into numbers and lines, and
# classifies them with the pretrained network. ``read`` takes a file name, a Pillow
# image or an array. You need not crop, invert or rotate the photo.

from skdigits.reading import DigitReader

reader = DigitReader()
reading = reader.read(photo)
print(reading.text)

figure, ax = plt.subplots(figsize=(7, 5.3), layout="constrained")
reading.plot(ax=ax)
plt.show()

# %%
# Lines, numbers, digits
# ----------------------
# A reading has lines, a line has numbers, and a number has digits. The confidence of a
# digit is the probability that it is a digit, and this one. Everything else is
# rejected, with the reason.

for number in reading.numbers:
    least = min(digit.confidence for digit in number.digits)
    print(f"{number.text:<6} at {number.box}, lowest confidence {least:.1f}")
for rejected in reading.rejected:
    print(f"rejected at {rejected.box}: {rejected.reason}")

# %%
# The classifier sees each digit framed like MNIST's images.

from skdigits.inspection import DigitsDisplay

DigitsDisplay.from_arrays(
    np.array([digit.image for digit in reading.digits]),
    [digit.label for digit in reading.digits],
)
plt.show()

# %%
# Read a table
# ------------
# The next sheet has a ruled table. It was rotated by two degrees, and a part of it is
# in the shadow.

width, height, n_columns = 150, 90, 4
marks = make_numbers(16, n_digits=(1, 2), spacing=(0.15, 0.25), random_state=3)
ink = Image.new("L", (100 + 4 * width, 100 + 4 * height))
pen = ImageDraw.Draw(ink)
for k in range(5):
    x, y = 50 + width * k, 50 + height * k
    pen.line((x, 50, x, 50 + 4 * height), fill=200, width=3)
    pen.line((50, y, 50 + 4 * width, y), fill=200, width=3)
for k, image in enumerate(marks.images):
    row, column = divmod(k, n_columns)
    if (row, column) not in [(1, 2), (3, 0)]:  # two cells stay empty
        mark = enlarge(image, 6)
        left = 50 + width * column + (width - mark.width) // 2
        top = 50 + height * row + (height - mark.height) // 2
        ink.paste(mark, (left, top), mark)
sheet = photograph(ink.rotate(2, Image.Resampling.BICUBIC))

# %%
# ``reading.tables`` holds the tables of the page. Cells are strings, and ``""`` is an
# empty cell.

reading = reader.read(sheet)
table = reading.tables[0]
print(table.to_frame())

# %%
# Cells are blue. Rejected objects are orange, here the rules.

figure, ax = plt.subplots(figsize=(7, 4.7), layout="constrained")
reading.plot(ax=ax)
plt.show()

# %%
# Count the correct numbers
# -------------------------
# A number is wrong as soon as one of its digits is. Digits that touch must be
# separated, which does not always succeed. Numbers from ``make_numbers`` come with the
# true labels, so you can count.

spacings = {"apart": (0.15, 0.4), "close": (0.02, 0.1), "overlapping": (-0.15, 0.0)}
for name, spacing in spacings.items():
    sample = make_numbers(12, n_digits=4, spacing=spacing, noise=0.05, random_state=0)
    pages = [enlarge(255 - image, 4) for image in sample.images]
    texts = [reader.read(page).text for page in pages]
    n_right = np.sum(texts == sample.target)
    print(f"{name}: {n_right} of 12 numbers are correct")

# %%
# Choose the minimum confidence
# -----------------------------
# Digits below ``min_confidence`` are rejected. For amounts of money choose a high
# value, and let a person check the rejected digits.

for min_confidence in (0.5, 0.9, 0.99):
    reading = DigitReader(min_confidence=min_confidence).read(photo)
    n_digits, n_rejected = len(reading.digits), len(reading.rejected)
    print(f"{min_confidence}: {n_digits} digits, {n_rejected} rejected")

# %%
# Always check the boxes and the rejected regions, and count the mistakes on photos like
# your own. :ref:`photos` describes what is read well. :ref:`command_line` shows how to
# read many photos.

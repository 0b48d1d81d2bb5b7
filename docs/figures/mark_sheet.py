"""A photo of a mark sheet, with the cells and digits that were found."""

import matplotlib.pyplot as plt
from PIL import Image, ImageDraw

from skdigits.datasets import make_numbers
from skdigits.reading import DigitReader

marks = make_numbers(12, n_digits=(1, 2), spacing=(0.15, 0.25), random_state=3)
sheet = Image.new("L", (560, 480), 255)
pen = ImageDraw.Draw(sheet)
for k, ink in enumerate(marks.images):
    x, y = 50 + 150 * (k % 3), 40 + 100 * (k // 3)
    pen.rectangle((x, y, x + 150, y + 100), outline=60, width=3)
    mark = Image.fromarray(255 - ink).resize((5 * ink.shape[1], 5 * ink.shape[0]))
    if k != 5:
        sheet.paste(mark, (x + 75 - mark.width // 2, y + 50 - mark.height // 2))
reading = DigitReader().read(sheet.rotate(2, fillcolor=255))
figure, ax = plt.subplots(figsize=(6, 5), layout="constrained")
reading.plot(ax=ax)

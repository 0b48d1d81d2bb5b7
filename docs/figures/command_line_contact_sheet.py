"""What ``skdigits predict scans --contact-sheet sheet.png`` draws."""

from pathlib import Path
from tempfile import TemporaryDirectory

import matplotlib.pyplot as plt
from PIL import Image
from typer.testing import CliRunner

from skdigits.cli import app
from skdigits.datasets import load_digits

digits = load_digits()
with TemporaryDirectory() as folder:
    scans, sheet = Path(folder, "scans"), Path(folder, "sheet.png")
    scans.mkdir()
    for name, index in zip("abcde", (0, 34, 5, 77, 1790), strict=True):
        scan = Image.fromarray(240 - 14 * digits.images[index])
        scan = scan.resize((80, 100), Image.Resampling.BICUBIC)
        scan.save(scans / f"{name}.png")
    arguments = ["predict", str(scans), "--contact-sheet", str(sheet)]
    CliRunner().invoke(app, arguments, catch_exceptions=False)
    picture = plt.imread(sheet)
height, width = picture.shape[:2]
figure = plt.figure(figsize=(6, 6 * height / width))
ax = figure.add_axes((0, 0, 1, 1))
ax.imshow(picture)
ax.set_axis_off()

"""
=================================
The drawing page and its JSON API
=================================

You learn to start the page on which people draw digits, and to send it images from a
program of your own.
"""

# sphinx_gallery_thumbnail_number = 2

# %%
# The page
# --------
# ``skdigits serve`` starts the page on your computer and prints its address. Draw with
# a mouse, a finger or a pen; the page shows the digits with boxes and probabilities.
# Nothing leaves the computer. In Python, :func:`~skdigits.app.create_app` returns the
# same page as a Flask application, which any WSGI server can run. This example needs no
# server: it uses Flask's test client.

from skdigits.app import create_app

client = create_app().test_client()
page = client.get("/")
print(page.status, page.content_type, f"{len(page.data):,} bytes")

# %%
# Draw digits
# -----------
# A pen leaves a list of points. These strokes are a 2, a 0 and a 7 with a dash, on a
# sheet 300 pixels wide.

import numpy as np
from PIL import Image, ImageDraw

angles = np.radians(np.arange(0, 361, 15))
strokes = [
    [(30, 55), (38, 36), (56, 28), (76, 36), (80, 56), (62, 86), (30, 120), (88, 118)],
    [(140 + 27 * np.sin(angle), 75 - 46 * np.cos(angle)) for angle in angles],
    [(198, 34), (232, 31), (268, 30), (248, 72), (228, 124)],
    [(216, 80), (264, 76)],
]


def draw(strokes, size=(300, 150)):
    """Return a picture of the strokes, dark on white."""
    sheet = Image.new("L", size, 255)
    pen = ImageDraw.Draw(sheet)
    for points in strokes:
        pen.line(points, fill=20, width=10, joint="curve")
        for x, y in (points[0], points[-1]):
            pen.ellipse((x - 5, y - 5, x + 5, y + 5), fill=20)
    return sheet


sheet = draw(strokes)

# %%
# Send an image
# -------------
# Send a PNG or JPEG image as the body of ``POST /api/read``. The answer is JSON. The
# page does the same after each stroke; here are the answers as the number grows.

from io import BytesIO

import matplotlib.pyplot as plt


def read(sheet):
    """Send a picture, and return the answer."""
    body = BytesIO()
    sheet.save(body, "PNG")
    answer = client.post("/api/read", data=body.getvalue(), content_type="image/png")
    return answer.get_json()


figure, axes = plt.subplots(1, 4, figsize=(11, 2), layout="constrained")
for ax, n_strokes in zip(axes, range(1, 5), strict=True):
    so_far = draw(strokes[:n_strokes])
    ax.imshow(so_far, cmap="gray")
    ax.set(xticks=[], yticks=[], title=f"predicted: {read(so_far)['text']}")
plt.show()

# %%
# The answer
# ----------
# Each digit has its box, its probabilities, its confidence, and the 28x28 pixels that
# the network saw, as a PNG image in base64. Tables are in ``answer["tables"]``.

import base64

answer = read(sheet)
digits = [
    digit
    for line in answer["lines"]
    for number in line["numbers"]
    for digit in number["digits"]
]
figure, axes = plt.subplots(
    2, len(digits), figsize=(9, 4), layout="constrained", height_ratios=[2, 1]
)
for (above, below), digit in zip(axes.T, digits, strict=True):
    seen = Image.open(BytesIO(base64.b64decode(digit["image"])))
    above.imshow(seen, cmap="gray_r")
    above.set(xticks=[], yticks=[])
    above.set_title(f"{digit['label']}, confidence {digit['confidence']:.2f}")
    below.bar(range(10), digit["probabilities"])
    below.set(xticks=range(10), ylim=(0, 1))
axes[1, 0].set_ylabel("probability")
plt.show()

# %%
# Drawings that are no digits
# ---------------------------
# Such drawings are rejected. The answer gives their boxes and the reasons. No reader is
# perfect: a part of a drawing may look like a digit, so check the confidence, too.

turn = np.linspace(0, 2 * np.pi, 60)
corner = np.arange(9)
across = np.linspace(-90, 90, 120)
height = (
    13 * np.cos(turn) - 5 * np.cos(2 * turn) - 2 * np.cos(3 * turn) - np.cos(4 * turn)
)
drawings = {
    "zigzag": (20 * corner - 80, 30 - 60 * (corner % 2)),
    "coil": (across + 22 * np.cos(across / 5), 30 * np.sin(across / 5)),
    "heart": (48 * np.sin(turn) ** 3, -3 * height),
}


def what_it_is(answer):
    """Say the first digit and its confidence, or why there is none."""
    if not answer["lines"]:
        return answer["rejected"][0]["reason"] if answer["rejected"] else "nothing"
    digit = answer["lines"][0]["numbers"][0]["digits"][0]
    return f"{digit['label']}, confidence {digit['confidence']:.2f}"


figure, axes = plt.subplots(1, 3, figsize=(9, 2), layout="constrained")
for ax, (name, (x, y)) in zip(axes, drawings.items(), strict=True):
    drawing = draw([list(zip(150 + x, 75 + y, strict=True))])
    answer = read(drawing)
    ax.imshow(drawing, cmap="gray")
    ax.set(xticks=[], yticks=[], title=f"{name}: {what_it_is(answer)}")
plt.show()

# %%
# A body that is no image is refused, with a reason:

refused = client.post("/api/read", data=b"hello", content_type="image/png")
print(refused.status, refused.get_json())

# %%
# Use the page to demonstrate a model, and its JSON API to call the model from any
# language. :func:`~skdigits.app.create_app` also takes a classifier of your own, or a
# :class:`~skdigits.reading.DigitReader` with a higher minimum confidence.
# :ref:`drawing_page` describes the API.

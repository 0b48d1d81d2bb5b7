"""
=====================================
A report to look at, and to hand over
=====================================

You learn to write all there is to say about a classifier into one page that opens in
any browser, without network, and what stands in it.
"""

# %%
# A classifier and test images
# ----------------------------
# The report is about a fitted classifier and images that it was not trained on.

from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

from skdigits.datasets import load_digits
from skdigits.neural_network import NumpyMLPClassifier
from skdigits.preprocessing import PixelScaler

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(
    X, y, train_size=300, stratify=y, random_state=0
)
network = make_pipeline(PixelScaler(), NumpyMLPClassifier((32,), random_state=0))
network.fit(X_train, y_train)

# %%
# One file
# --------
# :func:`~skdigits.report.write_report` computes and draws everything, and puts it into
# one HTML file. (In your own project the folder is one of yours.)

import tempfile
from pathlib import Path

from skdigits.report import write_report

with tempfile.TemporaryDirectory() as folder:
    path = write_report(
        network, X_test, y_test, Path(folder, "report.html"), title="My first network"
    )
    html = path.read_text(encoding="utf-8")
print(f"{path.name}: {len(html):,} characters, for {len(X_test):,} images")

# %%
# How it looks
# ------------
# This is the report itself, in a frame. Click on a count of the confusion matrix: it
# opens the images behind it.

from html import escape


class Frame:
    """A page inside a page, for notebooks and for this gallery."""

    def __init__(self, html):
        self.html = html

    def __repr__(self):
        return "the report"

    def _repr_html_(self):
        return (
            '<iframe title="report" sandbox="allow-scripts" width="100%" height="640" '
            f'srcdoc="{escape(self.html)}"></iframe>'
        )


Frame(html)

# %%
# What stands in it
# -----------------
# Facts on the data; the scores of each digit, with the interval in which the accuracy
# lies; the confusion matrix; the worst mistakes; whether the probabilities are honest;
# how the training went; and parameters, versions and sums, by which others can tell
# that they have the same model and the same data.

import re
from html import unescape

for heading in re.findall(r"<h2[^>]*>(.+?)</h2>", html, re.DOTALL):
    print(unescape(heading).strip())

# %%
# All images are in it as well, in a single picture from which the page cuts what it
# shows. That is why the file stays small, and needs no other.

import base64
from io import BytesIO

import matplotlib.pyplot as plt
from PIL import Image

(sprite,) = re.findall(r"data:image/png;base64,([A-Za-z0-9+/=]+)", html)
figure, ax = plt.subplots(figsize=(6, 6), layout="constrained")
ax.imshow(Image.open(BytesIO(base64.b64decode(sprite))), cmap="gray")
ax.set_axis_off()
plt.show()

# %%
# What else it counts on
# ----------------------
# The sums are those of :func:`~skdigits.report.checksum`. Who gets the report, the data
# and the model can compute them again.

from skdigits.report import checksum

print("the sum of the images is in the report:", checksum(X_test) in html)

# %%
# Numbers convince less than images do. Look at the worst mistakes before you believe an
# accuracy, and hand over both.

"""
====================================
Write an HTML report of a classifier
====================================

You learn to write the scores, the confusion matrix and the mistakes of a classifier
into one HTML file, which opens in any browser without network.
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
# :func:`~skdigits.report.write_report` computes and plots everything, and writes one
# HTML file. Use a folder of your own instead of the temporary one.

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
# The report
# ----------
# This is the report itself, in a frame. Click on a count in the confusion matrix to see
# the images behind it.

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
# Contents of the report
# ----------------------
# The report begins with the scores of each digit, the confusion matrix and the worst
# mistakes. Suspected labels, calibration, training history and facts about the data
# follow. Parameters, versions and checksums let others verify that they have the same
# model and data.

import re
from html import unescape

for heading in re.findall(r"<h2[^>]*>(.+?)</h2>", html, re.DOTALL):
    print(unescape(heading).strip())

# %%
# A figure of your own
# --------------------
# The same predictions as a figure, for a paper or a slide:

import matplotlib.pyplot as plt
from sklearn.metrics import ConfusionMatrixDisplay

figure, ax = plt.subplots(figsize=(5.5, 5.5), layout="constrained")
ConfusionMatrixDisplay.from_estimator(
    network, X_test, y_test, colorbar=False, cmap="Blues", ax=ax
)
plt.show()

# %%
# Checksums
# ---------
# The report holds the checksums of :func:`~skdigits.report.checksum`. With the same
# data and model, anybody can compute them again.

from skdigits.report import checksum

images = checksum(X_test)
print(f"Checksum of the images: {images[:16]}..., in the report: {html.count(images)}")

# %%
# Look at the worst mistakes before you trust an accuracy, and share both.
# :ref:`mistakes` describes the parts of the report.

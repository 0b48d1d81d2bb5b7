"""Accuracy of one network on the same digits, with one mistake each."""

import warnings

import matplotlib.pyplot as plt

from skdigits.datasets import load_digits
from skdigits.persistence import load_pretrained
from skdigits.preprocessing import DigitNormalizer

X, y = load_digits(return_X_y=True)
X, y = X[:500], y[:500]
framed = DigitNormalizer(polarity="bright").fit_transform(X)
pictures = framed.reshape(-1, 28, 28)
network = load_pretrained()
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of pixels from 0 to 1 and of inverted ink
    scores = {
        "as trained": network.score(framed, y),
        "pixels from 0 to 1": network.score(framed / 255, y),
        "inverted ink": network.score(255 - framed, y),
        "flipped": network.score(pictures[:, :, ::-1], y),
        "on its side": network.score(pictures.transpose(0, 2, 1), y),
    }
figure, ax = plt.subplots(figsize=(7, 2.8), layout="constrained")
bars = ax.barh(list(scores), list(scores.values()), color="#1f5f99")
texts = [f"{score:.0%}" for score in scores.values()]
ax.bar_label(bars, texts, fontsize=13, padding=4)
ax.invert_yaxis()
ax.set(xlim=(0, 1.15), xticks=[])
ax.tick_params("y", length=0, labelsize=14)
ax.spines[["top", "right", "bottom"]].set_visible(False)
ax.set_title("Accuracy", fontsize=14)

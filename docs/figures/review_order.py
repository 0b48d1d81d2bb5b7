"""The bundled digits of which the pretrained network is least certain."""

import matplotlib.pyplot as plt

from skdigits.datasets import load_digits
from skdigits.persistence import load_pretrained
from skdigits.preprocessing import DigitNormalizer

framed = DigitNormalizer(polarity="bright").fit_transform(load_digits().data)
probabilities = load_pretrained().predict_proba(framed)
confidence = probabilities.max(axis=1)
figure, axes = plt.subplots(2, 5, figsize=(7, 3.7), layout="constrained")
for ax, index in zip(axes.flat, confidence.argsort(), strict=False):
    ax.imshow(framed[index].reshape(28, 28), cmap="gray_r")
    proposal = probabilities[index].argmax()
    ax.set_title(f"{proposal}?  {confidence[index]:.0%}", fontsize=15)
    ax.set(xticks=[], yticks=[])

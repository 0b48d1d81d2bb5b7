"""Bundled digits that the pretrained network misclassifies."""

import matplotlib.pyplot as plt

from skdigits.datasets import load_digits
from skdigits.inspection import MisclassifiedDisplay
from skdigits.persistence import load_pretrained
from skdigits.preprocessing import DigitNormalizer

X, y = load_digits(return_X_y=True)
framed = DigitNormalizer(polarity="bright").fit_transform(X)
figure, ax = plt.subplots(figsize=(6, 4), layout="constrained")
MisclassifiedDisplay.from_estimator(load_pretrained(), framed, y, n_images=8, ax=ax)

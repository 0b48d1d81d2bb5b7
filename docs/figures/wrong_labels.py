"""The most suspicious of some wrong labels."""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.neighbors import KNeighborsClassifier

from skdigits.datasets import load_digits
from skdigits.model_selection import find_label_errors

X, y = load_digits(return_X_y=True)
rng = np.random.default_rng(0)
wrong = rng.choice(len(y), 200, replace=False)
y[wrong] = (y[wrong] + rng.integers(1, 10, 200)) % 10
errors = find_label_errors(KNeighborsClassifier(10), X, y, n_errors=10)
figure, axes = plt.subplots(2, 5, figsize=(7, 3.6), layout="constrained")
for ax, error in zip(axes.flat, errors.frame.itertuples(), strict=True):
    ax.imshow(X[error.index].reshape(8, 8), cmap="gray_r")
    ax.set(xticks=[], yticks=[])
    ax.set_title(f"{error.given}, or {error.suggested}?", fontsize=15)

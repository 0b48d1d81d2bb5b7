"""Suspected label errors among the bundled digits, 50 of whose labels are wrong."""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.neighbors import KNeighborsClassifier

from skdigits.datasets import load_digits
from skdigits.inspection import LabelErrorsDisplay
from skdigits.model_selection import find_label_errors

X, y = load_digits(return_X_y=True)
rng = np.random.default_rng(0)
wrong = rng.choice(len(y), 50, replace=False)
given = y.copy()
given[wrong] = (y[wrong] + rng.integers(1, 10, 50)) % 10
errors = find_label_errors(KNeighborsClassifier(10), X, given)
figure, ax = plt.subplots(figsize=(6, 3.4), layout="constrained")
LabelErrorsDisplay.from_label_errors(errors, X, n_images=10, ax=ax)

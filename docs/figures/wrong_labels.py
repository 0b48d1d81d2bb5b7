"""The most suspicious of some wrong labels."""

import numpy as np
from sklearn.neighbors import KNeighborsClassifier

from skdigits.datasets import load_digits
from skdigits.inspection import LabelErrorsDisplay
from skdigits.model_selection import find_label_errors

X, y = load_digits(return_X_y=True)
rng = np.random.default_rng(0)
wrong = rng.choice(len(y), 200, replace=False)
y[wrong] = (y[wrong] + rng.integers(1, 10, 200)) % 10
errors = find_label_errors(KNeighborsClassifier(10), X, y, n_errors=10)
display = LabelErrorsDisplay.from_label_errors(errors, X)
display.figure_.set_size_inches(7, 3.2)

"""The worst errors of a logistic regression on the bundled digits."""

import matplotlib.pyplot as plt
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

from skdigits.datasets import load_digits
from skdigits.inspection import MisclassifiedDisplay
from skdigits.preprocessing import PixelScaler

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)
linear = make_pipeline(PixelScaler(), LogisticRegression(max_iter=1000))
linear.fit(X_train, y_train)
figure, ax = plt.subplots(figsize=(6, 4), layout="constrained")
display = MisclassifiedDisplay.from_estimator(linear, X_test, y_test, n_images=8, ax=ax)

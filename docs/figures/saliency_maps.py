"""What a logistic regression looks at, by occlusion."""

import matplotlib.pyplot as plt
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from skdigits.datasets import load_digits
from skdigits.inspection import OcclusionDisplay
from skdigits.preprocessing import PixelScaler

X, y = load_digits(return_X_y=True)
linear = make_pipeline(PixelScaler(), LogisticRegression(max_iter=1000))
linear.fit(X[100:], y[100:])
figure, ax = plt.subplots(figsize=(6, 4), layout="constrained")
OcclusionDisplay.from_estimator(linear, X[:8], ax=ax)

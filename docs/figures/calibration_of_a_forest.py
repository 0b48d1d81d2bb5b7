"""Accuracy by predicted probability, of a forest before and after calibration."""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import cross_val_predict

from skdigits.datasets import load_digits

X, y = load_digits(return_X_y=True)
forest = RandomForestClassifier(25, random_state=0)
calibrated = CalibratedClassifierCV(forest, method="sigmoid", ensemble=False, cv=3)

figure, ax = plt.subplots(figsize=(5, 4.2), layout="constrained")
ax.plot([0, 1], [0, 1], "--", color="grey", label="perfect calibration")
for name, classifier, style in (
    ("forest", forest, "s-"),
    ("calibrated forest", calibrated, "o-"),
):
    probabilities = cross_val_predict(classifier, X, y, cv=3, method="predict_proba")
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == y
    bins = np.digitize(confidence, np.arange(0.3, 1, 0.1))
    many = [k for k in np.unique(bins) if (bins == k).sum() >= 20]
    x = [confidence[bins == k].mean() for k in many]
    ax.plot(x, [right[bins == k].mean() for k in many], style, label=name)
ax.set(xlim=(0.2, 1.02), ylim=(0.2, 1.02))
ax.set_xlabel("predicted probability", fontsize=13)
ax.set_ylabel("accuracy", fontsize=13)
ax.legend(loc="lower right", fontsize=12)

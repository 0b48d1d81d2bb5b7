"""Loss per epoch on training and on validation images, of a network that overfits."""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

from skdigits.datasets import load_digits

X, y = load_digits(return_X_y=True)
X_train, X_val, y_train, y_val = train_test_split(
    X / 16, y, train_size=150, stratify=y, random_state=0
)
network = MLPClassifier((64,), learning_rate_init=0.02, alpha=0, random_state=0)
training, validation = [], []
for _ in range(40):
    network.partial_fit(X_train, y_train, classes=range(10))
    training.append(log_loss(y_train, network.predict_proba(X_train)))
    validation.append(log_loss(y_val, network.predict_proba(X_val)))
epochs, best = np.arange(1, 41), int(np.argmin(validation))
_, ax = plt.subplots(figsize=(6, 3.6), layout="constrained")
ax.plot(epochs, training, "--", color="#c05000", label="training images")
ax.plot(epochs, validation, "-", color="#1f5f99", label="validation images")
ax.plot(best + 1, validation[best], "o", color="#1f5f99", ms=8)
ax.annotate(
    "early stopping keeps\nthis epoch",
    (best + 1, validation[best]),
    (best + 3, validation[best] + 0.5),
    arrowprops={"arrowstyle": "->"},
    fontsize=12,
)
ax.set_xlabel("Epoch", fontsize=12)
ax.set_ylabel("Loss", fontsize=12)
ax.set_ylim(0)
ax.legend(fontsize=12)

"""
======================================
A neural network from scratch in NumPy
======================================

You learn how a neural network for digits works, from the loss to backpropagation, in a
few lines of NumPy. The networks of scikit-learn and Keras do the same.
"""

# %%
# The digits
# ----------

import matplotlib.pyplot as plt
import numpy as np
from sklearn.model_selection import train_test_split

from skdigits.datasets import load_digits
from skdigits.preprocessing import PixelScaler

X, y = load_digits(return_X_y=True)
X = PixelScaler(white_level=16).fit_transform(X)
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)

# %%
# Softmax regression
# ------------------
# The smallest network has a template for each class, with one weight for each pixel.
# The score of a class is the ink on its template. The softmax turns scores into
# probabilities. Training changes the templates in small steps, so that the probability
# of the true class grows. The gradient of the loss with respect to the scores is simply
# the probabilities minus the one-hot labels:

weights, intercepts = np.zeros((64, 10)), np.zeros(10)
one_hot = np.eye(10)[y_train]


def softmax(scores):
    exponentials = np.exp(scores - scores.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)


for step in range(301):
    probabilities = softmax(X_train @ weights + intercepts)
    slope = (probabilities - one_hot) / len(X_train)
    if step % 100 == 0:
        accuracy = ((X_test @ weights + intercepts).argmax(axis=1) == y_test).mean()
        print(f"step {step:>3}: accuracy {accuracy:.3f}")
    weights -= 1.0 * X_train.T @ slope
    intercepts -= 1.0 * slope.sum(axis=0)

# %%
# The learned templates: ink on red pixels speaks for the digit, ink on blue pixels
# against it.

from skdigits.inspection import DigitsDisplay

DigitsDisplay.from_arrays(weights.T, range(10), n_columns=5)
plt.show()

# %%
# Hidden layers and backpropagation
# ---------------------------------
# A hidden layer between pixels and scores computes features, from which the templates
# are built. Its gradient is that of the scores, passed back through the weights. This
# is backpropagation, in two more lines. Compare it with a numerical derivative:

rng = np.random.default_rng(0)
first, second = rng.normal(0, 0.2, (64, 32)), rng.normal(0, 0.2, (32, 10))
images, targets = X_train[:50].astype(float), one_hot[:50]


def loss(first, second):
    hidden = np.maximum(images @ first, 0)
    return -np.log(softmax(hidden @ second)[targets == 1]).mean()


hidden = np.maximum(images @ first, 0)
slope = (softmax(hidden @ second) - targets) / len(images)
slope_of_second = hidden.T @ slope
slope_of_first = images.T @ (slope @ second.T * (hidden > 0))

nudge = np.zeros_like(first)
nudge[20, 3] = 1e-6
measured = (loss(first + nudge, second) - loss(first - nudge, second)) / 2e-6
print(f"by backpropagation {slope_of_first[20, 3]:.9f}, measured {measured:.9f}")

# %%
# The same as a classifier
# ------------------------
# :class:`~skdigits.neural_network.NumpyMLPClassifier` is this network as a scikit-learn
# classifier, with mini-batches and the Adam optimizer. Its source code is meant to be
# read. Compare it with the networks of scikit-learn and of Keras
# (:class:`~skdigits.neural_network.KerasMLPClassifier`), all with 64 hidden units, 20
# epochs and batches of 32.

from time import perf_counter

from sklearn.neural_network import MLPClassifier

from skdigits.inspection import TrainingHistoryDisplay
from skdigits.neural_network import KerasMLPClassifier, NumpyMLPClassifier

networks = {
    "NumPy": NumpyMLPClassifier((64,), batch_size=32, random_state=0),
    "scikit-learn": MLPClassifier(
        (64,),
        batch_size=32,
        learning_rate_init=0.005,
        max_iter=20,
        n_iter_no_change=20,
        random_state=0,
    ),
    "Keras": KerasMLPClassifier(
        (64,), batch_size=32, learning_rate=0.005, max_epochs=20, random_state=0
    ),
}

# %%
# scikit-learn's network warns if it stops before it has converged. Here it stops on
# purpose, so the warning is ignored.

import warnings

from sklearn.exceptions import ConvergenceWarning

with warnings.catch_warnings():
    warnings.simplefilter("ignore", ConvergenceWarning)
    for name, network in networks.items():
        start = perf_counter()
        network.fit(X_train, y_train)
        seconds = perf_counter() - start
        accuracy = network.score(X_test, y_test)
        print(f"{name:<12} accuracy {accuracy:.3f}, {seconds:.1f} s")

# %%
# Most of Keras' time is the import of TensorFlow and the construction of the network.
# The losses fall alike:

losses = {name: {"loss": network.loss_curve_} for name, network in networks.items()}
TrainingHistoryDisplay.from_arrays(losses)
plt.show()

# %%
# Weights of the hidden units
# ---------------------------
# Some of the weights between pixels and hidden units: parts of strokes, edges, and
# patterns without a name. An empty one is a dead unit. No image activates it any more,
# and the penalty on large weights has shrunk its weights.

DigitsDisplay.from_arrays(networks["NumPy"].coefs_[0].T, n_images=30)
plt.show()

# %%
# All three libraries reach about the same accuracy, and differ in speed and options.
# None of these networks knows which pixels are neighbors. Convolutions add that:
# :ref:`sphx_glr_auto_examples_neural_networks_plot_convolutional_networks.py`.

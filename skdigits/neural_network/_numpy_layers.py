"""The mathematics of the multi-layer perceptron, in nothing but NumPy.

Written to be read from top to bottom, in small functions that know nothing of
scikit-learn; the classifier that runs them over the images is in `_numpy_mlp`.

In the shapes, n is the number of images at hand. Layer k turns ``inputs[k]``, one row
for each image, into ``inputs[k] @ coefs[k] + intercepts[k]``.
"""

from collections.abc import Sequence
from itertools import pairwise
from math import sqrt

import numpy as np

Arrays = list[np.ndarray]


def initial_parameters(
    sizes: Sequence[int], dtype: np.dtype, random_state: np.random.RandomState
) -> tuple[Arrays, Arrays]:
    """Draw the coefficients and intercepts of layers between the given sizes."""
    # He et al.: with this spread, signals neither fade nor grow from ReLU to ReLU.
    coefs = [
        random_state.normal(scale=sqrt(2 / n_in), size=(n_in, n_out)).astype(dtype)
        for n_in, n_out in pairwise(sizes[:-1])
    ]
    # The output layer starts undecided: all classes are equally probable.
    coefs.append(np.zeros(sizes[-2:], dtype))
    return coefs, [np.zeros(n_out, dtype) for n_out in sizes[1:]]


def forward(
    X: np.ndarray, coefs: Arrays, intercepts: Arrays
) -> tuple[Arrays, np.ndarray]:
    """Return the inputs of all layers and the log-probabilities (n, n_classes)."""
    inputs = [X]
    for coef, intercept in zip(coefs[:-1], intercepts[:-1], strict=True):
        inputs.append(np.maximum(inputs[-1] @ coef + intercept, 0))  # ReLU
    scores = inputs[-1] @ coefs[-1] + intercepts[-1]
    # The softmax is exp(scores) / sum(exp(scores)). A shift of all scores of an image
    # cancels out; with 0 as the largest one, exp cannot overflow.
    scores -= scores.max(axis=1, keepdims=True)
    return inputs, scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))


def loss_and_gradients(
    X: np.ndarray,
    targets: np.ndarray,
    sample_weight: np.ndarray,
    coefs: Arrays,
    intercepts: Arrays,
    alpha: float,
) -> tuple[float, Arrays, Arrays]:
    """Return the loss and its gradients by each of the coefs and of the intercepts.

    The loss is the mean over the images of weight times cross-entropy, plus
    ``alpha / 2`` times the sum of the squared coefs. The targets (n,) are the numbers
    of the true classes.
    """
    true_class = np.arange(len(X)), targets
    inputs, log_probabilities = forward(X, coefs, intercepts)
    loss = -np.mean(sample_weight * log_probabilities[true_class])
    loss += alpha / 2 * sum(np.square(coef).sum() for coef in coefs)

    # Backpropagation: `error` is the derivative of the loss by the sums that a layer
    # computes. Softmax and cross-entropy together make it, for the output layer, as
    # simple as "predicted minus true probability".
    error = np.exp(log_probabilities)
    error[true_class] -= 1
    error *= sample_weight[:, np.newaxis] / len(X)
    coef_gradients: Arrays = []
    intercept_gradients: Arrays = []
    for layer in reversed(range(len(coefs))):
        coef_gradients.insert(0, inputs[layer].T @ error + alpha * coefs[layer])
        intercept_gradients.insert(0, error.sum(axis=0))
        if layer > 0:
            # Back through the layer's coefs, then through the ReLU before it, whose
            # derivative is 1 where it let the signal pass and 0 elsewhere.
            error = (error @ coefs[layer].T) * (inputs[layer] > 0)
    return float(loss), coef_gradients, intercept_gradients


class Adam:
    """Gradient descent that gives each parameter its own step length.

    It follows a running mean of the gradients, divided by the root of the running
    mean of their squares. Kingma & Ba call the constants beta 1, beta 2 and epsilon.
    """

    MEMORY, SQUARES_MEMORY, TINY = 0.9, 0.999, 1e-8

    def __init__(self, parameters: Arrays):
        self.parameters = parameters
        self.means = [np.zeros_like(parameter) for parameter in parameters]
        self.squares = [np.zeros_like(parameter) for parameter in parameters]
        self.n_steps = 0

    def step(self, gradients: Arrays, learning_rate: float) -> None:
        """Move the parameters, in place."""
        self.n_steps += 1
        # Running means that start at 0 are too small at first; this makes up for it.
        learning_rate *= sqrt(1 - self.SQUARES_MEMORY**self.n_steps)
        learning_rate /= 1 - self.MEMORY**self.n_steps
        for parameter, gradient, mean, square in zip(
            self.parameters, gradients, self.means, self.squares, strict=True
        ):
            mean += (1 - self.MEMORY) * (gradient - mean)
            square += (1 - self.SQUARES_MEMORY) * (gradient * gradient - square)
            parameter -= learning_rate * mean / (np.sqrt(square) + self.TINY)

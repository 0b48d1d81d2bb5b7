"""
========================================
One-hot labels, and when not to use them
========================================

You learn what one-hot labels are, where a network needs them, and why you should not
pass them to a scikit-learn classifier: it silently solves another problem, multilabel
classification.
"""

# %%
# What one-hot labels are
# -----------------------
# Digits are names of classes, not quantities: a 9 is not three times a 3. One-hot
# labels have a column for each class, with a 1 in the column of the true class and 0
# elsewhere.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.model_selection import train_test_split

from skdigits.datasets import load_digits

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(
    X / 16, y, stratify=y, random_state=0
)

one_hot = np.eye(10)[y_train]

figure, ax = plt.subplots(figsize=(7, 3.5), layout="constrained")
ax.imshow(one_hot[:20].T, cmap="gray_r")
ax.set(xlabel="image, with its label", ylabel="column", yticks=range(10))
ax.set_xticks(range(20), y_train[:20])
plt.show()

# %%
# Inside a network
# ----------------
# A network has an output for each class. With probabilities ``p`` and one-hot labels
# ``t``, the cross-entropy loss is ``-sum(t * log(p))``, and its gradient with respect
# to the logits is ``p - t``. All terms but one are zero, so an integer label gives the
# same loss. Keras calls the two forms "categorical" and "sparse categorical"
# cross-entropy.

rng = np.random.default_rng(0)
scores = rng.normal(size=(len(y_train), 10))
p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)

with_one_hot = -(one_hot * np.log(p)).sum(axis=1).mean()
with_index = -np.log(p[np.arange(len(p)), y_train]).mean()
print(f"{with_one_hot:.12f} with one-hot labels\n{with_index:.12f} with indices")

# %%
# :class:`~skdigits.neural_network.NumpyMLPClassifier` encodes labels itself. Like all
# classifiers of scikit-learn, it takes labels as they are, numbers or strings.

from skdigits.neural_network import NumpyMLPClassifier

words = np.array(
    ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
)
network = NumpyMLPClassifier((32,), random_state=0).fit(X_train, words[y_train])
accuracy = network.score(X_test, words[y_test])
print(network.predict(X_test[:5]), f"accuracy {accuracy:.3f}")

# %%
# One-hot labels as y
# -------------------
# To scikit-learn, a ``y`` with ten columns is multilabel: ten yes-or-no questions, "is
# it a 0?", "is it a 1?" and so on. An image can then have several labels, or none. The
# same forest, fitted to both kinds of labels:

from sklearn.ensemble import RandomForestClassifier

forest = RandomForestClassifier(n_estimators=100, random_state=0)
plain = forest.fit(X_train, y_train).predict(X_test)
answers = forest.fit(X_train, one_hot).predict(X_test)
n_digits = answers.sum(axis=1)
print(f"plain labels:   accuracy {(plain == y_test).mean():.3f}")
exact = (answers == np.eye(10)[y_test]).all(axis=1).mean()
print(f"one-hot labels: accuracy {exact:.3f}")
for n in range(3):
    print(f"{(n_digits == n).sum():>4} images with {n} predicted labels")

# %%
# Fitted to one-hot labels, the forest predicts no digit at all for many images: for
# none of the ten did more than half of its trees vote. Here are some of them. The
# predictions of the forest with plain labels are below, and are mostly correct:

from skdigits.inspection import DigitsDisplay

nothing = n_digits == 0
DigitsDisplay.from_arrays(X_test[nothing], y_test[nothing], plain[nothing], n_images=20)
plt.show()

# %%
# The ``argmax`` of the ten probabilities would give one label again. Scoring,
# cross-validation and stratified splits would still treat the problem as multilabel.
# The classifiers of skdigits refuse such labels:

try:
    network.fit(X_train, one_hot)
except ValueError as error:
    print(f"ValueError: {error}")

# %%
# If your labels come as one-hot rows, convert them first:

print(one_hot.argmax(axis=1)[:10], y_train[:10])

# %%
# One-hot encoding belongs inside the network. Pass labels with one number or string for
# each image. Next:
# :ref:`sphx_glr_auto_examples_neural_networks_plot_network_from_scratch.py`.

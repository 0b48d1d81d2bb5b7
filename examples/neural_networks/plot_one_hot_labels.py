"""
===============================
One-hot labels, and when not to
===============================

You learn what one-hot labels are, where a network needs them, and why you should not
give them to a classifier of scikit-learn: it would solve another problem, without a
word.
"""

# sphinx_gallery_thumbnail_number = 2

# %%
# A row of zeros and a one
# ------------------------
# Digits are names here, not quantities: a 9 is not three times a 3. One-hot labels say
# so. They have a column for each class, with a 1 in the column of the right one.

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
# Where they are needed: inside
# -----------------------------
# A network has an output for each class, and is to be told what each should have been.
# With probabilities ``p``, one-hot labels ``t``, the loss is the cross-entropy
# ``-sum(t * log(p))``, and its gradient is just ``p - t``. All but one of the terms are
# zero, so the label itself, as an index, gives the same number. That is what libraries
# do: Keras calls the two "categorical" and "sparse categorical" cross-entropy.

rng = np.random.default_rng(0)
scores = rng.normal(size=(len(y_train), 10))
p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)

with_one_hot = -(one_hot * np.log(p)).sum(axis=1).mean()
with_index = -np.log(p[np.arange(len(p)), y_train]).mean()
print(f"{with_one_hot:.12f} with one-hot labels\n{with_index:.12f} with indices")

# %%
# :class:`~skdigits.neural_network.NumpyMLPClassifier` does it inside. It takes labels
# as they are, numbers or words, and so do all classifiers of scikit-learn.

from skdigits.neural_network import NumpyMLPClassifier

words = np.array(
    ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
)
network = NumpyMLPClassifier((32,), random_state=0).fit(X_train, words[y_train])
accuracy = network.score(X_test, words[y_test])
print(network.predict(X_test[:5]), f"accuracy {accuracy:.3f}")

# %%
# Where they do harm: outside
# ---------------------------
# To scikit-learn, a label with ten columns means ten questions, each with yes or no:
# "is it a 0?", "is it a 1?", and so on. This is multilabel classification, in which
# an image can be several things, or nothing. The same forest, given both kinds:

from sklearn.ensemble import RandomForestClassifier

forest = RandomForestClassifier(n_estimators=100, random_state=0)
plain = forest.fit(X_train, y_train).predict(X_test)
answers = forest.fit(X_train, one_hot).predict(X_test)
n_digits = answers.sum(axis=1)
print(f"labels:  {(plain == y_test).mean():.3f} right")
print(f"one-hot: {(answers == np.eye(10)[y_test]).all(axis=1).mean():.3f} right")
for n in range(3):
    print(f"{(n_digits == n).sum():>4} images were said to be {n} digits")

# %%
# Trained on one-hot labels, the forest says of many images that they are no digit at
# all: for none of the ten did more than half of its trees say yes. These are some of
# them, with what the forest of plain labels reads, mostly rightly:

from skdigits.inspection import DigitsDisplay

nothing = n_digits == 0
DigitsDisplay.from_arrays(X_test[nothing], y_test[nothing], plain[nothing], n_images=20)
plt.show()

# %%
# An ``argmax`` over its ten probabilities would mend the answers, but scoring, cross-
# validation and stratified splits would still see the other problem. The classifiers of
# skdigits refuse such labels, and say why:

try:
    network.fit(X_train, one_hot)
except ValueError as error:
    print(f"ValueError: {error}")

# %%
# If labels come as one-hot rows, from a file or a tutorial, take them back first:

print(one_hot.argmax(axis=1)[:10], y_train[:10])

# %%
# One-hot labels are a way to write down a loss, and belong into the network. Labels of
# data are one number or one word for an image.

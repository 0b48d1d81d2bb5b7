"""
========================================
Kaggle: from train.csv to submission.csv
========================================

You learn to train on the file of Kaggle's "Digit Recognizer", to predict its test
images, and to write the file that is sent back.
"""

# %%
# Two files
# ---------
# ``train.csv`` has a column of labels and one for each pixel, ``test.csv`` only pixels.
# Files of the same form are made from the bundled 8x8 digits here; use Kaggle's in your
# own project.

import tempfile
from pathlib import Path

import numpy as np
from sklearn.model_selection import train_test_split

from skdigits.datasets import load_digits

digits = load_digits()
X_train, X_test, y_train, y_test = train_test_split(
    digits.data, digits.target, stratify=digits.target, random_state=0
)
folder = tempfile.TemporaryDirectory()
files = {
    Path(folder.name, "train.csv"): (
        ["label", *digits.feature_names],
        np.column_stack([y_train, X_train]),
    ),
    Path(folder.name, "test.csv"): (digits.feature_names, X_test),
}
for path, (names, table) in files.items():
    np.savetxt(path, table, "%d", delimiter=",", header=",".join(names), comments="")
    print(path.name, table.shape)

# %%
# Train
# -----
# :func:`~skdigits.datasets.load_csv` reads both files. Which classifier is best is
# chosen on training images only, by cross-validation.

from skdigits.datasets import load_csv
from skdigits.model_selection import compare_classifiers, digit_classifiers

X, y = load_csv(Path(folder.name, "train.csv"), return_X_y=True)
ready = digit_classifiers(random_state=0)
names = ["Logistic regression", "k-NN", "SVM (RBF)"]
comparison = compare_classifiers({name: ready[name] for name in names}, X, y, cv=3)
for name, scores in zip(comparison.names, comparison.test_scores, strict=True):
    print(f"{name}: {scores.mean():.3f}")
best = ready[comparison.names[np.argmax([s.mean() for s in comparison.test_scores])]]

# %%
# Predict
# -------
# The submission has two columns: the number of the image, from 1, and its label.

best.fit(X, y)
labels = best.predict(load_csv(Path(folder.name, "test.csv")).data)
submission = Path(folder.name, "submission.csv")
np.savetxt(
    submission,
    np.column_stack([np.arange(1, len(labels) + 1), labels]),
    "%d",
    delimiter=",",
    header="ImageId,Label",
    comments="",
)
print(*submission.read_text(encoding="utf-8").splitlines()[:4], sep="\n")

# %%
# Look before you send
# --------------------
# No labels of the test images are known, but the images can be looked at. Here are the
# first ones, under the labels of the submission.

import matplotlib.pyplot as plt

from skdigits.inspection import DigitsDisplay

DigitsDisplay.from_arrays(X_test[:30], labels[:30])
plt.show()
folder.cleanup()

# %%
# The command line does the same: ``skdigits train --data train.csv`` and ``skdigits
# predict test.csv --model model.skops --output submission.csv``.

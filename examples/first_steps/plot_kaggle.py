"""
===========================================================
Kaggle's Digit Recognizer: from train.csv to submission.csv
===========================================================

You learn to train on the file of Kaggle's "Digit Recognizer" competition, to predict
its test images, and to write the file that you submit.
"""

# %%
# The two files
# -------------
# ``train.csv`` has a column of labels and a column for each pixel, ``test.csv`` only
# the pixels. This example writes files of the same layout from the bundled 8x8 digits.
# Use Kaggle's files in your own project.

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
# Compare classifiers by cross-validation
# ---------------------------------------
# :func:`~skdigits.datasets.load_csv` reads both files. Select the classifier on the
# training images only, by cross-validation.

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
# Predict and write the submission
# --------------------------------
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
# Look at the predictions
# -----------------------
# The labels of the test images are unknown, but you can look at the images. These are
# the first ones, with their predicted labels.

import matplotlib.pyplot as plt

from skdigits.inspection import DigitsDisplay

DigitsDisplay.from_arrays(X_test[:8], labels[:8], n_columns=4)
plt.show()
folder.cleanup()

# %%
# The command line does the same: ``skdigits train --data train.csv`` and ``skdigits
# predict test.csv --model model.skops --output submission.csv``. See :ref:`kaggle` for
# the whole competition.

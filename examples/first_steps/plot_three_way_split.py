"""
==========================================
Three parts: to train, to choose, to judge
==========================================

You learn why a project needs three sets of images, how to draw them so that each has
all digits in equal parts, and what it costs to choose with the images that should
judge.
"""

# %%
# The split
# ---------
# Models are fitted to the training images, chosen by their score on the validation
# images, and judged, once, on the test images.
# :func:`~skdigits.model_selection.train_val_test_split` draws all three at once, at
# random, but with the same share of each digit in each, because of ``stratify``.

from skdigits.datasets import load_digits
from skdigits.model_selection import train_val_test_split

X, y = load_digits(return_X_y=True)
X_train, X_val, X_test, y_train, y_val, y_test = train_val_test_split(
    X, y, stratify=y, random_state=0
)
print(f"{len(X_train)} to train, {len(X_val)} to choose, {len(X_test)} to judge")

# %%
# Without ``stratify`` chance decides, and in small sets it decides badly: if only a
# few images are there, some digit can be missing altogether from a part. The difference
# shows with 200 images:

import matplotlib.pyplot as plt

from skdigits.inspection import ClassDistributionDisplay

few = slice(200)
figure, axes = plt.subplots(2, 1, figsize=(8, 6), layout="constrained")
for ax, stratify in zip(axes, (None, y[few]), strict=True):
    train, val, test = train_val_test_split(y[few], stratify=stratify, random_state=1)
    splits = {"training": train, "validation": val, "test": test}
    ClassDistributionDisplay.from_arrays(splits, percent=True, ax=ax)
    ax.set_title("Drawn at random" if stratify is None else "Stratified")
plt.show()

# %%
# To choose
# ---------
# How many neighbours should a k-nearest-neighbour classifier ask? On the images that it
# was fitted to, the answer is always one, because each image is its own neighbour. The
# validation images give a better one.

from sklearn.neighbors import KNeighborsClassifier

numbers = range(1, 16, 2)
models = [KNeighborsClassifier(k).fit(X_train, y_train) for k in numbers]
train_scores = [model.score(X_train, y_train) for model in models]
val_scores = [model.score(X_val, y_val) for model in models]

figure, ax = plt.subplots(figsize=(7, 4), layout="constrained")
ax.plot(numbers, train_scores, "o-", label="training images")
ax.plot(numbers, val_scores, "s--", label="validation images")
ax.set(xlabel="number of neighbours", ylabel="accuracy", xticks=numbers)
ax.legend()
plt.show()

# %%
# To judge
# --------
# The chosen model is looked at once with the test images. This is the number that is
# told to others: of all scores here, it alone took no part in any decision.

best = max(range(len(models)), key=val_scores.__getitem__)
print(
    f"{numbers[best]} neighbours: {val_scores[best]:.3f} on the validation images, "
    f"{models[best].score(X_test, y_test):.3f} on the test images"
)

# %%
# What peeking costs
# ------------------
# Who tries many models and keeps the best has fitted to the images that chose it. To
# see this alone, take labels from which nothing can be learnt, because they are
# shuffled, and a hundred models that differ only in the pixels that they look at. Each
# is right in about 10 % of cases, as guessing is. The best of them on 100 images is
# better, on these. On 1,000 others it is as poor as all.

import numpy as np

rng = np.random.default_rng(0)
shuffled = rng.permutation(y)
train, chooses, judges = np.split(rng.permutation(len(X))[:1700], [600, 700])

scores = []
for _ in range(100):
    pixels = rng.choice(64, size=8, replace=False)
    model = KNeighborsClassifier(1).fit(X[train][:, pixels], shuffled[train])
    scores.append(
        [model.score(X[part][:, pixels], shuffled[part]) for part in (chooses, judges)]
    )
chosen, judged = np.array(scores).T
winner = chosen.argmax()

figure, ax = plt.subplots(figsize=(6, 5), layout="constrained")
ax.plot(chosen, judged, "o", alpha=0.5, label="a model")
ax.plot(chosen[winner], judged[winner], "r*", markersize=16, label="the chosen one")
ax.axhline(0.1, color="gray", linestyle=":", label="guessing")
ax.set(xlabel="accuracy on 100 images that choose", xlim=(0, 0.25), ylim=(0, 0.25))
ax.set_ylabel("accuracy on 1,000 images that judge")
ax.legend()
plt.show()
print(f"chosen for {chosen[winner]:.2f}, in truth {judged[winner]:.2f}")

# %%
# The score that chose a model flatters it, the more models there were, and the fewer
# images. Keep a test set that chooses nothing. Where images are few, cross-validation
# lets all but these take turns; a later example is about that.

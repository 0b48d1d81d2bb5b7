"""
=======================================================
Searching settings: grid, random and successive halving
=======================================================

You learn three ways to find the settings of a convolutional network, what each costs,
and how epochs can be the currency: many candidates get a few, the best get more.
"""

# %%
# The pipeline
# ------------
# The parameters of :class:`~skdigits.neural_network.KerasCNNClassifier` are numbers,
# words and tuples, so every search of scikit-learn can set them. ``clf__`` stands
# before those of the step "clf". 600 images and small networks keep this short.

from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline

from skdigits.datasets import load_digits
from skdigits.neural_network import KerasCNNClassifier
from skdigits.preprocessing import PixelScaler

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(
    X, y, train_size=600, stratify=y, random_state=0
)
cnn = KerasCNNClassifier(conv_blocks=((16,), (32,)), dense_units=(), random_state=0)
pipeline = Pipeline([("scale", PixelScaler()), ("clf", cnn)])

# %%
# Grid search
# -----------
# All combinations of a few values. It is exhaustive, and wasteful: of nine candidates,
# only three different learning rates are tried. Each gets 4 epochs in each of 2 folds.
# The network is built once for each form and batch size, and reused by all fits that
# follow, so many short fits do not cost more than one long one.

from time import perf_counter

from sklearn.model_selection import GridSearchCV, RandomizedSearchCV

results = {}


def run(name, search, epochs_per_fit):
    """Fit a search, and note what it found and what it cost."""
    start = perf_counter()
    search.fit(X_train, y_train)
    seconds = perf_counter() - start
    n_epochs = sum(epochs_per_fit(search)) * search.n_splits_
    results[name] = search
    best = {setting: f"{best:.3g}" for setting, best in search.best_params_.items()}
    print(
        f"{name}: {len(search.cv_results_['params'])} fits of two folds, "
        f"{n_epochs} epochs, {seconds:.1f} s\n{best}\n"
        f"cross-validated {search.best_score_:.3f}, "
        f"test {search.score(X_test, y_test):.3f}"
    )


def always_four(search):
    return [4] * len(search.cv_results_["params"])


pipeline.set_params(clf__max_epochs=4)
grid = GridSearchCV(
    pipeline,
    {"clf__learning_rate": [0.001, 0.01, 0.1], "clf__batch_size": [15, 30, 60]},
    cv=2,
)
run("grid", grid, always_four)

# %%
# Random search
# -------------
# As many candidates, each drawn at random. Every one tries a new learning
# rate, also where the other setting does not matter.

from scipy.stats import loguniform

distributions = {
    "clf__learning_rate": loguniform(0.001, 0.1),
    "clf__batch_size": [15, 30, 60],
}
random = RandomizedSearchCV(pipeline, distributions, n_iter=9, cv=2, random_state=0)
run("random", random, always_four)

# %%
# Successive halving
# ------------------
# Most bad candidates are seen to be bad after one epoch. Halving gives that to all 18,
# then three epochs to the best third, then nine to the best of these. The resource is
# a parameter of the network: ``resource="clf__max_epochs"``.

from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import HalvingRandomSearchCV

halving = HalvingRandomSearchCV(
    pipeline,
    distributions,
    resource="clf__max_epochs",
    n_candidates=18,
    min_resources=1,
    max_resources=9,
    factor=3,
    cv=2,
    random_state=0,
)
run("halving", halving, lambda search: search.cv_results_["n_resources"])

# %%
# Where they looked
# -----------------
# The colour is the score. A grid sees the plane from few places; chance spreads; and
# halving looks at more places for fewer epochs (the size of a dot).

import matplotlib.pyplot as plt

figure, axes = plt.subplots(
    1, 3, figsize=(11, 4), layout="constrained", sharex=True, sharey=True
)
for ax, (name, search) in zip(axes, results.items(), strict=True):
    table = search.cv_results_
    dots = ax.scatter(
        table["param_clf__learning_rate"].astype(float),
        table["param_clf__batch_size"].astype(int),
        s=30 * table.get("n_resources", 4),
        c=table["mean_test_score"],
        vmin=0.5,
        vmax=1,
        edgecolor="black",
    )
    ax.set(xscale="log", title=name, xlabel="learning rate", ylim=(5, 75))
axes[0].set(ylabel="batch size", yticks=[15, 30, 60])
figure.colorbar(dots, label="accuracy, two folds", extend="min")
plt.show()

# %%
# Who stayed
# ----------
# Each line is a candidate of the halving search. Crossing lines are the risk of it:
# what starts slowly is dropped before it could have shown.

import numpy as np

table = halving.cv_results_
learning_rates = table["param_clf__learning_rate"].astype(float)
figure, ax = plt.subplots(figsize=(7, 4.5), layout="constrained")
for learning_rate in np.unique(learning_rates):
    same = learning_rates == learning_rate
    ax.plot(table["n_resources"][same], table["mean_test_score"][same], "o-")
ax.set(xlabel="epochs", ylabel="accuracy, two folds", xticks=[1, 3, 9])
plt.show()

# %%
# For two or three settings of which you know what to expect, a grid will do. With more,
# draw at random; and where a fit takes long, let epochs decide who goes on. All three
# end with a pipeline that is fitted with the best settings, and one look at the test
# images.

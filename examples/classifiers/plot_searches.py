"""
==========================================================
Hyperparameter search: grid, random and successive halving
==========================================================

You learn three ways to search the parameters of a convolutional network and what each
costs. In successive halving, all candidates get a few epochs, and only the best get
more.
"""

# sphinx_gallery_thumbnail_number = 2

# %%
# The pipeline
# ------------
# The parameters of :class:`~skdigits.neural_network.KerasCNNClassifier` are numbers,
# strings and tuples, so every search of scikit-learn can set them. The prefix ``clf__``
# names the step "clf". 600 images and small networks keep this example short.

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
# A grid search tries all combinations of a few values. Of nine candidates, only three
# have different learning rates. Each trains for 4 epochs in each of 2 folds. skdigits
# compiles the training once for each architecture and batch size, so many short fits
# cost little more than one long fit.

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
# A random search draws as many candidates at random. Each one tries a new learning
# rate, even if the other parameter has no effect.

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
# Most bad candidates are already behind after one epoch. Successive halving trains all
# 18 candidates for one epoch, the best third for three epochs, and the best of those
# for nine. The resource is a parameter of the network: ``resource="clf__max_epochs"``.

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
# Candidates of each search
# -------------------------
# The color is the cross-validated accuracy. The grid samples three learning rates, and
# the random search nine. Halving samples more candidates with fewer epochs (small
# dots).

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
# Survivors of successive halving
# -------------------------------
# Each line is a candidate. Crossing lines show the risk: a candidate that learns slowly
# at first is dropped early.

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
# Use a grid for two or three parameters of known range. With more parameters, draw at
# random. Where fits are slow, use successive halving on epochs. All three end with a
# pipeline that is refitted with the best parameters. :ref:`searching` has more, also on
# searches over several machines.

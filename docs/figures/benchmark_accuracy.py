"""Accuracy of classifiers on MNIST over the seconds of their training."""

import matplotlib.pyplot as plt
from _results import WIDTH, medians, result

KINDS = {
    "skdigits": ("recipes of skdigits", {"marker": "o", "color": "#1f5f99"}),
    "float32": (
        "the same in float32",
        {"marker": "o", "color": "white", "markeredgecolor": "#1f5f99"},
    ),
    "pipeline": (
        "scikit-learn, images deskewed by skdigits",
        {"marker": "s", "color": "#6b4a1e"},
    ),
    "peer": (
        "without skdigits",
        {"marker": "^", "color": "white", "markeredgecolor": "black"},
    ),
}
# A name on the chart, its kind, and its place beside the marker.
RIGHT, LEFT = ("left", (7, 0)), ("right", (-7, 2))
NAMES = {
    "textbook CNN, scikeras": ("textbook CNN,\nscikeras", "peer", *RIGHT),
    "classic CNN, plain Keras": ("classic CNN,\nKeras", "peer", "right", (10, -18)),
    "PixelScaler + logistic regression": ("logistic regression", "peer", *RIGHT),
    "Deskewer + PixelScaler + logistic regression": (
        "deskewed, logistic regression",
        "pipeline",
        *RIGHT,
    ),
    "Deskewer + PCAFeatures + 3-NN": ("deskewed, PCA, 3-NN", "pipeline", *RIGHT),
    "Deskewer + PCAFeatures + SVC": ("deskewed,\nPCA, SVM", "pipeline", *LEFT),
    "AugmentedClassifier(Deskewer + PCAFeatures + SVC)": (
        "augmented SVM",
        "pipeline",
        *RIGHT,
    ),
    "random forest": ("random forest", "peer", *RIGHT),
    "Deskewer + random forest": ("deskewed, random forest", "pipeline", *RIGHT),
    "fast": ("fast", "skdigits", *LEFT),
    "smallest": ("smallest", "skdigits", "left", (5, 4)),
    "default": ("default", "skdigits", *LEFT),
    "accurate": ("accurate", "skdigits", *RIGHT),
    "pca_filters": ("pca_filters", "skdigits", *LEFT),
    "ensemble": ("ensemble", "skdigits", "center", (0, 10)),
}

seconds = medians("recipes_table")
accuracy = result("recipes_table")["columns"]["accuracy in %"]

figure, ax = plt.subplots(figsize=(WIDTH, 5.6), layout="constrained")
for name in seconds:
    text, kind, side, offset = NAMES.get(name, (name, "skdigits", *RIGHT))
    if name.endswith(", float32"):
        text, kind = "", "float32"
    point = (seconds[name], 100 - accuracy[name])
    ax.plot(*point, markersize=8, **KINDS[kind][1])
    ax.annotate(
        text,
        point,
        offset,
        textcoords="offset points",
        ha=side,
        va="center",
        fontsize=9,
    )
for label, style in KINDS.values():
    ax.plot([], [], linestyle="", label=label, markersize=8, **style)
figure.legend(loc="outside upper left")
errors = [10, 5, 2, 1, 0.5, 0.3]
ax.set(xscale="log", yscale="log", xlim=(0.9, 4000), ylim=(12, 0.19))
ax.set(xlabel="seconds of training", ylabel="accuracy on the test images, %")
ax.minorticks_off()
ax.set_xticks([1, 10, 100, 1000], ["1", "10", "100", "1,000"])
ax.set_yticks(errors, [f"{100 - error:g}" for error in errors])
ax.grid(alpha=0.3)

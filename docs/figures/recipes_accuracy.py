"""Accuracy on MNIST's test images over seconds of training, from the benchmarks."""

import matplotlib.pyplot as plt
from _results import medians, result

seconds = medians("recipes_table")
accuracy = result("recipes_table")["columns"]["accuracy in %"]
recipes = ["fast", "default", "accurate", "ensemble", "smallest", "pca_filters"]
others = {
    "textbook CNN, scikeras": "textbook CNN",
    "Deskewer + PCAFeatures + SVC": "SVM",
    "Deskewer + PCAFeatures + 3-NN": "3-NN",
}
names = {recipe: f'"{recipe}"' for recipe in recipes} | others
below = ["accurate", "smallest", "pca_filters", "textbook CNN, scikeras"]
_, ax = plt.subplots(figsize=(6, 4.2), layout="constrained")
for side, name in names.items():
    ours = side in recipes
    colour = "#1f5f99" if ours else "#c05000"
    ax.plot(seconds[side], accuracy[side], "o" if ours else "s", color=colour, ms=8)
    ax.annotate(
        name,
        (seconds[side], accuracy[side]),
        (0, -18 if side in below else 8),
        textcoords="offset points",
        ha="center",
        color=colour,
        fontsize=11,
    )
ax.set_xscale("log")
ax.set_xticks([1, 10, 60, 600], ["1 s", "10 s", "1 min", "10 min"], fontsize=12)
ax.minorticks_off()
ax.set_xlim(0.7, 3500)
ax.set_ylim(98.3, 99.85)
ax.set_xlabel("Time to fit 60,000 images", fontsize=12)
ax.set_ylabel("Accuracy on the test images, %", fontsize=12)
ax.grid(alpha=0.3)

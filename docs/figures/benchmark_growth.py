"""Memory and seconds over the number of images."""

import matplotlib.pyplot as plt
from _results import WIDTH, medians, result

MEMORY = "MB above the start, at most"
TASKS = {
    "growth_fit_epoch": ("fit a CNN, one epoch", "o-", "#1f5f99"),
    "growth_fit_in_parts": ("partial_fit, 10,000 at a time", "s--", "#1f5f99"),
    "growth_load": ("load an IDX file", "D-.", "#b3261e"),
    "growth_transform": ("deskew and PCA", "v:", "#6b4a1e"),
    "growth_predict": ("predict, 10,000 at a time", "^--", "#2e7d32"),
}

figure, axes = plt.subplots(2, 1, figsize=(WIDTH, 6.6), layout="constrained")
for name, (label, line, color) in TASKS.items():
    content = result(name)
    sizes = [int(side.replace(",", "")) for side in content["sides"]]
    memory = content["columns"].get(MEMORY)
    megabytes = list(memory.values()) if memory else content["notes"][MEMORY]
    style = {"color": color, "label": label, "markersize": 6}
    axes[0].plot(sizes, [max(size, 1) for size in megabytes], line, **style)
    axes[1].plot(sizes, list(medians(name).values()), line, **style)
figure.legend(*axes[0].get_legend_handles_labels(), loc="outside upper left")
for ax, title in zip(axes, ("Memory, MB", "Seconds"), strict=True):
    ax.set_title(title, loc="left")
    ax.set(xscale="log", yscale="log")
    ax.minorticks_off()
    ax.set_xticks(sizes, [f"{size:,}" for size in sizes])
    ax.grid(alpha=0.3)
axes[0].set_yticks([1, 10, 100, 1000], ["≤ 1", "10", "100", "1,000"])
axes[1].set_yticks([0.01, 0.1, 1, 10, 100], ["0.01", "0.1", "1", "10", "100"])
axes[1].set_xlabel("number of images of 28x28 pixels")

"""Misclassified images before and after fine-tuning, from the table of the page."""

import matplotlib.pyplot as plt

networks = ["pretrained", "90 corrections", "90 corrections,\nmixed with MNIST"]
sides = {
    "new handwriting\n(1,697 images)": [28, 20, 15],
    "MNIST's test set\n(10,000 images)": [29, 44, 32],
}
figure, axes = plt.subplots(1, 2, figsize=(7, 3), sharey=True, layout="constrained")
for ax, (title, counts) in zip(axes, sides.items(), strict=True):
    bars = ax.barh(networks, counts, height=0.6)
    ax.bar_label(bars, fontsize=14, padding=3)
    ax.set_title(title, fontsize=14)
    ax.set_xlim(0, 54)
    ax.set_xticks([])
    ax.tick_params("y", labelsize=13)
    ax.spines[["top", "right", "bottom"]].set_visible(False)
axes[0].invert_yaxis()
figure.supxlabel("misclassified images (fewer is better)", fontsize=13)

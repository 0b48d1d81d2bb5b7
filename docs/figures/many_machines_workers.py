"""Seconds of two grid searches with one and two workers, from the benchmarks."""

import matplotlib.pyplot as plt
from _results import OURS, THEIRS, medians

backends = {
    "joblib": medians("search_joblib_workers"),
    "Dask": medians("search_dask_workers"),
}
searches = {"SVM": "Deskewer + PCAFeatures + SVC", "CNN": "CNN"}
_, axes = plt.subplots(1, 2, figsize=(6, 3.2), sharey=True, layout="constrained")
for ax, (title, side) in zip(axes, searches.items(), strict=True):
    for n_workers, style in ((1, THEIRS), (2, OURS)):
        ending = "worker" if n_workers == 1 else "workers"
        values = [rows[f"{side}, {n_workers} {ending}"] for rows in backends.values()]
        positions = [k + 0.4 * (n_workers - 1.5) for k in range(len(backends))]
        label = f"{n_workers} {ending}"
        bars = ax.bar(positions, values, 0.38, label=label, **style)
        ax.bar_label(bars, fmt="%.0f s", fontsize=11)
    ax.set_xticks(range(len(backends)), list(backends), fontsize=12)
    ax.set_title(title, fontsize=12)
    ax.margins(y=0.12)
axes[0].set_ylabel("Seconds of the search", fontsize=12)
axes[0].legend(fontsize=11)

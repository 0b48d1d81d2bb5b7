"""How many times as fast as a named peer skdigits is."""

import matplotlib.pyplot as plt
from _results import OURS, THEIRS, WIDTH, medians

# Task, peer, and the result with the beginnings of the names of both sides. Of several
# sides of a peer, the fastest counts.
TASKS = [
    (
        "Predict one image, beside keras.Model.predict",
        ("cnn_one_image", "skdigits, in a process that has not", "keras.Model.predict"),
    ),
    (
        "Predict 10,000 images, beside keras.Model.predict",
        ("cnn_throughput", "skdigits", "keras.Model.predict"),
    ),
    ("Import, load, predict, beside Keras", ("cnn_cold_start", "skdigits", "Keras")),
    (
        "Grid search of small CNNs, beside scikeras",
        ("cnn_small_fits", "skdigits", "scikeras"),
    ),
    (
        "Load a saved CNN, beside Keras",
        ("persistence_load", "skdigits, save_model as .skops", "Keras, .keras"),
    ),
    (
        "Deskew images, beside a loop around SciPy",
        ("transformers_deskewing", "Deskewer", "loop around scipy"),
    ),
    (
        "Frame scans, beside a loop around Pillow",
        ("transformers_framing_scans", "DigitNormalizer", "loop"),
    ),
    (
        "Augment images, beside a loop around OpenCV",
        ("transformers_random_affine", "skdigits", "OpenCV"),
    ),
    (
        "Augment images, beside a TensorFlow op",
        ("transformers_random_affine", "skdigits", "TensorFlow"),
    ),
    (
        "Augment images, beside Albumentations",
        ("transformers_random_affine", "skdigits", "Albumentations"),
    ),
    (
        "Load small PNG files, beside a loop around Pillow",
        ("datasets_small_images", "load_image_folder", "loop"),
    ),
    (
        "Load large scans, beside a loop around Pillow",
        ("datasets_large_scans", "load_image_folder", "loop"),
    ),
    (
        "Find wrong labels, beside cleanlab",
        (
            "label_errors_planted",
            "uniform 5.0%, network: find_label_errors",
            "uniform 5.0%, network: cleanlab",
        ),
    ),
    (
        "Read a mark sheet, beside RapidOCR",
        ("wild_marksheets", "DigitReader", "RapidOCR"),
    ),
]

figure, ax = plt.subplots(figsize=(WIDTH, 6.8), layout="constrained")
for row, (task, (name, side, peer)) in enumerate(TASKS):
    measured = medians(name)
    ours = next(value for key, value in measured.items() if key.startswith(side))
    theirs = min(value for key, value in measured.items() if key.startswith(peer))
    times = theirs / ours
    ax.barh(row, times - 1, left=1, height=0.5, **(OURS if times >= 1 else THEIRS))
    ax.annotate(
        f"{times:.1f}" if times < 10 else f"{times:.0f}",
        (max(times, 1), row),
        (4, 0),
        textcoords="offset points",
        va="center",
        weight="bold",
    )
    ax.annotate(
        task,
        (1, row),
        (3, 13),
        textcoords="offset points",
        va="center",
        fontsize=9,
    )
ax.axvline(1, color="black", linewidth=1)
ax.set(xscale="log", xlim=(0.7, 2000), xlabel="times as fast as the peer", yticks=[])
ax.set_xticks([1, 10, 100, 1000], ["1", "10", "100", "1,000"])
ax.spines["left"].set_visible(False)
ax.invert_yaxis()

"""Digits with their predictions, and a photo with the numbers read from it."""

import matplotlib.pyplot as plt
import numpy as np
from PIL import Image, ImageFilter
from sklearn.model_selection import train_test_split

from skdigits.datasets import load_digits, make_numbers
from skdigits.model_selection import digit_classifiers
from skdigits.reading import DigitReader

BLUE, ORANGE = "#1f5f99", "#b04a00"


def draw_predictions(figure):
    """Draw some held-out digits, two mistakes among them."""
    X, y = load_digits(return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(
        X, y, stratify=y, random_state=0
    )
    classifier = digit_classifiers(random_state=0)["SVM (RBF)"].fit(X_train, y_train)
    predicted = classifier.predict(X_test)
    wrong = np.flatnonzero(predicted != y_test)
    shown = np.flatnonzero(predicted == y_test)[:12]
    shown[[6, 9]] = wrong[[1, 3]]

    figure.suptitle("Digits, predictions, mistakes", fontsize=14)
    for ax, index in zip(figure.subplots(3, 4).flat, shown, strict=True):
        ax.imshow(X_test[index].reshape(8, 8), cmap="gray_r", interpolation="bicubic")
        ax.set(xticks=[], yticks=[])
        label, true = predicted[index], y_test[index]
        right = label == true
        text = f"{label}" if right else f"{label}, not {true}"
        color, weight = ("black", "normal") if right else (ORANGE, "bold")
        ax.set_xlabel(text, fontsize=14, color=color, weight=weight, labelpad=3)
        ax.spines[:].set(
            color="0.8" if right else ORANGE,
            linewidth=1 if right else 3,
            linestyle="-" if right else "--",
        )


def photograph():
    """Return a sheet of three numbers in uneven light."""
    numbers = make_numbers(
        3, n_digits=(4, 6), spacing=(0.15, 0.3), slant=8, random_state=3
    )
    ink = Image.new("L", (700, 400))
    for line, image in enumerate(numbers.images):
        size = (8 * image.shape[1], 8 * image.shape[0])
        digits = Image.fromarray(image).resize(size, Image.Resampling.BICUBIC)
        ink.paste(digits, (20 + 25 * line, 20 + 125 * line))
    ink = np.asarray(ink.filter(ImageFilter.GaussianBlur(1.5))) / 255
    height, width = ink.shape
    down, across = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    shadow = 1 / (1 + np.exp(60 * (1.3 - across - down)))
    photo = (235 - 50 * across - 40 * shadow) * (1 - 0.75 * ink)
    photo += np.random.default_rng(0).normal(0, 4, ink.shape)
    return photo.clip(0, 255).astype(np.uint8)


def draw_reading(figure):
    """Draw a photo, a box around each number, and the text."""
    photo = photograph()
    reading = DigitReader().read(photo)
    figure.suptitle("A photo, and the numbers in it", fontsize=14)
    ax = figure.subplots()
    ax.imshow(photo, cmap="gray", vmin=0, vmax=255)
    ax.set_axis_off()
    for number in reading.numbers:
        left, top, right, bottom = number.box
        box = plt.Rectangle(
            (left - 6, top - 6), right - left + 12, bottom - top + 12, fill=False
        )
        box.set(edgecolor=BLUE, linewidth=2.5)
        ax.add_patch(box)
        ax.text(
            right + 16,
            (top + bottom) / 2,
            number.text,
            fontsize=15,
            color="white",
            weight="bold",
            va="center",
            bbox={"facecolor": BLUE, "edgecolor": "none", "pad": 4},
        )


figure = plt.figure(figsize=(7, 3.6), layout="constrained")
left, right = figure.subfigures(1, 2, width_ratios=(3, 4))
draw_predictions(left)
draw_reading(right)

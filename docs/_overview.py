"""Draw the picture of the README: ``python docs/_overview.py``."""

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

from skdigits.datasets import load_digits, make_numbers
from skdigits.inspection import DigitsDisplay, MisclassifiedDisplay
from skdigits.preprocessing import PixelScaler
from skdigits.reading import DigitReader

PICTURE = Path(__file__).parent / "_static" / "overview.png"


def draw_overview() -> Figure:
    """Draw digits with labels, misclassified digits and a number that was read.

    Returns
    -------
    figure : matplotlib Figure
        Three axes, side by side.
    """
    X, y = load_digits(return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(
        X, y, stratify=y, random_state=0
    )
    figure = Figure(figsize=(9, 2), layout="constrained")
    load, inspect, read = figure.subplots(1, 3, width_ratios=[5, 6, 6])
    digits = DigitsDisplay.from_arrays(X, y, n_images=10, ax=load, n_columns=5)
    svm = make_pipeline(PixelScaler(), SVC(C=10)).fit(X_train, y_train)
    mistakes = MisclassifiedDisplay.from_estimator(
        svm, X_test, y_test, n_images=3, ax=inspect, n_columns=3
    )
    for text in (*digits.texts_, *mistakes.texts_):
        text.set_fontsize(11)
    paper = 255 - make_numbers(1, n_digits=5, random_state=0).images[0]
    page = np.pad(paper, 2, constant_values=255).repeat(4, axis=0).repeat(4, axis=1)
    page[-8:-4, 4:-4] = 0  # a line below the number
    DigitReader().read(page).plot(ax=read)
    titles = ["load", "train and inspect", "read numbers"]
    for ax, title in zip((load, inspect, read), titles, strict=True):
        ax.set_title(title, fontsize=14)
    return figure


if __name__ == "__main__":
    draw_overview().savefig(PICTURE, dpi=110, metadata={"Software": None})

"""Seconds of one grid search with three wrappers of Keras, from the benchmarks."""

from _bars import draw_bars
from _results import medians

seconds = medians("cnn_small_fits")
names = {
    "skdigits\nKerasCNNClassifier": "skdigits",
    "skdigits\nKerasClassifier": "skdigits, KerasClassifier",
    "scikeras": "scikeras",
    "Keras' own\nSKLearnClassifier": "SKLearnClassifier",
}
draw_bars({name: seconds[side] for name, side in names.items()}, "s", "{:.0f}")

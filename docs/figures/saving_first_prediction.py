"""Seconds from a new process to the first prediction, from the benchmarks."""

from _bars import draw_bars
from _results import medians

seconds = medians("persistence_first_prediction")
names = {
    "skdigits\n.joblib": "skdigits, joblib",
    "skdigits\n.skops": "skdigits, save_model as .skops",
    "scikeras\n.joblib": "scikeras, joblib",
    "Keras\n.keras": "Keras, .keras",
}
draw_bars({name: seconds[side] for name, side in names.items()}, "s", "{:.1f}")

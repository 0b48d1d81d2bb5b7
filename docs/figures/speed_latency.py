"""Latency of predictions of one image, from the benchmarks."""

from _bars import draw_bars
from _results import medians

milliseconds = {side: 1000 * s for side, s in medians("cnn_one_image").items()}
names = {
    "skdigits": "skdigits, in a process that has fitted",
    "Keras, call": "keras.Model.__call__",
    "Keras, predict": "keras.Model.predict",
}
draw_bars({name: milliseconds[side] for name, side in names.items()}, "ms")

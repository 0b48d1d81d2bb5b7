"""The curves of a report, as pictures that scale."""

import io
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
from sklearn.base import BaseEstimator

from skdigits._evaluation.calibration import calibration_bins
from skdigits._nested import find_network
from skdigits.inspection import TrainingHistoryDisplay

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_BLUE, _GREY = "#1f5fa8", "#6b7280"


def calibration_figure(is_correct: np.ndarray, confidence: np.ndarray) -> str:
    """Draw how often the classifier is right when it is so and so sure.

    Parameters
    ----------
    is_correct : ndarray of bool of shape (n,)
        Whether each image is classified correctly.

    confidence : ndarray of shape (n,)
        Probability of the predicted label.

    Returns
    -------
    url : str
        An SVG as a data URL.
    """
    accuracy, mean_confidence, counts = calibration_bins(is_correct, confidence)
    with _figure() as (axes, picture):
        axes.plot([0, 1], [0, 1], "--", color=_GREY, label="perfect")
        axes.plot(mean_confidence, accuracy, "o-", color=_BLUE, label="this classifier")
        for x, y, count in zip(mean_confidence, accuracy, counts, strict=True):
            axes.annotate(f"{count:,}", (x, y), (6, -12), textcoords="offset points")
        axes.set(
            xlabel="Mean confidence (numbers of images at the points)",
            ylabel="Accuracy",
            xlim=(-0.03, 1.12),  # room for the last number
            ylim=(-0.1, 1.06),
        )
        axes.legend(loc="upper left")
    return _svg_url(picture)


def history_figure(estimator: BaseEstimator) -> str | None:
    """Draw how the training went.

    Parameters
    ----------
    estimator : estimator
        A classifier, or what holds one: a pipeline, a search, a wrapper.

    Returns
    -------
    url : str or None
        An SVG as a data URL; None if the classifier keeps no losses.
    """
    if find_network(estimator) is None:
        return None
    with _figure() as (axes, picture):
        display = TrainingHistoryDisplay.from_estimator(estimator, ax=axes)
        legend = (display.score_ax_ or axes).get_legend()
        # Above the curves, because there are no other axes that it might cover.
        if legend is not None:
            legend.set(loc="lower left", bbox_to_anchor=(0, 1), frame_on=False)
    return _svg_url(picture)


@contextmanager
def _figure() -> Iterator[tuple["Axes", io.BytesIO]]:
    """Lend axes to draw in, and a file that holds the picture in the end."""
    from matplotlib import style
    from matplotlib.figure import Figure

    picture = io.BytesIO()
    # Whatever the user's style is; the salt gives the same names at every call.
    with style.context(["default", {"svg.hashsalt": "skdigits"}]):
        figure = Figure(figsize=(5.6, 3.6), layout="constrained")
        axes = figure.add_subplot()
        axes.grid(alpha=0.3)
        yield axes, picture
        figure.savefig(picture, format="svg", metadata={"Date": None})


def _svg_url(picture: io.BytesIO) -> str:
    return f"data:image/svg+xml;base64,{b64encode(picture.getvalue()).decode()}"

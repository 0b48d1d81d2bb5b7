"""The scores of models against what they cost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import Bunch, check_consistent_length, column_or_1d

from skdigits._plotting import get_axes, import_pandas
from skdigits.inspection._plotting import MARKERS

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.container import ErrorbarContainer

# The label of the axis and the unit of each cost.
COSTS = {
    "fit_time": ("Fit time", "s"),
    "predict_time": ("Prediction time per image", "s"),
    "size": ("Size", "B"),
}
LONGEST_ERROR = 40


class ModelComparisonDisplay:
    """Cross-validated scores of models by fit time, prediction time or size.

    Use :meth:`from_comparison` or :meth:`from_arrays` to create a display.

    Parameters
    ----------
    names : list of str
        Names of the models.

    test_scores : list of array-like of shape (n_folds,)
        Scores of each model, one per fold. Empty if the model failed.

    fit_times : array-like of shape (n_models,), default=None
        Time of a fit in seconds. NaN if unknown.

    predict_times : array-like of shape (n_models,), default=None
        Prediction time per image in seconds. NaN if unknown.

    sizes : array-like of shape (n_models,), default=None
        Size of the saved model in bytes. NaN if unknown.

    errors : list of str or None, default=None
        Error message of each model that failed. None for the others.

    scoring : str, default="accuracy"
        Name of the score.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Axes with the plot.

    figure_ : matplotlib Figure
        The figure of the axes.

    errorbars_ : list of matplotlib ErrorbarContainer or None
        Point and whisker of each model. None for a model without a score or a known
        cost.

    legend_ : matplotlib Legend
        Models from the best to the worst, then the models that are not plotted, with
        the reason.

    See Also
    --------
    skdigits.model_selection.compare_classifiers : Compare classifiers.

    Notes
    -----
    Each point is the mean score over the folds. Its whisker spans the lowest to the
    highest score.

    Examples
    --------
    >>> from skdigits.inspection import ModelComparisonDisplay
    >>> display = ModelComparisonDisplay.from_arrays(
    ...     ["k-NN", "SVM", "network"],
    ...     [[0.97, 0.98], [0.98, 0.99], []],
    ...     fit_times=[0.01, 0.5, float("nan")],
    ...     errors=[None, None, "needs TensorFlow"],
    ... )
    >>> [text.get_text() for text in display.legend_.get_texts()]
    ['SVM  0.985', 'k-NN  0.975', 'network: needs TensorFlow']
    """

    def __init__(
        self,
        names: Sequence[str],
        test_scores: Sequence[ArrayLike],
        *,
        fit_times: ArrayLike | None = None,
        predict_times: ArrayLike | None = None,
        sizes: ArrayLike | None = None,
        errors: Sequence[str | None] | None = None,
        scoring: str = "accuracy",
    ):
        self.names = [str(name) for name in names]
        self.test_scores = [column_or_1d(scores) for scores in test_scores]
        self.fit_times = self._numbers(fit_times)
        self.predict_times = self._numbers(predict_times)
        self.sizes = self._numbers(sizes)
        self.errors = [None] * len(self.names) if errors is None else list(errors)
        self.scoring = scoring
        check_consistent_length(
            self.names,
            self.test_scores,
            self.errors,
            self.fit_times,
            self.predict_times,
            self.sizes,
        )

    @classmethod
    def from_comparison(
        cls, comparison: Bunch, *, against: str = "fit_time", ax: Axes | None = None
    ) -> Self:
        """Create a display from the result of ``compare_classifiers``.

        Parameters
        ----------
        comparison : Bunch
            Result of :func:`~skdigits.model_selection.compare_classifiers`.

        against : {"fit_time", "predict_time", "size"}, default="fit_time"
            Cost on the horizontal axis.

        ax : matplotlib Axes, default=None
            Axes to plot on. If None, a new figure and axes are created.

        Returns
        -------
        display : ModelComparisonDisplay
            The display, plotted.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        ValueError
            If `against` is invalid.
        """
        display = cls(
            comparison.names,
            comparison.test_scores,
            fit_times=comparison.fit_times,
            predict_times=comparison.predict_times,
            sizes=comparison.sizes,
            errors=comparison.errors,
            scoring=comparison.scoring,
        )
        return display.plot(ax, against=against)

    @classmethod
    def from_arrays(
        cls,
        names: Sequence[str],
        test_scores: Sequence[ArrayLike],
        *,
        fit_times: ArrayLike | None = None,
        predict_times: ArrayLike | None = None,
        sizes: ArrayLike | None = None,
        errors: Sequence[str | None] | None = None,
        scoring: str = "accuracy",
        against: str = "fit_time",
        ax: Axes | None = None,
    ) -> Self:
        """Create a display from scores and costs.

        Parameters
        ----------
        names : list of str
            Names of the models.

        test_scores : list of array-like of shape (n_folds,)
            Scores of each model, one per fold. Empty if the model failed.

        fit_times : array-like of shape (n_models,), default=None
            Time of a fit in seconds. NaN if unknown.

        predict_times : array-like of shape (n_models,), default=None
            Prediction time per image in seconds. NaN if unknown.

        sizes : array-like of shape (n_models,), default=None
            Size of the saved model in bytes. NaN if unknown.

        errors : list of str or None, default=None
            Error message of each model that failed. None for the others.

        scoring : str, default="accuracy"
            Name of the score.

        against : {"fit_time", "predict_time", "size"}, default="fit_time"
            Cost on the horizontal axis.

        ax : matplotlib Axes, default=None
            Axes to plot on. If None, a new figure and axes are created.

        Returns
        -------
        display : ModelComparisonDisplay
            The display, plotted.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        ValueError
            If the lists differ in length, or if `against` is invalid.
        """
        display = cls(
            names,
            test_scores,
            fit_times=fit_times,
            predict_times=predict_times,
            sizes=sizes,
            errors=errors,
            scoring=scoring,
        )
        return display.plot(ax, against=against)

    def plot(self, ax: Axes | None = None, *, against: str = "fit_time") -> Self:
        """Plot the scores against a cost.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to plot on. If None, a new figure and axes are created. A new figure
            has the legend on the right.

        against : {"fit_time", "predict_time", "size"}, default="fit_time"
            Cost on the horizontal axis. Its scale is logarithmic if the largest cost is
            more than 20 times the smallest.

        Returns
        -------
        self : ModelComparisonDisplay
            The display. The figure is not shown: call ``plt.show()``.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        ValueError
            If `against` is invalid.
        """
        if against not in COSTS:
            raise ValueError(f"against must be one of {list(COSTS)}; got {against!r}.")
        self.ax_ = get_axes(ax, (9.0, 4.8), type(self).__name__)
        self.figure_ = self.ax_.figure
        costs = getattr(self, f"{against}s")
        # The best first, those without a score last.
        means = self._means()
        order = np.argsort(-means, kind="stable")
        self.errorbars_: list[ErrorbarContainer | None] = [None] * len(self.names)
        handles: list[Artist | ErrorbarContainer] = []
        labels: list[str] = []
        for rank, i in enumerate(order):
            reason = self._reason(i, costs[i], against)
            if reason is None:
                self.errorbars_[i] = self._point(rank, costs[i], self.test_scores[i])
                labels.append(f"{self.names[i]}  {means[i]:.3f}")
            else:
                score = "" if np.isnan(means[i]) else f"  {means[i]:.3f}"
                labels.append(f"{self.names[i]}{score}: {reason}")
            handles.append(self.errorbars_[i] or _cross())
        self._label(against, costs)
        self._legend(handles, labels, outside=ax is None)
        return self

    def frame(self) -> pd.DataFrame:
        """Return the numbers as a DataFrame.

        Returns
        -------
        frame : pandas DataFrame
            One row per model, with the columns "name", "mean_score", "min_score",
            "max_score", "fit_time" and "predict_time" in seconds, "size" in bytes, and
            "error".

        Raises
        ------
        ImportError
            If pandas is not installed.
        """
        pd = import_pandas(f"{type(self).__name__}.frame")
        nan = np.array([np.nan])
        scores = [scores if len(scores) else nan for scores in self.test_scores]
        return pd.DataFrame(
            {
                "name": self.names,
                "mean_score": self._means(),
                "min_score": [values.min() for values in scores],
                "max_score": [values.max() for values in scores],
                "fit_time": self.fit_times,
                "predict_time": self.predict_times,
                "size": self.sizes,
                "error": self.errors,
            }
        )

    def _numbers(self, values: ArrayLike | None) -> np.ndarray:
        if values is None:
            return np.full(len(self.names), np.nan)
        return np.asarray(values, dtype=float)

    def _means(self) -> np.ndarray:
        return np.array([np.mean(s) if len(s) else np.nan for s in self.test_scores])

    def _reason(self, i: int, cost: float, against: str) -> str | None:
        """Why a model cannot be drawn; None if it can."""
        if self.errors[i] is not None:
            lines = str(self.errors[i]).split("\n")
            return _cut(lines[0])
        if len(self.test_scores[i]) == 0 or np.isnan(self.test_scores[i]).any():
            return "no score"
        # A logarithmic scale has no place for 0.
        return None if cost > 0 else f"{COSTS[against][0].lower()} unknown"

    def _point(self, rank: int, cost: float, scores: np.ndarray) -> ErrorbarContainer:
        # The mean of equal scores may be rounded beyond them.
        lowest, highest = scores.min(), scores.max()
        mean = np.clip(scores.mean(), lowest, highest)
        return self.ax_.errorbar(
            cost,
            mean,
            yerr=[[mean - lowest], [highest - mean]],
            color=f"C{rank % 10}",
            marker=MARKERS[rank % len(MARKERS)],
            markersize=8,
            markeredgecolor="black",
            markeredgewidth=0.6,
            capsize=4,
            linestyle="none",
        )

    def _label(self, against: str, costs: np.ndarray) -> None:
        from matplotlib.ticker import EngFormatter

        label, unit = COSTS[against]
        drawn = [c for c, bar in zip(costs, self.errorbars_, strict=True) if bar]
        if drawn and max(drawn) > 20 * min(drawn):
            self.ax_.set_xscale("log")
        self.ax_.xaxis.set_major_formatter(EngFormatter(unit))
        self.ax_.set(xlabel=label, ylabel=self.scoring[:1].upper() + self.scoring[1:])
        self.ax_.margins(0.08)
        self.ax_.grid(alpha=0.3)

    def _legend(
        self,
        handles: list[Artist | ErrorbarContainer],
        labels: list[str],
        *,
        outside: bool,
    ) -> None:
        # Beside axes that were given, it might be off the figure or on their neighbour.
        place = {"loc": "upper left", "bbox_to_anchor": (1.01, 1), "frameon": False}
        self.legend_ = self.ax_.legend(
            handles,
            labels,
            title="Mean over folds; whisker: lowest to highest",
            fontsize="small",
            title_fontsize="small",
            alignment="left",
            **(place if outside else {"loc": "best"}),
        )
        for text in self.legend_.get_texts():
            text.set_parse_math(False)


def _cross() -> Artist:
    """Return the sign of a model that is not drawn."""
    from matplotlib.lines import Line2D

    return Line2D([], [], color="tab:red", marker="x", markersize=8, linestyle="none")


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_ERROR else text[: LONGEST_ERROR - 1] + "…"

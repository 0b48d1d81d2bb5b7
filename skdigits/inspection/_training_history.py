"""How the loss and the score went during a training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from skdigits._plotting import get_axes, import_pandas, import_pyplot
from skdigits.inspection._histories import (
    CURVES,
    KERAS_NAMES,
    History,
    by_name,
    history_of,
    judged_by,
    quantity_of,
    stack,
    validate_history,
)
from skdigits.inspection._plotting import HATCHES, MARKERS, shorten, text_width

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D


class TrainingHistoryDisplay:
    """Curves of loss and score over the epochs of one or several trainings.

    Use :meth:`from_estimator` or :meth:`from_arrays` to create a display.

    Parameters
    ----------
    histories : dict of str to list of dict
        Histories of the runs of each model, by name of the model. Each history has one
        or more of "loss", "validation_loss", "score" and "validation_score", with one
        value per epoch. NaN if not measured. "best_epoch" (from 1) is the epoch that
        was kept. Without it, the epoch with the best validation score is marked, or
        else the one with the lowest validation loss.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Axes with the loss, or with the score if there is no loss.

    score_ax_ : matplotlib Axes or None
        Axes with the score, whose scale is on the right. None without scores.

    figure_ : matplotlib Figure
        The figure of the axes.

    lines_ : list of matplotlib Line2D
        Curves of each model: loss, validation loss, score and validation score, if
        present.

    bands_ : list of matplotlib PolyCollection
        Range of each curve of a model with several runs.

    best_ : list of matplotlib Line2D
        Markers of the best epochs.

    See Also
    --------
    sklearn.model_selection.LearningCurveDisplay : Plot scores by training set size.
    sklearn.model_selection.ValidationCurveDisplay : Plot scores by parameter value.

    Notes
    -----
    Lines are solid for training images and dashed for held-out images. Several runs of
    a model are shown as their median in a band from the lowest to the highest value.
    Each epoch includes the runs that reached it.

    Examples
    --------
    >>> from skdigits.datasets import load_digits
    >>> from skdigits.inspection import TrainingHistoryDisplay
    >>> from sklearn.neural_network import MLPClassifier
    >>> X, y = load_digits(return_X_y=True)
    >>> network = MLPClassifier(early_stopping=True, random_state=0).fit(X, y)
    >>> display = TrainingHistoryDisplay.from_estimator(network)
    >>> len(display.lines_)
    2
    """

    def __init__(self, histories: Mapping[str, Sequence[History]]):
        self.histories = {
            name: [validate_history(history) for history in runs]
            for name, runs in histories.items()
        }
        if not self.histories or not all(self.histories.values()):
            raise ValueError("There must be at least one history for every model.")

    @classmethod
    def from_estimator(
        cls,
        estimator: Any | Sequence[Any] | Mapping[str, Any],
        *,
        ax: Axes | None = None,
    ) -> Self:
        """Create a display from fitted networks.

        Parameters
        ----------
        estimator : estimator, list of estimators, or dict of str to either
            Fitted network with `loss_curve_`, from :mod:`skdigits.neural_network` or
            :class:`sklearn.neural_network.MLPClassifier`. It can be the last step of a
            Pipeline, or inside a search or an
            :class:`~skdigits.augmentation.AugmentedClassifier`. A list holds several
            runs of one model, such as the estimators of ``cross_validate(...,
            return_estimator=True)``. A dict holds different models by name.

        ax : matplotlib Axes, default=None
            Axes to plot on. If None, a new figure and axes are created.

        Returns
        -------
        display : TrainingHistoryDisplay
            The display, plotted.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        TypeError
            If an estimator has no history.
        """
        import_pyplot(cls.__name__)
        runs = by_name(estimator)
        return cls({k: [history_of(e) for e in v] for k, v in runs.items()}).plot(ax)

    @classmethod
    def from_arrays(
        cls,
        history: History | Sequence[History] | Mapping[str, Any],
        *,
        ax: Axes | None = None,
    ) -> Self:
        """Create a display from histories.

        Parameters
        ----------
        history : dict, list of dicts, or dict of str to either
            Values of each epoch, as in the class: of one run, of several runs of one
            model, or of several models by name. Names used by Keras' `fit`, such as
            "val_accuracy", are accepted. Other entries, such as "learning_rate", are
            ignored.

        ax : matplotlib Axes, default=None
            Axes to plot on. If None, a new figure and axes are created.

        Returns
        -------
        display : TrainingHistoryDisplay
            The display, plotted.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        ValueError
            If a history has no curve, curves of different lengths, or a best epoch
            outside its range.
        """
        is_history = isinstance(history, Mapping) and any(
            name in (*CURVES, *KERAS_NAMES) for name in history
        )
        return cls(by_name([history] if is_history else history)).plot(ax)

    def plot(self, ax: Axes | None = None) -> Self:
        """Plot the curves.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to plot on. If None, a new figure and axes are created. The score gets
            a second scale on the right.

        Returns
        -------
        self : TrainingHistoryDisplay
            The display. The figure is not shown: call ``plt.show()``.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        self.ax_ = get_axes(ax, (7.0, 4.5), type(self).__name__)
        self.figure_ = self.ax_.figure
        axes = self._axes()
        self.score_ax_ = axes.get("score")
        self.lines_: list[Line2D] = []
        self.bands_: list[Artist] = []
        self.best_: list[Artist] = []
        for i, runs in enumerate(self.histories.values()):
            for curve in CURVES:
                if any(curve in run for run in runs):
                    self._draw(axes[quantity_of(curve)], i, curve)
            self._mark_best(axes, i)
        for quantity, axis in axes.items():
            axis.set_ylabel(quantity.capitalize())
        self.ax_.set_xlabel("Epoch")
        longest = max(np.size(line.get_xdata()) for line in self.lines_)
        self.ax_.set_xlim(0.5, longest + 0.5)
        self.ax_.locator_params(axis="x", integer=True, min_n_ticks=1)
        self._legend(outside=ax is None)
        return self

    def frame(self) -> pd.DataFrame:
        """Return the numbers as a DataFrame.

        Returns
        -------
        frame : pandas DataFrame
            One row per epoch of each run, with the columns "model", "run" (from 0),
            "epoch" (from 1), the available curves, and "best" (whether it is the best
            epoch).

        Raises
        ------
        ImportError
            If pandas is not installed.
        """
        pd = import_pandas(f"{type(self).__name__}.frame")
        frames = []
        for name, runs in self.histories.items():
            for i, run in enumerate(runs):
                curves = {curve: run[curve] for curve in CURVES if curve in run}
                epochs = np.arange(1, 1 + len(next(iter(curves.values()))))
                best = epochs == run["best_epoch"]
                columns = {"model": name, "run": i, "epoch": epochs, **curves}
                frames.append(pd.DataFrame({**columns, "best": best}))
        return pd.concat(frames, ignore_index=True)

    def _axes(self) -> dict[str, Axes]:
        """Return the axes of each quantity: the score is at the right of the loss."""
        quantities = {
            quantity_of(curve)
            for runs in self.histories.values()
            for run in runs
            for curve in run
            if curve in CURVES
        }
        axes = dict.fromkeys(sorted(quantities), self.ax_)
        if len(quantities) == 2:
            axes["score"] = self.ax_.twinx()
        return axes

    def _draw(self, ax: Axes, i: int, curve: str) -> None:
        """Draw one curve of the i-th model, with a band if there are several runs."""
        name, runs = list(self.histories.items())[i]
        values = stack([run[curve] for run in runs if curve in run])
        epochs = np.arange(1, 1 + values.shape[1])
        held_out = curve.startswith("validation")
        is_score = quantity_of(curve) == "score"
        colour = f"C{2 * i + is_score}"
        label = f"{shorten(name)} {curve.replace('_', ' ')}".strip()
        if len(values) > 1:
            label += f" (median, range of {len(values)})"
        (line,) = ax.plot(
            epochs,
            np.ma.median(values, axis=0),
            color=colour,
            linestyle="--" if held_out else "-",
            marker=MARKERS[(2 * i + is_score) % len(MARKERS)],
            markersize=4,
            markerfacecolor="white" if held_out else colour,
            markevery=max(1, len(epochs) // 12),
            label=label,
        )
        self.lines_.append(line)
        if len(values) > 1:
            band = ax.fill_between(
                epochs,
                values.min(axis=0),
                values.max(axis=0),
                alpha=0.2,
                color=colour,
                hatch=HATCHES[1 + (2 * i + is_score) % (len(HATCHES) - 1)],
                linewidth=0,
            )
            self.bands_.append(band)

    def _mark_best(self, axes: dict[str, Axes], i: int) -> None:
        """Put a star at the best epoch of each run of the i-th model."""
        for run in list(self.histories.values())[i]:
            epoch = run["best_epoch"]
            curve = judged_by(run)
            if epoch is None or curve is None:
                continue
            value = run[curve][epoch - 1]
            self.best_ += axes[quantity_of(curve)].plot(
                epoch,
                value,
                linestyle="none",
                marker="*",
                markersize=13,
                markerfacecolor="gold",
                markeredgecolor="black",
                zorder=5,
                label=f"best epoch: {epoch} ({curve.split('_')[-1]} {value:.4g})",
            )

    def _legend(self, *, outside: bool) -> None:
        handles = [*self.lines_, *self.best_[:1]]
        labels = [str(handle.get_label()) for handle in handles]
        if len(self.best_) > 1:
            labels[-1] = "best epoch of each run"
        # On the upper one of twin axes, so that no line crosses the legend.
        ax = self.score_ax_ or self.ax_
        room = ax.get_window_extent().width * 72 / ax.figure.dpi
        columns = int(room // (45 + max(text_width(label, 10) for label in labels)))
        above = {"loc": "lower left", "bbox_to_anchor": (0, 1), "frameon": False}
        legend = ax.legend(
            handles,
            labels,
            ncols=max(columns, 1) if outside else 1,
            **(above if outside else {"loc": "center right"}),
        )
        for text in legend.get_texts():
            text.set_parse_math(False)

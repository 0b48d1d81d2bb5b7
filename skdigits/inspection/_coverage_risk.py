"""How often a classifier errs on the images that it is surest of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import check_consistent_length, column_or_1d

from skdigits._evaluation.confidence import confidences
from skdigits._evaluation.coverage_risk import coverage_risk_curve
from skdigits._evaluation.labels import number_labels
from skdigits._nested import nested_estimators
from skdigits._plotting import get_axes, import_pandas, import_pyplot
from skdigits._sklearn import check_sample_weight
from skdigits.inspection._plotting import MARKERS, shorten

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

LINE_STYLES = ("-", "--", "-.", ":")
# Marks the curves on axes, so that the next one is drawn in another style.
GID = "skdigits coverage-risk curve"


class CoverageRiskDisplay:
    """Coverage-risk curve: error among the most confident predictions.

    Use :meth:`from_estimator` or :meth:`from_predictions` to create a display.

    Parameters
    ----------
    coverage : array-like of shape (n_thresholds,)
        Fraction of the images accepted at each threshold, increasing to 1.

    risk : array-like of shape (n_thresholds,)
        Fraction of the accepted images that are misclassified.

    thresholds : array-like of shape (n_thresholds,)
        Minimum confidence of accepted images, decreasing.

    threshold : float, default=None
        Threshold to mark on the curve. None marks none.

    name : str, default=None
        Name of the curve in the legend.

    Attributes
    ----------
    aurc : float
        Area under the curve: the mean risk over all coverages [1]_. Lower is better.
        For a random order of the images, it equals the error.

    ax_ : matplotlib Axes
        Axes with the plot.

    figure_ : matplotlib Figure
        The figure of the axes.

    line_ : matplotlib Line2D
        The curve.

    point_ : matplotlib Line2D or None
        Marker at the threshold in use.

    See Also
    --------
    skdigits.model_selection.RejectClassifier : Reject uncertain predictions.
    sklearn.calibration.CalibrationDisplay : Plot the calibration of probabilities.

    Notes
    -----
    Coverage is the fraction of images that are accepted. Risk is the error among them
    [2]_: at a coverage of 100 %, it is the error of the classifier. If the curve falls
    to 0 towards the left, misclassified images have low confidence and can be rejected.
    The left end of the curve is noisy, because it depends on few images.

    Images of equal confidence are accepted or rejected together. If many images have
    the same confidence, the curve starts at their coverage. The area then uses their
    common risk for smaller coverages.

    References
    ----------
    .. [1] Y. Geifman, G. Uziel and R. El-Yaniv, "Bias-reduced uncertainty estimation
       for deep neural classifiers", ICLR 2019.
    .. [2] R. El-Yaniv and Y. Wiener, "On the foundations of noise-free selective
       classification", Journal of Machine Learning Research 11, 2010.

    Examples
    --------
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from sklearn.model_selection import train_test_split
    >>> from skdigits.datasets import load_digits
    >>> from skdigits.inspection import CoverageRiskDisplay
    >>> X, y = load_digits(return_X_y=True)
    >>> X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
    >>> forest = RandomForestClassifier(random_state=0).fit(X_train, y_train)
    >>> display = CoverageRiskDisplay.from_estimator(forest, X_test, y_test)
    >>> print(f"{display.risk[-1]:.3f} in all, {display.aurc:.4f} on average")
    0.024 in all, 0.0009 on average
    """

    def __init__(
        self,
        coverage: ArrayLike,
        risk: ArrayLike,
        thresholds: ArrayLike,
        *,
        threshold: float | None = None,
        name: str | None = None,
    ):
        self.coverage = column_or_1d(coverage)
        self.risk = column_or_1d(risk)
        self.thresholds = column_or_1d(thresholds)
        check_consistent_length(self.coverage, self.risk, self.thresholds)
        self.threshold = threshold
        self.name = name
        self.aurc = float(np.diff(self.coverage, prepend=0) @ self.risk)

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: ArrayLike,
        y: ArrayLike,
        *,
        sample_weight: ArrayLike | None = None,
        name: str | None = None,
        ax: Axes | None = None,
    ) -> Self:
        """Create a display from a classifier and test images.

        The confidence is the largest probability. For a classifier without
        probabilities, it is the largest decision value minus the second largest.

        Parameters
        ----------
        estimator : classifier
            A fitted classifier, or a Pipeline that ends in one. The threshold of a
            :class:`~skdigits.model_selection.RejectClassifier` is marked.

        X : array-like of shape (n, ...)
            Images.

        y : array-like of shape (n,)
            True labels.

        sample_weight : array-like of shape (n,), default=None
            Sample weights.

        name : str, default=None
            Name of the curve in the legend. None means the class of the estimator.

        ax : matplotlib Axes, default=None
            Axes to plot on. If None, a new figure and axes are created. Several curves
            can share axes. They differ in colour, line style and markers.

        Returns
        -------
        display : CoverageRiskDisplay
            The display, plotted.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        TypeError
            If the classifier has neither probabilities nor one decision value per
            class.
        ValueError
            If X and y differ in length, or if there are no images with a positive
            weight.
        """
        import_pyplot(cls.__name__)
        check_consistent_length(X, y)
        rejecting = (
            nested
            for nested in nested_estimators(estimator)
            if hasattr(nested, "predict_or_reject")
        )
        threshold = getattr(next(rejecting, None), "threshold_", None)
        return cls.from_predictions(
            y,
            estimator.predict(X),
            confidences(estimator, X),
            sample_weight=sample_weight,
            threshold=threshold,
            name=type(estimator).__name__ if name is None else name,
            ax=ax,
        )

    @classmethod
    def from_predictions(
        cls,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        confidence: ArrayLike,
        *,
        sample_weight: ArrayLike | None = None,
        threshold: float | None = None,
        name: str | None = None,
        ax: Axes | None = None,
    ) -> Self:
        """Create a display from predictions.

        Parameters
        ----------
        y_true : array-like of shape (n,)
            True labels.

        y_pred : array-like of shape (n,)
            Predicted labels.

        confidence : array-like of shape (n,)
            Confidence of the predictions in any unit, such as ``y_proba.max(axis=1)``.

        sample_weight : array-like of shape (n,), default=None
            Sample weights.

        threshold : float, default=None
            Threshold to mark on the curve. None marks none.

        name : str, default=None
            Name of the curve in the legend.

        ax : matplotlib Axes, default=None
            Axes to plot on. If None, a new figure and axes are created. Several curves
            can share axes. They differ in colour, line style and markers.

        Returns
        -------
        display : CoverageRiskDisplay
            The display, plotted.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        ValueError
            If the arguments differ in length, if labels have different types, or if
            there are no images with a positive weight.
        """
        check_consistent_length(y_true, y_pred, confidence, sample_weight)
        _, (true, predicted) = number_labels(y_true=y_true, y_pred=y_pred)
        confidence = column_or_1d(confidence)
        if np.isnan(confidence).any():
            raise ValueError("confidence must be numbers; got NaN.")
        if sample_weight is not None:
            sample_weight = check_sample_weight(
                sample_weight, confidence, ensure_non_negative=True
            )
        curve = coverage_risk_curve(true != predicted, confidence, sample_weight)
        return cls(*curve, threshold=threshold, name=name).plot(ax)

    def plot(self, ax: Axes | None = None) -> Self:
        """Plot the curve.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to plot on. If None, a new figure and axes are created. Several curves
            can share axes. They differ in colour, line style and markers.

        Returns
        -------
        self : CoverageRiskDisplay
            The display. The figure is not shown: call ``plt.show()``.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        self.ax_ = get_axes(ax, (6.4, 4.8), type(self).__name__)
        self.figure_ = self.ax_.figure
        i = sum(line.get_gid() == GID for line in self.ax_.get_lines())
        area = f"AURC = {100 * self.aurc:.2g} %"
        (self.line_,) = self.ax_.plot(
            self.coverage,
            self.risk,
            color=f"C{i % 10}",
            linestyle=LINE_STYLES[i % len(LINE_STYLES)],
            marker=MARKERS[i % len(MARKERS)],
            markersize=5,
            markevery=max(1, len(self.risk) // 8),
            label=area if self.name is None else f"{shorten(self.name)}: {area}",
            gid=GID,
        )
        self.point_ = None if self.threshold is None else self._mark()
        self._label()
        return self

    def frame(self) -> pd.DataFrame:
        """Return the numbers as a DataFrame.

        Returns
        -------
        frame : pandas DataFrame
            One row per threshold, with the columns "threshold", "coverage" and "risk".

        Raises
        ------
        ImportError
            If pandas is not installed.
        """
        pd = import_pandas(f"{type(self).__name__}.frame")
        return pd.DataFrame(
            {"threshold": self.thresholds, "coverage": self.coverage, "risk": self.risk}
        )

    def _mark(self) -> object:
        """Put a star where the threshold in use accepts."""
        n_reached = np.count_nonzero(self.thresholds >= self.threshold)
        coverage = self.coverage[n_reached - 1] if n_reached else 0.0
        risk = self.risk[n_reached - 1] if n_reached else 0.0
        (point,) = self.ax_.plot(
            coverage,
            risk,
            linestyle="none",
            marker="*",
            markersize=14,
            markerfacecolor="gold",
            markeredgecolor="black",
            zorder=5,
            clip_on=False,
            label=(
                f"threshold {self.threshold:.3g}: {100 * coverage:.4g} % accepted, "
                f"{100 * risk:.2g} % of them misclassified"
            ),
        )
        return point

    def _label(self) -> None:
        from matplotlib.ticker import PercentFormatter

        self.ax_.set(
            xlabel="Coverage: share of the images that are accepted",
            ylabel="Risk: error among the accepted images",
            xlim=(0, 1.02),
        )
        # Still automatic, for the curves to come.
        self.ax_.autoscale(axis="y")
        self.ax_.set_ylim(bottom=0, auto=True)
        self.ax_.xaxis.set_major_formatter(PercentFormatter(1))
        self.ax_.yaxis.set_major_formatter(PercentFormatter(1))
        self.ax_.grid(alpha=0.3)
        for text in self.ax_.legend(loc="upper left").get_texts():
            text.set_parse_math(False)

"""The mistakes of a classifier, worst first."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import check_consistent_length, column_or_1d

from skdigits._evaluation.class_scores import scores_of_mistakes
from skdigits._evaluation.confidence import percent
from skdigits._evaluation.labels import number_labels
from skdigits._evaluation.mistakes import find_mistakes, worst_first
from skdigits._images import ImageShape
from skdigits._plotting import import_pandas, import_pyplot
from skdigits._sklearn import safe_indexing
from skdigits.inspection._captioned import CaptionedImagesDisplay
from skdigits.inspection._plotting import (
    LONGEST_TITLE,
    arrow,
    as_images,
    check_count,
    shorten,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


class MisclassifiedDisplay(CaptionedImagesDisplay):
    """Misclassified images, the worst mistakes first.

    Use :meth:`from_estimator` or :meth:`from_predictions` to create a display.

    Parameters
    ----------
    images : array-like of shape (n, h, w), (n, h, w, 1) or (n, h * w)
        Misclassified images, in the order of the plot.

    y_true : array-like of shape (n,)
        True labels.

    y_pred : array-like of shape (n,)
        Predicted labels.

    indices : array-like of shape (n,)
        Positions of the images in the data.

    probabilities : array-like of shape (n, 2), default=None
        Probabilities of the true and of the predicted label.

    margins : array-like of shape (n,), default=None
        Decision value of the true label minus the largest of the others.

    n_mistakes : int, default=None
        Number of misclassified images in the data. None means that all are plotted.

    n_samples : int, default=None
        Number of predicted images.

    pair : tuple (true, predicted), default=None
        True and predicted label to plot: (4, 9) are the 4s classified as 9, not the 9s
        classified as 4. None means all misclassified images.

    image_shape : tuple (h, w), default=None
        Shape of the images, in pixels. None means as in :class:`DigitsDisplay`.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes with all the images.

    figure_ : matplotlib Figure
        The figure of the axes.

    images_ : list of matplotlib AxesImage
        The images, in the order of `images`.

    texts_ : list of matplotlib Text
        The text under each image.

    See Also
    --------
    DigitsDisplay : Plot any images.
    sklearn.metrics.ConfusionMatrixDisplay : Plot a confusion matrix.

    Notes
    -----
    The text "4 → 9" under an image means that a 4 is classified as 9. The probabilities
    of both, or the margin, are below. The worst mistake has the largest loss, minus the
    logarithm of the probability of the true label, or the smallest margin. Without
    either, images are in the order of the data. NaN comes last.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.model_selection import train_test_split
    >>> from skdigits.datasets import load_digits
    >>> from skdigits.inspection import MisclassifiedDisplay
    >>> X, y = load_digits(return_X_y=True)
    >>> X_train, X_test, y_train, y_test = train_test_split(X / 16, y, random_state=0)
    >>> classifier = LogisticRegression().fit(X_train, y_train)
    >>> display = MisclassifiedDisplay.from_estimator(classifier, X_test, y_test)
    >>> display.n_mistakes, display.n_samples
    (18, 450)
    """

    def __init__(
        self,
        images: ArrayLike,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        indices: ArrayLike,
        *,
        probabilities: ArrayLike | None = None,
        margins: ArrayLike | None = None,
        n_mistakes: int | None = None,
        n_samples: int | None = None,
        pair: tuple[Any, Any] | None = None,
        image_shape: ImageShape | None = None,
    ):
        self.images = as_images(images, image_shape)
        self.y_true = column_or_1d(y_true)
        self.y_pred = column_or_1d(y_pred)
        self.indices = column_or_1d(indices)
        self.probabilities = None if probabilities is None else np.array(probabilities)
        self.margins = None if margins is None else np.array(margins)
        check_consistent_length(
            self.images,
            self.y_true,
            self.y_pred,
            self.indices,
            self.probabilities,
            self.margins,
        )
        self.n_mistakes = len(self.images) if n_mistakes is None else n_mistakes
        self.n_samples = n_samples
        self.pair = pair

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: ArrayLike,
        y: ArrayLike,
        *,
        pair: tuple[Any, Any] | None = None,
        n_images: int = 30,
        image_shape: ImageShape | None = None,
        ax: Axes | None = None,
        n_columns: int | None = None,
    ) -> Self:
        """Create a display from a classifier and labelled images.

        Images are sorted by loss if the classifier has `predict_proba`. Otherwise they
        are sorted by margin if `decision_function` has one value per class. For other
        classifiers, such as an SVC with ``decision_function_shape="ovo"``, they are in
        the order of the data.

        Parameters
        ----------
        estimator : classifier
            A fitted classifier, or a Pipeline that ends in one.

        X : array-like of shape (n, h * w), (n, h, w) or (n, h, w, 1)
            Images.

        y : array-like of shape (n,)
            True labels.

        pair : tuple (true, predicted), default=None
            True and predicted label to plot: (4, 9) are the 4s classified as 9, not the
            9s classified as 4. None means all misclassified images.

        n_images : int, default=30
            Maximum number of images to plot.

        image_shape : tuple (h, w), default=None
            Shape of the images, in pixels. None means as in the class.

        ax : matplotlib Axes, default=None
            Axes to plot on. If None, a new figure and axes are created.

        n_columns : int, default=None
            Number of images per row. None means as many as fit, but at most 10.

        Returns
        -------
        display : MisclassifiedDisplay
            The display, plotted.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        TypeError
            If a number of images or of columns is not an integer.
        ValueError
            If X and y differ in length, or an argument is invalid.
        """
        import_pyplot(cls.__name__)
        check_consistent_length(X, y)
        check_count("n_columns", n_columns)
        y = column_or_1d(y)
        classes = getattr(estimator, "classes_", None)
        if classes is not None:
            number_labels(y=y, classes_=classes)  # comparable? Ask before predicting.
        y_pred = column_or_1d(estimator.predict(X)) if len(y) else y
        return cls.from_predictions(
            X,
            y,
            y_pred,
            **scores_of_mistakes(estimator, X, np.flatnonzero(y != y_pred)),
            classes=classes,
            pair=pair,
            n_images=n_images,
            image_shape=image_shape,
            ax=ax,
            n_columns=n_columns,
        )

    @classmethod
    def from_predictions(
        cls,
        X: ArrayLike,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        *,
        y_proba: ArrayLike | None = None,
        decision: ArrayLike | None = None,
        classes: ArrayLike | None = None,
        pair: tuple[Any, Any] | None = None,
        n_images: int = 30,
        image_shape: ImageShape | None = None,
        ax: Axes | None = None,
        n_columns: int | None = None,
    ) -> Self:
        """Create a display from predictions.

        Parameters
        ----------
        X : array-like of shape (n, h * w), (n, h, w) or (n, h, w, 1)
            Images.

        y_true : array-like of shape (n,)
            True labels.

        y_pred : array-like of shape (n,)
            Predicted labels.

        y_proba : array-like of shape (n, n_classes), default=None
            Predicted probabilities, to sort by loss.

        decision : array-like of shape (n, n_classes) or (n,), default=None
            Decision values, to sort by margin. The shape is (n,) for two classes.
            Values for pairs of classes, as from an SVC with
            ``decision_function_shape="ovo"``, are not supported.

        classes : array-like of shape (n_classes,), default=None
            Labels that the columns of `y_proba` or `decision` belong to. None means all
            labels of `y_true` and `y_pred`, sorted.

        pair : tuple (true, predicted), default=None
            True and predicted label to plot: (4, 9) are the 4s classified as 9, not the
            9s classified as 4. None means all misclassified images.

        n_images : int, default=30
            Maximum number of images to plot.

        image_shape : tuple (h, w), default=None
            Shape of the images, in pixels. None means as in the class.

        ax : matplotlib Axes, default=None
            Axes to plot on. If None, a new figure and axes are created.

        n_columns : int, default=None
            Number of images per row. None means as many as fit, but at most 10.

        Returns
        -------
        display : MisclassifiedDisplay
            The display, plotted.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        TypeError
            If a number of images or of columns is not an integer.
        ValueError
            If the arrays differ in length, or an argument is invalid.
        """
        check_consistent_length(X, y_true, y_pred, y_proba, decision)
        if y_proba is not None and decision is not None:
            raise ValueError("Give y_proba or decision to sort by, not both.")
        check_count("n_images", n_images)
        y_true, y_pred = column_or_1d(y_true), column_or_1d(y_pred)
        given = {} if classes is None else {"classes": classes}
        labels, _ = number_labels(y_true=y_true, y_pred=y_pred, **given)
        classes = labels if classes is None else classes
        wrong = find_mistakes(y_true, y_pred, pair, classes)
        order, scores = worst_first(
            y_true[wrong],
            y_pred[wrong],
            classes,
            y_proba=None if y_proba is None else safe_indexing(y_proba, wrong),
            decision=None if decision is None else safe_indexing(decision, wrong),
        )
        shown = order[:n_images]
        rows = wrong[shown]
        display = cls(
            safe_indexing(X, rows),
            y_true[rows],
            y_pred[rows],
            rows,
            **{name: values[shown] for name, values in scores.items()},
            n_mistakes=len(wrong),
            n_samples=len(y_true),
            pair=pair,
            image_shape=image_shape,
        )
        return display.plot(ax, n_columns=n_columns)

    def frame(self) -> pd.DataFrame:
        """Return what is shown as a table.

        Returns
        -------
        frame : pandas DataFrame
            One row per image, in the order of the plot, with the columns "index" (in
            the data), "true", "predicted", and "probability_true",
            "probability_predicted" and "loss", or "margin", if they are known.

        Raises
        ------
        ImportError
            If pandas is not installed.
        """
        pd = import_pandas(f"{type(self).__name__}.frame")
        columns = dict(index=self.indices, true=self.y_true, predicted=self.y_pred)
        if self.probabilities is not None:
            true, columns["probability_predicted"] = self.probabilities.T
            with np.errstate(divide="ignore"):
                columns |= {"probability_true": true, "loss": -np.log(true)}
        if self.margins is not None:
            columns["margin"] = self.margins
        return pd.DataFrame(columns)

    def _captions(self) -> list[str]:
        captions = list(map(arrow, self.y_true, self.y_pred))
        if self.probabilities is not None:
            scores = [" → ".join(map(percent, pair)) for pair in self.probabilities]
        elif self.margins is not None:
            scores = [f"{margin:.2f}" for margin in self.margins]
        else:
            return captions
        return list(map("{}\n{}".format, captions, scores))

    def _title(self) -> str:
        shown = len(self.images)
        images = "" if self.n_samples is None else f" in {self.n_samples:,} images"
        number = f"{self.n_mistakes:,}"
        if shown < self.n_mistakes:
            number = f"{shown} of {number}"
        if self.pair is not None:
            true, predicted = map(shorten, self.pair)
            number = number if shown else "none"
            title = f"{true} classified as {predicted}: {number}{images}"
        elif self.n_mistakes == 1:
            title = f"1 mistake{images}"
        else:
            title = f"{number if shown else 'No'} mistakes{images}"
        if shown and self.probabilities is not None:
            title += ", largest loss first"
        elif shown and self.margins is not None:
            title += ", smallest margin first"
        return fill(title, LONGEST_TITLE)

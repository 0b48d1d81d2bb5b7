"""Images of digits in a grid."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import check_consistent_length, column_or_1d

from skdigits._evaluation.labels import number_labels
from skdigits._images import ImageShape
from skdigits._plotting import import_pandas, import_pyplot
from skdigits._sklearn import num_samples, safe_indexing
from skdigits.inspection._plotting import (
    arrow,
    as_images,
    check_count,
    draw_mosaic,
    shorten,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


class DigitsDisplay:
    """Grid of images with their labels.

    It is recommended to use :meth:`from_arrays` or :meth:`from_estimator` to create it.
    It can show any array of images: digits, augmented copies, principal components, or
    the coefficients of a linear model.

    Parameters
    ----------
    images : array-like of shape (n, h, w), (n, h, w, 1) or (n, h * w)
        Images to plot. Pixels can have any range, which all images share. Without
        negative pixels, 0 is white and the largest pixel is black. With negative
        pixels, 0 is white between two colours.

    y_true : array-like of shape (n,), default=None
        True labels.

    y_pred : array-like of shape (n,), default=None
        Predicted labels.

    groups : array-like of shape (n,), default=None
        Name of the group of each image. Consecutive images with the same name form a
        group, which starts a new row.

    indices : array-like of shape (n,), default=None
        Positions of the images in the data. None means 0, 1, 2 and so on.

    image_shape : tuple (h, w), default=None
        Shape of the images, in pixels. None means: as given if `images` has 3 or 4
        dimensions; square if the number of pixels is a perfect square; a single row
        otherwise.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Axes with all images.

    figure_ : matplotlib Figure
        The figure of the axes.

    images_ : list of matplotlib AxesImage
        The images, in the order of `images`.

    texts_ : list of matplotlib Text
        The text under each image.

    frames_ : list of matplotlib Rectangle
        The frame of each image.

    See Also
    --------
    MisclassifiedDisplay : Plot misclassified images, the worst first.

    Notes
    -----
    The text under an image is its label, such as "7". A misclassified image has "7 →
    9", the true and the predicted label, in bold, and a thick frame.

    Examples
    --------
    >>> from skdigits.datasets import load_digits
    >>> from skdigits.inspection import DigitsDisplay
    >>> X, y = load_digits(return_X_y=True)
    >>> display = DigitsDisplay.from_arrays(X, y, per_class=8)
    >>> display.images.shape
    (80, 8, 8)
    """

    def __init__(
        self,
        images: ArrayLike,
        *,
        y_true: ArrayLike | None = None,
        y_pred: ArrayLike | None = None,
        groups: ArrayLike | None = None,
        indices: ArrayLike | None = None,
        image_shape: ImageShape | None = None,
    ):
        self.images = as_images(images, image_shape)
        self.y_true = _column(y_true)
        self.y_pred = _column(y_pred)
        self.groups = _column(groups)
        self.indices = (
            np.arange(len(self.images)) if indices is None else _column(indices)
        )
        check_consistent_length(
            self.images, self.y_true, self.y_pred, self.groups, self.indices
        )
        if self.y_true is not None and self.y_pred is not None:
            number_labels(y_true=self.y_true, y_pred=self.y_pred)  # comparable?

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: ArrayLike,
        y: ArrayLike | None = None,
        *,
        n_images: int = 50,
        per_class: int | None = None,
        image_shape: ImageShape | None = None,
        ax: Axes | None = None,
        n_columns: int | None = None,
        cmap: str | None = None,
    ) -> Self:
        """Create a display from images and a classifier, which predicts them.

        Parameters
        ----------
        estimator : classifier
            A fitted classifier, or a Pipeline that ends in one.

        X : array-like of shape (n, h * w), (n, h, w) or (n, h, w, 1)
            Images. Only the plotted ones are predicted.

        y : array-like of shape (n,), default=None
            True labels.

        n_images : int, default=50
            Number of images to plot, from the first one. Not used with `per_class`.

        per_class : int, default=None
            Number of images to plot for each class, from the first one, in rows by
            class.

        image_shape : tuple (h, w), default=None
            Shape of the images, in pixels. None means: as given if `images` has 3 or 4
            dimensions; square if the number of pixels is a perfect square; a single row
            otherwise.

        ax : matplotlib Axes, default=None
            Axes to plot on. If None, a new figure and axes are created.

        n_columns : int, default=None
            Number of images per row. None means as many as fit, but at most 10.

        cmap : str, default=None
            Name of a colormap. None means as in :meth:`plot`.

        Returns
        -------
        display : DigitsDisplay
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
        import_pyplot(cls.__name__)
        check_consistent_length(X, y)
        check_count("n_columns", n_columns)
        rows = _first(X, y, n_images, per_class)
        X, y = safe_indexing(X, rows), _take(y, rows)
        display = cls(
            X,
            y_true=y,
            y_pred=estimator.predict(X) if len(rows) else None,
            groups=None if per_class is None else y,
            indices=rows,
            image_shape=image_shape,
        )
        return display.plot(ax, n_columns=n_columns, cmap=cmap)

    @classmethod
    def from_arrays(
        cls,
        X: ArrayLike,
        y: ArrayLike | None = None,
        y_pred: ArrayLike | None = None,
        *,
        n_images: int = 50,
        per_class: int | None = None,
        groups: ArrayLike | None = None,
        image_shape: ImageShape | None = None,
        ax: Axes | None = None,
        n_columns: int | None = None,
        cmap: str | None = None,
    ) -> Self:
        """Create a display from images and labels.

        Parameters
        ----------
        X : array-like of shape (n, h * w), (n, h, w) or (n, h, w, 1)
            Images.

        y : array-like of shape (n,), default=None
            True labels.

        y_pred : array-like of shape (n,), default=None
            Predicted labels.

        n_images : int, default=50
            Number of images to plot, from the first one. Not used with `per_class` or
            `groups`.

        per_class : int, default=None
            Number of images to plot for each class, from the first one, in rows by
            class.

        groups : array-like of shape (n,), default=None
            Name of the group of each image, such as "original" and "copy". All images
            are plotted, and each group starts a new row. Not used with `per_class`.

        image_shape : tuple (h, w), default=None
            Shape of the images, in pixels. None means: as given if `images` has 3 or 4
            dimensions; square if the number of pixels is a perfect square; a single row
            otherwise.

        ax : matplotlib Axes, default=None
            Axes to plot on. If None, a new figure and axes are created.

        n_columns : int, default=None
            Number of images per row. None means as many as fit, but at most 10.

        cmap : str, default=None
            Name of a colormap. None means as in :meth:`plot`.

        Returns
        -------
        display : DigitsDisplay
            The display, plotted.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        TypeError
            If a number of images or of columns is not an integer.
        ValueError
            If the arrays differ in length, or an argument is invalid.

        Examples
        --------
        >>> from skdigits.datasets import load_digits
        >>> from skdigits.inspection import DigitsDisplay
        >>> from skdigits.preprocessing import PCAFeatures
        >>> pca = PCAFeatures(n_components=16).fit(load_digits().images)
        >>> display = DigitsDisplay.from_arrays(pca.components_images_, n_columns=8)
        """
        check_consistent_length(X, y, y_pred, groups)
        if groups is not None and per_class is not None:
            raise ValueError("Give groups or per_class, not both: each makes rows.")
        if groups is not None:
            rows = np.arange(num_samples(groups))
        else:
            rows = _first(X, y, n_images, per_class)
        y = _take(y, rows)
        display = cls(
            safe_indexing(X, rows),
            y_true=y,
            y_pred=_take(y_pred, rows),
            groups=_take(groups, rows) if per_class is None else y,
            indices=rows,
            image_shape=image_shape,
        )
        return display.plot(ax, n_columns=n_columns, cmap=cmap)

    def plot(
        self,
        ax: Axes | None = None,
        *,
        n_columns: int | None = None,
        cmap: str | None = None,
    ) -> Self:
        """Plot the images.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to plot on. If None, a new figure and axes are created.

        n_columns : int, default=None
            Number of images per row. None means as many as fit, but at most 10.

        cmap : str, default=None
            Name of a colormap. None means "gray_r", dark ink on white paper, or
            "RdBu_r" if there are negative pixels. Use "gray" to show their signs in
            print without colours.

        Returns
        -------
        self : DigitsDisplay
            The display. The figure is not shown: call ``plt.show()``.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        TypeError
            If `n_columns` is not an integer.
        ValueError
            If it is less than 1.
        """
        mosaic = draw_mosaic(
            ax,
            self.images,
            captions=self._captions(),
            marked=self._mistakes(),
            groups=None if self.groups is None else self.groups.tolist(),
            n_columns=n_columns,
            cmap=cmap,
            title=self._title(),
            caller=type(self).__name__,
        )
        self.ax_, self.figure_ = mosaic.ax, mosaic.ax.figure
        self.images_, self.texts_ = mosaic.images, mosaic.texts
        self.frames_ = mosaic.frames
        return self

    def frame(self) -> pd.DataFrame:
        """Return the labels as a DataFrame.

        Returns
        -------
        frame : pandas DataFrame
            One row per image, with its position in the data, "index", and, if known,
            "group", "true" and "predicted".

        Raises
        ------
        ImportError
            If pandas is not installed.
        """
        columns = {
            "index": self.indices,
            "group": self.groups,
            "true": self.y_true,
            "predicted": self.y_pred,
        }
        pd = import_pandas(f"{type(self).__name__}.frame")
        return pd.DataFrame({k: v for k, v in columns.items() if v is not None})

    def _mistakes(self) -> np.ndarray:
        if self.y_true is None or self.y_pred is None:
            return np.zeros(len(self.images), dtype=bool)
        return self.y_true != self.y_pred

    def _title(self) -> str:
        if len(self.images) == 0:
            return "No images"
        if self.y_true is None or self.y_pred is None:
            return ""
        return f"{self._mistakes().sum()} of {len(self.images)} misclassified"

    def _captions(self) -> list[str]:
        nothing = [""] * len(self.images)
        if self.y_true is None:
            if self.y_pred is None:
                return nothing
            return [f"→ {shorten(label)}" for label in self.y_pred]
        captions = [shorten(label) for label in self.y_true]
        if self.y_pred is None:
            # Rows that are named after their class need no label under each image.
            named = self.groups is not None and np.array_equal(self.groups, self.y_true)
            return nothing if named else captions
        for i in np.flatnonzero(self._mistakes()):
            captions[i] = arrow(self.y_true[i], self.y_pred[i])
        return captions


def _column(values: ArrayLike | None) -> np.ndarray | None:
    return None if values is None else column_or_1d(values)


def _take(values: ArrayLike | None, rows: np.ndarray) -> np.ndarray | None:
    return None if values is None else safe_indexing(values, rows)


def _first(
    X: ArrayLike, y: ArrayLike | None, n_images: int, per_class: int | None
) -> np.ndarray:
    """Return the rows of the first images, or of the first of each class."""
    check_count("n_images", n_images)
    check_count("per_class", per_class)
    if per_class is None:
        return np.arange(num_samples(X))[:n_images]
    if y is None:
        raise ValueError("per_class needs the true labels y; got y=None.")
    y = column_or_1d(y)
    rows = [np.flatnonzero(y == label)[:per_class] for label in np.unique(y)]
    return np.concatenate([np.arange(0), *rows])

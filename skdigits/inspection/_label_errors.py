"""The images whose labels are probably wrong."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import Bunch, check_consistent_length, column_or_1d

from skdigits._evaluation.confidence import percent
from skdigits._images import ImageShape
from skdigits._plotting import import_pandas, import_pyplot
from skdigits._sklearn import num_samples, safe_indexing
from skdigits.inspection._captioned import CaptionedImagesDisplay
from skdigits.inspection._plotting import (
    LONGEST_TITLE,
    arrow,
    as_images,
    check_count,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


class LabelErrorsDisplay(CaptionedImagesDisplay):
    """Images whose labels are probably wrong, the lowest scores first.

    Use :meth:`from_label_errors` to create a display.

    Parameters
    ----------
    images : array-like of shape (n, h, w), (n, h, w, 1) or (n, h * w)
        Suspected images, in the order of the plot.

    given : array-like of shape (n,)
        Given labels.

    suggested : array-like of shape (n,)
        Suggested labels, which are the most probable ones.

    indices : array-like of shape (n,)
        Positions of the images in the data.

    probabilities : array-like of shape (n, 2), default=None
        Probabilities of the given and of the suggested label.

    n_errors : int, default=None
        Number of suspected images in the data. None means that all are plotted.

    n_samples : int, default=None
        Number of images in the data.

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
    skdigits.model_selection.find_label_errors : Find label errors.
    MisclassifiedDisplay : Plot misclassified images, the worst first.

    Notes
    -----
    The text "4 → 9" under an image means that its label is 4 and 9 is suggested. The
    probabilities of both are below.

    Examples
    --------
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from skdigits.datasets import load_digits
    >>> from skdigits.inspection import LabelErrorsDisplay
    >>> from skdigits.model_selection import find_label_errors
    >>> X, y = load_digits(return_X_y=True)
    >>> y[[100, 300]] = 0  # they show a 4 and a 7
    >>> errors = find_label_errors(KNeighborsClassifier(10), X, y)
    >>> display = LabelErrorsDisplay.from_label_errors(errors, X, n_images=10)
    >>> display.given[:2], display.suggested[:2]
    (array([0, 0]), array([4, 7]))
    """

    def __init__(
        self,
        images: ArrayLike,
        given: ArrayLike,
        suggested: ArrayLike,
        indices: ArrayLike,
        *,
        probabilities: ArrayLike | None = None,
        n_errors: int | None = None,
        n_samples: int | None = None,
        image_shape: ImageShape | None = None,
    ):
        self.images = as_images(images, image_shape)
        self.given = column_or_1d(given)
        self.suggested = column_or_1d(suggested)
        self.indices = column_or_1d(indices)
        self.probabilities = None if probabilities is None else np.array(probabilities)
        check_consistent_length(
            self.images, self.given, self.suggested, self.indices, self.probabilities
        )
        self.n_errors = len(self.images) if n_errors is None else n_errors
        self.n_samples = n_samples

    @classmethod
    def from_label_errors(
        cls,
        errors: Bunch,
        X: ArrayLike,
        *,
        n_images: int = 30,
        image_shape: ImageShape | None = None,
        ax: Axes | None = None,
        n_columns: int | None = None,
    ) -> Self:
        """Create a display from the result of `find_label_errors`.

        Parameters
        ----------
        errors : :class:`~sklearn.utils.Bunch`
            Result of :func:`~skdigits.model_selection.find_label_errors`.

        X : array-like of shape (n, h * w), (n, h, w) or (n, h, w, 1)
            Images passed to `find_label_errors`.

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
        display : LabelErrorsDisplay
            The display, plotted.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        TypeError
            If a number of images or of columns is not an integer.
        ValueError
            If X has another number of images than in `find_label_errors`, or an
            argument is invalid.
        """
        import_pyplot(cls.__name__)
        check_count("n_images", n_images)
        n_samples = len(errors.all_scores)
        if num_samples(X) != n_samples:
            raise ValueError(
                f"X has {num_samples(X):,} images, but the label errors were found "
                f"among {n_samples:,}. Pass the images that find_label_errors got."
            )
        rows = errors.indices[:n_images]
        labels = np.stack([errors.given, errors.suggested], axis=1)[:n_images]
        columns = (labels[:, :, np.newaxis] == errors.classes).argmax(axis=2)
        display = cls(
            safe_indexing(X, rows),
            errors.given[:n_images],
            errors.suggested[:n_images],
            rows,
            probabilities=errors.probabilities[rows[:, np.newaxis], columns],
            n_errors=len(errors.indices),
            n_samples=n_samples,
            image_shape=image_shape,
        )
        return display.plot(ax, n_columns=n_columns)

    def frame(self) -> pd.DataFrame:
        """Return what is shown as a table.

        Returns
        -------
        frame : pandas DataFrame
            One row per image, in the order of the plot, with the columns "index" (in
            the data), "given", "suggested", and "probability_given" and
            "probability_suggested" if they are known.

        Raises
        ------
        ImportError
            If pandas is not installed.
        """
        pd = import_pandas(f"{type(self).__name__}.frame")
        columns = dict(index=self.indices, given=self.given, suggested=self.suggested)
        if self.probabilities is not None:
            given, suggested = self.probabilities.T
            columns |= {"probability_given": given, "probability_suggested": suggested}
        return pd.DataFrame(columns)

    def _captions(self) -> list[str]:
        captions = list(map(arrow, self.given, self.suggested))
        if self.probabilities is None:
            return captions
        chances = [" → ".join(map(percent, pair)) for pair in self.probabilities]
        return list(map("{}\n{}".format, captions, chances))

    def _title(self) -> str:
        shown = len(self.images)
        number = f"{self.n_errors:,}" if shown else "No"
        if 0 < shown < self.n_errors:
            number = f"{shown} of {number}"
        noun = "error" if self.n_errors == 1 else "errors"
        images = "" if self.n_samples is None else f" in {self.n_samples:,} images"
        return fill(f"{number} suspected label {noun}{images}", LONGEST_TITLE)

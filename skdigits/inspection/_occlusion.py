"""Which pixels a classifier looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import check_consistent_length, column_or_1d

from skdigits._evaluation.confidence import percent
from skdigits._evaluation.occlusion import occlude
from skdigits._images import ImageShape
from skdigits._plotting import import_pandas, import_pyplot
from skdigits._sklearn import num_samples, safe_indexing
from skdigits.inspection._heat_maps import draw_heat_maps
from skdigits.inspection._plotting import as_images, check_count, shorten

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


class OcclusionDisplay:
    """Heat maps of the pixels that a prediction depends on, by occlusion.

    Use :meth:`from_estimator` to create a display.

    Parameters
    ----------
    images : array-like of shape (n, h, w), (n, h, w, 1) or (n, h * w)
        Images whose predictions are explained.

    attributions : array-like of the same shape
        Decrease of the prediction of the label when a pixel is hidden.

    labels : array-like of shape (n,)
        Labels whose predictions are explained.

    probabilities : array-like of shape (n,)
        Probabilities of these labels for the complete images.

    measure : {"log_odds", "probability"}, default="log_odds"
        Measure of the attributions, for the colour bar.

    image_shape : tuple (h, w), default=None
        Shape of the images, in pixels. None means as in :class:`DigitsDisplay`.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes with all the images.

    figure_ : matplotlib Figure
        The figure of the axes.

    images_ : list of matplotlib AxesImage
        Heat maps, in the order of `images`.

    outlines_ : list of matplotlib QuadContourSet
        Outlines of the digits. Blank images have none.

    texts_ : list of matplotlib Text
        The text under each image.

    colorbar_ : matplotlib Colorbar or None
        Colour bar shared by all images. None without images.

    See Also
    --------
    MisclassifiedDisplay : Plot misclassified images, the worst first.
    sklearn.inspection.permutation_importance : Importance of features over all images.

    Notes
    -----
    A patch of background slides over the image, and the classifier predicts each of
    the occluded images [1]_. The attribution of a pixel is the decrease in the
    log-odds or probability of the label, averaged over all patches that hide the
    pixel.

    Red pixels support the label: it is less probable without them. Blue pixels count
    against it. The label and its probability are under each image.

    The map shows the effect of hiding one part of the image. If either of two parts is
    sufficient for the prediction, both look unimportant.

    References
    ----------
    .. [1] M. D. Zeiler and R. Fergus, "Visualizing and understanding convolutional
       networks", European Conference on Computer Vision, 2014.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skdigits.datasets import load_digits
    >>> from skdigits.inspection import OcclusionDisplay
    >>> X, y = load_digits(return_X_y=True)
    >>> classifier = LogisticRegression(max_iter=1000).fit(X[100:] / 16, y[100:])
    >>> display = OcclusionDisplay.from_estimator(classifier, X[:2] / 16)
    >>> display.labels
    array([0, 1])
    >>> display.attributions.shape
    (2, 8, 8)
    """

    def __init__(
        self,
        images: ArrayLike,
        attributions: ArrayLike,
        labels: ArrayLike,
        probabilities: ArrayLike,
        *,
        measure: str = "log_odds",
        image_shape: ImageShape | None = None,
    ):
        self.images = as_images(images, image_shape)
        self.attributions = as_images(attributions, self.images.shape[1:])
        self.labels = column_or_1d(labels)
        self.probabilities = column_or_1d(probabilities)
        check_consistent_length(
            self.images, self.attributions, self.labels, self.probabilities
        )
        self.measure = measure

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: ArrayLike,
        *,
        label: Any = None,
        measure: str = "log_odds",
        patch_size: int | tuple[int, int] | None = None,
        stride: int = 1,
        fill: float | None = None,
        n_images: int = 10,
        image_shape: ImageShape | None = None,
        ax: Axes | None = None,
        n_columns: int | None = None,
    ) -> Self:
        """Create a display from a classifier and images.

        Parameters
        ----------
        estimator : classifier
            A fitted classifier with `predict_proba`, or a Pipeline that ends in one. It
            predicts each image several hundred times, a million pixels per batch.

        X : array-like of shape (n, h * w), (n, h, w) or (n, h, w, 1)
            Images.

        label : label or array-like of shape (n,), default=None
            Label to explain, one for all images or one per image. None means the
            predicted labels.

        measure : {"log_odds", "probability"}, default="log_odds"
            Measure of a prediction. The log-odds, log(p / (1 - p)), also change for
            probabilities near 1. Probabilities are clipped to 1e-6 and 1 - 1e-6 for
            them. Use "probability" for forests and nearest neighbors, whose
            probabilities are often exactly 0 or 1.

        patch_size : int or tuple (height, width), default=None
            Size of the patches in pixels. Small patches show details, large ones hide
            whole strokes. None means a sixth of the height and width of the images,
            rounded up.

        stride : int, default=1
            Distance between neighbouring patches in pixels. Larger strides are faster
            and coarser.

        fill : float, default=None
            Value of hidden pixels. None means the background of each image: the median
            of its border pixels.

        n_images : int, default=10
            Number of images to plot, from the first one.

        image_shape : tuple (h, w), default=None
            Shape of the images, in pixels. None means as in the class.

        ax : matplotlib Axes, default=None
            Axes to plot on. If None, a new figure and axes are created.

        n_columns : int, default=None
            Number of images per row. None means as many as fit, but at most 5 in a new
            figure.

        Returns
        -------
        display : OcclusionDisplay
            The display, plotted.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        sklearn.exceptions.NotFittedError
            If the classifier is not fitted.
        TypeError
            If the classifier has no `predict_proba`, or an argument has another type.
        ValueError
            If the label is unknown, if patches do not fit into the images or leave
            gaps, or if another argument is invalid.
        """
        import_pyplot(cls.__name__)
        check_count("n_images", n_images)
        check_count("n_columns", n_columns)
        if np.ndim(label) > 0:
            check_consistent_length(X, label)
            label = safe_indexing(label, slice(n_images))
        display = cls(
            *occlude(
                estimator,
                safe_indexing(X, np.arange(num_samples(X))[:n_images]),
                label,
                measure=measure,
                patch_size=patch_size,
                stride=stride,
                fill=fill,
                image_shape=image_shape,
            ),
            measure=measure,
        )
        return display.plot(ax, n_columns=n_columns)

    def plot(self, ax: Axes | None = None, *, n_columns: int | None = None) -> Self:
        """Plot the heat maps and the outlines of the digits.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to plot on. If None, a new figure and axes are created.

        n_columns : int, default=None
            Number of images per row. None means as many as fit, but at most 5 in a new
            figure.

        Returns
        -------
        self : OcclusionDisplay
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
        check_count("n_columns", n_columns)
        drawn = draw_heat_maps(
            ax,
            self.attributions,
            self.images,
            captions=[
                f"{shorten(label)} ({percent(probability)})"
                for label, probability in zip(
                    self.labels, self.probabilities, strict=True
                )
            ],
            n_columns=n_columns,
            quantity=f"decrease in {self.measure.replace('_', '-')}",
            caller=type(self).__name__,
        )
        self.ax_, self.figure_ = drawn.ax, drawn.ax.figure
        self.images_, self.texts_ = drawn.images, drawn.texts
        self.outlines_, self.colorbar_ = drawn.outlines, drawn.colorbar
        return self

    def frame(self) -> pd.DataFrame:
        """Return the attributions as a DataFrame.

        Returns
        -------
        frame : pandas DataFrame
            One row per pixel, with the columns "image" (the number of the image),
            "label", "row" and "column" (of the pixel) and "attribution".

        Raises
        ------
        ImportError
            If pandas is not installed.
        """
        pd = import_pandas(f"{type(self).__name__}.frame")
        image, row, column = np.indices(self.attributions.shape).reshape(3, -1)
        places = dict(image=image, label=self.labels[image], row=row, column=column)
        return pd.DataFrame(places | {"attribution": self.attributions.ravel()})

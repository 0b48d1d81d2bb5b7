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
    """Heat maps of the pixels on which a prediction depends, found by occlusion.

    It is recommended to use :meth:`from_estimator` to create it.

    Parameters
    ----------
    images : array-like of shape (n, h, w), (n, h, w, 1) or (n, h * w)
        The images.

    attributions : array-like of the same shape
        How much the prediction of the label falls when a pixel is hidden.

    labels : array-like of shape (n,)
        The labels whose predictions are explained.

    probabilities : array-like of shape (n,)
        Their probabilities in the images, of which nothing is hidden.

    measure : {"log_odds", "probability"}, default="log_odds"
        The measure of the attributions, for the colour bar.

    image_shape : tuple (h, w), default=None
        Height and width of the images; None means as in :class:`DigitsDisplay`.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes with all the images.

    figure_ : matplotlib Figure
        The figure of the axes.

    images_ : list of matplotlib AxesImage
        The heat maps, in the order of `images`.

    outlines_ : list of matplotlib QuadContourSet
        The outlines of the digits on them. Blank images have none.

    texts_ : list of matplotlib Text
        The text under each image.

    colorbar_ : matplotlib Colorbar or None
        The colour bar, which all images share; None without images.

    See Also
    --------
    MisclassifiedDisplay : The mistakes, whose causes this display shows.
    sklearn.inspection.permutation_importance : Importance of features over all images.

    Notes
    -----
    A patch of background slides over the image, and the classifier predicts each of
    the occluded images [1]_. The attribution of a pixel is the decrease in the
    log-odds or probability of the label, averaged over all patches that hide the
    pixel.

    Red pixels speak for the label: it is less probable without them. Blue ones speak
    against it. Under each image stand the label and its probability.

    The map tells what the classifier does without a part of the image. What it does
    without two parts at once may be different: if either is enough, both look
    unimportant.

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
        """Show which pixels made a classifier predict a label.

        Parameters
        ----------
        estimator : classifier
            A fitted classifier with `predict_proba`, or a Pipeline that ends in one.
            It predicts each image several hundred times, a million pixels in a batch.

        X : array-like of shape (n, h * w), (n, h, w) or (n, h, w, 1)
            Images, as the classifier takes them.

        label : label or array-like of shape (n,), default=None
            The label to explain, one for all images or one for each image, such as
            the true ones. None means the predicted labels.

        measure : {"log_odds", "probability"}, default="log_odds"
            The measure of a prediction. The log-odds, log(p / (1 - p)), also fall
            where the classifier stays nearly sure; they are limited to those of 1e-6
            and 1 - 1e-6. Take the probability for forests and nearest neighbors,
            whose probabilities are often exactly 0 or 1.

        patch_size : int or tuple (height, width), default=None
            Size of the patches in pixels. Small patches show details; large ones hide
            whole strokes. None means a sixth of the height and width of the images,
            rounded up.

        stride : int, default=1
            Pixels from one patch to the next. Larger strides are faster and coarser.

        fill : float, default=None
            The value of hidden pixels. None means the background of each image: the
            median of the pixels at its border.

        n_images : int, default=10
            How many images to show: the first ones.

        image_shape : tuple (h, w), default=None
            Height and width of the images; None means as in the class.

        ax : matplotlib Axes, default=None
            Axes to draw on; None means those of a new figure.

        n_columns : int, default=None
            Images in a row; None means as in :meth:`plot`.

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
            If it has no `predict_proba`, or an argument is of another type.
        ValueError
            If the label is unknown, patches do not fit into the images or leave gaps,
            or another argument is not as described.
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
        """Draw the heat maps, with the outlines of the digits on them.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on; None means those of a new figure.

        n_columns : int, default=None
            Images in a row. None means as many as fit into the axes; in a new figure,
            at most 5.

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
        """Return the attributions as a table.

        Returns
        -------
        frame : pandas DataFrame
            A row for each pixel: "image", the number of the image, "label", "row" and
            "column" of the pixel, and "attribution".

        Raises
        ------
        ImportError
            If pandas is not installed.
        """
        pd = import_pandas(f"{type(self).__name__}.frame")
        image, row, column = np.indices(self.attributions.shape).reshape(3, -1)
        places = dict(image=image, label=self.labels[image], row=row, column=column)
        return pd.DataFrame(places | {"attribution": self.attributions.ravel()})

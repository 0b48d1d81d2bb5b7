"""Any image of a digit in the frame of MNIST's."""

from collections.abc import Sequence
from numbers import Integral
from typing import Any, Self, TypeGuard

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import Tags, assert_all_finite
from sklearn.utils.validation import check_is_fitted, validate_data

from skdigits._callbacks import CallbackSupportMixin, fit_task
from skdigits._images import (
    ImageShape,
    check_same_shape,
    flatten_images,
    float_dtype,
    resolve_image_shape,
)
from skdigits._sklearn import Interval, StrOptions, check_feature_names_in, fit_context
from skdigits._state import check_integer
from skdigits._threads import run_in_blocks
from skdigits._warp import readable

POLARITIES = {"bright": 1, "dark": -1, "auto": 0}
# Pixels and images that a thread takes at a time: half a millisecond's work.
PIXELS_PER_TASK = 2**15
IMAGES_PER_TASK = 64
# No digit is a single row of pixels. scikit-learn's checks have rows of up to 20.
LONGEST_ROW = 20
# Of a frame in a file of a model: each image takes 8 MB.
MAX_PIXELS = 2**20
# Channels of an image in colour, without and with transparency.
COLOURS = (3, 4)


class DigitNormalizer(CallbackSupportMixin, TransformerMixin, BaseEstimator):
    """Frame digits like those of MNIST.

    Classifiers trained on MNIST expect its framing: a bright digit on black, 20 pixels
    high or wide, with its centre of mass in the centre of 28x28 pixels. This
    transformer frames images of any size in this way. It handles paper texture, shadows
    and inverted images.

    Parameters
    ----------
    output_shape : tuple (height, width), default=(28, 28)
        Height and width of the frame, in pixels.

    box_size : int, default=None
        Longer side of a digit's bounding box, in pixels. None means 20 for frames of
        28x28 pixels. For other frames, it is proportional to their shorter side.

    polarity : {"auto", "bright", "dark"}, default="auto"
        Whether the foreground is brighter or darker than the background. "auto" decides
        for each image, by comparing it with its border. Set it if you know it. Then
        digits that cover most of the border are found too, such as a cropped 1.

    image_shape : tuple (h, w), default=None
        Shape of the images, in pixels. None means: as given if X has 3 or 4 dimensions;
        square if the number of features is a perfect square; a single row of at most 20
        pixels otherwise. The images of a list have their own shapes.

    Attributes
    ----------
    output_shape_ : tuple (height, width)
        Height and width of the frame, in pixels.

    box_size_ : int
        Longer side of a digit's bounding box, in pixels.

    image_shape_ : tuple (h, w)
        Shape of the training images, in pixels. Absent if they are a list.

    n_features_in_ : int
        Number of pixels per training image. Absent if the training images are a list.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the pixels. Defined only if `X` has feature names that are all strings.

    See Also
    --------
    skdigits.preprocessing.Deskewer : Remove the slant of digits.
    skdigits.preprocessing.PixelScaler : Scale the result to the range 0 to 1.

    Notes
    -----
    X can be an array, or a list of images of different sizes. The images of a list are
    arrays of shape ``(h, w)`` or ``(h, w, 1)``, or greyscale images of Pillow. An array
    must have as many pixels per image as the array passed to `fit`. A two-dimensional
    array holds rows of pixels, not one image: pass a single photo as ``[photo]`` or
    ``photo[np.newaxis]``. If its rows cannot be square images and `image_shape` is
    None, an error is raised.

    Each image is framed in four steps:

    1. Subtract the background, a second-order surface that is fitted robustly to the
       border. Pixels less than four standard deviations of the border's noise above it
       become black.
    2. Resize the bounding box of the foreground until its longer side is `box_size`.
       Shrinking averages over the area of each new pixel. Enlarging is bilinear.
    3. Scale the pixels until the `box_size` brightest ones, about as many as a stroke
       has, are 255. The scale is at most 2.
    4. Shift the result by whole pixels. The centre of mass comes within half a pixel of
       that of MNIST's digits, unless the digit meets the edge of the frame.

    Images without foreground, or with less contrast than 1/64 of their largest pixel,
    become black. Images of MNIST itself hardly change.

    uint8, float32 and float64 are kept. Other types become the smallest float type that
    represents them. The framing follows LeCun et al. [1]_. Averaging over areas follows
    the reconstruction of MNIST's preprocessing in [2]_.

    References
    ----------
    .. [1] Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, "Gradient-based learning
       applied to document recognition", Proceedings of the IEEE 86(11), 1998.
    .. [2] C. Yadav and L. Bottou, "Cold case: the lost MNIST digits", Advances in
       Neural Information Processing Systems 32, 2019.

    Examples
    --------
    >>> import numpy as np
    >>> from skdigits.preprocessing import DigitNormalizer
    >>> scan = np.full((60, 50), 230, dtype=np.uint8)  # grey paper
    >>> scan[10:50, 20:24] = 40  # a dark stroke
    >>> photo = np.zeros((200, 300))
    >>> photo[100:140, 20:24] = 0.9
    >>> normalizer = DigitNormalizer()
    >>> framed = normalizer.fit_transform([scan, photo])
    >>> framed.shape
    (2, 784)
    >>> np.argwhere(framed[0].reshape(28, 28) == 255).min(axis=0)
    array([ 4, 13])
    >>> np.allclose(framed[0], framed[1])
    True
    """

    _parameter_constraints = {  # noqa: RUF012 - the form that scikit-learn expects
        "output_shape": [tuple, list],
        "box_size": [Interval(Integral, 1, None, closed="left"), None],
        "polarity": [StrOptions(set(POLARITIES))],
        "image_shape": [tuple, list, None],
    }

    def __init__(
        self,
        *,
        output_shape: ImageShape = (28, 28),
        box_size: int | None = None,
        polarity: str = "auto",
        image_shape: ImageShape | None = None,
    ):
        self.output_shape = output_shape
        self.box_size = box_size
        self.polarity = polarity
        self.image_shape = image_shape

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: ArrayLike | Sequence[Any], y: object = None) -> Self:
        """Check the parameters and learn the shape of the images.

        Parameters
        ----------
        X : array-like of shape (n, h * w), (n, h, w) or (n, h, w, 1), or list of images
            Training images.

        y : object, default=None
            Not used, present for API consistency by convention.

        Returns
        -------
        self : DigitNormalizer
            The fitted transformer.

        Raises
        ------
        ValueError
            If a parameter or X is invalid.
        TypeError
            If X holds strings.
        """
        box_size = _resolve_box_size(self.box_size, self.output_shape)
        if _is_list_of_images(X):
            _check_images(X)
            for name in ("n_features_in_", "feature_names_in_", "image_shape_"):
                self.__dict__.pop(name, None)  # of an earlier fit
        else:
            X, given = flatten_images(X)
            X = validate_data(self, X)
            self.image_shape_ = self._resolve_image_shape(X, given)
        with fit_task(self, X, y):
            self.output_shape_ = tuple(self.output_shape)
            self.box_size_ = box_size
        return self

    def transform(self, X: ArrayLike | Sequence[Any]) -> np.ndarray:
        """Frame images like those of MNIST.

        Parameters
        ----------
        X : array-like of shape (n, h * w), (n, h, w) or (n, h, w, 1), or list of images
            Images.

        Returns
        -------
        X_framed : ndarray of shape (n, height * width)
            Images of `output_shape`, bright on black, with pixels from 0 to 255.

        Raises
        ------
        ValueError
            If X is an array and its images have another shape than the training images.
        """
        check_is_fitted(self)
        blocks, dtype = self._blocks(X)
        n = sum(map(len, blocks))
        framed = np.empty((n, *self.output_shape_), dtype)
        _frame(blocks, POLARITIES[self.polarity], self.box_size_, framed)
        return framed.reshape(n, -1)

    def _blocks(
        self, X: ArrayLike | Sequence[Any]
    ) -> tuple[list[np.ndarray], np.dtype]:
        """Return arrays of images of one size each, and the type of the result."""
        if _is_list_of_images(X):
            images = _check_images(X)
            dtype = np.result_type(*{image.dtype for image in images})
            blocks = [image[np.newaxis] for image in images]
        else:
            X, given = flatten_images(X, getattr(self, "n_features_in_", None))
            X = validate_data(self, X, reset=False)
            shape = self._shape_of(X, given)
            images = X.reshape(-1, *shape)
            n_images = max(1, PIXELS_PER_TASK // X.shape[1])
            starts = range(0, len(images), n_images)
            blocks = [images[start : start + n_images] for start in starts]
            dtype = X.dtype
        return blocks, dtype if dtype == np.uint8 else float_dtype(dtype)

    def _shape_of(self, X: np.ndarray, given: ImageShape | None) -> ImageShape:
        if not hasattr(self, "image_shape_"):  # fitted with a list
            return self._resolve_image_shape(X, given)
        check_same_shape(given, self.image_shape_)
        return self.image_shape_

    def _resolve_image_shape(
        self, X: np.ndarray, given: ImageShape | None
    ) -> ImageShape:
        n_images, n_pixels = X.shape
        shape = resolve_image_shape(self.image_shape, n_pixels, given)
        is_guess = self.image_shape is None and given is None
        if is_guess and shape[0] == 1 and n_pixels > LONGEST_ROW:
            raise ValueError(
                f"X of shape {X.shape} stands for {n_images:,} images of a single row "
                f"of {n_pixels:,} pixels each. If X is one image, pass X[np.newaxis]; "
                "if its rows are images, set image_shape=(height, width)."
            )
        if given is not None and given[0] > LONGEST_ROW and given[1] in COLOURS:
            raise ValueError(
                f"X of shape {(n_images, *given)} stands for {n_images:,} images of "
                f"{given[0]} x {given[1]} pixels. If X is one colour image, convert it "
                "to greyscale and pass it in a list: [X.mean(axis=-1)]."
            )
        return shape

    def get_feature_names_out(
        self, input_features: ArrayLike | None = None
    ) -> np.ndarray:
        """Get the names of the frame's pixels.

        Parameters
        ----------
        input_features : array-like of str, default=None
            Names of the pixels of the training images. They are checked, but not used.

        Returns
        -------
        feature_names_out : ndarray of str
            "pixel0", "pixel1" and so on, row by row.

        Raises
        ------
        ValueError
            If `input_features` does not match the training images.
        """
        check_is_fitted(self)
        if input_features is not None:
            check_feature_names_in(self, input_features)
        n_pixels = np.prod(self.output_shape_)
        return np.array([f"pixel{k}" for k in range(n_pixels)], dtype=object)

    def _check_state(self) -> None:
        """Refuse what a file holds and no fit leaves."""
        if not {"output_shape_", "box_size_"} & vars(self).keys():
            return
        height, width = self.output_shape_
        check_integer("output_shape_[0]", height, 1, MAX_PIXELS)
        check_integer("output_shape_[1]", width, 1, MAX_PIXELS // int(height))
        check_integer("box_size_", self.box_size_, 1, min(height, width))

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32", "uint8"]
        return tags


def _resolve_box_size(box_size: int | None, output_shape: ImageShape) -> int:
    if len(output_shape) != 2 or not all(
        isinstance(side, Integral) and side >= 1 for side in output_shape
    ):
        raise ValueError(
            "output_shape must be two positive integers (height, width); "
            f"got {output_shape!r}."
        )
    if box_size is None:
        return max(1, round(min(output_shape) * 20 / 28))
    if box_size > min(output_shape):
        raise ValueError(
            f"box_size={box_size} is larger than output_shape={output_shape!r}. Make "
            "it smaller, or None."
        )
    return box_size


def _is_list_of_images(X: Any) -> TypeGuard[Sequence[Any]]:
    is_list = isinstance(X, list | tuple) or (
        isinstance(X, np.ndarray) and X.dtype == object and X.ndim == 1
    )
    return is_list and len(X) > 0 and np.ndim(X[0]) > 1


def _check_images(X: Sequence[Any]) -> list[np.ndarray]:
    return [_check_image(image, position) for position, image in enumerate(X)]


def _check_image(image: Any, position: int) -> np.ndarray:
    """Return one image of a list with two dimensions."""
    if getattr(image, "mode", "") == "P":  # Pillow's, whose pixels are no brightness
        image = image.convert("L")
    image = np.asarray(image)
    if image.ndim == 3 and image.shape[2] == 1:
        image = image[..., 0]
    if image.ndim != 2 or image.size == 0:
        raise ValueError(
            "The images of a list must have the shape (h, w) or (h, w, 1), without "
            f"empty sides; got one of shape {image.shape} at position {position}. "
            "Convert colours to greyscale first, for instance with image.mean(axis=-1)."
        )
    if image.dtype.kind not in "buif":
        raise TypeError(
            f"Pixels must be numbers; got {image.dtype} in the image at position "
            f"{position}."
        )
    if image.dtype.kind == "f":
        assert_all_finite(image, estimator_name="DigitNormalizer", input_name="X")
    return image


def _frame(
    blocks: Sequence[np.ndarray], polarity: int, box_size: int, framed: np.ndarray
) -> None:
    """Frame blocks of images into one array after the other."""
    # numba takes half a second.
    from skdigits.preprocessing._framing import frame_images

    ends = np.cumsum([len(block) for block in blocks])

    def run(task: slice) -> None:
        for k in range(task.start, task.stop):
            images = readable(blocks[k], np.float64, blocks[k].shape, "images")
            ink = np.empty((len(images), *framed.shape[1:]))
            frame_images(images, polarity, box_size, framed.dtype == np.uint8, ink)
            framed[ends[k] - len(images) : ends[k]] = ink

    run_in_blocks(run, len(blocks), IMAGES_PER_TASK // len(blocks[0]))

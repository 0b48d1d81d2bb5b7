"""Images of numbers, composed from images of single digits."""

from math import radians, tan
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import ndimage
from sklearn.utils import (
    Bunch,
    check_array,
    check_consistent_length,
    check_random_state,
)
from sklearn.utils.validation import column_or_1d

from skdigits._images import flatten_images, resolve_image_shape
from skdigits._sklearn import Interval, validate_params
from skdigits.datasets._digits import load_digits

Range = float | tuple[float, float]

_COUNT = Interval(Integral, 1, None, closed="left")
_SPACING = Interval(Real, -1, 10, closed="both")
_ANGLE = Interval(Real, -45, 45, closed="both")

_DESCR = """\
Synthetic images of handwritten numbers, made by skdigits.datasets.make_numbers.

Each image shows one number. Its digits are images of single handwritten digits,
drawn at random and set side by side, bright ink (up to 255) on dark (0).

- images: the pictures, uint8.
- target: the numbers as strings, because zeros may lead.
- boxes: for each number one row (top, left, bottom, right) per digit, from left to
  right, in pixels; bottom and right are exclusive. A box holds all ink of its digit
  and is as small as that allows; it was measured before noise was added.
- labels: for each number its digits as integers.
- indices: for each number the rows of the digits that it was composed from.
"""


@validate_params(
    {
        "n_samples": [_COUNT],
        "digits": [tuple, list, None],
        "n_digits": [_COUNT, tuple, list],
        "spacing": [_SPACING, tuple, list],
        "slant": [Interval(Real, 0, 45, closed="both"), tuple, list],
        "baseline_jitter": [Interval(Real, 0, 1, closed="both")],
        "noise": [Interval(Real, 0, 1, closed="both")],
        "image_shape": [tuple, list, None],
        "random_state": ["random_state"],
        "return_X_y": ["boolean"],
    },
    prefer_skip_nested_validation=True,
)
def make_numbers(
    n_samples: int = 100,
    *,
    digits: tuple[ArrayLike, ArrayLike] | None = None,
    n_digits: int | tuple[int, int] = (1, 5),
    spacing: Range = (0.1, 0.3),
    slant: Range = 0.0,
    baseline_jitter: float = 0.0,
    noise: float = 0.0,
    image_shape: tuple[int, int] | None = None,
    random_state: int | np.random.RandomState | None = None,
    return_X_y: bool = False,
) -> Bunch | tuple[Any, np.ndarray]:
    """Make images of numbers with several digits and their bounding boxes.

    Digits are drawn at random from the given ones, cropped to their bounding boxes and
    placed side by side on a baseline. Such images have been used to train readers of
    whole numbers [1]_. Relative lengths are fractions of the height of the tallest
    digit of a number, rounded to whole pixels. They suit digits of 8x8 and of 28x28
    pixels alike.

    Parameters
    ----------
    n_samples : int, default=100
        Number of images to make.

    digits : tuple (X, y), default=None
        Images and labels of the digits to compose from. Images are bright on black (0),
        of shape (n, h * w), (n, h, w) or (n, h, w, 1). Labels are the digits 0 to 9 as
        integers or strings, of shape (n,). Pixels are scaled so that the brightest is
        255. None means the digits of :func:`load_digits`.

    n_digits : int or tuple (low, high), default=(1, 5)
        Number of digits per number. For a pair, it is drawn from `low` to `high`, both
        included.

    spacing : float or tuple (low, high), default=(0.1, 0.3)
        Gap between the bounding boxes of neighbouring digits, as a fraction of the
        height, from -1 to 10. For a pair, each gap is drawn separately. A positive gap
        is at least one empty pixel column. With a negative gap, boxes overlap by at
        most half the width of the narrower digit. Where digits overlap, the brighter
        pixel is kept.

    slant : float or tuple (low, high), default=0.0
        Angle by which digits lean to the right, in degrees. It is drawn once per
        number, between `low` and `high`, or between ``-slant`` and ``slant``. At most
        45 in either direction.

    baseline_jitter : float, default=0.0
        Maximum distance of a digit from the baseline, as a fraction of the height, from
        0 to 1.

    noise : float, default=0.0
        Standard deviation of the Gaussian noise added to each pixel, as a fraction of
        255, from 0 to 1. The result is clipped to the range 0 to 255.

    image_shape : tuple (h, w), default=None
        Shape of all images, in pixels. Each number is placed at random. None means that
        each image has the size of its number plus a margin. The margin is a fifth of
        the height of the tallest digit, rounded up.

    random_state : int, RandomState instance or None, default=None
        Controls the randomness of the numbers. Pass an int for reproducible output
        across calls. The same int gives the same sequence of digits for all values of
        `spacing`, `slant`, `baseline_jitter` and `noise`.

    return_X_y : bool, default=False
        If True, return ``(images, target)`` instead of a Bunch object.

    Returns
    -------
    numbers : :class:`~sklearn.utils.Bunch`
        Dictionary-like object with the following attributes.

        images : list of ndarray of shape (h_i, w_i), or ndarray of shape (n, h, w)
            The images, uint8; an array if `image_shape` is given.
        target : ndarray of shape (n_samples,), str
            The numbers, as strings because they may begin with zeros.
        boxes : list of ndarray of shape (n_digits_i, 4), int64
            One row (top, left, bottom, right) for each digit, from left to right.
            `bottom` and `right` are exclusive: ``image[top:bottom, left:right]`` shows
            the digit. A box is the bounding box of the digit's pixels above 0, before
            noise.
        labels : list of ndarray of shape (n_digits_i,), int64
            The digits of each number.
        indices : list of ndarray of shape (n_digits_i,), int64
            Positions of the digits in the given arrays.
        DESCR : str
            Description of the numbers.

    (images, target) : tuple if ``return_X_y`` is True
        `images` and `target`.

    Raises
    ------
    ValueError
        If a parameter is invalid, if one of the given images is blank, or if a number
        does not fit into `image_shape`.
    TypeError
        If the given images are an array or a list of strings.

    See Also
    --------
    load_digits : The bundled digits of 8x8.
    fetch_mnist : Digits of 28x28 to compose from.

    Notes
    -----
    Compose numbers for training and for testing from different digits: split the digits
    first. `indices` holds the digits that were used.

    References
    ----------
    .. [1] A. G. Hochuli, L. S. Oliveira, A. S. Britto Jr and R. Sabourin, "Handwritten
       digit segmentation: is it still necessary?", Pattern Recognition 78, 2018.

    Examples
    --------
    >>> from skdigits.datasets import make_numbers
    >>> numbers = make_numbers(3, n_digits=(2, 4), random_state=0)
    >>> numbers.target
    array(['35', '484', '11'], dtype='<U3')
    >>> numbers.images[0].shape
    (12, 17)
    >>> numbers.boxes[0]
    array([[ 2,  2, 10,  8],
           [ 2,  9, 10, 15]])

    All images of one size, leaning and touching:

    >>> X, y = make_numbers(
    ...     10, spacing=-0.1, slant=20, image_shape=(16, 48), random_state=0,
    ...     return_X_y=True,
    ... )
    >>> X.shape, X.dtype
    ((10, 16, 48), dtype('uint8'))
    """
    n_digits = _as_range("n_digits", n_digits, _COUNT)
    spacing = _as_range("spacing", spacing, _SPACING)
    slants = slant if isinstance(slant, tuple | list) else (-slant, slant)
    slant = _as_range("slant", slants, _ANGLE)
    if image_shape is not None:
        _check_pair("image_shape", image_shape, _COUNT)
    if digits is None:
        digits = load_digits(return_X_y=True)
    sources, names, white = _check_digits(digits)

    # Drawn in this order whether used or not: so the same numbers come out whatever
    # is done to them.
    random = check_random_state(random_state)
    lengths = random.randint(n_digits[0], n_digits[1] + 1, size=n_samples)
    first = np.cumsum(lengths)[:-1]
    indices = np.split(random.randint(len(sources), size=lengths.sum()), first)
    gaps = np.split(random.uniform(*spacing, size=lengths.sum()), first)
    shifts = np.split(
        random.uniform(-1, 1, size=lengths.sum()) * baseline_jitter, first
    )
    slants = random.uniform(*slant, size=n_samples)

    glyphs = [
        [_cut_out(sources[index], white, angle) for index in rows]
        for rows, angle in zip(indices, slants, strict=True)
    ]
    boxes = [_set_in_line(*line) for line in zip(glyphs, gaps, shifts, strict=True)]
    shapes, corners = _frame(boxes, image_shape, random)
    boxes = [
        box + np.tile(corner, 2) for box, corner in zip(boxes, corners, strict=True)
    ]
    images = [
        _add_noise(_draw(*parts), noise, random)
        for parts in zip(glyphs, boxes, shapes, strict=True)
    ]

    images = images if image_shape is None else np.stack(images)
    target = np.array(["".join(names[rows]) for rows in indices])
    if return_X_y:
        return images, target
    return Bunch(
        images=images,
        target=target,
        boxes=boxes,
        labels=[names[rows].astype(np.int64) for rows in indices],
        indices=indices,
        DESCR=_DESCR,
    )


def _as_range(name: str, value: Any, member: Interval) -> tuple[Any, Any]:
    """Read one number as a range that holds only itself."""
    if not isinstance(value, tuple | list):
        return value, value
    low, high = _check_pair(name, value, member)
    if low > high:
        raise ValueError(f"{name} must be (low, high) with low <= high; got {value!r}.")
    return low, high


def _check_pair(name: str, value: Any, member: Interval) -> tuple[Any, Any]:
    if len(value) != 2 or not all(member.is_satisfied_by(one) for one in value):
        raise ValueError(
            f"As a pair, {name} must be two numbers, each {member}; got {value!r}."
        )
    return tuple(value)


def _check_digits(
    digits: tuple[ArrayLike, ArrayLike],
) -> tuple[np.ndarray, np.ndarray, float]:
    """Return images (n, h, w) as they are, labels of one character, white level."""
    if len(digits) != 2:
        raise ValueError(
            "digits must be a pair (X, y) of images and labels; got "
            f"{len(digits)} values."
        )
    X, given_shape = flatten_images(digits[0])
    X = check_array(X, input_name="digits[0]")
    y = column_or_1d(np.asarray(digits[1]))
    check_consistent_length(X, y)
    names = y.astype(str)
    wrong = np.flatnonzero(~np.isin(names, list("0123456789")))
    if wrong.size:
        raise ValueError(
            "The labels of digits must be the digits 0 to 9, as integers or strings; "
            f"got '{names[wrong[0]]}' for image {wrong[0]}."
        )
    if X.min() < 0:
        raise ValueError(
            "The images of digits must hold pixels from 0 (black) upwards; got "
            f"{X.min()}."
        )
    white = float(X.max()) or 1.0  # all black is blank, which comes next
    blank = np.flatnonzero(_to_uint8(X.max(axis=1), white) == 0)
    if blank.size:
        raise ValueError(
            f"digits holds {blank.size} blank images, the first at index {blank[0]}. "
            "Leave them out, for instance with: inked = X.max(axis=1) > 0; "
            "digits=(X[inked], y[inked]), where X has the shape (n, h * w)."
        )
    height, width = resolve_image_shape(None, X.shape[1], given_shape)
    return X.reshape(-1, height, width), names, white


def _to_uint8(pixels: np.ndarray, white: float) -> np.ndarray:
    return np.rint(pixels / white * 255).astype(np.uint8)


def _cut_out(image: np.ndarray, white: float, angle: float) -> np.ndarray:
    """Scale a digit to uint8, cut it out and let it lean."""
    digit = _crop(_to_uint8(image, white))
    return digit if angle == 0 else _crop(_shear(digit, tan(radians(angle))))


def _crop(image: np.ndarray) -> np.ndarray:
    rows = np.flatnonzero(image.any(axis=1))
    columns = np.flatnonzero(image.any(axis=0))
    return image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _shear(image: np.ndarray, shear: float) -> np.ndarray:
    """Move each row `shear` pixels further right than the row below it."""
    height, width = image.shape
    furthest = shear * (height - 1)
    return ndimage.affine_transform(
        image,
        # From pixels of the result to those of the image; its last row stays where
        # it is, or its first when rows move to the left.
        np.array([[1.0, 0.0], [shear, 1.0]]),
        offset=(0.0, -max(furthest, 0.0)),
        output_shape=(height, width + int(np.ceil(abs(furthest)))),
        order=1,
        mode="grid-constant",  # "constant" would cut off what lies half outside
    )


def _set_in_line(
    glyphs: list[np.ndarray], spacing: np.ndarray, shift: np.ndarray
) -> np.ndarray:
    """Find a box for each digit, within the smallest image that holds them all."""
    heights, widths = np.array([glyph.shape for glyph in glyphs]).T
    gaps = np.rint(spacing[1:] * heights.max()).astype(np.int64)
    gaps = np.where(spacing[1:] > 0, np.maximum(gaps, 1), gaps)
    # Half the narrower digit at most: so left and right edges come in reading order,
    # and a digit meets its neighbours only.
    gaps = np.maximum(gaps, -(np.minimum(widths[:-1], widths[1:]) // 2))
    left = np.cumsum(np.append(0, widths[:-1] + gaps))
    bottom = np.rint(shift * heights.max()).astype(np.int64)
    top = bottom - heights
    return np.column_stack([top - top.min(), left, bottom - top.min(), left + widths])


def _frame(
    boxes: list[np.ndarray],
    image_shape: tuple[int, int] | None,
    random: np.random.RandomState,
) -> tuple[np.ndarray, np.ndarray]:
    """Find the shape of each image, and the corner in it where its number begins."""
    sizes = np.array([box[:, 2:].max(axis=0) for box in boxes])
    if image_shape is None:
        tallest = np.array([[(box[:, 2] - box[:, 0]).max()] for box in boxes])
        margins = np.ceil(tallest / 5).astype(np.int64)
        return sizes + 2 * margins, np.repeat(margins, 2, axis=1)
    room = np.array(image_shape) - sizes
    n_too_large = np.count_nonzero((room < 0).any(axis=1))
    if n_too_large:
        height, width = sizes.max(axis=0)
        raise ValueError(
            f"{n_too_large} of {len(sizes)} numbers do not fit image_shape="
            f"{tuple(image_shape)}; {(int(height), int(width))} would hold them all. "
            "Enlarge image_shape, or reduce n_digits, spacing, slant or "
            "baseline_jitter."
        )
    return np.tile(image_shape, (len(sizes), 1)), random.randint(room + 1)


def _draw(
    glyphs: list[np.ndarray], boxes: np.ndarray, shape: tuple[int, int]
) -> np.ndarray:
    image = np.zeros(shape, np.uint8)
    for glyph, (top, left, bottom, right) in zip(glyphs, boxes, strict=True):
        paper = image[top:bottom, left:right]
        np.maximum(paper, glyph, out=paper)
    return image


def _add_noise(
    image: np.ndarray, noise: float, random: np.random.RandomState
) -> np.ndarray:
    if noise == 0:
        return image
    noisy = image + random.normal(scale=255 * noise, size=image.shape)
    return np.rint(noisy).clip(0, 255).astype(np.uint8)

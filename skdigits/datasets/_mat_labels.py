"""Labels in an array of MATLAB, where a 10 may be a 0, and what the 1s tell."""

import numpy as np

from skdigits._mat_file import ChoiceError, MatArray, show_name

# How much taller than wide handwritten 1s are at least, by the variance of where their
# ink is: 4.4 in the 8x8 digits and 5.4 in MNIST; 0s are 1.7 and 1.2, 2s 2.8 and 1.7.
_TALL = 2.5
# How much better one reading of labels must explain who is tall: 4.2 and 14 if 10 is
# the 0, 3.4 and 8.1 if 1 is.
_BETTER = 1.5
# With ten digits of each label no such decision was wrong, with five, 1 of 276.
_FEWEST_SEEN, _MOST_SEEN = 8, 1000


def to_labels(array: MatArray) -> tuple[np.ndarray, bool]:
    """Take labels out of a row, a column, or a matrix with a 1 at each label.

    Parameters
    ----------
    array : MatArray
        The array.

    Returns
    -------
    labels : ndarray of shape (n,), int64
        Its labels; positions in the matrix count from 1.

    are_positions : bool
        Whether it was such a matrix.

    Raises
    ------
    ValueError
        If it holds something else.
    """
    values = array.values
    expected = (
        f"variable {show_name(array.name)}: expected whole numbers of shape (n, 1) or "
        "(1, n), or a matrix with a 1 for the label of each image"
    )
    if values.ndim == 2 and 1 in values.shape:
        labels = values.reshape(-1)
        # NaN is neither.
        wrong = ~((labels > -(2**53)) & (labels < 2**53) & (labels == labels // 1))
        if wrong.any():
            raise ValueError(f"{expected}; found {labels[wrong][0]:g}.")
        return labels.astype(np.int64), False
    if values.ndim == 2 and values.size:
        is_label = values == values.max()
        if len(np.unique(values[: 2**10, : 2**10])) == 2:
            axes = [axis for axis in (0, 1) if (is_label.sum(axis) == 1).all()]
            if len(axes) == 1:
                return is_label.argmax(axes[0]) + 1, True
    raise ValueError(f"{expected}; found {values.dtype} values of {values.shape}.")


def number_labels(
    labels: np.ndarray,
    images: np.ndarray,
    *,
    are_positions: bool,
    are_coloured: bool,
    zero_label: int | None,
) -> np.ndarray:
    """Give the digit 0 the label 0.

    Parameters
    ----------
    labels : ndarray of shape (n,), int64
        Labels, or positions from 1.

    images : ndarray of shape (n, h, w), uint8
        What they belong to; perhaps with rows and columns exchanged.

    are_positions : bool
        Whether they are positions.

    are_coloured : bool
        Whether they were in colour, as the house numbers of SVHN, whose 10 is a 0.

    zero_label : {0, 1, 10} or None
        The label of the digit 0, if the user gave it.

    Returns
    -------
    labels : ndarray of shape (n,), int64
        With 0 for the digit 0.

    Raises
    ------
    ChoiceError
        If the labels are from 1 to 10, and the images do not tell which is the 0.
    ValueError
        If labels that count from 1 are expected, and one is less.
    """
    if zero_label is None:
        zero_label = 1 if are_positions else 0
        if labels.size and labels.min() >= 1 and labels.max() == 10:
            zero_label = 10 if are_coloured else _find_zero(labels, images)
    if zero_label == 10:
        return np.where(labels == 10, 0, labels)
    if zero_label == 1 and labels.min(initial=1) < 1:
        raise ValueError(
            f"there is a label {labels.min()}, although labels that count from 1, such "
            "as zero_label=1 or columns with a 1 for each label, were expected. Leave "
            "zero_label out, and write the labels of all parts in one form."
        )
    return labels - zero_label


def _find_zero(labels: np.ndarray, images: np.ndarray) -> int:
    of_labels = [images[labels == label] for label in (1, 2, 10)]
    first, second, last = (abs(slenderness(images)) for images in of_labels)
    # Either 10 is the round 0 and 1 the tall 1, or 1 is the 0 and 2 the 1.
    better = (first - last) - (second - first)
    tall = max(first, second) >= np.log(_TALL)
    enough = min(map(len, of_labels)) >= _FEWEST_SEEN
    if tall and enough and abs(better) >= np.log(_BETTER):
        return 10 if better > 0 else 1
    raise ChoiceError(
        "the labels are from 1 to 10, and the images do not show which of them is the "
        "digit 0. Pass zero_label=10 if 10 is the digit 0, or zero_label=1 if 1 is the "
        "digit 0, 2 the digit 1, and so on."
    )


def are_exchanged(labels: np.ndarray | None, images: np.ndarray) -> bool:
    """Tell by the 1s whether rows and columns are exchanged.

    Parameters
    ----------
    labels : ndarray of shape (n,), int64, or None
        The digits.

    images : ndarray of shape (n, h, w), uint8
        Their images.

    Returns
    -------
    are_exchanged : bool
        Whether the 1s lie on their side.

    Raises
    ------
    ChoiceError
        If they do not tell.
    """
    if labels is not None:
        tall = slenderness(images[labels == 1])
        if abs(tall) >= np.log(_TALL):
            return bool(tall < 0)
    raise ChoiceError(
        "it does not say in which order the pixels of an image are. Pass "
        "transposed=True if they are column by column, as MATLAB stores a picture, or "
        "transposed=False if row by row, as NumPy does."
    )


def slenderness(images: np.ndarray) -> float:
    """Measure how much taller than wide what images show is.

    Parameters
    ----------
    images : ndarray of shape (n, h, w), uint8
        Images of one digit. At most 1,000 of them are looked at.

    Returns
    -------
    slenderness : float
        The logarithm of the ratio of the variances of ink, from top to bottom and from
        left to right, in units of height and width; 0 without any ink.
    """
    images = images[:_MOST_SEEN].astype(float)
    if not images.size:
        return 0.0
    ink = abs(images - np.median(images))
    variances = [_variance(ink.sum(axis)) for axis in (2, 1)]
    return float(np.log(variances[0] / variances[1])) if min(variances) > 0 else 0.0


def _variance(profiles: np.ndarray) -> float:
    """Return the mean variance of where the ink of each profile is."""
    profiles = profiles[profiles.any(axis=1)]
    if not len(profiles):
        return 0.0
    places = np.arange(profiles.shape[1]) / profiles.shape[1]
    shares = profiles / profiles.sum(axis=1, keepdims=True)
    return float(np.mean(shares @ places**2 - (shares @ places) ** 2))

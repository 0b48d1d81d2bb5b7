"""From a picture to numbers."""

from __future__ import annotations

import os
from functools import cache
from numbers import Real
from typing import TYPE_CHECKING, Any

from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from skdigits._require import require
from skdigits._sklearn import HasMethods, Interval
from skdigits.persistence import load_pretrained
from skdigits.reading._reading import Reading

if TYPE_CHECKING:
    from PIL import Image

N_PIXELS = 28 * 28
# Larger pictures are reduced to this side in pixels.
LONGEST_SIDE = 1600
NOTHING = "nothing stands out from the background"


class DigitReader(BaseEstimator):
    """Read handwritten digits and numbers from photos and scans.

    The reader rotates and scales the image, labels its pixels, and combines digits to
    numbers, lines and tables. All other objects are returned as rejected, with a
    reason.

    Parameters
    ----------
    classifier : estimator, default=None
        A fitted classifier with ``predict_proba`` for digits from 0 to 9, in images of
        28x28 pixels, bright on black, from 0 to 255. None means
        ``load_pretrained("mnist")``.

    min_confidence : float, default=0.5
        Minimum confidence of a digit, from 0 to 1. Digits below it are rejected.

    See Also
    --------
    skdigits.preprocessing.DigitNormalizer : Frame images of single digits.
    skdigits.persistence.load_pretrained : Load the default classifier.
    skdigits.datasets.make_numbers : Make images of numbers.

    Notes
    -----
    1. A small fully convolutional network [1]_ labels each pixel: paper, digit, sign,
       other writing, rule or dark area. It was trained on digits of about 26 pixels, so
       the image is labelled at several scales. If the orientation is in doubt, it is
       labelled in four, and the one with the most digits is used. Dark areas are
       inverted and labelled again.
    2. Connected pixels form a stroke, whose label is that of most of its pixels. Parts
       of a digit are joined, and touching digits are cut. Of all ways to combine the
       pieces of a row, the one with the most probable digits is chosen, as in [2]_.
    3. Rules form tables. Digits outside tables form lines, which depend on the bounding
       boxes only. Signs end a number, except for a point or a comma between two digits.
    4. A second network distinguishes digits from all other objects. The classifier
       predicts the digit. Their probabilities and that of the labels are combined to
       the confidence. On pages of 40 or more digits, uncertain ones are compared with
       the others, as in [3]_.

    The networks were trained on MNIST's training images, on free fonts and on pages
    composed of these. The reader keeps nothing of the images it reads.

    References
    ----------
    .. [1] O. Ronneberger, P. Fischer and T. Brox, "U-Net: convolutional networks for
       biomedical image segmentation", MICCAI 2015.
    .. [2] Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, "Gradient-based learning
       applied to document recognition", Proceedings of the IEEE 86(11), 1998.
    .. [3] P. Sarkar and G. Nagy, "Style consistent classification of isogenous
       patterns", IEEE Transactions on Pattern Analysis and Machine Intelligence 27(1),
       2005.

    Examples
    --------
    >>> from skdigits.datasets import make_numbers
    >>> from skdigits.reading import DigitReader
    >>> numbers = make_numbers(1, n_digits=5, random_state=0)
    >>> reading = DigitReader().read(255 - numbers.images[0])
    >>> reading.text == numbers.target[0]
    True
    >>> digit = reading.lines[0].numbers[0].digits[0]
    >>> digit.label, round(digit.confidence, 1)
    (8, 1.0)
    """

    _parameter_constraints = {  # noqa: RUF012 - the form that scikit-learn expects
        "classifier": [HasMethods(["predict_proba"]), None],
        "min_confidence": [Interval(Real, 0, 1, closed="both")],
    }

    def __init__(self, classifier: Any = None, *, min_confidence: float = 0.5):
        self.classifier = classifier
        self.min_confidence = min_confidence

    def read(self, image: str | os.PathLike[str] | Image.Image | ArrayLike) -> Reading:
        """Read an image.

        Parameters
        ----------
        image : str, path-like, PIL.Image.Image or array-like
            Path of a PNG, JPEG, BMP, TIFF, GIF or WebP file, an image of Pillow, or
            pixels of shape (h, w), (h, w, 1), (h, w, 3) or (h, w, 4). Black is 0. White
            is the largest number of the type for uint8 and uint16, and True for
            booleans. For other types, white is 1, or the largest pixel if that is above
            1.

        Returns
        -------
        reading : Reading
            Lines with numbers and their digits, tables, and rejected objects. Bounding
            boxes are in pixels of the image after its EXIF rotation.

        Raises
        ------
        ValueError
            If a parameter or the image is invalid, or if the file is damaged. If it has
            more than 100 million pixels, or fewer where decoding takes more memory (50
            million in colour TIFF, 20 million in WebP). If it has more strokes than a
            page can have.
        TypeError
            If the image has another type.
        OSError
            If the file cannot be opened.
        ImportError
            If scikit-image is not installed.
        """
        require("skimage", "reading", "DigitReader")
        from skdigits.reading._deciding import decide
        from skdigits.reading._grey import to_dark_on_bright
        from skdigits.reading._loading import load
        from skdigits.reading._placing import Placing
        from skdigits.reading._sifting import DARK_AREA
        from skdigits.reading._surest import read_surest

        self._validate_params()
        classifier = self._check_classifier()
        levels, size = load(image, LONGEST_SIDE)
        labelled, page = read_surest(to_dark_on_bright(levels), classifier)
        place = Placing(labelled.grey.shape, labelled.turns, size)
        lines, rejected, tables = decide(page, place, self.min_confidence)
        all_dark = all(one.reason == DARK_AREA for one in rejected)
        return Reading(
            lines,
            rejected,
            size,
            levels if levels.shape[2] == 3 else levels[..., 0],
            tables,
            rotation=90 * labelled.turns,
            note="" if lines or not all_dark else NOTHING,
        )

    def _check_classifier(self) -> Any:
        if self.classifier is None:
            return _default_classifier()
        check_is_fitted(self.classifier)
        n_pixels = getattr(self.classifier, "n_features_in_", N_PIXELS)
        if n_pixels != N_PIXELS:
            raise ValueError(
                f"classifier must take images of {N_PIXELS} pixels (28x28); this "
                f"{type(self.classifier).__name__} takes {n_pixels}."
            )
        labels = [str(label) for label in self.classifier.classes_]
        wrong = [label for label in labels if label not in set("0123456789")]
        if wrong:
            raise ValueError(
                "classifier must know no other labels than the digits 0 to 9; this "
                f"{type(self.classifier).__name__} knows {wrong}."
            )
        return self.classifier


@cache
def _default_classifier() -> Any:
    return load_pretrained()

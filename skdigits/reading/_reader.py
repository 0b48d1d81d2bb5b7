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

    The image is turned and scaled, its ink is labelled, digits are put together to
    numbers, rows and tables. Everything else comes back as rejected, with the reason.

    Parameters
    ----------
    classifier : estimator, default=None
        A fitted classifier of images of 28x28 pixels, bright ink on black from 0 to
        255, with ``predict_proba``, that knows digits from 0 to 9. None means
        ``load_pretrained("mnist")``.

    min_confidence : float, default=0.5
        Digits that are less probable than this are rejected, from 0 to 1.

    See Also
    --------
    skdigits.preprocessing.DigitNormalizer : Frames images of single digits.
    skdigits.persistence.load_pretrained : The default classifier.
    skdigits.datasets.make_numbers : Images of numbers to try it on.

    Notes
    -----
    1. A small fully convolutional network [1]_ labels each pixel: paper, digit, sign,
       other writing, rule or dark area. It knows digits of about 26 pixels, so that the
       image is labelled at several scales, and in four directions where that is in
       doubt; the one that shows the most digits counts. Dark areas are inverted and
       labelled again.
    2. Connected pixels make a stroke, which is what most of its pixels are. Parts of a
       digit are joined, touching digits are cut: of all ways to put the pieces of a row
       together, the one with the most probable digits is taken, as in [2]_.
    3. Rules make tables. What stands in no table stands in rows, which are found from
       the boxes alone. Signs end a number; a point or a comma between two digits is a
       part of it.
    4. A second network tells digits from all else, the classifier tells which digit it
       is. Their probabilities and that of the labels make the confidence. On pages of
       40 digits and more, uncertain ones are compared with the others, as in [3]_.

    The networks were trained on MNIST's training images, on free fonts and on pages
    composed of these. Nothing is kept from the images that are read.

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
            A PNG, JPEG, BMP, TIFF, GIF or WebP file, an image of Pillow's, or pixels
            of shape (h, w), (h, w, 1), (h, w, 3) or (h, w, 4). Pixels of uint8 and
            uint16 go from black to the largest number of their type, booleans from
            False to True; others go from 0 to 1, or to the largest one if that is
            above 1.

        Returns
        -------
        reading : Reading
            Lines of numbers of digits, tables, and what was rejected. Boxes are in
            pixels of the image, after the rotation that its EXIF data ask for.

        Raises
        ------
        ValueError
            If a parameter or the image is not as described, or the file is damaged or
            holds more than 100 million pixels (fewer where decoding takes more memory:
            50 million in TIFF in colour, 20 in WebP), or more strokes than a page has.
        TypeError
            If the image is none of these things.
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

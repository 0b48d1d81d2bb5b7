"""The network that comes with the package."""

from importlib.resources import files
from typing import TYPE_CHECKING

from skdigits.persistence.skops._load import load_shipped

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

NAMES = ("mnist",)


def load_pretrained(name: str = "mnist") -> "Pipeline":
    """Load a network that ships with skdigits and reads handwritten digits.

    It was trained on the training images of MNIST [1]_, moved, inked and scanned anew
    for every epoch. :ref:`Its card <pretrained>` tells how, how well it reads, and what
    it was not made for. Neither TensorFlow nor a connection is needed.

    Parameters
    ----------
    name : {"mnist"}, default="mnist"
        The data that it was trained on.

    Returns
    -------
    model : Pipeline
        A fitted :class:`~skdigits.preprocessing.PixelScaler`, "scale", and
        :class:`~skdigits.neural_network.KerasCNNClassifier`, "cnn". It takes images of
        28x28 pixels, bright ink on black, from 0 to 255, and knows the digits 0 to 9.
        It warns of images on another scale, or with dark ink. Each call returns a new
        object.

    Raises
    ------
    ValueError
        If there is no such network.

    See Also
    --------
    skdigits.preprocessing.DigitNormalizer : Makes such images of any others.

    References
    ----------
    .. [1] Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, "Gradient-based learning
       applied to document recognition", Proceedings of the IEEE 86(11), 1998.

    Examples
    --------
    Digits of 8x8 pixels, none of which it was trained on:

    >>> from skdigits.datasets import load_digits
    >>> from skdigits.persistence import load_pretrained
    >>> from skdigits.preprocessing import DigitNormalizer
    >>> images = load_digits().images[:10]
    >>> framed = DigitNormalizer(polarity="bright").fit_transform(images)
    >>> load_pretrained("mnist").predict(framed)
    array([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    """
    if name not in NAMES:
        raise ValueError(
            f"There is no pretrained network {name!r}; there are: {', '.join(NAMES)}."
        )
    return load_shipped(files("skdigits.persistence") / "pretrained" / f"{name}.skops")

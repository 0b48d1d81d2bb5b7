"""The network that comes with the package."""

from importlib.resources import files
from typing import TYPE_CHECKING

from skdigits.persistence.skops._load import load_shipped

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

NAMES = ("mnist",)


def load_pretrained(name: str = "mnist") -> "Pipeline":
    """Load a pretrained network for handwritten digits.

    The network is part of the package. It was trained on augmented training images of
    MNIST [1]_. Its :ref:`model card <pretrained>` describes training data, accuracy and
    limits. It needs neither TensorFlow nor a connection.

    Parameters
    ----------
    name : {"mnist"}, default="mnist"
        Data set that the network was trained on.

    Returns
    -------
    model : Pipeline
        A fitted pipeline of a :class:`~skdigits.preprocessing.PixelScaler`, "scale",
        and a :class:`~skdigits.neural_network.KerasCNNClassifier`, "cnn". It classifies
        the digits 0 to 9 in images of 28x28 pixels, bright on black, from 0 to 255. It
        warns about images on another scale, or dark on bright. Each call returns a new
        object.

    Raises
    ------
    ValueError
        If `name` is unknown.

    See Also
    --------
    skdigits.preprocessing.DigitNormalizer : Frame images like those of MNIST.

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

"""What must hold before a classifier is built from labels and weights."""

from collections.abc import Sequence

import numpy as np

from skdigits.neural_network._architecture import Network


def check_labels(labels: object, name: str) -> None:
    """Refuse what is not an array of two labels or more.

    Parameters
    ----------
    labels : object
        What should be the sorted labels of the classes.

    name : str
        The estimator, for the message.

    Raises
    ------
    ValueError
        If it is something else.
    """
    if not isinstance(labels, np.ndarray) or labels.ndim != 1:
        raise ValueError(f"The classes of {name} must be a 1D array; got {labels!r}.")
    if len(labels) < 2:
        raise ValueError(
            f"{name} needs at least 2 classes; got {len(labels)} class: "
            f"{', '.join(map(str, labels))}."
        )


def check_weights(weights: Sequence[np.ndarray], network: Network, name: str) -> None:
    """Refuse weights that are not those of a network.

    Parameters
    ----------
    weights : sequence of ndarray
        What should be the weights.

    network : Network
        The layers, of which nothing was built yet.

    name : str
        The estimator, for the message.

    Raises
    ------
    ValueError
        If shapes or types differ, or values are not finite.
    """
    expected = [shape for _, shape in network.weight_shapes()]
    found = [getattr(array, "shape", None) for array in weights]
    if found != expected:
        raise ValueError(
            f"The parameters of {name} ask for weights of the shapes {expected}, but "
            f"it has {found}. Parameters that shape the network cannot be changed "
            "after fit."
        )
    for array in weights:
        if array.dtype != np.float32 or not np.isfinite(array).all():
            raise ValueError(f"The weights of {name} must be finite float32.")

"""What a `KerasClassifier` holds of its network in memory and in files."""

from typing import Any

import numpy as np

from skdigits._images import ImageShape
from skdigits.neural_network._built_network import BuiltNetwork
from skdigits.neural_network._graph_checks import MAX_BYTES, check_graph

ROLES = {"kernel", "weight", "statistic", "frozen"}
MAX_FINGERPRINT = 64


def state_of(network: BuiltNetwork) -> dict[str, Any]:
    """Return what `network_of` makes a network of again.

    Parameters
    ----------
    network : BuiltNetwork
        Any.

    Returns
    -------
    state : dict
        Texts and an array, without Keras' objects and without the user's function.
    """
    return {
        "fingerprint": network.fingerprint,
        "gives_softmax": network.gives_softmax,
        "graph": np.frombuffer(network.graph, np.uint8),
        "roles": [role for role, _ in network.weights],
    }


def network_of(
    image_shape: ImageShape,
    n_classes: int,
    *,
    fingerprint: Any,
    gives_softmax: Any,
    graph: Any,
    roles: Any,
) -> BuiltNetwork:
    """Make a network that predicts, of a state that may come from a stranger.

    Parameters
    ----------
    image_shape : tuple (height, width)
        Shape of the images.

    n_classes : int
        Number of classes.

    fingerprint, gives_softmax, graph, roles : object
        What should be the items of `state_of`.

    Returns
    -------
    network : BuiltNetwork
        Without what training needs.

    Raises
    ------
    ValueError
        If something else was given, or the graph could do harm.
    """
    if not isinstance(graph, np.ndarray) or graph.dtype != np.uint8 or graph.ndim != 1:
        raise ValueError("The graph of a KerasClassifier must be an array of bytes.")
    if not isinstance(fingerprint, str) or len(fingerprint) > MAX_FINGERPRINT:
        raise ValueError("The fingerprint of a KerasClassifier must be a short text.")
    if not isinstance(gives_softmax, bool | np.bool_):
        raise ValueError("gives_softmax of a KerasClassifier must be a boolean.")
    if not isinstance(roles, list) or not all(
        isinstance(role, str) and role in ROLES for role in roles
    ):
        raise ValueError(f"The roles of a KerasClassifier must be of {sorted(ROLES)}.")
    content = graph[: MAX_BYTES + 1].tobytes()
    try:
        shapes = check_graph(content, image_shape, n_classes)
    except ValueError as error:
        raise ValueError(f"The graph of a KerasClassifier {error}.") from error
    if len(roles) != len(shapes):
        raise ValueError(
            f"A KerasClassifier needs a role for each of {len(shapes)} weights; got "
            f"{len(roles)}."
        )
    return BuiltNetwork(
        image_shape=image_shape,
        n_classes=n_classes,
        weights=tuple(zip(roles, shapes, strict=True)),
        fingerprint=fingerprint,
        gives_softmax=bool(gives_softmax),
        graph=content,
    )

"""The state of a network that comes from a file, checked before anything is built."""

from inspect import Parameter, signature
from typing import Any

import numpy as np

from skdigits._state import check_floats, check_integer, has_sound_position
from skdigits.neural_network._built_network import AnyNetwork

# The key of a RandomState.
N_RANDOM_NUMBERS = 624
MAX_EPOCHS = 10**9
# Attributes without which a fitted network cannot predict.
FITTED = {"classes_", "image_shape_", "n_features_in_", "_fitted_architecture"}


def default_parameters(kind: type) -> dict[str, Any]:
    """Return the defaults of the parameters that have one; None stands for the others.

    Parameters
    ----------
    kind : type
        The class of the estimator.

    Returns
    -------
    defaults : dict of str to object
        By the names of the parameters.
    """
    return {
        name: None if parameter.default is Parameter.empty else parameter.default
        for name, parameter in signature(kind).parameters.items()
    }


def check_keys(kind: type, state: dict) -> None:
    """Refuse a state that would replace methods, or that lacks attributes.

    Parameters
    ----------
    kind : type
        The class of the estimator.

    state : dict
        Its attributes. Those of an unfitted estimator have no "weights_".

    Raises
    ------
    ValueError
        If it is refused.
    """
    shadowing = [key for key in state if hasattr(kind, key)]
    if shadowing:
        raise ValueError(f"A state of {kind.__name__} cannot hold {shadowing}.")
    missing = FITTED - state.keys()
    if "weights_" in state and missing:
        raise ValueError(f"A fitted state of {kind.__name__} lacks {sorted(missing)}.")


def check_weights(weights: list[np.ndarray], network: AnyNetwork, name: str) -> None:
    """Refuse weights that are not those of a network.

    Parameters
    ----------
    weights : list of ndarray
        What should be the weights.

    network : Network or BuiltNetwork
        The layers, of which nothing was built yet.

    name : str
        The estimator, for the message.

    Raises
    ------
    ValueError
        If shapes or types differ, or values are not finite.
    """
    expected = [shape for _, shape in network.weight_shapes()]
    if not isinstance(weights, list):
        raise ValueError(f"The weights of {name} must be a list; got {weights!r}.")
    found = [getattr(array, "shape", None) for array in weights]
    if found != expected:
        raise ValueError(
            f"The layers of {name} ask for weights of the shapes {expected}; "
            f"got {found}."
        )
    for array in weights:
        if array.dtype != np.float32 or not np.isfinite(array).all():
            raise ValueError(f"The weights of {name} must be finite float32.")


def check_training_state(training: Any, name: str) -> None:
    """Refuse what a training cannot go on from.

    Parameters
    ----------
    training : dict
        What `partial_fit` keeps besides the weights.

    name : str
        The estimator, for the message.

    Raises
    ------
    ValueError
        If its random numbers, from which compiled code draws, are none of NumPy's, or
        the state of its learning rate is none.
    """
    try:
        numbers = training["random"]
        # Other generators than the usual one hold another key, or none.
        is_usual = numbers["bit_generator"] == "MT19937"
        key = numbers["state"].get("key")
        has_all = not is_usual or np.shape(key) == (N_RANDOM_NUMBERS,)
        is_sound = has_all and has_sound_position(numbers)
    except (KeyError, TypeError, AttributeError):
        is_sound = False
    if not is_sound:
        raise ValueError(
            f"The training of {name} cannot go on: its random numbers are not of the "
            "form of numpy.random.RandomState."
        )
    plateau = training.get("plateau", {})
    if plateau:
        check_floats("The best score of the training", plateau.get("best"), ())
        for count in ("n_without", "n_reductions"):
            check_integer(f"{count} of the training", plateau.get(count), 0, MAX_EPOCHS)

"""What a Keras network gives, and in which number formats: found out, not asked for."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from skdigits.neural_network._keras_process import keras

# Activations of an output layer that gives logits; None where none is known.
LOGITS = (None, keras.activations.linear, keras.activations.log_softmax)
NO_OUTPUTS = (
    keras.layers.ReLU,
    keras.layers.LeakyReLU,
    keras.layers.PReLU,
    keras.layers.ELU,
)
# Number formats that the parameter `precision` chooses between, and not the layers.
OTHER_FORMATS = {"float16", "bfloat16", "float64"}


def ends_in_softmax(model: Any) -> bool:
    """Tell whether a network gives probabilities, and not logits.

    Parameters
    ----------
    model : keras.Model
        Of one input and one output.

    Returns
    -------
    gives_softmax : bool
        False for logits.

    Raises
    ------
    ValueError
        If it gives neither, or if it mixes images.
    """
    outputs = _try_out(model)
    last = last_layer(model)
    activation = _activation_of(last)
    # What a kernel gives are no probabilities, even if its first values look like some.
    if activation in LOGITS and getattr(last, "kernel", None) is not None:
        return False
    if (outputs >= 0).all() and np.allclose(outputs.sum(axis=1), 1, atol=1e-4):
        return True
    if activation in LOGITS and not isinstance(last, NO_OUTPUTS):
        return False
    what = getattr(activation, "__name__", type(last).__name__)
    raise ValueError(
        f"The network must end in logits or in a softmax over the classes, but its "
        f"last layer, {last.name!r}, ends in {what}. Give it no activation, or a "
        "softmax."
    )


def _try_out(model: Any) -> np.ndarray:
    """Return outputs of four images, of which two must have the same by themselves."""
    images = np.random.RandomState(0).rand(4, *model.input_shape[1:])
    images = images.astype(np.float32)
    together = model(images, training=False).numpy()
    alone = model(images[:2], training=False).numpy()
    if not np.allclose(together[:2], alone, rtol=1e-3, atol=1e-4, equal_nan=True):
        raise ValueError(
            "The output of the network for an image depends on the other images of the "
            "batch. In predictions, layers must treat each image by itself."
        )
    return together


def _activation_of(last: Any) -> Any:
    """Return the function that a layer or an operation of Keras ends in, if known."""
    name = re.sub(r"(?<!^)(?=[A-Z])", "_", type(last).__name__).lower()
    return getattr(last, "activation", getattr(keras.activations, name, None))


def last_layer(model: Any) -> Any:
    """Return the layer or the operation of Keras that comes last.

    Parameters
    ----------
    model : keras.Model
        Perhaps of other models.

    Returns
    -------
    last : keras.Operation
        A model if it does not say what its layers are.
    """
    while isinstance(model, keras.Model):
        if isinstance(model, keras.Sequential) and model.layers:
            model = model.layers[-1]
        elif hasattr(model, "operations"):
            model = model.operations[-1]
        else:  # a class of the user's own, which does not say what comes last
            break
    return model


def check_types(model: Any, roles: Sequence[str]) -> None:
    """Refuse layers that do not leave number formats to `precision`.

    Integers that training leaves alone, such as counts, pass.

    Parameters
    ----------
    model : keras.Model
        In float32.

    roles : list of str
        Those of its weights.

    Raises
    ------
    ValueError
        If there is a weight or a layer in another format.
    """
    for weight, role in zip(model.weights, roles, strict=True):
        is_count = role == "frozen" and weight.dtype.startswith(("int", "uint"))
        if weight.dtype != "float32" and not is_count:
            raise ValueError(
                f"The weights of the layers must be float32, but {weight.path!r} is "
                f"{weight.dtype}. Give its layer no dtype of its own."
            )
    for layer in leaves(model):
        if layer.compute_dtype in OTHER_FORMATS:
            raise ValueError(
                f"The layer {layer.name!r} computes in {layer.compute_dtype}. Give it "
                "no dtype of its own, and leave the policy of Keras as it is: the "
                "parameter precision chooses the number format of the training."
            )


def leaves(model: Any) -> Iterator[Any]:
    """Go through the layers of a model, and of the models in it.

    Parameters
    ----------
    model : keras.Model
        Any.

    Yields
    ------
    layer : keras.Layer
        One that is no model that says what its layers are.
    """
    for layer in model.layers:
        says_what = isinstance(layer, keras.Sequential) or hasattr(layer, "operations")
        if isinstance(layer, keras.Model) and says_what:
            yield from leaves(layer)
        else:
            yield layer

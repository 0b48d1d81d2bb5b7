"""From a function of the user to a network that trains here and predicts on ONNX.

The function is called once for each fit. Two calls have made the same network if its
forward passes, as TensorFlow traces them, have one digest; such networks share the
traced training and the ONNX graph.
"""

import random
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from skdigits._images import ImageShape
from skdigits.neural_network._built_network import BuiltNetwork
from skdigits.neural_network._graph_checks import check_graph
from skdigits.neural_network._graph_digest import digest_of
from skdigits.neural_network._keras import POLICIES, check_mode, keras, tf
from skdigits.neural_network._keras_export import culprit_of, export_graph, leaves

MAX_GRAPHS = 64

# Keras' settings and Python's random numbers are those of the whole process.
_lock = threading.RLock()
_graphs: OrderedDict[tuple, bytes] = OrderedDict()

# Activations of an output layer, by what it gives.
LOGITS = (None, keras.activations.linear, keras.activations.log_softmax)
NO_OUTPUTS = (
    keras.layers.ReLU,
    keras.layers.LeakyReLU,
    keras.layers.PReLU,
    keras.layers.ELU,
)


@dataclass(frozen=True)
class Source:
    """A function of the user and what it is called with.

    Parameters
    ----------
    build : callable
        ``build(image_shape, n_classes, **params)``.

    params : dict
        Its other arguments.

    image_shape : tuple (height, width)
        Shape of the images.

    n_classes : int
        Number of classes.

    seed : int
        Seed of Python's random numbers, from which Keras' initializers take theirs.
    """

    build: Callable[..., Any]
    params: dict[str, Any]
    image_shape: ImageShape
    n_classes: int
    seed: int

    def build_as_given(self, policy: str) -> Any:
        """Return the model that the function returns, or that its layers make."""
        with _surroundings(policy, self.seed):
            made = self.build(self.image_shape, self.n_classes, **self.params)
            if isinstance(made, list | tuple):
                images = self.images()
                given = keras.layers.InputLayer | keras.KerasTensor
                starts = bool(made) and isinstance(made[0], given)
                made = keras.Sequential([*made] if starts else [images, *made])
            if not isinstance(made, keras.Model):
                raise TypeError(
                    f"build must return a keras.Model or a list of layers; {self} "
                    f"returned {made!r:.200}."
                )
            return made

    def build_model(self, precision: str) -> Any:
        """Return a model of one input, (n, h, w, 1), and one output, (n, n_classes)."""
        policy = POLICIES[precision]
        made = self.build_as_given(policy)
        with _surroundings(policy, self.seed):
            last = _last_layer(made)
            if precision == "bfloat16" and isinstance(last, keras.Layer):
                last.dtype_policy = keras.DTypePolicy("float32")
            images = self.images()
            outputs = made(images)
            shape = getattr(outputs, "shape", None)
            if shape != (None, self.n_classes):
                raise ValueError(
                    f"The network that {self} returned must have one output of the "
                    f"shape (n, {self.n_classes}), for as many classes; its output has "
                    f"the shape {_shapes_of(outputs)}."
                )
            return keras.Model(images, outputs)

    def images(self) -> Any:
        """Return the input of a network."""
        return keras.Input((*self.image_shape, 1), dtype="float32")

    def __str__(self) -> str:
        return getattr(self.build, "__name__", type(self.build).__name__)


@contextmanager
def _surroundings(policy: str, seed: int) -> Iterator[None]:
    """Let layers be made as everywhere, and put back what is the user's afterwards."""
    with _lock:
        settings = keras.config.dtype_policy(), keras.config.image_data_format()
        numbers = random.getstate()
        keras.config.set_dtype_policy(policy)
        keras.config.set_image_data_format("channels_last")
        random.seed(seed)
        try:
            yield
        finally:
            keras.config.set_dtype_policy(settings[0])
            keras.config.set_image_data_format(settings[1])
            random.setstate(numbers)


def describe(source: Source) -> BuiltNetwork:
    """Build a network, and find out all that training and prediction need.

    Parameters
    ----------
    source : Source
        What builds it.

    Returns
    -------
    network : BuiltNetwork
        With its initial weights.

    Raises
    ------
    TypeError
        If something other than a model or layers was returned.
    ValueError
        If the network does not end in logits or a softmax, or cannot be exported.
    """
    check_mode()
    with _lock:
        model = source.build_model("float32")
        gives_softmax = ends_in_softmax(model)
        _check_weights(model)
        images = tf.TensorSpec([None, *source.image_shape, 1], tf.float32)
        function, changes = _traced(model, images)
        roles = _roles(model, changes)
        key = source.image_shape, source.n_classes, digest_of(function)
        graph = _graphs.pop(key, None)
        if graph is None:
            graph = _exported(model, images, gives_softmax, source)
        _graphs[key] = graph
        while len(_graphs) > MAX_GRAPHS:
            _graphs.popitem(last=False)
        shapes = [tuple(weight.shape) for weight in model.weights]
        return BuiltNetwork(
            image_shape=source.image_shape,
            n_classes=source.n_classes,
            weights=tuple(zip(roles, shapes, strict=True)),
            fingerprint=key[-1],
            gives_softmax=gives_softmax,
            graph=graph,
            make_model=source.build_model,
            initial=_initial(model),
        )


def ends_in_softmax(model: Any) -> bool:
    """Tell whether a network gives probabilities, and not logits.

    Parameters
    ----------
    model : keras.Model
        As `Source.build_model` returns it.

    Returns
    -------
    gives_softmax : bool
        False for logits.

    Raises
    ------
    ValueError
        If it gives neither.
    """
    last = _last_layer(model)
    activation = getattr(last, "activation", None)
    if activation is keras.activations.softmax or type(last).__name__ == "Softmax":
        return True
    if activation in LOGITS and not isinstance(last, NO_OUTPUTS):
        return activation is None and _sums_to_one(model)
    what = getattr(activation, "__name__", type(last).__name__)
    raise ValueError(
        f"The network must end in logits or a softmax, but its last layer, "
        f"{last.name!r}, ends in {what}. Give it no activation, or a softmax."
    )


def _sums_to_one(model: Any) -> bool:
    """Tell by a try what a layer that says nothing of itself gives."""
    images = np.random.RandomState(0).rand(4, *model.input_shape[1:])
    outputs = model(images.astype(np.float32), training=False).numpy()
    return bool((outputs >= 0).all() and np.allclose(outputs.sum(axis=1), 1, atol=1e-4))


def _last_layer(model: Any) -> Any:
    while isinstance(model, keras.Model):
        if isinstance(model, keras.Sequential) and model.layers:
            model = model.layers[-1]
        elif hasattr(model, "operations"):
            model = model.operations[-1]
        else:  # a class of the user's own, which does not say what comes last
            break
    return model


def _shapes_of(outputs: Any) -> Any:
    if isinstance(outputs, list | tuple):
        return [getattr(output, "shape", output) for output in outputs]
    return getattr(outputs, "shape", outputs)


def _check_weights(model: Any) -> None:
    for weight in model.weights:
        if weight.dtype != "float32":
            raise ValueError(
                f"The weights of the layers must be float32, but {weight.path!r} is "
                f"{weight.dtype}. Give its layer no dtype of its own."
            )


def _traced(model: Any, images: Any) -> tuple[Any, list[bool]]:
    """Trace the forward passes of training and of prediction together.

    Return what was traced, and which state training changes.
    """
    changes: list[bool] = []

    def forward(images: Any, trained: list, untrained: list) -> tuple:
        outputs, updated, losses = model.stateless_call(
            trained, untrained, images, training=True, return_losses=True
        )
        changes[:] = [
            new is not old for new, old in zip(updated, untrained, strict=True)
        ]
        predicted, _ = model.stateless_call(trained, untrained, images, training=False)
        return outputs, updated, losses, predicted

    function = tf.function(forward, autograph=False).get_concrete_function(
        images,
        [tf.TensorSpec(v.shape, v.dtype) for v in model.trainable_variables],
        [tf.TensorSpec(v.shape, v.dtype) for v in model.non_trainable_variables],
    )
    return function, changes


def _roles(model: Any, changes: Sequence[bool]) -> list[str]:
    changed = dict(zip(map(id, model.non_trainable_variables), changes, strict=True))
    return [
        ("statistic" if changed[id(weight)] else "frozen")
        if id(weight) in changed
        else ("kernel" if weight.name.endswith("kernel") else "weight")
        for weight in model.weights
    ]


def _initial(model: Any) -> tuple[np.ndarray | None, ...]:
    """Return the weights of a new model, but for kernels as Keras draws them."""
    drawn = set()
    for layer in leaves(model):
        initializer: Any = getattr(layer, "kernel_initializer", None)
        kernel: Any = getattr(layer, "kernel", None)
        if (
            type(initializer) is keras.initializers.GlorotUniform
            and initializer.get_config()["seed"] is None
            # It draws the same each time. The user may have loaded other weights.
            and np.array_equal(initializer(kernel.shape).numpy(), kernel.numpy())
        ):
            drawn.add(id(kernel))
    return tuple(
        None if id(weight) in drawn else weight.numpy() for weight in model.weights
    )


def _exported(model: Any, images: Any, gives_softmax: bool, source: Source) -> bytes:
    """Export a network, or say which layer stands in the way."""

    def predict(images: Any, *weights: Any) -> Any:
        outputs = _call(model, weights, images)
        return outputs if gives_softmax else tf.nn.softmax(outputs)

    shapes = [tuple(weight.shape) for weight in model.weights]
    try:
        graph = export_graph(predict, images, shapes)
        check_graph(graph, source.image_shape, source.n_classes)
    except ValueError as error:
        raise ValueError(
            f"This network cannot be exported to ONNX, by which it would predict: "
            f"{culprit_of(model)} {error}."
        ) from error
    return graph


def _call(model: Any, weights: Sequence[Any], images: Any) -> Any:
    """Call a model with other weights, as in prediction."""
    given = dict(zip(map(id, model.weights), weights, strict=True))
    outputs, _ = model.stateless_call(
        [given[id(variable)] for variable in model.trainable_variables],
        [
            given.get(id(variable), tf.convert_to_tensor(variable))
            for variable in model.non_trainable_variables
        ],
        images,
        training=False,
    )
    return outputs


def keras_model(source: Source, network: BuiltNetwork, weights: list) -> Any:
    """Return a model that predicts probabilities, for use outside of skdigits.

    Parameters
    ----------
    source : Source
        What builds it.

    network : BuiltNetwork
        What it must be.

    weights : list of ndarray
        What is put into it.

    Returns
    -------
    model : keras.Model
        Not compiled.

    Raises
    ------
    ValueError
        If the function makes another network.
    """
    with _lock:
        if describe(source) != network:
            raise ValueError(
                f"{source} does not return the network that was fitted: build or "
                "build_params were changed after fit."
            )
        made = source.build_as_given("float32")
        if not made.built:  # a class of the user's own
            made(source.images())
        made.set_weights(weights)
        if network.gives_softmax:
            return made
        softmax = keras.layers.Softmax(dtype="float32")
        return keras.Sequential([source.images(), made, softmax])

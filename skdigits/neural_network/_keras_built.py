"""From a function of the user to a network that trains here and predicts on ONNX.

The function is called once for each fit, and again for the first training of a network.
Two calls have made the same network if its forward passes, as TensorFlow traces them,
have one digest; such networks share the traced training and the ONNX graph.
"""

import inspect
import random
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any
from weakref import WeakSet

import numpy as np
from sklearn.utils import check_random_state

from skdigits._images import ImageShape
from skdigits.neural_network._built_network import BuiltNetwork
from skdigits.neural_network._graph_checks import check_graph
from skdigits.neural_network._graph_digest import digest_of
from skdigits.neural_network._keras_export import culprit_of, export_graph
from skdigits.neural_network._keras_layers import POLICIES, scaling_layers
from skdigits.neural_network._keras_outputs import (
    check_types,
    ends_in_softmax,
    last_layer,
    leaves,
)
from skdigits.neural_network._keras_process import check_mode, keras, tf
from skdigits.neural_network._trainer_pool import lock
from skdigits.neural_network._validation import check_n_weights

MAX_GRAPHS = 64

# By shape, number of classes and digest: whether it gives a softmax, and the graph.
_graphs: OrderedDict[tuple, tuple[bool, bytes]] = OrderedDict()
# Models that functions have returned, as long as they are in use.
_returned: WeakSet[Any] = WeakSet()


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
        Seed of the random numbers of Python, from which Keras' initializers take
        theirs, and of NumPy.
    """

    build: Callable[..., Any]
    params: dict[str, Any]
    image_shape: ImageShape
    n_classes: int
    seed: int

    def build_as_given(self, policy: str) -> Any:
        """Return the model that the function returns, or that its layers make."""
        if isinstance(self.build, keras.Layer):
            raise TypeError(
                "build must be a function that returns the network, not the network "
                f"itself; got {self.build!r:.200}."
            )
        self._check_signature()
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
            if made.compiled:
                raise ValueError(
                    f"The network that {self} returned is compiled, but its optimizer, "
                    "loss and metrics would not be used. Leave compile out: optimizer "
                    "and learning_rate are parameters of KerasClassifier, the loss is "
                    "the cross-entropy."
                )
            if made in _returned:
                raise ValueError(
                    f"{self} returned the same network twice. Let it build a new one "
                    "in each call."
                )
            _returned.add(made)
            return made

    def build_model(self, precision: str) -> Any:
        """Return a model of one input, (n, h, w, 1), and one output, (n, n_classes)."""
        policy = POLICIES[precision]
        made = self.build_as_given(policy)
        with _surroundings(policy, self.seed):
            last = last_layer(made)
            if precision == "bfloat16" and isinstance(last, keras.Layer):
                last.dtype_policy = keras.DTypePolicy("float32")
            images = self.images()
            self._check_input(made)
            outputs = made(images)
            shape = getattr(outputs, "shape", None)
            if shape != (None, self.n_classes):
                raise ValueError(
                    f"The network that {self} returned must have one output of the "
                    f"shape (n, {self.n_classes}), one column per class; got an output "
                    f"of the shape {_shapes_of(outputs)}."
                )
            return keras.Model(images, outputs)

    def _check_signature(self) -> None:
        try:
            signature = inspect.signature(self.build)
        except ValueError:  # some functions in C have none
            return
        is_of_scikeras = "meta" in signature.parameters
        try:
            signature.bind(self.image_shape, self.n_classes, **self.params)
        except TypeError as error:
            problem = str(error)
        else:
            if not is_of_scikeras:
                return
            problem = "it takes meta"
        advice = " Let it take image_shape and n_classes instead of scikeras' meta."
        raise TypeError(
            f"build is called as build(image_shape, n_classes, **{self.params}), but "
            f"{self} has the parameters {signature}: {problem}."
            f"{advice if is_of_scikeras else ''}"
        )

    def _check_input(self, made: Any) -> None:
        shape, expected = getattr(made, "input_shape", None), (*self.image_shape, 1)
        if not isinstance(shape, tuple):  # not known yet, or several
            return
        fits = len(shape) == 4 and all(
            side in (None, size) for side, size in zip(shape[1:], expected, strict=True)
        )
        if not fits:
            raise ValueError(
                f"The network that {self} returned takes the shape {shape}; images "
                f"have the shape {(None, *expected)}. Begin with "
                "keras.Input((*image_shape, 1)); keras.layers.Flatten() makes rows of "
                "pixels."
            )

    def images(self) -> Any:
        """Return the input of a network."""
        return keras.Input((*self.image_shape, 1), dtype="float32")

    def specification(self) -> Any:
        """Return the type and shape of the input."""
        return tf.TensorSpec([None, *self.image_shape, 1], tf.float32)

    def __str__(self) -> str:
        return getattr(self.build, "__name__", type(self.build).__name__)


@contextmanager
def _surroundings(policy: str, seed: int) -> Iterator[None]:
    """Let layers be made as everywhere, and put back what is the user's afterwards."""
    with lock:
        settings = keras.config.dtype_policy(), keras.config.image_data_format()
        of_numpy = check_random_state(None)
        numbers = random.getstate(), of_numpy.get_state()
        keras.config.set_dtype_policy(policy)
        keras.config.set_image_data_format("channels_last")
        random.seed(seed)
        of_numpy.seed(seed)
        try:
            yield
        finally:
            keras.config.set_dtype_policy(settings[0])
            keras.config.set_image_data_format(settings[1])
            random.setstate(numbers[0])
            of_numpy.set_state(numbers[1])


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
    with lock:
        model = source.build_model("float32")
        check_n_weights(model.count_params(), "KerasClassifier")
        function, changes = _traced(model, source)
        roles = _roles(model, changes)
        check_types(model, roles)
        key = source.image_shape, source.n_classes, digest_of(function)
        if key not in _graphs:
            gives_softmax = ends_in_softmax(model)
            _graphs[key] = gives_softmax, _exported(model, source, gives_softmax)
        _graphs.move_to_end(key)
        while len(_graphs) > MAX_GRAPHS:
            _graphs.popitem(last=False)
        gives_softmax, graph = _graphs[key]
        shapes = [tuple(weight.shape) for weight in model.weights]
        return BuiltNetwork(
            image_shape=source.image_shape,
            n_classes=source.n_classes,
            weights=tuple(zip(roles, shapes, strict=True)),
            fingerprint=key[-1],
            gives_softmax=gives_softmax,
            graph=graph,
            make_model=partial(_build_again, source, key[-1]),
            initial=_initial(model),
        )


def _build_again(source: Source, fingerprint: str, precision: str) -> Any:
    """Build the model to train, of which the one that predicts was made before."""
    model = source.build_model("float32")
    function, _ = _traced(model, source)
    if digest_of(function) != fingerprint:
        raise ValueError(
            f"{source} returned two different networks when it was called twice with "
            "the same arguments. If it draws random numbers, let it use Python's "
            "random or numpy.random, which fit seeds."
        )
    return model if precision == "float32" else source.build_model(precision)


def _shapes_of(outputs: Any) -> Any:
    if isinstance(outputs, list | tuple):
        return [getattr(output, "shape", output) for output in outputs]
    return getattr(outputs, "shape", outputs)


def _traced(model: Any, source: Source) -> tuple[Any, list[bool]]:
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
        source.specification(),
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
            kernel is not None
            and type(initializer) is keras.initializers.GlorotUniform
            and initializer.get_config()["seed"] is None
            # It draws the same each time. The user may have loaded other weights.
            and np.array_equal(initializer(kernel.shape).numpy(), kernel.numpy())
        ):
            drawn.add(id(kernel))
    return tuple(
        None if id(weight) in drawn else weight.numpy().astype(np.float32)
        for weight in model.weights
    )


def _exported(model: Any, source: Source, gives_softmax: bool) -> bytes:
    """Export a network, or say which layer stands in the way."""

    def predict(images: Any, *weights: Any) -> Any:
        outputs = _call(model, weights, images)
        return outputs if gives_softmax else tf.nn.softmax(outputs)

    shapes = [tuple(weight.shape) for weight in model.weights]
    try:
        graph = export_graph(predict, source.specification(), shapes)
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
            tf.cast(given.get(id(variable), variable), variable.dtype)
            for variable in model.non_trainable_variables
        ],
        images,
        training=False,
    )
    return outputs


def keras_model(
    source: Source, network: BuiltNetwork, weights: list, white_level: float
) -> Any:
    """Return a model that predicts probabilities, for use outside of skdigits.

    Parameters
    ----------
    source : Source
        What builds it.

    network : BuiltNetwork
        What it must be.

    weights : list of ndarray
        What is put into it.

    white_level : float
        Number that pixels are divided by.

    Returns
    -------
    model : keras.Model
        Not compiled.

    Raises
    ------
    ValueError
        If the function makes another network.
    """
    with lock:
        if describe(source) != network:
            raise ValueError(
                f"{source} does not return the network that was fitted: build or "
                "build_params were changed after fit."
            )
        made = source.build_as_given("float32")
        if not made.built:  # a class of the user's own
            made(source.images())
        for variable, array in zip(made.weights, weights, strict=True):
            variable.assign(array.astype(variable.dtype))
        layers = [*scaling_layers(white_level), made]
        if not network.gives_softmax:
            layers.append(keras.layers.Softmax(dtype="float32"))
        return keras.Sequential([source.images(), *layers]) if layers[1:] else made

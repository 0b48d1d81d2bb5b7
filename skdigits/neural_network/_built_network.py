"""A network that a function of the user built, as training and prediction know it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
from onnx import numpy_helper

from skdigits._images import ImageShape
from skdigits._onnx_graph import Graph
from skdigits.neural_network._architecture import Network, Shape, glorot_uniform


@dataclass(frozen=True, eq=False)
class BuiltNetwork:
    """Weights and an ONNX graph without them, in which they are inputs.

    Equal ones compute the same in training and in prediction.

    Parameters
    ----------
    image_shape : tuple (height, width)
        Shape of the images.

    n_classes : int
        Number of probabilities.

    weights : tuple of tuples (role, shape)
        In the order of ``keras.Model.get_weights``. The role is "kernel" for what
        decays, "weight" for the rest that gradients train, "statistic" for what a
        training step computes anew, and "frozen" for what it leaves alone.

    fingerprint : str
        Digest of the forward passes of training and of prediction.

    gives_softmax : bool
        Whether the Keras model gives probabilities, and not logits.

    graph : bytes
        ONNX model of the inputs "images", of shape (n, h, w, 1), and the weights. It
        has passed `check_graph`.

    make_model : callable, default=None
        Builds the Keras model in a precision, for training.

    initial : tuple of (ndarray or None), default=()
        Weights to begin with, for training. None stands for a kernel that Keras draws
        if nothing else is said.
    """

    image_shape: ImageShape
    n_classes: int
    weights: tuple[tuple[str, Shape], ...]
    fingerprint: str
    gives_softmax: bool
    graph: bytes
    make_model: Callable[[str], Any] | None = None
    initial: tuple[np.ndarray | None, ...] = ()

    @property
    def _identity(self) -> tuple:
        return self.image_shape, self.n_classes, self.weights, self.fingerprint

    def __eq__(self, other: object) -> bool:
        return isinstance(other, BuiltNetwork) and self._identity == other._identity

    def __hash__(self) -> int:
        return hash(self._identity)

    def weight_shapes(self) -> list[tuple[str, Shape]]:
        """Role and shape of each weight array."""
        return list(self.weights)

    def initial_weights(self, random_state: np.random.RandomState) -> list[np.ndarray]:
        """Return what the layers begin with.

        Kernels without an initializer of their own are drawn as `Network` draws them:
        so the same layers train to the same weights.
        """
        return [
            glorot_uniform(shape, random_state) if array is None else array
            for array, (_, shape) in zip(self.initial, self.weights, strict=True)
        ]

    def add_to(self, graph: Graph, weights: Sequence[np.ndarray], images: str) -> str:
        """Add the network with weights to an ONNX graph.

        Parameters
        ----------
        graph : Graph
            Gets the nodes.

        weights : list of ndarray
            Their values.

        images : str
            Name of a float32 tensor of shape (n, h * w).

        Returns
        -------
        probabilities : str
            Name of a float32 tensor of shape (n, n_classes).
        """
        model = onnx.load_model_from_string(self.graph)
        _, *inputs = model.graph.input
        model.graph.initializer.extend(
            numpy_helper.from_array(np.ascontiguousarray(array), info.name)
            for info, array in zip(inputs, weights, strict=True)
        )
        del model.graph.input[1:]
        shaped = graph("Reshape", images, np.array([-1, *self.image_shape, 1]))
        return graph.embed(model, shaped)


AnyNetwork = Network | BuiltNetwork

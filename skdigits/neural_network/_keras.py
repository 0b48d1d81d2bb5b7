"""From layers to trained weights.

A :class:`Trainer` traces the training of a network once. Later fits of the same
network, in the same process, put fresh weights into its variables and pay nothing
for tracing; ``_trainer_pool`` hands them out.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from skdigits.neural_network._built_network import BuiltNetwork
from skdigits.neural_network._keras_layers import build_model, keras_model
from skdigits.neural_network._keras_process import (
    check_mode,
    check_repeatable,
    keras,
    tf,
)
from skdigits.neural_network._training_key import TrainingKey

# All that the rest of skdigits needs of Keras.
__all__ = ["Trainer", "check_mode", "check_repeatable", "keras_model"]

# A shard is large enough to keep a core busy; more of them only cost memory.
ROWS_PER_SHARD = 32
MAX_SHARDS = 8

# What holds weights by their names; others are in the second.
ROLES = {
    "kernel": 0,
    "moving_mean": 2,
    "moving_variance": 2,
    "statistic": 2,
    "frozen": 3,
}
N_ROLES = 4

OPTIMIZERS = {
    "adam": {"class_name": "Adam"},
    "rmsprop": {"class_name": "RMSprop"},
    "sgd": {"class_name": "SGD", "config": {"momentum": 0.9, "nesterov": True}},
}

# What a network must never give a logarithm of.
TINY = 1e-37


class Trainer:
    """A network in TensorFlow, with an epoch of training as one traced function.

    The weights are kept in four flat variables: kernels, other trained weights,
    statistics and what is frozen. So the optimizer updates two long vectors instead of
    many small arrays, and putting other weights in takes four assignments.
    """

    def __init__(self, key: TrainingKey):
        self._key = key
        network = key.network
        self._weight_shapes = network.weight_shapes()
        if isinstance(network, BuiltNetwork):
            assert network.make_model is not None
            self._model = network.make_model(key.precision)
        else:
            self._model = build_model(network, key.precision)
        self._gives_softmax = network.gives_softmax
        sizes = [0] * N_ROLES
        for name, shape in self._weight_shapes:
            sizes[_role(name)] += int(np.prod(shape))
        self._flat = [
            keras.Variable(np.zeros(size), dtype="float32", trainable=role < 2)
            for role, size in enumerate(sizes)
        ]
        self._white_level = tf.Variable(1.0, trainable=False)
        self._optimizer = keras.optimizers.get(OPTIMIZERS[key.optimizer])
        self._optimizer.build(self._flat[:2])
        self._epoch = tf.function(
            self._run_steps,
            input_signature=[
                tf.TensorSpec([None, *network.image_shape, 1], key.image_dtype),
                tf.TensorSpec([None], tf.int32),
                tf.TensorSpec([None], tf.float32),
                tf.TensorSpec([None], tf.int64),
                tf.TensorSpec([None], tf.float32),
                tf.TensorSpec([], tf.uint32),
            ],
            autograph=False,  # converting our Python code takes half a second
        )
        self._epoch.get_concrete_function()

    def set_white_level(self, white_level: float) -> None:
        """Set the number that pixels are divided by."""
        self._white_level.assign(white_level)

    def set_weights(self, weights: Sequence[np.ndarray]) -> None:
        """Put weights in, ordered as ``Network.weight_shapes`` says."""
        parts: list[list[np.ndarray]] = [[np.empty(0, np.float32)] for _ in self._flat]
        for (name, _), array in zip(self._weight_shapes, weights, strict=True):
            parts[_role(name)].append(np.ravel(array))
        for variable, arrays in zip(self._flat, parts, strict=True):
            variable.assign(np.concatenate(arrays))

    def get_weights(self) -> list[np.ndarray]:
        """Copy the weights out, ordered as ``Network.weight_shapes`` says."""
        flat = [variable.numpy() for variable in self._flat]
        return [part.copy() for part in self._cut(flat, np.reshape)]

    def _cut(self, flat: Sequence[Any], reshape: Callable[..., Any]) -> list[Any]:
        """Cut the flat variables into weights."""
        starts = [0] * N_ROLES
        parts = []
        for name, shape in self._weight_shapes:
            role, size = _role(name), int(np.prod(shape))
            parts.append(reshape(flat[role][starts[role] : starts[role] + size], shape))
            starts[role] += size
        return parts

    def set_optimizer_state(self, state: Sequence[np.ndarray] | None) -> None:
        """Put moments and step count in; None starts afresh."""
        variables = self._optimizer.variables
        if state is None:
            state = [np.zeros(variable.shape, variable.dtype) for variable in variables]
        expected = [tuple(variable.shape) for variable in variables]
        if [np.shape(array) for array in state] != expected:
            raise ValueError(
                "The state of the optimizer is broken: it must hold arrays of the "
                f"shapes {expected}."
            )
        for variable, array in zip(variables, state, strict=True):
            if not np.isfinite(array).all():
                raise ValueError("The state of the optimizer is not finite.")
            variable.assign(array)

    def get_optimizer_state(self) -> list[np.ndarray]:
        """Copy moments and step count out."""
        return [variable.numpy() for variable in self._optimizer.variables]

    def run_epoch(
        self,
        images: np.ndarray,
        targets: np.ndarray,
        sample_weight: np.ndarray,
        order: np.ndarray,
        learning_rates: np.ndarray,
        seed: int,
    ) -> np.ndarray:
        """Train for an epoch, one step for each learning rate.

        Parameters
        ----------
        images : ndarray of shape (n, h, w, 1)
            Pixels, of the type that the training is for.

        targets : ndarray of shape (n,)
            Indices of the classes.

        sample_weight : ndarray of shape (n,)
            Weights whose mean is 1.

        order : ndarray of shape (n,)
            The order in which rows are taken; steps get equal shares of it.

        learning_rates : ndarray of shape (n_steps,)
            One for each step.

        seed : int
            Seed of the dropout, below 2**32.

        Returns
        -------
        losses : ndarray of shape (n,)
            Weighted cross-entropy of each row, in that order.
        """
        losses = self._epoch(
            tf.convert_to_tensor(images),
            tf.convert_to_tensor(targets, tf.int32),
            tf.convert_to_tensor(sample_weight, tf.float32),
            tf.convert_to_tensor(order, tf.int64),
            tf.convert_to_tensor(learning_rates, tf.float32),
            tf.constant(seed, tf.uint32),
        )
        return losses.numpy()

    def _run_steps(
        self,
        images: tf.Tensor,
        targets: tf.Tensor,
        sample_weight: tf.Tensor,
        order: tf.Tensor,
        learning_rates: tf.Tensor,
        seed: tf.Tensor,
    ) -> tf.Tensor:
        n_rows = tf.size(order, tf.int64)
        n_steps = tf.size(learning_rates, tf.int64)
        losses = tf.TensorArray(
            tf.float32,
            tf.cast(n_steps, tf.int32),
            infer_shape=False,
            element_shape=[None],
        )

        def run_step(
            step: tf.Tensor, losses: tf.TensorArray
        ) -> tuple[tf.Tensor, tf.TensorArray]:
            rows = order[step * n_rows // n_steps : (step + 1) * n_rows // n_steps]
            step_losses = self._step(
                tf.cast(tf.gather(images, rows), tf.float32) / self._white_level,
                tf.gather(targets, rows),
                tf.gather(sample_weight, rows),
                learning_rates[step],
                tf.stack([seed, tf.cast(step * MAX_SHARDS, tf.uint32)]),
            )
            return step + 1, losses.write(tf.cast(step, tf.int32), step_losses)

        _, losses = tf.while_loop(
            lambda step, _: step < n_steps,
            run_step,
            (tf.constant(0, tf.int64), losses),
            # Each step changes the weights that the next one starts with.
            parallel_iterations=1,
        )
        return losses.concat()

    def _step(
        self,
        images: tf.Tensor,
        targets: tf.Tensor,
        sample_weight: tf.Tensor,
        learning_rate: tf.Tensor,
        seed: tf.Tensor,
    ) -> tf.Tensor:
        """Update the weights by one batch, and return the losses of its rows."""
        n_rows = tf.size(targets)
        n_shards = tf.clip_by_value(n_rows // ROWS_PER_SHARD, 1, MAX_SHARDS)
        flat = [tf.convert_to_tensor(variable) for variable in self._flat]

        def train_shard(shard: tf.Tensor) -> tuple[tf.Tensor, ...]:
            start = shard * n_rows // n_shards
            stop = (shard + 1) * n_rows // n_shards
            rows = slice(start, stop)
            losses, gradients, statistics = self._gradients(
                flat,
                images[rows],
                targets[rows],
                sample_weight[rows],
                seed + tf.stack([0, tf.cast(shard, tf.uint32)]),
            )
            # In the places of its rows: shards must return equal shapes.
            losses = tf.pad(losses, [[start, n_rows - stop]])
            return losses, *gradients, statistics

        losses, *gradients, statistics = tf.map_fn(
            train_shard,
            tf.range(n_shards),
            parallel_iterations=MAX_SHARDS,
            fn_output_signature=(
                tf.TensorSpec([None], tf.float32),
                *(tf.TensorSpec(value.shape, tf.float32) for value in flat[:3]),
            ),
        )
        mean_gradients = [
            tf.reduce_sum(gradient, axis=0) / tf.cast(n_rows, tf.float32)
            for gradient in gradients
        ]
        self._update(mean_gradients, learning_rate)
        self._flat[2].assign(tf.reduce_mean(statistics, axis=0))
        return tf.reduce_sum(losses, axis=0)

    def _update(self, gradients: list[tf.Tensor], learning_rate: tf.Tensor) -> None:
        """Take a step of the optimizer.

        Not by its ``apply``: that is made for training on several machines, and
        registers a function with TensorFlow that is never dropped again.
        """
        kernels = self._flat[0]
        if self._key.weight_decay:
            kernels.assign(kernels * (1 - learning_rate * self._key.weight_decay))
        for gradient, variable in zip(gradients, self._flat[:2], strict=True):
            self._optimizer.update_step(gradient, variable, learning_rate)
        self._optimizer.iterations.assign_add(1)

    def _gradients(
        self,
        flat: list[tf.Tensor],
        images: tf.Tensor,
        targets: tf.Tensor,
        sample_weight: tf.Tensor,
        seed: tf.Tensor,
    ) -> tuple[tf.Tensor, list[tf.Tensor], tf.Tensor]:
        """Losses of a shard, gradients of their sum, and the new statistics."""
        with tf.GradientTape() as tape:
            tape.watch(flat[:2])
            trained, untrained = self._variable_values(flat, seed)
            outputs, updated, penalties = self._model.stateless_call(
                trained,
                untrained,
                tf.cast(images, tf.float32),
                training=True,
                return_losses=True,
            )
            if self._gives_softmax:
                outputs = _logits(outputs)
            logits = tf.cast(outputs, tf.float32)
            n_classes = logits.shape[1]
            smoothing = self._key.label_smoothing
            labels = tf.one_hot(targets, n_classes) * (1 - smoothing)
            losses = sample_weight * tf.nn.softmax_cross_entropy_with_logits(
                labels + smoothing / n_classes, logits
            )
            if penalties:
                losses += tf.add_n([tf.cast(p, tf.float32) for p in penalties])
            loss = tf.reduce_sum(losses)
        return (
            losses,
            tape.gradient(loss, flat[:2], unconnected_gradients="zero"),
            self._statistics(flat, updated),
        )

    def _variable_values(
        self, flat: list[tf.Tensor], seed: tf.Tensor
    ) -> tuple[list[tf.Tensor], list[tf.Tensor]]:
        """Values for the model's variables: cut out of the flat ones, or seeds."""
        weights = self._model.weights
        parts = dict(zip(map(id, weights), self._cut(flat, tf.reshape), strict=True))
        untrained = []
        for index, variable in enumerate(self._model.non_trainable_variables):
            value = parts.get(id(variable))
            if value is None:  # the seed of a layer that draws random numbers
                value = seed + tf.cast(tf.stack([index, 0]), tf.uint32)
            untrained.append(tf.cast(value, variable.dtype))
        return [parts[id(v)] for v in self._model.trainable_variables], untrained

    def _statistics(self, flat: list[tf.Tensor], updated: list[tf.Tensor]) -> tf.Tensor:
        """Lay the statistics that the layers have computed anew end to end."""
        variables = self._model.non_trainable_variables
        values = dict(zip(map(id, variables), updated, strict=True))
        statistics = [
            tf.reshape(values[id(weight)], [-1])
            for weight, (name, _) in zip(
                self._model.weights, self._weight_shapes, strict=True
            )
            if _role(name) == 2
        ]
        return tf.concat([flat[2][:0], *statistics], axis=0)


def _logits(probabilities: tf.Tensor) -> tf.Tensor:
    """Return what a softmax was computed of; logarithms, if it is not the last step.

    From those, no gradient comes back where a probability is 0 in float32.
    """
    operation = probabilities.op
    while operation.type in ("Cast", "Identity"):
        operation = operation.inputs[0].op
    if operation.type == "Softmax":
        return operation.inputs[0]
    return tf.math.log(tf.maximum(tf.cast(probabilities, tf.float32), TINY))


def _role(name: str) -> int:
    """Index of the flat variable that a weight array lives in."""
    return ROLES.get(name, 1)

"""Train the network that labels the ink of a page for DigitReader, and write it.

python -m benchmarks.train_ink [--output FILE] [--crops N] [--minutes M]

Crops of pages are composed by ``synthetic.labelled`` from MNIST's training images, from
free fonts and from drawn strokes; a few, with digits of their own, are held out.
Nothing else is learnt from. It takes about an hour on two cores.
"""

import argparse
import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from joblib import Parallel, cpu_count, delayed

from skdigits.datasets import fetch_mnist
from skdigits.reading._labels import N_LABELS, Label
from skdigits.reading._network import N_FEATURES, connect, make_features
from synthetic.labelled.glyphs import Handwriting
from synthetic.labelled.photographs import SIDE, draw_crop
from synthetic.other_hands import write_otherwise

OUTPUT = Path(__file__).parents[1] / "skdigits/reading/ink.npz"
SEED = 0
# Digits of MNIST's training images that only the held-out crops are written with.
HELD_OUT_DIGITS, HELD_OUT_CROPS = 5_000, 400
# Crops that one process draws at a time, and the digits that it knows.
CROPS_PER_TASK, DIGITS_PER_TASK = 250, 2_000
# How many of the 1s, 7s and 9s are written as MNIST's writers did not learn it.
OTHER_HANDS = 0.25
BATCH, LEARNING_RATE, WEIGHT_DECAY = 16, 3e-3, 1e-4
# The light of a crop's brightest paper, as a share of the page's.
LIGHT = (0.6, 1.02)
# What a pixel's mistake costs, by its label: most of a page is paper.
COSTS = {
    Label.PAPER: 0.5,
    Label.DIGIT: 1.5,
    Label.SIGN: 1.8,
    Label.WRITING: 1.5,
    Label.RULE: 1.2,
    Label.DARK: 0.5,
}


def draw_crops(
    digits: np.ndarray, labels: np.ndarray, n: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Draw crops with their labels, in all processes."""
    tasks = -(-n // CROPS_PER_TASK)
    parts = Parallel(n_jobs=cpu_count())(
        delayed(_draw_some)(digits, labels, (seed, task)) for task in range(tasks)
    )
    pixels, truth = (np.concatenate(some)[:n] for some in zip(*parts, strict=True))
    return pixels, truth


def _draw_some(
    digits: np.ndarray, labels: np.ndarray, seed: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    rows = random.choice(len(digits), min(DIGITS_PER_TASK, len(digits)), replace=False)
    old_style = np.random.RandomState(random.integers(2**31))
    written = write_otherwise(digits[rows], labels[rows], OTHER_HANDS, old_style)
    handwriting = Handwriting(written)
    crops = [draw_crop(handwriting, random) for _ in range(CROPS_PER_TASK)]
    pixels, truth = zip(*crops, strict=True)
    return np.stack(pixels), np.stack(truth)


def features_of(pixels: np.ndarray) -> np.ndarray:
    """Return what the network sees of crops, channels last, in half precision."""
    features = np.empty((len(pixels), SIDE, SIDE, N_FEATURES), np.float16)
    for row, crop in zip(features, pixels, strict=True):
        row[:] = make_features(crop.astype(np.float32) / 255).transpose(1, 2, 0)
    return features


class KerasOperations:
    """Operations of Keras, with a batch normalization behind each convolution."""

    def __init__(self):
        from keras import layers

        self.layers = layers
        self.convolutions = {}

    def convolve(self, x, name, shape, *, stride=1, dilation=1, is_last=False):
        """Convolve, normalize and rectify."""
        side, _, n_out = shape
        convolution = self.layers.Conv2D(
            n_out,
            side,
            strides=stride,
            dilation_rate=dilation,
            padding="same",
            use_bias=is_last,
            dtype="float32" if is_last else None,
        )
        x = convolution(x)
        self.convolutions[name] = (convolution, None)
        if is_last:
            return x
        normalization = self.layers.BatchNormalization(momentum=0.97)
        self.convolutions[name] = (convolution, normalization)
        return self.layers.ReLU()(normalization(x))

    def add(self, x, y):
        """Add."""
        return self.layers.Add()([x, y])

    def concatenate(self, x, y):
        """Join channels."""
        return self.layers.Concatenate()([x, y])

    def enlarge(self, x):
        """Repeat each pixel in a square of 2x2."""
        return self.layers.UpSampling2D(2)(x)

    def folded_weights(self) -> dict[str, np.ndarray]:
        """Return kernels and biases with the normalizations folded in."""
        weights = {}
        for name, (convolution, normalization) in self.convolutions.items():
            if normalization is None:
                kernel, bias = convolution.get_weights()
            else:
                (kernel,) = convolution.get_weights()
                gamma, beta, mean, variance = normalization.get_weights()
                scale = gamma / np.sqrt(variance + normalization.epsilon)
                kernel, bias = kernel * scale, beta - mean * scale
            weights[f"{name}/kernel"] = kernel.astype(np.float16)
            weights[f"{name}/bias"] = bias.astype(np.float16)
        return weights


def train(
    pixels: np.ndarray,
    truth: np.ndarray,
    minutes: float,
    precision: str,
    save: Callable[[dict[str, np.ndarray]], None],
) -> dict[str, np.ndarray]:
    """Train the network for some time, save its weights now and then, return them."""
    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(SEED)
    keras.config.set_dtype_policy(precision)
    operations = KerasOperations()
    page = keras.Input((None, None, N_FEATURES))
    network = keras.Model(page, connect(operations, page))
    print(f"{network.count_params():,} weights", flush=True)
    optimizer = keras.optimizers.AdamW(LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    costs = tf.constant([COSTS[label] for label in Label])

    @tf.function
    def step(features, labels, learning_rate):
        optimizer.learning_rate.assign(learning_rate)
        labels = tf.cast(labels, tf.int32)
        with tf.GradientTape() as tape:
            logits = tf.nn.depth_to_space(network(features, training=True), 2)
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)
            loss = tf.reduce_mean(losses * tf.gather(costs, labels))
        gradients = tape.gradient(loss, network.trainable_variables)
        optimizer.apply_gradients(
            zip(gradients, network.trainable_variables, strict=True)
        )
        return loss

    random = np.random.default_rng(SEED)
    features = features_of(pixels)
    start, done, n_steps, mean = time.monotonic(), 0.0, 0, None
    while done < 1:
        order = random.permutation(len(pixels))
        for k in range(0, len(order) - BATCH + 1, BATCH):
            done = (time.monotonic() - start) / (60 * minutes)
            if done >= 1:
                break
            rows = np.sort(order[k : k + BATCH])
            # Ink of other strengths, and brighter paper outside the crop.
            strength = random.uniform(0.8, 1.25, (BATCH, 1, 1, N_FEATURES))
            strength[..., 2] = random.uniform(*LIGHT, (BATCH, 1, 1))
            x = features[rows] * strength.astype(np.float32)
            rate = (
                LEARNING_RATE * min(1, n_steps / 200) * (1 + np.cos(np.pi * done)) / 2
            )
            loss = float(step(x, truth[rows], np.float32(rate)))
            mean = loss if mean is None else 0.99 * mean + 0.01 * loss
            n_steps += 1
            if n_steps % 200 == 0:
                print(f"{n_steps} steps, {done:.0%}, loss {mean:.4f}", flush=True)
            if n_steps % 1000 == 0:
                save(operations.folded_weights())
    return operations.folded_weights()


def print_figures(weights: dict[str, np.ndarray], pixels, truth) -> None:
    """Print which share of each label is found, and which share of that is right."""
    from skdigits._onnxruntime import onnxruntime
    from skdigits.reading._network import INPUT, to_onnx

    session = onnxruntime.InferenceSession(to_onnx(weights).SerializeToString())
    counts = np.zeros((N_LABELS, N_LABELS), int)
    for crop, labels in zip(pixels, truth, strict=True):
        features = make_features(crop.astype(np.float32) / 255)[np.newaxis]
        [probabilities] = session.run(None, {INPUT: features})
        np.add.at(counts, (labels.ravel(), probabilities[0].argmax(axis=0).ravel()), 1)
    for label in Label:
        right = counts[label, label]
        recall, precision = right / counts[label].sum(), right / counts[:, label].sum()
        print(f"{label.name:8} recall {recall:.3f}, precision {precision:.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=OUTPUT)
    parser.add_argument("--crops", type=int, default=12_000)
    parser.add_argument("--minutes", type=float, default=45)
    parser.add_argument("--precision", default="float32")
    arguments = parser.parse_args()

    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    X, y = fetch_mnist(subset="train", return_X_y=True)
    digits, split = X.reshape(-1, 28, 28), len(X) - HELD_OUT_DIGITS
    crops = draw_crops(digits[:split], y[:split], arguments.crops, SEED)
    held_out = draw_crops(digits[split:], y[split:], HELD_OUT_CROPS, SEED + 1)
    save = partial(np.savez_compressed, arguments.output)
    weights = train(
        *crops,
        arguments.minutes,
        arguments.precision,
        lambda weights: save(**weights),
    )
    save(**weights)
    print_figures(weights, *held_out)


if __name__ == "__main__":
    main()

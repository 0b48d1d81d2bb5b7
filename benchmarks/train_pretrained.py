"""Train the network that ships with skdigits, and write its file.

python -m benchmarks.train_pretrained [--output FILE] [--epochs N] [--start FILE]
python -m benchmarks.train_pretrained --evaluate

MNIST's training images are all that is learnt from. A tenth of them is held out: the
recipe was chosen on it, and it sets the temperature. ``--evaluate`` looks at MNIST's
test images and at scikit-learn's 8x8 digits, which nothing is learnt from.
"""

import argparse
import hashlib
from pathlib import Path

import numpy as np
from numpy.random import RandomState
from PIL import Image
from scipy.ndimage import maximum_filter, minimum_filter
from scipy.optimize import minimize_scalar
from scipy.special import softmax
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline

from skdigits.augmentation import RandomAugmenter
from skdigits.datasets import fetch_mnist, load_digits
from skdigits.neural_network import KerasCNNClassifier
from skdigits.persistence import load_model, load_pretrained, save_model
from skdigits.preprocessing import DigitNormalizer, PixelScaler
from synthetic.other_framings import FRAMINGS, framed_by_others
from synthetic.other_hands import write_otherwise

SEED = 0
HELD_OUT = 6_000
EPOCHS = 20
# How many of the 1s, 7s and 9s are written otherwise.
OTHER_HANDS = 0.15
# Learning rate when a network is trained further.
GOING_ON = 1e-3
RECIPE = {
    "conv_blocks": ((16, 32), (64, 64), (128,)),
    "dense_units": (128,),
    "dropout": 0.3,
    "batch_norm": True,
    "batch_size": 128,
    "learning_rate": 3e-3,
    "weight_decay": 0.05,
    "random_state": SEED,
}
OUTPUT = Path(__file__).parents[1] / "skdigits/persistence/pretrained/mnist.skops"


class OtherPens:
    """Draws the training images anew: moved, and most of them inked and scanned anew.

    What is inked anew takes the way of an image that a user brings: a pen of another
    width, a scan of another resolution, proportion and contrast, some noise, and then
    DigitNormalizer, whose framing the network is to read.
    """

    MOVES = RandomAugmenter(rotation=12, shift=0.05, zoom=0.1, shear=12, elastic=0.02)
    SHARE_OF_SCANS = 0.6
    # Height of the scanned frame in pixels; a digit fills 5/7 of it. So many scanners
    # are drawn, each for as many images.
    RESOLUTIONS = (9, 10, 11, 13, 16, 20, 28, 28, 42)
    N_SCANNERS = 40
    # Of these, so many stretch the width, by up to this factor, as a logarithm.
    SHARE_OF_STRETCHED, STRETCH = 0.6, 0.4

    def augment(self, images: np.ndarray, random_state: int) -> np.ndarray:
        """Return changed copies of float32 images of shape (n, 28, 28), 0 to 1."""
        rng = np.random.default_rng(random_state)
        images = self.MOVES.augment(images, random_state)
        scanned = np.flatnonzero(rng.random(len(images)) < self.SHARE_OF_SCANS)
        for rows in np.array_split(rng.permutation(scanned), self.N_SCANNERS):
            height = width = int(rng.choice(self.RESOLUTIONS))
            if rng.random() < self.SHARE_OF_STRETCHED:
                width = round(height * np.exp(rng.uniform(-self.STRETCH, self.STRETCH)))
            images[rows] = _scan(_ink(images[rows], rng), (height, width), rng)
        return images


def _ink(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Make strokes thinner by up to two pixels, or thicker by up to four."""
    shape = (len(images), 1, 1)
    amount = rng.triangular(-0.9, 0, 2.2, shape).astype(np.float32)
    size = (1, 3, 3) if rng.random() < 0.5 else (1, 2, 2)
    thinner = minimum_filter(images, size)
    # Strokes that would vanish are made thicker instead.
    is_left = thinner.max(axis=(1, 2), keepdims=True) > 0.5
    amount = np.where(is_left, amount, np.abs(amount))
    thicker = maximum_filter(images, size)
    thickest = maximum_filter(thicker, (1, 3, 3))
    inked = images + np.maximum(-amount, 0) * (thinner - images)
    inked += amount.clip(0, 1) * (thicker - images)
    return inked + (amount - 1).clip(0, 1) * (thickest - thicker)


def _scan(
    images: np.ndarray, shape: tuple[int, int], rng: np.random.Generator
) -> np.ndarray:
    """Scan at a resolution, with a random contrast and noise, and frame the result."""
    each = (len(images), 1, 1)
    fine = resize(images, (max(shape[0], 28), max(shape[1], 28)))
    steepness = np.exp(rng.uniform(0, np.log(8), each))
    threshold = rng.uniform(0.25, 0.6, each)
    inked = np.clip(0.5 + steepness * (fine - threshold), 0, 1)
    inked = np.where(rng.random(each) < 0.6, inked, fine)
    scanned = resize(inked.astype(np.float32), shape)
    noise = 0.04 * np.maximum(rng.uniform(-1, 1, each), 0)
    scanned = scanned + noise * rng.standard_normal(scanned.shape, np.float32)
    framed = DigitNormalizer(polarity="bright").fit_transform(scanned)
    return framed.reshape(-1, 28, 28) / 255


def resize(images: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Resize images as Pillow does, many at a time."""
    along_y, along_x = (
        np.asarray(
            Image.fromarray(np.eye(old, dtype=np.float32)).resize(
                (old, new), Image.Resampling.BILINEAR
            )
        )
        for old, new in zip(images.shape[1:], shape, strict=True)
    )
    return along_y @ images @ along_x.T


def fold_temperature(cnn: KerasCNNClassifier, X: np.ndarray, y: np.ndarray) -> float:
    """Divide the last layer by the temperature that makes probabilities honest.

    So nothing has to be divided when digits are read.
    """
    # Shares that are 0 in float32 are too small to matter at any temperature.
    logits = np.log(np.maximum(cnn.predict_proba(X), 1e-38, dtype=np.float64))

    def loss(temperature: float) -> float:
        return log_loss(y, softmax(logits / temperature, axis=1))

    temperature = float(minimize_scalar(loss, bounds=(0.2, 5)).x)
    # A training cannot go on from here: what it was in the middle of is left out.
    vars(cnn).pop("_training_state", None)
    state = cnn.__getstate__()
    *weights, kernel, bias = state["weights_"]
    last = [(array / temperature).astype(np.float32) for array in (kernel, bias)]
    cnn.__setstate__({**state, "weights_": weights + last})
    return temperature


def train(epochs: int, start: Path | None) -> tuple[Pipeline, float]:
    """Return the fitted pipeline, and the temperature that was folded in."""
    X, X_held_out, y, y_held_out = split_training_images()
    X = write_otherwise(X.reshape(-1, 28, 28), y, OTHER_HANDS, RandomState(SEED))
    if start is None:
        cnn = KerasCNNClassifier(**RECIPE)
        model = Pipeline([("scale", PixelScaler(white_level=255)), ("cnn", cnn)])
    else:
        model = load_model(start)
        cnn = model[-1].set_params(warm_start=True, learning_rate=GOING_ON)
    cnn.set_params(max_epochs=epochs, augmenter=OtherPens(), verbose=1)
    model.fit(X, y)
    # The file is to hold classes of skdigits only, and this one is a script's.
    cnn.set_params(augmenter=None, verbose=0, warm_start=False)
    return model, fold_temperature(cnn, model[:-1].transform(X_held_out), y_held_out)


def split_training_images() -> list[np.ndarray]:
    X, y = fetch_mnist(subset="train", return_X_y=True)
    return train_test_split(X, y, test_size=HELD_OUT, stratify=y, random_state=SEED)


def calibration_error(y: np.ndarray, probabilities: np.ndarray) -> float:
    """Return the expected calibration error, over 15 bins of equal width [1]_.

    References
    ----------
    .. [1] C. Guo, G. Pleiss, Y. Sun and K. Q. Weinberger, "On calibration of modern
       neural networks", ICML 2017.
    """
    sureness, correct = probabilities.max(axis=1), probabilities.argmax(axis=1) == y
    bins = np.minimum((sureness * 15).astype(int), 14)
    return float(np.abs(np.bincount(bins, sureness - correct)).sum() / len(y))


def print_figures(model: Pipeline, X: np.ndarray, y: np.ndarray) -> None:
    """Print how well digits of MNIST are read, as they are and framed by others."""
    probabilities = model.predict_proba(X)
    correct = probabilities.argmax(axis=1) == y
    surest = np.argsort(-probabilities.max(axis=1), kind="stable")
    accepted = surest[: round(0.99 * len(y))]
    print(f"accuracy {correct.mean():.2%} of {len(y):,}")
    by_class = [f"{digit} {correct[y == digit].mean():.2%}" for digit in range(10)]
    print(f"accuracy by class: {', '.join(by_class)}")
    print(f"log loss {log_loss(y, probabilities):.5f}")
    print(f"expected calibration error {calibration_error(y, probabilities):.4f}")
    print(f"error among the surest 99 %: {1 - correct[accepted].mean():.3%}")
    for framing in FRAMINGS:
        framed = framed_by_others(X.reshape(-1, 28, 28), framing)
        print(f"accuracy, {framing}: {model.score(framed, y):.2%}")


def evaluate(model: Pipeline) -> None:
    """Print what the card says; nothing may be chosen by it."""
    print("MNIST's test images")
    print_figures(model, *fetch_mnist(subset="test", return_X_y=True))
    X, y = load_digits(return_X_y=True)
    framed = DigitNormalizer(polarity="bright").fit_transform(X)
    print(f"scikit-learn's 8x8 digits\naccuracy {model.score(framed, y):.2%}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=OUTPUT)
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument(
        "--start", type=Path, help="train this network further (default: a new one)"
    )
    parser.add_argument(
        "--evaluate",
        action="store_true",
        help="do not train; look at the test data with the network that ships",
    )
    options = parser.parse_args()
    if options.evaluate:
        evaluate(load_pretrained())
        return
    model, temperature = train(options.epochs, options.start)
    facts = {"by": "benchmarks/train_pretrained.py", "temperature": temperature}
    save_model(model, options.output, overwrite=True, metadata=facts)
    sha256 = hashlib.sha256(options.output.read_bytes()).hexdigest()
    print(f"{options.output}: {options.output.stat().st_size:,} bytes, {sha256}")
    print(f"temperature {temperature:.3f}\nMNIST's training images held out")
    _, X_held_out, _, y_held_out = split_training_images()
    print_figures(model, X_held_out, y_held_out)


if __name__ == "__main__":
    main()

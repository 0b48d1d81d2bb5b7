"""Train the network that ships with skdigits, and write its file.

python -m benchmarks.train_pretrained [--output FILE] [--epochs N]
python -m benchmarks.train_pretrained --evaluate

MNIST's training images are all the handwriting that is learnt from, beside digits that
are printed with matplotlib's fonts and drawn from strokes. A tenth of MNIST's is held
out: the recipe was chosen on it, and it sets the temperature. ``--evaluate`` looks at
MNIST's test images and at scikit-learn's 8x8 digits, which nothing is learnt from.
"""

import argparse
import hashlib
from pathlib import Path

import numpy as np
from numpy.random import RandomState
from scipy.optimize import minimize_scalar
from scipy.special import softmax
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline

from skdigits.datasets import fetch_mnist, load_digits
from skdigits.neural_network import KerasCNNClassifier
from skdigits.persistence import load_pretrained, save_model
from skdigits.preprocessing import DigitNormalizer, PixelScaler
from synthetic.drawn_digits import drawn_digits
from synthetic.other_framings import FRAMINGS, framed_by_others
from synthetic.other_hands import write_otherwise
from synthetic.other_pens import OtherPens
from synthetic.pens import map_ink
from synthetic.printed_digits import printed_digits

SEED = 0
HELD_OUT = 6_000
EPOCHS = 36
# How many of the 1s, 7s and 9s are written otherwise.
OTHER_HANDS = 0.15
# How many of each digit are printed, and drawn from strokes: more of those that the
# world writes in more ways than MNIST's writers.
PRINTED = (900,) * 10
DRAWN = (200, 600, 200, 300, 1600, 500, 300, 500, 200, 1200)
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


def train(epochs: int) -> tuple[Pipeline, float]:
    """Return the fitted pipeline, and the temperature that was folded in."""
    X, X_held_out, y, y_held_out = split_training_images()
    images, labels = add_other_digits(X.reshape(-1, 28, 28), y, RandomState(SEED))
    pens = OtherPens(map_ink(images))
    cnn = KerasCNNClassifier(**RECIPE, max_epochs=epochs, augmenter=pens, verbose=1)
    model = Pipeline([("scale", PixelScaler(white_level=255)), ("cnn", cnn)])
    model.fit(images.reshape(len(images), -1), labels)
    # The file is to hold classes of skdigits only, and this one is a script's.
    cnn.set_params(augmenter=None, verbose=0)
    return model, fold_temperature(cnn, model[:-1].transform(X_held_out), y_held_out)


def add_other_digits(
    images: np.ndarray, labels: np.ndarray, random: RandomState
) -> tuple[np.ndarray, np.ndarray]:
    """Write some digits otherwise, and add printed and drawn ones."""
    printed, drawn = np.arange(10).repeat(PRINTED), np.arange(10).repeat(DRAWN)
    everything = [
        write_otherwise(images, labels, OTHER_HANDS, random),
        printed_digits(printed, random),
        drawn_digits(drawn, random),
    ]
    return np.concatenate(everything), np.concatenate([labels, printed, drawn])


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
        "--evaluate",
        action="store_true",
        help="do not train; look at the test data with the network that ships",
    )
    options = parser.parse_args()
    if options.evaluate:
        evaluate(load_pretrained())
        return
    model, temperature = train(options.epochs)
    facts = {"by": "benchmarks/train_pretrained.py", "temperature": temperature}
    save_model(model, options.output, overwrite=True, metadata=facts)
    sha256 = hashlib.sha256(options.output.read_bytes()).hexdigest()
    print(f"{options.output}: {options.output.stat().st_size:,} bytes, {sha256}")
    print(f"temperature {temperature:.3f}\nMNIST's training images held out")
    _, X_held_out, _, y_held_out = split_training_images()
    print_figures(model, X_held_out, y_held_out)


if __name__ == "__main__":
    main()

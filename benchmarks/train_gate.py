"""Train the gate of DigitReader, which tells digits from all else, and write it.

python -m benchmarks.train_gate [--output FILE] [--epochs N] [--digits N] [--others N]

MNIST's training images are all the handwriting that is learnt from; what is no digit is
made of them, of matplotlib's fonts and of random strokes.
"""

import argparse
from pathlib import Path

import numpy as np
from numpy.random import RandomState
from sklearn.pipeline import Pipeline

from skdigits.augmentation import RandomAugmenter
from skdigits.datasets import fetch_mnist
from skdigits.neural_network import KerasCNNClassifier
from skdigits.persistence import save_model
from skdigits.preprocessing import PixelScaler
from synthetic.glyphs import make_negatives, make_positives

OUTPUT = Path(__file__).parents[1] / "skdigits/reading/gate.skops"
# Of each kind, drawn anew to test on.
HELD_OUT = 6_000
RECIPE = {
    "conv_blocks": ((16,), (32,), (48,)),
    "dense_units": (48,),
    "dropout": 0.2,
    "batch_size": 128,
    "weight_decay": 1e-2,
    "augmenter": RandomAugmenter(rotation=3, shift=0.03, zoom=0.05),
    "random_state": 0,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=OUTPUT)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--digits", type=int, default=48_000)
    parser.add_argument("--others", type=int, default=48_000)
    arguments = parser.parse_args()

    X, y = fetch_mnist(subset="train", return_X_y=True)
    digits, random = X.reshape(-1, 28, 28), RandomState(0)
    positives = make_positives(digits, y, arguments.digits, random)
    negatives = make_negatives(digits, y, arguments.others, random)
    images = np.vstack([positives, negatives])
    is_digit = np.repeat([1, 0], [len(positives), len(negatives)])
    cnn = KerasCNNClassifier(**RECIPE, max_epochs=arguments.epochs)
    gate = Pipeline([("scale", PixelScaler(white_level=255)), ("cnn", cnn)])
    gate.fit(images, is_digit)
    cnn.set_params(augmenter=None)
    save_model(gate, arguments.output, overwrite=True)

    new_digits = gate.predict_proba(make_positives(digits, y, HELD_OUT, random))[:, 1]
    new_others = gate.predict_proba(make_negatives(digits, y, HELD_OUT, random))[:, 1]
    for share in (0.005, 0.01, 0.02):
        passed = np.mean(new_others > np.quantile(new_digits, share))
        print(f"{share:.1%} of the digits lost: {passed:.1%} of the others pass")


if __name__ == "__main__":
    main()

"""
==========================================================
Convolutional networks: textbook, deep, and how they learn
==========================================================

You learn what a convolutional network is made of, how to read its training curves, and
what a deeper one with normalization, dropout and augmentation gains over the small one
of the textbooks.
"""

# sphinx_gallery_thumbnail_number = 3

# %%
# The digits
# ----------

import matplotlib.pyplot as plt
import numpy as np
from sklearn.model_selection import train_test_split

from skdigits.datasets import load_digits
from skdigits.preprocessing import PixelScaler

X, y = load_digits(return_X_y=True)
X = PixelScaler(white_level=16).fit_transform(X)
X_train, X_test, y_train, y_test = train_test_split(
    X, y, train_size=800, stratify=y, random_state=0
)

# %%
# The textbook network
# --------------------
# A convolution moves a small window over the image, and says at each place how much its
# pattern is there. A pooling keeps the largest of each 2x2 places, so it matters less
# where exactly that was. Two of both, then a dense layer: this is the network of most
# courses, and the default of :class:`~skdigits.neural_network.KerasCNNClassifier`.

from skdigits.neural_network import KerasCNNClassifier

textbook = KerasCNNClassifier(
    conv_blocks=((32,), (64,)),
    dense_units=(64,),
    max_epochs=16,
    batch_size=16,
    random_state=0,
)
textbook.fit(X_train, y_train)
print(f"textbook: test accuracy {textbook.score(X_test, y_test):.3f}")
for weights in textbook.weights_:
    print(f"{weights.size:>7,} weights of shape {weights.shape}")

# %%
# What it sees
# ------------
# The first weights are 32 windows of 3x3 pixels. Some have found edges: red on one side
# and blue on the other. Below, what the first six of them make of a digit: dark where
# the pattern was found.

from scipy.ndimage import correlate

from skdigits.inspection import DigitsDisplay

kernels = textbook.weights_[0][:, :, 0].transpose(2, 0, 1)
biases = textbook.weights_[1]
DigitsDisplay.from_arrays(kernels, n_images=32, n_columns=16)
plt.show()

image = X_test[3].reshape(8, 8)
maps = [
    np.maximum(correlate(image, kernel, mode="constant") + bias, 0)
    for kernel, bias in zip(kernels[:6], biases, strict=False)
]
figure, axes = plt.subplots(1, 7, figsize=(9, 1.8), layout="constrained")
for ax, picture in zip(axes, [image, *maps], strict=True):
    ax.imshow(picture, cmap="gray_r")
    ax.set(xticks=[], yticks=[])
axes[0].set_title("the image")
axes[3].set_title("after six of the windows")
plt.show()

# %%
# A deep network
# --------------
# Two convolutions before each pooling see larger patterns. What keeps so many weights
# from learning the images by heart: normalization after each pooling (``batch_norm``),
# ``dropout``, and an ``augmenter`` that draws the images anew for every epoch. Each is
# a parameter; no layers need to be written.

from skdigits.augmentation import RandomAugmenter

augmenter = RandomAugmenter(rotation=10, shift=0.08, zoom=0.1)
textbook_augmented = KerasCNNClassifier(
    augmenter=augmenter, max_epochs=16, batch_size=16, random_state=0
)
deep = KerasCNNClassifier(
    conv_blocks=((32, 32), (64, 64)),
    dense_units=(128,),
    batch_norm=True,
    dropout=0.3,
    augmenter=augmenter,
    max_epochs=16,
    batch_size=16,
    random_state=0,
)
networks = {
    "textbook": textbook,
    "textbook, augmented": textbook_augmented.fit(X_train, y_train),
    "deep, augmented": deep.fit(X_train, y_train),
}
for name, network in networks.items():
    n_weights = sum(weights.size for weights in network.weights_)
    accuracy = network.score(X_test, y_test)
    print(f"{name:<20} {n_weights:>7,} weights, test accuracy {accuracy:.3f}")

# %%
# The same, layer by layer
# ------------------------
# If you know Keras, you may want to write the layers yourself:
# :class:`~skdigits.neural_network.KerasClassifier` takes a function that returns them.
# The same layers, from the same seed, train to the same weights. From here on you can
# change any layer, and keep the rest: searches, saving, predictions without TensorFlow.

from skdigits.neural_network import KerasClassifier


def build_textbook(image_shape, n_classes, filters=(32, 64), units=64):
    from keras import layers

    stack = []
    for size in filters:
        stack.append(layers.Conv2D(size, 3, padding="same", activation="relu"))
        stack.append(layers.MaxPooling2D())
    stack += [layers.Flatten(), layers.Dense(units, activation="relu")]
    return [*stack, layers.Dense(n_classes)]


def build_deep(image_shape, n_classes, blocks=((32, 32), (64, 64)), units=128):
    from keras import layers

    stack = []
    for block in blocks:
        for size in block:
            stack.append(layers.Conv2D(size, 3, padding="same", activation="relu"))
        stack += [layers.MaxPooling2D(), layers.BatchNormalization(momentum=0.9)]
    stack += [layers.Flatten(), layers.Dense(units, activation="relu")]
    return [*stack, layers.Dropout(0.3), layers.Dense(n_classes)]


training = {"max_epochs": 1, "batch_size": 16, "random_state": 0}
pairs = {
    "textbook": (KerasCNNClassifier(**training), build_textbook),
    "deep": (
        KerasCNNClassifier(
            conv_blocks=((32, 32), (64, 64)),
            dense_units=(128,),
            batch_norm=True,
            dropout=0.3,
            **training,
        ),
        build_deep,
    ),
}
for name, (by_parameters, build) in pairs.items():
    built = KerasClassifier(build, **training).fit(X_train, y_train)
    by_parameters.fit(X_train, y_train)
    n_different = sum(
        np.count_nonzero(array != other)
        for array, other in zip(by_parameters.weights_, built.weights_, strict=True)
    )
    print(f"{name}: {n_different} weights differ")

# %%
# Training curves
# ---------------
# The loss of each epoch, with :class:`~skdigits.inspection.TrainingHistoryDisplay`. The
# textbook network comes nearly to zero: it knows its images by heart. With the
# augmenter it never sees the same image twice, and reads others better.

from skdigits.inspection import TrainingHistoryDisplay

TrainingHistoryDisplay.from_estimator(networks)
plt.show()

# %%
# The steps
# ---------
# How large the steps are decides how far they get. "one_cycle" begins small, grows for
# a quarter of the way, and ends with nearly nothing, so that the network settles. With
# steps that are always as large, it never quite does. Each line is the middle of three
# trainings with other random numbers; the band goes from the lowest to the highest.
# The dashed lines are the accuracy on images that ``early_stopping`` holds out, the
# star is the epoch that is kept.

runs = {
    schedule: [
        KerasCNNClassifier(
            conv_blocks=((16,), (32,)),
            schedule=schedule,
            learning_rate=0.02,
            max_epochs=8,
            batch_size=16,
            early_stopping=True,
            n_iter_no_change=8,
            validation_fraction=0.2,
            random_state=seed,
        ).fit(X_train, y_train)
        for seed in range(3)
    ]
    for schedule in ("one_cycle", "constant")
}
TrainingHistoryDisplay.from_estimator(runs)
plt.show()

# %%
# What it still gets wrong
# ------------------------

from skdigits.inspection import MisclassifiedDisplay

MisclassifiedDisplay.from_estimator(deep, X_test, y_test, n_images=12, n_columns=6)
plt.show()

# %%
# Convolutions know that neighbouring pixels belong together; the rest is to keep the
# network from learning by heart, and to let it settle. The last example shows the same
# on MNIST.

"""
===================================================================
Convolutional networks (CNN): filters, training curves, overfitting
===================================================================

You learn how a convolutional network is built, how to read its training curves, and
what a deeper network with normalization, dropout and augmentation gains over a small
one.
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
# A convolution moves a small filter over the image, and computes at each position how
# well the filter matches. Pooling keeps the maximum of each 2x2 positions, so small
# shifts matter less. Two convolutions and poolings, followed by a dense layer, are the
# network of most courses. They are also the default of
# :class:`~skdigits.neural_network.KerasCNNClassifier`.

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
# Filters and feature maps
# ------------------------
# The first layer has 32 filters of 3x3 pixels. Some detect edges: red on one side and
# blue on the other. Below are the feature maps of the first six filters: dark where the
# filter matches.

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
axes[0].set_title("image")
axes[3].set_title("feature maps of six filters")
plt.show()

# %%
# A deep network
# --------------
# Two convolutions before each pooling detect larger patterns. Three parameters prevent
# overfitting: batch normalization after each pooling (``batch_norm``), ``dropout``, and
# an ``augmenter`` that draws new variants of the images in every epoch.

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
# The same network in Keras layers
# --------------------------------
# If you know Keras, you can write the layers yourself:
# :class:`~skdigits.neural_network.KerasClassifier` takes a function that returns them.
# With the same seed, the same layers train to the same weights. You can then change any
# layer, and keep everything else: searches, saving, and predictions without TensorFlow.

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
# :class:`~skdigits.inspection.TrainingHistoryDisplay` plots the loss of each epoch. The
# textbook network reaches nearly zero: it memorizes its training images. With
# augmentation it never sees the same image twice, and generalizes better.

from skdigits.inspection import TrainingHistoryDisplay

TrainingHistoryDisplay.from_estimator(networks)
plt.show()

# %%
# Learning rate schedules
# -----------------------
# The "one_cycle" schedule starts with a small learning rate, raises it for a quarter of
# the training, and lowers it to nearly zero, so that the weights settle. With a
# constant rate they keep moving. Each line is the median of three seeds, and the band
# their range. Dashed lines are the accuracy on the images that ``early_stopping`` holds
# out. The star is the epoch that is kept.

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
# Misclassified images
# --------------------

from skdigits.inspection import MisclassifiedDisplay

MisclassifiedDisplay.from_estimator(deep, X_test, y_test, n_images=12, n_columns=6)
plt.show()

# %%
# Convolutions use that neighbouring pixels belong together. Augmentation, dropout and a
# schedule prevent overfitting. :ref:`cnn` describes all parameters, and
# :ref:`sphx_glr_auto_examples_classifiers_plot_from_8x8_to_mnist.py` trains such
# networks on MNIST.

"""
=====================================================================
Data augmentation with skdigits, SciPy, OpenCV, Albumentations, Keras
=====================================================================

You learn to augment images with five libraries, how fast each is, how much augmentation
helps, and when it does harm.

The libraries augment the training images of the same SVM and the same CNN. The choice
of a library makes a small difference to the accuracy. The choice of the changes makes a
large one. Albumentations, OpenCV and Keras take part if they are installed.
"""

# sphinx_gallery_thumbnail_number = 2

import os
from importlib.util import find_spec

# Before the import: no log messages, and no check for newer versions.
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["NO_ALBUMENTATIONS_UPDATE"] = "1"

installed = {
    name: find_spec(name) is not None
    for name in ("albumentations", "cv2", "keras", "tensorflow")
}
has_keras = installed["keras"] and installed["tensorflow"]
for name, is_there in installed.items():
    if not is_there:
        print(f"{name} is not installed and takes no part.")

# %%
# The digits
# ----------
# 1,000 of the 8x8 digits are the test set. The training sets have 100 images each: with
# few images, augmentation matters.

from sklearn.model_selection import StratifiedShuffleSplit, train_test_split

from skdigits.datasets import load_digits

digits = load_digits()
X, X_test, y, y_test = train_test_split(
    digits.data, digits.target, test_size=1000, stratify=digits.target, random_state=0
)
few = StratifiedShuffleSplit(n_splits=5, train_size=100, random_state=0)

# %%
# How much to change
# ------------------
# Change images about as much as writers differ, and no more. Cross-validation finds the
# amount. :class:`~skdigits.augmentation.AugmentedClassifier` augments the images that
# it is fitted to, and keeps the originals. No validation image has a copy in the
# training set.

from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

from skdigits.augmentation import AugmentedClassifier, RandomAugmenter
from skdigits.preprocessing import PixelScaler

svm = make_pipeline(PixelScaler(), SVC(C=10))
search = GridSearchCV(
    AugmentedClassifier(svm, RandomAugmenter(n_copies=5, random_state=0)),
    {
        "augmenter__rotation": [5, 10, 45],
        "augmenter__shift": [0.05, 0.2],
    },
    cv=few,
    refit=False,
)
search.fit(X, y)
best = search.estimator.set_params(**search.best_params_).augmenter
print("Best:", best)

# %%
# The libraries
# -------------
# Each function takes images of shape (n, 8, 8), and returns an augmented copy of each,
# within the ranges found above. skdigits and Keras process all images at once, the
# others one at a time. Keras resamples three times, and so blurs three times.

import numpy as np
from scipy.ndimage import affine_transform

rotation, shift, zoom = best.rotation, best.shift, best.zoom
engines = {"skdigits": best.set_params(random_state=np.random.RandomState(0)).augment}
rng = np.random.default_rng(0)


def draw_maps(n_images, height, width):
    """Return matrices and offsets that say where each pixel comes from."""
    angles = np.radians(rng.uniform(-rotation, rotation, n_images))
    cosines, sines = np.cos(angles), np.sin(angles)
    matrices = np.array([[cosines, -sines], [sines, cosines]])
    matrices = (matrices / rng.uniform(1 - zoom, 1 + zoom, n_images)).T
    middle = (np.array([height, width]) - 1) / 2
    moved = middle + rng.uniform(-shift, shift, (n_images, 2)) * (height, width)
    return matrices, middle - np.einsum("nij,nj->ni", matrices, moved)


def change_with_scipy(images):
    return np.stack(
        [
            affine_transform(image, matrix, offset, order=1)
            for image, matrix, offset in zip(
                images, *draw_maps(*images.shape), strict=True
            )
        ]
    )


engines["SciPy"] = change_with_scipy

if installed["albumentations"]:
    import albumentations

    compose = albumentations.Compose(
        [
            albumentations.Affine(
                rotate=(-rotation, rotation),
                translate_percent=(-shift, shift),
                scale=(1 - zoom, 1 + zoom),
                p=1,
            )
        ],
        seed=0,
    )
    engines["Albumentations"] = lambda images: np.stack(
        [compose(image=image)["image"] for image in images]
    )

if installed["cv2"]:
    import cv2

    def change_with_opencv(images):
        matrices, offsets = draw_maps(*images.shape)
        maps = np.concatenate([matrices, offsets[:, :, np.newaxis]], axis=2)
        maps = maps[:, ::-1, [1, 0, 2]]  # OpenCV has x before y
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        size = images.shape[:0:-1]
        return np.stack(
            [
                cv2.warpAffine(image, matrix, size, flags=flags)
                for image, matrix in zip(images, maps, strict=True)
            ]
        )

    engines["OpenCV"] = change_with_opencv

if has_keras:
    import keras
    import tensorflow as tf

    # So that the networks below get the same weights in each run.
    tf.config.threading.set_intra_op_parallelism_threads(1)
    layers = keras.Sequential(
        [
            keras.layers.RandomRotation(rotation / 360, fill_mode="constant", seed=0),
            keras.layers.RandomTranslation(shift, shift, fill_mode="constant", seed=0),
            keras.layers.RandomZoom(zoom, fill_mode="constant", seed=0),
        ]
    )
    engines["Keras layers"] = lambda images: np.asarray(
        layers(images[..., np.newaxis], training=True)
    )[..., 0]

# %%
# Augmented images of each library
# --------------------------------

import matplotlib.pyplot as plt

images = X.reshape(-1, 8, 8).astype(np.float32)
rows = {"original": images[:12]} | {
    name: engine(images[:12]) for name, engine in engines.items()
}
figure, axes = plt.subplots(len(rows), 1, figsize=(7, len(rows)), layout="constrained")
for ax, (name, row) in zip(axes, rows.items(), strict=True):
    ax.imshow(np.hstack(row), cmap="gray_r")
    ax.set(title=name, xticks=[], yticks=[])
plt.show()

# %%
# Speed
# -----

from statistics import median
from time import perf_counter

many = np.tile(images, (2, 1, 1))
for name, engine in engines.items():
    seconds = []
    for _ in range(3):
        start = perf_counter()
        engine(many)
        seconds.append(perf_counter() - start)
    print(f"{name:<15}{len(many) / median(seconds):>11,.0f} images per second")

# %%
# Accuracy of an SVM and a CNN
# ----------------------------
# :class:`~skdigits.augmentation.AugmentedClassifier` takes any object with the
# ``fit_resample`` method of a :class:`~skdigits.augmentation.RandomAugmenter`: here,
# one for any library. It can leave out the originals, for the comparison below.

from sklearn.base import BaseEstimator


class EngineAugmenter(BaseEstimator):
    def __init__(self, engine, n_copies=5, keep_originals=True):
        self.engine = engine
        self.n_copies = n_copies
        self.keep_originals = keep_originals

    def augment(self, images, random_state):
        return self.engine(images)

    def fit_resample(self, X, y):
        self.n_features_in_ = X.shape[1]
        self.image_shape_ = (8, 8)
        images = X.reshape(-1, 8, 8).astype(np.float32)
        resampled = [images] if self.keep_originals else []
        resampled += [self.engine(images) for _ in range(self.n_copies)]
        return np.concatenate(resampled).reshape(-1, 64), np.tile(y, len(resampled))


def accuracy(classifier, n_fits=4):
    """Train on 100 images, several times, and return the mean test accuracy."""
    subsets = [train for train, _ in few.split(X, y)][:n_fits]
    return np.mean(
        [classifier.fit(X[train], y[train]).score(X_test, y_test) for train in subsets]
    )


print(f"SVM without copies: {accuracy(svm):.3f}")
for name, engine in engines.items():
    augmented = AugmentedClassifier(svm, EngineAugmenter(engine))
    print(f"SVM with copies by {name}: {accuracy(augmented):.3f}")

# %%
# A network sees its images many times, and can get other copies in each epoch. The
# ``augmenter`` of :class:`~skdigits.neural_network.KerasCNNClassifier` may be any
# object with an ``augment`` method. To keep this example short, three libraries augment
# here.

from skdigits.neural_network import KerasCNNClassifier


def cnn(augmenter=None):
    network = KerasCNNClassifier(
        conv_blocks=((16,), (32,)),
        augmenter=augmenter,
        max_epochs=40,
        batch_size=32,
        learning_rate=0.01,
        random_state=0,
    )
    return make_pipeline(PixelScaler(), network)


if has_keras:
    print(f"CNN without copies: {accuracy(cnn(), n_fits=2):.3f}")
    for name in ("skdigits", "SciPy", "Keras layers"):
        augmented = cnn(EngineAugmenter(engines[name]))
        print(f"CNN with copies by {name}: {accuracy(augmented, n_fits=2):.3f}")
else:
    print("Without Keras and TensorFlow no network is trained.")

# %%
# Augmentation helps a little. With so few images, a difference of one percent between
# two libraries may be chance.
#
# Augmentation that does harm
# ---------------------------
# A 6 that is rotated by 180 degrees is a 9, and a mirrored 2 is no digit: such copies
# have wrong labels. They do most harm if they replace the originals, because hardly any
# training image then looks like a real digit.


def turn(images):
    """Turn by multiples of 90 degrees."""
    turns = generator.integers(4, size=len(images))
    return np.stack([np.rot90(*pair) for pair in zip(images, turns, strict=True)])


def flip(images):
    """Mirror, left to right, upside down, or both."""
    steps = generator.choice([-1, 1], size=(len(images), 2))
    return np.stack([i[::y, ::x] for i, (y, x) in zip(images, steps, strict=True)])


generator = np.random.default_rng(0)
wild = RandomAugmenter(rotation=180, shift=0.2, random_state=np.random.RandomState(0))
changes = {
    "small changes": engines["skdigits"],
    "turns": turn,
    "flips": flip,
    "wild changes": wild.augment,
}
results = {"no copies": accuracy(svm)}
for name, engine in changes.items():
    for keep_originals in (True, False):
        augmenter = EngineAugmenter(engine, keep_originals=keep_originals)
        label = name if keep_originals else f"{name}, originals left out"
        results[label] = accuracy(AugmentedClassifier(svm, augmenter))

figure, ax = plt.subplots(figsize=(7, 4), layout="constrained")
bars = ax.barh(list(results), list(results.values()))
ax.bar_label(bars, fmt="%.3f", padding=3)
ax.invert_yaxis()
ax.set(xlabel="test accuracy of the SVM", xlim=(0, 1.15))
for label, result in results.items():
    print(f"{label:<36}{result:.3f}")
plt.show()

# %%
# The test images were never changed, because the goal is to classify digits that people
# write. The images were also split before they were augmented: copies of test images in
# the training set would improve the score, but not the classifier.
# :ref:`sphx_glr_auto_examples_preparing_images_plot_augmentation_without_leaks.py`
# measures this leak.

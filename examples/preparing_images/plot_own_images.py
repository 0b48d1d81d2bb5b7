"""
=========================================
Classify digits from your own image files
=========================================

You learn to load digits from image files of any size and color, to frame them like
MNIST's images, and why the framing decides the accuracy.
"""

# %%
# A folder of scans
# -----------------
# Your own folder has a sub-folder for each class, as in ``scans/7/img2.png``. This
# example makes one from the bundled digits: dark ink on paper that is not quite white,
# lit from one side, in varying sizes.

import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from skdigits.datasets import load_digits

digits = load_digits()
rng = np.random.default_rng(0)
folder = tempfile.TemporaryDirectory()
for digit in range(10):
    sub_folder = Path(folder.name, "scans", str(digit))
    sub_folder.mkdir(parents=True)
    for number, image in enumerate(digits.images[digits.target == digit][:20]):
        side = int(rng.integers(40, 120))
        ink = Image.fromarray(image * 15).resize((side, side), Image.Resampling.BICUBIC)
        height, width = rng.integers(side + 10, side + 80, size=2)
        left, top = rng.integers(5, (width - side - 4, height - side - 4))
        light = np.linspace(*rng.uniform(170, 250, size=2), width)
        paper = np.tile(light, (height, 1)) + rng.normal(0, 3, (height, width))
        paper[top : top + side, left : left + side] *= 1 - np.asarray(ink) / 300
        scan = Image.fromarray(paper.clip(0, 255).astype(np.uint8))
        scan.save(sub_folder / f"img{number}.png")

# %%
# Load the folder
# ---------------
# :func:`~skdigits.datasets.load_image_folder` takes the labels from the names of the
# sub-folders. The sizes differ, so the images come as a list.

import matplotlib.pyplot as plt

from skdigits.datasets import load_image_folder

scans = load_image_folder(Path(folder.name, "scans"))
print(f"{len(scans.images)} images, labels {scans.target_names}")
print("sizes:", *[image.shape for image in scans.images[:4]], "...")

some = range(0, 200, 20)
figure, axes = plt.subplots(2, 5, figsize=(8, 3.6), layout="constrained")
for ax, i in zip(axes.flat, some, strict=True):
    ax.imshow(scans.images[i], cmap="gray", vmin=0, vmax=255)
    ax.set(xticks=[], yticks=[], title=scans.target[i])
plt.show()

# %%
# Frame the images
# ----------------
# MNIST's digits are bright ink on black, 20 pixels high or wide, with their centre of
# mass in the middle of 28x28 pixels. :class:`~skdigits.preprocessing.DigitNormalizer`
# gives any image this form. It removes paper and shadows, crops the ink, resizes and
# centres it.

from skdigits.inspection import DigitsDisplay
from skdigits.preprocessing import DigitNormalizer

framed = DigitNormalizer().fit_transform(scans.images)
DigitsDisplay.from_arrays(framed[some], scans.target[some], n_columns=10)
plt.show()

# %%
# Predict with the pretrained network
# -----------------------------------
# :func:`~skdigits.persistence.load_pretrained` returns a network that was trained on
# MNIST. It has seen none of these writers, and no images of 8x8 pixels. The three rows
# show what the framing contributes: images that are only resized, resized and inverted,
# and framed. PixelScaler warns of the bright background of the first row. The warning
# is expected, so it is ignored here.

import warnings

from skdigits.persistence import load_pretrained

network = load_pretrained("mnist")


def shrink(image):
    return np.asarray(Image.fromarray(image).resize((28, 28), Image.Resampling.BOX))


resized = np.array([shrink(image) for image in scans.images])
ways = {
    "resized": resized,
    "resized, inverted": 255 - resized,
    "framed": framed.reshape(-1, 28, 28),
}
figure, axes = plt.subplots(3, 1, figsize=(8, 4.2), layout="constrained")
for ax, (name, images) in zip(axes, ways.items(), strict=True):
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "PixelScaler was fitted", UserWarning)
        accuracy = network.score(images, scans.target)
    DigitsDisplay.from_arrays(images[some], ax=ax, n_columns=10)
    ax.set_title(f"{name}: accuracy {accuracy:.2f}")
plt.show()

# %%
# Look at the least confident predictions
# ---------------------------------------
# These are the images with the lowest confidence. Misclassified ones are red. Before
# you blame the network, check the digit, the framing and the writer.

probabilities = network.predict_proba(framed)
doubtful = probabilities.max(axis=1).argsort()[:10]
read = probabilities[doubtful].argmax(axis=1)
DigitsDisplay.from_arrays(framed[doubtful], scans.target[doubtful], read)
plt.show()

# %%
# Train on your own images
# ------------------------
# As the first step of a pipeline, the normalizer takes the list of images as it is. A
# few labelled images of your own are enough to train a small classifier. It learns your
# writers and your pen, but knows no others.

from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

from skdigits.preprocessing import PixelScaler

images_train, images_test, y_train, y_test = train_test_split(
    scans.images, scans.target, test_size=0.5, stratify=scans.target, random_state=0
)
own = make_pipeline(DigitNormalizer(), PixelScaler(), SVC(C=10))
own.fit(images_train, y_train)
print(f"trained on {len(y_train)} scans: {own.score(images_test, y_test):.2f}")
framed_test = DigitNormalizer().fit_transform(images_test)
print(f"trained on MNIST:     {network.score(framed_test, y_test):.2f}")

folder.cleanup()

# %%
# Most problems with your own images are problems of framing. Make them look like the
# training images, plot them, and then look at the mistakes. :ref:`images` describes
# each step.

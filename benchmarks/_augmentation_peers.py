"""Random affine changes of digits with other libraries, as quick as each can be.

All rotate by up to 10 degrees, shift by up to a tenth of the sides and zoom by up to a
tenth, if they can. Each function sets an engine up and returns what changes float32
images of shape (n, 28, 28). Of several ways to use a library the quickest is here:
batches where it knows them, maps drawn for all images at once where it takes maps.
"""

import os
from collections.abc import Callable
from itertools import islice

import numpy as np

Engine = Callable[[np.ndarray], np.ndarray]

RANGES = {"rotation": 10, "shift": 0.1, "zoom": 0.1}
SCIPY_ROTATE = "scipy.ndimage.rotate, defaults"
SCIPY_AFFINE = "scipy.ndimage.affine_transform, order 1"
OPENCV = "OpenCV, the usual loop"
OPENCV_TUNED = "OpenCV, loop with all maps drawn at once"
KERAS = "Keras, three layers"
TENSORFLOW = "TensorFlow, ImageProjectiveTransformV3"
ALBUMENTATIONS = "Albumentations, Compose"
GENERATOR = "Keras, ImageDataGenerator"


def with_skdigits() -> Engine:
    from skdigits.augmentation import RandomAugmenter

    return RandomAugmenter(**RANGES, random_state=0).augment


def with_albumentations() -> Engine:
    # Else it asks a server for its newest version.
    os.environ["NO_ALBUMENTATIONS_UPDATE"] = "1"
    import albumentations

    rotation, shift, zoom = RANGES.values()
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

    def augment(images: np.ndarray) -> np.ndarray:
        return np.stack([compose(image=image)["image"] for image in images])

    return augment


def with_scipy_rotate() -> Engine:
    """Rotate only, with splines of order 3: shifts and zooms would take more calls."""
    from scipy import ndimage

    rng = np.random.default_rng(0)

    def augment(images: np.ndarray) -> np.ndarray:
        angles = rng.uniform(-RANGES["rotation"], RANGES["rotation"], len(images))
        rotated = [
            ndimage.rotate(image, angle, reshape=False)
            for image, angle in zip(images, angles, strict=True)
        ]
        return np.stack(rotated)

    return augment


def with_scipy_affine() -> Engine:
    from scipy import ndimage

    draw = _maps()

    def augment(images: np.ndarray) -> np.ndarray:
        changed = [
            ndimage.affine_transform(image, matrix, offset, order=1)
            for image, matrix, offset in zip(images, *draw(images), strict=True)
        ]
        return np.stack(changed)

    return augment


def with_opencv() -> Engine:
    """Draw and change one image after the other."""
    import cv2

    rng = np.random.default_rng(0)
    rotation, shift, zoom = RANGES.values()

    def augment(images: np.ndarray) -> np.ndarray:
        size = images.shape[:0:-1]
        middle = (np.array(size) - 1) / 2
        changed = np.empty_like(images)
        for image, target in zip(images, changed, strict=True):
            angle = rng.uniform(-rotation, rotation)
            scale = rng.uniform(1 - zoom, 1 + zoom)
            matrix = cv2.getRotationMatrix2D(middle, angle, scale)
            matrix[:, 2] += rng.uniform(-shift, shift, 2) * size
            cv2.warpAffine(image, matrix, size, target)
        return changed

    return augment


def with_opencv_tuned() -> Engine:
    """Leave nothing to the loop but the call; two threads would be slower."""
    import cv2

    draw = _maps()
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP

    def augment(images: np.ndarray) -> np.ndarray:
        size = images.shape[:0:-1]
        maps = _columns_first(*draw(images))
        changed = np.empty_like(images)
        for image, matrix, target in zip(images, maps, changed, strict=True):
            cv2.warpAffine(image, matrix, size, target, flags)
        return changed

    return augment


def with_tensorflow() -> Engine:
    import tensorflow as tf

    draw = _maps()

    def augment(images: np.ndarray) -> np.ndarray:
        # A projection's eight numbers; the last two are 0 for affine maps.
        maps = _columns_first(*draw(images)).reshape(-1, 6)
        changed = tf.raw_ops.ImageProjectiveTransformV3(
            images=images[..., np.newaxis],
            transforms=np.pad(maps, ((0, 0), (0, 2))).astype(np.float32),
            output_shape=images.shape[1:],
            fill_value=0.0,
            interpolation="BILINEAR",
        )
        return changed.numpy()[..., 0]

    return augment


def with_keras_layers() -> Engine:
    import keras
    import tensorflow as tf

    rotation, shift, zoom = RANGES.values()
    layers = keras.Sequential(
        [
            keras.layers.RandomRotation(rotation / 360, fill_mode="constant"),
            keras.layers.RandomTranslation(shift, shift, fill_mode="constant"),
            keras.layers.RandomZoom(zoom, fill_mode="constant"),
        ]
    )
    change = tf.function(lambda images: layers(images, training=True))

    def augment(images: np.ndarray) -> np.ndarray:
        return change(images[..., np.newaxis]).numpy()[..., 0]

    return augment


def with_generator() -> Engine:
    """Keras 3 keeps it for old programs, which import it from TensorFlow's Keras."""
    from keras.src.legacy.preprocessing.image import ImageDataGenerator

    rotation, shift, zoom = RANGES.values()
    generator = ImageDataGenerator(
        rotation_range=rotation,
        width_shift_range=shift,
        height_shift_range=shift,
        zoom_range=zoom,
        fill_mode="constant",
    )

    def augment(images: np.ndarray) -> np.ndarray:
        batches = generator.flow(images[..., np.newaxis], batch_size=256, shuffle=False)
        return np.concatenate(list(islice(batches, len(batches))))[..., 0]

    return augment


ENGINES: dict[str, Callable[[], Engine]] = {
    "skdigits": with_skdigits,
    ALBUMENTATIONS: with_albumentations,
    SCIPY_ROTATE: with_scipy_rotate,
    SCIPY_AFFINE: with_scipy_affine,
    OPENCV: with_opencv,
    OPENCV_TUNED: with_opencv_tuned,
    KERAS: with_keras_layers,
    TENSORFLOW: with_tensorflow,
    GENERATOR: with_generator,
}


def _maps() -> Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Return what draws maps for images: those that skdigits draws."""
    from skdigits.augmentation._random_maps import draw_maps

    random_state = np.random.RandomState(0)

    def draw(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        shape = images.shape[1:]
        return draw_maps(len(images), shape, random_state, **RANGES, shear=0)

    return draw


def _columns_first(matrices: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """Turn maps of (row, column) into maps of (x, y), of shape (n, 2, 3)."""
    return np.concatenate(
        [matrices[:, ::-1, ::-1], offsets[:, ::-1, np.newaxis]], axis=2
    )

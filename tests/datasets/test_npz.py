"""Files of NumPy arrays, as Keras has MNIST, and what is refused of them."""

import io
import re
import zipfile

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from skdigits.datasets import load_npz

IMAGES = np.arange(5 * 6, dtype=np.uint8).reshape(5, 2, 3)
LABELS = np.array([5, 0, 4, 1, 9], np.uint8)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "mnist.npz"


def test_as_keras_has_it(path):
    np.savez_compressed(
        path,
        x_test=IMAGES[3:],
        x_train=IMAGES[:3],
        y_train=LABELS[:3],
        y_test=LABELS[3:],
    )
    digits = load_npz(path)
    assert_array_equal(digits.images, IMAGES)
    assert_array_equal(digits.target, LABELS)
    assert digits.target_names.tolist() == [0, 1, 4, 5, 9]
    X, y = load_npz(path, subset="test", return_X_y=True)
    assert_array_equal(X, IMAGES[3:].reshape(2, 6))
    assert_array_equal(y, LABELS[3:])
    frame = load_npz(path, as_frame=True).frame
    assert frame.shape == (5, 7)
    with pytest.raises(ValueError, match="no images of the subset 'val'"):
        load_npz(path, subset="val")


@pytest.mark.parametrize(
    "arrays",
    [
        {"x": IMAGES, "y": LABELS},
        {"images": IMAGES[..., None], "labels": LABELS[:, None]},
        {"X": np.asfortranarray(IMAGES), "target": LABELS.astype(int), "about": "me"},
    ],
)
def test_other_names_and_shapes(path, arrays):
    np.savez(path, **arrays)
    digits = load_npz(path)
    assert_array_equal(digits.images, IMAGES)
    assert digits.data.flags.c_contiguous
    assert_array_equal(digits.target, LABELS)


def test_rows_of_pixels_without_labels(path):
    np.savez(path, data=IMAGES.reshape(-1, 6)[:, :4])
    assert load_npz(path).images.shape == (5, 2, 2)
    assert load_npz(path).target is None


class Opener:
    """Unpickling it would make a folder."""

    def __reduce__(self):
        import os

        return os.mkdir, ("opened",)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"x": np.array([Opener()], object)}, "array 'x': it holds Python objects"),
        (
            {"x": IMAGES, "y": np.array([Opener()], object)},
            "array 'y': it holds Python objects, which are never read.",
        ),
        ({"x": IMAGES / 255}, "expected uint8 values of shape (n, height, width)"),
        ({"x": IMAGES[:, :, 0]}, "found uint8 values of shape (5, 2)"),
        ({"x": IMAGES, "y": LABELS[:4]}, "has 4 labels in 'y', but 5 images in 'x'"),
        ({"x": IMAGES, "y": LABELS / 2}, "expected whole numbers of shape (n,)"),
        ({"x": IMAGES, "images": IMAGES}, "several arrays of images: 'x' and 'images'"),
        ({"x": IMAGES, "x_train": IMAGES}, "holds 'x', 'x_train'; expected images"),
        ({"weights": IMAGES}, "holds 'weights'; expected images called x or images"),
        (
            {"x_train": IMAGES, "y_train": LABELS, "x_test": IMAGES},
            'some without labels. Choose some by subset="train"',
        ),
    ],
)
def test_refused(path, arrays, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.savez(path, **arrays)
    with pytest.raises(ValueError, match=re.escape(message)) as told:
        load_npz(path)
    assert str(path) in str(told.value)
    assert not (tmp_path / "opened").exists()


def write(path, shape, content, compression=zipfile.ZIP_DEFLATED):
    header = io.BytesIO()
    about = {"descr": "|u1", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(header, about)
    with zipfile.ZipFile(path, "w", compression) as archive:
        archive.writestr("x.npy", header.getvalue() + content)


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((10**6, 10**4, 10**4), "bytes, but max_bytes allows 1,073,741,824"),
        ((2, 2, 3), "values of shape (2, 2, 3) are 12 bytes, but 8 follow"),
        ((2, 2, 1), "are 4 bytes, but 8 follow"),
        ((-2, -2, 2), "are 8 bytes, but 8 follow"),
        ((0, 10**30, 2), "are 0 bytes, but 8 follow"),
    ],
)
def test_sizes_that_are_not_true(path, shape, message):
    write(path, shape, bytes(8))
    with pytest.raises(ValueError, match=re.escape(message)):
        load_npz(path)


def test_limit(path):
    write(path, (2, 2, 2), bytes(8))
    assert load_npz(path, max_bytes=8).images.shape == (2, 2, 2)
    with pytest.raises(ValueError, match="8 bytes, but max_bytes allows 7"):
        load_npz(path, max_bytes=7)


def test_no_archive(path):
    for content in (b"", b"digits", b"PK\3\4 and more"):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"is not a \.npz file, or it is damaged"):
            load_npz(path)
    write(path, (2, 2, 2), bytes(8))
    content = path.read_bytes()
    path.write_bytes(content[:60] + b"\xff\xff\xff" + content[63:])
    with pytest.raises(ValueError, match=re.escape(str(path))):
        load_npz(path)
    write(path, (2, 2, 2), bytes(8), zipfile.ZIP_LZMA)
    with pytest.raises(ValueError, match="compressed in a way that NumPy does not use"):
        load_npz(path)
    with pytest.raises(FileNotFoundError):
        load_npz(path.with_name("none.npz"))

"""Folders and pairs of IDX files, named as the various sets are published."""

import gzip
import re

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from skdigits.datasets import load_idx, write_idx

RNG = np.random.default_rng(0)
TRAIN, TEST = (RNG.integers(0, 256, (n, 4, 6), np.uint8) for n in (5, 3))
TRAIN_LABELS, TEST_LABELS = (RNG.integers(0, 10, n, np.uint8) for n in (5, 3))
ALL = np.concatenate([TRAIN, TEST])
ALL_LABELS = np.concatenate([TRAIN_LABELS, TEST_LABELS])

MNIST = ("train-{}-ubyte", "t10k-{}-ubyte")  # Fashion-MNIST and KMNIST, too
EMNIST = ("emnist-digits-train-{}-ubyte", "emnist-digits-test-{}-ubyte")


def publish(folder, train="train-{}-ubyte", test="t10k-{}-ubyte", suffix=""):
    for name, images, labels in (
        (train, TRAIN, TRAIN_LABELS),
        (test, TEST, TEST_LABELS),
    ):
        write_idx(folder / (name.format("images-idx3") + suffix), images)
        write_idx(folder / (name.format("labels-idx1") + suffix), labels)


@pytest.mark.parametrize("suffix", ["", ".gz"])
@pytest.mark.parametrize(
    "names",
    [
        MNIST,
        EMNIST,
        ("Train-{}-ubyte", "Test-{}-ubyte"),
        ("kmnist_train_{}-ubyte", "kmnist_test_{}-ubyte"),
    ],
)
def test_folder(tmp_path, names, suffix):
    publish(tmp_path, *names, suffix)
    (tmp_path / "readme.txt").write_text("not a set")
    digits = load_idx(tmp_path)
    assert_array_equal(digits.images, ALL)
    assert_array_equal(digits.data, ALL.reshape(8, 24))
    assert np.shares_memory(digits.images, digits.data)
    assert_array_equal(digits.target, ALL_LABELS)
    assert digits.data.dtype == np.uint8
    assert digits.target.dtype == np.int64
    assert_array_equal(digits.target_names, np.unique(ALL_LABELS))
    assert digits.DESCR.count(", ") == 3
    X, y = load_idx(str(tmp_path), subset="test", return_X_y=True)
    assert_array_equal(X, TEST.reshape(3, 24))
    assert_array_equal(y, TEST_LABELS)
    assert_array_equal(load_idx(tmp_path, subset="train").images, TRAIN)


def test_names_of_unpacked_files(tmp_path):
    write_idx(tmp_path / "train-images.idx3-ubyte", TRAIN)
    write_idx(tmp_path / "train-labels.idx1-ubyte", TRAIN_LABELS)
    assert_array_equal(load_idx(tmp_path).images, TRAIN)
    with pytest.raises(FileNotFoundError, match="subset 'test'"):
        load_idx(tmp_path, subset="test")


def test_qmnist_has_more_columns_than_the_label(tmp_path):
    labels = RNG.integers(0, 10, (3, 8), np.int32)
    write_idx(tmp_path / "qmnist-test-images-idx3-ubyte.gz", TEST)
    write_idx(tmp_path / "qmnist-test-labels-idx2-int.gz", labels)
    digits = load_idx(tmp_path)
    assert_array_equal(digits.target, labels[:, 0])
    assert_array_equal(digits.images, TEST)


def test_transposed(tmp_path):
    publish(tmp_path)
    digits = load_idx(tmp_path, transposed=True)
    assert np.shares_memory(digits.images, digits.data)
    assert_array_equal(digits.images, ALL.transpose(0, 2, 1))
    assert_array_equal(digits.data[1], ALL[1].T.ravel())


def test_pair_and_images_alone(tmp_path):
    images, labels = tmp_path / "my images", tmp_path / "my labels"
    write_idx(images, TRAIN)
    write_idx(labels, TRAIN_LABELS)
    digits = load_idx(images, labels)
    assert_array_equal(digits.images, TRAIN)
    assert_array_equal(digits.target, TRAIN_LABELS)
    assert digits.DESCR.endswith(f"{images}, {labels}")
    alone = load_idx(str(images))
    assert alone.target is None
    assert alone.target_names is None
    X, y = load_idx(images, return_X_y=True)
    assert y is None
    assert_array_equal(X, TRAIN.reshape(5, 24))


def test_as_frame(tmp_path):
    publish(tmp_path)
    digits = load_idx(tmp_path, as_frame=True)
    assert list(digits.frame) == [f"pixel{i}" for i in range(24)] + ["target"]
    assert_array_equal(digits.frame["target"], ALL_LABELS)
    write_idx(tmp_path / "alone", TRAIN)
    unlabelled = load_idx(tmp_path / "alone", as_frame=True)
    assert list(unlabelled.frame) == [f"pixel{i}" for i in range(24)]


def test_uncompressed_files_come_first(tmp_path):
    publish(tmp_path)
    for path in list(tmp_path.iterdir()):
        path.with_name(path.name + ".gz").write_bytes(b"not even gzip")
    assert_array_equal(load_idx(tmp_path).images, ALL)


def test_mnist(mnist_home):
    X, y = load_idx(mnist_home / "mnist", subset="test", return_X_y=True)
    assert X.shape == (10_000, 784)
    assert y[:5].tolist() == [7, 2, 1, 0, 4]


def test_empty_folder(tmp_path):
    with pytest.raises(FileNotFoundError, match="holds nothing"):
        load_idx(tmp_path)
    (tmp_path / "digits.csv").write_text("")
    with pytest.raises(FileNotFoundError, match=r"holds digits\.csv.*images_path"):
        load_idx(tmp_path)


def test_missing_file(tmp_path):
    for subset in ("all", "train"):
        with pytest.raises(FileNotFoundError, match="absent"):
            load_idx(tmp_path / "absent", subset=subset)


def test_prefix_chooses_one_of_several_sets(tmp_path):
    publish(tmp_path, *EMNIST)
    publish(tmp_path, "emnist-letters-train-{}-ubyte", "emnist-letters-test-{}-ubyte")
    write_idx(tmp_path / "emnist-letters-train-images-idx3-ubyte", TRAIN[::-1])
    digits = load_idx(tmp_path, prefix="emnist-digits")
    assert_array_equal(digits.images, ALL)
    letters = load_idx(tmp_path, prefix="emnist-letters", subset="train")
    assert_array_equal(letters.images, TRAIN[::-1])
    with pytest.raises(FileNotFoundError, match="begin with 'emnist-bal'"):
        load_idx(tmp_path, prefix="emnist-bal")


@pytest.mark.parametrize("part", ["images-idx3", "labels-idx1"])
def test_half_a_pair(tmp_path, part):
    publish(tmp_path)
    (tmp_path / f"t10k-{part}-ubyte").unlink()
    with pytest.raises(FileNotFoundError, match=f"no file of the {part[:6]}") as info:
        load_idx(tmp_path)
    assert f"has 't10k-{'labels' if 'images' in part else 'images'}" in str(info.value)
    load_idx(tmp_path, subset="train")


@pytest.mark.parametrize(
    "names",
    [
        ("emnist-digits-train-{}-ubyte", "emnist-letters-train-{}-ubyte"),
        ("emnist-digits-train-{}-ubyte", "emnist-letters-test-{}-ubyte"),
        ("test-{}-ubyte", "t10k-{}-ubyte"),
        ("train-{}-ubyte", "{}-ubyte"),
    ],
)
def test_several_sets_are_not_mixed(tmp_path, names):
    publish(tmp_path, *names)
    with pytest.raises(ValueError, match="several sets") as info:
        load_idx(tmp_path)
    for name in names:
        assert name.replace("-{}-ubyte", "").replace("{}-ubyte", "") in str(info.value)


def refusal(path, *args, **kwargs):
    with pytest.raises(ValueError, match=re.escape(f"'{path}'")) as info:
        load_idx(*args, **kwargs)
    return str(info.value)


def test_counts_must_agree_file_by_file(tmp_path):
    # Five and three images, three and five labels: right in sum only.
    publish(tmp_path)
    write_idx(tmp_path / "train-labels-idx1-ubyte", TEST_LABELS)
    write_idx(tmp_path / "t10k-labels-idx1-ubyte", TRAIN_LABELS)
    message = refusal(tmp_path / "train-images-idx3-ubyte", tmp_path)
    assert "holds 3 labels" in message
    assert "holds 5 images" in message


@pytest.mark.parametrize(
    "array", [TRAIN_LABELS, TRAIN.astype(np.float32), np.zeros((2, 3, 4, 1), np.uint8)]
)
def test_not_images(tmp_path, array):
    write_idx(tmp_path / "images", array)
    message = refusal(tmp_path / "images", tmp_path / "images")
    assert "does not hold images" in message
    assert f"found {array.dtype} values of shape {array.shape}" in message


@pytest.mark.parametrize("array", [TRAIN, TRAIN_LABELS.astype(np.float32)])
def test_not_labels(tmp_path, array):
    write_idx(tmp_path / "images", TRAIN)
    write_idx(tmp_path / "labels", array)
    message = refusal(tmp_path / "labels", tmp_path / "images", tmp_path / "labels")
    assert "does not hold labels" in message


def test_max_bytes(tmp_path):
    publish(tmp_path)
    path = tmp_path / "train-images-idx3-ubyte"
    assert "max_bytes allows 119" in refusal(path, tmp_path, max_bytes=119)
    load_idx(tmp_path, max_bytes=120)


def test_damaged_file(tmp_path):
    publish(tmp_path, suffix=".gz")
    path = tmp_path / "t10k-labels-idx1-ubyte.gz"
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes())[:-1]))
    assert "too short" in refusal(path, tmp_path)


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"labels_path": "labels"}, "is a folder"),
        ({"subset": "valid"}, "'subset' parameter"),
        ({"path": 3}, "'path' parameter"),
        ({"transposed": 1}, "'transposed' parameter"),
    ],
)
def test_wrong_parameters(tmp_path, kwargs, message):
    publish(tmp_path)
    with pytest.raises(ValueError, match=message):
        load_idx(**{"path": tmp_path, **kwargs})


def test_subset_of_a_file(tmp_path):
    publish(tmp_path)
    message = refusal(
        path := tmp_path / "train-images-idx3-ubyte", path, subset="train"
    )
    assert "not a folder" in message

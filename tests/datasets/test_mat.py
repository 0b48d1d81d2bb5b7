"""MATLAB files: the forms that people have, what is refused, and what is hostile."""

import re
import struct
import subprocess
import sys
import zlib

import numpy as np
import pytest
import scipy.io
from numpy.testing import assert_array_equal

from skdigits._mat_file import opened
from skdigits.datasets import load_digits, load_mat

DIGITS = load_digits()
IMAGES, Y = DIGITS.images * np.uint8(15), DIGITS.target
N = len(Y)
ROWS, COLUMNS = IMAGES.reshape(N, 64), IMAGES.reshape(N, 64, order="F")
TEN = np.where(Y == 0, 10, Y)[:, None]
POSITIONS = np.eye(10)[Y]
BY_CLASS = np.array([np.flatnonzero(k % 10 == Y)[:150] for k in range(1, 11)])


@pytest.fixture
def path(tmp_path):
    return tmp_path / "digits.mat"


FORMS = {
    "ex3data1": {"X": COLUMNS / 240, "y": TEN},
    "ex3data1, beyond black and white": {"X": COLUMNS / 230 - 0.02, "y": TEN},
    "mnist-original": {
        "data": ROWS.T,
        "label": Y.astype(float),
        "mldata_descr_ordering": np.array(["label", "data"], object),
    },
    "mnist_uint8": {
        "train_x": ROWS[:1000],
        "train_y": POSITIONS[:1000].astype(np.uint8),
        "test_x": ROWS[1000:],
        "test_y": POSITIONS[1000:].astype(np.uint8),
    },
    "usps_resampled": {
        "train_patterns": ROWS[:1000].T / 120 - 1,
        "train_labels": POSITIONS[:1000].T * 2 - 1,
        "test_patterns": ROWS[1000:].T / 120 - 1,
        "test_labels": POSITIONS[1000:].T * 2 - 1,
    },
    "fea and gnd": {"fea": ROWS / 120.0 - 1, "gnd": Y[:, None] + 1},
    "pictures": {"images": IMAGES.transpose(1, 2, 0), "labels": Y},
    "SVHN": {"X": np.stack([IMAGES.transpose(1, 2, 0)] * 3, 2), "y": TEN},
    "with a channel": {"X": IMAGES[:, None], "y": Y},
    "columns, dark on bright": {"X": 255 - COLUMNS.T, "Y": TEN.T},
    "whole doubles": {"x": COLUMNS.astype(float), "target": Y.astype(float)},
    "fractions": {"x": COLUMNS + 0.25, "target": Y, "about": "me", "more": {"a": 1}},
}

# Rounded to whole grey levels.
EXPECTED = {
    "ex3data1": IMAGES / 240 * 255,
    "ex3data1, beyond black and white": (IMAGES / 230 - 0.02).clip(0, 1) * 255,
    "usps_resampled": IMAGES / 240 * 255,
    "fea and gnd": IMAGES / 240 * 255,
    "columns, dark on bright": 255 - IMAGES,
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("do_compression", [False, True])
def test_forms(path, form, do_compression):
    scipy.io.savemat(path, FORMS[form], do_compression=do_compression)
    digits = load_mat(path)
    assert_array_equal(digits.target, Y)
    assert digits.data.flags.c_contiguous
    assert digits.data.dtype == np.uint8
    expected = EXPECTED.get(form, IMAGES)
    assert abs(digits.images - expected).max() <= 0.51


def test_usps_all(path):
    data = COLUMNS[BY_CLASS].transpose(2, 1, 0)  # (64, 150, 10)
    scipy.io.savemat(path, {"data": data})
    digits = load_mat(path)
    assert_array_equal(digits.images, IMAGES[BY_CLASS.ravel()])
    assert_array_equal(digits.target, Y[BY_CLASS.ravel()])


def test_array_of_each_digit(path):
    arrays = {f"train{k}": ROWS[:1000][Y[:1000] == k] for k in range(10)}
    arrays |= {f"test{k}": ROWS[1000:][Y[1000:] == k] for k in range(10)}
    scipy.io.savemat(path, arrays)
    X, y = load_mat(path, subset="test", return_X_y=True)
    order = np.argsort(Y[1000:], kind="stable")
    assert_array_equal(X, ROWS[1000:][order])
    assert_array_equal(y, Y[1000:][order])
    assert load_mat(path).data.shape == (N, 64)


def test_one_name_like_that_of_a_digit(path):
    scipy.io.savemat(path, {"X": ROWS, "y": Y, "test1": 0.98})
    X, y = load_mat(path, return_X_y=True)
    assert_array_equal(X, ROWS)
    assert_array_equal(y, Y)


def test_subset_and_frame(path):
    scipy.io.savemat(path, FORMS["mnist_uint8"])
    assert_array_equal(load_mat(path, subset="test").target, Y[1000:])
    frame = load_mat(path, subset="train", as_frame=True).frame
    assert frame.shape == (1000, 65)
    assert frame["target"].tolist() == Y[:1000].tolist()
    with pytest.raises(ValueError, match="no images of the subset 'val'"):
        load_mat(path, subset="val")


RANDOM = np.random.default_rng(0).integers(0, 256, (6, 6, 4), np.uint8)


@pytest.mark.parametrize(
    ("arrays", "message", "arguments", "expected"),
    [
        (
            {"X": RANDOM.reshape(36, 4)[:, :1]},
            "Pass transposed=True",
            {"transposed": True},
            RANDOM[..., 0].T[None],
        ),
        (
            {"X": RANDOM.reshape(36, 4)[:, :1]},
            "or transposed=False if row by row, as NumPy does.",
            {"transposed": False},
            RANDOM[..., 0][None],
        ),
        (
            {"X": RANDOM.reshape(36, 4)},
            "shape (36, 4): its images may lie along the first or the last axis. "
            "Pass axis=0 or axis=-1.",
            {"axis": -1, "transposed": False},
            RANDOM.transpose(2, 0, 1),
        ),
        (
            {"X": RANDOM[:2]},
            "Pass axis=0 or axis=-1",
            {"axis": 0},
            RANDOM[:2],
        ),
        (
            {"X": RANDOM[:2].reshape(2, 24)},
            "need image_shape=(h, w)",
            {"image_shape": (4, 6), "transposed": True},
            RANDOM[:2].reshape(2, 6, 4).swapaxes(1, 2),
        ),
        (
            {"X": RANDOM.transpose(1, 0, 2) / 127.5},
            "values from 0 to 1.95294",
            {"pixel_range": (2, 0)},
            255 - RANDOM.transpose(2, 1, 0),
        ),
        (
            {"X": RANDOM.astype(int) - 1},
            "values from -1 to 248",
            {"pixel_range": (-1, 254)},
            RANDOM.transpose(2, 0, 1),
        ),
    ],
)
def test_choices(path, arrays, message, arguments, expected):
    scipy.io.savemat(path, arrays)
    with pytest.raises(ValueError, match=re.escape(message)) as told:
        load_mat(path)
    assert str(path) in str(told.value)
    assert_array_equal(load_mat(path, **arguments).images, expected)


def test_labels_below_1_do_not_count_from_1(path):
    scipy.io.savemat(path, {"X": RANDOM, "y": np.arange(4)})
    with pytest.raises(ValueError, match=r"a label 0, although .*Leave zero_label out"):
        load_mat(path, zero_label=1)
    assert load_mat(path, zero_label=0).target.tolist() == [0, 1, 2, 3]


def test_labels_from_1_to_10(path):
    y = np.array([10, 1, 2, 3])
    scipy.io.savemat(path, {"X": RANDOM, "y": y})
    with pytest.raises(ValueError, match="labels are from 1 to 10") as told:
        load_mat(path)
    assert "zero_label=10 if 10 is the digit 0, or zero_label=1" in str(told.value)
    assert load_mat(path, zero_label=10).target.tolist() == [0, 1, 2, 3]
    assert load_mat(path, zero_label=1).target.tolist() == [9, 0, 1, 2]
    assert load_mat(path, zero_label=0).target.tolist() == [10, 1, 2, 3]


def test_labels_that_are_no_digits(path):
    # Positions of 3 kinds; and labels that do not reach 10.
    scipy.io.savemat(path, {"X": RANDOM, "y": np.eye(3)[[2, 0, 1, 2]]})
    assert load_mat(path).target.tolist() == [2, 0, 1, 2]
    scipy.io.savemat(path, {"X": RANDOM, "y": [[1, 5, 9, 2]]})
    assert load_mat(path).target.tolist() == [1, 5, 9, 2]


def test_colour_and_logical(path):
    colour = np.zeros((2, 2, 3, 4), np.uint8)
    colour[..., 0, 0] = colour[..., 1, 1] = colour[..., 2, 2] = 255
    colour[..., 3] = 200
    scipy.io.savemat(path, {"X": colour})
    assert load_mat(path).images[:, 0, 0].tolist() == [76, 150, 29, 200]
    scipy.io.savemat(path, {"X": RANDOM > 100})
    assert_array_equal(load_mat(path).images, (RANDOM > 100).transpose(2, 0, 1) * 255)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"X": {"a": 1}}, "variable 'X': it is a struct; expected an array of real"),
        ({"X": np.array([1, "a"], object)}, "variable 'X': it is a cell array"),
        ({"X": scipy.sparse.eye(4).tocsc()}, "variable 'X': it is a sparse matrix"),
        ({"X": RANDOM, "y": "labels"}, "variable 'y': it is text"),
        ({"X": RANDOM * 1j}, "variable 'X': it is complex"),
        ({"X": np.full((6, 6, 4), np.inf)}, "variable 'X' holds NaN or infinity"),
        ({"X": RANDOM, "y": [1.5, 2, 3, 4]}, "variable 'y': expected whole numbers"),
        ({"X": RANDOM, "y": [np.nan, 2, 3, 4]}, "or (1, n), or a matrix with a 1 for"),
        ({"X": RANDOM, "y": RANDOM[..., 0]}, "found uint8 values of (6, 6)"),
        ({"X": RANDOM, "y": [1, 2, 3]}, "shape (6, 6, 4); expected (3, h * w)"),
        ({"X": RANDOM[:0]}, "variable 'X' has the shape"),
        ({"X": RANDOM, "data": RANDOM}, "several arrays of images: 'X' and 'data'"),
        ({"Theta1": RANDOM}, "holds 'Theta1'; expected images called x or images"),
        (
            {"trainX": RANDOM, "trainY": [1, 2, 3, 4], "testX": RANDOM},
            'some without labels. Choose some by subset="train"',
        ),
    ],
)
def test_refused(path, arrays, message):
    scipy.io.savemat(path, arrays)
    with pytest.raises(ValueError, match=re.escape(message)) as told:
        load_mat(path)
    assert str(told.value).count(str(path)) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"axis": 1}, "axis"),
        ({"zero_label": 5}, "zero_label"),
        ({"pixel_range": (0,)}, "pixel_range must be two numbers; got (0,)"),
        ({"pixel_range": (0, float("nan"))}, "pixel_range must be two numbers"),
        ({"pixel_range": (1, 1)}, "pixel_range must be two different numbers"),
        ({"pixel_range": ("a", 1)}, "pixel_range must be two numbers"),
        ({"image_shape": (0, 4)}, "image_shape"),
    ],
)
def test_parameters(path, arguments, message):
    scipy.io.savemat(path, {"X": RANDOM})
    with pytest.raises(ValueError, match=re.escape(message)):
        load_mat(path, **arguments)


def element(kind, content, order="<"):
    padding = bytes(-len(content) % 8)
    return struct.pack(order + "II", kind, len(content)) + content + padding


def matrix(name, shape, values, *, order="<", flags=9, stored=2):
    dimensions = struct.pack(f"{order}{len(shape)}I", *shape)
    parts = [(6, struct.pack(order + "II", flags, 0)), (5, dimensions)]
    parts += [(1, name), (stored, values)]
    return element(14, b"".join(element(*part, order) for part in parts), order)


def header(order="<"):
    end = struct.pack(order + "HH", 0x0100, 0x4D49)
    return b"MATLAB 5.0 MAT-file, made by a test".ljust(124) + end


def write(path, *elements, order="<"):
    path.write_bytes(header(order) + b"".join(elements))


def packed(content):
    content = zlib.compress(content)
    return struct.pack("<II", 15, len(content)) + content


@pytest.mark.parametrize("do_compression", [False, True])
def test_arrays_as_scipy_reads_them(path, do_compression):
    rng = np.random.default_rng(0)
    shapes = [(1, 1), (1, 3), (3, 1), (2, 5, 3), (1, 4), (70, 900)]
    arrays = {
        f"{dtype}_{number}": (rng.random(shape) * 100).astype(dtype)
        for dtype in ("u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f4", "f8", "?")
        for number, shape in enumerate(shapes)
    }
    scipy.io.savemat(path, arrays, do_compression=do_compression)
    read = scipy.io.loadmat(path)
    with opened(path) as file:
        assert [variable.name for variable in file.variables] == list(arrays)
        for variable in file.variables:
            array = file.read(variable, 2**20)
            assert_array_equal(array.values, read[variable.name], strict=True)
            logical = "?" in variable.name
            kind = "float" if "f" in variable.name else "integer"
            assert array.kind == ("logical" if logical else kind)


def test_other_byte_order(path):
    values = RANDOM.astype(">u2").tobytes(order="F")
    X = matrix(b"X", (6, 6, 4), values, order=">", flags=11, stored=4)
    write(path, X, order=">")
    assert_array_equal(scipy.io.loadmat(path)["X"], RANDOM)
    assert_array_equal(load_mat(path).images, RANDOM.transpose(2, 0, 1))


GOOD = matrix(b"X", (2, 2, 4), bytes(16))


def opaque(name):
    """Return an object, as MATLAB saves a string array, a table or a categorical."""
    flags = element(6, struct.pack("<II", 17, 0))
    names = element(1, name) + element(1, b"MCOS") + element(1, b"categorical")
    return element(14, flags + names + matrix(b"", (1, 1), bytes(4), flags=13))


@pytest.mark.parametrize("form", [bytes, packed])
def test_objects_beside_images(path, form):
    workspace = matrix(b"", (1, 8), bytes(8))
    objects = opaque(b"note"), opaque(b"table"), workspace, workspace
    write(path, form(GOOD), *map(form, objects))
    assert load_mat(path).images.shape == (4, 2, 2)
    write(path, form(GOOD), form(opaque(b"y")), form(workspace))
    with pytest.raises(ValueError, match="variable 'y': it is an object; expected"):
        load_mat(path)


def test_limit(path):
    write(path, packed(GOOD))
    assert load_mat(path, max_bytes=16).images.shape == (4, 2, 2)
    with pytest.raises(ValueError, match="are 16 bytes, but max_bytes allows 15"):
        load_mat(path, max_bytes=15)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is not a MATLAB file, or one of version 4"),
        (b"digits" * 100, "is not a MATLAB file, or one of version 4"),
        (b"MATLAB 7.3 MAT-file, made by".ljust(512) + b"\x89HDF", "7.3 (HDF5)"),
        (header()[:124] + b"\0\2IM", "version 7.3 (HDF5), which is not read. Save"),
        (b"\x89HDF\r\n\x1a\n" * 90, "by save(name, ..., '-v7')"),
        (header() + GOOD[:-8], "is damaged: 80 bytes of type 14 follow at byte 136"),
        (header() + GOOD + b"\0", "is damaged: it ends early"),
        (header() + GOOD + GOOD, "holds more than one variable 'X'"),
        (header() + element(14, b""), "a variable without content"),
        (header() + element(3, bytes(8)), "8 bytes of type 3 follow at byte 136"),
        (header() + packed(GOOD)[:20], "is damaged"),
        (header() + struct.pack("<II", 15, 8) + bytes(8), "is damaged: Error -3"),
        (header() + packed(GOOD[:-2]), "variable 'X': it ends early"),
        (header() + packed(GOOD + bytes(9)), "variable 'X': more bytes follow than"),
        (header() + matrix(b"X", (2, 2, 2), bytes(9)), "are 8 bytes, but 9 follow"),
        (header() + matrix(b"X", (2, 2, 2), bytes(7)), "are 8 bytes, but 7 follow"),
        (header() + matrix(b"X", (8,), bytes(8)), "a variable of shape (8,)"),
        (header() + matrix(b"X", (2**31, 0), b""), "a variable of shape (2147483648"),
        (header() + matrix(b"X", (1,) * 40, b"1"), "160 bytes where at most 128"),
        (header() + matrix(b"X" * 5000, (2, 2, 2), bytes(8)), "5,000 bytes where at"),
        (header() + matrix(b"X", (2, 4), bytes(8), stored=8), "the unknown type 8"),
        (header() + matrix(b"X", (2, 4), bytes(8), flags=99), "it is unknown; expect"),
        (header() + matrix(b"X", (0, 2**30, 4), b""), "variable 'X' has the shape"),
    ],
)
def test_damaged(path, content, message):
    path.write_bytes(content)
    with pytest.raises(ValueError, match=re.escape(message)) as told:
        load_mat(path)
    assert str(path) in str(told.value)


def test_changed_bytes_are_noticed(path):
    write(path, packed(matrix(b"X", (8, 8, 30), RANDOM.tobytes()[:64] * 30)))
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(ValueError, match="variable 'X': Error -3 while decompressing"):
        load_mat(path)


def zeros_at_the_end(content, n_bytes):
    """Compress content and zeros, in little time."""
    compress = zlib.compressobj()
    start = compress.compress(content) + compress.flush(zlib.Z_FULL_FLUSH)
    block = compress.compress(bytes(2**24)) + compress.flush(zlib.Z_FULL_FLUSH)
    return start + block * (n_bytes // 2**24)


def bomb(shape, n_bytes, name=b"X"):
    start = matrix(name, shape, b"")
    content = zeros_at_the_end(
        start[:-8] + struct.pack("<II", 2, n_bytes), 1500 * 2**20
    )
    assert len(content) < 2**21
    return struct.pack("<II", 15, len(content)) + content


HOSTILE = {
    "larger than allowed": (
        [bomb((40_000, 40_000), 1_600_000_000)],
        "are 1,600,000,000 bytes, but max_bytes allows 1,073,741,824",
    ),
    "larger than said": ([bomb((2, 2, 2), 8)], "more bytes follow than belong to it"),
    "never comes": ([packed(matrix(b"X", (10**9, 1), b""))], "but 0 follow"),
    "not wanted": ([bomb((2, 2), 4, b"Z"), GOOD], "(4, 4)"),
    "long name": ([bomb((2, 2), 4, bytes(2**20))], "bytes where at most 4,096"),
    "variables": (
        [matrix(b"Z%05d" % k, (1, 1), b"1") for k in range(1001)],
        "more than 1,000 variables",
    ),
    "overflow": (
        [matrix(b"X", (2**16, 2**16, 2**16, 2**16), b"")],
        "are 18,446,744,073,709,551,616 bytes, but max_bytes",
    ),
}

LOAD_ALL = """
import resource, sys
from skdigits.datasets import load_mat
import numpy as np
now = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (now + 200 * 2**20,) * 2)
resource.setrlimit(resource.RLIMIT_CPU, (30, 30))
for path in sys.argv[1:]:
    try:
        print(load_mat(path).data.shape)
    except ValueError as error:
        print(error)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="needs limits of Linux")
def test_hostile_files_in_200_megabytes(tmp_path):
    paths = [tmp_path / f"{name}.mat" for name in HOSTILE]
    for path, (elements, _) in zip(paths, HOSTILE.values(), strict=True):
        write(path, *elements)
    said = subprocess.run(
        [sys.executable, "-c", LOAD_ALL, *paths],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    answers = said.stdout.splitlines()
    assert len(answers) == len(HOSTILE)
    for answer, (_, message) in zip(answers, HOSTILE.values(), strict=True):
        assert message in answer


def test_missing_file_and_folder(path, tmp_path):
    with pytest.raises(FileNotFoundError):
        load_mat(path)
    with pytest.raises(IsADirectoryError):
        load_mat(tmp_path)

import gzip
import re
import tracemalloc
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from skdigits.datasets import read_idx, write_idx
from skdigits.datasets._idx import read_idx_files

CODES = {
    "uint8": 0x08,
    "int8": 0x09,
    "int16": 0x0B,
    "int32": 0x0C,
    "float32": 0x0D,
    "float64": 0x0E,
}


def idx_header(code, *shape):
    return bytes([0, 0, code, len(shape)]) + np.array(shape, ">u4").tobytes()


def idx_bytes(array):
    values = array.astype(array.dtype.newbyteorder(">")).tobytes()
    return idx_header(CODES[array.dtype.name], *array.shape) + values


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """One file that is written anew all the time, so that hypothesis may use it."""
    return tmp_path_factory.mktemp("idx") / "some-idx-ubyte"


def refusal(path, **kwargs):
    """The message of the ValueError that reading must raise."""
    with pytest.raises(ValueError, match=re.escape(f"'{path}'")) as info:
        read_idx(path, **kwargs)
    return str(info.value)


def array_or_reason(path):
    """Read a file that may be anything; nothing but a ValueError may escape."""
    try:
        found = read_idx(path, max_bytes=2**16)
    except ValueError as error:
        found = str(error)
    assert isinstance(found, np.ndarray) or f"'{path}'" in found
    return found


@given(
    array=npst.arrays(
        dtype=st.sampled_from(list(CODES)),
        shape=npst.array_shapes(min_dims=0, max_dims=5, min_side=0, max_side=4),
    ),
    compress=st.booleans(),
)
def test_round_trip(path, array, compress):
    content = idx_bytes(array)
    path.write_bytes(gzip.compress(content) if compress else content)
    found = read_idx(path)
    np.testing.assert_array_equal(found, array)
    assert found.shape == array.shape
    assert found.dtype == array.dtype
    assert found.dtype.isnative
    assert found.flags.writeable
    assert found.flags.c_contiguous


@given(
    array=npst.arrays(
        dtype=st.sampled_from(list(CODES)),
        shape=npst.array_shapes(min_dims=0, max_dims=5, min_side=0, max_side=4),
    ),
    big_endian=st.booleans(),
    suffix=st.sampled_from(["", ".gz"]),
)
def test_written_arrays_are_read_again(path, array, big_endian, suffix):
    path = path.with_name(path.name + suffix)
    given = array.astype(array.dtype.newbyteorder(">")) if big_endian else array
    write_idx(path, given)
    found = read_idx(path)
    np.testing.assert_array_equal(found, array)
    assert (found.shape, found.dtype) == (array.shape, array.dtype)
    content = path.read_bytes()
    assert (gzip.decompress(content) if suffix else content) == idx_bytes(array)
    write_idx(str(path), np.asfortranarray(array).reshape(array.shape))
    assert path.read_bytes() == content


@pytest.mark.parametrize("array", [[1, 2], [True], ["a"], [1 + 2j], np.float16(1)])
def test_types_that_the_format_does_not_have(tmp_path, array):
    with pytest.raises(TypeError, match=r"IDX files hold uint8.*astype\(np\.uint8"):
        write_idx(tmp_path / "idx", array)
    assert list(tmp_path.iterdir()) == []


def test_dimension_that_the_header_has_no_room_for(tmp_path):
    huge = np.broadcast_to(np.uint8(1), (2**32,))
    with pytest.raises(ValueError, match="shorter than 2"):
        write_idx(tmp_path / "idx", huge)


def test_interrupted_writing_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "idx.gz"
    write_idx(path, np.arange(3, dtype=np.uint8))
    before = path.read_bytes()

    def interrupted(self, data):
        raise KeyboardInterrupt

    monkeypatch.setattr(gzip.GzipFile, "write", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_idx(path, np.zeros((1000, 1000), np.uint8))
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_writing_through_a_link(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "file")
    for values in ([1], [2]):
        write_idx(tmp_path / "link", np.array(values, np.uint8))
        assert (tmp_path / "link").is_symlink()
        np.testing.assert_array_equal(read_idx(tmp_path / "file"), values)


def test_writing_into_no_folder(tmp_path):
    with pytest.raises(FileNotFoundError, match="absent"):
        write_idx(tmp_path / "absent" / "idx", np.zeros(3, np.uint8))


@given(
    head=st.sampled_from([b"", b"\0\0", b"\0\0\x08\x01\0\0\0", b"\x1f\x8b\x08"]),
    body=st.binary(max_size=80),
    compress=st.booleans(),
)
def test_any_bytes_give_an_array_or_a_reason(path, head, body, compress):
    content = head + body
    path.write_bytes(gzip.compress(content) if compress else content)
    array_or_reason(path)


@given(data=st.data())
def test_altered_gzip_gives_the_array_or_a_reason(path, data):
    array = np.arange(300, dtype=np.int32).reshape(3, 100)
    content = bytearray(gzip.compress(idx_bytes(array), mtime=0))
    position = data.draw(st.integers(0, len(content) - 1))
    content[position] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content)
    found = array_or_reason(path)
    if not isinstance(found, str):
        # The time, flags and such in the gzip header are not part of the array.
        np.testing.assert_array_equal(found, array)


@pytest.mark.parametrize("kind", [str, lambda path: path], ids=["str", "Path"])
def test_takes_any_path(path, kind):
    path.write_bytes(idx_header(8, 2) + b"\x07\xff")
    np.testing.assert_array_equal(read_idx(kind(path)), [7, 255])


def test_bytes_above_127_are_signed_only_if_the_header_says_so(path):
    path.write_bytes(idx_header(9, 1) + b"\xff")
    assert read_idx(path)[0] == -1
    path.write_bytes(idx_header(8, 1) + b"\xff")
    assert read_idx(path)[0] == 255


@pytest.mark.parametrize("compress", [False, True])
def test_short_data(path, compress):
    content = idx_header(8, 3, 4) + bytes(10)
    path.write_bytes(gzip.compress(content) if compress else content)
    message = refusal(path)
    assert "too short" in message
    assert "uint8 values of shape (3, 4), that is 12 bytes, but only 10" in message


@pytest.mark.parametrize("compress", [False, True])
def test_trailing_data(path, compress):
    content = idx_header(8, 3, 4) + bytes(13)
    path.write_bytes(gzip.compress(content) if compress else content)
    message = refusal(path)
    assert "too long" in message
    assert "12 bytes, but more follow" in message


def test_cut_off_header(path):
    path.write_bytes(idx_header(8, 3, 4)[:-1])
    assert "2 dimensions take 8 bytes, but only 7 follow" in refusal(path)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "nothing (it is empty)"),
        (b"\0\0\x08", "00 00 08,"),
        (b"<!DOCTYPE html>", "3c 21 44 4f ('<!DO')"),
        (b"\0\0\x0a\x01\0\0\0\0", "00 00 0a 01"),
        (b"\x01\0\x08\x01\0\0\0\0", "01 00 08 01"),
        (b"\0\x01\x08\x01\0\0\0\0", "00 01 08 01"),
    ],
)
def test_not_an_idx_file(path, content, found):
    path.write_bytes(content)
    message = refusal(path)
    assert f"starts with {found}" in message
    assert "expected 00 00, a type code among 08, 09, 0b, 0c, 0d, 0e" in message


def test_every_cut_of_a_gzip_file_is_noticed(path):
    whole = gzip.compress(idx_bytes(np.arange(500, dtype=np.float32)), mtime=0)
    for n_bytes in range(2, len(whole)):
        path.write_bytes(whole[:n_bytes])
        assert "damaged or cut off" in refusal(path)


def test_wrong_gzip_checksum(path):
    content = bytearray(gzip.compress(idx_header(8, 4) + bytes(4)))
    content[-8] ^= 1
    path.write_bytes(content)
    assert "CRC" in refusal(path)


def test_garbage_behind_gzip(path):
    path.write_bytes(gzip.compress(idx_header(8, 4) + bytes(4)) + b"garbage")
    assert "damaged" in refusal(path)


def test_more_dimensions_than_numpy_has(path):
    path.write_bytes(idx_header(8, *[1] * 64) + b"\5")
    assert read_idx(path).shape == (1,) * 64
    path.write_bytes(idx_header(8, *[1] * 65) + b"\5")
    assert "65 dimensions" in refusal(path)


def test_max_bytes(path):
    path.write_bytes(idx_header(0x0E, 5, 3) + bytes(120))
    assert read_idx(path, max_bytes=120).shape == (5, 3)
    assert "is 120 bytes, but max_bytes allows 119" in refusal(path, max_bytes=119)


@pytest.mark.parametrize("max_bytes", [2**30, 2**100])
@pytest.mark.parametrize("shape", [(2**32 - 1,) * 3, (0, *[2**32 - 1] * 3)])
def test_sizes_beyond_all_memory(path, shape, max_bytes):
    """The product must not wrap around, and 0 must not hide the other sizes."""
    path.write_bytes(idx_header(8, *shape))
    assert "max_bytes" in refusal(path, max_bytes=max_bytes)


@pytest.mark.parametrize("n_announced", [1, 2**31])
def test_gzip_bomb_is_not_unpacked(path, n_announced):
    n_bomb = 2**26
    packer = zlib.compressobj(wbits=31)
    bomb = packer.compress(idx_header(8, n_announced))
    bomb += b"".join(packer.compress(bytes(2**20)) for _ in range(n_bomb // 2**20))
    path.write_bytes(bomb + packer.flush())
    assert path.stat().st_size < n_bomb / 500
    tracemalloc.start()
    try:
        message = refusal(path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert "more follow" in message or "max_bytes" in message
    assert peak < n_bomb / 50


def test_missing_file_and_folder_stay_what_they_are(tmp_path):
    with pytest.raises(FileNotFoundError, match="absent"):
        read_idx(tmp_path / "absent")
    with pytest.raises(OSError, match=re.escape(str(tmp_path))):
        read_idx(tmp_path)


@pytest.mark.parametrize("kwargs", [{"path": 3}, {"path": "x", "max_bytes": -1}])
def test_refuses_wrong_parameters(kwargs):
    with pytest.raises(ValueError, match="parameter of read_idx"):
        read_idx(**kwargs)


def test_several_files_make_one_array(tmp_path):
    parts = [np.arange(n * 6, dtype=np.int16).reshape(n, 2, 3) for n in (2, 0, 3)]
    paths = [tmp_path / str(i) for i in range(len(parts))]
    for path, part in zip(paths, parts, strict=True):
        path.write_bytes(idx_bytes(part))
    found = read_idx_files(paths)
    np.testing.assert_array_equal(found, np.concatenate(parts))
    assert found.dtype.isnative


@pytest.mark.parametrize(
    ("first", "second", "found"),
    [
        (np.zeros((2, 3), "u1"), np.zeros((2, 4), "u1"), "uint8 values of shape (2, 4"),
        (np.zeros((2, 3), "u1"), np.zeros((2, 3), "i1"), "int8 values of shape (2, 3"),
        (np.zeros((), "u1"), np.zeros((), "u1"), "uint8 values of shape ()"),
    ],
)
def test_several_files_must_fit_together(tmp_path, first, second, found):
    paths = [tmp_path / "first", tmp_path / "second"]
    for path, array in zip(paths, (first, second), strict=True):
        path.write_bytes(idx_bytes(array))
    with pytest.raises(ValueError, match="cannot follow") as info:
        read_idx_files(paths)
    assert found in str(info.value)

"""The resampler against scipy.ndimage, with which it shares the border's last bit."""

import multiprocessing
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from math import ceil

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose, assert_array_equal
from scipy import ndimage

from skdigits import _warp, _warp_kernels
from skdigits._warp import PIXELS_PER_TASK, warp

SHAPES = [(1, 1), (1, 7), (6, 1), (2, 2), (8, 8), (5, 9), (28, 28), (3, 1500)]
# Some meet pixels and borders exactly, or almost.
ORDINARY = st.one_of(
    st.sampled_from([-1.0, 0.0, 0.5, 1.0, 2.0, 1 / 3, 1e-17, -1e-17]), st.floats(-3, 3)
)
WILD = st.one_of(ORDINARY, st.floats(-1e300, 1e300), st.floats())


def numbers(*shape):
    return st.one_of(arrays("f8", shape, elements=any_) for any_ in (ORDINARY, WILD))


def random_images(n, shape, dtype="float64", seed=0):
    images = np.random.default_rng(seed).random((n, *shape))
    return (images * 255.99 if dtype == "uint8" else images).astype(dtype)


def rotations(n, shape, degrees=10, seed=0):
    angles = np.deg2rad(np.random.default_rng(seed).uniform(-degrees, degrees, n))
    cosine, sine = np.cos(angles), np.sin(angles)
    matrices = np.array([[cosine, -sine], [sine, cosine]]).transpose(2, 0, 1)
    middle = (np.array(shape) - 1) / 2
    return matrices, middle - matrices @ middle


def by_scipy(images, matrices, offsets, mode="constant"):
    return np.array(
        [
            ndimage.affine_transform(
                image, matrix, offset, order=1, mode=mode, output=np.float64
            )
            for image, matrix, offset in zip(images, matrices, offsets, strict=True)
        ]
    )


def assert_is(warped, expected, dtype):
    """Compare with exact values, of which uint8 pixels are the nearest integers."""
    assert warped.dtype == dtype
    if dtype != "uint8":
        assert_allclose(warped, expected, rtol=0, atol=1e-5)
        return
    assert np.abs(warped - expected).max(initial=0) < 0.5 + 1e-3


@settings(max_examples=200, deadline=None)
@given(
    shape=st.sampled_from(SHAPES),
    dtype=st.sampled_from(["uint8", "float32", "float64"]),
    matrices=numbers(2, 2, 2),
    offsets=numbers(2, 2),
)
def test_any_affine_map_gives_what_scipy_gives(shape, dtype, matrices, offsets):
    images = random_images(2, shape, dtype)
    warped = warp(images, matrices, offsets)
    assert_is(warped, by_scipy(images, matrices, offsets), dtype)


@settings(deadline=None)  # the first example compiles
@given(
    shape=st.sampled_from(SHAPES),
    dtype=st.sampled_from(["uint8", "float32", "float64"]),
    matrices=arrays("f8", (2, 2, 2), elements=st.floats(-3, 3)),
    offsets=arrays("f8", (2, 2), elements=st.floats(-9, 9)),
)
def test_borders_that_fade_are_those_of_scipy(shape, dtype, matrices, offsets):
    images = random_images(2, shape, dtype)
    warped = warp(images, matrices, offsets, mode="grid-constant")
    expected = by_scipy(images, matrices, offsets, mode="grid-constant")
    assert_is(warped, expected, dtype)
    displacements = np.full((2, 2, *shape), 0.25)
    assert_is(
        warp(images, matrices, offsets, displacements, mode="grid-constant"),
        by_scipy(images, matrices, offsets + 0.25, mode="grid-constant"),
        dtype,
    )


@settings(max_examples=200, deadline=None)
@given(
    mode=st.sampled_from(["constant", "grid-constant"]),
    rows=st.tuples(st.integers(0, 12), st.integers(0, 12)).map(sorted),
    columns=st.tuples(st.integers(0, 9), st.integers(0, 9)).map(sorted),
    matrices=arrays("f8", (1, 2, 2), elements=st.floats(-2, 2) | st.just(0.0)),
    offsets=arrays("f8", (1, 2), elements=st.floats(-9, 9)),
)
def test_black_around_the_ink_is_left_out(mode, rows, columns, matrices, offsets):
    images = np.zeros((1, 12, 9), np.float32)
    images[:, slice(*rows), slice(*columns)] = 1
    warped = warp(images, matrices, offsets, mode=mode)
    assert_is(warped, by_scipy(images, matrices, offsets, mode=mode), np.float32)


@pytest.mark.parametrize("dtype", ["uint8", "float32", "float64"])
@pytest.mark.parametrize("shape", [(28, 28), (5, 9), (700, 1100)])
def test_rotations_give_what_scipy_gives(shape, dtype):
    images = random_images(3, shape, dtype)
    maps = rotations(3, shape)
    assert_is(warp(images, *maps), by_scipy(images, *maps), dtype)


@pytest.mark.parametrize("dtype", ["uint8", "float32", "float64"])
@pytest.mark.parametrize("shape", SHAPES)
def test_displacements_give_what_map_coordinates_gives(shape, dtype):
    rng = np.random.default_rng(0)
    images = random_images(3, shape, dtype)
    matrices, offsets = rotations(3, shape)
    displacements = rng.normal(size=(3, 2, *shape)).astype(np.float32)
    displacements[0, :, 0, 0] = np.nan, np.inf
    rows, columns = np.indices(shape)
    places = (
        offsets[:, :, np.newaxis, np.newaxis]
        + matrices[:, :, :1, np.newaxis] * rows
        + matrices[:, :, 1:, np.newaxis] * columns
        + displacements
    )
    expected = [
        ndimage.map_coordinates(image, coordinates, output=np.float64, order=1)
        for image, coordinates in zip(images, places, strict=True)
    ]
    assert_is(warp(images, matrices, offsets, displacements), expected, dtype)
    nothing = np.zeros_like(displacements)
    assert_array_equal(
        warp(images, matrices, offsets, nothing), warp(images, matrices, offsets)
    )


@pytest.mark.parametrize(
    ("offset", "expected"),
    [
        (0, [10, 20, 30]),
        (-1e-17, [0, 20, 30]),
        (1, [20, 30, 0]),
        (-1, [0, 10, 20]),
        (0.25, [12.5, 22.5, 0]),
        (2, [30, 0, 0]),
        (2.0000001, [0, 0, 0]),
        (1e300, [0, 0, 0]),
        (np.nan, [0, 0, 0]),
    ],
)
def test_nothing_comes_in_over_the_border(offset, expected):
    row = np.array([[[10.0, 20.0, 30.0]]])
    column = row.reshape(1, 3, 1)
    eye = np.eye(2)[np.newaxis]
    assert_allclose(warp(row, eye, [[0, offset]])[0, 0], expected)
    assert_allclose(warp(column, eye, [[offset, 0]])[0, :, 0], expected)


@pytest.mark.parametrize("size", [1, 8, 28, 31, 32, 33])
@pytest.mark.parametrize("fading", [False, True])
def test_four_pixels_around_each_place(size, fading):
    below = np.nextafter(float(size), 0)
    places = np.array([below, np.nextafter(below, 0), size - 1, -0.0, -1, size, np.nan])
    corners = np.full(places.size, -1, np.int64)
    down, right = np.full((2, places.size), np.nan)
    _warp_kernels._locate(places, places, size, size, fading, corners, down, right)
    rows, columns = np.divmod(corners, size + 2)
    # The margin has the rows 0 and size + 1.
    assert rows.min() >= 0
    assert rows.max() <= size
    assert_array_equal(rows, columns)
    assert down.min() >= 0
    assert down.max() < 1
    assert_array_equal(rows[2:], [size, 1, 0, 0, 0])


def test_uint8_is_rounded_and_halves_go_up():
    images = np.array([[[0, 1, 2, 255, 255]]], dtype=np.uint8)
    warped = warp(images, np.eye(2)[np.newaxis], [[0, 0.5]])
    assert_array_equal(warped, [[[1, 2, 129, 255, 0]]])


@pytest.mark.parametrize("shape", [(0, 28, 28), (2, 0, 5), (2, 5, 0)])
def test_nothing_to_warp(shape):
    warped = warp(np.zeros(shape), np.zeros((shape[0], 2, 2)), np.zeros((shape[0], 2)))
    assert warped.shape == shape


def test_images_of_any_layout_give_the_same_and_stay_as_they_are():
    images = random_images(4, (5, 9), "float32")
    original = images.copy()
    maps = rotations(4, (5, 9))
    expected = warp(images, *maps)
    read_only = images.copy()
    read_only.flags.writeable = False
    every_other = np.repeat(images, 2, axis=2)[:, :, ::2]
    unaligned = np.frombuffer(b"." + images.tobytes(), np.float32, offset=1)
    for same in (
        read_only,
        every_other,
        np.asfortranarray(images),
        images[::-1, ::-1].copy()[::-1, ::-1],
        unaligned.reshape(images.shape),
    ):
        assert_array_equal(warp(same, *maps), expected)
    assert_array_equal(images, original)
    assert images.flags.writeable


def test_all_layouts_share_one_compilation():
    from skdigits._warp_kernels import warp_images

    images = random_images(2, (4, 4), "float32")
    warp(images, *rotations(2, (4, 4)))
    n_compiled = len(warp_images.signatures)
    images.flags.writeable = False
    warp(images, *rotations(2, (4, 4)))
    warp(np.asfortranarray(images), *rotations(2, (4, 4)))
    assert len(warp_images.signatures) == n_compiled


@pytest.fixture
def many():
    """More images than one thread takes at a time, their maps, and the result."""
    n = 2 * PIXELS_PER_TASK // 64 + 5
    images = random_images(n, (8, 8), "float32")
    maps = rotations(n, (8, 8))
    expected = np.concatenate(
        [warp(images[k : k + 999], *(a[k : k + 999] for a in maps))
         for k in range(0, n, 999)]
    )  # fmt: skip
    return images, maps, expected


def test_many_images_are_warped_in_the_pool(many, monkeypatch):
    images, maps, expected = many
    n_pieces = []

    def spy(function, n_rows, block_size):
        n_pieces.append(ceil(n_rows / block_size))
        run_in_blocks(function, n_rows, block_size)

    run_in_blocks = _warp.run_in_blocks
    monkeypatch.setattr(_warp, "run_in_blocks", spy)
    assert_array_equal(warp(images, *maps), expected)
    warp(images[:9], maps[0][:9], maps[1][:9])
    assert n_pieces == [3, 1]


def test_threads_may_warp_at_the_same_time(many):
    images, maps, expected = many
    with ThreadPoolExecutor(4) as threads:
        for warped in threads.map(lambda _: warp(images, *maps), range(8)):
            assert_array_equal(warped, expected)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_process_warps(many):
    images, maps, expected = many
    warp(images, *maps)  # the threads are running now

    def run():
        assert_array_equal(warp(images, *maps), expected)

    child = multiprocessing.get_context("fork").Process(target=run)
    child.start()
    child.join(60)
    child.kill()
    assert child.exitcode == 0


def test_kernels_compile_where_no_folder_can_be_written(monkeypatch):
    from numba.core.caching import CacheImpl

    from skdigits._kernels import compiled

    def add(first, second):
        return first + second

    monkeypatch.setattr(CacheImpl, "_locator_classes", [])
    assert compiled(add)(1, 2) == 3


def test_numba_is_imported_by_the_first_warp_only():
    code = """
import sys, numpy
from skdigits._warp import warp
assert "numba" not in sys.modules
image = numpy.ones((1, 2, 2))
warp(image, numpy.eye(2)[None], numpy.zeros((1, 2)))
assert "numba" in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    ("images", "matrices", "offsets", "displacements", "error", "message"),
    [
        ((3, 4, 4), (3, 2, 2), (2, 2), None, ValueError, r"offsets .*\(3, 2\).*\(2, 2"),
        ((3, 4, 4), (2, 2), (3, 2), None, ValueError, r"matrices .*\(3, 2, 2\)"),
        ((3, 4, 4), (3, 2, 2), (3, 2), (3, 4, 4), ValueError, "displacements"),
        ((3, 16), (3, 2, 2), (3, 2), None, ValueError, r"Images .*\(n, h, w\)"),
    ],
)
def test_bad_shapes(images, matrices, offsets, displacements, error, message):
    displacements = None if displacements is None else np.zeros(displacements)
    with pytest.raises(error, match=message):
        warp(np.zeros(images), np.zeros(matrices), np.zeros(offsets), displacements)


@pytest.mark.parametrize("dtype", ["int64", "bool", ">f4", "float16"])
def test_bad_types(dtype):
    with pytest.raises(TypeError, match="uint8, float32 or float64; got"):
        warp(np.zeros((1, 2, 2), dtype), np.zeros((1, 2, 2)), np.zeros((1, 2)))

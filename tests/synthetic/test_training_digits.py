"""The digits that the pretrained network learns from."""

import numpy as np
import pytest
from PIL import Image

from skdigits.datasets import fetch_mnist
from skdigits.persistence import load_pretrained
from synthetic.drawn_digits import WAYS, drawn_digits
from synthetic.other_framings import FRAMINGS, framed_by_others
from synthetic.other_pens import OtherPens
from synthetic.pens import (
    FINE,
    draw_along_middles,
    draw_between_edges,
    map_ink,
)
from synthetic.printed_digits import printed_digits
from synthetic.resizing import resize


@pytest.fixture(scope="module")
def model():
    return load_pretrained()


@pytest.fixture(scope="module")
def digits(mnist_home):
    X, y = fetch_mnist(subset="test", data_home=mnist_home, return_X_y=True)
    return X[:300].reshape(-1, 28, 28), y[:300]


@pytest.fixture(scope="module")
def pens(digits):
    return OtherPens(map_ink(digits[0], n_jobs=1))


@pytest.fixture(scope="module")
def bar():
    """A vertical stroke, 4 pixels wide and 16 long."""
    image = np.zeros((1, 28, 28), np.uint8)
    image[:, 6:22, 12:16] = 255
    return map_ink(image, n_jobs=1)


def width_of(ink):
    """Width in the middle of the bar, in pixels of the image."""
    return ink[0, 20:36].sum(axis=1).mean() / FINE


@pytest.mark.parametrize("shape", [(9, 17), (28, 28), (40, 60)])
def test_images_are_resized_as_pillow_does(digits, shape):
    images = digits[0][:3].astype(np.float32)
    for image, resized in zip(images, resize(images, shape), strict=True):
        picture = Image.fromarray(image).resize(shape[::-1], Image.Resampling.BILINEAR)
        np.testing.assert_allclose(resized, np.asarray(picture), atol=1e-3)


def test_blur_spreads_ink_and_loses_none():
    spot = np.zeros((1, 41, 41), np.float32)
    spot[0, 20, 20] = 1
    blurred = resize(spot, (41, 41), (1.5, 3.0))[0]
    assert blurred.sum() == pytest.approx(1, abs=1e-4)
    offsets = np.arange(41) - 20
    for axis, expected in ((1, 1.5), (0, 3.0)):
        variance = blurred.sum(axis=axis) @ offsets**2
        assert np.sqrt(variance) == pytest.approx(expected, rel=0.02)


@pytest.mark.parametrize("width", [1.0, 2.0, 5.0])
def test_pen_along_the_middle_is_as_wide_as_asked(bar, width):
    drawn = draw_along_middles(bar.middles, np.full((1, 1, 1), width))
    assert width_of(drawn) == pytest.approx(width, abs=0.3)


def test_flat_nib_widens_strokes_down_and_not_across(bar):
    width = np.full((1, 1, 1), 1.5)
    down = draw_along_middles(bar.middles, width, nib=5)
    assert width_of(down) == pytest.approx(1.5 + 4 / FINE, abs=0.3)
    lying = bar.middles.transpose(0, 2, 1)
    across = draw_along_middles(np.ascontiguousarray(lying), width, nib=5)
    assert width_of(across.transpose(0, 2, 1)) == pytest.approx(1.5, abs=0.3)


@pytest.mark.parametrize("growth", [-2.0, 0.0, 3.0])
def test_strokes_grow_by_as_much_as_asked(bar, growth):
    drawn = draw_between_edges(bar.edges, np.full((1, 1, 1), growth))
    assert width_of(drawn) == pytest.approx(4 + growth, abs=0.3)


def test_maps_of_an_empty_image_have_no_ink():
    maps = map_ink(np.zeros((1, 28, 28), np.uint8), n_jobs=1)
    assert draw_along_middles(maps.middles, np.full((1, 1, 1), 8.0)).max() == 0
    assert draw_between_edges(maps.edges, np.full((1, 1, 1), 4.0)).max() == 0


def test_each_seed_draws_every_image_anew(digits, pens):
    images = digits[0].astype(np.float32) / 255
    given = images.copy()
    first, again, other = (pens.augment(images, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(images, given)
    np.testing.assert_array_equal(first, again)
    assert first.shape == images.shape
    assert first.dtype == np.float32
    assert first.min() >= 0
    assert first.max() <= 1
    assert (first.max(axis=(1, 2)) > 0.2).all()
    assert (np.abs(first - images).max(axis=(1, 2)) > 0.1).mean() > 0.99
    assert (np.abs(first - other).max(axis=(1, 2)) > 0.1).mean() > 0.99


def test_digits_stay_in_their_rows(digits, pens, model):
    images, labels = digits
    augmented = pens.augment(images.astype(np.float32) / 255, 0)
    assert model.score(np.rint(255 * augmented).astype(np.uint8), labels) >= 0.9


def test_pens_differ_in_width(digits, pens):
    images = digits[0].astype(np.float32) / 255
    ink = pens.augment(images, 0).sum(axis=(1, 2)) / images.sum(axis=(1, 2))
    assert np.quantile(ink, 0.05) < 0.8
    assert np.quantile(ink, 0.95) > 1.3


@pytest.mark.parametrize("make", [printed_digits, drawn_digits])
def test_made_digits_are_framed_and_mostly_read(make, model):
    labels = np.arange(10).repeat(12)
    images = make(labels, np.random.RandomState(0))
    again = make(labels, np.random.RandomState(0))
    np.testing.assert_array_equal(images, again)
    assert images.shape == (120, 28, 28)
    assert images.dtype == np.uint8
    rows = (images > 40).any(axis=2).sum(axis=1)
    assert np.median(rows) in (19, 20)
    assert model.score(images, labels) >= 0.94


def test_some_printed_ones_have_no_foot():
    ones = printed_digits(np.ones(60, int), np.random.RandomState(0)) > 127
    at_foot, at_stem = ones[:, 22].sum(axis=1), ones[:, 16].sum(axis=1)
    has_foot = at_foot > 1.5 * at_stem
    assert 0.2 < has_foot.mean() < 0.8


def test_corners_of_drawn_digits_stay_joined():
    # A 7 is one stroke after the other, and so one piece of ink.
    from scipy.ndimage import label

    sevens = drawn_digits(np.full(30, 7), np.random.RandomState(0))
    assert [label(seven > 20, np.ones((3, 3)))[1] for seven in sevens] == [1] * 30


def test_points_of_drawn_digits_lie_in_their_box():
    for ways in WAYS.values():
        points = np.array([p for _, way in ways for stroke in way for p in stroke])
        assert points.min() >= 0
        assert points.max() <= 1


@pytest.mark.parametrize("framing", FRAMINGS)
def test_digits_framed_by_others_are_still_digits(digits, model, framing):
    images, labels = digits[0][:100], digits[1][:100]
    framed = framed_by_others(images, framing)
    assert (framed != images.reshape(len(images), -1)).any(axis=1).mean() > 0.9
    assert model.score(framed, labels) >= 0.95

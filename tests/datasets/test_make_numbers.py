import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skdigits.datasets import fetch_mnist, load_digits, make_numbers


@pytest.fixture(scope="module")
def bundled():
    """The 8x8 digits as (n, 8, 8), on the scale of the result."""
    digits = load_digits()
    return np.rint(digits.images / 16 * 255).astype(np.uint8), digits.target


@pytest.fixture(scope="module")
def few(bundled):
    """Enough of them for hypothesis; loading all takes longer than composing."""
    X, y = bundled
    return X[:300], y[:300]


def crop(image):
    rows, columns = np.nonzero(image)
    return image[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]


def cut(image, box):
    top, left, bottom, right = box
    return image[top:bottom, left:right]


def pasted(shape, glyphs, boxes):
    """What a picture must be: the brightest of all that lies at a place."""
    image = np.zeros(shape, np.uint8)
    for glyph, box in zip(glyphs, boxes, strict=True):
        cut(image, box)[...] = np.maximum(cut(image, box), glyph)
    return image


def one_of_each(numbers):
    names = ("images", "target", "boxes", "labels", "indices")
    return zip(*(numbers[name] for name in names), strict=True)


def assert_equal_images(found, expected):
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other)


def pairs(low, high):
    value = st.floats(low, high)
    return st.tuples(value, value).map(lambda pair: tuple(sorted(pair)))


layouts = st.fixed_dictionaries(
    {
        "n_samples": st.integers(1, 4),
        "n_digits": st.tuples(st.integers(1, 3), st.integers(3, 6)),
        "slant": pairs(-45, 45),
        "baseline_jitter": st.floats(0, 1),
        "image_shape": st.sampled_from([None, (32, 200)]),
        "random_state": st.integers(0, 2**32 - 1),
    }
)


@given(layout=layouts, spacing=pairs(-1, 1))
def test_boxes_are_tight_in_reading_order_and_hold_all_ink(few, layout, spacing):
    numbers = make_numbers(**layout, digits=few, spacing=spacing)
    assert len(numbers.images) == layout["n_samples"]
    for image, number, boxes, labels, indices in one_of_each(numbers):
        assert layout["n_digits"][0] <= len(number) <= layout["n_digits"][1]
        assert boxes.shape == (len(number), 4)
        assert boxes.dtype == labels.dtype == indices.dtype == np.int64
        assert list(number) == [str(label) for label in labels]
        np.testing.assert_array_equal(labels, few[1][indices])

        top, left, bottom, right = boxes.T
        assert top.min() >= 0
        assert left.min() >= 0
        assert bottom.max() <= image.shape[0]
        assert right.max() <= image.shape[1]
        assert np.all(np.diff(left) > 0)
        assert np.all(np.diff(right) > 0)
        assert np.all(right[:-2] <= left[2:])  # a digit meets its neighbours only
        for box in boxes:
            digit = cut(image, box)
            assert crop(digit).shape == digit.shape

        outside = image.copy()
        for box in boxes:
            cut(outside, box)[...] = 0
        assert not outside.any()


@given(layout=layouts, spacing=pairs(-1, 0))
def test_overlapping_digits_are_those_that_stand_apart(few, layout, spacing):
    """The same draws with gaps show each digit whole."""
    free = {**layout, "image_shape": None}
    apart = make_numbers(**free, digits=few, spacing=0.5)
    together = make_numbers(**layout, digits=few, spacing=spacing)
    np.testing.assert_array_equal(apart.target, together.target)
    for whole, whole_boxes, image, boxes in zip(
        apart.images, apart.boxes, together.images, together.boxes, strict=True
    ):
        glyphs = [cut(whole, box) for box in whole_boxes]
        np.testing.assert_array_equal(image, pasted(image.shape, glyphs, boxes))


@given(layout=layouts, spacing=st.floats(0.001, 1))
def test_spacing_is_the_distance_between_boxes(few, layout, spacing):
    numbers = make_numbers(**layout, digits=few, spacing=spacing)
    for image, _, boxes, _, _ in one_of_each(numbers):
        height = (boxes[:, 2] - boxes[:, 0]).max()
        gaps = boxes[1:, 1] - boxes[:-1, 3]
        assert np.all(gaps == max(1, round(spacing * height)))
        for start, end in zip(boxes[:-1, 3], boxes[1:, 1], strict=True):
            assert not image[:, start:end].any()


@given(layout=layouts, spacing=st.floats(-1, 0))
def test_overlap_is_half_of_the_narrower_digit_at_most(few, layout, spacing):
    for boxes in make_numbers(**layout, digits=few, spacing=spacing).boxes:
        height = (boxes[:, 2] - boxes[:, 0]).max()
        widths = boxes[:, 3] - boxes[:, 1]
        most = np.minimum(widths[:-1], widths[1:]) // 2
        overlap = boxes[:-1, 3] - boxes[1:, 1]
        np.testing.assert_array_equal(
            overlap, np.minimum(most, round(-spacing * height))
        )


@given(layout=layouts)
def test_upright_digits_are_the_given_pixels(few, layout):
    upright = {**layout, "slant": 0}
    numbers = make_numbers(**upright, digits=few, spacing=(0, 0.5))
    for image, _, boxes, _, indices in one_of_each(numbers):
        glyphs = [crop(few[0][index]) for index in indices]
        for glyph, box in zip(glyphs, boxes, strict=True):
            np.testing.assert_array_equal(cut(image, box), glyph)
        np.testing.assert_array_equal(image, pasted(image.shape, glyphs, boxes))


def test_runs_of_inked_columns_are_the_boxes(bundled):
    X, y = bundled
    unbroken = np.array([crop(image).any(axis=0).all() for image in X])
    numbers = make_numbers(
        50, digits=(X[unbroken], y[unbroken]), baseline_jitter=0.3, random_state=0
    )
    for image, boxes in zip(numbers.images, numbers.boxes, strict=True):
        changes = np.flatnonzero(
            np.diff(image.any(axis=0), prepend=False, append=False)
        )
        np.testing.assert_array_equal(changes, boxes[:, [1, 3]].ravel())


def test_digits_of_mnist_keep_their_pixels(mnist_home):
    X, y = fetch_mnist(data_home=mnist_home, subset="test", return_X_y=True)
    numbers = make_numbers(200, digits=(X, y), random_state=0)
    for image, _, boxes, labels, indices in one_of_each(numbers):
        np.testing.assert_array_equal(labels, y[indices])
        for box, index in zip(boxes, indices, strict=True):
            expected = crop(X[index].reshape(28, 28))
            np.testing.assert_array_equal(cut(image, box), expected)


@pytest.mark.parametrize(("height", "margin"), [(3, 1), (8, 2), (20, 4), (21, 5)])
def test_margin_is_a_fifth_of_the_tallest_digit(height, margin):
    X = np.zeros((2, 28, 28))
    X[0, :height, :5] = X[1, : height // 2, :5] = 1
    numbers = make_numbers(
        5, digits=(X, [0, 1]), n_digits=9, baseline_jitter=0.5, random_state=0
    )
    for image in numbers.images:
        np.testing.assert_array_equal(image, np.pad(crop(image), margin))


def test_form():
    numbers = make_numbers(n_digits=4, random_state=0)
    assert set(numbers) == {"images", "target", "boxes", "labels", "indices", "DESCR"}
    assert len(numbers.images) == 100
    assert {image.dtype for image in numbers.images} == {np.dtype(np.uint8)}
    assert max(image.max() for image in numbers.images) == 255
    assert numbers.target.shape == (100,)
    assert numbers.target.dtype == np.dtype("<U4")
    assert any(number.startswith("0") for number in numbers.target)
    assert "(top, left, bottom, right)" in numbers.DESCR


def test_return_X_y():
    numbers = make_numbers(5, random_state=0)
    X, y = make_numbers(5, random_state=0, return_X_y=True)
    assert_equal_images(X, numbers.images)
    np.testing.assert_array_equal(y, numbers.target)


def test_all_numbers_of_digits_in_the_range_occur():
    target = make_numbers(200, n_digits=(2, 5), random_state=0).target
    assert {len(number) for number in target} == {2, 3, 4, 5}


@pytest.mark.parametrize("slant", [-30, 20, 45])
def test_slant_is_an_angle_to_the_right(slant):
    bar = np.zeros((1, 60, 11), np.uint8)
    bar[0, 10:51, 5] = 200
    numbers = make_numbers(
        1, digits=(bar, [1]), n_digits=1, slant=(slant, slant), random_state=0
    )
    leaning = cut(numbers.images[0], numbers.boxes[0][0])
    assert leaning.shape[0] == 41
    centres = leaning @ np.arange(leaning.shape[1]) / leaning.sum(axis=1)
    expected = np.tan(np.radians(slant)) * np.arange(40, -1, -1)
    np.testing.assert_allclose(centres - centres[-1], expected, atol=0.02)
    np.testing.assert_allclose(leaning.sum(axis=1), 255, atol=1)  # no ink is lost


def test_slant_is_drawn_once_for_each_number_from_both_sides():
    bar = np.zeros((1, 20, 20), np.uint8)
    bar[0, :, 5] = 255

    def leanings(slant):
        numbers = make_numbers(
            50, digits=(bar, [1]), n_digits=3, slant=slant, random_state=0
        )
        for image, boxes in zip(numbers.images, numbers.boxes, strict=True):
            digits = [cut(image, box) for box in boxes]
            assert_equal_images(digits[1:], digits[:-1])
            width = digits[0].shape[1] - 1
            yield width if digits[0][0, -1] else -width

    both = list(leanings(20))
    most = np.ceil(19 * np.tan(np.radians(20)))
    assert -most <= min(both) < -4
    assert 4 < max(both) <= most
    assert min(leanings((5, 20))) > 0


def test_baseline_jitter_moves_digits_both_ways_and_no_more():
    straight = make_numbers(50, n_digits=5, slant=20, random_state=0)
    jittered = make_numbers(
        50, n_digits=5, slant=20, baseline_jitter=0.25, random_state=0
    )
    assert all(np.ptp(boxes[:, 2]) == 0 for boxes in straight.boxes)
    spans = [np.ptp(boxes[:, 2]) for boxes in jittered.boxes]
    assert max(spans) == 4  # from -0.25 to 0.25 of 8 pixels
    assert_equal_images(
        [boxes[:, [1, 3]] for boxes in straight.boxes],
        [boxes[:, [1, 3]] for boxes in jittered.boxes],
    )


def test_noise_is_gaussian_and_leaves_the_boxes():
    block = np.full((1, 200, 200), 128, np.uint8)
    block[0, 0, 0] = 255
    parts = {"digits": (block, [0]), "n_digits": 1, "random_state": 0}
    clean, noisy = make_numbers(2, **parts), make_numbers(2, **parts, noise=0.1)
    assert_equal_images(noisy.boxes, clean.boxes)
    inner = cut(noisy.images[0], noisy.boxes[0][0])
    assert inner.dtype == np.uint8
    assert abs(inner.mean() - 128) < 0.3
    assert abs(inner.std() - 25.5) < 0.3
    dark = noisy.images[0][:20]
    assert 0.45 < np.mean(dark == 0) < 0.55  # clipped, not wrapped around
    assert dark.max() < 160
    assert not np.array_equal(*noisy.images)


def test_image_shape_gives_an_array_with_the_same_numbers_anywhere():
    options = {"n_samples": 60, "slant": 10, "spacing": -0.1, "random_state": 0}
    free = make_numbers(**options)
    numbers = make_numbers(**options, image_shape=(20, 60))
    assert isinstance(numbers.images, np.ndarray)
    assert numbers.images.shape == (60, 20, 60)
    assert_equal_images(
        map(crop, numbers.images), map(crop, free.images)
    ) if 0 else None
    for image, boxes, other in zip(
        numbers.images, numbers.boxes, free.images, strict=True
    ):
        np.testing.assert_array_equal(crop(image), crop(other))
        assert crop(image).shape[1] == boxes[-1, 3] - boxes[0, 1]
    tops = {boxes[:, 0].min() for boxes in numbers.boxes}
    assert tops == set(range(20 - 8 + 1))


def test_numbers_that_do_not_fit_are_refused_with_the_size_that_would():
    options = {"n_digits": (1, 5), "baseline_jitter": 0.2, "random_state": 0}
    sizes = [crop(image).shape for image in make_numbers(**options).images]
    n_wide = sum(width > 30 for _, width in sizes)
    height, width = np.max(sizes, axis=0)
    expected = (
        rf"^{n_wide} of 100 numbers do not fit image_shape=\(30, 30\); "
        rf"\({height}, {width}\) would hold them all. Enlarge image_shape, or reduce"
    )
    with pytest.raises(ValueError, match=expected):
        make_numbers(**options, image_shape=(30, 30))
    images = make_numbers(**options, image_shape=(height, width)).images
    assert images.shape == (100, height, width)


def test_seeds():
    options = {"slant": 10, "baseline_jitter": 0.1, "noise": 0.1}
    first = make_numbers(10, **options, random_state=3)
    for seed in (3, np.random.RandomState(3)):
        again = make_numbers(10, **options, random_state=seed)
        for name in ("images", "boxes", "labels", "indices"):
            assert_equal_images(again[name], first[name])
        np.testing.assert_array_equal(again.target, first.target)
    other = make_numbers(10, **options, random_state=4)
    assert not np.array_equal(other.target, first.target)
    # However they are arranged, the digits are the same.
    plain = make_numbers(10, image_shape=(12, 90), random_state=3)
    assert_equal_images(plain.indices, first.indices)


def test_every_form_of_digits_gives_the_same(bundled):
    X, y = bundled
    X, y = X[:50], y[:50]
    expected = make_numbers(5, digits=(X, y), slant=10, random_state=0)
    assert max(image.max() for image in expected.images) == 255
    columns = [f"pixel{i}" for i in range(64)]
    for digits in (
        (X.reshape(50, 64), y),
        (X[..., np.newaxis], y.astype(np.uint8)),
        (np.asfortranarray(X), y.astype(str)),
        (list(X), y.tolist()),
        [X.tolist(), [str(label) for label in y]],
        (pd.DataFrame(X.reshape(50, 64), columns=columns), pd.Series(y)),
        (X.reshape(50, 64), pd.Series(y.astype(str), dtype="category")),
        (X.reshape(50, 64), pd.Series(y, dtype="Int64")),
        (X / 255, y),
        ((X / 255).astype(np.float32), y),
        (X.astype(np.uint16) * 257, y),
        (load_digits().images[:50], y),
    ):
        found = make_numbers(5, digits=digits, slant=10, random_state=0)
        assert_equal_images(found.images, expected.images)
        np.testing.assert_array_equal(found.target, expected.target)
        assert_equal_images(found.labels, expected.labels)


def test_digits_need_not_be_square():
    X = np.ones((3, 5, 7), bool)
    numbers = make_numbers(4, digits=(X, [7, 7, 7]), n_digits=2, random_state=0)
    assert numbers.target.tolist() == ["77"] * 4
    assert np.all(numbers.boxes[0][:, 2:] - numbers.boxes[0][:, :2] == (5, 7))


def test_given_digits_are_not_written_to(bundled):
    X, y = (array.copy() for array in bundled)
    X.flags.writeable = y.flags.writeable = False
    numbers = make_numbers(
        5, digits=(X, y), spacing=-0.2, slant=10, noise=0.3, random_state=0
    )
    for image in numbers.images:
        assert not np.shares_memory(image, X)
        image[...] = 0
    np.testing.assert_array_equal(X, bundled[0])


INK = np.ones((3, 4, 4))
BLANK = INK * [[[1]], [[0]], [[0]]]


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"n_samples": 0}, "'n_samples' parameter of make_numbers"),
        ({"n_digits": 0}, "'n_digits' parameter of make_numbers"),
        ({"n_digits": 2.0}, "'n_digits' parameter of make_numbers"),
        ({"n_digits": (0, 2)}, r"As a pair, n_digits .* an int in .* got \(0, 2\)"),
        ({"n_digits": (3, 2)}, r"n_digits must be \(low, high\) .* got \(3, 2\)"),
        ({"n_digits": (1, 2, 3)}, r"n_digits must be two numbers.*got \(1, 2, 3\)"),
        ({"spacing": np.nan}, "'spacing' parameter of make_numbers"),
        ({"spacing": (0.2, np.inf)}, r"spacing must be two .*\[-1.0, 10.0\].*inf"),
        ({"spacing": (0.2, 0.1)}, r"spacing must be \(low, high\)"),
        ({"slant": -10}, "'slant' parameter of make_numbers"),
        ({"slant": (-50, 0)}, r"slant must be .*\[-45.0, 45.0\]; got \(-50, 0\)"),
        ({"baseline_jitter": -0.1}, "'baseline_jitter' parameter of make_numbers"),
        ({"noise": 1.5}, "'noise' parameter of make_numbers"),
        ({"image_shape": 28}, "'image_shape' parameter of make_numbers"),
        ({"image_shape": (28, 0)}, r"image_shape must be two .* got \(28, 0\)"),
        ({"image_shape": (28.0, 99)}, r"image_shape must be two .* got \(28.0, 99\)"),
        ({"random_state": "0"}, "'random_state' parameter of make_numbers"),
        ({"return_X_y": "yes"}, "'return_X_y' parameter of make_numbers"),
        ({"digits": INK}, "'digits' parameter of make_numbers"),
        ({"digits": (INK,)}, r"digits must be a pair \(X, y\) .* got 1 values"),
        ({"digits": (INK, [1, 2])}, "inconsistent numbers of samples"),
        ({"digits": (INK[:0], [])}, r"0 sample\(s\)"),
        ({"digits": (INK, [1, 10, 2])}, "0 to 9, .* got '10' for image 1"),
        ({"digits": (INK, [1, 2, -3])}, "0 to 9, .* got '-3' for image 2"),
        ({"digits": (INK, [1.5, 2.0, 3.0])}, "0 to 9, .* got '1.5' for image 0"),
        ({"digits": (INK, ["1", "x", ""])}, "0 to 9, .* got 'x' for image 1"),
        ({"digits": (INK, [[1, 2], [3, 4], [5, 6]])}, "should be a 1d array"),
        ({"digits": (-INK, [1, 2, 3])}, r"pixels from 0 \(black\) .* got -1.0"),
        ({"digits": (INK * np.nan, [1, 2, 3])}, r"digits\[0\] contains NaN"),
        ({"digits": (BLANK, [1, 2, 3])}, "holds 2 blank images, the first at index 1"),
        ({"digits": (0 * INK, [1, 2, 3])}, "holds 3 blank images, .* at index 0"),
        # Not quite black, but black on the scale of the result:
        ({"digits": (BLANK + 1e-3, [1, 2, 3])}, "holds 2 blank images"),
        ({"digits": (np.ones((3, 4, 4, 3)), [1, 2, 3])}, "one channel; got 3"),
    ],
)
def test_refuses(parameters, message):
    with pytest.raises(ValueError, match=message):
        make_numbers(**parameters)


def test_refuses_images_of_strings():
    with pytest.raises(TypeError, match="Pixels must be numbers; got strings"):
        make_numbers(digits=([["1", "2"]], [1]))


def test_blank_images_are_left_out_as_the_error_says(bundled):
    X, y = bundled[0].reshape(-1, 64).copy(), bundled[1]
    X[7] = 0
    with pytest.raises(ValueError, match=r"holds 1 blank.* X.max\(axis=1\) > 0;"):
        make_numbers(digits=(X, y))
    inked = X.max(axis=1) > 0
    assert inked.sum() == 1796
    make_numbers(digits=(X[inked], y[inked]), random_state=0)

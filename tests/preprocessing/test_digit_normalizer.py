import subprocess
import sys

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_allclose, assert_array_equal
from PIL import Image
from scipy import ndimage
from sklearn.base import clone
from sklearn.model_selection import cross_val_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.svm import SVC

from skdigits.datasets import fetch_mnist, load_digits
from skdigits.preprocessing import DigitNormalizer, PCAFeatures


@pytest.fixture(scope="module")
def mnist(mnist_home):
    return fetch_mnist(data_home=mnist_home, subset="train")


@pytest.fixture(scope="module")
def digits(mnist):
    return mnist.images[:200]


def normalize(images, **params):
    return DigitNormalizer(**params).fit_transform(images)


def pasted(image, height, width, top, left, paper=0):
    canvas = np.full((height, width), paper, image.dtype)
    canvas[top : top + image.shape[0], left : left + image.shape[1]] = image
    return canvas


def enlarged(image, size):
    return np.asarray(Image.fromarray(image).resize((size, size)), float)


def likeness(framed, expected):
    """Return the cosine between each image and the one expected."""
    a, b = framed.astype(float), expected.astype(float)
    lengths = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    return (a * b).sum(axis=1) / np.maximum(lengths, 1)


def sides(framed):
    """Return the height and the width of the ink in each image."""
    spans = []
    for axis in (2, 1):
        has_ink = (framed > 0).any(axis=axis)
        size = has_ink.shape[1]
        spans.append(size - has_ink.argmax(axis=1) - has_ink[:, ::-1].argmax(axis=1))
    return np.array(spans)


def normalize_with_pillow(image):
    """Do to one uint8 image, evenly lit, what the usual libraries offer."""
    border = [image[0], image[-1], image[1:-1, 0], image[1:-1, -1]]
    border = np.concatenate(border).astype(float)
    level = np.median(border)
    noise = 1.4826 * np.median(np.abs(border - level))
    ink = image - level
    ink = ink if (ink * abs(ink)).sum() >= 0 else -ink
    ink[ink <= 4 * noise] = 0
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    box = (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1)
    digit = Image.fromarray(ink.astype(np.float32)).crop(box)
    scale = 20 / max(digit.size)
    size = [max(1, round(side * scale)) for side in digit.size]
    method = Image.Resampling.BOX if scale < 1 else Image.Resampling.BILINEAR
    pixels = np.asarray(digit.resize(size, method))
    white = max(np.sort(pixels, axis=None)[-20], pixels.max() / 2)
    pixels = np.minimum(pixels / white, 1)
    centre = ndimage.center_of_mass(pixels)
    first = [int(np.ceil(13.5 - place)) for place in centre]
    top, left = np.clip(first, 0, np.subtract(28, pixels.shape))
    return pasted(np.rint(pixels * 255).astype(np.uint8), 28, 28, top, left).ravel()


def test_is_what_pillow_and_scipy_do_one_by_one(digits):
    expected = np.array([normalize_with_pillow(image) for image in digits])
    assert np.isin(normalize(digits) - expected, (0, 1, 255)).mean() > 0.999
    doubled = [np.kron(image, np.ones((2, 2), np.uint8)) for image in digits]
    small = [np.asarray(Image.fromarray(image).resize((12, 12))) for image in digits]
    for images in (doubled, [255 - image for image in doubled], small):
        expected = np.array([normalize_with_pillow(image) for image in images])
        assert (likeness(normalize(images), expected) > 0.999).mean() > 0.95


def test_frame_is_that_of_mnist(digits):
    scans = [255 - enlarged(digit, 90) for digit in digits]
    framed = normalize(scans).reshape(-1, 28, 28)
    assert (sides(framed).max(axis=0) == 20).all()
    centres = np.array([ndimage.center_of_mass(image) for image in framed])
    assert (np.abs(centres - 14) <= 0.5).mean() > 0.99  # else an edge is in the way
    assert (framed.max(axis=(1, 2)) == 255).all()


def test_mnist_hardly_changes(mnist):
    X, y = mnist.data[50_000:], mnist.target[50_000:]
    framed = normalize(X)
    assert framed.dtype == np.uint8
    assert np.abs(framed.astype(int) - X).mean() < 0.5
    assert (likeness(framed, X) > 0.98).mean() > 0.99
    classifier = make_pipeline(PCAFeatures(40), SVC(C=10))
    classifier.fit(mnist.data[:3000], mnist.target[:3000])
    assert abs(classifier.score(framed, y) - classifier.score(X, y)) < 0.001


@pytest.mark.parametrize("polarity", ["auto", "bright"])
def test_place_in_the_canvas_does_not_matter(digits, polarity):
    expected = normalize(digits, polarity=polarity)
    shifts = np.random.default_rng(0).integers(0, (50, 70), size=(len(digits), 2))
    canvases = [
        pasted(digit, 80, 100, *shift)
        for digit, shift in zip(digits, shifts, strict=True)
    ]
    assert_array_equal(normalize(canvases, polarity=polarity), expected)
    assert_array_equal(normalize(np.array(canvases), polarity=polarity), expected)


def test_polarity_and_paper_do_not_matter(digits):
    expected = normalize(digits).astype(float)
    assert_allclose(normalize(255 - digits), expected, atol=1)
    assert_allclose(normalize(digits / 2 + 60), expected, atol=1)
    assert_allclose(normalize(digits * 1000.0 - 7000), expected, atol=1)


def test_stated_polarity_reads_digits_cropped_to_their_ink(digits):
    cropped = [image[np.ix_(image.any(axis=1), image.any(axis=0))] for image in digits]
    expected = normalize(digits)
    bright = likeness(normalize(cropped, polarity="bright"), expected)
    dark = [255 - image for image in cropped]
    dark = likeness(normalize(dark, polarity="dark"), expected)
    auto = likeness(normalize(cropped), expected)
    for likenesses in (bright, dark):
        assert (likenesses > 0.99).mean() > 0.97
    assert (auto > 0.99).mean() > 0.95


@pytest.mark.parametrize("factor", [2, 3, 7])
def test_size_does_not_matter(digits, factor):
    blocks = np.ones((factor, factor), np.uint8)
    framed = normalize([np.kron(digit, blocks) for digit in digits])
    assert (likeness(framed, normalize(digits)) > 0.97).mean() > 0.98


@pytest.mark.parametrize("shading", ["slope", "vignette", "overexposed", "dim"])
def test_photographs_are_read(mnist, shading):
    X, y = mnist.data[:2500], mnist.target[:2500]
    classifier = make_pipeline(PCAFeatures(40), SVC(C=10)).fit(X[:2000], y[:2000])
    raw = classifier.score(X[2000:], y[2000:])
    rng = np.random.default_rng(0)
    y_place, x_place = np.mgrid[-1:1:90j, -1:1:120j]
    paper, noise = {
        "slope": (150 + 50 * x_place + 20 * y_place, 5),
        "vignette": (210 - 40 * (x_place**2 + y_place**2), 5),
        "overexposed": (256 + 3 * x_place, 3),
        "dim": (60 + 10 * x_place, 2),
    }[shading]
    photos = []
    for image in mnist.images[2000:2500]:
        ink = pasted(enlarged(image, 70), 90, 120, 10, 30)
        photo = paper * (1 - 0.7 * ink / 255) + rng.normal(0, noise, paper.shape)
        photos.append(np.clip(photo, 0, 255).astype(np.uint8))
    framed = normalize(np.array(photos))
    assert classifier.score(framed, y[2000:]) > raw - 0.02


@pytest.mark.parametrize("paper", [0, 7, 250])
@pytest.mark.parametrize("noise", [0, 2])
def test_blank_images_stay_blank(paper, noise):
    rng = np.random.default_rng(0)
    blank = paper + noise * rng.standard_normal((50, 40, 30))
    assert_array_equal(normalize(blank), np.zeros((50, 784)))
    slope = blank + np.linspace(0, 10, 30)
    assert_array_equal(normalize(slope), np.zeros((50, 784)))


def test_specks_do_not_move_a_digit(digits):
    rng = np.random.default_rng(0)
    scan = 255 - pasted(digits[0], 60, 60, 10, 10) / 2.0
    scan += rng.normal(0, 3, scan.shape)
    speckled = scan.copy()
    speckled[50, 50] = -5000
    assert_allclose(normalize([speckled]), normalize([scan]), atol=1e-9)


@pytest.mark.parametrize("output_shape", [(8, 8), (28, 28), (32, 20), (1, 1)])
@pytest.mark.parametrize("box_size", [None, 1])
def test_other_frames(digits, output_shape, box_size):
    normalizer = DigitNormalizer(output_shape=output_shape, box_size=box_size)
    framed = normalizer.fit_transform(digits).reshape(-1, *output_shape)
    side = {(8, 8): 6, (28, 28): 20, (32, 20): 14, (1, 1): 1}[output_shape]
    assert normalizer.box_size_ == (box_size or side)
    assert_array_equal(sides(framed).max(axis=0), normalizer.box_size_)


def test_bundled_digits_look_like_mnist(mnist):
    bunch = load_digits()
    normalizer = DigitNormalizer(polarity="bright")
    classifier = KNeighborsClassifier(3).fit(mnist.data[:5000], mnist.target[:5000])
    framed = normalizer.fit_transform(bunch.images[:500])
    assert framed.dtype == np.uint8
    assert classifier.score(framed, bunch.target[:500]) > 0.7


@pytest.mark.parametrize(
    ("dtype", "expected"),
    [
        ("uint8", "uint8"),
        ("float32", "float32"),
        ("float64", "float64"),
        ("int64", "float64"),
        ("bool", "float32"),
    ],
)
def test_dtypes(digits, dtype, expected):
    images = (digits // 2).astype(dtype)
    for X in (images, list(images)):
        framed = normalize(X)
        assert framed.dtype == expected
        assert framed.max() == 255


def test_lists_of_several_dtypes_get_one_that_holds_all(digits):
    mixed = [digits[0], digits[0].astype(np.float32)]
    assert normalize(mixed).dtype == np.float32
    assert normalize([*mixed, digits[0].astype(int)]).dtype == np.float64
    assert normalize([digits[0], digits[0] > 0]).dtype == np.uint8


def test_images_of_any_layout_give_the_same_rows(digits):
    expected = normalize(digits)
    read_only = digits.copy()
    read_only.flags.writeable = False
    ragged = np.empty(len(digits), dtype=object)
    ragged[:] = list(digits)
    for X in (
        digits.reshape(-1, 784),
        digits[..., np.newaxis],
        np.asfortranarray(digits),
        read_only,
        list(digits),
        tuple(digits[..., np.newaxis]),
        ragged,
        [Image.fromarray(digit) for digit in digits],
    ):
        assert_array_equal(normalize(X), expected)
    assert_allclose(normalize(digits.tolist()), expected, atol=0.5)
    # Many blocks in several threads, in order.
    many = np.tile(digits, (5, 1, 1))
    assert_array_equal(normalize(many), np.tile(expected, (5, 1)))
    assert_array_equal(normalize(list(many)), np.tile(expected, (5, 1)))


def test_lists_of_different_sizes_in_pipelines(mnist):
    rng = np.random.default_rng(0)
    images = [
        pasted(image, *(28 + rng.integers(0, 30, 2)), 0, 0)
        for image in mnist.images[:600]
    ]
    pipeline = Pipeline([("normalize", DigitNormalizer()), ("svc", SVC())])
    pipeline.fit(images[:500], mnist.target[:500])
    assert not hasattr(pipeline[0], "n_features_in_")
    assert pipeline.score(images[500:], mnist.target[500:600]) > 0.85
    expected = SVC().fit(normalize(mnist.images[:500]), mnist.target[:500])
    assert_array_equal(
        pipeline.predict(images[500:]),
        expected.predict(normalize(mnist.images[500:600])),
    )
    assert cross_val_score(pipeline, images, mnist.target[:600], cv=3).min() > 0.8


def test_refitting_forgets(digits):
    normalizer = DigitNormalizer().fit(digits)
    expected = normalizer.transform(digits)
    assert normalizer.image_shape_ == (28, 28)
    assert_array_equal(normalizer.transform(list(digits)), expected)
    with pytest.raises(ValueError, match="X has 64 features"):
        normalizer.transform(load_digits().data)
    with pytest.raises(ValueError, match=r"shape \(14, 56\)"):
        normalizer.transform(digits.reshape(-1, 14, 56))
    normalizer.fit([digits[0], digits[1][:20]])
    assert not hasattr(normalizer, "n_features_in_")
    assert not hasattr(normalizer, "image_shape_")
    assert_array_equal(normalizer.transform(digits), expected)
    assert normalizer.transform(load_digits().data).shape == (1797, 784)
    # The frame is that of the fit, whatever the parameters say by now.
    normalizer.set_params(output_shape=(8, 8))
    assert_array_equal(normalizer.transform(digits), expected)
    assert clone(normalizer).fit_transform(digits).shape == (200, 64)


def test_image_shape_is_that_of_rows(digits):
    wide = np.array([pasted(digit, 28, 56, 0, 20) for digit in digits])
    framed = normalize(wide.reshape(len(wide), -1), image_shape=(28, 56))
    assert_array_equal(framed, normalize(digits))
    with pytest.raises(ValueError, match="has 64 pixels"):
        DigitNormalizer(image_shape=(8, 8)).fit(digits)


def test_names_are_those_of_the_datasets(digits, mnist):
    normalizer = DigitNormalizer().set_output(transform="pandas")
    assert list(normalizer.fit_transform(digits).columns) == mnist.feature_names
    assert list(normalizer.fit_transform(list(digits)).columns) == mnist.feature_names


pixels = st.one_of(
    st.integers(0, 255).map(float),
    st.floats(allow_nan=False, allow_infinity=False),
)


@settings(max_examples=200, deadline=None)
@given(
    image=hnp.arrays(
        np.float64,
        hnp.array_shapes(min_dims=2, max_dims=2, max_side=9),
        elements=pixels,
    ),
    polarity=st.sampled_from(["auto", "bright", "dark"]),
    output_shape=st.sampled_from([(28, 28), (5, 7), (1, 1)]),
)
@example(np.array([[1.7e308, -1.7e308]]), "auto", (28, 28))
@example(np.array([[5e-324, 0.0]]), "auto", (28, 28))
@example(np.eye(1, 3000), "bright", (28, 28))
def test_any_image_is_framed(image, polarity, output_shape):
    before = image.copy()
    framed = normalize([image], polarity=polarity, output_shape=output_shape)
    assert_array_equal(image, before)
    assert framed.shape == (1, np.prod(output_shape))
    assert np.isfinite(framed).all()
    assert framed.min() >= 0
    assert framed.max() == 0 or np.isclose(framed.max(), 255)


@settings(max_examples=100, deadline=None)
@given(
    image=hnp.arrays(np.uint8, st.tuples(st.integers(1, 40), st.integers(1, 40))),
    top=st.integers(1, 20),
    left=st.integers(1, 20),
)
def test_ink_on_clean_paper_is_framed_wherever_it_is(image, top, left):
    canvas = pasted(image, 61, 61, top, left)
    expected = normalize([np.pad(image, 1)], polarity="bright")
    assert_array_equal(normalize([canvas], polarity="bright"), expected)


@pytest.mark.parametrize(
    ("params", "X", "error", "message"),
    [
        ({"polarity": "white"}, np.ones((2, 4)), ValueError, "'polarity' parameter"),
        ({"box_size": 0}, np.ones((2, 4)), ValueError, "'box_size' parameter"),
        ({"box_size": 29}, np.ones((2, 4)), ValueError, "box_size=29 is larger than"),
        ({"output_shape": (0, 3)}, np.ones((2, 4)), ValueError, "two positive"),
        ({}, np.ones((2, 2, 2, 3)), ValueError, "got 3 channels"),
        ({}, [np.ones((2, 2)), np.ones((2, 2, 3))], ValueError, "at position 1"),
        ({}, [np.ones((2, 2)), np.ones((0, 3))], ValueError, r"shape \(0, 3\)"),
        ({}, [np.ones((2, 2)), np.ones(4)], ValueError, r"shape \(4,\)"),
        ({}, [np.ones((2, 2)), np.full((1, 1), "3")], TypeError, "must be numbers"),
        ({}, [np.ones((2, 2)), np.full((1, 1), np.nan)], ValueError, "contains NaN"),
        ({}, [np.full((2, 2), np.inf)], ValueError, "contains infinity"),
        ({}, np.array([[np.nan, 1.0]]), ValueError, "Input X contains NaN"),
        ({}, np.empty((0, 4)), ValueError, r"0 sample\(s\)"),
        ({}, [["0", "1"]], TypeError, "Pixels must be numbers"),
    ],
)
def test_bad_input(params, X, error, message):
    with pytest.raises(error, match=message):
        DigitNormalizer(**params).fit(X)


def test_numba_is_imported_when_an_image_is_framed():
    code = (
        "import sys; from skdigits.preprocessing import DigitNormalizer as D;"
        "n = D().fit([[1, 2, 3, 4]]); print('numba' in sys.modules);"
        "n.transform([[1, 2, 3, 4]]); print('numba' in sys.modules)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert out.stdout.split() == [b"False", b"True"]


def test_images_that_can_only_be_read_need_no_kernel_of_their_own(digits):
    from skdigits.preprocessing._framing import frame_images

    images = digits[:3].astype(np.float64)
    expected = normalize(images)
    images.flags.writeable = False
    assert_array_equal(normalize(images), expected)
    assert len(frame_images.signatures) == 1


def test_one_photo_in_colour_is_no_stack_of_narrow_images():
    for n_channels in (3, 4):
        with pytest.raises(ValueError, match=r"one colour image.*\[X\.mean\(axis=-1\)"):
            DigitNormalizer().fit(np.zeros((48, 64, n_channels), np.uint8))
    DigitNormalizer().fit(np.zeros((48, 20, 3), np.uint8))


def test_one_photo_is_no_stack_of_rows(digits):
    photo = np.full((120, 161), 230, np.uint8)
    photo[30:58, 60:88] -= digits[0] // 2
    expected = normalize([photo])
    assert expected.any()
    for X in (photo, photo.tolist(), digits[0]):
        with pytest.raises(
            ValueError, match=r"images of a single row.*X\[np\.newaxis\]"
        ):
            DigitNormalizer().fit(X)
    with pytest.raises(ValueError, match=r"X of shape \(120, 161\) stands for 120 im"):
        DigitNormalizer().fit([photo]).transform(photo)
    assert_array_equal(normalize(photo[np.newaxis]), expected)
    rows = normalize(photo, image_shape=(7, 23))
    assert rows.shape == (120, 784)
    assert normalize(photo, image_shape=(1, 161)).shape == (120, 784)

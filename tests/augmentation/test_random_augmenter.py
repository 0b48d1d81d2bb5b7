import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import ndimage
from sklearn.base import clone
from sklearn.svm import SVC

from skdigits.augmentation import AugmentedClassifier, RandomAugmenter
from skdigits.augmentation._random_maps import draw_displacements, draw_maps
from skdigits.datasets import fetch_mnist, load_digits

STILL = {"rotation": 0, "shift": 0, "zoom": 0}


@pytest.fixture(scope="module")
def digits():
    return load_digits(return_X_y=True)


@pytest.fixture(scope="module")
def blob():
    """An image of 41x41 with one round spot, right of and below the middle."""
    row, column = np.indices((41, 41))
    return np.exp(-((row - 26) ** 2 + (column - 28) ** 2) / 18)[np.newaxis]


def centre_of_mass(images):
    return np.array([ndimage.center_of_mass(image) for image in images]) - 20


# What can change, and by how much


def test_nothing_changes_without_ranges(digits):
    X, _ = digits
    assert_array_equal(RandomAugmenter(**STILL, random_state=0).augment(X), X)
    assert not np.shares_memory(RandomAugmenter(**STILL).augment(X), X)


def test_rotation(blob):
    copies = RandomAugmenter(**{**STILL, "rotation": 30}, random_state=0).augment(
        np.repeat(blob, 400, axis=0)
    )
    places = centre_of_mass(copies)
    assert_allclose(np.linalg.norm(places, axis=1), 10, atol=0.1)
    angles = np.degrees(np.arctan2(*places.T)) - np.degrees(np.arctan2(6, 8))
    assert angles.min() == pytest.approx(-30, abs=1)
    assert angles.max() == pytest.approx(30, abs=1)
    assert abs(angles.mean()) < 2


def test_shift_is_a_fraction_of_each_axis():
    image = np.zeros((1, 41, 21))
    image[0, 18:23, 8:13] = 1
    copies = RandomAugmenter(**{**STILL, "shift": 0.2}, random_state=0).augment(
        np.repeat(image, 400, axis=0)
    )
    places = np.array([ndimage.center_of_mass(copy) for copy in copies]) - [20, 10]
    assert_allclose(np.abs(places).max(axis=0), [8.2, 4.2], atol=0.1)
    assert_allclose(places.mean(axis=0), 0, atol=0.5)


def test_zoom(blob):
    copies = RandomAugmenter(**{**STILL, "zoom": 0.3}, random_state=0).augment(
        np.repeat(blob, 400, axis=0)
    )
    sizes = np.linalg.norm(centre_of_mass(copies), axis=1) / 10
    assert sizes.min() == pytest.approx(0.7, abs=0.01)
    assert sizes.max() == pytest.approx(1.3, abs=0.01)
    # Ink grows with the square.
    ink = copies.sum(axis=(1, 2)) / blob.sum()
    assert_allclose(ink, sizes**2, rtol=0.01)


def test_shear(blob):
    copies = RandomAugmenter(**STILL, shear=20, random_state=0).augment(
        np.repeat(blob, 400, axis=0)
    )
    rows, columns = centre_of_mass(copies).T
    assert_allclose(rows, 6, atol=0.1)
    moved = (columns - 8) / 6
    assert np.abs(moved).max() == pytest.approx(np.tan(np.radians(20)), abs=0.02)
    assert abs(moved.mean()) < 0.05


def test_elastic_displacements_have_the_spread_they_say():
    fields = draw_displacements(500, (28, 14), np.random.RandomState(0), 0.05)
    assert fields.shape == (500, 2, 28, 14)
    assert fields.dtype == np.float32
    assert_allclose(fields[:, 0].std(axis=0), 0.05 * 28, rtol=0.15)
    assert_allclose(fields[:, 1].std(axis=0), 0.05 * 14, rtol=0.15)
    assert_allclose(fields.mean(axis=0), 0, atol=0.3)
    # Neighbours move together, as from noise smoothed over 4 of 28 pixels.
    rows = fields[:, 0]
    for distance in (1, 4, 8):
        correlation = np.mean(rows[:, distance:] * rows[:, :-distance]) / rows.var()
        assert correlation == pytest.approx(np.exp(-(distance**2) / 64), abs=0.05)


def test_elastic_changes_the_form(digits):
    X, _ = digits
    copies = RandomAugmenter(**STILL, elastic=0.05, random_state=0).augment(X)
    changed = np.abs(copies.astype(int) - X).mean(axis=1)
    assert (changed > 0).all()
    assert changed.mean() < 3


@given(
    ranges=st.tuples(
        st.floats(0, 180), st.floats(0, 1), st.floats(0, 0.99), st.floats(0, 80)
    ),
    image_shape=st.tuples(st.integers(2, 40), st.integers(2, 40)),
    seed=st.integers(0, 2**32 - 1),
)
def test_maps_are_the_product_of_the_changes(ranges, image_shape, seed):
    names = ("rotation", "shift", "zoom", "shear")
    matrices, offsets = draw_maps(
        3,
        image_shape,
        np.random.RandomState(seed),
        **dict(zip(names, ranges, strict=True)),
    )
    rotation, shift, zoom, shear = ranges
    drawn = np.random.RandomState(seed).uniform(-1, 1, size=(3, 5))
    size, middle = np.array(image_shape), (np.array(image_shape) - 1) / 2
    place = np.array([1.0, 2.0])
    for matrix, offset, u in zip(matrices, offsets, drawn, strict=True):
        a, t = np.radians(rotation * u[0]), np.tan(np.radians(shear * u[1]))
        rotated = np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]])
        forward = (1 + zoom * u[2]) * rotated @ np.array([[1, 0], [t, 1]])
        there = forward @ (place - middle) + middle + shift * size * u[3:]
        assert_allclose(matrix @ there + offset, place, atol=1e-6 * (1 + abs(t)))


def test_one_resampling(digits):
    """The copy is scipy's resampling by the whole map, not several in a row."""
    X, _ = digits
    augmenter = RandomAugmenter(shear=10, random_state=3)
    copies = augmenter.augment(X[:5] / 16)
    maps = draw_maps(
        5, (8, 8), np.random.RandomState(3), rotation=10, shift=0.1, zoom=0.1, shear=10
    )
    for image, copy, matrix, offset in zip(X[:5] / 16, copies, *maps, strict=True):
        expected = ndimage.affine_transform(
            image.reshape(8, 8), matrix, offset, order=1, mode="grid-constant"
        )
        assert_allclose(copy.reshape(8, 8), expected, atol=1e-6)


# What goes in and out


@pytest.mark.parametrize("elastic", [0, 0.05])
@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64])
def test_shape_and_type_are_kept(digits, dtype, elastic):
    X = digits[0][:10].astype(dtype)
    augmenter = RandomAugmenter(elastic=elastic, random_state=0)
    rows = augmenter.augment(X)
    assert rows.dtype == dtype
    for shape in ((10, 8, 8), (10, 8, 8, 1)):
        images = augmenter.augment(X.reshape(shape))
        assert images.shape == shape
        assert_array_equal(images.reshape(10, 64), rows)
    X.flags.writeable = False
    assert_array_equal(augmenter.augment(np.asfortranarray(X)), rows)


@pytest.mark.parametrize(
    ("dtype", "expected"), [(bool, "f4"), (np.int16, "f4"), (np.int64, "f8")]
)
def test_other_types_become_floats(dtype, expected):
    X = np.ones((2, 9), dtype=dtype)
    augmenter = RandomAugmenter(random_state=0)
    assert augmenter.augment(X).dtype == expected
    assert augmenter.fit_resample(X, [0, 1])[0].dtype == expected


def test_blocks_do_not_show(digits, monkeypatch):
    """Displacements are drawn block by block; with one image a block, too."""
    X = digits[0][:7]
    whole = RandomAugmenter(elastic=0.1, random_state=0).augment(X)
    module = "skdigits.augmentation._random_augmenter"
    monkeypatch.setattr(f"{module}.PIXELS_PER_BLOCK", 64)
    assert_array_equal(RandomAugmenter(elastic=0.1, random_state=0).augment(X), whole)


def test_draws_depend_on_the_seed_alone(digits):
    X, _ = digits
    augmenter = RandomAugmenter(elastic=0.02, random_state=5)
    first = augmenter.augment(X[:50])
    assert_array_equal(augmenter.augment(X[:50]), first)
    assert_array_equal(augmenter.augment(X[:50], 5), first)
    assert not np.array_equal(augmenter.augment(X[:50], 6), first)
    # Other images have no influence.
    others = X[:50].copy()
    others[25:] = 16 - others[25:]
    assert_array_equal(augmenter.augment(others)[:25], first[:25])
    # A generator goes on.
    random_state = np.random.RandomState(5)
    assert_array_equal(augmenter.augment(X[:50], random_state), first)
    assert not np.array_equal(augmenter.augment(X[:50], random_state), first)


@pytest.mark.parametrize("n_copies", [0, 1, 3])
def test_fit_resample(digits, n_copies):
    X, y = digits
    augmenter = RandomAugmenter(n_copies=n_copies, random_state=0)
    weights = np.linspace(1, 2, len(X))
    X_more, y_more, more_weights = augmenter.fit_resample(X, y, weights)
    assert X_more.shape == ((1 + n_copies) * len(X), 64)
    assert X_more.dtype == np.uint8
    assert_array_equal(X_more[: len(X)], X)
    assert_array_equal(y_more, np.tile(y, 1 + n_copies))
    assert_array_equal(more_weights, np.tile(weights, 1 + n_copies))
    copies = X_more.reshape(1 + n_copies, *X.shape)
    for one in range(1 + n_copies):
        for other in range(one):
            assert not np.array_equal(copies[one], copies[other])
    if n_copies:
        assert_array_equal(copies[1], augmenter.augment(X))
    assert augmenter.image_shape_ == (8, 8)
    assert augmenter.n_features_in_ == 64
    assert len(augmenter.fit_resample(X, y)) == 2


def test_copies_look_like_their_originals(digits):
    X, y = digits
    classifier = SVC().fit(X, y)
    for change in ({"rotation": 15}, {"zoom": 0.1}, {"shear": 15}, {"shift": 0.05}):
        copies = RandomAugmenter(**{**STILL, **change}, random_state=0).augment(X)
        assert classifier.score(copies, y) > 0.97


def test_pandas(digits):
    X, y = digits
    names = [f"pixel{i}" for i in range(64)]
    frame = pd.DataFrame(X, columns=names, index=np.arange(len(X)) + 7)
    labels = pd.Series(pd.Categorical(y), index=frame.index)
    augmenter = RandomAugmenter(random_state=0)
    X_more, y_more = augmenter.fit_resample(frame, labels)
    assert list(X_more) == names
    assert_array_equal(X_more.index, np.tile(frame.index, 2))
    assert_array_equal(X_more.assign(label=y_more)["label"], y_more)
    assert_array_equal(augmenter.feature_names_in_, names)
    assert_array_equal(X_more, augmenter.fit_resample(X, y)[0])
    assert (X_more.dtypes == np.uint8).all()
    assert isinstance(y_more.dtype, pd.CategoricalDtype)
    assert_array_equal(y_more, np.tile(y, 2))


def test_polars(digits):
    X, y = digits
    names = [f"pixel{i}" for i in range(64)]
    X_more, y_more = RandomAugmenter(random_state=0).fit_resample(
        pl.DataFrame(X, schema=names), pl.Series(y)
    )
    assert X_more.columns == names
    assert_array_equal(X_more, RandomAugmenter(random_state=0).fit_resample(X, y)[0])
    assert_array_equal(y_more, np.tile(y, 2))
    # As many rows as columns, in the order of columns: not to be transposed.
    square = pl.DataFrame(X[:64], schema=names, orient="row")
    still = RandomAugmenter(n_copies=0).fit_resample(square, y[:64])[0]
    assert_array_equal(still, X[:64])


def test_lists_and_labels_of_any_kind(digits):
    X, y = digits
    labels = [f"digit {label}" for label in y[:5]]
    _, y_more = RandomAugmenter(random_state=0).fit_resample(X[:5].tolist(), labels)
    assert y_more == labels * 2
    _, two = RandomAugmenter().fit_resample(X[:5], np.column_stack([y[:5], y[:5]]))
    assert two.shape == (10, 2)


def test_images_that_are_not_square():
    X = np.random.default_rng(0).random((4, 12))
    augmenter = RandomAugmenter(image_shape=(3, 4), random_state=0)
    assert_array_equal(
        augmenter.augment(X), augmenter.augment(X.reshape(4, 3, 4)).reshape(4, 12)
    )
    assert augmenter.fit(X).image_shape_ == (3, 4)
    with pytest.raises(ValueError, match="has 12 pixels"):
        augmenter.augment(X[:, :10])
    with pytest.raises(ValueError, match=r"shape \(4, 3\)"):
        augmenter.augment(X.reshape(4, 4, 3))


def test_nothing_moves_along_an_axis_of_one_pixel():
    X = np.ones((50, 11))
    copies = RandomAugmenter(image_shape=(1, 11), elastic=0.1, random_state=0).augment(
        X
    )
    assert (copies[:, 4:7] == 1).all()
    upright = RandomAugmenter(image_shape=(11, 1), elastic=0.1, random_state=0).augment(
        X
    )
    assert (upright[:, 4:7] == 1).all()
    one = np.full((5, 1), 3.0)
    assert_array_equal(RandomAugmenter(elastic=0.1).augment(one), one)


@pytest.mark.parametrize(
    "parameters",
    [
        {"rotation": -1},
        {"rotation": 181},
        {"shift": 1.1},
        {"zoom": 1},
        {"shear": 90},
        {"elastic": -0.1},
        {"n_copies": -1},
        {"n_copies": 0.5},
        {"random_state": "x"},
        {"image_shape": 28},
    ],
)
def test_wrong_parameters(digits, parameters):
    X, y = digits
    (name,) = parameters
    augmenter = RandomAugmenter(**parameters)
    for call in (
        lambda: augmenter.fit(X),
        lambda: augmenter.fit_resample(X, y),
        lambda: augmenter.augment(X),
    ):
        with pytest.raises(ValueError, match=f"'{name}' parameter of RandomAugmenter"):
            call()


def test_wrong_input(digits):
    X, y = digits
    augmenter = RandomAugmenter()
    with pytest.raises(ValueError, match="requires y to be passed"):
        augmenter.fit_resample(X, None)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        augmenter.fit_resample(X, y[:-1])
    with pytest.raises(ValueError, match=r"sample_weight\.shape"):
        augmenter.fit_resample(X, y, [1.0, 2.0])
    with pytest.raises(ValueError, match="NaN"):
        augmenter.augment(np.full((1, 4), np.nan))
    with pytest.raises(ValueError, match="0 sample"):
        augmenter.augment(np.empty((0, 4)))


def test_there_is_no_transform():
    assert not hasattr(RandomAugmenter(), "transform")
    assert not hasattr(RandomAugmenter(), "fit_transform")


def test_step_of_the_pipeline_of_imbalanced_learn(digits):
    pipeline = pytest.importorskip("imblearn.pipeline")
    X, y = digits
    spied = []

    class Spy(SVC):
        def fit(self, X, y):
            spied.append(len(X))
            return super().fit(X, y)

        def predict(self, X):
            spied.append(len(X))
            return super().predict(X)

    model = pipeline.make_pipeline(RandomAugmenter(n_copies=2, random_state=0), Spy())
    model.fit(X[:300], y[:300])
    assert model.score(X[300:], y[300:]) > 0.85
    assert spied == [900, len(X) - 300]
    ours = AugmentedClassifier(SVC(), RandomAugmenter(n_copies=2, random_state=0))
    assert_array_equal(ours.fit(X[:300], y[:300]).predict(X), model.predict(X))
    clone(model).set_params(randomaugmenter__rotation=3)


def test_mnist(mnist_home):
    X, _ = fetch_mnist(subset="test", data_home=mnist_home, return_X_y=True)
    copies = RandomAugmenter(random_state=0).augment(X[:2000])
    assert copies.dtype == np.uint8
    # Ink is neither lost nor made, but for what zoom does.
    assert copies.sum() / X[:2000].sum() == pytest.approx(1, abs=0.02)


def test_long_axes_take_no_longer():
    short, long = (
        draw_displacements(200, (4, n), np.random.RandomState(0), 0.05)[:, 1]
        for n in (256, 3000)
    )
    assert_allclose(long.std(axis=0), 0.05 * 3000, rtol=0.25)
    # The same fields, on a finer grid.
    assert_allclose(
        long[..., [0, -1]] / 3000, short[..., [0, -1]] / 256, rtol=1e-3, atol=1e-5
    )

"""Any Keras network as a classifier."""

import pickle
import random
from functools import cache

import numpy as np
import onnxruntime
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from skdigits.augmentation import RandomAugmenter
from skdigits.neural_network import (
    KerasClassifier,
    KerasCNNClassifier,
    KerasMLPClassifier,
)
from skdigits.persistence import export_onnx, load_model, save_model
from skdigits.preprocessing import PixelScaler

pytestmark = pytest.mark.tensorflow


def residual(image_shape, n_classes, filters=4, rate=0.1):
    """Residual connections around separable and depthwise convolutions."""
    from keras import Input, Model, layers

    images = Input((*image_shape, 1))
    maps = layers.Conv2D(filters, 3, strides=2, padding="same")(images)
    inner = layers.SeparableConv2D(filters, 3, padding="same", use_bias=False)(maps)
    inner = layers.BatchNormalization()(inner)
    inner = layers.Activation("gelu")(inner)
    inner = layers.DepthwiseConv2D(3, padding="same")(inner)
    maps = layers.Add()([maps, layers.Dropout(rate)(inner)])
    maps = layers.Flatten()(maps)
    return Model(images, layers.Dense(n_classes)(maps))


def attention(image_shape, n_classes):
    """A transformer's block over the columns of the image."""
    from keras import Input, Model, layers

    images = Input((*image_shape, 1))
    columns = layers.Reshape(image_shape)(images)
    columns = layers.LayerNormalization()(layers.Dense(8)(columns))
    mixed = layers.MultiHeadAttention(2, 4, dropout=0.1)(columns, columns)
    mixed = layers.Flatten()(layers.Add()([columns, mixed]))
    return Model(images, layers.Dense(n_classes, activation="softmax")(mixed))


def preprocessing(image_shape, n_classes):
    """Layers that act in training only, normalizations, activations."""
    from keras import layers

    return [
        layers.Rescaling(2.0, offset=-1.0),
        layers.RandomTranslation(0.1, 0.1),
        layers.GaussianNoise(0.1),
        layers.Conv2D(4, 3),
        layers.GroupNormalization(2),
        layers.LeakyReLU(),
        layers.AveragePooling2D(2),
        layers.SpatialDropout2D(0.1),
        layers.Conv2D(4, 2, activation="swish"),
        layers.PReLU(shared_axes=[1, 2]),
        layers.Conv2D(4, 1, activation="selu"),
        layers.Conv2D(4, 1, activation="hard_sigmoid"),
        layers.Conv2D(4, 1, activation="mish"),
        layers.GlobalMaxPooling2D(),
        layers.Dense(n_classes),
        layers.Softmax(),
    ]


def own_layers(image_shape, n_classes):
    """Classes of the user's own, that nobody has registered."""
    import keras
    from keras import layers, ops

    class Squares(layers.Layer):
        def build(self, shape):
            self.factors = self.add_weight(shape=(shape[-1],), name="factors")

        def call(self, values):
            return values + self.factors * ops.square(values)

    class Network(keras.Model):
        def __init__(self):
            super().__init__()
            self.flatten = layers.Flatten()
            self.squares = Squares()
            self.dense = layers.Dense(n_classes)

        def call(self, images, training=False):
            return self.dense(self.squares(self.flatten(images)))

    return Network()


def transformer(image_shape, n_classes):
    """Attention over rows of which each has a place, and constants that layers hold."""
    from keras import Input, Model, layers, ops

    images = Input((*image_shape, 1))
    scale = layers.Normalization(axis=None)
    scale.adapt(np.arange(64.0).reshape(1, *image_shape, 1))
    rows = layers.Reshape(image_shape)(scale(images))
    places = layers.Embedding(image_shape[0], image_shape[1])
    rows = rows + places(ops.arange(image_shape[0]))
    rows = layers.Add()([rows, layers.MultiHeadAttention(2, 4)(rows, rows)])
    rows = layers.SimpleRNN(6, unroll=True)(rows)
    return Model(images, layers.Dense(n_classes)(rows))


def small(image_shape, n_classes, units=8, **dense):
    from keras import layers

    return [
        layers.Flatten(),
        layers.Dense(units, activation="relu", **dense),
        layers.Dense(n_classes),
    ]


def short(build, **params):
    return KerasClassifier(build, **{"max_epochs": 1, "random_state": 0, **params})


def assert_equal_weights(first, second):
    for array, other in zip(first.weights_, second.weights_, strict=True):
        assert_array_equal(array, other)


@pytest.fixture(scope="module")
def pixels(digits):
    return digits[0][:200], digits[1][:200]


@pytest.mark.filterwarnings(  # what Keras itself warns of
    "ignore:__array__ implementation doesn.t accept a copy keyword:DeprecationWarning"
)
@pytest.mark.parametrize(
    "build", [residual, attention, preprocessing, own_layers, transformer]
)
def test_layers_of_all_kinds_predict_as_keras_does(pixels, build):
    X, y = pixels
    network = short(build, learning_rate=0.01).fit(X, y)
    probabilities = network.predict_proba(X)
    assert probabilities.dtype == np.float32
    assert probabilities.shape == (200, 10)
    model = network.to_keras()
    found = np.asarray(model(X.reshape(-1, 8, 8, 1), training=False))
    assert_allclose(probabilities, found, atol=1e-5, rtol=0)
    for array, other in zip(network.weights_, model.get_weights(), strict=True):
        assert_array_equal(array, other)


def test_learns_digits_that_it_has_not_seen(digits):
    X, y = digits
    network = short(residual, max_epochs=10, learning_rate=0.02)
    network.set_params(build_params__filters=8)
    network.set_params(augmenter=RandomAugmenter(rotation=5), early_stopping=True)
    network.fit(X[:500], y[:500], sample_weight=np.arange(500) % 7)
    assert network.score(X[500:], y[500:]) > 0.7
    assert len(network.validation_scores_) == network.n_iter_
    assert network.history_["loss"][-1] < network.history_["loss"][0]


def test_validation_images_of_ones_own(digits):
    X, y = digits
    network = short(small, max_epochs=3, schedule="cosine", monitor="loss")
    network.fit(X[:200], y[:200], X_val=X[200:], y_val=y[200:])
    assert_allclose(
        network.history_["validation_score"][-1], network.score(X[200:], y[200:])
    )


def test_same_layers_give_the_weights_of_the_other_classifiers(pixels):
    def build(image_shape, n_classes):
        from keras import layers

        return [
            layers.Conv2D(4, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.BatchNormalization(momentum=0.9),
            layers.Flatten(),
            layers.Dense(6, activation="relu"),
            layers.Dropout(0.3),
            layers.Dense(n_classes),
        ]

    shared = {"max_epochs": 2, "random_state": 3, "weight_decay": 0.1}
    named = KerasCNNClassifier(((4,),), (6,), batch_norm=True, dropout=0.3, **shared)
    built = KerasClassifier(build, **shared)
    assert_equal_weights(named.fit(*pixels), built.fit(*pixels))
    assert named.loss_curve_ == built.loss_curve_
    assert_allclose(
        named.predict_proba(pixels[0]), built.predict_proba(pixels[0]), atol=1e-6
    )


def test_softmax_trains_as_logits_do(pixels):
    from keras import layers

    def build(image_shape, n_classes):
        return [*small(image_shape, n_classes), layers.Softmax()]

    X, y = pixels
    for scale in (1, 255):  # so that most probabilities are 0 or 1
        logits = short(small, precision="float32").fit(X * scale, y)
        softmax = short(build, precision="float32").fit(X * scale, y)
        for array, other in zip(logits.weights_, softmax.weights_, strict=True):
            assert_allclose(array, other, atol=1e-4)


def test_softmax_is_found_whatever_gives_it(pixels):
    """Functions, operations, means of it, and layers that change nothing after it."""
    import keras
    from keras import layers

    def half(values):
        return keras.ops.softmax(values / 2)

    def operation(shape, n):
        images = keras.Input((*shape, 1))
        values = layers.Dense(n)(layers.Flatten()(images))
        return keras.Model(images, keras.ops.softmax(values))

    def mean(shape, n):
        images = keras.Input((*shape, 1))
        values = layers.Flatten()(images)
        heads = [layers.Dense(n, activation="softmax")(values) for _ in range(2)]
        return keras.Model(images, layers.Average()(heads))

    def with_last(*last):
        return lambda shape, n: [layers.Flatten(), layers.Dense(n), *last]

    cases = {
        with_last(layers.Activation(half)): True,
        with_last(layers.Softmax(), layers.Activation("linear")): True,
        operation: True,
        mean: True,
        with_last(layers.BatchNormalization()): False,
        with_last(layers.Softmax(), layers.Dense(10)): False,
        # By chance what it gives is like a softmax before the training.
        lambda shape, n: [
            layers.Flatten(),
            layers.Dense(
                n,
                kernel_initializer="zeros",
                bias_initializer=keras.initializers.Constant(1 / n),
            ),
        ]: False,
    }
    from skdigits.neural_network._keras_built import Source, describe

    for build, expected in cases.items():
        assert describe(Source(build, {}, (8, 8), 10, 0)).gives_softmax == expected


def test_random_constants_are_those_of_the_training(pixels):
    from keras import layers

    def build(image_shape, n_classes):
        factors = np.random.normal(size=(1, 64)).astype(np.float32)  # noqa: NPY002
        return [
            layers.Flatten(),
            layers.Lambda(lambda values: values * factors),
            layers.Dense(n_classes),
        ]

    before = np.random.get_state()[1].copy()  # noqa: NPY002
    network = short(build).fit(*pixels)
    assert_array_equal(before, np.random.get_state()[1])  # noqa: NPY002
    found = network.to_keras()(pixels[0].reshape(-1, 8, 8, 1)).numpy()
    assert_allclose(network.predict_proba(pixels[0]), found, atol=1e-5)


def test_build_may_fit_another_network(pixels):
    """It must not wait for itself."""

    def build(image_shape, n_classes):
        inner = KerasMLPClassifier((), max_epochs=1, random_state=0).fit(*pixels)
        return [*small(image_shape, n_classes, units=len(inner.classes_))]

    assert short(build).fit(*pixels).weights_[0].shape == (64, 10)


def test_seeds_alone_decide_on_the_weights(pixels):
    import keras

    params = {"kernel_initializer": "he_normal"}
    random.seed(7)
    before = random.getstate(), keras.config.dtype_policy().name
    first = short(small, build_params=params).fit(*pixels)
    assert (random.getstate(), keras.config.dtype_policy().name) == before
    random.seed(8)
    assert_equal_weights(first, short(small, build_params=params).fit(*pixels))
    other = short(small, build_params=params, random_state=1).fit(*pixels)
    assert not np.array_equal(first.weights_[0], other.weights_[0])


def test_equal_networks_are_traced_once(pixels, monkeypatch):
    from skdigits.neural_network import _keras, _keras_built, _trainer_pool

    traced, exported = [], []
    trainer, export = _keras.Trainer, _keras_built.export_graph
    monkeypatch.setattr(
        _keras, "Trainer", lambda key: traced.append(key) or trainer(key)
    )
    monkeypatch.setattr(
        _keras_built, "export_graph", lambda *a: exported.append(a) or export(*a)
    )
    monkeypatch.setattr(_trainer_pool, "_idle", type(_trainer_pool._idle)())
    monkeypatch.setattr(_keras_built, "_graphs", type(_keras_built._graphs)())
    for units, rate in ((5, 0.1), (5, 0.2), (6, 0.1)):
        short(small, build_params={"units": units}, learning_rate=rate).fit(*pixels)
    assert len(traced) == len(exported) == 2
    # What the function does counts, not its name: Keras' own layers of one name differ.
    short(lambda s, n: small(s, n, units=5)).fit(*pixels)
    assert len(traced) == len(exported) == 2
    short(small, build_params={"units": 5, "kernel_regularizer": "l2"}).fit(*pixels)
    assert len(traced) == 3


def test_networks_that_differ_in_predictions_only_are_two(pixels):
    from keras import layers

    class Scale(layers.Layer):
        def call(self, logits, training=False):
            return logits if training else logits * 0.0

    def scaled(image_shape, n_classes):
        return [*small(image_shape, n_classes), Scale()]

    def same(image_shape, n_classes):
        return [*small(image_shape, n_classes), layers.Identity()]

    for build in (same, scaled):
        probabilities = short(build).fit(*pixels).predict_proba(pixels[0])
        assert np.allclose(probabilities, 0.1) == (build is scaled)


def test_regularizers_shrink_weights_and_frozen_ones_stay(pixels):
    X, y = pixels
    from keras import regularizers

    plain = short(small, precision="float32").fit(X, y)
    penalty = {"kernel_regularizer": regularizers.L2(0.1)}
    shrunk = short(small, build_params=penalty, precision="float32").fit(X, y)
    assert np.abs(shrunk.weights_[0]).sum() < 0.9 * np.abs(plain.weights_[0]).sum()
    frozen = short(small, build_params={"trainable": False}, learning_rate=0.1)
    first = frozen.fit(X, y).weights_
    second = frozen.set_params(max_epochs=3, weight_decay=0.1).fit(X, y).weights_
    assert_array_equal(first[0], second[0])
    assert not np.array_equal(first[2], second[2])


def test_weights_that_build_loads_are_kept(pixels):
    first = short(small).fit(*pixels)

    def build(image_shape, n_classes):
        import keras

        images = keras.Input((*image_shape, 1))
        model = keras.Sequential([images, *small(image_shape, n_classes)])
        model.set_weights(first.weights_)
        return model

    second = short(build, learning_rate=1e-9).fit(*pixels)
    for array, other in zip(first.weights_, second.weights_, strict=True):
        assert_allclose(array, other, atol=1e-6)


def bad_outputs(image_shape, n_classes):
    from keras import layers

    return [
        layers.Flatten(),
        layers.Dense(n_classes, activation="sigmoid", name="last"),
    ]


def recurrent(image_shape, n_classes):
    from keras import layers

    return [
        layers.Reshape(image_shape),
        layers.LSTM(4, name="memory"),
        layers.Dense(n_classes),
    ]


def last(make):
    """Let one layer or operation come last, which is made with others of Keras."""

    def build(image_shape, n_classes):
        import keras

        images = keras.Input((*image_shape, 1))
        values = keras.layers.Dense(n_classes)(keras.layers.Flatten()(images))
        return keras.Model(images, make(keras)(values))

    return build


def compiled(image_shape, n_classes):
    import keras

    model = keras.Sequential(small(image_shape, n_classes))
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


def own_random_numbers(kind):
    def build(image_shape, n_classes):
        import keras
        import tensorflow as tf

        draw = {"tensorflow": tf.random.normal, "keras": keras.random.normal}[kind]

        class Noise(keras.layers.Layer):
            def call(self, values, training=False):
                if not training:
                    return values
                return values + tf.cast(draw(tf.shape(values)), values.dtype)

        return [Noise(), *small(image_shape, n_classes)]

    return build


def policy(image_shape, n_classes):
    import keras

    keras.config.set_dtype_policy("mixed_bfloat16")
    return small(image_shape, n_classes)


def rows_of_pixels(n_classes):
    import keras

    return keras.Sequential([keras.Input((64,)), keras.layers.Dense(n_classes)])


@cache
def same(image_shape, n_classes):
    import keras

    return keras.Sequential(small(image_shape, n_classes))


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (last(lambda keras: keras.ops.relu), ValueError, "ends in relu"),
        (last(lambda keras: keras.ops.sigmoid), ValueError, "ends in sigmoid"),
        (
            last(lambda keras: keras.layers.Softmax(axis=0)),
            ValueError,
            "other images of the batch",
        ),
        (
            last(lambda keras: lambda x: x - keras.ops.mean(x, axis=0)),
            ValueError,
            "treat each image by itself",
        ),
        (compiled, ValueError, "is compiled.*Leave compile out"),
        (own_random_numbers("tensorflow"), ValueError, "TensorFlow's RandomStandard"),
        (own_random_numbers("keras"), ValueError, "SeedGenerator of the layer"),
        (policy, ValueError, "computes in bfloat16.*parameter precision"),
        (bad_outputs, ValueError, "'last', ends in sigmoid"),
        (recurrent, ValueError, "the layer 'memory', a LSTM, needs"),
        (lambda s, n: small(s, n + 1), ValueError, r"\(n, 10\).*\(None, 11\)"),
        (lambda s, n: "layers", TypeError, "list of layers"),
        (lambda s, n: rows_of_pixels(n), ValueError, r"takes the shape \(None, 64\);"),
        (lambda meta, units=8: None, TypeError, "instead of scikeras' meta"),
        (lambda s: None, TypeError, "parameters \\(s\\): too many positional"),
        (lambda s, n: [], ValueError, r"shape \(None, 8, 8, 1\)"),
        (lambda s, n: small(s, n, dtype="float64"), ValueError, "is float64"),
        (None, ValueError, r"set_params\(build"),
    ],
)
def test_refused_before_the_training(pixels, build, error, message, monkeypatch):
    from skdigits.neural_network import _training

    monkeypatch.setattr(_training, "borrow_trainer", None)
    with pytest.raises(error, match=message):
        short(build).fit(*pixels)


def test_other_networks_from_the_same_arguments_are_refused(pixels):
    import keras

    numbers = iter(range(2, 9))

    def build(image_shape, n_classes):
        number = next(numbers)
        scale = keras.layers.Lambda(lambda values: values * number)
        return [scale, *small(image_shape, n_classes)]

    with pytest.raises(ValueError, match="two different networks"):
        short(build).fit(*pixels)
    with pytest.raises(ValueError, match="the same network twice"):
        short(same).fit(*pixels).fit(*pixels)
    with pytest.raises(TypeError, match="not the network itself"):
        short(same((8, 8), 10)).fit(*pixels)


def test_too_many_weights_are_refused_before_they_are_copied(pixels, monkeypatch):
    from skdigits.neural_network import _keras_built, _validation

    monkeypatch.setattr(_validation, "MAX_WEIGHTS", 100)
    monkeypatch.setattr(_keras_built, "_traced", None)
    with pytest.raises(ValueError, match="610 weights; at most 100"):
        short(small).fit(*pixels)


def test_parameters_of_build_are_parameters(pixels):
    network = short(small, build_params={"units": 3})
    assert network.get_params()["build_params__units"] == 3
    assert "build_params__units" not in network.get_params(deep=False)
    other = clone(network).set_params(build_params__units=5, max_epochs=2)
    assert network.build_params == {"units": 3}
    assert (other.build_params, other.max_epochs) == ({"units": 5}, 2)
    assert short(small).set_params(build_params__units=4).build_params == {"units": 4}
    assert KerasClassifier(small, build_params={1: 2}).get_params()["build_params__1"]


def test_training_goes_on(pixels):
    params = {"schedule": "constant", "optimizer": "sgd"}
    at_once = short(residual, max_epochs=3, **params).fit(*pixels)
    begun = short(residual, max_epochs=1, warm_start=True, **params).fit(*pixels)
    begun = pickle.loads(pickle.dumps(begun))
    begun.set_params(max_epochs=2).fit(*pixels)
    assert_equal_weights(at_once, begun)
    assert len(begun.loss_curve_) == 3
    with pytest.raises(ValueError, match="returns another one"):
        begun.set_params(build_params__filters=5).fit(*pixels)
    parts = short(residual, **params)
    for _ in range(3):
        parts.partial_fit(*pixels, classes=range(10))
    assert_equal_weights(at_once, parts)


def test_saved_without_the_function(pixels, tmp_path):
    X, y = pixels
    fitted = short(small, warm_start=True, schedule="constant").fit(X, y)
    search = GridSearchCV(fitted, {"build": [small, residual]}, cv=2).fit(X, y)
    for model in (fitted, make_pipeline(PixelScaler(), search).fit(X, y)):
        path = save_model(model, tmp_path / f"{type(model).__name__}.skops")
        content = path.read_bytes()
        assert b"residual" not in content
        assert b"small" not in content
        loaded = load_model(path)
        assert_array_equal(loaded.predict_proba(X), model.predict_proba(X))
    assert fitted.build is small
    loaded = load_model(tmp_path / "KerasClassifier.skops")
    with pytest.raises(ValueError, match="build is None"):
        loaded.fit(X, y)
    loaded.set_params(build=small).fit(X, y)
    assert_equal_weights(loaded, fitted.fit(X, y))


def test_exported_with_its_pipeline(pixels, tmp_path):
    X, y = pixels
    model = make_pipeline(PixelScaler(), short(residual)).fit(X, y)
    path = export_onnx(model, tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(path)
    for n_images in (1, 16, 200):
        labels, probabilities = session.run(None, {"images": X[:n_images]})
        assert_array_equal(labels, model.predict(X[:n_images]))
        assert_allclose(probabilities, model.predict_proba(X[:n_images]), atol=1e-5)


def test_state_is_plain_data(pixels):
    state = short(small).fit(*pixels).__getstate__()
    assert "_predictor" not in state
    assert state["_fitted_architecture"].keys() == {
        "fingerprint",
        "gives_softmax",
        "graph",
        "roles",
    }
    assert state["_fitted_architecture"]["graph"].nbytes < 10_000


def test_missing_exporter_is_named_with_its_extra(pixels, monkeypatch):
    import sys

    from skdigits.neural_network import _keras_built

    monkeypatch.setattr(_keras_built, "_graphs", type(_keras_built._graphs)())
    monkeypatch.setitem(sys.modules, "tf2onnx", None)
    with pytest.raises(ImportError, match=r"tf2onnx.*'tensorflow'"):
        short(small).fit(*pixels)


def test_multilayer_perceptrons_are_equal_too(pixels):
    built = short(small, learning_rate=0.02).fit(*pixels)
    named = KerasMLPClassifier((8,), max_epochs=1, random_state=0).fit(*pixels)
    assert_equal_weights(built, named)

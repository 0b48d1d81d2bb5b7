"""Fitted networks as live Keras models."""

import json
import sys
from zipfile import ZipFile

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from skdigits.neural_network import KerasCNNClassifier, KerasMLPClassifier

# What Keras itself warns of, when it turns tensors of TensorFlow into arrays.
pytestmark = [
    pytest.mark.tensorflow,
    pytest.mark.filterwarnings(
        "ignore:__array__ implementation doesn.t accept a copy keyword"
        ":DeprecationWarning"
    ),
]

SHORT = {"max_epochs": 1, "random_state": 0}
CLASSIFIERS = {
    "cnn": KerasCNNClassifier(
        ((4, 4), (6,)), (8,), stem_stride=2, dropout=0.2, batch_norm=True, **SHORT
    ),
    "wide images": KerasCNNClassifier(
        ((4,),), (), kernel_size=2, dropout=0.2, image_shape=(4, 16), **SHORT
    ),
    "valid stem, global pooling": KerasCNNClassifier(
        ((4,), (6,)),
        (),
        kernel_size=(5, 2),
        stem_padding="valid",
        global_pooling=True,
        batch_norm=True,
        **SHORT,
    ),
    "softmax regression": KerasMLPClassifier((), **SHORT),
    "sigmoid outputs": KerasMLPClassifier(
        (8,), activation="tanh", dropout=0.2, output_activation="sigmoid", **SHORT
    ),
}


@pytest.fixture(scope="module", params=CLASSIFIERS)
def fitted(request, digits):
    return CLASSIFIERS[request.param].fit(*digits)


@pytest.fixture(scope="module")
def cnn(digits):
    return CLASSIFIERS["cnn"].fit(*digits)


@pytest.mark.parametrize("channel", [(), (1,)], ids=["3d", "4d"])
def test_model_predicts_the_same_probabilities(fitted, digits, channel):
    X, _ = digits
    images = X.reshape(-1, *fitted.image_shape_, *channel)
    probabilities = fitted.to_keras().predict(images, verbose=0)
    assert probabilities.dtype == np.float32
    np.testing.assert_allclose(
        probabilities, fitted.predict_proba(images), atol=1e-5, rtol=0
    )


def test_pixels_may_be_unsigned_bytes(digits):
    X, y = (digits[0] * 16).astype(np.uint8), digits[1]
    mlp = KerasMLPClassifier(learning_rate=1e-3, **SHORT).fit(X, y)
    np.testing.assert_allclose(
        mlp.to_keras().predict(X.reshape(-1, 8, 8), verbose=0),
        mlp.predict_proba(X),
        atol=1e-5,
        rtol=0,
    )


def test_model_is_saved_and_read_back_by_keras_alone(fitted, digits, tmp_path):
    import keras

    X, _ = digits
    path = tmp_path / "model.keras"
    fitted.to_keras().save(path)
    model = keras.models.load_model(path, safe_mode=True)
    probabilities = model.predict(X.reshape(-1, *fitted.image_shape_), verbose=0)
    np.testing.assert_allclose(
        probabilities, fitted.predict_proba(X), atol=1e-5, rtol=0
    )


def test_file_names_classes_of_keras_only(fitted, tmp_path):
    path = tmp_path / "model.keras"
    fitted.to_keras().save(path)
    with ZipFile(path) as archive:
        config = json.loads(archive.read("config.json"))
    layers = [config, *config["config"]["layers"]]
    assert {layer["module"].split(".")[0] for layer in layers} == {"keras"}
    assert all(layer["registered_name"] is None for layer in layers)


def test_training_the_model_leaves_the_classifier_alone(cnn, digits):
    X, y = digits
    before = cnn.predict_proba(X)
    model = cnn.to_keras()
    model.compile("sgd", "sparse_categorical_crossentropy")
    model.fit(X.reshape(-1, 8, 8, 1), y, batch_size=200, verbose=0)
    assert np.abs(model.predict(X.reshape(-1, 8, 8), verbose=0) - before).max() > 1e-3
    np.testing.assert_array_equal(cnn.predict_proba(X), before)
    again = cnn.to_keras().predict(X.reshape(-1, 8, 8), verbose=0)
    np.testing.assert_allclose(again, before, atol=1e-5, rtol=0)


def test_trained_in_keras_the_weights_fit_back(cnn):
    for given, kept in zip(cnn.to_keras().get_weights(), cnn.weights_, strict=True):
        np.testing.assert_array_equal(given, kept)


def test_unfitted_classifier_has_no_model():
    with pytest.raises(NotFittedError):
        KerasCNNClassifier().to_keras()


@pytest.mark.parametrize("missing", ["keras", "tensorflow"])
def test_missing_tensorflow_is_named_with_its_extra(cnn, missing, monkeypatch):
    for module in ("_keras", "_keras_process"):
        monkeypatch.delitem(sys.modules, f"skdigits.neural_network.{module}")
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(ImportError, match=r"to_keras needs .*\.\[tensorflow\]"):
        cnn.to_keras()

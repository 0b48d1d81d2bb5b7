"""Networks that divide the pixels by their white level themselves."""

import numpy as np
import onnxruntime
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.pipeline import make_pipeline

from skdigits._commands._model_option import _white_level
from skdigits.neural_network import (
    KerasClassifier,
    KerasCNNClassifier,
    KerasMLPClassifier,
)
from skdigits.persistence import export_onnx, load_model, save_model
from skdigits.preprocessing import PixelScaler

pytestmark = pytest.mark.tensorflow
SHORT = {"max_epochs": 2, "random_state": 0, "precision": "float32"}


def build(image_shape, n_classes):
    from keras import layers

    return [layers.Flatten(), layers.Dense(16, "relu"), layers.Dense(n_classes)]


NETWORKS = {
    "cnn": KerasCNNClassifier(((4,),), (8,), **SHORT),
    "mlp": KerasMLPClassifier((8,), **SHORT),
    "built": KerasClassifier(build, **SHORT),
}


@pytest.fixture(scope="module")
def pixels():
    """Return 600 of the bundled digits, bytes from 0 to 16."""
    X, y = load_digits(return_X_y=True)
    return X[:600].astype(np.uint8), y[:600]


@pytest.fixture(scope="module", params=NETWORKS)
def network(request, pixels):
    network = clone(NETWORKS[request.param]).set_params(white_level="auto")
    return network.fit(*pixels)


def test_equals_a_pipeline_that_scales(network, pixels):
    X, y = pixels
    plain = clone(network).set_params(white_level=None)
    pipeline = make_pipeline(PixelScaler(), plain).fit(X, y)
    assert network.white_level_ == 16.0
    assert pipeline[-1].white_level_ == 1.0
    assert_allclose(network.loss_curve_, pipeline[-1].loss_curve_, rtol=1e-5)
    expected = pipeline.predict_proba(X)
    assert_allclose(network.predict_proba(X), expected, atol=1e-5)
    assert_allclose(network.predict_proba(X.astype(float)), expected, atol=1e-5)


def test_files_and_conversions_give_the_same(network, pixels, tmp_path):
    X, _ = pixels
    expected = network.predict_proba(X)
    save_model(network, tmp_path / "network.skops")
    loaded = load_model(tmp_path / "network.skops")
    assert loaded.white_level_ == 16.0
    assert_array_equal(loaded.predict_proba(X), expected)
    with pytest.warns(UserWarning, match=f"{type(network).__name__} was fitted on pix"):
        loaded.predict(X / 255)
    model = network.to_keras()
    given = model.predict(X.reshape(-1, 8, 8), verbose=0)
    assert_allclose(given, expected, atol=1e-5)
    export_onnx(network, tmp_path / "network.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "network.onnx")
    [images] = session.get_inputs()
    dtype = np.uint8 if "uint8" in images.type else np.float32
    outputs = session.run(None, {images.name: X.astype(dtype)})
    assert_allclose(outputs[1], expected, atol=1e-5)


def test_commands_know_the_brightness(network):
    assert _white_level({}, make_pipeline(network)) == 16.0


def test_commands_know_the_level_1_too(pixels):
    X, y = pixels
    network = KerasMLPClassifier(white_level="auto", **SHORT).fit(X / 16, y)
    assert _white_level({}, network) == 1.0
    network = KerasMLPClassifier(**SHORT).fit(X / 16, y)
    assert _white_level({}, network) == 255


def test_other_pixels_are_warned_of(network, pixels):
    X, _ = pixels
    with pytest.warns(UserWarning, match="X has images with a bright one"):
        network.predict(16 - X)


def test_network_without_a_white_level_does_not_warn(pixels, recwarn):
    X, y = pixels
    KerasMLPClassifier(**SHORT).fit(X / 16, y).predict(X)
    assert not recwarn


def test_a_number_is_taken_as_it_is(pixels):
    X, y = pixels
    halved = KerasMLPClassifier(white_level=32, **SHORT).fit(X, y)
    assert halved.white_level_ == 32.0
    expected = KerasMLPClassifier(**SHORT).fit(X / 32, y).predict_proba(X / 32)
    assert_allclose(halved.predict_proba(X), expected, atol=1e-5)


def test_black_images_have_the_level_1():
    network = KerasMLPClassifier(white_level="auto", **SHORT)
    network.fit(np.zeros((8, 64), np.uint8), [0, 1] * 4)
    assert network.white_level_ == 1.0


def test_validation_images_are_divided(pixels):
    X, y = pixels
    inside = KerasMLPClassifier(white_level="auto", **SHORT)
    inside.fit(X[:400], y[:400], X_val=X[400:], y_val=y[400:])
    before = KerasMLPClassifier(**SHORT)
    before.fit(X[:400] / 16, y[:400], X_val=X[400:] / 16, y_val=y[400:])
    assert_allclose(
        inside.history_["validation_loss"],
        before.history_["validation_loss"],
        rtol=1e-5,
    )


class Recorder:
    """An augmenter that changes nothing."""

    def augment(self, images, random_state):
        self.seen = images.dtype, images.max()
        return images.copy()


def test_augmenter_sees_the_pixels_as_they_are(pixels):
    augmenter = Recorder()
    KerasMLPClassifier(white_level="auto", augmenter=augmenter, **SHORT).fit(*pixels)
    assert augmenter.seen == (np.uint8, 16)


def test_bytes_stay_bytes_and_levels_share_a_trace(pixels, monkeypatch):
    from skdigits.neural_network import _training

    keys = []
    borrow = _training.borrow_trainer

    def recorded(key, *args, **kwargs):
        keys.append(key)
        return borrow(key, *args, **kwargs)

    monkeypatch.setattr(_training, "borrow_trainer", recorded)
    for level in (16, 20, None):
        KerasMLPClassifier(white_level=level, **SHORT).fit(*pixels)
    assert [key.image_dtype for key in keys] == ["uint8"] * 3
    assert len(set(keys)) == 1


def test_partial_fit_keeps_the_level_of_the_first_call(pixels):
    X, y = pixels
    network = KerasMLPClassifier(white_level="auto", **SHORT)
    network.partial_fit(X[:300] // 2, y[:300], classes=range(10))
    assert network.white_level_ == 8.0
    assert network.partial_fit(X[300:], y[300:]).white_level_ == 8.0
    network.set_params(warm_start=True).fit(X, y)
    assert network.white_level_ == 8.0
    with pytest.raises(ValueError, match="white_level cannot change while training"):
        network.set_params(white_level=16).fit(X, y)
    assert network.set_params(warm_start=False).fit(X, y).white_level_ == 16.0
    network.set_params(white_level=None).fit(X / 16, y)
    assert not hasattr(network, "_training_pixels")


def test_training_goes_on_with_a_level_only_if_it_had_one(pixels):
    X, y = pixels
    network = KerasMLPClassifier(warm_start=True, **SHORT).fit(X / 16, y)
    with pytest.raises(ValueError, match="the white level 1; got white_level='auto'"):
        network.set_params(white_level="auto").fit(X, y)


def test_training_warns_of_images_of_another_scale(pixels):
    X, y = pixels
    network = KerasMLPClassifier(white_level="auto", **SHORT)
    with pytest.warns(UserWarning, match="no pixel above 1"):
        network.fit(X, y, X_val=X / 16, y_val=y)
    with pytest.warns(UserWarning, match="no pixel above 1"):
        network.partial_fit(X / 16, y)


@pytest.mark.parametrize("level", [0, -1, "white", float("nan"), 1e-60, 1e60])
def test_impossible_levels_are_refused(level, pixels):
    with pytest.raises(ValueError, match="white"):
        KerasMLPClassifier(white_level=level, **SHORT).fit(*pixels)


@pytest.mark.parametrize(
    "broken",
    [
        {"white_level_": 0.0},
        {"white_level_": float("nan")},
        {"white_level_": "16"},
        {"_training_pixels": [16.0]},
        {"_training_pixels": {"max": float("inf"), "background": None}},
        {"_training_pixels": {"max": 16.0, "background": "green"}},
    ],
    ids=str,
)
def test_broken_states_are_refused(broken, network):
    state = {**network.__getstate__(), **broken}
    with pytest.raises(ValueError, match=r"(?i)white|training pixel|background"):
        type(network).__new__(type(network)).__setstate__(state)


def test_states_of_before_have_the_level_1(pixels):
    X, y = pixels
    network = KerasMLPClassifier(**SHORT).fit(X / 16, y)
    state = network.__getstate__()
    del state["white_level"], state["white_level_"]
    former = KerasMLPClassifier.__new__(KerasMLPClassifier)
    former.__setstate__(state)
    assert (former.white_level, former.white_level_) == (None, 1.0)
    assert_array_equal(former.predict_proba(X / 16), network.predict_proba(X / 16))

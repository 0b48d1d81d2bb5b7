import numpy as np
import onnxruntime
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.metrics import log_loss

from skdigits.datasets import fetch_mnist
from skdigits.model_selection import mnist_recipes
from skdigits.persistence import export_onnx, load_model, save_model
from skdigits.preprocessing import Deskewer


@pytest.fixture(scope="module")
def images(mnist_home):
    X, y = fetch_mnist(subset="train", return_X_y=True, data_home=mnist_home)
    return X[:3000], y[:3000], X[3000:5000], y[3000:5000]


def test_all_are_classifiers_to_be_changed():
    recipes = mnist_recipes(random_state=3)
    for name, recipe in recipes.items():
        assert repr(clone(recipe)) == repr(recipe), name
        assert recipe.__sklearn_tags__().estimator_type == "classifier"
    recipes["default"].set_params(estimator__max_epochs=7)
    assert mnist_recipes()["default"].estimator.max_epochs == 10
    augmenter = recipes["default"].estimator.augmenter
    augmenter.set_params(rotation=90)
    assert mnist_recipes()["default"].estimator.augmenter.rotation == 8


def test_seeds():
    def seeds(random_state):
        ensemble = mnist_recipes(random_state=random_state)["ensemble"]
        return [
            value
            for name, value in ensemble.get_params().items()
            if name.endswith(("estimator__random_state", "clf__random_state"))
        ]

    assert len(set(seeds(1))) == len(seeds(1)) == 6
    assert seeds(1) == seeds(1)
    assert seeds(None) == [None] * 6
    assert mnist_recipes(random_state=1)["fast"].random_state == 1
    with pytest.raises(ValueError, match="'random_state' parameter of mnist_recipes"):
        mnist_recipes(random_state="seed")


@pytest.mark.tensorflow
@pytest.mark.parametrize(("name", "accuracy"), [("fast", 0.93), ("default", 0.95)])
def test_networks_learn_from_few_images(images, name, accuracy):
    X, y, X_test, y_test = images
    network = mnist_recipes(random_state=0)[name].fit(X, y)
    assert network.score(X_test, y_test) > accuracy


@pytest.mark.tensorflow
def test_smallest_has_less_than_8000_weights(images):
    X, y, X_test, y_test = images
    smallest = mnist_recipes(random_state=0)["smallest"]
    smallest.set_params(estimator__max_epochs=3).fit(X, y)
    assert sum(weights.size for weights in smallest.estimator_.weights_) < 8_000
    assert smallest.score(X_test, y_test) > 0.9


def test_without_backpropagation(images, tmp_path):
    X, y, X_test, y_test = images
    recipe = mnist_recipes(random_state=0)["pca_filters"]
    recipe.set_params(clf__n_components=1500).fit(X, y)
    labels, probabilities = recipe.predict(X_test), recipe.predict_proba(X_test)
    assert np.mean(labels == y_test) > 0.96
    assert log_loss(y_test, probabilities) < 0.15
    save_model(recipe, tmp_path / "recipe.skops")
    loaded = load_model(tmp_path / "recipe.skops")
    assert_array_equal(loaded.predict(X_test), labels)
    assert_array_equal(loaded.predict_proba(X_test), probabilities)


@pytest.mark.tensorflow
def test_networks_vote_on_slanted_and_on_upright_digits(images, tmp_path):
    X, y, X_test, _ = images
    X_test = X_test[:50]
    accurate = mnist_recipes(random_state=0)["accurate"]
    quick = {name: 1 for name in accurate.get_params() if name.endswith("max_epochs")}
    assert len(quick) == 2
    accurate.set_params(**quick, n_jobs=1)
    accurate.fit(X[:1000], y[:1000], sample_weight=(y[:1000] != 3) * 1.0)
    slanted, upright = accurate.estimators_
    assert not np.array_equal(slanted.offsets_, upright.offsets_)
    images_of_3 = X[:1000][y[:1000] == 3]
    for member in slanted, upright:
        assert 3 not in member.predict(images_of_3)
    for member in slanted, upright:
        once = member.estimator_.predict_proba(X_test)
        assert not np.allclose(member.predict_proba(X_test), once)
    assert_array_equal(
        upright.estimator_.predict_proba(X_test),
        upright.estimator_["clf"].predict_proba(Deskewer().fit_transform(X_test)),
    )
    path = export_onnx(accurate, tmp_path / "accurate.onnx", input_dtype="uint8")
    session = onnxruntime.InferenceSession(path)
    labels, probabilities = session.run(None, {"images": X_test})
    assert_array_equal(labels, accurate.predict(X_test))
    assert_allclose(probabilities, accurate.predict_proba(X_test), atol=1e-5)


def test_ensemble_has_all_stems_for_both():
    members = dict(mnist_recipes()["ensemble"].estimators)
    assert len(members) == 6
    for size in 3, 5, 7:
        slanted = members[f"stem_{size}x{size}"].estimator
        upright = members[f"stem_{size}x{size}_deskewed"].estimator
        assert isinstance(upright["deskew"], Deskewer)
        for network in slanted, upright["clf"]:
            assert network.kernel_size == (size, 3, 3, 3)
            assert network.conv_blocks == ((32,), (64, 64), (128, 128), (256,))

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.metrics import log_loss

from skdigits.datasets import fetch_mnist
from skdigits.model_selection import mnist_recipes
from skdigits.persistence import load_model, save_model


@pytest.fixture(scope="module")
def images(mnist_home):
    X, y = fetch_mnist(subset="train", return_X_y=True, data_home=mnist_home)
    return X[:3000], y[:3000], X[3000:5000], y[3000:5000]


def test_all_are_classifiers_to_be_changed():
    recipes = mnist_recipes(random_state=3)
    for name, recipe in recipes.items():
        assert repr(clone(recipe)) == repr(recipe), name
        assert recipe.__sklearn_tags__().estimator_type == "classifier"
    recipes["default"].set_params(max_epochs=7)
    assert mnist_recipes()["default"].max_epochs == 12
    augmenter = recipes["default"].augmenter
    augmenter.set_params(rotation=90)
    assert mnist_recipes()["default"].augmenter.rotation == 8


def test_seeds():
    seeds = [
        member.random_state
        for _, member in mnist_recipes(random_state=1)["ensemble"].estimators
    ]
    assert len(set(seeds)) == len(seeds) == 3
    again = mnist_recipes(random_state=1)["ensemble"].estimators
    assert [member.random_state for _, member in again] == seeds
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
    smallest.set_params(max_epochs=3).fit(X, y)
    assert sum(weights.size for weights in smallest.weights_) < 8_000
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
def test_ensemble_votes(images):
    X, y, X_test, _ = images
    ensemble = mnist_recipes(random_state=0)["ensemble"]
    quick = {f"stem_{size}x{size}__max_epochs": 1 for size in (3, 5, 7)}
    ensemble.set_params(**quick, n_jobs=1).fit(X[:1000], y[:1000])
    members = [member.predict_proba(X_test[:100]) for member in ensemble.estimators_]
    assert not np.array_equal(members[0], members[1])
    mean = np.mean(members, axis=0)
    assert_array_equal(ensemble.predict(X_test[:100]), mean.argmax(axis=1))

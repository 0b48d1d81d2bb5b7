import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from numpydoc.docscrape import ClassDoc
from scipy.special import expit, softmax

from skdigits.datasets import fetch_mnist
from skdigits.neural_network import KerasCNNClassifier, KerasMLPClassifier

pytestmark = pytest.mark.tensorflow


@pytest.mark.parametrize("section", ["Parameters", "Attributes"])
def test_texts_that_stand_twice_are_equal(section):
    cnn, mlp = (
        {item.name: item for item in ClassDoc(kind)[section]}
        for kind in (KerasCNNClassifier, KerasMLPClassifier)
    )
    shared = cnn.keys() & mlp.keys() - {"dropout"}  # which leaves out other units
    assert len(shared) >= 10
    for name in shared:
        assert cnn[name].desc == mlp[name].desc
        kinds = (text.type.partition(", default")[0] for text in (cnn[name], mlp[name]))
        assert len(set(kinds)) == 1


def test_single_layer_is_softmax_regression(digits):
    X, y = digits
    mlp = KerasMLPClassifier(random_state=0).fit(X, y)
    kernel, bias = mlp.weights_
    assert kernel.shape == (64, 10)
    assert_allclose(mlp.predict_proba(X), softmax(X @ kernel + bias, axis=1), atol=1e-5)
    assert mlp.score(X, y) > 0.9


def test_sigmoid_outputs_are_normalized(digits):
    X, y = digits
    mlp = KerasMLPClassifier(
        output_activation="sigmoid", max_epochs=5, random_state=0
    ).fit(X, y)
    kernel, bias = mlp.weights_
    outputs = expit(X @ kernel + bias)
    expected = outputs / outputs.sum(axis=1, keepdims=True)
    assert_allclose(mlp.predict_proba(X), expected, atol=1e-5)
    assert mlp.score(X, y) > 0.9


def test_loss_of_sigmoid_outputs_is_that_of_keras(digits):
    from skdigits.neural_network._keras import keras

    X, y = digits
    params = {"batch_size": 10_000, "max_epochs": 1, "precision": "float32"}
    mlp = KerasMLPClassifier(
        output_activation="sigmoid", optimizer="sgd", learning_rate=1e-9, **params
    ).fit(X, y)
    kernel, bias = mlp.weights_  # hardly moved
    outputs = expit(X @ kernel + bias)
    losses = keras.losses.sparse_categorical_crossentropy(y, outputs)
    assert_allclose(mlp.loss_curve_[0], losses.numpy().mean(), rtol=1e-5)


def test_hidden_layers_learn_more(digits):
    X, y = digits
    params = {"learning_rate": 0.01, "random_state": 0}
    shallow = KerasMLPClassifier(**params).fit(X, y)
    deep = KerasMLPClassifier((64, 32), dropout=0.1, **params).fit(X, y)
    assert [array.shape for array in deep.weights_[::2]] == [
        (64, 64),
        (64, 32),
        (32, 10),
    ]
    assert deep.loss_curve_[-1] < shallow.loss_curve_[-1]


def test_any_shape_of_image_is_flattened(digits):
    X, y = digits
    expected = KerasMLPClassifier(random_state=0, max_epochs=1).fit(X, y)
    mlp = KerasMLPClassifier(random_state=0, max_epochs=1).fit(X.reshape(-1, 4, 16), y)
    assert_array_equal(mlp.weights_[0], expected.weights_[0])


def test_bad_sizes():
    X, y = np.ones((4, 4)), [0, 1, 0, 1]
    with pytest.raises(ValueError, match="hidden_layer_sizes must be integers of at"):
        KerasMLPClassifier((16, 0)).fit(X, y)


@pytest.mark.slow
def test_mnist(mnist_home):
    X, y = fetch_mnist(data_home=mnist_home, subset="train", return_X_y=True)
    X_test, y_test = fetch_mnist(data_home=mnist_home, subset="test", return_X_y=True)
    X, X_test = (array / np.float32(255) for array in (X, X_test))
    for sizes, accuracy in (((), 0.92), ((128,), 0.97)):
        mlp = KerasMLPClassifier(sizes, max_epochs=3, random_state=0).fit(X, y)
        assert mlp.score(X_test, y_test) >= accuracy

"""Errors of those who come from Keras, and what they are told to do."""

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline

from skdigits.augmentation import AugmentedPredictionClassifier
from skdigits.neural_network import (
    KerasCNNClassifier,
    KerasMLPClassifier,
    NumpyMLPClassifier,
)
from skdigits.preprocessing import PixelScaler

X, y = load_digits(return_X_y=True)
ONE_HOT = np.eye(10)[y]


@pytest.mark.parametrize(
    "classifier",
    [
        KerasCNNClassifier(),
        KerasMLPClassifier(),
        NumpyMLPClassifier(),
        AugmentedPredictionClassifier(GaussianNB()),
        make_pipeline(PixelScaler(), NumpyMLPClassifier()),
    ],
    ids=lambda classifier: type(classifier).__name__,
)
@pytest.mark.parametrize("labels", [ONE_HOT, ONE_HOT.tolist()], ids=["array", "list"])
def test_one_hot_labels(classifier, labels):
    with pytest.raises(ValueError, match=r"shape \(1797, 10\).*y\.argmax\(axis=1\)"):
        classifier.fit(X, labels)


def test_one_hot_labels_in_parts():
    with pytest.raises(ValueError, match=r"pass y\.argmax\(axis=1\)"):
        KerasCNNClassifier().partial_fit(X, ONE_HOT, classes=np.arange(10))


@pytest.mark.parametrize("blocks", [(32, 64), [32, np.int64(64)]])
def test_blocks_of_convolutions_that_are_not_nested(blocks):
    with pytest.raises(ValueError, match=r"conv_blocks=\(\(32,\), \(64,\)\)\."):
        KerasCNNClassifier(conv_blocks=blocks).fit(X, y)


@pytest.mark.parametrize("method", ["fit", "partial_fit"])
@pytest.mark.parametrize("classifier", [KerasCNNClassifier(), KerasMLPClassifier()])
@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("callbacks", "early_stopping=True.*set_callbacks"),
        ("validation_data", "early_stopping=True.*validation_fraction"),
        ("validation_split", "early_stopping=True.*validation_fraction"),
        ("epochs", "max_epochs"),
        ("batch_size", "Set batch_size"),
        ("class_weight", "Set class_weight"),
        ("verbose", "Set verbose"),
    ],
)
def test_arguments_of_keras(classifier, method, name, advice):
    expected = rf"{type(classifier).__name__}\.{method}\(\) has no .*'{name}'.*{advice}"
    with pytest.raises(TypeError, match=expected):
        getattr(classifier, method)(X, y, **{name: 1})


def test_arguments_of_keras_in_a_pipeline():
    pipeline = make_pipeline(PixelScaler(), KerasCNNClassifier())
    with pytest.raises(TypeError, match="Set early_stopping=True"):
        pipeline.fit(X, y, kerascnnclassifier__callbacks=[])


def test_other_arguments_are_unexpected_as_ever():
    with pytest.raises(TypeError, match="unexpected keyword argument 'epoch'"):
        KerasCNNClassifier().fit(X, y, epoch=1)

"""AugmentedPredictionClassifier: what it averages, and what it refuses."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.ndimage import affine_transform
from sklearn import config_context
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.exceptions import UnsetMetadataPassedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

from skdigits.augmentation import AugmentedPredictionClassifier, RandomAugmenter
from skdigits.augmentation import _augmented_prediction as module
from skdigits.datasets import fetch_mnist
from skdigits.persistence import load_pretrained
from skdigits.preprocessing import PixelScaler

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
AUGMENTER = RandomAugmenter(10, shift=0.1, zoom=0.1, n_copies=3)
LOGISTIC = make_pipeline(PixelScaler(), LogisticRegression())


@pytest.fixture(scope="module")
def fitted():
    classifier = AugmentedPredictionClassifier(LOGISTIC, AUGMENTER, random_state=0)
    return classifier.fit(X_train, y_train)


def copies_of(classifier, X):
    """Make the copies as SciPy does."""
    for matrix, offset in zip(classifier.matrices_, classifier.offsets_, strict=True):
        yield np.stack(
            [
                affine_transform(
                    image, matrix, offset, order=1, mode="grid-constant"
                ).ravel()
                for image in X.reshape(-1, 8, 8)
            ]
        )


def test_probabilities_are_averaged(fitted):
    inner = fitted.estimator_
    answers = [inner.predict_proba(X_test)]
    answers += [inner.predict_proba(copies) for copies in copies_of(fitted, X_test)]
    assert len(answers) == 4
    assert_allclose(fitted.predict_proba(X_test), np.mean(answers, axis=0), atol=1e-9)
    assert_array_equal(
        fitted.predict(X_test), fitted.predict_proba(X_test).argmax(axis=1)
    )
    assert_allclose(np.exp(fitted.predict_log_proba(X_test)).sum(axis=1), 1)


def test_without_copies_it_predicts_as_the_estimator():
    none = RandomAugmenter(n_copies=0)
    classifier = AugmentedPredictionClassifier(LOGISTIC, none).fit(X_train, y_train)
    expected = classifier.estimator_.predict_proba(X_test)
    assert_array_equal(classifier.predict_proba(X_test), expected)


@pytest.mark.parametrize("n_classes", [2, 10])
def test_decision_values_are_averaged(n_classes):
    classifier = AugmentedPredictionClassifier(SVC(), AUGMENTER, random_state=0)
    classifier.fit(X_train, y_train % n_classes)
    inner = classifier.estimator_
    answers = [inner.decision_function(X_test)]
    answers += [inner.decision_function(c) for c in copies_of(classifier, X_test)]
    decisions = classifier.decision_function(X_test)
    assert_allclose(decisions, np.mean(answers, axis=0), atol=1e-9)
    assert not hasattr(classifier, "predict_proba")
    labels = decisions > 0 if n_classes == 2 else decisions.argmax(axis=1)
    assert_array_equal(classifier.predict(X_test), labels)


def test_it_misreads_less(mnist_home):
    """Of images that stand otherwise than the network is used to."""
    X, y = fetch_mnist(data_home=mnist_home, subset="train", return_X_y=True)
    X, y = X[-2000:], y[-2000:]
    moved = RandomAugmenter(15, shift=0.15, zoom=0.15).augment(X, random_state=0)
    network = load_pretrained()
    classifier = AugmentedPredictionClassifier(FrozenEstimator(network), random_state=0)
    classifier.fit(X, y)
    assert classifier.score(moved, y) > network.score(moved, y)


def test_predictions_do_not_depend_on_what_else_is_predicted(fitted, monkeypatch):
    expected = fitted.predict_proba(X_test)
    assert_allclose(fitted.predict_proba(X_test[7:9]), expected[7:9], rtol=1e-12)
    monkeypatch.setattr(module, "_BLOCK", 7)
    assert_allclose(fitted.predict_proba(X_test), expected, rtol=1e-12)


def test_the_seed_is_of_the_classifier_or_else_of_the_augmenter():
    seeded = clone(AUGMENTER).set_params(random_state=1)
    one, same, other = (
        AugmentedPredictionClassifier(GaussianNB(), *parts)
        for parts in ([seeded], [seeded], [AUGMENTER])
    )
    other.random_state = 2
    changes = [c.fit(X_train, y_train).offsets_ for c in (one, same, other)]
    assert_array_equal(changes[0], changes[1])
    assert not np.array_equal(changes[0], changes[2])


def test_weights_reach_the_last_step():
    weights = np.where(y_train == 3, 0.0, 1.0)
    classifier = AugmentedPredictionClassifier(LOGISTIC, AUGMENTER, random_state=0)
    classifier.fit(X_train, y_train, sample_weight=weights)
    assert 3 not in classifier.predict(X_test)


def test_metadata_reach_a_step_that_requests_them():
    weights = np.where(y_train == 3, 0.0, 1.0)
    scaler, logistic = PixelScaler(), LogisticRegression()
    pipeline = make_pipeline(scaler, logistic)
    classifier = AugmentedPredictionClassifier(pipeline, AUGMENTER, random_state=0)
    with pytest.raises(ValueError, match=r"if enable_metadata_routing=True.*X_val"):
        classifier.fit(X_train, y_train, X_val=X_test)
    with config_context(enable_metadata_routing=True):
        with pytest.raises(UnsetMetadataPassedError, match="sample_weight"):
            classifier.fit(X_train, y_train, sample_weight=weights)
        logistic.set_fit_request(sample_weight=True)
        classifier.fit(X_train, y_train, sample_weight=weights)
    assert 3 not in classifier.predict(X_test)


def test_it_can_be_searched():
    search = GridSearchCV(
        AugmentedPredictionClassifier(LOGISTIC, RandomAugmenter(), random_state=0),
        {"augmenter__n_copies": [1, 2], "estimator__logisticregression__C": [0.1, 1]},
        cv=2,
    ).fit(X_train[:300], y_train[:300])
    assert search.score(X_test, y_test) > 0.8


def test_names_of_pixels_are_kept():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(X_test, columns=[f"pixel{i}" for i in range(64)])
    classifier = AugmentedPredictionClassifier(LOGISTIC, AUGMENTER, random_state=0)
    classifier.fit(frame, y_test)
    assert_array_equal(classifier.feature_names_in_, frame.columns)
    assert_array_equal(
        classifier.predict(frame),
        clone(classifier).fit(X_test, y_test).predict(X_test),
    )


def test_refusals(fitted):
    with pytest.raises(ValueError, match=r"elastic=0; got 0\.1"):
        AugmentedPredictionClassifier(LOGISTIC, RandomAugmenter(elastic=0.1)).fit(X, y)
    with pytest.raises(ValueError, match="shape"):
        fitted.predict(X_test.reshape(-1, 4, 16))
    with pytest.raises(ValueError, match="1d array"):
        AugmentedPredictionClassifier(LOGISTIC).fit(X, np.eye(10)[y])


@pytest.mark.parametrize("n_classes", [3, 4])
def test_decision_values_of_pairs_are_refused(n_classes):
    """Three classes have as many pairs."""
    pairs = make_pipeline(PixelScaler(), SVC(decision_function_shape="ovo"))
    classifier = AugmentedPredictionClassifier(pairs, AUGMENTER)
    classifier.fit(X_train, y_train % n_classes)
    with pytest.raises(TypeError, match=r'decision values of pairs.*"ovr"'):
        classifier.predict(X_test)

import pickle

import numpy as np
import pandas as pd
import pytest
from joblib import parallel_config
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, Perceptron, RidgeClassifier
from sklearn.model_selection import (
    GridSearchCV,
    StratifiedShuffleSplit,
    cross_val_predict,
    cross_val_score,
)
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC, LinearSVC
from sklearn.utils import get_tags

from skdigits._evaluation.coverage_risk import coverage_risk_curve
from skdigits.datasets import load_digits
from skdigits.model_selection import RejectClassifier
from skdigits.model_selection._thresholds import _last_guaranteed
from skdigits.preprocessing import DigitNormalizer, PixelScaler


@pytest.fixture(scope="module")
def digits():
    X, y = load_digits(return_X_y=True)
    return X[:1200], y[:1200], X[1200:], y[1200:]


@pytest.fixture(scope="module")
def neighbours(digits):
    """A quick classifier with probabilities, fitted on other images than it reads."""
    X, y, _, _ = digits
    return KNeighborsClassifier(15, weights="distance").fit(X[:600], y[:600])


class Oracle(ClassifierMixin, BaseEstimator):
    """Reads the label and the probability of label 1 from the pixels."""

    def fit(self, X, y, sample_weight=None):
        self.classes_ = np.array([0, 1])
        return self

    def predict_proba(self, X):
        return np.stack([1 - np.asarray(X)[:, 0], np.asarray(X)[:, 0]], axis=1)

    def predict(self, X):
        return np.argmax(self.predict_proba(X), axis=1)


@pytest.mark.parametrize("coverage", [0.001, 0.5, 0.9, 0.99, 1])
@pytest.mark.parametrize("method", ["predict_proba", "decision_function"])
def test_coverage_is_that_of_images_held_out(digits, coverage, method):
    X, y, _, _ = digits
    classifier = GaussianNB() if method == "predict_proba" else LinearSVC(C=1e-3)
    model = RejectClassifier(classifier, coverage=coverage, cv=3).fit(X, y)
    scores = cross_val_predict(clone(classifier), X, y, cv=3, method=method)
    labels = scores.argmax(axis=1)
    ranked = np.sort(scores, axis=1)
    confidence = ranked[:, -1] - (0 if method == "predict_proba" else ranked[:, -2])
    accepted = confidence >= model.threshold_
    assert accepted.mean() == model.coverage_ >= coverage
    # One image less would be too few.
    assert (confidence > model.threshold_).mean() < coverage
    assert model.risk_ == pytest.approx((labels != y)[accepted].mean())


def test_new_images(digits, neighbours):
    X, y, X_test, y_test = digits
    model = RejectClassifier(FrozenEstimator(neighbours), coverage=0.8)
    model.fit(X[600:], y[600:])
    accepted = model.accepts(X_test)
    assert accepted.dtype == bool
    assert accepted.mean() == pytest.approx(0.8, abs=0.06)
    error = np.mean(model.predict(X_test) != y_test)
    of_accepted = np.mean((model.predict(X_test) != y_test)[accepted])
    assert of_accepted < error / 2
    assert_array_equal(accepted, model.confidence(X_test) >= model.threshold_)
    assert_allclose(model.confidence(X_test), model.predict_proba(X_test).max(axis=1))


def test_frozen_classifier_stays_as_it_is(digits, neighbours):
    X, y, X_test, _ = digits
    model = RejectClassifier(FrozenEstimator(neighbours), coverage=0.9, cv=2)
    model.fit(X[600:], y[600:])
    assert model.estimator_.estimator is neighbours
    assert_array_equal(model.predict(X_test), neighbours.predict(X_test))
    confidence = neighbours.predict_proba(X[600:]).max(axis=1)
    assert (confidence >= model.threshold_).mean() == model.coverage_
    assert model.accepts(X[600:]).mean() == model.coverage_
    # Folds are of no account where nothing is trained.
    other = RejectClassifier(FrozenEstimator(neighbours), coverage=0.9, cv=5)
    assert other.fit(X[600:], y[600:]).threshold_ == model.threshold_


def test_a_single_split_holds_out_once(digits):
    X, y, _, _ = digits
    split = StratifiedShuffleSplit(1, test_size=0.2, random_state=0)
    model = RejectClassifier(GaussianNB(), coverage=0.8, cv=split).fit(X, y)
    ((train, test),) = split.split(X, y)
    trained = GaussianNB().fit(X[train], y[train])
    confidence = trained.predict_proba(X[test]).max(axis=1)
    assert (confidence >= model.threshold_).mean() == model.coverage_
    assert_allclose(model.estimator_.theta_, GaussianNB().fit(X, y).theta_)


def by_hand():
    """Ten images of label 1, the surest first; the 4th and the last are misread."""
    sure = np.array([0.99, 0.98, 0.97, 0.96, 0.9, 0.85, 0.8, 0.75, 0.7, 0.6])
    return sure[:, np.newaxis], np.array([1, 1, 1, 0, 1, 1, 1, 1, 1, 0])


@pytest.mark.parametrize(
    ("risk", "coverage", "risk_"), [(0.3, 1, 0.2), (0.15, 0.9, 1 / 9), (0, 0.3, 0)]
)
def test_risk_of_images_held_out(risk, coverage, risk_):
    # Not stopped by the mistake at 0.96, where the risk is 1/4 for a while.
    model = RejectClassifier(FrozenEstimator(Oracle().fit(*by_hand())), cv=2)
    model.set_params(risk=risk, delta=None).fit(*by_hand())
    assert model.coverage_ == pytest.approx(coverage)
    assert model.risk_ == pytest.approx(risk_)


def simulate(rng, n_images):
    """Images whose confidence is the probability that they are read rightly."""
    confidence = 1 - 0.5 * rng.random(n_images) ** 4
    return rng.random(n_images) > confidence, confidence


def true_risk(threshold):
    return 0.5 * (2 * (1 - threshold)) / 5


def test_guaranteed_risk_is_exceeded_as_rarely_as_promised():
    rng = np.random.default_rng(0)
    n_exceeded, n_by_luck, coverages = 0, 0, []
    for _ in range(50):
        curve = coverage_risk_curve(*simulate(rng, 2_000))
        last = _last_guaranteed(curve, 2_000, risk=0.05, delta=0.1)
        n_exceeded += true_risk(curve.thresholds[last]) > 0.05
        coverages.append(curve.coverage[last])
        lucky = np.flatnonzero(curve.risk <= 0.05)[-1]
        n_by_luck += true_risk(curve.thresholds[lucky]) > 0.05
    assert n_exceeded <= 5
    assert n_by_luck > 15
    assert np.mean(coverages) > 0.7  # 0.84 would be possible


def test_guarantee_needs_images():
    rng = np.random.default_rng(0)
    X = rng.uniform(0.9, 1, (400, 1))
    y = np.ones(400, dtype=int)
    oracle = FrozenEstimator(Oracle().fit(X, y))
    model = RejectClassifier(oracle, risk=0.03, cv=2).fit(X, y)
    assert model.coverage_ == 1
    for risk in (0.005, 0):
        with pytest.raises(ValueError, match="on 400 held-out images"):
            model.set_params(risk=risk).fit(X, y)
    with pytest.raises(ValueError, match=r"a risk of 0.5 with delta=None"):
        model.set_params(risk=0.5, delta=None).fit(X, 1 - y)


def test_weights_equal_repeated_images():
    X, y = by_hand()
    weights = np.array([2, 1, 0, 1, 3, 1, 1, 1, 0, 2])
    oracle = FrozenEstimator(Oracle().fit(X, y))
    split = [(np.arange(10), np.arange(10))]
    X_more, y_more = np.repeat(X, weights, axis=0), np.repeat(y, weights)
    split_more = [(np.arange(12), np.arange(12))]
    for goal in ({"coverage": 0.6}, {"risk": 0.2, "delta": None}):
        weighted = RejectClassifier(oracle, **goal, cv=split).fit(X, y, weights)
        repeated = RejectClassifier(oracle, **goal, cv=split_more).fit(X_more, y_more)
        for name in ("threshold_", "coverage_", "risk_"):
            assert getattr(weighted, name) == pytest.approx(getattr(repeated, name))
    with pytest.raises(ValueError, match="delta does not support sample_weight"):
        RejectClassifier(oracle, risk=0.2).fit(X, y, weights)


def test_weights_go_to_the_last_step_of_a_pipeline(digits):
    X, y, X_test, _ = digits
    weights = np.linspace(0.1, 2, len(X))
    piped = make_pipeline(PixelScaler(white_level=1), GaussianNB())
    models = [
        RejectClassifier(classifier, coverage=0.9, cv=2).fit(X, y, weights)
        for classifier in (GaussianNB(), piped)
    ]
    assert_allclose(*(model.predict_proba(X_test) for model in models), atol=1e-4)
    assert models[0].threshold_ == pytest.approx(models[1].threshold_)
    with pytest.raises(TypeError, match="sample_weight"):
        RejectClassifier(KNeighborsClassifier(), coverage=0.9).fit(X, y, weights)


@pytest.mark.parametrize(
    ("of_class", "reject_label", "dtype"),
    [
        (int, -1, np.int64),
        (np.uint8, -1, np.int64),
        (float, np.nan, np.float64),
        (str, "?", np.str_),
        (str, -1, object),
        (int, "unsure", object),
        (str, None, object),
    ],
)
def test_labels_of_rejected_images(digits, neighbours, of_class, reject_label, dtype):
    X, y, X_test, _ = digits
    y = y.astype(of_class)
    model = RejectClassifier(GaussianNB(), coverage=0.7, cv=2).fit(X, y)
    labels = model.predict_or_reject(X_test, reject_label=reject_label)
    assert np.issubdtype(labels.dtype, dtype)
    accepted = model.accepts(X_test)
    assert 0 < accepted.mean() < 1
    assert_array_equal(labels[accepted], model.predict(X_test)[accepted])
    assert all(
        label == reject_label or label != label for label in labels[~accepted].tolist()
    )


def test_only_accepted_images_are_predicted(digits, monkeypatch):
    X, y, X_test, _ = digits
    model = RejectClassifier(GaussianNB(), coverage=0.7, cv=2).fit(X, y)
    labels, accepted = model.predict(X_test), model.accepts(X_test)
    seen = []

    def predict(classifier, X):
        seen.append(len(X))
        return labels[accepted]

    monkeypatch.setattr(RejectClassifier, "predict", predict)
    answers = model.predict_or_reject(X_test)
    assert seen == [accepted.sum()]
    assert_array_equal(answers, np.where(accepted, labels, -1))
    assert_array_equal(model.predict_or_reject(X_test[~accepted]), -1)
    assert len(seen) == 1


def test_reject_label_must_not_be_a_class(digits):
    X, y, X_test, _ = digits
    model = RejectClassifier(GaussianNB(), coverage=0.9, cv=2).fit(X, y - 1)
    with pytest.raises(ValueError, match="none of the classes"):
        model.predict_or_reject(X_test)
    assert -2 in model.predict_or_reject(X_test, reject_label=-2)


def test_two_classes_of_a_decision_function(digits):
    X, y, X_test, _ = digits
    model = RejectClassifier(Perceptron(), coverage=0.8, cv=2).fit(X, y > 4)
    assert_array_equal(
        model.accepts(X_test),
        np.abs(model.decision_function(X_test)) >= model.threshold_,
    )
    assert not hasattr(model, "predict_proba")


def test_nan_is_never_sure():
    X, y = by_hand()
    model = RejectClassifier(FrozenEstimator(Oracle().fit(X, y)), coverage=0.5, cv=2)
    model.fit(X, y)
    assert_array_equal(model.accepts([[np.nan], [1.0]]), [False, True])
    with_nan = np.where(np.arange(10) == 4, np.nan, X[:, 0])[:, np.newaxis]
    assert model.fit(with_nan, y).coverage_ == 0.5
    assert model.set_params(coverage=1).fit(with_nan, y).accepts(with_nan).all()


def test_inside_scikit_learn(digits):
    X, y, _, _ = digits
    model = RejectClassifier(GaussianNB(), coverage=0.9, cv=2)
    plain = cross_val_score(GaussianNB(), X, y, cv=3)
    assert_array_equal(cross_val_score(model, X, y, cv=3), plain)
    grid = {"estimator__var_smoothing": [1e-9, 1e-2]}
    search = GridSearchCV(make_pipeline("passthrough", model), cv=2, param_grid={})
    search.set_params(param_grid={f"rejectclassifier__{k}": grid[k] for k in grid})
    assert search.fit(X, y).best_estimator_[-1].threshold_ > 0
    fitted = model.fit(X, y)
    again = pickle.loads(pickle.dumps(fitted))
    assert_array_equal(again.accepts(X), fitted.accepts(X))
    with parallel_config(backend="threading"):
        parallel = clone(model).set_params(n_jobs=2).fit(X, y)
    assert parallel.threshold_ == fitted.threshold_


def test_images_of_any_form(digits):
    X, y, X_test, _ = digits
    rows = RejectClassifier(GaussianNB(), coverage=0.9, cv=2).fit(X, y)
    frame = pd.DataFrame(X, columns=[f"pixel{i}" for i in range(64)])
    framed = clone(rows).fit(frame, y)
    assert framed.threshold_ == rows.threshold_
    assert_array_equal(framed.feature_names_in_, frame.columns)
    normalizing = make_pipeline(DigitNormalizer(polarity="bright"), GaussianNB())
    stacked, listed = (
        RejectClassifier(normalizing, coverage=0.9, cv=2).fit(images, y[:200])
        for images in (X[:200].reshape(-1, 8, 8), list(X[:200].reshape(-1, 8, 8)))
    )
    assert stacked.threshold_ == listed.threshold_
    assert stacked.accepts(X_test[:5].reshape(-1, 8, 8)).shape == (5,)


def test_before_fit_and_after_a_failed_one(digits):
    X, y, _, _ = digits
    model = RejectClassifier(SVC(C=-1), coverage=0.9)
    with pytest.raises(ValueError, match="'C' parameter"):
        model.fit(X, y)
    for method in ("predict", "accepts", "confidence", "predict_or_reject"):
        with pytest.raises(NotFittedError, match="not fitted yet"):
            getattr(model, method)(X)
    assert not hasattr(model, "classes_")
    assert not hasattr(model, "n_features_in_")


def test_tags():
    tags = get_tags(RejectClassifier(RidgeClassifier()))
    assert not tags.classifier_tags.multi_label
    assert get_tags(RejectClassifier(LogisticRegression())).input_tags.sparse
    assert not get_tags(RejectClassifier(GaussianNB())).input_tags.sparse
    assert get_tags(RejectClassifier(GaussianNB())).estimator_type == "classifier"


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({}, "needs either coverage or risk"),
        ({"coverage": 0.9, "risk": 0.1}, "needs either coverage or risk"),
        ({"coverage": 0}, "'coverage' parameter"),
        ({"coverage": 90}, "'coverage' parameter"),
        ({"risk": 1}, "'risk' parameter"),
        ({"risk": 0.1, "delta": 0}, "'delta' parameter"),
    ],
)
def test_wrong_parameters(digits, parameters, message):
    with pytest.raises(ValueError, match=message):
        RejectClassifier(GaussianNB(), **parameters).fit(*digits[:2])


def test_classifiers_that_do_not_say_how_sure_they_are(digits):
    pairs = SVC(decision_function_shape="ovo")
    with pytest.raises(TypeError, match='decision_function_shape="ovr"'):
        RejectClassifier(pairs, coverage=0.9, cv=2).fit(*digits[:2])


def test_one_against_the_rest_rejects_better_than_votes_of_pairs(digits):
    X, y, X_test, y_test = digits
    risks = []
    for classifier in (SVC(), OneVsRestClassifier(SVC())):
        model = RejectClassifier(classifier, coverage=0.9, cv=2).fit(X, y)
        accepted = model.accepts(X_test)
        risks.append(1 - model.score(X_test[accepted], y_test[accepted]))
    assert risks[1] < risks[0] / 2

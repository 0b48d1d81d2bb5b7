import sys

import numpy as np
import pytest
import sklearn
from joblib import parallel_config
from sklearn.calibration import CalibratedClassifierCV
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, KFold, StratifiedKFold
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

from skdigits._evaluation.label_errors import label_errors
from skdigits.datasets import load_digits
from skdigits.model_selection import find_label_errors
from skdigits.preprocessing import PixelScaler

WORDS = np.array(
    ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
)
# What each digit is taken for most easily.
NEIGHBOUR = np.array([6, 7, 3, 5, 9, 3, 0, 1, 3, 4])


@pytest.fixture(scope="module")
def digits():
    return load_digits(return_X_y=True)


def flip(y, kind, seed, share=0.05):
    """Return labels of which a share is wrong, and which."""
    rng = np.random.default_rng(seed)
    wrong = rng.choice(len(y), int(share * len(y)), replace=False)
    given = y.copy()
    if kind == "uniform":
        given[wrong] = (y[wrong] + rng.integers(1, 10, len(wrong))) % 10
    else:
        given[wrong] = NEIGHBOUR[y[wrong]]
    return given, wrong


# The statistics


def test_an_example_worked_by_hand():
    given = np.array([0, 0, 0, 0, 0, 1, 1])
    of_class_0 = np.array([0.9, 0.8, 0.6, 0.1, 0.55, 0.7, 0.2])
    probabilities = np.stack([of_class_0, 1 - of_class_0, 0 * of_class_0], axis=1)
    found = label_errors(given, probabilities)
    # 2.95 / 5 and 1.1 / 2; nothing is known about the class without images.
    np.testing.assert_allclose(found.thresholds, [0.59, 0.55, np.inf])
    # Of the 5th image, neither probability reaches its threshold.
    assert found.confident_joint.tolist() == [[3, 1, 0], [1, 1, 0], [0, 0, 0]]
    joint = [[3 / 4 * 5, 1 / 4 * 5, 0], [1 / 2 * 2, 1 / 2 * 2, 0], [0, 0, 0]]
    np.testing.assert_allclose(found.joint, np.array(joint) / 7)
    # 1.25 + 1 labels are wrong.
    assert found.indices.tolist() == [3, 5]
    assert found.suggested.tolist() == [1, 0]
    np.testing.assert_allclose(found.scores[[3, 5, 4, 0]], [-0.8, -0.4, 0.1, 0.8])


def test_of_several_confident_classes_the_most_probable_counts():
    given = np.array([0, 1, 0])
    probabilities = np.array([[0.4, 0.0], [0.0, 0.5], [0.45, 0.55]])
    found = label_errors(given, probabilities)
    # Thresholds 0.425 and 0.5: the last image reaches both.
    assert found.confident_joint.tolist() == [[0, 1], [0, 1]]
    # All of the class 0 is wrong then, but class 0 is most probable for one image.
    np.testing.assert_allclose(found.joint, [[0, 2 / 3], [0, 1 / 3]])
    assert found.indices.tolist() == [2]


def test_labels_that_most_images_agree_with_are_right():
    given = np.array([0, 0, 1, 1])
    probabilities = np.array([[0.9, 0.1], [0.3, 0.7], [0.1, 0.9], [0.2, 0.8]])
    found = label_errors(given, probabilities)
    # The second image reaches neither threshold, 0.6 and 0.85.
    assert found.confident_joint.tolist() == [[1, 0], [0, 1]]
    assert found.joint.tolist() == [[0.5, 0], [0, 0.5]]
    assert found.indices.size == 0


def test_rounding_keeps_equal_probabilities_at_their_threshold():
    found = label_errors(np.zeros(10, int), np.tile([0.7, 0.1], (10, 1)))
    assert found.thresholds[0] > 0.7  # or nothing is tested
    assert found.confident_joint[0, 0] == 10


def test_of_impossible_labels_the_surer_of_another_comes_first():
    given = np.array([0, 0, 0, 0, 1, 2])
    probabilities = np.zeros((6, 3))
    probabilities[:2, 0] = probabilities[4, 1] = probabilities[5, 2] = 1
    probabilities[2] = 0, 1, 0
    probabilities[3] = 0, 0, 1
    probabilities[2, 1] = 0.9999
    probabilities[4, 1] = 0.9
    found = label_errors(given, probabilities, "self_confidence")
    assert found.indices.tolist() == [3, 2]
    assert found.suggested.tolist() == [2, 1]


@pytest.mark.parametrize("kind", ["uniform", "neighbours"])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_planted_errors_are_found(digits, kind, seed):
    X, y = digits
    given, wrong = flip(y, kind, seed)
    errors = find_label_errors(KNeighborsClassifier(10), X, given)
    found = np.isin(errors.indices, wrong)
    # Of five seeds, the lowest are 0.91, 0.77 and 0.95.
    assert found.sum() / len(wrong) > 0.88
    assert found.mean() > 0.74
    assert found[:40].mean() > 0.92
    right = errors.suggested[found] == y[errors.indices[found]]
    assert right.mean() > 0.95
    estimate = (1 - np.trace(errors.joint)) * len(y)
    assert estimate == pytest.approx(len(wrong), rel=0.3)
    np.testing.assert_allclose(errors.joint.sum(axis=1), np.bincount(given) / len(y))


# The bunch


def test_all_attributes_agree(digits):
    X, y = digits
    given, _ = flip(y, "uniform", 0)
    for ranking, low in (("normalized_margin", -1), ("self_confidence", 0)):
        errors = find_label_errors(GaussianNB(), X, given, cv=3, ranking=ranking)
        rows = errors.indices
        np.testing.assert_array_equal(errors.given, given[rows])
        np.testing.assert_array_equal(errors.scores, errors.all_scores[rows])
        assert (np.diff(errors.scores) >= 0).all()
        assert errors.all_scores.min() >= low
        assert errors.all_scores.max() <= 1
        best = errors.probabilities.argmax(axis=1)
        np.testing.assert_array_equal(errors.suggested, errors.classes[best[rows]])
        assert (errors.suggested != errors.given).all()
        columns = ["index", "given", "suggested", "score"]
        columns += ["probability_given", "probability_suggested"]
        assert errors.frame.columns.tolist() == columns
        np.testing.assert_array_equal(errors.frame["index"], rows)
        difference = errors.frame["probability_given"]
        if ranking == "normalized_margin":
            difference = difference - errors.frame["probability_suggested"]
        np.testing.assert_allclose(errors.frame["score"], difference)


def test_the_number_of_suspected_labels_may_be_given(digits):
    estimated = find_label_errors(KNeighborsClassifier(10), *digits)
    more = find_label_errors(KNeighborsClassifier(10), *digits, n_errors=400)
    assert len(more.indices) == 400
    n_estimated = len(estimated.indices)
    np.testing.assert_array_equal(more.indices[:n_estimated], estimated.indices)
    assert more.scores[-1] > 0
    assert (more.suggested != more.given).all()


class NoPandas:
    def find_spec(name, path=None, target=None):
        if name == "pandas":
            raise ImportError(name)


def test_without_pandas(digits, monkeypatch):
    # With None in its place, scikit-learn would look into it.
    monkeypatch.delitem(sys.modules, "pandas", raising=False)
    monkeypatch.setattr(sys, "meta_path", [NoPandas, *sys.meta_path])
    assert find_label_errors(GaussianNB(), *digits, cv=2).frame is None


def test_clean_labels_are_hardly_suspected(digits):
    errors = find_label_errors(KNeighborsClassifier(10), *digits)
    assert len(errors.indices) < 0.04 * len(digits[1])


# Labels


def test_labels_may_be_words_and_parameters_may_name_them(digits):
    X, y = (array[:500] for array in digits)
    given, _ = flip(y, "uniform", 0)
    weights = {word: 1 + number for number, word in enumerate(WORDS)}
    found = {}
    for labels, class_weight in (
        (given, dict(enumerate(weights.values()))),
        (WORDS[given], weights),
        (WORDS[given].astype(object), weights),
    ):
        classifier = LogisticRegression(class_weight=class_weight, max_iter=30)
        with pytest.warns(sklearn.exceptions.ConvergenceWarning):
            found[labels.dtype.kind] = find_label_errors(classifier, X, labels, cv=2)
    numbers, words = found["i"], found["U"]
    assert sorted(numbers.indices) == sorted(words.indices)
    assert WORDS[numbers.given].tolist().count("nine") == (words.given == "nine").sum()
    assert words.classes.tolist() == sorted(WORDS)
    np.testing.assert_array_equal(words.indices, found["O"].indices)
    np.testing.assert_array_equal(words.suggested, found["O"].suggested)


def test_the_order_of_the_images_changes_nothing(digits):
    X, y = digits
    given, _ = flip(y, "uniform", 1)
    order = np.random.default_rng(0).permutation(len(y))
    splits = list(StratifiedKFold(3).split(X, given))
    place = np.argsort(order)
    moved = [(place[train], place[test]) for train, test in splits]
    one = find_label_errors(GaussianNB(), X, given, cv=splits)
    other = find_label_errors(GaussianNB(), X[order], given[order], cv=moved)
    assert set(one.indices) == set(order[other.indices])
    np.testing.assert_allclose(one.joint, other.joint)
    # Sorted by label, as the images of a folder are.
    by_label = np.argsort(given, kind="stable")
    errors = find_label_errors(GaussianNB(), X[by_label], given[by_label], cv=3)
    assert len(errors.indices) == pytest.approx(len(one.indices), rel=0.1)


def test_a_label_that_is_in_one_fold_only_is_named(digits):
    X, y = digits
    order = np.argsort(y, kind="stable")
    with pytest.raises(ValueError, match="of the label 0 are in one fold, so that"):
        find_label_errors(GaussianNB(), X[order], y[order], cv=KFold(10))
    labels = WORDS[y].copy()
    labels[5] = "alone"
    with (
        pytest.warns(UserWarning, match="least populated class in y has only 1"),
        pytest.raises(ValueError, match="the label 'alone' are in one fold"),
    ):
        find_label_errors(GaussianNB(), X, labels, cv=2)


def test_labels_with_fewer_images_than_folds(digits):
    X, y = digits
    rows = np.concatenate([np.flatnonzero(y != 3), np.flatnonzero(y == 3)[:3]])
    with pytest.warns(UserWarning, match="only 3 members, which is less than"):
        errors = find_label_errors(KNeighborsClassifier(), X[rows], y[rows], cv=4)
    assert errors.probabilities.shape == (len(rows), 10)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (np.eye(3)[[0, 1, 2, 0]], "one-hot"),
        ([0, 1, 1], "inconsistent numbers of samples"),
        ([0.5, 1.5, 0.5, 1.5], "Unknown label type"),
        ([0, 1, np.nan, 1], "NaN"),
        (["a", 1, "a", 1], "all strings or all numbers"),
        ([3, 3, 3, 3], "All images have the label 3"),
    ],
)
def test_labels_that_are_refused(y, message):
    with pytest.raises(ValueError, match=message):
        find_label_errors(GaussianNB(), np.zeros((4, 2)), y, cv=2)


# The classifier


def test_classifiers_without_probabilities_are_told_what_to_do(digits):
    X, y = digits
    with pytest.raises(TypeError, match=r"SVC has no predict_proba.*CalibratedClass"):
        find_label_errors(SVC(), X, y)
    calibrated = CalibratedClassifierCV(SVC(), ensemble=False, cv=2)
    assert len(find_label_errors(calibrated, X[:300], y[:300], cv=2).indices) < 20


def test_undefined_probabilities_are_refused(digits):
    X, y = digits

    class Undefined(GaussianNB):
        def predict_proba(self, X):
            return np.full((len(X), 10), np.nan)

    with pytest.raises(ValueError, match=r"Undefined gave .* \(NaN\) probabilities"):
        find_label_errors(Undefined(), X, y, cv=2)


def test_a_fitted_classifier_is_taken_as_it_is(digits):
    X, y = digits
    fitted = make_pipeline(PixelScaler(), GaussianNB(var_smoothing=1e-2))
    fitted.fit(X[:900], WORDS[y[:900]])
    frozen = FrozenEstimator(fitted)
    given, wrong = flip(y[900:], "uniform", 0)
    errors = find_label_errors(frozen, X[900:], WORDS[given])
    np.testing.assert_array_equal(errors.probabilities, fitted.predict_proba(X[900:]))
    assert errors.classes.tolist() == sorted(WORDS)
    assert np.isin(errors.indices, wrong).sum() > 0.8 * len(wrong)
    # It may know labels that no image has.
    few = np.flatnonzero(given > 6) + 900
    errors = find_label_errors(frozen, X[few], WORDS[given[few - 900]])
    assert errors.probabilities.shape == (len(few), 10)
    assert np.isfinite(errors.thresholds).sum() == 3
    unknown = WORDS[given].copy()
    unknown[:2] = "ten"
    with pytest.raises(ValueError, match="not trained on the label 'ten', which 2 im"):
        find_label_errors(frozen, X[900:], unknown)
    with pytest.raises(ValueError, match="different types are never equal"):
        find_label_errors(frozen, X[900:], given)


def test_a_frozen_classifier_must_be_fitted(digits):
    with pytest.raises(NotFittedError):
        find_label_errors(FrozenEstimator(KNeighborsClassifier()), *digits)


def test_the_given_classifier_is_not_fitted(digits):
    X, y = digits
    classifier = GaussianNB()
    find_label_errors(classifier, X[:200], y[:200], cv=2)
    assert not hasattr(classifier, "classes_")


def test_folds_in_parallel(digits):
    alone = find_label_errors(GaussianNB(), *digits)
    with parallel_config("threading"):
        together = find_label_errors(GaussianNB(), *digits, n_jobs=2)
    np.testing.assert_array_equal(alone.probabilities, together.probabilities)


# Parameters of fit and of the folds


class Weighed(GaussianNB):
    """Keeps the weights that it was given."""

    seen = ()

    def fit(self, X, y, sample_weight=None):
        type(self).seen += (sample_weight,)
        return super().fit(X, y, sample_weight)


@pytest.fixture
def weighed(monkeypatch):
    monkeypatch.setattr(Weighed, "seen", ())
    return Weighed()


def test_weights_and_groups(digits, weighed):
    X, y = digits
    weights, groups = np.arange(1, len(y) + 1.0), np.arange(len(y)) % 3
    by_writer = GroupKFold(3)
    errors = find_label_errors(
        weighed, X, y, groups=groups, cv=by_writer, params={"sample_weight": weights}
    )
    expected = [weights[train] for train, _ in by_writer.split(X, y, groups)]
    for seen, weights_of_fold in zip(Weighed.seen, expected, strict=True):
        np.testing.assert_array_equal(seen, weights_of_fold)
    assert errors.probabilities.shape == (len(y), 10)


def test_weights_and_groups_are_routed(digits, weighed):
    X, y = digits
    weights, groups = np.arange(1, len(y) + 1.0), np.arange(len(y)) % 3
    params = {"sample_weight": weights, "groups": groups}
    with sklearn.config_context(enable_metadata_routing=True):
        pipeline = make_pipeline(
            PixelScaler(), weighed.set_fit_request(sample_weight=True)
        )
        find_label_errors(pipeline, X, y, cv=GroupKFold(3), params=params)
        assert [len(seen) for seen in Weighed.seen] == [len(y) * 2 // 3] * 3
        with pytest.raises(sklearn.exceptions.UnsetMetadataPassedError):
            find_label_errors(Weighed(), X, y, cv=GroupKFold(3), params=params)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ranking", "margin"),
        ("n_errors", 0),
        ("n_jobs", 1.5),
        ("params", [1]),
        ("cv", 1.5),
    ],
)
def test_parameters_are_validated(digits, name, value):
    with pytest.raises(ValueError, match=f"The '{name}' parameter of find_label_err"):
        find_label_errors(GaussianNB(), *digits, **{name: value})

import numpy as np
import pandas as pd
import pytest
import sklearn
from joblib import dump, load
from numpy.testing import assert_array_equal
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.exceptions import NotFittedError, UnsetMetadataPassedError
from sklearn.feature_selection import RFE
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.svm import SVC, LinearSVC
from sklearn.utils import get_tags

from skdigits.augmentation import AugmentedClassifier, RandomAugmenter
from skdigits.datasets import load_digits
from skdigits.neural_network import KerasCNNClassifier
from skdigits.preprocessing import Deskewer, PixelScaler


@pytest.fixture(scope="module")
def digits():
    X, y = load_digits(return_X_y=True)
    return X[:600], y[:600]


class Spy(ClassifierMixin, BaseEstimator):
    """Writes down, in a file that processes share, what it is given."""

    def __init__(self, folder=None, constant=0):
        self.folder = folder
        self.constant = constant

    def _note(self, method, X):
        name = f"{method}-{len(X)}-{hash(np.asarray(X).tobytes()) % 10**9}.joblib"
        dump(np.asarray(X), self.folder / name)

    def fit(self, X, y):
        self._note("fit", X)
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        self._note("predict", X)
        return np.full(len(X), self.constant)


def seen(folder):
    """The numbers of rows that spies were given, by method."""
    counts = {"fit": [], "predict": []}
    for path in folder.iterdir():
        method, n_rows, _ = path.name.split("-")
        counts[method].append(int(n_rows))
    return {method: sorted(set(found)) for method, found in counts.items()}


@pytest.mark.parametrize("n_copies", [0, 1, 3])
@pytest.mark.parametrize("way", ["fit", "cross_val_score", "search", "pipeline"])
def test_spy_sees_copies_in_fit_only(digits, tmp_path, n_copies, way):
    X, y = digits
    model = AugmentedClassifier(
        Spy(tmp_path), RandomAugmenter(n_copies=n_copies), random_state=0
    )
    if way == "fit":
        model.fit(X, y).predict(X[:50])
        expected = {"fit": [(1 + n_copies) * 600], "predict": [50]}
    elif way == "cross_val_score":
        cross_val_score(model, X, y, cv=3)
        expected = {"fit": [(1 + n_copies) * 400], "predict": [200]}
    elif way == "pipeline":
        cross_val_score(make_pipeline(PixelScaler(), model), X, y, cv=3)
        expected = {"fit": [(1 + n_copies) * 400], "predict": [200]}
    else:
        grid = {"estimator__constant": [0, 1]}
        search = GridSearchCV(model, grid, cv=3, n_jobs=2, refit=False)
        search.fit(X, y)
        expected = {"fit": [(1 + n_copies) * 400], "predict": [200]}
    assert seen(tmp_path) == expected


def test_images_that_are_held_out_never_change_the_training(digits, tmp_path):
    X, y = digits
    model = AugmentedClassifier(Spy(tmp_path), random_state=0)
    train, test = np.arange(400), np.arange(400, 600)
    cross_val_score(model, X, y, cv=[(train, test)])
    before = {path.name for path in tmp_path.glob("fit-*")}
    changed = X.copy()
    changed[test] = 16 - changed[test]
    cross_val_score(model, changed, y, cv=[(train, test)])
    # The same rows were trained on, so the second overwrote the first.
    assert {path.name for path in tmp_path.glob("fit-*")} == before
    assert len(before) == 1
    assert len(list(tmp_path.glob("predict-*"))) == 2


def test_same_seed_same_rows(digits, tmp_path):
    X, y = digits
    for seed in (0, 0, 1):
        AugmentedClassifier(Spy(tmp_path), random_state=seed).fit(X, y)
    assert len(list(tmp_path.iterdir())) == 2
    (tmp_path / "rest").mkdir()
    for augmenter in (RandomAugmenter(random_state=4), RandomAugmenter()):
        seed = 4 if augmenter.random_state is None else None
        spy = Spy(tmp_path / "rest")
        AugmentedClassifier(spy, augmenter, random_state=seed).fit(X, y)
    assert len(list((tmp_path / "rest").iterdir())) == 1


def test_equals_training_on_the_copies(digits):
    X, y = digits
    augmenter = RandomAugmenter(n_copies=2, shear=5, random_state=1)
    weights = np.linspace(0.5, 2, len(X))
    model = AugmentedClassifier(SVC(), augmenter).fit(X, y, sample_weight=weights)
    by_hand = SVC().fit(*augmenter.fit_resample(X, y, weights))
    assert_array_equal(model.decision_function(X), by_hand.decision_function(X))
    assert_array_equal(model.estimator_.dual_coef_, by_hand.dual_coef_)


def test_support_vectors_only(digits):
    """The second fit has the support vectors of the first one, and their copies."""
    X, y = digits
    svm = make_pipeline(Deskewer(), make_pipeline(PixelScaler(), SVC(C=10)))
    augmenter = RandomAugmenter(shift=0.1, n_copies=2, random_state=0)
    fitted = AugmentedClassifier(svm, augmenter, support_vectors_only=True)
    fitted.fit(X, y)
    support = clone(svm).fit(X, y)[-1][-1].support_
    assert 0 < len(support) < len(X)
    by_hand = clone(svm).fit(*augmenter.fit_resample(X[support], y[support]))
    assert_array_equal(fitted.decision_function(X), by_hand.decision_function(X))


def test_support_vectors_keep_their_container_and_their_shape(digits):
    X, y = digits
    augmenter = RandomAugmenter(20, shift=0.1, random_state=0)
    classifier = AugmentedClassifier(
        SVC(gamma=0.002), augmenter, support_vectors_only=True
    )
    letters = pd.Series(np.array(list("abcdefghij"))[y], index=range(5, 605))
    frame = pd.DataFrame(X, index=range(7, 607)).add_prefix("pixel")
    fitted = clone(classifier).fit(frame, letters)
    assert_array_equal(fitted.feature_names_in_, frame.columns)
    expected = clone(classifier).fit(X, y).decision_function(X)
    assert_array_equal(fitted.decision_function(frame), expected)
    images = X.reshape(-1, 4, 16)
    fitted = clone(classifier).fit(images, y)
    assert fitted.augmenter_.image_shape_ == (4, 16)
    augmenter.set_params(image_shape=(4, 16))
    expected = clone(classifier).fit(X, y).decision_function(X)
    assert_array_equal(fitted.decision_function(images), expected)


def test_support_vectors_have_weights(digits):
    """An SVC leaves out images without positive weight, and numbers the others anew."""
    X, y = digits
    rng = np.random.default_rng(0)
    weights = rng.choice([-1, 0.0, 0.5, 2.0], len(X))
    augmenter = RandomAugmenter(shift=0.1, random_state=0)
    classifier = AugmentedClassifier(
        SVC(gamma=0.002), augmenter, support_vectors_only=True
    )
    kept = weights > 0
    expected = clone(classifier).fit(X[kept], y[kept], weights[kept])
    fitted = classifier.fit(X, y.tolist(), weights.tolist())
    assert_array_equal(fitted.decision_function(X), expected.decision_function(X))
    unweighted = clone(classifier).fit(X[kept], y[kept]).decision_function(X)
    assert not np.array_equal(unweighted, fitted.decision_function(X))
    with pytest.raises(ValueError, match=r"classes \[3\] have no support vectors"):
        classifier.fit(X, y, y != 3)


def test_support_vectors_with_routed_metadata(digits):
    X, y = digits
    weights = np.linspace(0.5, 2, len(X))
    augmenter = RandomAugmenter(shift=0.1, random_state=0)
    expected = AugmentedClassifier(SVC(), augmenter, support_vectors_only=True).fit(
        X, y, weights
    )
    with sklearn.config_context(enable_metadata_routing=True):
        svm = SVC().set_fit_request(sample_weight=True)
        routed = AugmentedClassifier(svm, augmenter, support_vectors_only=True)
        routed.fit(X, y, sample_weight=weights)
    assert_array_equal(routed.decision_function(X), expected.decision_function(X))


@pytest.mark.parametrize(
    ("estimator", "message"),
    [
        (LogisticRegression(max_iter=300), "has no support vectors.*such as SVC"),
        (make_pipeline(PixelScaler(), LinearSVC()), "has no support vectors"),
        (RFE(LogisticRegression(max_iter=300), n_features_to_select=60), "RFE has no"),
    ],
)
def test_no_support_vectors(digits, estimator, message):
    X, y = digits
    classifier = AugmentedClassifier(estimator, support_vectors_only=True)
    with pytest.raises(TypeError, match=f"{message}.*support_vectors_only=False"):
        classifier.fit(X[:200], y[:200])
    assert not hasattr(classifier, "estimator_")


def test_support_vectors_of_a_pipeline_that_resamples(digits):
    pipeline = pytest.importorskip("imblearn.pipeline")
    X, y = digits
    resampling = pipeline.make_pipeline(RandomAugmenter(random_state=0), SVC())
    classifier = AugmentedClassifier(resampling, support_vectors_only=True)
    with pytest.raises(TypeError, match="RandomAugmenter resamples images"):
        classifier.fit(X[:200], y[:200])


def test_given_estimators_are_not_fitted(digits):
    estimator, augmenter = LinearSVC(), RandomAugmenter()
    AugmentedClassifier(estimator, augmenter).fit(*digits)
    assert not hasattr(estimator, "coef_")
    assert not hasattr(augmenter, "n_features_in_")
    assert augmenter.random_state is None


@pytest.mark.parametrize(
    ("estimator", "methods"),
    [
        (GaussianNB(), {"predict_proba", "predict_log_proba"}),
        (SVC(), {"decision_function"}),
        (RidgeClassifier(), {"decision_function"}),
        (
            LogisticRegression(max_iter=10_000),
            {"predict_proba", "predict_log_proba", "decision_function"},
        ),
        (make_pipeline(Deskewer(), KNeighborsClassifier()), {"predict_proba"}),
    ],
)
def test_has_what_the_classifier_has(digits, estimator, methods):
    X, y = digits
    model = AugmentedClassifier(estimator, random_state=0)
    possible = {"predict_proba", "predict_log_proba", "decision_function"}
    for fitted in (model, model.fit(X, y)):
        found = {method for method in possible if hasattr(fitted, method)}
        assert found == methods
    for method in methods:
        assert getattr(model, method)(X).shape == (len(X), 10)
    assert_array_equal(model.classes_, range(10))
    assert model.n_features_in_ == 64
    assert not hasattr(model, "feature_names_in_")


def test_before_fit(digits):
    model = AugmentedClassifier(SVC())
    with pytest.raises(NotFittedError, match="not fitted yet"):
        model.predict(digits[0])
    for name in ("classes_", "n_features_in_"):
        assert not hasattr(model, name)


def test_tags():
    class Binary(SVC):
        def __sklearn_tags__(self):
            tags = super().__sklearn_tags__()
            tags.classifier_tags.multi_class = False
            return tags

    tags = get_tags(AugmentedClassifier(Binary()))
    assert tags.estimator_type == "classifier"
    assert not tags.classifier_tags.multi_class
    assert not tags.input_tags.sparse


def test_samplers_of_imbalanced_learn(digits):
    over_sampling = pytest.importorskip("imblearn.over_sampling")
    X, y = digits
    kept = np.flatnonzero((y != 3) | (np.arange(len(y)) % 3 == 0))
    sampler = over_sampling.RandomOverSampler()
    model = AugmentedClassifier(SVC(), sampler, random_state=0).fit(X[kept], y[kept])
    assert model.n_features_in_ == 64
    assert model.score(X, y) > 0.95


def test_failed_fit_leaves_nothing(digits):
    X, y = digits
    model = AugmentedClassifier(SVC(C=-1))
    with pytest.raises(ValueError, match="'C' parameter"):
        model.fit(X, y)
    with pytest.raises(NotFittedError):
        model.predict(X)
    assert not hasattr(model, "n_features_in_")


@pytest.mark.parametrize(
    ("estimator", "parameter"),
    [
        (GridSearchCV(LinearSVC(), {"C": [1]}, cv=2), "cv"),
        (make_pipeline(PixelScaler(), MLPClassifier(3, early_stopping=True)), "early_"),
    ],
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_warns_of_splits_inside(digits, estimator, parameter):
    X, y = digits
    with pytest.warns(UserWarning, match="copies of them on the other") as record:
        AugmentedClassifier(estimator).fit(X[:200], y[:200])
    assert parameter in str(record[0].message)
    assert record[0].filename == __file__


def test_weights_go_to_the_last_step_of_a_pipeline(digits):
    X, y = digits
    weights = np.linspace(0.1, 2, len(X))
    bare = AugmentedClassifier(SVC(), random_state=0).fit(X / 16, y, weights)
    pipeline = make_pipeline(PixelScaler(), make_pipeline(SVC()))
    piped = AugmentedClassifier(pipeline, random_state=0).fit(X / 16, y, weights)
    assert_array_equal(piped.predict(X / 16), bare.predict(X / 16))
    svc = piped.estimator_[-1][-1]
    np.testing.assert_allclose(svc.dual_coef_, bare.estimator_.dual_coef_, atol=1e-6)


class Validating(LogisticRegression):
    """Stops early, on images of its own or of its training."""

    def __init__(self, early_stopping=True, max_iter=200):
        super().__init__(max_iter=max_iter)
        self.early_stopping = early_stopping

    def fit(self, X, y, sample_weight=None, *, X_val=None, y_val=None):
        super().fit(X, y, sample_weight)
        self.n_rows_ = len(X)
        self.validation_score_ = None if X_val is None else self.score(X_val, y_val)
        return self


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_validation_images_are_handed_on(digits):
    X, y = digits
    X = X / 16
    given = {"X_val": X[400:], "y_val": y[400:]}
    classifier = Validating()
    model = AugmentedClassifier(classifier, random_state=0)
    with pytest.raises(ValueError, match=r"if enable_metadata_routing=True.*X_val"):
        model.fit(X[:400], y[:400], **given)
    with sklearn.config_context(enable_metadata_routing=True):
        with pytest.raises(UnsetMetadataPassedError, match="X_val"):
            model.fit(X[:400], y[:400], **given)
        classifier.set_fit_request(X_val=True, y_val=True, sample_weight=True)
        # Not a word of early_stopping: it validates on no copies.
        model.fit(X[:400], y[:400], **given)
        assert model.estimator_.n_rows_ == 800
        assert model.estimator_.validation_score_ == model.score(X[400:], y[400:])
        weights = np.arange(400) % 3
        model.fit(X[:400], y[:400], weights, **given)
        by_hand = model.augmenter_.fit_resample(X[:400], y[:400], weights)
        expected = Validating().fit(*by_hand)
        assert_array_equal(model.estimator_.coef_, expected.coef_)
        pipeline = Pipeline(
            [("scale", PixelScaler()), ("model", model)], transform_input=["X_val"]
        )
        given["X_val"] = given["X_val"] * 16
        search = GridSearchCV(pipeline, {"model__estimator__max_iter": [100]}, cv=2)
        search.fit(X[:400] * 16, y[:400], **given)
        found = search.best_estimator_[-1].estimator_
        assert found.validation_score_ == search.score(given["X_val"], y[400:])


def test_feature_names(digits):
    X, y = digits
    frame = pd.DataFrame(X, columns=[f"pixel{i}" for i in range(64)])
    model = AugmentedClassifier(LinearSVC(), random_state=0).fit(frame, y)
    assert_array_equal(model.feature_names_in_, frame.columns)
    assert_array_equal(model.estimator_.feature_names_in_, frame.columns)
    by_array = AugmentedClassifier(LinearSVC(), random_state=0).fit(X, y)
    assert_array_equal(model.predict(frame), by_array.predict(X))
    with pytest.raises(ValueError, match="feature names"):
        model.predict(frame.iloc[:, ::-1])


def test_nested_parameters_are_searched(digits):
    X, y = digits
    model = AugmentedClassifier(SVC(), RandomAugmenter(), random_state=0)
    search = GridSearchCV(
        Pipeline([("scale", PixelScaler()), ("model", model)]),
        {"model__estimator__C": [1e-4, 1], "model__augmenter__rotation": [10, 180]},
        cv=3,
    ).fit(X, y)
    assert search.best_params_ == {
        "model__augmenter__rotation": 10,
        "model__estimator__C": 1,
    }


def test_augmented_training_is_better_on_moved_digits(digits):
    X, y = digits
    moved = RandomAugmenter(rotation=15, random_state=99).augment(X)
    model = AugmentedClassifier(
        SVC(), RandomAugmenter(rotation=15, n_copies=3), random_state=0
    )
    assert model.fit(X[:300], y[:300]).score(moved[300:], y[300:]) > 0.02 + SVC().fit(
        X[:300], y[:300]
    ).score(moved[300:], y[300:])


def test_images_of_all_forms(digits):
    X, y = digits
    rows = AugmentedClassifier(LinearSVC(), random_state=0).fit(X, y)
    images = clone(rows).fit(X.reshape(-1, 8, 8, 1), y)
    assert_array_equal(rows.predict(X), images.predict(X.reshape(-1, 8, 8)))
    with pytest.raises(ValueError, match=r"shape \(4, 16\)"):
        rows.predict(X.reshape(-1, 4, 16))


def test_pickle(digits, tmp_path):
    X, y = digits
    model = AugmentedClassifier(SVC(), random_state=0).fit(X, y)
    dump(model, tmp_path / "model")
    assert_array_equal(load(tmp_path / "model").predict(X), model.predict(X))


def test_sample_weight_that_the_classifier_does_not_take(digits):
    X, y = digits
    with pytest.raises(TypeError, match="sample_weight"):
        AugmentedClassifier(KNeighborsClassifier()).fit(X, y, np.ones(len(X)))
    AugmentedClassifier(KNeighborsClassifier()).fit(X, y)


@pytest.mark.parametrize(
    "parameters",
    [
        {"estimator": PixelScaler()},
        {"estimator": SVC(), "augmenter": PixelScaler()},
        {"estimator": SVC(), "random_state": "x"},
    ],
)
def test_wrong_parameters(digits, parameters):
    name = list(parameters)[-1]
    with pytest.raises(ValueError, match=f"'{name}' parameter of AugmentedClassifier"):
        AugmentedClassifier(**parameters).fit(*digits)


@pytest.mark.tensorflow
def test_cnn_draws_new_copies_for_every_epoch(digits):
    X, y = digits
    drawn = []

    class Noted(RandomAugmenter):
        def augment(self, X, random_state=None):
            drawn.append(super().augment(X, random_state))
            return drawn[-1]

    X = X / np.float32(16)
    cnn = KerasCNNClassifier(max_epochs=3, augmenter=Noted(), random_state=0)
    cnn.fit(X, y)
    assert [copies.shape for copies in drawn] == [(600, 8, 8)] * 3
    assert not np.array_equal(drawn[0], drawn[1])
    assert cnn.score(X, y) > 0.9
    again = clone(cnn).fit(X, y)
    assert_array_equal(again.predict_proba(X), cnn.predict_proba(X))
    assert_array_equal(drawn[0], drawn[3])
    search = GridSearchCV(
        cnn.set_params(max_epochs=1), {"augmenter__rotation": [0, 10]}, cv=2
    )
    assert search.fit(X, y).n_splits_ == 2

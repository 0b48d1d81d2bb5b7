"""Early stopping, partial_fit, warm starts and augmenters of the Keras classifiers."""

import pickle
import tracemalloc

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import BaseEstimator
from sklearn.model_selection import GridSearchCV, train_test_split

from skdigits.neural_network import KerasCNNClassifier, KerasMLPClassifier
from skdigits.neural_network._course import EarlyStopping
from skdigits.neural_network._schedule import learning_rates

pytestmark = pytest.mark.tensorflow


def cnn(**params):
    defaults = {
        "conv_blocks": ((8,),),
        "dense_units": (),
        "stem_stride": 2,
        "learning_rate": 0.02,
        "random_state": 0,
    }
    return KerasCNNClassifier(**{**defaults, **params})


def mlp(**params):
    return KerasMLPClassifier(
        (16,), **{"learning_rate": 0.02, "random_state": 0, **params}
    )


BOTH = pytest.mark.parametrize("network", [cnn, mlp])


def assert_equal_weights(first, second):
    for array, other in zip(first.weights_, second.weights_, strict=True):
        assert_array_equal(array, other)


def test_one_cycle_climbs_and_falls():
    epochs = list(learning_rates("one_cycle", 0.5, 20, n_epochs=50))
    assert [len(rates) for rates in epochs] == [20] * 50
    rates = np.concatenate(epochs)
    assert rates.dtype == np.float32
    assert_allclose(rates.max(), 0.5, rtol=1e-3)
    assert rates.argmax() in (249, 250)
    assert_allclose(rates[0], 0.05, rtol=0.02)
    assert 0 < rates[-1] < 1e-5
    assert (np.diff(rates[:250]) > 0).all()
    assert (np.diff(rates[250:]) < 0).all()
    (rates,) = learning_rates("constant", 0.5, 3, n_epochs=1)
    assert_array_equal(rates, [0.5] * 3)
    assert 0 < next(learning_rates("one_cycle", 0.5, 1, n_epochs=1))[0] < 0.5


def test_rates_of_epochs_that_early_stopping_leaves_out_cost_nothing():
    tracemalloc.start()
    first = next(learning_rates("one_cycle", 0.5, 100, n_epochs=10**8))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert_allclose(first, 0.05, rtol=1e-3)
    assert peak < 100_000


def test_early_stopping_counts_epochs_without_improvement():
    stopping = EarlyStopping(n_iter_no_change=2, tol=0.01)
    scores = [0.5, 0.6, 0.605, 0.62, 0.61, 0.62]
    answers = [stopping.update(score, [score]) for score in scores]
    assert answers == [False, False, False, False, False, True]
    assert stopping.best_weights == [0.62]


@BOTH
def test_early_stopping_keeps_the_best_weights(digits, network):
    X, y = digits
    params = {"early_stopping": True, "validation_fraction": 0.25, "max_epochs": 40}
    clf = network(**params, schedule="constant", n_iter_no_change=2).fit(X, y)
    assert 2 < clf.n_iter_ < 40
    assert len(clf.validation_scores_) == len(clf.loss_curve_) == clf.n_iter_
    best = clf.best_validation_score_
    assert best == max(clf.validation_scores_)
    assert best > clf.validation_scores_[-1] - 1e-9
    # The rows that were held out: stratified, and drawn from the seed alone.
    _, X_val, _, y_val = train_test_split(
        X, y, test_size=0.25, stratify=y, random_state=0
    )
    assert_allclose(clf.score(X_val, y_val), best)


def test_early_stopping_weighs_the_rows_held_out(digits):
    X, y = digits
    sample_weight = np.where(y == 3, 50.0, 1.0)
    clf = cnn(early_stopping=True, validation_fraction=0.25, max_epochs=2)
    clf.fit(X, y, sample_weight)
    _, X_val, _, y_val, _, weight_val = train_test_split(
        X, y, sample_weight, test_size=0.25, stratify=y, random_state=0
    )
    assert_allclose(clf.score(X_val, y_val, weight_val), clf.best_validation_score_)


def test_without_early_stopping_there_are_no_validation_scores(digits):
    clf = cnn(max_epochs=2).fit(*digits)
    assert clf.validation_scores_ is None
    assert clf.best_validation_score_ is None
    assert set(clf.history_) == {"loss", "learning_rate"}
    assert clf.history_["loss"] == clf.loss_curve_


@BOTH
@pytest.mark.parametrize("optimizer", ["adam", "rmsprop", "sgd"])
def test_warm_start_continues_as_one_fit_would(digits, network, optimizer):
    params = {"schedule": "constant", "optimizer": optimizer, "dropout": 0.2}
    once = network(**params, max_epochs=4).fit(*digits)
    twice = network(**params, max_epochs=2, warm_start=True).fit(*digits)
    # Also across a pickle: all that is needed is part of the state.
    twice = pickle.loads(pickle.dumps(twice)).fit(*digits)
    assert_equal_weights(once, twice)
    assert twice.n_iter_ == 4
    assert twice.loss_curve_ == once.loss_curve_


def test_warm_start_starts_another_cycle(digits):
    clf = cnn(max_epochs=2, warm_start=True).fit(*digits)
    first = clf.loss_curve_[-1]
    clf.fit(*digits)
    assert len(clf.loss_curve_) == 4
    assert clf.loss_curve_[-1] < first
    rates = clf.history_["learning_rate"]
    assert_allclose(rates[:2], rates[2:])


def test_warm_start_with_early_stopping_holds_out_the_same_rows(digits):
    X, y = digits
    clf = cnn(max_epochs=2, warm_start=True, early_stopping=True).fit(X, y).fit(X, y)
    _, X_val, _, y_val = train_test_split(
        X, y, test_size=0.1, stratify=y, random_state=0
    )
    assert_allclose(clf.score(X_val, y_val), max(clf.validation_scores_[2:]))


def test_without_warm_start_fit_starts_afresh(digits):
    clf = cnn(max_epochs=2).fit(*digits)
    weights = clf.weights_
    assert_equal_weights(clf.fit(*digits), cnn(max_epochs=2).fit(*digits))
    assert_array_equal(clf.weights_[0], weights[0])
    assert clf.n_iter_ == 2


@pytest.mark.parametrize(
    ("change", "rows", "message"),
    [
        ({}, slice(0, 9), "must have the classes of the previous fit"),
        ({"conv_blocks": ((9,),)}, slice(None), "architecture cannot change"),
        ({"activation": "tanh"}, slice(None), "architecture cannot change"),
        ({"image_shape": (4, 16)}, slice(None), r"\(4, 16\), but images of shape"),
    ],
)
def test_warm_start_refuses_another_problem(digits, change, rows, message):
    X, y = digits
    clf = cnn(max_epochs=1, warm_start=True).fit(X, y).set_params(**change)
    with pytest.raises(ValueError, match=message):
        clf.fit(X[rows], y[rows])


@BOTH
def test_partial_fit_is_an_epoch(digits, network):
    X, y = digits
    clf = network().partial_fit(X, y, classes=np.arange(10))
    clf.partial_fit(X, y).partial_fit(X, y, classes=np.arange(10))
    assert clf.n_iter_ == 3
    assert_equal_weights(clf, network(schedule="constant", max_epochs=3).fit(X, y))


def test_partial_fit_learns_from_batches_that_lack_classes(digits):
    X, y = digits
    clf = cnn(learning_rate=5e-3)
    for _ in range(10):
        for rows in (y < 4, y >= 4, y % 2 == 0, y % 2 == 1):
            clf.partial_fit(X[rows], y[rows], classes=np.arange(10))
    assert clf.score(X, y) > 0.8
    assert_array_equal(clf.classes_, np.arange(10))


def test_partial_fit_goes_on_after_fit(digits):
    clf = cnn(max_epochs=3).fit(*digits)
    loss = clf.loss_curve_[-1]
    clf.set_params(learning_rate=1e-3).partial_fit(*digits)
    assert clf.n_iter_ == 4
    assert clf.loss_curve_[-1] < loss


def test_fit_forgets_what_partial_fit_left(digits):
    X, y = digits
    clf = mlp(max_epochs=1).partial_fit(X, y, classes=range(10)).fit(X, y)
    expected = mlp(max_epochs=1).fit(X, y)
    assert_equal_weights(clf, expected)
    assert_equal_weights(clf.partial_fit(X, y), expected.partial_fit(X, y))


def test_another_optimizer_starts_afresh(digits):
    X, y = digits
    clf = mlp().partial_fit(X, y, classes=range(10))
    for optimizer in ("sgd", "rmsprop", "adam"):
        clf.set_params(optimizer=optimizer).partial_fit(X, y)
    assert clf.n_iter_ == 4


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda array: np.zeros(3), "of the shapes"),
        (lambda array: np.full(array.shape, np.inf), "not finite"),
    ],
)
def test_broken_state_of_the_optimizer_is_refused(digits, spoil, message):
    clf = mlp(warm_start=True, max_epochs=1).fit(*digits)
    state = clf.__getstate__()
    *arrays, last = state["_training_state"]["optimizer_state"]
    training_state = {
        **state["_training_state"],
        "optimizer_state": [*arrays, spoil(last)],
    }
    other = mlp()
    other.__setstate__({**state, "_training_state": training_state})
    with pytest.raises(ValueError, match=message):
        other.fit(*digits)


def test_class_weight_of_partial_fit_need_not_name_all_classes(digits):
    X, y = digits
    clf = mlp(class_weight={0: 2.0, 5: 3.0})
    clf.partial_fit(X[y < 3], y[y < 3], classes=range(10))
    weights = np.where(y[y < 3] == 0, 2.0, 1.0)
    other = mlp().partial_fit(X[y < 3], y[y < 3], range(10), weights)
    assert_equal_weights(clf, other)


def test_refused_classes_are_not_remembered(digits):
    clf = mlp()
    with pytest.raises(ValueError, match="at least 2 classes"):
        clf.partial_fit(*digits, classes=[0])
    assert len(clf.partial_fit(*digits, classes=range(10)).classes_) == 10


def test_best_score_is_that_of_the_weights_after_a_warm_start(digits):
    X, y = digits
    clf = cnn(max_epochs=3, warm_start=True, early_stopping=True, learning_rate=0.01)
    clf.fit(X, y).set_params(learning_rate=5).fit(X, y)
    _, X_val, _, y_val = train_test_split(
        X, y, test_size=0.1, stratify=y, random_state=0
    )
    assert_allclose(clf.score(X_val, y_val), clf.best_validation_score_)
    clf.set_params(early_stopping=False, learning_rate=0.01).fit(X, y)
    assert clf.validation_scores_ is None


def test_interrupted_warm_start_leaves_the_former_fit(digits):
    class Interrupt:
        def augment(self, images, random_state):
            raise KeyboardInterrupt

    params = {"max_epochs": 2, "warm_start": True, "schedule": "constant"}
    clf, expected = (mlp(**params).fit(*digits) for _ in range(2))
    with pytest.raises(KeyboardInterrupt):
        clf.set_params(augmenter=Interrupt()).fit(*digits)
    assert clf.n_iter_ == len(clf.loss_curve_) == 2
    clf.set_params(augmenter=None)
    assert_equal_weights(clf.fit(*digits), expected.fit(*digits))


def test_partial_fit_takes_sample_weight(digits):
    X, y = digits
    weights = (y < 5).astype(float)
    clf = cnn().partial_fit(X, y, classes=np.arange(10), sample_weight=weights)
    alone = cnn().partial_fit(X[y < 5], y[y < 5], classes=np.arange(10))
    assert_equal_weights(clf, alone)


@pytest.mark.parametrize(
    ("params", "labels", "classes", "message"),
    [
        ({}, None, None, "classes must be passed on the first call"),
        ({}, None, [0, 1], r"not among the classes \[0 1\]: \[2 3"),
        ({}, None, [0], "at least 2 classes"),
        ({"early_stopping": True}, None, range(10), "does not support early_stopping"),
        ({"class_weight": "balanced"}, None, range(10), "does not support class_we"),
    ],
)
def test_partial_fit_refuses(digits, params, labels, classes, message):
    with pytest.raises(ValueError, match=message):
        cnn(**params).partial_fit(*digits, classes=classes)


class Brighten(BaseEstimator):
    """An augmenter with a parameter, that remembers what it was asked."""

    def __init__(self, share=0.5):
        self.share = share

    def augment(self, images, random_state):
        rng = np.random.RandomState(random_state)
        factors = 1 + self.share * rng.rand(len(images), 1, 1)
        return (images * factors).astype(images.dtype)


class Spy:
    def __init__(self):
        self.calls = []

    def augment(self, images, random_state):
        self.calls.append((images.shape, images.dtype, random_state))
        return images.copy()


def test_augmenter_draws_the_training_images_of_each_epoch(digits):
    X, y = digits
    spy = Spy()
    clf = cnn(max_epochs=3, augmenter=spy).fit(X, y)
    shapes, dtypes, seeds = zip(*spy.calls, strict=True)
    assert set(shapes) == {(len(X), 8, 8)}
    assert set(dtypes) == {np.dtype("float32")}
    assert len(set(seeds)) == 3
    clf.predict(X)
    assert len(spy.calls) == 3


def test_augmenter_does_not_see_the_rows_held_out(digits):
    X, y = digits
    spy = Spy()
    cnn(max_epochs=2, augmenter=spy, early_stopping=True).fit(X, y)
    assert {shape[0] for shape, _, _ in spy.calls} == {540}


def test_augmenter_changes_the_weights_reproducibly(digits):
    first, second = (cnn(augmenter=Brighten()).fit(*digits) for _ in range(2))
    assert_equal_weights(first, second)
    assert not np.array_equal(first.weights_[0], cnn().fit(*digits).weights_[0])


def test_augmenter_keeps_uint8(digits):
    X, y = digits
    clf = cnn(augmenter=Brighten(), learning_rate=5e-3)
    assert clf.fit((X * 16).astype(np.uint8), y).score(X * 16, y) > 0.5


def test_parameters_of_the_augmenter_are_searched(digits):
    search = GridSearchCV(
        cnn(max_epochs=1, augmenter=Brighten()), {"augmenter__share": [0, 9]}, cv=2
    ).fit(*digits)
    first, second = search.cv_results_["mean_test_score"]
    assert first != second


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda a: a[:-1], ValueError, r"must keep the shape.*\(600, 8, 8\)"),
        (lambda a: a.astype(complex), TypeError, "must keep the type.*float32"),
    ],
)
def test_bad_augmenters(digits, change, error, message):
    class Bad:
        def augment(self, images, random_state):
            return change(images)

    with pytest.raises(error, match=f"Bad.augment {message}"):
        cnn(augmenter=Bad()).fit(*digits)


def test_augmenter_cannot_write_into_the_images_of_the_caller(digits):
    class InPlace:
        def augment(self, images, random_state):
            images *= 0.5
            return images

    with pytest.raises(ValueError, match="read-only"):
        cnn(augmenter=InPlace()).fit(*digits)


def test_augmenter_must_have_the_method(digits):
    with pytest.raises(ValueError, match="'augmenter' parameter"):
        cnn(augmenter="rotate").fit(*digits)


def test_a_refit_that_fails_changes_nothing(digits):
    X, y = digits
    clf = cnn(max_epochs=1).fit(X, y)
    before = dict(vars(clf))
    clf.set_params(conv_blocks=((0,),))
    with pytest.raises(ValueError, match="at least 1"):
        clf.fit(X[:, :49], y % 3)
    assert vars(clf) == {**before, "conv_blocks": ((0,),)}
    clf.predict(X)

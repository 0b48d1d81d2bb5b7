"""Validation images that are given to `fit`."""

import numpy as np
import pandas as pd
import pytest
import sklearn
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.metrics import log_loss
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import Pipeline

from skdigits.inspection import TrainingHistoryDisplay
from skdigits.neural_network import KerasCNNClassifier, KerasMLPClassifier
from skdigits.preprocessing import PixelScaler

pytestmark = pytest.mark.tensorflow


def mlp(**params):
    params = {"max_epochs": 3, "schedule": "constant", "random_state": 0, **params}
    return KerasMLPClassifier((8,), **params)


def cnn(**params):
    params = {"conv_blocks": ((4,),), "dense_units": (), "max_epochs": 3, **params}
    return KerasCNNClassifier(schedule="constant", random_state=0, **params)


@pytest.fixture(scope="module")
def parts(digits):
    """Return X and y, then X_val and y_val."""
    X, y = digits
    X, X_val, y, y_val = train_test_split(X, y, test_size=0.3, random_state=0)
    return X, y, X_val, y_val


def assert_equal_weights(first, second):
    for array, other in zip(first.weights_, second.weights_, strict=True):
        assert_array_equal(array, other)


@pytest.mark.parametrize("network", [mlp, cnn])
def test_history_has_loss_and_score_on_them(parts, network):
    X, y, X_val, y_val = parts
    weight_val = np.random.default_rng(0).random(len(y_val))
    clf = network().fit(X, y, X_val=X_val, y_val=y_val, sample_weight_val=weight_val)
    assert [len(values) for values in clf.history_.values()] == [3] * 4
    # Only looked at: the weights are those of a fit without them.
    assert_equal_weights(clf, network().fit(X, y))
    assert clf.best_epoch_ is clf.best_validation_score_ is None
    assert clf.history_["validation_score"] == clf.validation_scores_
    assert_allclose(clf.score(X_val, y_val, weight_val), clf.validation_scores_[-1])
    assert_allclose(
        log_loss(y_val, clf.predict_proba(X_val), sample_weight=weight_val),
        clf.history_["validation_loss"][-1],
    )


def test_early_stopping_uses_them_and_trains_on_all_of_X(parts):
    X, y, X_val, y_val = parts
    # With wrong labels, so that the loss rises while the accuracy does not fall yet.
    y_val = np.where(np.arange(len(y_val)) % 3 == 0, y_val[::-1], y_val)
    best_epochs = []
    for monitor in ("accuracy", "loss"):
        params = {"learning_rate": 0.05, "monitor": monitor, "n_iter_no_change": 3}
        clf = mlp(**params, early_stopping=True, max_epochs=60, validation_fraction=0.9)
        clf.fit(X, y, X_val=X_val, y_val=y_val)
        assert 3 < clf.n_iter_ < 60
        watched = clf.validation_scores_
        if monitor == "loss":
            watched = [-loss for loss in clf.history_["validation_loss"]]
        assert clf.best_epoch_ == 1 + int(np.argmax(watched)) < clf.n_iter_
        assert_equal_weights(clf, mlp(**params, max_epochs=clf.best_epoch_).fit(X, y))
        best = clf.validation_scores_[clf.best_epoch_ - 1]
        assert clf.best_validation_score_ == best
        assert_allclose(clf.score(X_val, y_val), best)
        (star,) = TrainingHistoryDisplay.from_estimator(clf).best_
        assert star.get_xdata()[0] == clf.best_epoch_
        best_epochs.append(clf.best_epoch_)
    assert best_epochs[0] != best_epochs[1]


def test_images_may_lack_classes_and_have_any_form(parts):
    X, y, X_val, y_val = parts
    few = y_val < 3
    expected = mlp().fit(X, y, X_val=X_val[few], y_val=y_val[few]).history_
    images = (X_val[few] * 16).astype(np.uint8).reshape(-1, 8, 8)
    integers = mlp().fit(X, y, X_val=images / np.float32(16), y_val=y_val[few].tolist())
    assert integers.history_ == expected
    # Of weight 0: as if they were not there.
    found = mlp().fit(X, y, X_val=X_val, y_val=y_val, sample_weight_val=few * 2.0)
    assert found.history_ == expected
    weighted = mlp(class_weight={0: 9.0}).fit(X, y, X_val=X_val[few], y_val=y_val[few])
    assert_allclose(
        weighted.score(X_val[few], y_val[few]), weighted.validation_scores_[-1]
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"y_val": None}, "fit got X_val, but validation needs both"),
        ({"X_val": None}, "fit got y_val, but validation needs both"),
        (
            {"X_val": None, "y_val": None, "sample_weight_val": [1.0]},
            "fit got sample_weight_val, but validation needs both",
        ),
        ({"X_val": np.ones((180, 49))}, "X has 49 features, but .* is expecting 64"),
        ({"X_val": np.ones((180, 4, 16))}, r"images of shape \(4, 16\)"),
        ({"X_val": np.full((180, 64), np.nan)}, "NaN"),
        ({"X_val": np.full((180, 64), 3e38)}, "pixels are too large"),
        ({"y_val": np.arange(179) % 10}, "inconsistent numbers of samples"),
        ({"y_val": np.arange(180) % 11}, r"not among the classes .*: \[10\]"),
        ({"y_val": np.array(["3"] * 180)}, r"not among the classes .*: \['3'\]"),
        ({"sample_weight_val": np.zeros(180)}, "(?i)sample weights"),
        ({"sample_weight_val": np.ones(179)}, "sample_weight.shape"),
    ],
)
@pytest.mark.filterwarnings("ignore:.*overflow:RuntimeWarning")
def test_what_is_refused(parts, change, message):
    X, y, X_val, y_val = parts
    clf = mlp(early_stopping=True)
    with pytest.raises(ValueError, match=message):
        clf.fit(X, y, **{"X_val": X_val, "y_val": y_val, **change})
    assert not clf.__sklearn_is_fitted__()


def test_errors_tell_which_images_they_are_about(parts):
    X, y, _, _ = parts
    with pytest.raises(TypeError) as caught:
        mlp().fit(X, y, X_val=np.full((2, 64), "a"), y_val=[0, 1])
    assert caught.value.__notes__ == [
        "This is about X_val, y_val and sample_weight_val."
    ]
    with pytest.raises(TypeError, match=r"validation_data.*Pass X_val and y_val"):
        mlp().fit(X, y, validation_data=(X, y))


@pytest.fixture
def routing():
    with sklearn.config_context(enable_metadata_routing=True):
        yield


def test_a_pipeline_transforms_and_a_search_hands_on(parts, routing):
    X, y, X_val, y_val = parts
    network = mlp(early_stopping=True).set_fit_request(X_val=True, y_val=True)
    pipeline = Pipeline(
        [("scale", PixelScaler()), ("clf", network)], transform_input=["X_val"]
    )
    validation = {"X_val": X_val * 16, "y_val": y_val}
    pipeline.fit(X * 16, y, **validation)
    alone = mlp(early_stopping=True).fit(X, y, X_val=X_val, y_val=y_val)
    assert pipeline[-1].history_ == alone.history_
    search = GridSearchCV(pipeline, {"clf__learning_rate": [0.001, 0.02]}, cv=2)
    search.fit(X * 16, y, **validation)
    best = search.best_estimator_[-1]
    expected = mlp(early_stopping=True, learning_rate=best.learning_rate)
    expected.fit(X, y, X_val=X_val, y_val=y_val)
    assert best.history_ == expected.history_
    assert_allclose(search.score(X_val * 16, y_val), best.best_validation_score_)


def test_sample_weight_val_is_routed(parts, routing):
    X, y, X_val, y_val = parts
    network = mlp(max_epochs=1).set_fit_request(
        X_val=True, y_val=True, sample_weight_val=True
    )
    few = (y_val < 3).astype(float)
    validation = {"X_val": X_val, "y_val": y_val, "sample_weight_val": few}
    pipeline = Pipeline([("clf", network)]).fit(X, y, **validation)
    assert pipeline[-1].history_ == mlp(max_epochs=1).fit(X, y, **validation).history_


def test_names_of_pixels_are_compared(parts):
    X, y, X_val, y_val = parts
    names = [f"pixel{i}" for i in range(64)]
    frame, frame_val = (pd.DataFrame(part, columns=names) for part in (X, X_val))
    clf = mlp(max_epochs=1).fit(frame, y, X_val=frame_val, y_val=y_val)
    assert (
        clf.history_ == mlp(max_epochs=1).fit(X, y, X_val=X_val, y_val=y_val).history_
    )
    with pytest.raises(ValueError, match="feature names should match"):
        mlp().fit(frame, y, X_val=frame_val[names[::-1]], y_val=y_val)

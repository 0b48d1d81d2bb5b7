import matplotlib.pyplot as plt
import numpy as np
import pytest
from sklearn.model_selection import GridSearchCV, cross_validate
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline

from skdigits.augmentation import AugmentedClassifier
from skdigits.datasets import load_digits
from skdigits.inspection import TrainingHistoryDisplay
from skdigits.neural_network import (
    KerasCNNClassifier,
    KerasMLPClassifier,
    NumpyMLPClassifier,
)
from skdigits.preprocessing import PixelScaler

HISTORY = {
    "loss": [1.0, 0.5, 0.25],
    "validation_loss": [1.1, 0.6, 0.7],
    "score": [0.5, 0.8, 0.9],
    "validation_score": [0.4, 0.7, 0.6],
}


@pytest.fixture(scope="module")
def digits():
    X, y = load_digits(return_X_y=True)
    return X[:300] / 16, y[:300]


def curves(display):
    return {line.get_label(): line.get_ydata().tolist() for line in display.lines_}


def stars(display):
    return [(star.get_xdata()[0], star.get_ydata()[0]) for star in display.best_]


def test_curves_and_best_epoch(assert_nothing_cut_off):
    display = TrainingHistoryDisplay.from_arrays(HISTORY)
    assert curves(display) == {k.replace("_", " "): v for k, v in HISTORY.items()}
    for line in display.lines_:
        held_out = line.get_label().startswith("validation")
        assert line.get_linestyle() == ("--" if held_out else "-")
        score = line.get_label().endswith("score")
        assert line.axes is (display.score_ax_ if score else display.ax_)
        assert line.get_xdata().tolist() == [1, 2, 3]
    assert stars(display) == [(2, 0.7)]
    assert display.best_[0].axes is display.score_ax_
    assert display.best_[0].get_label() == "best epoch: 2 (score 0.7)"
    assert display.bands_ == []
    assert display.frame()["best"].tolist() == [False, True, False]
    assert display.frame()["loss"].tolist() == HISTORY["loss"]
    assert_nothing_cut_off(display)


def test_history_of_keras():
    names = ("loss", "val_loss", "accuracy", "val_accuracy")
    keras = dict(zip(names, HISTORY.values(), strict=True), learning_rate=[1, 1, 1])
    display = TrainingHistoryDisplay.from_arrays(keras)
    assert curves(display) == {k.replace("_", " "): v for k, v in HISTORY.items()}


@pytest.mark.parametrize(
    ("left_out", "star"),
    [
        ({"validation_score"}, [(2, 0.6)]),
        ({"validation_score", "validation_loss"}, []),
        ({"loss", "validation_loss"}, [(2, 0.7)]),
    ],
)
def test_best_epoch_by_what_there_is(left_out, star):
    history = {k: v for k, v in HISTORY.items() if k not in left_out}
    display = TrainingHistoryDisplay.from_arrays(history)
    assert stars(display) == star
    twin = {"loss", "score"} <= set(history)
    assert (display.score_ax_ not in (None, display.ax_)) == twin


def test_runs_of_different_lengths_make_a_band():
    runs = [{"loss": [4.0, 3, 2, 1]}, {"loss": [2.0, 1, 1]}, {"loss": [3.0, np.nan]}]
    display = TrainingHistoryDisplay.from_arrays(runs)
    assert curves(display) == {"loss (median, range of 3)": [3, 2, 1.5, 1]}
    corners = display.bands_[0].get_paths()[0].vertices
    for epoch, low, high in [(1, 2, 4), (2, 1, 3), (3, 1, 2), (4, 1, 1)]:
        at_epoch = corners[corners[:, 0] == epoch, 1]
        assert (at_epoch.min(), at_epoch.max()) == (low, high)
    assert display.frame()["run"].tolist() == [0, 0, 0, 0, 1, 1, 1, 2, 2]


def test_models_by_name(assert_nothing_cut_off):
    long = "a rather long name of a network $"
    display = TrainingHistoryDisplay.from_arrays({long: [HISTORY] * 2, "b": HISTORY})
    assert len(display.lines_) == 8
    assert len(display.bands_) == 4
    assert stars(display) == [(2, 0.7)] * 3
    legend = display.score_ax_.get_legend()
    labels = [text.get_text() for text in legend.get_texts()]
    assert labels[0] == "a rather long name… loss (median, range of 2)"
    assert labels[-2:] == ["b validation score", "best epoch of each run"]
    looks = {
        (li.get_color(), li.get_marker(), li.get_linestyle()) for li in display.lines_
    }
    assert len(looks) == 8
    assert len({(marker, style) for _, marker, style in looks}) == 8
    assert_nothing_cut_off(display)


def test_one_epoch_and_given_axes(assert_nothing_cut_off):
    figure, ax = plt.subplots()
    display = TrainingHistoryDisplay.from_arrays({"loss": [1.0]}, ax=ax)
    assert (display.ax_, display.figure_) == (ax, figure)
    assert [tick for tick in ax.get_xticks() if 0.5 < tick < 1.5] == [1]
    assert_nothing_cut_off(display)
    assert_nothing_cut_off(TrainingHistoryDisplay.from_arrays(HISTORY, ax=ax))


def network():
    return MLPClassifier((8,), early_stopping=True, max_iter=20, n_iter_no_change=20)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.filterwarnings("ignore:The estimator has the parameter 'early_stopping'")
@pytest.mark.parametrize(
    ("wrap", "unwrap"),
    [
        (lambda e: e, lambda e: e),
        (lambda e: make_pipeline(PixelScaler(), e), lambda e: e[-1]),
        (
            lambda e: GridSearchCV(make_pipeline(e), {}, cv=2),
            lambda e: e.best_estimator_[-1],
        ),
        (AugmentedClassifier, lambda e: e.estimator_),
    ],
    ids=["plain", "pipeline", "search", "augmented"],
)
def test_network_inside(digits, wrap, unwrap):
    estimator = wrap(network()).fit(*digits)
    fitted = unwrap(estimator)
    display = TrainingHistoryDisplay.from_estimator(estimator)
    assert curves(display) == {
        "loss": fitted.loss_curve_,
        "validation score": fitted.validation_scores_,
    }
    best = int(np.argmax(fitted.validation_scores_))
    assert stars(display) == [(best + 1, fitted.best_validation_score_)]


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_folds_of_a_cross_validation(digits):
    folds = cross_validate(network(), *digits, cv=3, return_estimator=True)
    display = TrainingHistoryDisplay.from_estimator(folds["estimator"])
    assert len(display.bands_) == 2
    assert len(display.best_) == 3


@pytest.mark.tensorflow
def test_networks_of_skdigits(digits):
    mlp = NumpyMLPClassifier(random_state=0).fit(*digits)
    display = TrainingHistoryDisplay.from_estimator(mlp)
    assert curves(display) == {"loss": mlp.loss_curve_}
    keras = KerasMLPClassifier(max_epochs=3, early_stopping=True).fit(*digits)
    display = TrainingHistoryDisplay.from_estimator({"mlp": [mlp, mlp], "keras": keras})
    assert curves(display)["keras validation score"] == keras.validation_scores_
    best = keras.validation_scores_.index(keras.best_validation_score_)
    assert stars(display) == [(best + 1, keras.best_validation_score_)]


@pytest.mark.tensorflow
def test_scores_of_a_training_that_went_on_belong_to_its_last_epochs(digits):
    cnn = KerasCNNClassifier(conv_blocks=((4,),), dense_units=(), max_epochs=2)
    cnn.set_params(warm_start=True, random_state=0).fit(*digits)
    cnn.set_params(early_stopping=True).fit(*digits)
    display = TrainingHistoryDisplay.from_estimator(cnn)
    scores = np.ma.filled(display.lines_[-1].get_ydata(), np.nan)
    np.testing.assert_array_equal(scores, [np.nan, np.nan, *cnn.validation_scores_])
    best = int(np.argmax(cnn.validation_scores_)) + 3
    assert stars(display) == [(best, cnn.best_validation_score_)]


def test_curves_in_arrays():
    network = MLPClassifier()
    network.loss_curve_ = np.array([0.9, 0.5, 0.4])
    network.validation_scores_ = np.array([0.7, 0.6])
    network.best_validation_score_ = np.float64(0.7)
    display = TrainingHistoryDisplay.from_estimator(make_pipeline(network))
    assert curves(display)["loss"] == [0.9, 0.5, 0.4]
    assert stars(display) == [(2, 0.7)]


@pytest.mark.parametrize(
    "estimator", [PixelScaler(), MLPClassifier(), make_pipeline(KerasCNNClassifier())]
)
def test_what_has_no_history(estimator):
    name = type(estimator).__name__
    with pytest.raises(TypeError, match=f"{name} has no training history"):
        TrainingHistoryDisplay.from_estimator(estimator)


@pytest.mark.parametrize(
    "history",
    [
        {"loss": [1, 2], "score": [1]},
        {"loss": []},
        {"loss": 0.5},
        {"loss": [[1, 2], [3, 4]]},
        [{"learning_rate": [1]}],
    ],
)
def test_wrong_history(history):
    with pytest.raises(ValueError, match="A history needs one or more of loss, "):
        TrainingHistoryDisplay.from_arrays(history)


@pytest.mark.parametrize("epoch", [0, -1, 4, 2.5, "2"])
def test_wrong_best_epoch(epoch):
    with pytest.raises(ValueError, match="epochs from 1 to 3; got"):
        TrainingHistoryDisplay.from_arrays({**HISTORY, "best_epoch": epoch})


@pytest.mark.parametrize("epoch", [1, 3, np.int64(3)])
def test_given_best_epoch(epoch):
    display = TrainingHistoryDisplay.from_arrays({**HISTORY, "best_epoch": epoch})
    assert stars(display) == [(epoch, HISTORY["validation_score"][epoch - 1])]


def test_no_history():
    with pytest.raises(ValueError, match="at least one history"):
        TrainingHistoryDisplay.from_arrays([])

import matplotlib.pyplot as plt
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

from skdigits.datasets import load_digits
from skdigits.inspection import CoverageRiskDisplay
from skdigits.model_selection import RejectClassifier
from skdigits.preprocessing import PixelScaler

RIGHT = np.zeros(4, dtype=int)
PREDICTED = np.array([0, 1, 0, 1])
CONFIDENCE = np.array([0.9, 0.5, 0.7, 0.7])


@pytest.fixture(scope="module")
def digits():
    X, y = load_digits(return_X_y=True)
    return X, y


@pytest.fixture(scope="module")
def rejecting(digits):
    X, y = (part[:900] for part in digits)
    model = make_pipeline(PixelScaler(), LogisticRegression())
    return RejectClassifier(model, coverage=0.8, cv=2).fit(X, y)


def legend(display):
    return [text.get_text() for text in display.ax_.get_legend().get_texts()]


def test_curve_by_hand(assert_nothing_cut_off):
    display = CoverageRiskDisplay.from_predictions(RIGHT, PREDICTED, CONFIDENCE)
    # Both images of 0.7 come at once.
    np.testing.assert_allclose(display.thresholds, [0.9, 0.7, 0.5])
    np.testing.assert_allclose(display.coverage, [0.25, 0.75, 1])
    np.testing.assert_allclose(display.risk, [0, 1 / 3, 1 / 2])
    assert display.aurc == pytest.approx(0.5 * 1 / 3 + 0.25 * 1 / 2)
    np.testing.assert_allclose(
        display.line_.get_xydata(), np.stack([display.coverage, display.risk], axis=1)
    )
    assert legend(display) == ["AURC = 29 %"]
    assert display.point_ is None
    assert_nothing_cut_off(display)


def test_weights_equal_repeated_images():
    weights = np.array([3, 0, 2, 1])
    weighted = CoverageRiskDisplay.from_predictions(
        RIGHT, PREDICTED, CONFIDENCE, sample_weight=weights
    )
    repeated = CoverageRiskDisplay.from_predictions(
        *(np.repeat(part, weights) for part in (RIGHT, PREDICTED, CONFIDENCE))
    )
    assert weighted.aurc == pytest.approx(repeated.aurc)
    for threshold in repeated.thresholds:
        at = weighted.thresholds == threshold
        same = repeated.thresholds == threshold
        assert weighted.risk[at] == pytest.approx(repeated.risk[same])
        assert weighted.coverage[at] == pytest.approx(repeated.coverage[same])


def test_area_is_the_mean_risk_in_the_order_of_confidence():
    rng = np.random.default_rng(0)
    is_wrong, confidence = rng.random(50) < 0.3, rng.random(50)
    display = CoverageRiskDisplay.from_predictions(
        np.zeros(50), is_wrong.astype(float), confidence
    )
    wrong = is_wrong[np.argsort(-confidence)]
    by_hand = np.mean([wrong[: i + 1].mean() for i in range(50)])
    assert display.aurc == pytest.approx(by_hand)


@pytest.mark.parametrize(
    ("threshold", "coverage", "risk"),
    [(0.6, 0.75, 1 / 3), (0.7, 0.75, 1 / 3), (0.1, 1, 1 / 2), (0.95, 0, 0)],
)
def test_threshold_is_marked(threshold, coverage, risk, assert_nothing_cut_off):
    display = CoverageRiskDisplay.from_predictions(
        RIGHT, PREDICTED, CONFIDENCE, threshold=threshold, name="$a_{model"
    )
    np.testing.assert_allclose(display.point_.get_xydata(), [[coverage, risk]])
    assert legend(display)[0] == "$a_{model: AURC = 29 %"
    assert f"{100 * coverage:.4g} % accepted" in legend(display)[1]
    assert_nothing_cut_off(display)


def test_from_rejecting_classifier(digits, rejecting):
    X, y = (part[900:] for part in digits)
    display = CoverageRiskDisplay.from_estimator(rejecting, X, y)
    accepted = rejecting.accepts(X)
    error = 1 - rejecting.score(X[accepted], y[accepted])
    np.testing.assert_allclose(display.point_.get_xydata(), [[accepted.mean(), error]])
    assert display.risk[-1] == pytest.approx(1 - rejecting.score(X, y))
    assert legend(display)[0].startswith("RejectClassifier: AURC")
    inside = make_pipeline("passthrough", rejecting)
    other = CoverageRiskDisplay.from_estimator(inside, X, y, name="mine")
    assert other.threshold == display.threshold == rejecting.threshold_
    # Without the wrapper, there is no threshold to show.
    bare = CoverageRiskDisplay.from_estimator(rejecting.estimator_, X, y)
    assert bare.point_ is None
    assert bare.aurc == display.aurc


def test_curves_on_one_axes_differ(assert_nothing_cut_off):
    displays, ax = [], None
    for i in range(3):
        shifted = np.roll(PREDICTED, i)
        display = CoverageRiskDisplay.from_predictions(
            RIGHT, shifted, CONFIDENCE, threshold=0.7, name=str(i), ax=ax
        )
        displays.append(display)
        ax = display.ax_
    for style in ("get_linestyle", "get_color", "get_marker"):
        assert len({getattr(d.line_, style)() for d in displays}) == 3
    assert len(legend(displays[-1])) == 6
    highest = max(display.risk.max() for display in displays)
    assert ax.get_ylim()[0] == 0
    assert ax.get_ylim()[1] > highest > displays[0].risk.max()
    assert_nothing_cut_off(displays[-1])


def test_given_axes_and_frame():
    figure, ax = plt.subplots()
    ax.plot([0, 1], [0, 1])  # not a curve of ours
    display = CoverageRiskDisplay.from_predictions(RIGHT, PREDICTED, CONFIDENCE, ax=ax)
    assert (display.ax_, display.figure_) == (ax, figure)
    assert display.line_.get_linestyle() == "-"
    frame = display.frame()
    assert list(frame) == ["threshold", "coverage", "risk"]
    np.testing.assert_array_equal(frame["risk"], display.risk)
    assert display.plot() is display
    assert display.figure_ is not figure


def test_one_image_and_equal_confidences():
    display = CoverageRiskDisplay.from_predictions(["a"], ["b"], [-np.inf])
    assert (display.coverage, display.risk, display.aurc) == ([1], [1], 1)
    display = CoverageRiskDisplay.from_predictions(RIGHT, PREDICTED, np.ones(4))
    assert (display.coverage, display.risk) == ([1], [0.5])


def test_wrong_arguments(digits):
    make = CoverageRiskDisplay.from_predictions
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        make(RIGHT, PREDICTED, CONFIDENCE[:3])
    with pytest.raises(ValueError, match="different types"):
        make(RIGHT, PREDICTED.astype(str), CONFIDENCE)
    with pytest.raises(ValueError, match="got NaN"):
        make(RIGHT, PREDICTED, CONFIDENCE * np.nan)
    with pytest.raises(ValueError, match="at least one image"):
        make([], [], [])
    X, y = digits
    pairs = SVC(decision_function_shape="ovo").fit(X[:200], y[:200])
    with pytest.raises(TypeError, match="SVC has no confidence"):
        CoverageRiskDisplay.from_estimator(pairs, X, y)

import matplotlib.pyplot as plt
import numpy as np
import pytest
from sklearn.utils import Bunch

from skdigits.inspection import ModelComparisonDisplay

NAN = float("nan")


@pytest.fixture
def comparison():
    return Bunch(
        names=["slow", "failed", "best", "of $ unknown {size"],
        test_scores=[[0.8, 0.9], [], [0.9, 0.95, 1.0], [0.7, 0.7]],
        fit_times=[100.0, NAN, 1.0, 2.0],
        predict_times=[1e-3, NAN, 1e-5, 1e-6],
        sizes=[2e6, NAN, 1e4, NAN],
        errors=[None, "MemoryError: 8 GB\nwere asked for", None, None],
        scoring="accuracy",
    )


def legend(display):
    return [text.get_text() for text in display.legend_.get_texts()]


@pytest.mark.parametrize("against", ["fit_time", "predict_time", "size"])
def test_points_are_where_they_belong(comparison, against, assert_nothing_cut_off):
    display = ModelComparisonDisplay.from_comparison(comparison, against=against)
    costs = comparison[f"{against}s"]
    for i, bar in enumerate(display.errorbars_):
        if np.isnan(costs[i]):
            assert bar is None
            continue
        point, _, (whisker,) = bar
        scores = comparison.test_scores[i]
        np.testing.assert_allclose(point.get_xydata(), [[costs[i], np.mean(scores)]])
        low, high = whisker.get_segments()[0][:, 1]
        np.testing.assert_allclose([low, high], [min(scores), max(scores)])
    assert_nothing_cut_off(display)


def test_legend_names_all_from_the_best_to_the_failed(comparison):
    display = ModelComparisonDisplay.from_comparison(comparison, against="size")
    assert legend(display) == [
        "best  0.950",
        "slow  0.850",
        "of $ unknown {size  0.700: size unknown",
        "failed: MemoryError: 8 GB",
    ]
    display.plot()
    assert legend(display)[2] == "of $ unknown {size  0.700"
    markers = [bar[0].get_marker() for bar in display.errorbars_ if bar]
    assert len(set(markers)) == 3


def test_scale_is_logarithmic_only_where_it_must(comparison):
    display = ModelComparisonDisplay.from_comparison(comparison)
    assert display.ax_.get_xscale() == "log"
    comparison.fit_times = [3.0, NAN, 2.0, 1.0]
    display = ModelComparisonDisplay.from_comparison(comparison)
    assert display.ax_.get_xscale() == "linear"
    display.figure_.draw_without_rendering()
    assert display.ax_.get_xticklabels()[1].get_text().endswith(" s")


def test_all_failed(assert_nothing_cut_off):
    display = ModelComparisonDisplay.from_arrays(
        ["a", "b", "c"], [[], [], [NAN, 1.0]], errors=["x" * 100, "", None]
    )
    assert display.errorbars_ == [None] * 3
    assert sorted(legend(display)) == ["a: " + "x" * 39 + "…", "b: ", "c: no score"]
    assert_nothing_cut_off(display)
    assert display.frame()["mean_score"].isna().all()


def test_frame(comparison):
    frame = ModelComparisonDisplay.from_comparison(comparison).frame()
    assert frame["name"].tolist() == comparison.names
    np.testing.assert_allclose(frame["mean_score"], [0.85, NAN, 0.95, 0.7])
    np.testing.assert_allclose(frame["min_score"], [0.8, NAN, 0.9, 0.7])
    np.testing.assert_allclose(frame["max_score"], [0.9, NAN, 1.0, 0.7])
    for column in ("fit_time", "predict_time", "size"):
        np.testing.assert_array_equal(frame[column], comparison[f"{column}s"])
    assert frame["error"][1].startswith("MemoryError")


@pytest.mark.parametrize("n_models", [1, 20])
def test_few_and_many_models_and_given_axes(assert_nothing_cut_off, n_models):
    arrays = [str(i) for i in range(n_models)], [[0.1 * i] for i in range(n_models)]
    display = ModelComparisonDisplay.from_arrays(*arrays, fit_times=[1.0] * n_models)
    assert_nothing_cut_off(display)
    figure, ax = plt.subplots(figsize=(9, 6))
    display.plot(ax)
    assert (display.ax_, display.figure_) == (ax, figure)
    assert_nothing_cut_off(display)


def test_wrong_arguments():
    make = ModelComparisonDisplay.from_arrays
    with pytest.raises(ValueError, match=r"against must be one of \['fit_time'"):
        make(["a"], [[1.0]], against="cost")
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        make(["a"], [[1.0], [0.5]])


def test_equal_scores_have_no_whisker_below_zero():
    scores = [0.95] * 3
    assert np.mean(scores) != 0.95  # rounded
    display = ModelComparisonDisplay.from_arrays(["even"], [scores], fit_times=[1.0])
    (_, _, (whisker,)) = display.errorbars_[0]
    np.testing.assert_allclose(whisker.get_segments()[0][:, 1], 0.95)

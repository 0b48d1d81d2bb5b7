from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import pytest

from skdigits.datasets import load_digits
from skdigits.inspection import ClassDistributionDisplay


def heights(display):
    return [[bar.get_height() for bar in bars] for bars in display.bars_]


def test_counts_of_the_digits(assert_nothing_cut_off):
    _, y = load_digits(return_X_y=True)
    display = ClassDistributionDisplay.from_arrays(y)
    assert heights(display) == [np.bincount(y).tolist()]
    assert [t.get_text() for t in display.texts_] == list(map(str, np.bincount(y)))
    labels = [label.get_text() for label in display.ax_.get_xticklabels()]
    assert labels == list("0123456789")
    assert_nothing_cut_off(display)


def test_splits_side_by_side(assert_nothing_cut_off):
    splits = {"train": ["b", "a", "b", "b"], "test": ["c"], "none": []}
    display = ClassDistributionDisplay.from_arrays(splits)
    assert display.classes.tolist() == ["a", "b", "c"]
    assert heights(display) == [[1, 3, 0], [0, 0, 1], [0, 0, 0]]
    edges = sorted((bar.get_x(), bar.get_width()) for b in display.bars_ for bar in b)
    for (left, width), (right, _) in pairwise(edges):
        assert left + width <= right + 1e-9
    hatches = {bars[0].get_hatch() for bars in display.bars_}
    assert len(hatches) == 3
    legend = display.ax_.get_legend()
    assert [text.get_text() for text in legend.get_texts()] == list(splits)
    assert_nothing_cut_off(display)
    display.plot(percent=True)
    assert heights(display) == [[25, 75, 0], [0, 0, 100], [0, 0, 0]]
    assert display.ax_.get_ylabel() == "Images (%)"
    frame = display.frame()
    assert frame["split"].tolist() == np.repeat(list(splits), 3).tolist()
    assert frame["class"].tolist() == ["a", "b", "c"] * 3
    assert frame["count"].tolist() == [1, 3, 0, 0, 0, 1, 0, 0, 0]
    assert frame["percent"].tolist() == [25, 75, 0, 0, 0, 100, 0, 0, 0]


@pytest.mark.parametrize("n_splits", [1, 2, 3, 6])
@pytest.mark.parametrize(
    "classes",
    [["only"], np.arange(20), [f"the {i}th of several labels $" for i in range(20)]],
    ids=["one", "20", "20 long"],
)
def test_odd_classes(assert_nothing_cut_off, classes, n_splits):
    y = np.repeat(classes, 1234)
    display = ClassDistributionDisplay.from_arrays(
        {f"${i}": y for i in range(n_splits)}
    )
    assert {text.get_text() for text in display.texts_} == {"1,234"}
    assert_nothing_cut_off(display)


def test_no_labels_at_all():
    display = ClassDistributionDisplay.from_arrays([])
    assert display.ax_.texts[0].get_text() == "No labels"
    assert len(display.frame()) == 0


def test_given_axes():
    figure, ax = plt.subplots()
    display = ClassDistributionDisplay.from_arrays([1, 1, 2], ax=ax)
    assert (display.ax_, display.figure_) == (ax, figure)
    assert len(display.texts_) == 2
    display = ClassDistributionDisplay.from_arrays({"a": [1, 2], "b": [2, 2]}, ax=ax)
    figure.draw_without_rendering()
    legend = ax.get_legend().get_window_extent()
    assert ax.get_window_extent().y1 > legend.y1
    assert not any(text.get_window_extent().overlaps(legend) for text in display.texts_)
    _, ax = plt.subplots(figsize=(2, 2))
    display = ClassDistributionDisplay.from_arrays(np.arange(50), ax=ax)
    assert display.texts_ == []  # nobody could read them


def test_wrong_labels():
    make = ClassDistributionDisplay.from_arrays
    with pytest.raises(ValueError, match="at least one split"):
        make({})
    with pytest.raises(ValueError, match="Mix of label input types"):
        make({"a": [1], "b": ["1"]})
    with pytest.raises(ValueError, match="2 classes, but 3 counts in the split 'a'"):
        ClassDistributionDisplay({"a": [1, 2, 3]}, [0, 1])

import sys

import numpy as np
import pandas as pd
import pytest
from sklearn import datasets

from skdigits.datasets import load_digits


def test_are_the_digits_of_scikit_learn():
    ours, theirs = load_digits(), datasets.load_digits()
    np.testing.assert_array_equal(ours.data, theirs.data)
    np.testing.assert_array_equal(ours.images, theirs.images)
    np.testing.assert_array_equal(ours.target, theirs.target)
    np.testing.assert_array_equal(ours.target_names, range(10))


def test_form():
    digits = load_digits()
    assert digits.data.shape == (1797, 64)
    assert digits.images.shape == (1797, 8, 8)
    assert digits.data.dtype == digits.images.dtype == np.uint8
    assert digits.target.shape == (1797,)
    assert digits.target.dtype == np.int64
    assert digits.feature_names == [f"pixel{i}" for i in range(64)]
    assert digits.frame is None
    assert "Alpaydin" in digits.DESCR


def test_images_are_a_view_of_data():
    digits = load_digits()
    digits.images[3, 2, 1] = 99
    assert digits.data[3, 8 * 2 + 1] == 99


def test_return_X_y():
    X, y = load_digits(return_X_y=True)
    np.testing.assert_array_equal(X, load_digits().data)
    np.testing.assert_array_equal(y, load_digits().target)


def test_as_frame():
    digits, arrays = load_digits(as_frame=True), load_digits()
    pd.testing.assert_frame_equal(
        digits.data, pd.DataFrame(arrays.data, columns=arrays.feature_names)
    )
    pd.testing.assert_series_equal(
        digits.target, pd.Series(arrays.target, name="target")
    )
    assert list(digits.frame) == [*arrays.feature_names, "target"]
    pd.testing.assert_frame_equal(digits.frame[arrays.feature_names], digits.data)
    pd.testing.assert_series_equal(digits.frame["target"], digits.target)
    np.testing.assert_array_equal(digits.images, arrays.images)
    X, y = load_digits(as_frame=True, return_X_y=True)
    pd.testing.assert_frame_equal(X, digits.data)
    pd.testing.assert_series_equal(y, digits.target)


def test_without_pandas_the_error_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    load_digits()
    with pytest.raises(ImportError, match=r'load_digits .*"\.\[pandas\]"'):
        load_digits(as_frame=True)


@pytest.mark.parametrize("parameter", ["return_X_y", "as_frame"])
def test_refuses_wrong_parameters(parameter):
    with pytest.raises(ValueError, match=f"'{parameter}' parameter of load_digits"):
        load_digits(**{parameter: "yes"})

"""Warnings name the line of the user."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from skdigits._warnings import warn
from skdigits.datasets import load_digits
from skdigits.preprocessing import PixelScaler


def test_the_caller_is_named():
    with pytest.warns(FutureWarning, match="soon") as caught:
        warn("soon", FutureWarning)
    assert caught[0].filename == __file__


def test_the_caller_of_scikit_learn_is_named():
    X, y = load_digits(return_X_y=True)
    X = np.pad(X, [(0, 0), (0, 17)])
    model = make_pipeline(PixelScaler(), LogisticRegression(max_iter=9, tol=1))
    model.fit(X, y)
    with pytest.warns(UserWarning, match="PixelScaler was fitted") as caught:
        model.predict(X / 255)
    assert {warning.filename for warning in caught} == {__file__}

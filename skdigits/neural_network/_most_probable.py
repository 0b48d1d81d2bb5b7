"""Labels from probabilities."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from skdigits._fit_state import at_this_moment


class MostProbableMixin:
    """Gives a classifier that predicts probabilities the method `predict`."""

    classes_: np.ndarray
    predict_proba: Callable[[ArrayLike], np.ndarray]

    def predict(self, X: ArrayLike) -> np.ndarray:
        """Predict the most probable class.

        Parameters
        ----------
        X : array-like of shape (n, h * w), (n, h, w) or (n, h, w, 1)
            Images, scaled as those of the training.

        Returns
        -------
        y_pred : ndarray of shape (n,)
            Labels, of the type of those that `fit` was given.
        """
        fitted = at_this_moment(self)
        probabilities = fitted.predict_proba(X)
        return fitted.classes_[probabilities.argmax(axis=1)]

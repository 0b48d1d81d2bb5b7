"""A fitted network as a live Keras model."""

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from skdigits.neural_network._architecture import Network
from skdigits.neural_network._trainers import import_keras_side


class ToKerasMixin:
    """Gives a :class:`NetworkClassifier` the method `to_keras`."""

    weights_: list[np.ndarray]
    _fitted_network: Callable[[], Network]

    def to_keras(self) -> Any:
        """Return a Keras model with copies of the layers and the weights.

        Needs TensorFlow. From there on, all that Keras does is open: saving as
        ``.keras``, freezing layers, training in another way, conversion to TensorFlow
        Lite. The way back is ``weights_``; skdigits loads no file of Keras, because
        such a file can hold code.

        Returns
        -------
        model : keras.Sequential
            Not compiled, in float32, of layers of Keras only. It takes images of the
            shape (n, h, w, 1) or (n, h, w), in all calls the same, with pixels scaled
            as for `predict_proba`, and gives what `predict_proba` gives; the columns
            are those of ``classes_``. Reshape rows of pixels to ``(-1, h, w)`` first.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If the classifier is not fitted.
        ImportError
            If TensorFlow is not installed.
        RuntimeError
            If this process was forked after TensorFlow was imported.

        Notes
        -----
        As `fit` does, the first call of a process imports TensorFlow and asks it to run
        each operation on one thread.

        Examples
        --------
        >>> import numpy as np
        >>> from sklearn.datasets import load_digits
        >>> from skdigits.neural_network import KerasMLPClassifier
        >>> X, y = load_digits(return_X_y=True)
        >>> mlp = KerasMLPClassifier(max_epochs=1, random_state=0).fit(X / 16, y)
        >>> model = mlp.to_keras()
        >>> probabilities = model.predict(X.reshape(-1, 8, 8) / 16, verbose=0)
        >>> np.allclose(probabilities, mlp.predict_proba(X / 16), atol=1e-5)
        True
        """
        check_is_fitted(self)
        keras_side = import_keras_side(f"{type(self).__name__}.to_keras needs")
        return keras_side.keras_model(self._fitted_network(), self.weights_)

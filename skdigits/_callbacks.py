"""Fits as tasks of scikit-learn's callback API; nothing at all before scikit-learn 1.9.

The API is experimental. What skdigits knows of it is in this module.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

try:
    from sklearn.callback import CallbackSupportMixin
except ImportError:  # scikit-learn < 1.9

    class CallbackSupportMixin:  # type: ignore[no-redef] # one of the two
        """Takes the place of scikit-learn's."""


class FitTask:
    """A fit that tells the callbacks of its epochs.

    Parameters
    ----------
    context : CallbackContext or None
        scikit-learn's context of the fit; None where there are no callbacks.

    **data : object
        What every callback is told: estimator, X, y and metadata.
    """

    def __init__(self, context: Any, **data: object):
        self._context = context
        self._data = data

    def begin_epoch(self) -> None:
        """Tell that an epoch begins."""
        if self._context is not None:
            self._epoch = self._context.subcontext(task_name="epoch")
            self._epoch.call_on_fit_task_begin(**self._data)

    def end_epoch(self, fitted_attributes: Callable[[], dict]) -> bool:
        """Tell that the epoch ends.

        Parameters
        ----------
        fitted_attributes : callable
            Returns what must be set on a copy of the estimator to let it predict as
            if the fit ended here; called only if a callback wants to predict.

        Returns
        -------
        stop : bool
            Whether a callback asks to end the fit here.
        """
        return self._context is not None and self._epoch.call_on_fit_task_end(
            **self._data, reconstruction_attributes=fitted_attributes
        )


@contextmanager
def fit_task(
    estimator: object,
    X: object,
    y: object = None,
    sample_weight: object = None,
    n_epochs: int = 0,
) -> Iterator[FitTask]:
    """Run a fit between the callbacks for its beginning and its end.

    Parameters
    ----------
    estimator : CallbackSupportMixin
        What is fitted, by a method that is decorated with ``_fit_context``, which
        takes the callbacks down again. It is fitted when the block ends.

    X : array-like
        Training images.

    y : array-like, default=None
        Labels.

    sample_weight : array-like, default=None
        Weights.

    n_epochs : int, default=0
        The largest number of epochs.

    Yields
    ------
    task : FitTask
        Takes the epochs.
    """
    if not hasattr(estimator, "_init_callback_context"):
        yield FitTask(None)
        return
    data = {
        "estimator": estimator,
        "X": X,
        "y": y,
        "metadata": {"sample_weight": sample_weight},
    }
    context = estimator._init_callback_context(max_subtasks=n_epochs)
    context.call_on_fit_task_begin(**data)
    yield FitTask(context, **data)
    context.call_on_fit_task_end(**data, reconstruction_attributes={})

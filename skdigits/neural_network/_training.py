"""The training of a network, epoch by epoch."""

from collections.abc import Callable, Iterator
from functools import partial
from math import prod
from typing import Any

import numpy as np

from skdigits._callbacks import FitTask
from skdigits._fit_state import InterruptedFit
from skdigits._interrupts import postponing_interrupts
from skdigits.neural_network._course import Course, EarlyStopping, Finished
from skdigits.neural_network._epochs import Rows, run_epoch
from skdigits.neural_network._pruning import EasyImages
from skdigits.neural_network._trainer_pool import borrow_trainer
from skdigits.neural_network._training_state import (
    start_plateau,
    start_training,
    training_state,
)
from skdigits.neural_network._validation import check_n_weights


def run_epochs(
    estimator: Any,
    rows: Rows,
    epoch_rates: Iterator[np.ndarray],
    easy_images: EasyImages,
    task: FitTask,
    *,
    validation_rows: Rows | None = None,
    continuing: bool,
    resumable: bool,
) -> bool:
    """Go through the epochs, then set all that a fitted classifier has.

    Parameters
    ----------
    estimator : BaseKerasClassifier
        Knows its classes and the shape of the images already.

    rows : Rows
        The training images.

    epoch_rates : iterator of ndarray of shape (n_steps,)
        The learning rates of each epoch.

    easy_images : EasyImages
        Leaves out some of the images in some of the epochs.

    task : FitTask
        Tells the callbacks of the epochs.

    validation_rows : Rows, default=None
        The validation images.

    continuing : bool
        Whether to go on from the weights that are there.

    resumable : bool
        Whether another training may go on from this one.

    Returns
    -------
    interrupted : bool
        Whether Ctrl-C made an epoch the last one.
    """
    network, architecture = estimator._new_network()
    sizes = [prod(shape) for _, shape in network.weight_shapes()]
    check_n_weights(sum(sizes), type(estimator).__name__)
    if continuing:
        estimator._check_same_network(network)
    stopping = plateau = None
    if estimator.early_stopping:
        stopping = EarlyStopping(estimator.n_iter_no_change, estimator.tol)
    if estimator.schedule == "reduce_on_plateau" and validation_rows is not None:
        plateau = start_plateau(estimator, continuing)
    history = estimator.history_ if continuing else {}
    course = Course(history, estimator.monitor, stopping, plateau, estimator.verbose)
    key = estimator._training_key(network, rows.images.dtype)
    fitted = partial(estimator._fitted, network, architecture, estimator.white_level_)
    finished: Any = None  # Finished, from the first epoch on
    with (
        borrow_trainer(
            key, type(estimator).__name__, with_seed=estimator.random_state is not None
        ) as trainer,
        postponing_interrupts() as interrupts,
    ):
        random_state = start_training(estimator, trainer, network, continuing)
        try:
            for epoch, rates in enumerate(epoch_rates, start=1):
                rates = course.begin_epoch(rates)
                task.begin_epoch()
                loss = run_epoch(
                    trainer,
                    rows,
                    rates,
                    random_state,
                    estimator.augmenter,
                    easy_images,
                    epoch,
                )
                course.record(loss=loss, learning_rate=float(rates[-1]))
                weights = trainer.get_weights()
                if validation_rows is not None:
                    predict = fitted(weights)["_predictor"]
                    course.record_validation(
                        *validation_rows.evaluate(predict), weights
                    )
                state = None
                if resumable:
                    state = training_state(estimator, trainer, random_state, plateau)
                finished = course.finish_epoch(weights, state)
                stop = task.end_epoch(partial(_attributes, fitted, finished))
                if stop or course.has_stopped or interrupts:
                    break
        except KeyboardInterrupt:  # the second one
            if finished is None:
                raise
            vars(estimator).update(_attributes(fitted, finished))
            raise InterruptedFit from None
    vars(estimator).update(_attributes(fitted, finished))
    return bool(interrupts)


def _attributes(
    fitted: Callable[[list[np.ndarray]], dict[str, Any]], finished: Finished
) -> dict[str, Any]:
    """All that a classifier has that is fitted by the finished epochs."""
    return {**fitted(finished.weights), **finished.attributes()}

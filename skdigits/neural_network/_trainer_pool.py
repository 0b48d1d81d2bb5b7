"""Lending trainers to fits; TensorFlow is imported when the first one is borrowed."""

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from types import ModuleType
from typing import Any

from skdigits._require import how_to_install
from skdigits._threads import check_not_forked
from skdigits.neural_network._leak_check import expected_growth
from skdigits.neural_network._training_key import TrainingKey

# Each keeps some MB of traced functions.
MAX_IDLE_TRAINERS = 16

# For all that builds networks, too: settings of Keras are those of the whole process. A
# function that builds a network may fit another one.
lock = threading.RLock()
_idle: OrderedDict[TrainingKey, Any] = OrderedDict()


@contextmanager
def borrow_trainer(
    key: TrainingKey, borrower: str, *, with_seed: bool = False
) -> Iterator[Any]:
    """Lend a trainer to one fit at a time; what two want at once is built twice.

    Parameters
    ----------
    key : TrainingKey
        The training that the trainer must be traced for.

    borrower : str
        The estimator, for messages.

    with_seed : bool, default=False
        Whether the training is meant to be repeated.

    Yields
    ------
    trainer : skdigits.neural_network._keras.Trainer
        With weights and optimizer state that somebody else left behind.

    Raises
    ------
    ImportError
        If Keras or TensorFlow is not installed.
    RuntimeError
        If TensorFlow cannot train in this process, or in its present mode.

    Warns
    -----
    UserWarning
        With a seed, once, if it gives other weights than in other processes.
    """
    check_not_forked()
    with ExitStack() as stack:
        with lock:
            keras_side = import_keras_side(f"{borrower} trains with")
            keras_side.check_mode()
            if with_seed:
                keras_side.check_repeatable()
            trainer = _idle.pop(key, None)
            if trainer is None:
                # What it allocates in its first run, it keeps for those that follow.
                stack.enter_context(expected_growth())
                trainer = keras_side.Trainer(key)
        try:
            yield trainer
        finally:
            with lock:
                _idle[key] = trainer
                while len(_idle) > MAX_IDLE_TRAINERS:
                    _idle.popitem(last=False)


def import_keras_side(purpose: str) -> ModuleType:
    """Import the module that imports Keras and TensorFlow.

    Parameters
    ----------
    purpose : str
        What for, as the first words of a message: "... Keras on TensorFlow".

    Returns
    -------
    module : skdigits.neural_network._keras
        The module.

    Raises
    ------
    ImportError
        If Keras or TensorFlow is not installed.
    RuntimeError
        If TensorFlow cannot run in this process.
    """
    return _import("skdigits.neural_network._keras", purpose)


def import_built_side(purpose: str) -> ModuleType:
    """Import the module that builds networks by functions of the user.

    Parameters
    ----------
    purpose : str
        As `import_keras_side` takes it.

    Returns
    -------
    module : skdigits.neural_network._keras_built
        The module.

    Raises
    ------
    ImportError, RuntimeError
        As `import_keras_side`.
    """
    return _import("skdigits.neural_network._keras_built", purpose)


def _import(module: str, purpose: str) -> ModuleType:
    check_not_forked()
    try:
        with expected_growth():
            return import_module(module)
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] not in ("keras", "tensorflow"):
            raise
        raise ImportError(
            f"{purpose} Keras on TensorFlow, and there is no module "
            f"{error.name!r}. {how_to_install('tensorflow')}"
        ) from error

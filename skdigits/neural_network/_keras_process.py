"""Keras and TensorFlow in this process: the only module that imports them.

TensorFlow's own threads split sums differently for each number of threads. Here each
operation runs on one thread, and a batch is cut into shards that run side by side:
as quick, and the same bits on one core, on two, and inside a parallel search.
"""

import os
from functools import cache

from skdigits._threads import (
    check_threads_are_alive,
    n_threads,
    silence_stderr,
)
from skdigits._warnings import warn


def _check_backend(name: str) -> None:
    if name != "tensorflow":
        raise RuntimeError(
            "skdigits trains with Keras on TensorFlow, but Keras was told to use "
            f"{name}. Set the environment variable KERAS_BACKEND=tensorflow before "
            "Keras is imported."
        )


# Before the import, because that fails where the other backend is not installed.
_check_backend(os.environ.get("KERAS_BACKEND", "tensorflow"))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
with silence_stderr():
    import keras
    import tensorflow as tf
_check_backend(keras.backend.backend())


def check_mode() -> None:
    """Refuse to train where TensorFlow would not run what it is given at once.

    Raises
    ------
    RuntimeError
        In graph mode, and inside the scope of a strategy.
    """
    if not tf.executing_eagerly():
        raise RuntimeError(
            "TensorFlow is in graph mode, but skdigits trains in eager mode. Call fit "
            "outside of tf.Graph().as_default() and of functions that TensorFlow "
            "traces. If tf.compat.v1.disable_eager_execution() was called, train in "
            "a process in which it is not."
        )
    if tf.distribute.has_strategy():
        name = type(tf.distribute.get_strategy()).__name__
        raise RuntimeError(
            f"fit was called inside the scope of a {name}, but skdigits trains on the "
            "cores of one machine. Call it outside of the scope; to_keras() returns a "
            "model that you can train in other ways."
        )


def _limit_threads() -> bool:
    """One thread for each operation, and as many operations at once as cores given.

    Return whether each operation has one thread.
    """
    threads = tf.config.threading
    if not threads.get_intra_op_parallelism_threads():  # nobody has chosen before us
        try:
            threads.set_intra_op_parallelism_threads(1)
            threads.set_inter_op_parallelism_threads(n_threads())
        except RuntimeError:
            # Somebody has started TensorFlow before us: its threads stay as they are.
            check_threads_are_alive()
    return threads.get_intra_op_parallelism_threads() == 1


_has_one_thread = _limit_threads()


@cache
def _warn_of_threads() -> None:
    warn(
        "TensorFlow was started before skdigits could limit its threads, so equal "
        "seeds may give other weights than in other processes. To reproduce weights, "
        "call tf.config.threading.set_intra_op_parallelism_threads(1) before you use "
        "TensorFlow, or fit a network of skdigits first."
    )


def check_repeatable() -> None:
    """Warn, once, if a seed does not give the weights that it gives elsewhere.

    Operations of several threads split sums by their number.
    """
    if not _has_one_thread:
        _warn_of_threads()

"""Telling joblib's worker processes that TensorFlow is no leak.

A worker of joblib measures its memory after its first task. Once it has grown by
300 MB, joblib takes that for a leak and replaces the worker, with a warning. The import
of TensorFlow takes twice as much: a search that fits an SVM first and then a network
would lose a worker, and the time to start and import again, for nothing.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

# joblib's private names. Where one is missing, nothing is done, and joblib replaces
# workers as it would without this module.
MODULE = "joblib.externals.loky.process_executor"
NAMES = ("_CURRENT_DEPTH", "_MAX_MEMORY_LEAK_SIZE", "_get_memory_usage")


@contextmanager
def expected_growth() -> Iterator[None]:
    """Let a worker of joblib grow by what the block adds, and by a leak beyond that.

    In other processes, and without psutil, there is no check: nothing is done.
    """
    joblib_side = _checking_module()
    if joblib_side is None:
        yield
        return
    before = joblib_side._get_memory_usage(os.getpid())
    try:
        yield
    finally:
        growth = joblib_side._get_memory_usage(os.getpid()) - before
        joblib_side._MAX_MEMORY_LEAK_SIZE += max(0, growth)


def _checking_module() -> Any:
    module = sys.modules.get(MODULE)
    if module is None or not all(hasattr(module, name) for name in NAMES):
        return None
    return module if module._CURRENT_DEPTH else None  # 0 but in workers

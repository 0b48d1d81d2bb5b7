"""Seconds and memory, of this process and of new ones, in fair turns."""

import os
import re
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter

# Processes inherit this: no chatter, and no graphics card on either side.
QUIET_TENSORFLOW = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}


def measure(
    function: Callable[[], object], repeats: int, *, warm_up: int = 1
) -> list[float]:
    """Time a function.

    Parameters
    ----------
    function : callable
        Called without arguments.

    repeats : int
        How many calls are timed.

    warm_up : int, default=1
        How many calls go before, untimed.

    Returns
    -------
    seconds : list of float
        One for each timed call.
    """
    for _ in range(warm_up):
        function()
    seconds = []
    for _ in range(repeats):
        start = perf_counter()
        function()
        seconds.append(perf_counter() - start)
    return seconds


def in_new_process(function: Callable, *args: object) -> object:
    """Call a function in a new Python process, and wait for what it returns.

    What the process writes to its standard error is dropped: TensorFlow chats there.
    Exceptions come back.

    Parameters
    ----------
    function : callable
        Of a module that imports neither TensorFlow nor skdigits at its top.

    *args : object
        Its arguments.

    Returns
    -------
    result : object
        Its result.
    """
    os.environ.update(QUIET_TENSORFLOW)
    with ProcessPoolExecutor(
        1, mp_context=get_context("spawn"), initializer=_silence_stderr
    ) as pool:
        return pool.submit(function, *args).result()


def _silence_stderr() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


def in_turn(rounds: int, sides: dict[str, tuple]) -> dict[str, list]:
    """Call each side in a new process, one after the other, several times.

    So a slow minute of the machine hits all sides alike.

    Parameters
    ----------
    rounds : int
        How often each side has its turn.

    sides : dict of str to tuple (function, *args)
        Arguments of :func:`in_new_process`.

    Returns
    -------
    results : dict of str to list
        The results of each side, round by round.
    """
    results: dict[str, list] = {side: [] for side in sides}
    for _ in range(rounds):
        for side, call in sides.items():
            results[side].append(in_new_process(*call))
    return results


def checked(checks: list[dict], seconds: float) -> dict[str, object]:
    """Sum up what check_estimator returned: time, counts, names of what failed."""
    counts = Counter(check["status"] for check in checks)
    failed = {c["check_name"] for c in checks if c["status"] == "failed"}
    return {"seconds": seconds, "counts": dict(counts), "failed": sorted(failed)}


def memory(field: str) -> float:
    """Resident memory of this process, in MB: "VmRSS" now, "VmHWM" at its peak.

    getrusage would include the peak of the process that started this one.
    """
    status = Path("/proc/self/status").read_text()
    return int(re.search(rf"{field}:\s+(\d+) kB", status)[1]) / 1024

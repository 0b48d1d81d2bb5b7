"""Saving and loading a CNN beside joblib of scikeras and Keras' own format.

python -m benchmarks.bench_persistence [--quick] [--only SECTION ...]
"""

from collections.abc import Callable
from functools import cache
from itertools import chain
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks import _persistence_sides as sides
from benchmarks._measuring import in_new_process, in_turn
from benchmarks._result import Goal, Result
from benchmarks._running import main

# By whether it is to be quick.
ROUNDS = {True: 1, False: 3}
REPEATS = {True: 3, False: 10}


def save(quick: bool) -> Result:
    folder = _folder(quick)
    kilobytes = {
        side: round((folder / name).stat().st_size / 1e3)
        for side, name in sides.FILES.items()
    }
    smallest = min(kilobytes[sides.SCIKERAS], kilobytes[sides.KERAS])
    size_ratio = kilobytes[sides.SKOPS] / smallest
    return Result(
        "Save the textbook network, fitted",
        _saved(quick),
        sides.KERAS,
        columns={"kilobytes of the file": kilobytes},
        goals=[Goal("size, of the peers' smallest", size_ratio, at_most=1)],
    )


def load(quick: bool) -> Result:
    return Result(
        "Load it, in a process that has loaded before",
        _in_turn(sides.load, quick, _folder(quick)),
        sides.KERAS,
    )


def first_prediction(quick: bool) -> Result:
    folder = _folder(quick)
    # The first round only fills the page cache.
    first = in_turn(
        ROUNDS[quick] + 1,
        {side: (sides.load_and_predict, side, folder) for side in sides.FILES},
    )
    first = {side: seconds[1:] for side, seconds in first.items()}
    return Result(
        "New process: import, load it, predict one image",
        first,
        sides.KERAS,
        goals=[
            Goal(
                "times as quick as Keras",
                median(first[sides.KERAS]) / median(first[sides.SKOPS]),
                at_least=4,
            )
        ],
    )


SECTIONS = {section.__name__: section for section in (save, load, first_prediction)}


@cache
def _temporary_folder() -> TemporaryDirectory:
    return TemporaryDirectory(prefix="skdigits-benchmark-")


@cache
def _saved(quick: bool) -> dict[str, list[float]]:
    """Save the network in the forms of all sides, and return the seconds."""
    folder = Path(_temporary_folder().name)
    in_new_process(sides.save_image, folder)
    return _in_turn(sides.save, quick, folder)


def _folder(quick: bool) -> Path:
    """Return where the network is saved."""
    _saved(quick)
    return Path(_temporary_folder().name)


def _in_turn(function: Callable, quick: bool, folder: Path) -> dict[str, list[float]]:
    calls = {side: (function, side, folder, REPEATS[quick]) for side in sides.FILES}
    runs = in_turn(ROUNDS[quick], calls)
    return {side: list(chain(*seconds)) for side, seconds in runs.items()}


if __name__ == "__main__":
    main("persistence", SECTIONS, __doc__)

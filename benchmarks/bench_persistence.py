"""Saving and loading a CNN beside joblib of scikeras and Keras' own format.

python -m benchmarks.bench_persistence [--quick]
"""

import argparse
from itertools import chain
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks import _persistence_sides as sides
from benchmarks._harness import Goal, Report, in_new_process, in_turn


def reports(quick: bool, folder: Path) -> dict[str, Report]:
    rounds, repeats = (1, 3) if quick else (3, 10)
    in_new_process(sides.save_image, folder)
    saving = _in_turn(sides.save, rounds, folder, repeats)
    kilobytes = {
        side: round((folder / name).stat().st_size / 1e3)
        for side, name in sides.FILES.items()
    }
    smallest = min(kilobytes[sides.SCIKERAS], kilobytes[sides.KERAS])
    size_ratio = kilobytes[sides.SKOPS] / smallest
    loading = _in_turn(sides.load, rounds, folder, repeats)
    # The first round only fills the page cache.
    first = in_turn(
        rounds + 1,
        {side: (sides.load_and_predict, side, folder) for side in sides.FILES},
    )
    first = {side: seconds[1:] for side, seconds in first.items()}
    return {
        "save": Report(
            "Save the textbook network, fitted",
            saving,
            sides.KERAS,
            facts={"kilobytes of the file": kilobytes},
            goals=[Goal("size, of the peers' smallest", size_ratio, at_most=1)],
        ),
        "load": Report(
            "Load it, in a process that has loaded before", loading, sides.KERAS
        ),
        "first_prediction": Report(
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
        ),
    }


def _in_turn(function, rounds: int, folder: Path, repeats: int) -> dict:
    calls = {side: (function, side, folder, repeats) for side in sides.FILES}
    runs = in_turn(rounds, calls)
    return {side: list(chain(*seconds)) for side, seconds in runs.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--quick", action="store_true", help="few repeats; saves nothing"
    )
    quick = parser.parse_args().quick
    with TemporaryDirectory(prefix="skdigits-benchmark-") as folder:
        for name, report in reports(quick, Path(folder)).items():
            report.print()
            if not quick:
                report.save(f"persistence_{name}")


if __name__ == "__main__":
    main()

"""Run all benchmarks, or some, one after the other.

python -m benchmarks [--quick] [--only BENCHMARK[.SECTION] ...]
"""

import argparse
from importlib import import_module
from pkgutil import iter_modules

import benchmarks
from benchmarks._running import QUICK_HELP, run_sections

PREFIX = "bench_"
GROUPS = [
    module.name.removeprefix(PREFIX)
    for module in iter_modules(benchmarks.__path__)
    if module.name.startswith(PREFIX)
]


def sections_of(group: str) -> dict:
    """Return the sections of a benchmark, by name."""
    return import_module(f"benchmarks.{PREFIX}{group}").SECTIONS


def wanted(names: list[str]) -> dict[str, list[str]]:
    """Return which sections of which benchmarks are meant; none stands for all.

    Raises
    ------
    SystemExit
        If there is no such benchmark or section.
    """
    chosen: dict[str, list[str]] = {}
    for name in names or GROUPS:
        group, _, section = name.partition(".")
        if group not in GROUPS:
            raise SystemExit(f"No benchmark {group!r}. There are {', '.join(GROUPS)}.")
        sections = sections_of(group)
        if section and section not in sections:
            raise SystemExit(
                f"{group} has no section {section!r}, but {', '.join(sections)}."
            )
        chosen.setdefault(group, []).extend([section] if section else sections)
    return chosen


def main() -> None:
    """Do what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--only",
        nargs="+",
        default=[],
        metavar="BENCHMARK[.SECTION]",
        help=f"of {', '.join(GROUPS)}",
    )
    parser.add_argument("--quick", action="store_true", help=QUICK_HELP)
    arguments = parser.parse_args()
    for group, only in wanted(arguments.only).items():
        run_sections(group, sections_of(group), only=only, quick=arguments.quick)


if __name__ == "__main__":
    main()

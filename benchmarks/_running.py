"""Sections of benchmarks, run from the command line."""

import argparse
from collections.abc import Callable, Collection

from benchmarks._result import Result
from benchmarks._summary import SUMMARY, summary

QUICK_HELP = "few repeats and images; saves nothing"

# Each takes whether it is to be quick.
Sections = dict[str, Callable[[bool], Result]]


class MissingError(Exception):
    """Something is not there that a section needs; the message says what."""


def run_sections(
    group: str, sections: Sections, *, only: Collection[str] = (), quick: bool = False
) -> None:
    """Run sections of a benchmark, one after the other, and print what they find.

    Sections that lack something are skipped, with the reason.

    Parameters
    ----------
    group : str
        The beginning of the names of their files in ``benchmarks/results``.

    sections : dict of str to callable
        All sections.

    only : collection of str, default=()
        Which of them; none stands for all.

    quick : bool, default=False
        Few repeats and images; nothing is saved.
    """
    for name, section in sections.items():
        if only and name not in only:
            continue
        try:
            result = section(quick)
        except MissingError as reason:
            print(f"{group}.{name} is skipped: {reason}.\n")
            continue
        result.print()
        if not quick:
            result.save(f"{group}_{name}")
            SUMMARY.write_text(summary(), encoding="utf-8")


def main(group: str, sections: Sections, description: str) -> None:
    """Run the sections that the command line asks for.

    Parameters
    ----------
    group, sections
        As of :func:`run_sections`.

    description : str
        Its first line is what ``--help`` says first.
    """
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=sections, default=[])
    parser.add_argument("--quick", action="store_true", help=QUICK_HELP)
    arguments = parser.parse_args()
    run_sections(group, sections, only=arguments.only, quick=arguments.quick)

"""The gallery: the form of its scripts; those that are quick are run.

All of them are run by the build of the documentation.
"""

import ast
import os
import re
import subprocess
import sys
from importlib import import_module
from operator import attrgetter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
EXAMPLES = sorted(ROOT.glob("examples/*/plot_*.py"))
NAMES = [path.stem for path in EXAMPLES]
# What needs neither TensorFlow nor more than a few seconds; together they go from the
# data to the page.
QUICK = (
    "plot_first_look",
    "plot_three_way_split",
    "plot_one_hot_labels",
    "plot_own_images",
    "plot_drawing_page",
    "plot_report",
)

RUN = """
import runpy
import sys

import matplotlib.pyplot as plt

for path in sys.argv[1:]:
    sys.argv = [path]
    runpy.run_path(path, run_name="__main__")
    plt.close("all")
"""


def text_of(path):
    return path.read_text(encoding="utf-8")


def test_each_has_its_place_in_a_section(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "docs"))
    sections = import_module("_gallery").SECTIONS
    found = [(path.parent.name, path.stem) for path in EXAMPLES]
    listed = [(section, name) for section, names in sections.items() for name in names]
    assert sorted(listed) == found
    assert len(set(NAMES)) == len(NAMES) >= 20
    for section in sections:
        assert (ROOT / "examples" / section / "GALLERY_HEADER.rst").exists()


@pytest.mark.parametrize("path", EXAMPLES, ids=NAMES)
def test_begins_with_what_one_learns_and_ends_in_words(path):
    text = text_of(path)
    _, rule, title, same_rule, _, *paragraphs = ast.get_docstring(
        ast.parse(text), clean=False
    ).split("\n")
    assert rule == same_rule == "=" * len(title)
    assert paragraphs[0].startswith("You learn ")
    last_block = text.split("# %%\n")[-1]
    assert all(line.startswith("#") for line in last_block.splitlines())


@pytest.mark.parametrize("path", EXAMPLES, ids=NAMES)
def test_thumbnail_is_one_of_its_figures(path):
    text = text_of(path)
    number = re.search(r"^# sphinx_gallery_thumbnail_number = (\d+)$", text, re.M)
    assert 1 <= int(number[1] if number else 1) <= text.count("\nplt.show()\n")


@pytest.mark.parametrize("path", EXAMPLES, ids=NAMES)
def test_refers_to_what_there_is(path):
    names = re.findall(r":(?:class|func|meth):`~skdigits\.([\w.]+)`", text_of(path))
    assert names
    for name in names:
        package, _, member = name.partition(".")
        assert attrgetter(member)(import_module(f"skdigits.{package}"))


@pytest.mark.slow
def test_quick_ones_run_without_warnings_and_leave_nothing_behind(tmp_path):
    paths = [path for path in EXAMPLES if path.stem in QUICK]
    subprocess.run(
        [sys.executable, "-W", "error", "-c", RUN, *map(str, paths)],
        cwd=tmp_path,
        env={**os.environ, "MPLBACKEND": "Agg"},
        check=True,
    )
    assert list(tmp_path.iterdir()) == []

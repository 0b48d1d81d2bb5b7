"""The pages of the documentation: what they show is what happens."""

import ast
import doctest
import importlib
import inspect
import json
import re
import shlex
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from typer.testing import CliRunner

import skdigits
from benchmarks._result import RESULTS, Goal, Result
from benchmarks._summary import SUMMARY, summary
from skdigits.cli import app

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted(
    path.relative_to(DOCS).with_suffix("").as_posix()
    for folder in (DOCS, DOCS / "tasks", DOCS / "user_guide")
    for path in folder.glob("*.rst")
)
OPTIONS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
BLOCK = re.compile(
    r"^( *)\.\. code-block:: (?P<language>\w+)\n(?P<options>(?: +:.*\n)*)\n"
    r"(?P<code>(?:\1 +.*\n|\n)+)",
    re.MULTILINE,
)


def blocks(page):
    """Find the code blocks of a page."""
    text = (DOCS / f"{page}.rst").read_text(encoding="utf-8")
    return list(BLOCK.finditer(text + "\n"))


def runs(block):
    """Whether a block runs: not if the page says so with ``:class: not-run``.

    Nor if there is no library of which it says so with ``:class: needs-library``.
    """
    libraries = re.findall(r":class: needs-(\w+)", block["options"])
    return (
        block["language"] in ("python", "console")
        and ":class: not-run" not in block["options"]
        and all(map(find_spec, libraries))
    )


def as_doctest(block):
    """Return the code of a block, in which commands of a shell have become calls."""
    code = block["code"]
    if block["language"] == "console":
        code = re.sub(
            r"^( +)\$ skdigits (.*)", r"\1>>> shell('''\2''')", code, flags=re.M
        )
        code = re.sub(r"^( +)\$ .*", r"\1>>> None  # doctest: +SKIP", code, flags=re.M)
    return code


def shell(arguments):
    """Run the command ``skdigits`` with what stands behind it, and print its output."""
    arguments = shlex.split(arguments, comments=True)
    print(CliRunner().invoke(app, arguments, catch_exceptions=False).output, end="")


SLOW = {"getting_started", "user_guide/confidence", "user_guide/many_machines"}
SLOW |= {"user_guide/searching", "user_guide/cnn", "user_guide/callbacks"}
SLOW |= {"user_guide/corrections"}
# Those that train a Keras network.
TENSORFLOW = {"getting_started", "user_guide/cnn", "user_guide/command_line"}
TENSORFLOW |= {"user_guide/confidence", "user_guide/many_machines"}
TENSORFLOW |= {"user_guide/recipes", "user_guide/searching", "user_guide/callbacks"}
TENSORFLOW |= {
    "user_guide/from_scikeras",
    "user_guide/corrections",
    "tasks/own_network",
}


def marks(page):
    """Collect the marks of a page."""
    marks = [pytest.mark.slow] if page in SLOW else []
    return [*marks, pytest.mark.tensorflow] if page in TENSORFLOW else marks


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(page, marks=marks(page))
        for page in PAGES
        if page != "index"  # its commands install, its lines are run in the README
    ],
)
def test_pages_print_what_they_say(page, tmp_path, monkeypatch):
    code = "\n".join(as_doctest(block) for block in blocks(page) if runs(block))
    if "dask" in code:
        pytest.importorskip("distributed", reason="Dask is not installed")
    if "set_callbacks" in code:
        pytest.importorskip("sklearn.callback", reason="needs scikit-learn 1.9")
    pytest.importorskip("matplotlib").use("Agg")
    monkeypatch.chdir(tmp_path)
    test = doctest.DocTestParser().get_doctest(code, {"shell": shell}, page, page, 0)
    results = doctest.DocTestRunner(optionflags=OPTIONS).run(test)
    assert results.failed == 0


def test_most_of_the_pages_is_run():
    """The test above would pass with pages in which nothing is found."""
    found = [block for page in PAGES for block in blocks(page)]
    assert sum(map(runs, found)) > 80
    examples = doctest.DocTestParser().get_examples
    assert sum(len(examples(as_doctest(block))) for block in found) > 300


def test_landing_page_shows_the_lines_of_the_readme():
    """Those that tests/test_project.py runs: the page takes them from the file."""
    index = (DOCS / "index.rst").read_text(encoding="utf-8")
    ((start, end),) = re.findall(
        r"^\.\. literalinclude:: \.\./README\.md\n   :language: python\n"
        r"   :start-after: (\S+)\n   :end-before: (\S+)$",
        index,
        re.MULTILINE,
    )
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    code = readme.split(start)[1].split(end)[0]
    assert "fit(" in code
    ast.parse(code)


# It needs files, or a library, that the tests have not.
@pytest.mark.parametrize("page", PAGES)
def test_python_without_prompts_is_rare_and_can_be_read(page):
    for block in blocks(page):
        assert block["language"] in ("python", "console", "text", "javascript", "html")
        if block["language"] == "python" and ">>> " not in block["code"]:
            assert page in ("user_guide/pretrained", "user_guide/many_machines")
            compile(inspect.cleandoc(block["code"]), page, "exec")


def test_every_public_object_is_in_the_reference_in_its_package():
    pages = {path.stem: path.read_text("utf-8") for path in DOCS.glob("api/*.rst")}
    listed = {
        package: re.search(
            rf"^\.\. currentmodule:: skdigits\.{package}\n\n"
            r"\.\. autosummary::\n(?: +:.*\n)+\n((?: +\w+\n)+)",
            text,
            re.MULTILINE,
        )[1].split()
        for package, text in pages.items()
    }
    overview = (DOCS / "api.rst").read_text(encoding="utf-8")
    toctree = re.findall(r"^   api/(\w+)$", overview, re.MULTILINE)
    assert sorted(toctree) == sorted(pages)
    assert {name: sorted(names) for name, names in listed.items()} == {
        name: sorted(getattr(skdigits, name).__all__) for name in skdigits._SUBPACKAGES
    }


def test_every_public_object_has_an_example():
    for name in skdigits._SUBPACKAGES:
        package = getattr(skdigits, name)
        for member in package.__all__:
            assert ">>> " in getattr(package, member).__doc__, f"{name}.{member}"


@pytest.fixture
def extension(monkeypatch):
    """Import a module of docs/, which are no package."""
    pytest.importorskip("sphinx", reason="the extra docs is not installed")
    monkeypatch.syspath_prepend(str(DOCS))

    def load(name):
        monkeypatch.delitem(sys.modules, name, raising=False)
        return importlib.import_module(name)

    return load


def test_every_result_is_on_the_page_of_tables(extension):
    page = extension("_benchmarks_page")
    text = (DOCS / "benchmarks_tables.rst").read_text(encoding="utf-8")
    groups = re.findall(r"^\.\. benchmark-results:: (\w+)$", text, re.MULTILINE)
    shown = [path for group in groups for path in page.results_of(group)]
    assert sorted(shown) == sorted(page.RESULTS.glob("*.json"))
    for path in shown:
        result = json.loads(path.read_text(encoding="utf-8"))
        lines = page.result_as_rst(result)
        assert lines[0] == result["title"]
        for goal in result["goals"]:
            verdict = "met" if goal["met"] else "**not met**"
            start = f"* Goal {verdict}: {goal['text']}, at "
            assert sum(line.startswith(start) for line in lines) == 1
        for side in result["sides"]:
            assert f"   * - {side}" in lines
        assert any(result["environment"]["cpu"] in line for line in lines)


def test_benchmarks_page_builds_before_a_benchmark_was_run(
    extension, tmp_path, monkeypatch
):
    page = extension("_benchmarks_page")
    application = pytest.importorskip("sphinx.application").Sphinx
    docutils = pytest.importorskip("sphinx.util.docutils")
    monkeypatch.setattr(page, "RESULTS", tmp_path / "results")

    def build(group):
        (tmp_path / "index.rst").write_text(
            f"Results\n=======\n\n.. benchmark-results:: {group}\n"
        )
        folders = [tmp_path, None, tmp_path / "built", tmp_path / "trees"]
        options = {"extensions": ["_benchmarks_page"]}
        with docutils.docutils_namespace():
            app = application(*folders, "text", options, None, None, freshenv=True)
            app.build(force_all=True)
        return (tmp_path / "built" / "index.txt").read_text()

    assert '"python -m benchmarks.bench_wild"' in build("wild")
    assert "python -m" not in build("mild")  # there is no such benchmark


def test_measurements_on_pages_are_those_of_the_results(extension):
    result = {
        "sides": {"ours": {"median": 0.01234}, "theirs": {"median": 1234.5}},
        "columns": {"accuracy": {"ours": 0.9871, "theirs": None}},
        "notes": {"ours": {"answers": 1000}, "theirs": "measured once"},
        "environment": {"date": "2026-01-01", "cpu": "A processor", "cores": 2},
    }
    table = extension("_measurements").table_of
    columns = {"median": "s", "accuracy * 100": "%", "answers": "n"}
    ours = table(result, [("ours", ["fast"])], columns, "Side", ["When"])
    cells = [line[6:].strip() for line in ours if line.startswith(("   * -", "     -"))]
    row = ["ours", "0.0123", "98.71", "1,000", "fast"]
    assert cells == ["Side", "s", "%", "n", "When", *row]
    assert "Measured on 2026-01-01: A processor, 2 cores." in ours
    theirs = table(result, [("theirs", [])], {"median": "s", "accuracy": ""}, "", [])
    assert theirs[-7:-5] == ["     - 1,234", "     - "]
    with pytest.raises(KeyError, match="seconds"):
        table(result, [("ours", [])], {"seconds": "s"}, "Side", [])
    with pytest.raises(KeyError, match="others"):
        table(result, [("others", [])], {"median": "s"}, "Side", [])
    with pytest.raises(ValueError, match="'ours' has 0 texts, the table 1"):
        table(result, [("ours", [])], {"median": "s"}, "Side", ["When"])


def test_readme_quotes_the_table_of_recipes():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([\w ]+) \| ([\d.]+) % \| ([\d,]+) s \|$", readme, re.M)
    path = RESULTS / "recipes_table.json"
    result = json.loads(path.read_text(encoding="utf-8"))
    accuracies = result["columns"]["accuracy in %"]
    assert len(rows) == 6
    for name, accuracy, seconds in rows:
        assert accuracy == f"{accuracies[name]:.2f}"
        assert seconds == f"{result['sides'][name]['median']:,.0f}"


def test_results_of_the_benchmarks_have_the_form_of_those_to_come():
    form = Result("title", {"side": [1.0]}, "side", goals=[Goal("goal", 1.0, 1.0)])
    row, goal = form.measured()["side"], form.content()["goals"][0]
    for path in RESULTS.glob("*.json"):
        result = json.loads(path.read_text(encoding="utf-8"))
        assert list(result) == list(form.content())
        assert all(row.keys() >= figures.keys() for figures in result["sides"].values())
        assert all(set(c) == set(result["sides"]) for c in result["columns"].values())
        assert all(list(found) == list(goal) for found in result["goals"])


def test_a_goal_that_is_just_missed_differs_from_its_limit(extension):
    goal = Goal("accuracy", 0.99648, at_least=0.9965)
    assert str(goal) == "NOT MET: accuracy 0.99648 (goal >= 0.9965)"
    content = Result("title", {"side": [1.0]}, "side", goals=[goal]).content()
    lines = extension("_benchmarks_page").result_as_rst(content)
    assert "* Goal **not met**: accuracy, at least 0.9965; it is 0.99648." in lines


def test_columns_of_a_result_are_about_its_sides():
    columns = {"images per second": {"ours": 2, "theirs": 1}}
    assert Result("title", columns=columns).sides == ["ours", "theirs"]
    with pytest.raises(ValueError, match="the sides are \\['ours'\\]"):
        Result("title", {"ours": [1.0]}, columns=columns)


def test_summary_of_the_benchmarks_is_that_of_their_results():
    text = SUMMARY.read_text(encoding="utf-8")
    assert text == summary()
    assert "<br>" not in text
    for path in RESULTS.glob("*.json"):
        _, section = text.split(f"`{path.name}`")
        section = section.split("\n## ")[0]
        rows = [line for line in section.splitlines() if line.startswith("|")]
        result = json.loads(path.read_text(encoding="utf-8"))
        assert len(rows) == 2 + len(result["sides"])  # a heading and a rule
        assert len({row.count("|") for row in rows}) == 1


@pytest.mark.parametrize("chart", ["accuracy", "speed", "pages", "growth"])
def test_a_chart_is_above_the_machine_of_each_of_its_results(chart):
    page = (DOCS / "benchmarks.rst").read_text(encoding="utf-8")
    _, after = page.split(f".. plot:: figures/benchmark_{chart}.py")
    names = re.search(r"\.\. measured-on::((?:\s+[a-z]+_\w+)+)\n", after)[1].split()
    script = (DOCS / f"figures/benchmark_{chart}.py").read_text(encoding="utf-8")
    results = {path.stem for path in RESULTS.glob("*.json")}
    assert set(names) == {name for name in results if f'"{name}"' in script}


def test_inventories_are_what_sphinx_reads(extension, tmp_path):
    compress = extension("_inventories").compress_inventories
    inventory = pytest.importorskip("sphinx.util.inventory").InventoryFile
    names = sorted(path.stem for path in (DOCS / "inventories").glob("*.txt"))
    mapping = compress(
        DOCS / "inventories", tmp_path, dict.fromkeys(names, "https://example.org/")
    )
    assert sorted(mapping) == names
    for name, (_, path) in mapping.items():
        lines = (DOCS / "inventories" / f"{name}.txt").read_text().splitlines()[4:]
        read = inventory.loads(Path(path).read_bytes(), uri="https://example.org/")
        assert sum(map(len, read.data.values())) == len(set(lines)) == len(lines)
    data = inventory.loads(
        Path(mapping["sklearn"][1]).read_bytes(), uri="https://example.org/"
    ).data
    assert data["py:class"]["sklearn.svm.SVC"].uri == (
        "https://example.org/modules/generated/sklearn.svm.SVC.html#sklearn.svm.SVC"
    )

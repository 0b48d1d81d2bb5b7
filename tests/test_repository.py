"""What surrounds the code: workflows, hooks, templates, the citation and the sdist."""

import re
import subprocess
import sys
import tarfile
import tomllib
from pathlib import Path

import pytest
import yaml

import skdigits

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS = PROJECT["project"]["optional-dependencies"]


def read(path):
    return (ROOT / path).read_text(encoding="utf-8")


def read_yaml(path):
    # Without the resolver, for which the key "on" of workflows would be True.
    return yaml.load(read(path), yaml.BaseLoader)


WORKFLOW = read_yaml(".github/workflows/tests.yml")
STEPS = [step for job in WORKFLOW["jobs"].values() for step in job["steps"]]


def test_workflow_may_only_read():
    assert WORKFLOW["permissions"] == {"contents": "read"}
    assert not any("permissions" in job for job in WORKFLOW["jobs"].values())
    assert "pull_request_target" not in WORKFLOW["on"]
    assert WORKFLOW["concurrency"]["cancel-in-progress"] == "true"


def test_workflow_pins_actions_and_ends():
    actions = [step["uses"] for step in STEPS if "uses" in step]
    assert all(re.fullmatch(r"actions/[a-z-]+@v\d+", action) for action in actions)
    for job in WORKFLOW["jobs"].values():
        assert int(job["timeout-minutes"]) <= 60


def test_workflow_tests_the_pythons_that_are_declared():
    pythons = WORKFLOW["jobs"]["tests"]["strategy"]["matrix"]["python"]
    declared = [
        classifier.split(" :: ")[-1]
        for classifier in PROJECT["project"]["classifiers"]
        if re.search(r"Python :: 3\.\d+$", classifier)
    ]
    assert set(declared) <= set(pythons)
    assert PROJECT["project"]["requires-python"] == f">={pythons[0]}"
    assert (
        WORKFLOW["jobs"]["lowest"]["steps"][1]["with"]["python-version"] == (pythons[0])
    )


def test_workflow_installs_extras_and_chooses_marks_that_exist():
    include = WORKFLOW["jobs"]["tests"]["strategy"]["matrix"]["include"]
    commands = "\n".join(step.get("run", "") for step in STEPS)
    lists = [entry["extras"] for entry in include]
    lists += re.findall(r'-e "\.\[([a-z,]+)\]"', commands)
    assert {extra for names in lists for extra in names.split(",")} <= EXTRAS.keys()
    marks = [entry["marks"] for entry in include]
    marks += re.findall(r"-m pytest .*-m \"?([a-z][^\"\n]*)", commands)
    words = set(" ".join(marks).split()) - {"and", "not"}
    assert len(marks) == 5
    assert words <= {
        mark.split(":")[0] for mark in PROJECT["tool"]["pytest"]["markers"]
    }


def test_hooks_run_tools_of_the_extra_test():
    tools = {re.match(r"[\w-]+", requirement)[0] for requirement in EXTRAS["test"]}
    (repository,) = read_yaml(".pre-commit-config.yaml")["repos"]
    assert repository["repo"] == "local"
    for hook in repository["hooks"]:
        assert hook["language"] == "system"
        assert hook["entry"].split()[0] in tools


@pytest.mark.parametrize("name", ["bug", "feature"])
def test_issue_forms_have_what_the_hosting_site_asks_for(name):
    form = read_yaml(f".github/ISSUE_TEMPLATE/{name}.yml")
    assert {"name", "description", "body"} <= form.keys()
    fields = [part for part in form["body"] if part["type"] != "markdown"]
    assert len({field["id"] for field in fields}) == len(fields) >= 3
    assert all(field["attributes"]["label"] for field in fields)
    assert "true" in [f.get("validations", {}).get("required") for f in fields]


def test_citation_is_that_of_this_version():
    citation = read_yaml("CITATION.cff")
    assert citation["version"] == skdigits.__version__
    assert citation["title"] == PROJECT["project"]["name"]
    assert citation["abstract"] == PROJECT["project"]["description"]
    assert citation["license"] == PROJECT["project"]["license"]
    assert citation["authors"] == PROJECT["project"]["authors"]


def test_sdist_holds_what_the_tests_need_and_nothing_that_was_made(tmp_path):
    build = [sys.executable, "-m", "build", "--sdist", "--no-isolation"]
    subprocess.run([*build, "-o", tmp_path, ROOT], check=True, capture_output=True)
    with tarfile.open(next(tmp_path.glob("*.tar.gz"))) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    for name in (
        ".ci/run",
        ".github/workflows/tests.yml",
        ".pre-commit-config.yaml",
        "CITATION.cff",
        "CONTRIBUTING.md",
        "README.md",
        "SECURITY.md",
        "conftest.py",
        "docs/conf.py",
        "tests/test_repository.py",
        "skdigits/persistence/pretrained/mnist.skops",
        "synthetic/scans.py",
    ):
        assert name in names
    made = r"(^|/)(__pycache__|_build|\.venv|\.versions|\.coverage|auto_examples)(/|$)"
    assert not [name for name in names if re.search(made, name)]


def test_contributing_names_files_that_exist():
    text = read("CONTRIBUTING.md")
    paths = re.findall(
        r"(?<![\w./])(?:tests|docs|skdigits|benchmarks|synthetic|\.ci)/[\w./]+", text
    )
    assert len(paths) > 10
    missing = [path for path in paths if not (ROOT / path.rstrip(".")).exists()]
    assert set(missing) <= {"docs/_build/html", "docs/_build/html/index.html"}

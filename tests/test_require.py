"""What is said where a library of an extra is missing."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest
from sklearn.tree import DecisionTreeClassifier

from skdigits._require import require
from skdigits.datasets import load_digits
from skdigits.persistence import export_onnx
from skdigits.reading import DigitReader
from skdigits.report import write_report

ROOT = Path(__file__).parents[1]
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))[
    "project"
]["optional-dependencies"]


def test_module_is_returned():
    assert require("json.decoder", "plot", "A test") is sys.modules["json.decoder"]


def test_what_a_library_lacks_itself_is_no_reason_to_install_it(tmp_path, monkeypatch):
    (tmp_path / "library_of_a_test.py").write_text("import no_such_module")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="no_such_module") as told:
        require("library_of_a_test", "plot", "A test")
    assert "pip" not in str(told.value)


@pytest.mark.parametrize(
    ("module", "extra", "call"),
    [
        ("skimage", "reading", lambda: DigitReader().read(np.ones((9, 9)))),
        ("pandas", "pandas", lambda: load_digits(as_frame=True)),
        ("jinja2", "report", lambda: write_report(None, [], [], "a.html")),
        ("skl2onnx", "onnx", lambda: export_onnx(fitted(), "a.onnx")),
    ],
)
def test_library_and_extra_are_named(module, extra, call, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, module, None)
    command = re.escape(f'pip install ".[{extra}]"')
    with pytest.raises(ImportError, match=f"needs {module}, .*folder.*{command}"):
        call()


def fitted():
    X, y = load_digits(return_X_y=True)
    return DecisionTreeClassifier().fit(X[:50], y[:50])


def test_extras_that_are_named_are_those_of_the_project():
    named = set()
    for path in (ROOT / "skdigits").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        named |= set(re.findall(r'require\(\s*[\w".]+, "(\w+)"', text))
        named |= set(re.findall(r"how_to_install\(['\"](\w+)", text))
    assert named == {
        "onnx",
        "pandas",
        "plot",
        "reading",
        "report",
        "serve",
        "tensorflow",
    }
    assert named < EXTRAS.keys()


def test_nobody_is_sent_to_an_index_that_does_not_have_the_project():
    files = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True
    ).stdout.split()
    texts = [
        ROOT / name
        for name in files
        if name.endswith((".py", ".rst", ".md")) and not name.startswith("tests/")
    ]
    for path in texts:
        content = path.read_text(encoding="utf-8")
        assert not re.search(r"pip install [\"']?skdigits", content), path

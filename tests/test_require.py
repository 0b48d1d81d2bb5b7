"""What is said where a library of an extra is missing."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sklearn.linear_model import LogisticRegression

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
    return LogisticRegression(max_iter=9, tol=1).fit(X[:50], y[:50])


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


# As after "pip install .", which brings none of these.
WITHOUT_EXTRAS = """
import sys
EXTRAS = {"flask", "jinja2", "keras", "matplotlib", "pandas", "skimage", "skl2onnx",
          "tensorflow", "waitress"}

class Missing:
    def find_spec(name, path, target=None):
        if name in EXTRAS:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Missing)
from skdigits.cli import main
for command in sys.argv[1:]:
    sys.argv[1:] = command.split()
    try:
        main()
    except SystemExit as end:
        if end.code:
            raise
"""


def run(folder, *commands):
    return subprocess.run(
        [sys.executable, "-c", WITHOUT_EXTRAS, *commands],
        capture_output=True,
        text=True,
        cwd=folder,
    )


def test_commands_that_work_without_extras(tmp_path):
    Image.fromarray(255 - load_digits().images[3] * 15).resize((80, 80)).save(
        tmp_path / "a.png"
    )
    done = run(
        tmp_path,
        "train --model svm --output svm.skops",
        "evaluate svm.skops",
        "predict a.png --contact-sheet sheet.png",
        "inspect svm.skops",
        "datasets list",
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("command", "extra"),
    [
        pytest.param("train", "tensorflow", marks=pytest.mark.tensorflow),
        ("read a.png", "reading"),
        ("report", "report"),
        ("serve --port 0", "serve"),
    ],
)
def test_commands_that_need_an_extra_say_which(command, extra, tmp_path):
    Image.new("L", (50, 50)).save(tmp_path / "a.png")
    done = run(tmp_path, command)
    assert done.returncode == 1
    assert f'run: pip install ".[{extra}]"' in done.stderr
